"""Propose a theme set from segments. BERTopic works here and nowhere else; tagging never comes this way."""

from __future__ import annotations

import logging
import uuid
import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from voc.encode import Encoder
from voc.errors import InputError
from voc.themes import names
from voc.themes.assign import assign, calibrate
from voc.themes.clusters import Labels, ThemeClusters, in_context, unit
from voc.themes.guided import drawn_to, joined, left_by
from voc.themes.hierarchy import with_headings
from voc.themes.layout import Layout, lay_out
from voc.themes.model import Floats, Theme, ThemeSet, as_prototypes
from voc.themes.taxonomy import Entry
from voc.themes.terms import keyword_vectorizer, vocabulary
from voc.themes.wording import content_words, says_enough, theme_text

if TYPE_CHECKING:
    from bertopic import BERTopic
    from scipy.sparse import csr_matrix

#: What ``progress`` is told, in this order, as each step begins.
STEPS: Final = ("choose segments", "find groups", "describe groups", "name themes", "set thresholds")
Progress = Callable[[str], None]

MIN_SEGMENTS: Final = 60
MIN_MEMBERS: Final = 8
#: Dimensions that segments are grouped in (docs/decisions/008-theme-layout-in-numpy.md).
DIMS: Final = 5
_NAMESPACE: Final = uuid.UUID("5f2b1b8e-6a0f-4d57-9a55-2f6b0a1d9c31")


@dataclass(frozen=True)
class DiscoverOptions:
    """How themes are looked for.

    ``themes`` sets their number, given ones not counted; None takes ``0.63 · sqrt(segments)`` within ``min_themes`` …
    ``max_themes``. ``mask_terms``: brand and product names, masked as in ``wording.theme_text``. ``max_segments``:
    sample to fit on. ``context``: how much of its comment a segment is grouped by (0: none).
    """

    seed: int = 42
    themes: int | None = None
    min_themes: int = 5
    max_themes: int = 40
    mask_terms: tuple[str, ...] = ()
    max_segments: int = 10_000
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
    progress: Progress | None = None,
) -> ThemeSet:
    """Return a theme set proposed from ``segments``; the same for the same input, options and machine.

    ``vectors``: the segments' ``theme_text`` encoded alone by ``encoder``, shape (n, dim). ``comment_of``:
    index of each segment's comment, shape (n,); None takes each for a comment of its own. ``seeds``: subjects in words
    that groups are drawn to (guided). ``given``: themes that stand and take what they attract (zero-shot); others are
    looked for in the rest, if it is enough.
    Raises InputError when fewer than 60 different segments say enough to found a theme; ModelError when ``given`` was
    made with another encoder.
    """
    options = options or DiscoverOptions()
    tell = progress or (lambda step: None)
    tell(STEPS[0])
    texts = [theme_text(segment, options.mask_terms) for segment in segments]
    if given is not None:
        given.require_encoder(encoder.name)
        rest = left_by(given, vectors)
        if sum(says_enough(texts[i]) for i in rest.tolist()) < MIN_SEGMENTS:
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
        return joined(given, found)
    chosen = choose(texts, options)
    docs = [texts[i] for i in chosen]
    alone = np.asarray(vectors)[chosen].astype(np.float16).astype(np.float32)
    comments = np.arange(len(texts)) if comment_of is None else np.asarray(comment_of)

    tell(STEPS[1])
    seen = in_context(alone, comments[chosen], options.context)
    if seeds:
        seen = drawn_to(seen, alone, seeds, encoder, options.mask_terms)
    clusters = ThemeClusters(content_terms(docs), _target(len(docs), options), options.seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the libraries underneath, while they load
        model = _bertopic(clusters, _WordEncoder.of(encoder, alone), vocabulary(docs), options)
    tell(STEPS[2])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        topics = np.asarray(model.fit_transform(docs, embeddings=seen)[0], dtype=np.int64)

    if topics.max() < 0:
        raise InputError(
            f"The {len(docs)} segments share no subjects, so no theme can be proposed: "
            "add comments, or import a theme list with 'voc themes import'."
        )

    tell(STEPS[3])
    groups = _groups(model, topics, docs, [segments[i] for i in chosen], alone)
    named = names.name_themes(groups, encoder, mask_terms=options.mask_terms)
    without_subject = [alone[clusters.groups_ == g] for g in np.unique(clusters.groups_[topics < 0])]
    found = _theme_set(groups, named, without_subject, encoder.name, options)
    tell(STEPS[4])
    return with_headings(_without_tiny(calibrate(found, alone, topics), alone), encoder)


def regroup(
    vectors: Floats, comment_of: npt.NDArray[np.integer], terms: csr_matrix, options: DiscoverOptions
) -> ThemeSet:
    """Return what ``discover`` would propose for these segments, without words: prototypes with thresholds.

    ``vectors``: of segments that say enough, encoded alone, float32 of float16 precision, shape (n, dim);
    ``comment_of``: each one's comment, shape (n,); ``terms``: see ``content_terms``.
    """
    clusters = ThemeClusters(terms, _target(len(vectors), options), options.seed)
    seen = in_context(vectors, comment_of, options.context)
    clusters.fit(lay_out(seen, DIMS, options.neighbours, options.seed))
    labels, groups = clusters.labels_, clusters.groups_
    themes = [proposed("", [vectors[labels == k]]) for k in range(int(labels.max()) + 1)]
    if background := [vectors[groups == g] for g in np.unique(groups[labels < 0])]:
        themes.append(proposed("", background, status="background"))
    return _without_tiny(calibrate(ThemeSet(tuple(themes), "", options.mask_terms), vectors, labels), vectors)


def _without_tiny(themes: ThemeSet, vectors: Floats) -> ThemeSet:
    """Leave out themes that keep fewer than ``MIN_MEMBERS`` segments once all are assigned by vectors alone."""
    ids, _ = assign(vectors, themes)
    sizes = Counter(ids)
    kept = tuple(t for t in themes.themes if t.status != "active" or sizes[t.id] >= MIN_MEMBERS)
    return replace(themes, themes=kept) if any(t.status == "active" for t in kept) else themes


def choose(texts: Sequence[str], options: DiscoverOptions) -> npt.NDArray[np.int64]:
    """Positions, in order, of the segments to fit on: different, saying enough, at most ``max_segments``."""
    first: dict[str, int] = {}
    for i, text in enumerate(texts):
        if says_enough(text):
            first.setdefault(" ".join(text.lower().split()), i)
    usable = np.fromiter(first.values(), dtype=np.int64)
    if len(usable) < MIN_SEGMENTS:
        raise InputError(
            f"Only {len(usable)} different segments say enough to found a theme, {MIN_SEGMENTS} are needed: "
            "add comments, or import a theme list with 'voc themes import'."
        )
    if len(usable) > options.max_segments:
        usable = np.random.default_rng(options.seed).choice(usable, options.max_segments, replace=False)
    return np.sort(usable)


def _target(segments: int, options: DiscoverOptions) -> int:
    wanted = options.themes or round(0.63 * segments**0.5)
    return wanted if options.themes else int(np.clip(wanted, options.min_themes, options.max_themes))


def content_terms(docs: Sequence[str]) -> csr_matrix:
    """Return which content words each segment holds, shape (n, v), 0 or 1."""
    from sklearn.feature_extraction.text import CountVectorizer

    vectorizer = CountVectorizer(analyzer=content_words, binary=True, min_df=2, dtype=np.float32)
    found: csr_matrix = vectorizer.fit_transform(docs)
    return found


def _bertopic(clusters: ThemeClusters, words: _WordEncoder, keywords: list[str], options: DiscoverOptions) -> BERTopic:
    """BERTopic with our vectors, our cluster model and our words; nothing is downloaded."""
    from bertopic import BERTopic
    from bertopic.backend import BaseEmbedder
    from bertopic.representation import KeyBERTInspired, MaximalMarginalRelevance
    from bertopic.vectorizers import ClassTfidfTransformer

    logging.getLogger("BERTopic").setLevel(logging.ERROR)

    class Adapter(BaseEmbedder):  # type: ignore[misc]
        def embed(self, documents: list[str], verbose: bool = False) -> Floats:
            return words.embed(documents)

    return BERTopic(
        embedding_model=Adapter(),
        umap_model=Layout(DIMS, options.neighbours, options.seed),
        hdbscan_model=clusters,
        vectorizer_model=keyword_vectorizer(keywords),
        ctfidf_model=ClassTfidfTransformer(bm25_weighting=True, reduce_frequent_words=True),
        representation_model=[
            KeyBERTInspired(top_n_words=20, nr_candidate_words=30, random_state=options.seed),
            MaximalMarginalRelevance(diversity=0.3, top_n_words=10),
        ],
    )


class _WordEncoder:
    """Encodes keyword candidates into the space that the groups lie in: the corpus mean taken off."""

    def __init__(self, encoder: Encoder, mean: Floats) -> None:
        self._encoder = encoder
        self._mean = mean

    @classmethod
    def of(cls, encoder: Encoder, vectors: Floats) -> _WordEncoder:
        return cls(encoder, vectors.mean(axis=0))

    def embed(self, texts: Sequence[str]) -> Floats:
        return unit(self._encoder.encode([text or " " for text in texts]).astype(np.float32) - self._mean)


def _groups(
    model: BERTopic, topics: Labels, docs: Sequence[str], segments: Sequence[str], alone: Floats
) -> list[names.Group]:
    terms = model.vectorizer_model.get_feature_names_out()
    first_row = int(topics.min() < 0)
    found = []
    for topic in range(int(topics.max()) + 1):
        rows = np.flatnonzero(topics == topic).tolist()
        weights = model.c_tf_idf_[topic + first_row]
        scores: dict[str, Any] = dict(zip(terms[weights.indices], weights.data.tolist(), strict=True))
        keywords = tuple(word for word, _ in model.get_topic(topic) if word)
        found.append(
            names.Group(
                texts=tuple(docs[i] for i in rows),
                segments=tuple(segments[i] for i in rows),
                vectors=alone[np.asarray(rows)],
                term_weights=scores,
                keywords=keywords,
            )
        )
    return found


def _theme_set(
    groups: Sequence[names.Group],
    named: Sequence[names.Name],
    background: Sequence[Floats],
    encoder: str,
    options: DiscoverOptions,
) -> ThemeSet:
    """One theme per group, in order, then one that holds a prototype for each group without a subject."""
    themes = [
        proposed(
            name.label,
            [group.vectors],
            description=name.description,
            keywords=group.keywords,
            verbatims=name.verbatims,
            x=x,
            y=y,
        )
        for group, name, (x, y) in zip(groups, named, _map(groups).tolist(), strict=True)
    ]
    if background:
        said = "Small talk and verdicts without a subject; never shown."
        themes.append(proposed("Background", background, status="background", description=said))
    return ThemeSet(tuple(themes), encoder, options.mask_terms)


def proposed(label: str, members: Sequence[Floats], *, threshold: float = 1.0, **rest: Any) -> Theme:
    """A theme with a prototype for each of ``members`` (vectors, shape (n, dim)), and an id that follows from these."""
    prototypes = as_prototypes([vectors.mean(axis=0) for vectors in members])
    content = np.asarray(prototypes, dtype="<f4").tobytes().hex()
    theme_id = str(uuid.uuid5(_NAMESPACE, content))
    return Theme(id=theme_id, label=label, prototypes=prototypes, threshold=threshold, **rest)


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
