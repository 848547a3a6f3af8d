"""Parts of a small labelled set for cross-validation, near duplicates together."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

FOLDS: Final = 5


def folds(groups: npt.NDArray[np.int64], y: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """Number of the fold, 0…FOLDS−1, of each row: one for a group, every class spread as evenly as can be.

    ``y``: 0/1 columns, (n, classes). Greedy: the rarest class first, each of its groups into the fold with the fewest
    rows of the class, then the fewest rows (after iterative stratification, Sechidis, Tsoumakas & Vlahavas 2011).
    """
    inside = np.zeros((int(groups.max()) + 1, y.shape[1]))
    np.add.at(inside, groups, y)
    size = np.bincount(groups)
    place = np.full(len(inside), -1)
    of_class, rows = np.zeros((FOLDS, y.shape[1])), np.zeros(FOLDS)

    def put(group: int, fold: int) -> None:
        place[group] = fold
        of_class[fold] += inside[group]
        rows[fold] += size[group]

    for k in np.argsort((inside > 0).sum(0), kind="stable"):
        for group in np.flatnonzero((inside[:, k] > 0) & (place < 0)).tolist():
            put(group, min(range(FOLDS), key=lambda fold: (of_class[fold, k], rows[fold])))
    for group in np.flatnonzero(place < 0).tolist():
        put(group, int(rows.argmin()))
    return place[groups]
