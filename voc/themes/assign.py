"""Nearest theme of a segment: numpy alone, the same for one row and for a million."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from voc.errors import UsageError
from voc.themes.model import NEVER, Floats, ThemeSet

#: Rows per matrix product. Always this many, padded: BLAS sums in an order that depends on the shape.
BLOCK = 256


def assign(vectors: npt.NDArray[np.floating], themes: ThemeSet) -> tuple[list[str | None], Floats]:
    """Return each row's theme id, or None, and its cosine to the nearest prototype of a shown theme.

    ``vectors``: unit vectors, shape (n, dim), rounded to float16 first. A row's result does not depend on the
    rows beside it. Raises UsageError when the dimensions differ.
    """
    owner, similarity, nearest_background = nearest(vectors, themes)
    if not len(themes.themes):
        return [None] * len(owner), similarity
    fits = (similarity >= themes.thresholds[owner]) & (similarity >= nearest_background)
    ids = [theme.id for theme in themes.themes]
    return [ids[k] if fit else None for k, fit in zip(owner.tolist(), fits.tolist(), strict=True)], similarity


def nearest(vectors: npt.NDArray[np.floating], themes: ThemeSet) -> tuple[npt.NDArray[np.int64], Floats, Floats]:
    """Return, per row, the nearest shown theme's position, its cosine, and the nearest background's cosine.

    −1 stands for "no such prototype". Shapes (n,), (n,), (n,).
    """
    n = len(vectors)
    owner, similarity = np.zeros(n, dtype=np.int64), np.full(n, -1, dtype=np.float32)
    background = np.full(n, -1, dtype=np.float32)
    if not n or not len(themes.themes):
        return owner, similarity, background
    matrix, owners = themes.matrix, themes.owners
    if vectors.shape[1] != matrix.shape[1]:
        raise UsageError(
            f"Vectors of {vectors.shape[1]} numbers against prototypes of {matrix.shape[1]}: "
            "use the encoder that the themes were made with."
        )
    hidden = themes.thresholds[owners] >= NEVER
    shown, behind = np.flatnonzero(~hidden), np.flatnonzero(hidden)
    for start in range(0, n, BLOCK):
        rows = slice(start, min(start + BLOCK, n))
        cosines = _cosines(vectors[rows], matrix)
        if len(shown):
            best = cosines[:, shown].argmax(axis=1)
            owner[rows] = owners[shown[best]]
            similarity[rows] = cosines[np.arange(len(cosines)), shown[best]]
        if len(behind):
            background[rows] = cosines[:, behind].max(axis=1)
    return owner, similarity, background


def _cosines(block: npt.NDArray[np.floating], matrix: Floats) -> Floats:
    padded = np.zeros((BLOCK, matrix.shape[1]), dtype=np.float32)
    padded[: len(block)] = block.astype(np.float16)
    product: Floats = padded @ matrix.T
    return product[: len(block)]


def calibrate(
    themes: ThemeSet,
    vectors: npt.NDArray[np.floating],
    members: npt.ArrayLike,
    *,
    lowest: float = 0.40,
    highest: float = 0.60,
) -> ThemeSet:
    """Return ``themes`` with the threshold of each set so that membership is told best.

    ``members[i]`` is the position in ``themes.themes`` of the theme that discovery put segment i into, −1 for
    none. Among the segments nearest to a theme, its threshold is the cosine that maximises F1 of "is a
    member" (van Rijsbergen 1979), kept within ``lowest`` … ``highest``. Raises UsageError when lengths
    differ.
    """
    own = np.asarray(members)
    if len(own) != len(vectors):
        raise UsageError(f"{len(own)} memberships for {len(vectors)} vectors: give one per vector.")
    owner, similarity, background = nearest(vectors, themes)
    calibrated = []
    for k, theme in enumerate(themes.themes):
        candidates = (owner == k) & (similarity >= background)
        best = _best_cut(similarity[candidates], own[candidates] == k) if candidates.any() else highest
        calibrated.append(replace(theme, threshold=float(np.float32(np.clip(best, lowest, highest)))))
    return replace(themes, themes=tuple(calibrated))


def _best_cut(similarity: Floats, member: npt.NDArray[np.bool_]) -> float:
    order = np.argsort(-similarity, kind="stable")
    hits = np.cumsum(member[order])
    if hits[-1] == 0:
        return 1.0
    f1 = 2 * hits / (np.arange(1, len(order) + 1) + hits[-1])
    return float(similarity[order[int(f1.argmax())]])


def comment_themes(theme_ids: Sequence[str | None], weights: Sequence[float]) -> list[str]:
    """Return a comment's themes, most important first.

    ``theme_ids``: one per segment, in reading order; ``weights``: characters of each. Importance is the
    characters a theme covers; of equals the one read first leads.
    """
    covered: dict[str, float] = {}
    for theme_id, weight in zip(theme_ids, weights, strict=True):
        if theme_id is not None:
            covered[theme_id] = covered.get(theme_id, 0.0) + weight
    return sorted(covered, key=lambda theme_id: -covered[theme_id])
