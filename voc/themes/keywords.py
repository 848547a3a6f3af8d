"""What the words of a corpus mean in it, and which of them tell a theme."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from voc.themes.clusters import unit
from voc.themes.model import Floats
from voc.themes.terms import keyword_vectorizer, typicality, vocabulary
from voc.themes.wording import word_stems


class Keywords:
    """Words and pairs of words that some segments share, each with the mean vector of the segments that use it, the
    corpus mean taken off: what a word means here. A word used everywhere has a short one.
    """

    def __init__(self, docs: Sequence[str], vectors: Floats) -> None:
        self.terms = vocabulary(docs)
        if not self.terms:
            return
        self._counter = keyword_vectorizer(self.terms, binary=True, dtype=np.float32)
        self._used = self._counter.transform(docs)
        sums = self._used.T @ (vectors - vectors.mean(axis=0))
        self._means: Floats = sums / np.asarray(self._used.sum(axis=0)).T

    def places(self, texts: Sequence[str]) -> Floats:
        """The mean direction of the words of each text, shape (n, dim)."""
        return unit(self._counter.transform(texts) @ self._means)

    def ranked(self, terms: Iterable[str], member: npt.NDArray[np.bool_]) -> list[str]:
        """``terms`` in the order of how typical they are of the member segments (``terms.typicality``)."""
        weights = dict(zip(self.terms, typicality(self._used, member).tolist(), strict=True))
        return sorted(terms, key=lambda term: (-weights[term], term))


def distinct(words: Iterable[str], most: int = 10) -> tuple[str, ...]:
    """Return the first ``most`` words and pairs of words that bring a word of their own."""
    said, found = set[str](), list[str]()
    for word in words:
        if len(found) < most and not (stems := word_stems(word)) <= said:
            said |= stems
            found.append(word)
    return tuple(found)
