"""What theme discovery puts into BERTopic: vectors that know their comment, and the cluster model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from voc.themes.model import Floats
from voc.themes.terms import typicality

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

Labels = npt.NDArray[np.int64]

#: A group is background when fewer of its segments than this share one of its own typical words.
MIN_LEXICAL_SUPPORT = 0.25
TYPICAL_WORDS = 10


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


def kmeans(rows: npt.NDArray[np.floating], groups: int, seed: int) -> Labels:
    """Return each row's group, from 0, shape (n,); the same for the same seed, whatever the number of threads."""
    from sklearn.cluster import KMeans
    from threadpoolctl import threadpool_limits

    rows = np.asarray(rows, dtype=np.float64)
    with threadpool_limits(1):  # sums in another order give other groups
        fitted = KMeans(min(groups, len(rows)), n_init=4, random_state=seed).fit(rows)
    return np.unique(fitted.labels_, return_inverse=True)[1].astype(np.int64)


class ThemeClusters:
    """k-means in the reduced space, as a cluster model for BERTopic; groups without a subject become
    background.

    After ``fit``: ``groups_`` is each row's group, shape (n,); ``labels_`` its theme from 0, −1 for
    background.
    """

    def __init__(self, terms: csr_matrix, themes: int, seed: int) -> None:
        """``terms``: the content words of each segment, shape (n, v), 0 or 1."""
        self._terms = terms
        self._themes = themes
        self._seed = seed
        self.groups_: Labels = np.empty(0, dtype=np.int64)
        self.labels_: Labels = np.empty(0, dtype=np.int64)

    def fit(self, reduced: npt.NDArray[np.floating], y: Any = None) -> ThemeClusters:
        """Cluster the rows of ``reduced``, shape (n, k)."""
        self.groups_ = kmeans(reduced, self._themes, self._seed)
        count = int(self.groups_.max()) + 1
        support = [lexical_support(self._terms, self.groups_ == group) for group in range(count)]
        named = np.array([value >= MIN_LEXICAL_SUPPORT for value in support])
        theme_of = np.where(named, np.cumsum(named) - 1, -1)
        self.labels_ = theme_of[self.groups_]
        return self

    def predict(self, reduced: npt.NDArray[np.floating]) -> Labels:
        """Refuse: segments get their theme from ``voc.themes.assign`` alone."""
        raise NotImplementedError("Themes are assigned by voc.themes.assign, never by the cluster model.")


def lexical_support(terms: csr_matrix, member: npt.NDArray[np.bool_]) -> float:
    """Return the share, 0–1, of member rows that hold one of the group's ten most typical words.

    A group held together by tone only ("Think about that.") has none, so its support is low.
    """
    typical = np.argsort(-typicality(terms, member), kind="stable")[:TYPICAL_WORDS]
    return float((np.asarray(terms[member][:, typical].sum(axis=1)).ravel() > 0).mean())
