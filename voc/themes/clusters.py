"""What theme discovery puts into BERTopic: vectors that know their comment, and the cluster model."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from voc.themes.assign import assign, calibrate
from voc.themes.model import Floats, Theme, ThemeSet, as_prototypes
from voc.themes.terms import typicality

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix
    from threadpoolctl import ThreadpoolController

Labels = npt.NDArray[np.int64]

#: A group is background when fewer of its segments than this share one of its own typical words.
MIN_LEXICAL_SUPPORT: Final = 0.25
TYPICAL_WORDS: Final = 10
#: So is one when fewer of the segments that its theme is assigned do: held together by tone, or by nothing.
MIN_HELD: Final = 0.40
#: A theme that is assigned fewer segments, or segments of fewer comments, is none.
MIN_MEMBERS: Final = 8
MIN_VOICES: Final = 5
#: A theme whose segments fall into parts that stand apart better than this (``apart``) has a prototype for each as
#: well, at most so many, of so many segments each on average; so has each theme of a corpus whose groups themselves
#: stand apart as well as in ``WELL_APART``: requests with one subject each, of more subjects than there are themes.
FACETS_APART: Final = 0.20
WELL_APART: Final = 0.12
MOST_FACETS: Final = 4
FACET_SIZE: Final = 20
#: Groups whose means are this near to one another (cosine, centred; all pairs of them) are one theme: their names could
#: not be told apart.
ALIKE: Final = 0.75
#: So often more groups are looked for, where too few of those asked for have a subject.
MORE_TRIES: Final = 6
#: What one group more has to bring in how well they stand ``apart``.
WORTH: Final = 0.001
_BACKGROUND: Final = "Small talk and verdicts without a subject; never shown."
_NAMESPACE: Final = uuid.UUID("5f2b1b8e-6a0f-4d57-9a55-2f6b0a1d9c31")


def unit(vectors: npt.NDArray[np.floating]) -> Floats:
    """Scale rows to length one; a row of zeros stays."""
    rows = np.asarray(vectors, dtype=np.float32)
    lengths: Floats = np.linalg.norm(rows, axis=-1, keepdims=True)
    scaled: Floats = (rows / np.where(lengths > 0, lengths, 1)).astype(np.float32)
    return scaled


def in_context(vectors: npt.NDArray[np.floating], comment_of: npt.NDArray[np.integer], weight: float) -> Floats:
    """Return the vectors clustering sees: a segment's own, plus ``weight`` of its comment's mean direction.

    The corpus mean is taken off first: what all segments share says nothing about themes. Two sentences of
    one story ("Billed twice." "Nobody will give it back.") so come to lie together although words differ.
    """
    rows = np.asarray(vectors, dtype=np.float32)
    own = unit(rows - rows.mean(axis=0))
    _, comment = np.unique(comment_of, return_inverse=True)
    sums = np.zeros((int(comment.max()) + 1, own.shape[1]), dtype=np.float32)
    np.add.at(sums, comment, own)
    return unit(own + np.float32(weight) * unit(sums)[comment])


def kmeans(rows: npt.NDArray[np.floating], groups: int, seed: int, tries: int = 4) -> Labels:
    """Return each row's group, from 0, shape (n,); the same for the same seed, whatever the number of threads."""
    from sklearn.cluster import KMeans

    rows = np.asarray(rows, dtype=np.float64)
    with _threads().limit(limits=1):  # sums in another order give other groups
        fitted = KMeans(min(groups, len(rows)), n_init=tries, random_state=seed).fit(rows)
    return np.unique(fitted.labels_, return_inverse=True)[1].astype(np.int64)


@cache
def _threads() -> ThreadpoolController:
    """What sets the threads of the libraries that are loaded: to look for these takes longer than a small k-means."""
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


def apart(rows: npt.NDArray[np.floating], groups: Labels) -> float:
    """Return how well groups stand apart, 0 … 1: the mean of 1 − d / e, a row's distances to its own group's centre and
    to the next (the simplified silhouette of Hruschka, Campello and de Castro 2006); 0 for a single group.
    """
    if not groups.max():
        return 0.0
    centres = np.stack([rows[groups == group].mean(axis=0) for group in range(int(groups.max()) + 1)])
    squared = (rows**2).sum(axis=1)[:, None] - 2 * rows @ centres.T + (centres**2).sum(axis=1)
    own, following = np.sqrt(np.maximum(np.partition(squared, 1, axis=1)[:, :2], 0)).T
    return float(np.mean(1 - own / np.maximum(following, 1e-12)))


def without_likes(rows: Floats, groups: Labels) -> Labels:
    """Return the groups of ``rows`` (directions, shape (n, dim)) with those that are ``ALIKE`` made one, by complete
    linkage of their means.
    """
    from sklearn.cluster import AgglomerativeClustering

    means = unit(np.stack([rows[groups == group].mean(axis=0) for group in range(int(groups.max()) + 1)]))
    if len(means) < 2:
        return groups
    linkage = AgglomerativeClustering(None, metric="cosine", linkage="complete", distance_threshold=1 - ALIKE)
    return np.unique(linkage.fit_predict(means)[groups], return_inverse=True)[1].astype(np.int64)


class ThemeClusters:
    """k-means in the reduced space, as a cluster model for BERTopic, made into themes with prototypes; groups without a
    subject become background.

    After ``fit``: ``themes_``, without words; ``labels_``: for each row the place, among the shown ones, of the theme
    that ``assign`` gives it, −1 for none: so themes are named for what they will hold.
    """

    def __init__(
        self,
        terms: csr_matrix,
        vectors: Floats,
        comment_of: npt.NDArray[np.integer],
        themes: Sequence[int],
        seed: int,
        *,
        merge: bool = True,
    ) -> None:
        """``terms``: the content words of each segment, shape (n, v), 0 or 1; ``vectors``: of each, encoded alone,
        shape (n, dim); ``comment_of``: each one's comment, shape (n,). ``themes``: how many groups; of several numbers
        the one whose groups stand ``apart`` best. ``merge``: make one of those that are ``ALIKE``; else there are as
        many themes as groups are asked for, as far as enough groups have a subject.
        """
        self._terms, self._vectors, self._comments = terms, vectors, comment_of
        self._counts, self._seed, self._merge = themes, seed, merge
        self.themes_ = ThemeSet((), "")
        self.labels_: Labels = np.empty(0, dtype=np.int64)
        self._facets: dict[int, list[Floats]] = {}
        self._least = FACETS_APART
        self._ids: npt.NDArray[np.object_] = np.empty(0, dtype=object)  # of each group's theme, "" for background

    def fit(self, reduced: npt.NDArray[np.floating], y: Any = None) -> ThemeClusters:
        """Cluster the rows of ``reduced``, shape (n, k)."""
        tried = [kmeans(reduced, count, self._seed) for count in self._counts]
        own = unit(self._vectors - self._vectors.mean(axis=0))
        groups = max(tried, key=lambda one: apart(own, one) - WORTH * one.max()) if len(tried) > 1 else tried[0]
        if self._merge:
            return self._found(own, without_likes(own, groups))
        wanted = count = self._counts[0]
        for _ in range(MORE_TRIES):
            self._found(own, groups)
            if len(self.themes_.active) >= wanted:
                return self._with_largest(groups, wanted)
            count += wanted - len(self.themes_.active)
            groups = kmeans(reduced, count, self._seed)
        return self

    def _found(self, own: Floats, groups: Labels) -> ThemeClusters:
        """Make themes of the groups. ``own``: the segments' directions, shape (n, dim)."""
        self._facets = {}
        self._least = 0.0 if apart(own, groups) >= WELL_APART else FACETS_APART
        support = [lexical_support(self._terms, groups == group) for group in range(int(groups.max()) + 1)]
        self._make(groups, np.array(support) >= MIN_LEXICAL_SUPPORT)
        held = {theme.id: self._held(k) for k, theme in enumerate(self.themes_.active)}
        shown = self._ids != ""
        keep = shown & np.array([held.get(one, 1.0) >= MIN_HELD for one in self._ids])
        if keep.any() and (keep != shown).any():
            self._make(groups, keep)
        return self

    def _with_largest(self, groups: Labels, wanted: int) -> ThemeClusters:
        """Make background of all but the ``wanted`` themes that are assigned most."""
        sizes = np.bincount(self.labels_[self.labels_ >= 0], minlength=len(self.themes_.active))
        largest = [self.themes_.active[k].id for k in np.argsort(-sizes, kind="stable")[:wanted].tolist()]
        if len(largest) < len(sizes):
            self._make(groups, np.isin(self._ids, largest))
        return self

    def _held(self, k: int) -> float:
        return lexical_support(self._terms, self.labels_ == k) if (self.labels_ == k).any() else 1.0

    def _make(self, groups: Labels, shown: npt.NDArray[np.bool_]) -> None:
        """Make a theme of each of the ``shown`` groups, and background of the others."""
        members = np.where(shown, np.cumsum(shown) - 1, -1)[groups]
        themes = [proposed("", self._with_facets(group, groups == group)) for group in np.flatnonzero(shown).tolist()]
        self._ids = np.full(len(shown), "", dtype=object)
        self._ids[shown] = [theme.id for theme in themes]
        if background := [self._vectors[groups == g] for g in np.unique(groups[members < 0])]:
            themes.append(_background(background))
        self.themes_ = self._without_tiny(calibrate(ThemeSet(tuple(themes), ""), self._vectors, members))
        place = {theme.id: k for k, theme in enumerate(self.themes_.active)}
        self.labels_ = np.array([place.get(one or "", -1) for one in assign(self._vectors, self.themes_)[0]])

    def _without_tiny(self, themes: ThemeSet) -> ThemeSet:
        """Leave out themes that keep too little once all segments are assigned by vectors alone."""
        ids, _ = assign(self._vectors, themes)
        sizes = Counter(ids)
        voices = Counter(one for one, _ in set(zip(ids, self._comments.tolist(), strict=True)))
        large = {one for one in sizes if sizes[one] >= MIN_MEMBERS and voices[one] >= MIN_VOICES}
        kept = tuple(t for t in themes.themes if t.status != "active" or t.id in large)
        return replace(themes, themes=kept) if any(t.status == "active" for t in kept) else themes

    def _with_facets(self, group: int, member: npt.NDArray[np.bool_]) -> list[Floats]:
        """The vectors of a group and, where it falls into parts that stand apart well enough, those of each part."""
        if group not in self._facets:
            own = self._vectors[member]
            centred = unit(own - self._vectors.mean(axis=0))
            counts = range(min(MOST_FACETS, len(own) // FACET_SIZE), 1, -1)
            tried = (kmeans(centred, count, self._seed, tries=1) for count in counts)
            parts = next((one for one in tried if apart(centred, one) > self._least), None)
            facets = [] if parts is None else [own[parts == part] for part in range(int(parts.max()) + 1)]
            self._facets[group] = [own, *facets]
        return self._facets[group]

    def predict(self, reduced: npt.NDArray[np.floating]) -> Labels:
        """Refuse: segments get their theme from ``voc.themes.assign`` alone."""
        raise NotImplementedError("Themes are assigned by voc.themes.assign, never by the cluster model.")


def proposed(label: str, members: Sequence[Floats], *, threshold: float = 1.0, **rest: Any) -> Theme:
    """A theme with a prototype for each of ``members`` (vectors, shape (n, dim)), and an id that follows from these."""
    prototypes = as_prototypes([vectors.mean(axis=0) for vectors in members])
    content = np.asarray(prototypes, dtype="<f4").tobytes().hex()
    theme_id = str(uuid.uuid5(_NAMESPACE, content))
    return Theme(id=theme_id, label=label, prototypes=prototypes, threshold=threshold, **rest)


def as_background(themes: ThemeSet, ids: Collection[str]) -> ThemeSet:
    """Return the set with the themes of these ``ids`` made part of its background."""
    if not ids:
        return themes
    behind = [theme for theme in themes.themes if theme.status == "background" or theme.id in ids]
    shown = tuple(theme for theme in themes.themes if theme not in behind)
    return replace(themes, themes=(*shown, _background([np.asarray([p]) for t in behind for p in t.prototypes])))


def _background(members: Sequence[Floats]) -> Theme:
    return proposed("Background", members, status="background", description=_BACKGROUND)


def lexical_support(terms: csr_matrix, member: npt.NDArray[np.bool_]) -> float:
    """Return the share, 0–1, of member rows that hold one of the group's ten most typical words.

    A group held together by tone only ("Think about that.") has none, so its support is low.
    """
    typical = np.argsort(-typicality(terms, member), kind="stable")[:TYPICAL_WORDS]
    return float((np.asarray(terms[member][:, typical].sum(axis=1)).ravel() > 0).mean())
