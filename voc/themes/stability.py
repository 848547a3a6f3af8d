"""How surely a theme is found again when themes are looked for in resamples of the comments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

import numpy as np
import numpy.typing as npt

from voc.errors import InputError
from voc.themes import elsewhere
from voc.themes.assign import Positions, assign
from voc.themes.clusters import Labels
from voc.themes.discover import DiscoverOptions, choose, content_terms, regroup
from voc.themes.model import ThemeSet
from voc.themes.wording import theme_text

REFITS: Final = 5
#: Segments that the refits choose from, which bounds what they cost; a resample holds 63 % of them.
MAX_SEGMENTS: Final = 5_000
MIN_COMMENTS: Final = 30


def stability(
    themes: ThemeSet,
    segments: Sequence[str],
    vectors: npt.NDArray[np.floating],
    comment_of: npt.ArrayLike,
    *,
    refits: int = REFITS,
    max_segments: int = MAX_SEGMENTS,
    seed: int = 42,
    advance: Callable[[int], object] = lambda n: None,
) -> dict[str, float]:
    """Return the stability of every undivided theme by id: 0 (never found again) … 1 (always the same segments).

    Comments are drawn with replacement, those drawn twice taken once; discovery groups their segments anew, and the
    themes it would propose take what they attract of all segments. A theme's score is the mean, over ``refits``
    draws, of its largest Jaccard index with one of these: Hennig 2007, "Cluster-wise assessment of cluster stability",
    who calls a cluster dissolved at 0.5 or less. What people made of a theme (a name, a merge) leaves its score as it
    is; parts of a split have none, since no clusterer proposed them.

    ``vectors``: the segments' ``theme_text`` encoded alone, shape (n, dim); ``comment_of``: index of each segment's
    comment, shape (n,); ``advance`` is told each refit. The same for the same input, seed and machine. Raises
    InputError when too little is said to look for themes.
    """
    whole = replace(themes, themes=tuple(theme for theme in themes.themes if not theme.split_from))
    options = DiscoverOptions(
        seed=seed, themes=max(_groups(whole), 2), mask_terms=themes.mask_terms, max_segments=max_segments
    )
    chosen = choose(segments, options)
    comments = np.asarray(comment_of)[chosen]
    if (n := len(np.unique(comments))) < MIN_COMMENTS:
        raise InputError(
            f"Only {n} comments say enough to look for themes again, {MIN_COMMENTS} are needed: add comments."
        )
    alone = np.asarray(vectors)[chosen].astype(np.float16).astype(np.float32)
    terms = content_terms([theme_text(segments[i], options.mask_terms) for i in chosen])
    own, draws, scores = _positions(alone, whole), np.random.default_rng(seed), []
    for _ in range(refits):
        rows = _resample(comments, draws)
        found = regroup(alone[rows], comments[rows], terms[rows], options)
        scores.append(best_jaccard(own, _positions(alone, found), len(whole.themes)))
        advance(1)
    means = np.mean(scores, axis=0).tolist()
    return {
        theme.id: score
        for theme, score in zip(whole.themes, means, strict=True)
        if theme.prototypes and theme.status != "background"
    }


def _groups(themes: ThemeSet) -> int:
    """How many groups discovery made: one for each theme and, of the corpus's own background, for each prototype."""
    own = (theme for theme in themes.themes if theme.id != elsewhere.ID)
    return sum(len(t.prototypes) if t.status == "background" else bool(t.prototypes) for t in own)


def best_jaccard(own: Labels, found: Labels, groups: int) -> npt.NDArray[np.float64]:
    """Return, for each of ``groups`` groups, its largest Jaccard index with a group of another grouping, shape
    (groups,), 0 … 1.

    ``own``, ``found``: each segment's group in either, from 0, −1 for none, shape (n,).
    """
    counts = np.zeros((groups + 1, int(found.max(initial=-1)) + 2), dtype=np.int64)
    np.add.at(counts, (own, found), 1)  # −1 is the last
    both = counts[:-1, :-1]
    either = counts.sum(axis=1)[:-1, None] + counts.sum(axis=0)[None, :-1] - both
    best: npt.NDArray[np.float64] = (both / np.maximum(either, 1)).max(axis=1, initial=0.0)
    return best


def _positions(vectors: npt.NDArray[np.floating], themes: ThemeSet) -> Positions:
    place = {theme.id: k for k, theme in enumerate(themes.themes)}
    return np.array([place[one] if one else -1 for one in assign(vectors, themes)[0]], dtype=np.int64)


def _resample(comments: npt.NDArray[np.integer], draws: np.random.Generator) -> Positions:
    """Rows of the comments drawn, each once: copies would be neighbours of one another and clusters of their own."""
    distinct = np.unique(comments)
    return np.flatnonzero(np.isin(comments, draws.choice(distinct, len(distinct))))
