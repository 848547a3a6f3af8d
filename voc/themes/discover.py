"""Propose a theme set from segments. BERTopic works here and nowhere else; tagging never comes this way."""

from __future__ import annotations

import logging
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from voc.encode import Encoder
from voc.errors import InputError
from voc.themes import names
from voc.themes.clusters import Labels, ThemeClusters, as_background, in_context
from voc.themes.elsewhere import with_elsewhere
from voc.themes.guided import drawn_to, joined, left_by
from voc.themes.hierarchy import with_headings
from voc.themes.keywords import Keywords, distinct
from voc.themes.layout import Layout, lay_out
from voc.themes.model import Floats, Theme, ThemeSet
from voc.themes.taxonomy import Entry
from voc.themes.terms import keyword_vectorizer
from voc.themes.wording import EVERYDAY_WORDS, content_words, says_enough, theme_text, words

if TYPE_CHECKING:
    from bertopic import BERTopic
    from scipy.sparse import csr_matrix

#: What ``progress`` is told, in this order, as each step begins.
STEPS: Final = ("choose segments", "find groups", "describe groups", "name themes", "put under headings")
Progress = Callable[[str], None]

MIN_SEGMENTS: Final = 60
#: The share of segments with an everyday word under which a corpus is none.
MIN_EVERYDAY: Final = 0.5
#: Cosine of the name to the mean of its segments (both centred) under which a group is background: a company's name, a
#: way to talk, nothing that anybody could name.
MIN_FIT: Final = 0.3
#: Dimensions that segments are grouped in (docs/decisions/008-theme-layout-in-numpy.md).
DIMS: Final = 5
_UNUSED: Final = ("sentence_transformers", "transformers", "torch", "umap", "hdbscan", "numba", "plotly", "openai")


@dataclass(frozen=True)
class DiscoverOptions:
    """How themes are looked for.

    ``themes`` sets their number, given ones not counted; None takes ``0.63 · sqrt(segments)``, ``min_themes`` or more;
    from ``many_themes`` on, as many up to ``max_themes`` as stand apart best (``clusters.apart``). Groups that are
    ``clusters.ALIKE`` then become one. ``mask_terms``: brand and product names, masked as in ``wording.theme_text``.
    ``max_segments``: sample to fit on. ``context``: how much of its comment a segment is grouped by (0: none).
    """

    seed: int = 42
    themes: int | None = None
    min_themes: int = 5
    many_themes: int = 40
    max_themes: int = 60
    mask_terms: tuple[str, ...] = ()
    max_segments: int = 6_000
    context: float = 0.75
    neighbours: int = 15


def discover(
    segments: Sequence[str],
    vectors: npt.NDArray[np.floating],
    *,
    encoder: Encoder,
    options: DiscoverOptions | None = None,
    comment_of: npt.ArrayLike | None = None,
    seeds: Sequence[Entry] = (),
    given: ThemeSet | None = None,
    elsewhere: Floats | None = None,
    progress: Progress | None = None,
) -> ThemeSet:
    """Return a theme set proposed from ``segments``; the same for the same input, options and machine.

    ``vectors``: the segments' ``theme_text`` encoded alone by ``encoder``, shape (n, dim). ``comment_of``:
    index of each segment's comment, shape (n,); None takes each for a comment of its own. ``seeds``: subjects in words
    that groups are drawn to (guided). ``given``: themes that stand and take what they attract (zero-shot); others are
    looked for in the rest, if it is enough. ``elsewhere``: what other trades talk about (``elsewhere.load_elsewhere``),
    kept out of the themes.
    Raises InputError when fewer than 60 different segments say enough to found a theme; ModelError when ``given`` was
    made with another encoder.
    """
    options = options or DiscoverOptions()
    tell = progress or (lambda step: None)
    tell(STEPS[0])
    if given is not None:
        given.require_encoder(encoder.name)
        rest = left_by(given, vectors)
        if sum(says_enough(theme_text(segments[i], options.mask_terms)) for i in rest.tolist()) < MIN_SEGMENTS:
            return given
        inside = None if comment_of is None else np.asarray(comment_of)[rest]
        found = discover(
            [segments[i] for i in rest],
            np.asarray(vectors)[rest],
            encoder=encoder,
            options=options,
            comment_of=inside,
            seeds=seeds,
            progress=progress,
        )
        both = joined(given, found)
        return both if elsewhere is None else with_elsewhere(both, vectors, elsewhere)
    chosen = choose(segments, options)
    docs = [theme_text(segments[i], options.mask_terms) for i in chosen]
    _require_words(docs)
    alone = np.asarray(vectors)[chosen].astype(np.float16).astype(np.float32)
    comments = np.arange(len(segments)) if comment_of is None else np.asarray(comment_of)

    keywords = Keywords(docs, alone)
    if not keywords.terms:
        raise _no_subjects(docs)

    tell(STEPS[1])
    seen = in_context(alone, comments[chosen], options.context)
    if seeds:
        seen = drawn_to(seen, alone, seeds, encoder, options.mask_terms)
    clusters = _clusters(content_terms(docs), alone, comments[chosen], options)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the libraries underneath, while they load
        model = _bertopic(clusters, keywords, options)
    tell(STEPS[2])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        topics = np.asarray(model.fit_transform(docs, embeddings=seen)[0], dtype=np.int64)

    if topics.max() < 0:
        raise _no_subjects(docs)

    tell(STEPS[3])
    groups = _groups(model, keywords, topics, docs, [segments[i] for i in chosen], alone)
    named = names.name_themes(groups, encoder)
    tell(STEPS[4])
    found = replace(clusters.themes_, encoder=encoder.name, mask_terms=options.mask_terms)
    order = [int(clusters.labels_[np.argmax(topics == topic)]) for topic in range(len(groups))]  # BERTopic's own
    shown = [found.active[k] for k in order]
    unnamed = {theme.id for theme, name in zip(shown, named, strict=True) if name.fit < MIN_FIT}
    if options.themes or len(unnamed) == len(shown):
        unnamed = set()
    described = as_background(_described(found, shown, groups, named), unnamed)
    if elsewhere is not None:
        described = with_elsewhere(described, alone, elsewhere)
    return with_headings(described, encoder)


def _require_words(docs: Sequence[str]) -> None:
    """Raise InputError where hardly a segment holds an everyday word: themes would be named after hammered keys."""
    share = sum(not EVERYDAY_WORDS.isdisjoint(words(doc)) for doc in docs) / len(docs)
    if share < MIN_EVERYDAY:
        raise InputError(
            f"Only {100 * share:.0f} % of the {len(docs)} segments hold an everyday English word, so no theme can be "
            "proposed: look at the comments, or import a theme list with 'voc themes import'."
        )


def _no_subjects(docs: Sequence[str]) -> InputError:
    return InputError(
        f"The {len(docs)} segments share no subjects, so no theme can be proposed: "
        "add comments, or import a theme list with 'voc themes import'."
    )


def regroup(
    vectors: Floats, comment_of: npt.NDArray[np.integer], terms: csr_matrix, options: DiscoverOptions
) -> ThemeSet:
    """Return what ``discover`` would propose for these segments, without words: prototypes with thresholds.

    ``vectors``: of segments that say enough, encoded alone, float32 of float16 precision, shape (n, dim);
    ``comment_of``: each one's comment, shape (n,); ``terms``: see ``content_terms``.
    """
    clusters = _clusters(terms, vectors, comment_of, options)
    seen = in_context(vectors, comment_of, options.context)
    return clusters.fit(lay_out(seen, DIMS, options.neighbours, options.seed)).themes_


def choose(segments: Sequence[str], options: DiscoverOptions) -> npt.NDArray[np.int64]:
    """Positions, in order, of the segments to fit on: different, saying enough, at most ``max_segments``, drawn."""
    order = np.arange(len(segments))
    if len(segments) > options.max_segments:
        order = np.random.default_rng(options.seed).permutation(order)
    first: dict[str, int] = {}
    for i in order.tolist():
        text = theme_text(segments[i], options.mask_terms)
        if says_enough(text):
            first.setdefault(" ".join(text.lower().split()), i)
        if len(first) == options.max_segments:
            break
    usable = np.fromiter(first.values(), dtype=np.int64)
    if len(usable) < MIN_SEGMENTS:
        raise InputError(
            f"Only {len(usable)} different segments say enough to found a theme, {MIN_SEGMENTS} are needed: "
            "add comments, or import a theme list with 'voc themes import'."
        )
    return np.sort(usable)


def _clusters(
    terms: csr_matrix, vectors: Floats, comment_of: npt.NDArray[np.integer], options: DiscoverOptions
) -> ThemeClusters:
    counts = _counts(len(vectors), options)
    return ThemeClusters(terms, vectors, comment_of, counts, options.seed, merge=not options.themes)


def _counts(segments: int, options: DiscoverOptions) -> tuple[int, ...]:
    """The numbers of themes to choose from."""
    if options.themes:
        return (options.themes,)
    wanted = round(0.63 * segments**0.5)
    if wanted < options.many_themes:
        return (max(wanted, options.min_themes),)
    return tuple(range(options.many_themes, options.max_themes + 1, 10))


def content_terms(docs: Sequence[str]) -> csr_matrix:
    """Return which content words each segment holds, shape (n, v), 0 or 1."""
    from sklearn.feature_extraction.text import CountVectorizer

    vectorizer = CountVectorizer(analyzer=content_words, binary=True, min_df=2, dtype=np.float32)
    found: csr_matrix = vectorizer.fit_transform(docs)
    return found


def _bertopic(clusters: ThemeClusters, keywords: Keywords, options: DiscoverOptions) -> BERTopic:
    """BERTopic with our vectors, our cluster model and our words; nothing is downloaded or encoded."""
    logging.getLogger("BERTopic").setLevel(logging.ERROR)
    with _light():
        from bertopic import BERTopic
        from bertopic.backend import BaseEmbedder
        from bertopic.representation import KeyBERTInspired, MaximalMarginalRelevance
        from bertopic.vectorizers import ClassTfidfTransformer

    class Adapter(BaseEmbedder):  # type: ignore[misc]
        def embed(self, documents: list[str], verbose: bool = False) -> Floats:
            return keywords.places(documents)

    class Proposer(BERTopic):  # type: ignore[misc]
        def _save_representative_docs(self, documents: object) -> None:
            """Nothing: verbatims come from ``names.representatives``, and this takes time."""

    return Proposer(
        language="multilingual",  # or else it takes all letters but A to Z away
        embedding_model=Adapter(),
        umap_model=Layout(DIMS, options.neighbours, options.seed),
        hdbscan_model=clusters,
        vectorizer_model=keyword_vectorizer(keywords.terms),
        ctfidf_model=ClassTfidfTransformer(bm25_weighting=True, reduce_frequent_words=True),
        representation_model=[
            KeyBERTInspired(top_n_words=40, nr_candidate_words=50, random_state=options.seed),
            MaximalMarginalRelevance(diversity=0.3, top_n_words=30),
        ],
    )


@contextmanager
def _light() -> Iterator[None]:
    """Import BERTopic without what its own defaults need: none of it takes part here, and it takes seconds to load.
    Whoever imports BERTopic later gets all of it.
    """
    if "bertopic" in sys.modules:
        yield
        return
    hidden = [name for name in _UNUSED if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]
    try:
        yield
    finally:
        for name in [*hidden, *(name for name in sys.modules if name.split(".")[0] == "bertopic")]:
            del sys.modules[name]


def _groups(
    model: BERTopic, keywords: Keywords, topics: Labels, docs: Sequence[str], segments: Sequence[str], alone: Floats
) -> list[names.Group]:
    found = []
    for topic in range(int(topics.max()) + 1):
        rows = np.flatnonzero(topics == topic).tolist()
        candidates = [word for word, _ in model.get_topic(topic) if word]
        found.append(
            names.Group(
                texts=tuple(docs[i] for i in rows),
                segments=tuple(segments[i] for i in rows),
                vectors=alone[np.asarray(rows)],
                keywords=distinct(keywords.ranked(candidates, topics == topic)),
            )
        )
    return found


def _described(
    themes: ThemeSet, shown: Sequence[Theme], groups: Sequence[names.Group], named: Sequence[names.Name]
) -> ThemeSet:
    """``themes`` with the ``shown`` ones called what their groups are."""
    described = [
        replace(
            theme,
            label=name.label,
            description=name.description,
            keywords=group.keywords,
            verbatims=name.verbatims,
            x=x,
            y=y,
        )
        for theme, group, name, (x, y) in zip(shown, groups, named, _map(groups).tolist(), strict=True)
    ]
    return replace(themes, themes=(*described, *(theme for theme in themes.themes if theme.status != "active")))


def _map(groups: Sequence[names.Group]) -> Floats:
    """Places in the plane, shape (k, 2), within −1 … 1: the two main axes of the themes' means."""
    means = np.stack([group.vectors.mean(axis=0) for group in groups]).astype(np.float64)
    left, sizes, _ = np.linalg.svd(means - means.mean(axis=0), full_matrices=False)
    places = np.zeros((len(groups), 2), dtype=np.float32)
    axes = (left * sizes)[:, :2]
    for axis in range(axes.shape[1]):
        column = axes[:, axis]
        peak = column[np.abs(column).argmax()]
        places[:, axis] = column / peak if peak else column
    return places
