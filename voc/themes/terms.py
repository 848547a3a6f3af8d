"""Words and pairs of words that tell one group of segments from the others."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from voc.themes.wording import is_content, stop_words

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix
    from sklearn.feature_extraction.text import CountVectorizer

MIN_KEYWORD_SEGMENTS: Final = 4
_TOKEN = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?|\S")


def keyword_vectorizer(vocabulary: Sequence[str] | None = None, **options: Any) -> CountVectorizer:
    """Return a counter of the words and pairs of neighbours that may become keywords."""
    from sklearn.feature_extraction.text import CountVectorizer

    return CountVectorizer(analyzer=keyword_terms, vocabulary=vocabulary, **options)


def keyword_terms(text: str) -> list[str]:
    """Return the words of ``text`` that can tell a theme, and the pairs of them with nothing in between, in order."""
    left_out, found, previous = _left_out(), list[str](), ""
    for token in _TOKEN.findall(text.lower()):
        word = token if is_content(token) and token.isalpha() and token not in left_out else ""
        if word:
            found.append(word)
        if word and previous:
            found.append(f"{previous} {word}")
        previous = word
    return found


@cache
def _left_out() -> frozenset[str]:
    return frozenset(stop_words())


def vocabulary(docs: Sequence[str]) -> list[str]:
    """Return the words and pairs of words that some segments share: one customer's image is no keyword."""
    rarest = MIN_KEYWORD_SEGMENTS if len(docs) > 500 else 2
    try:
        return sorted(keyword_vectorizer(min_df=rarest).fit(docs).vocabulary_)
    except ValueError:  # scikit-learn's way to say that there are none
        return []


def typicality(terms: csr_matrix, member: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
    """Return, per term, how typical it is of the member rows, shape (v,); above 0: more so than of the others.

    ``terms``: which terms each segment holds, shape (n, v), 0 or 1. The share of members that use the term, times the
    log of how much larger that is than elsewhere.
    """
    inside, outside = terms[member], terms[~member]
    p_in = np.asarray(inside.mean(axis=0)).ravel()
    p_out = (np.asarray(outside.sum(axis=0)).ravel() + 1) / (outside.shape[0] + 1)
    typical: npt.NDArray[np.float64] = p_in * np.log(np.maximum(p_in, 1e-9) / p_out)
    return typical
