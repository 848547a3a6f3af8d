"""What a theme might be missing for: groups of segments that no theme holds, or holds only loosely.

They are formed without a look at dates, so that a test of their growth is fair.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from voc.encode import Encoder
from voc.themes import names
from voc.themes.assign import Positions
from voc.themes.clusters import proposed, unit
from voc.themes.model import Floats, Theme, ThemeSet
from voc.themes.rematch import MIN_MATCH
from voc.themes.split import NEAR, Members, groups_of
from voc.themes.wording import says_enough

#: A segment with a theme is held loosely under this cosine.
LOOSE: Final = 0.60
#: Groups are put together while their segments' mean cosine, the corpus mean taken off, is this or more.
ALIKE: Final = 0.30
MIN_COMMENTS: Final = 8
#: Segments looked at: time and memory grow with the square.
MAX_SEGMENTS: Final = 4_000


@dataclass(frozen=True, eq=False)
class Candidate:
    """A group of segments without a name. ``rows``: their positions; ``mean``: their mean vector, of length one;
    ``nearest``: the shown theme whose mean prototype is most alike, ``cosine`` its cosine, both None without themes.
    """

    rows: Positions
    mean: Floats
    nearest: str | None
    cosine: float | None

    @property
    def novelty(self) -> float:
        """How far it is from every theme: 1 − ``cosine``, 1 without themes."""
        return 1.0 - (self.cosine or 0.0)


def loose(texts: Sequence[str], theme_ids: Sequence[str | None], similarity: Floats, themes: ThemeSet) -> Positions:
    """Positions of the segments that say enough and have no shown theme, or one of a cosine under ``LOOSE``."""
    held = [
        themes.resolve(one) is not None and cosine >= LOOSE for one, cosine in zip(theme_ids, similarity, strict=True)
    ]
    return np.array([i for i, text in enumerate(texts) if not held[i] and says_enough(text)], dtype=np.int64)


def candidates(
    vectors: npt.NDArray[np.floating], rows: Positions, comment_of: npt.ArrayLike, themes: ThemeSet
) -> list[Candidate]:
    """Return the groups of the segments ``rows`` that are large and new enough to be themes, the largest first.

    ``vectors``: of all segments, shape (n, dim); ``comment_of``: each one's comment, shape (n,). Average linkage
    (Sokal and Michener 1958) over cosines; a group spans ``MIN_COMMENTS`` comments or more, and no shown theme's mean
    prototype is as near to its mean as that of a theme found again (``rematch.MIN_MATCH``).
    """
    if len(rows) < MIN_COMMENTS:
        return []
    from scipy.cluster.hierarchy import fcluster, linkage

    every = np.asarray(vectors).astype(np.float16).astype(np.float32)
    own = every[rows]
    tree = linkage(unit(own - every.mean(axis=0)).astype(np.float64), method="average", metric="cosine")
    groups, comments = fcluster(tree, 1 - ALIKE, "distance"), np.asarray(comment_of)[rows]
    shown = [theme for theme in themes.active if theme.prototypes]
    means = unit(np.array([np.mean(theme.prototypes, axis=0) for theme in shown]).reshape(len(shown), -1))
    found = []
    for group in np.unique(groups):
        member = groups == group
        if len(np.unique(comments[member])) < MIN_COMMENTS:
            continue
        mean = unit(own[member].mean(axis=0))
        cosines = means @ mean if shown else np.empty(0)
        k = int(cosines.argmax()) if shown else None
        if k is None or cosines[k] < MIN_MATCH:
            nearest = (None, None) if k is None else (shown[k].id, float(cosines[k]))
            found.append(Candidate(rows[member], mean, *nearest))
    return sorted(found, key=lambda one: (-len(one.rows), int(one.rows[0])))


def as_themes(
    found: Sequence[Candidate],
    texts: Sequence[str],
    vectors: npt.NDArray[np.floating],
    rows: Positions,
    themes: ThemeSet,
    encoder: Encoder,
) -> list[Theme]:
    """Return a theme for each candidate, named apart from one another and from all of ``themes``.

    A segment belongs to it from a cosine of ``split.NEAR`` to its mean on, if no theme is nearer. ``rows``: what the
    candidates were found among, whose words theirs are told from. Raises ModelError for vectors of another encoder.
    """
    themes.require_encoder(encoder.name)
    if not found:
        return []
    members = Members(tuple(texts[i] for i in rows), np.asarray(vectors)[rows])
    described = groups_of([np.isin(rows, one.rows) for one in found], members, themes.mask_terms)
    taken = [theme.label for theme in themes.themes]
    named = names.name_themes(described, encoder, taken)
    return [
        proposed(
            name.label,
            [one.mean[None]],
            threshold=float(np.float32(NEAR)),
            description=name.description,
            keywords=group.keywords,
            verbatims=name.verbatims,
        )
        for one, group, name in zip(found, described, named, strict=True)
    ]
