"""Whether a theme's keywords belong together, and whether themes have keywords of their own."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from voc.themes.terms import keyword_vectorizer

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

#: How many of a theme's keywords are looked at, best first.
TOP_WORDS: Final = 10


def npmi(terms: csr_matrix) -> npt.NDArray[np.float64]:
    """Return the normalised pointwise mutual information of every two terms, shape (v, v), −1 … 1.

    ``terms``: which terms each segment holds, shape (n, v), 0 or 1. With p(x) the share of segments that hold x and
    p(x, y) of those that hold both: ``ln(p(x, y) / (p(x) · p(y))) / −ln p(x, y)`` (Bouma 2009). 1 where two terms are
    only ever used together, 0 where by chance, −1 where never; NaN for a term that no segment holds.
    """
    counts = terms.astype(np.float64)
    both = (counts.T @ counts).toarray() / max(counts.shape[0], 1)
    share = both.diagonal()
    chance = np.outer(share, share)
    with np.errstate(divide="ignore", invalid="ignore"):
        values = np.log(both / chance) / -np.log(both)
    values[both == 0] = -1.0
    values[both == 1] = 1.0
    values[chance == 0] = np.nan
    found: npt.NDArray[np.float64] = values
    return found


def coherence(texts: Sequence[str], keywords: Sequence[Sequence[str]]) -> list[float | None]:
    """Return, per theme, the mean ``npmi`` of its first ten keywords, two by two (Lau, Newman and Baldwin 2014).

    ``texts``: segments, brand names masked; ``keywords``: words and pairs of words of each theme, best first. Left out
    are keywords that no segment holds, and pairs of which one holds the other ("debit", "direct debit"): these go
    together by their making. None where no pair is left.
    """
    tops = [_top(words) for words in keywords]
    vocabulary = sorted({word for top in tops for word in top})
    if not vocabulary:
        return [None] * len(tops)
    at = {word: i for i, word in enumerate(vocabulary)}
    together = npmi(keyword_vectorizer(vocabulary, binary=True).transform(texts))
    means: list[float | None] = []
    for top in tops:
        pairs = [together[at[a], at[b]] for a, b in combinations(top, 2) if not _nested(a, b)]
        known = [value for value in pairs if not np.isnan(value)]
        means.append(float(np.mean(known)) if known else None)
    return means


def diversity(keywords: Sequence[Sequence[str]]) -> float | None:
    """Return the share, 0 … 1, of different words among the first ten keywords of all themes; None without keywords.

    As in Dieng, Ruiz and Blei 2020, who take the first 25.
    """
    words = [word for own in keywords for word in _top(own)]
    return len(set(words)) / len(words) if words else None


def _top(words: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(word.lower() for word in words))[:TOP_WORDS]


def _nested(a: str, b: str) -> bool:
    one, other = set(a.split()), set(b.split())
    return one <= other or other <= one
