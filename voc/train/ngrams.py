"""Fit the map from words to logits (``voc.lenses.ngrams``)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from voc.lenses import LENSES
from voc.lenses.ngrams import PLACES, Bag, NGrams, bag, weighed

#: Inverse L2 penalties, for yes/no questions and for choices.
_PENALTIES: Final = {True: 10.0, False: 4.0}
_LEAST_TEXTS: Final = 2
#: Weights up to so many 127ths of the largest are left out: most are, and the file is half as large.
_NEGLIGIBLE: Final = 4


def fit_ngrams(
    texts: Sequence[str], y: Mapping[str, npt.NDArray[np.int64]], learn: npt.NDArray[np.bool_]
) -> tuple[NGrams, npt.NDArray[np.float32]]:
    """Fit on the texts that ``learn`` marks, ``y`` as of ``Labelled``; return the map, and its logits of all texts,
    (texts, classes of all lenses).
    """
    from sklearn.linear_model import LogisticRegression

    bags = [bag(text) for text in texts]
    texts_with = np.bincount(np.concatenate([bags[i].places for i in np.flatnonzero(learn)]), minlength=2 * PLACES)
    rarity = np.where(texts_with >= _LEAST_TEXTS, np.log((1 + learn.sum()) / (1 + texts_with)) + 1, 0)
    rarity = rarity.astype(np.float16)
    x = _matrix(bags, rarity)
    weights, biases = [], []
    for lens in LENSES:
        many = y[lens].ndim == 2
        model = LogisticRegression(C=_PENALTIES[many], max_iter=300, class_weight=None if many else "balanced")
        for target in y[lens].T if many else [y[lens]]:
            model.fit(x[learn], target[learn])
            weights.append(model.coef_.T)
            biases.append(model.intercept_)
    whole = np.hstack(weights)
    scale = np.abs(whole).max(0) / 127
    rounded = np.round(whole / scale).astype(np.int8)
    rounded[np.abs(rounded) <= _NEGLIGIBLE] = 0
    made = NGrams(
        rarity,
        rounded,
        scale.astype(np.float32),
        np.concatenate(biases).astype(np.float32),
    )
    return made, np.stack([made(text) for text in texts])


def _matrix(bags: Sequence[Bag], rarity: npt.NDArray[np.float16]) -> Any:
    from scipy.sparse import csr_matrix

    rows = [weighed(own, rarity) for own in bags]
    ends = np.cumsum([0, *(len(places) for places, _ in rows)])
    values, places = (np.concatenate([row[part] for row in rows]) for part in (1, 0))
    return csr_matrix((values, places, ends), shape=(len(bags), 2 * PLACES))
