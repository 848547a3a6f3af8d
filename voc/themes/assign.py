"""Nearest theme of a segment: numpy alone, the same for one row and for a million.

Undivided themes are compared first. Segments of a theme that was split are then offered to its parts, so a split moves
no segment of any other theme.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from voc.errors import UsageError
from voc.themes.model import ALWAYS, NEVER, Floats, ThemeSet

#: Rows per matrix product. Always this many, padded: BLAS sums in an order that depends on the shape.
BLOCK = 256

Positions = npt.NDArray[np.int64]


def assign(vectors: npt.NDArray[np.floating], themes: ThemeSet) -> tuple[list[str | None], Floats]:
    """Return each row's theme id, or None, and its cosine to that theme's, or else the nearest, prototype.

    A part made by a phrase takes what reaches its threshold, the part made first before the others; of parts that
    share out a whole theme the nearest takes a segment.
    ``vectors``: unit vectors, shape (n, dim), rounded to float16 first. A row's result does not depend on the
    rows beside it. Raises UsageError when the dimensions differ.
    """
    owner, similarity, nearest_background = nearest(vectors, themes)
    if not len(themes.themes):
        return [None] * len(owner), similarity
    fits = (similarity >= themes.thresholds[owner]) & (similarity >= nearest_background)
    owner[~fits] = -1
    for whole in (k for k in themes.parts if themes.themes[k].split_from is None):
        _share_out(whole, owner, similarity, vectors, themes)
    ids = [*(theme.id for theme in themes.themes), None]  # −1 is the last
    return [ids[k] for k in owner.tolist()], similarity


def _share_out(
    whole: int, owner: Positions, similarity: Floats, vectors: npt.NDArray[np.floating], themes: ThemeSet
) -> None:
    """Give the rows of a theme that was split to its parts, and theirs to the parts' parts, in place."""
    parts = themes.parts.get(whole, ())
    rest = [part for part in parts if themes.themes[part].threshold <= ALWAYS]
    for rivals in [*([part] for part in parts if part not in rest), rest]:
        rows = np.flatnonzero(owner == whole)
        columns = np.flatnonzero(np.isin(themes.owners, rivals))
        if not len(columns):
            continue
        for block, cosines in blocks(vectors[rows], themes.matrix[columns]):
            best = cosines.argmax(axis=1)
            found, part = cosines[np.arange(len(best)), best], themes.owners[columns[best]]
            taken = found >= themes.thresholds[part]
            owner[rows[block][taken]] = part[taken]
            similarity[rows[block][taken]] = found[taken]
    for part in parts:
        _share_out(part, owner, similarity, vectors, themes)


def nearest(vectors: npt.NDArray[np.floating], themes: ThemeSet) -> tuple[Positions, Floats, Floats]:
    """Return, per row, the nearest shown theme's position, its cosine, and the nearest background's cosine.

    Parts of themes that were split are left out: they have no say in what their whole takes.

    −1 stands for "no such prototype". Shapes (n,), (n,), (n,).
    """
    n = len(vectors)
    owner, similarity = np.zeros(n, dtype=np.int64), np.full(n, -1, dtype=np.float32)
    background = np.full(n, -1, dtype=np.float32)
    if not n or not len(themes.themes):
        return owner, similarity, background
    undivided = np.array([theme.split_from is None for theme in themes.themes])[themes.owners]
    matrix, owners = themes.matrix[undivided], themes.owners[undivided]
    if vectors.shape[1] != matrix.shape[1]:
        raise UsageError(
            f"Vectors of {vectors.shape[1]} numbers against prototypes of {matrix.shape[1]}: "
            "use the encoder that the themes were made with."
        )
    hidden = themes.thresholds[owners] >= NEVER
    shown, behind = np.flatnonzero(~hidden), np.flatnonzero(hidden)
    for rows, cosines in blocks(vectors, matrix):
        if len(shown):
            best = cosines[:, shown].argmax(axis=1)
            owner[rows] = owners[shown[best]]
            similarity[rows] = cosines[np.arange(len(cosines)), shown[best]]
        if len(behind):
            background[rows] = cosines[:, behind].max(axis=1)
    return owner, similarity, background


def reopened(before: ThemeSet, after: ThemeSet) -> frozenset[str] | None:
    """Return the themes of ``before`` whose segments ``after`` may assign otherwise; None where any segment may go
    elsewhere.

    Between sets with the same undivided themes only families that were split or put together again are concerned.
    """
    if _undivided(before) != _undivided(after):
        return None
    then, now = _families(before), _families(after)
    return frozenset(one for origin, family in then.items() if family != now[origin] for one in before.family(origin))


def _undivided(themes: ThemeSet) -> tuple[object, ...]:
    own = {t.id: (t.prototypes, t.threshold, t.status == "background") for t in themes.themes if not t.split_from}
    return themes.encoder, themes.mask_terms, own


def _families(themes: ThemeSet) -> dict[str, list[object]]:
    """By undivided theme, what decides how its segments are shared out, in order."""
    families = {theme.id: themes.family(theme.id) for theme in themes.themes if not theme.split_from}
    return {
        origin: [(t.id, t.split_from, t.prototypes, t.threshold) for t in themes.themes if t.id in family]
        for origin, family in families.items()
    }


def blocks(vectors: npt.NDArray[np.floating], matrix: Floats) -> Iterator[tuple[slice, Floats]]:
    """Yield cosines of some rows at a time with all rows of ``matrix``."""
    for start in range(0, len(vectors), BLOCK):
        rows = slice(start, min(start + BLOCK, len(vectors)))
        padded = np.zeros((BLOCK, matrix.shape[1]), dtype=np.float32)
        padded[: rows.stop - start] = vectors[rows].astype(np.float16)
        yield rows, (padded @ matrix.T)[: rows.stop - start]


def calibrate(
    themes: ThemeSet,
    vectors: npt.NDArray[np.floating],
    members: npt.ArrayLike,
    *,
    lowest: float = 0.34,
    highest: float = 0.5,
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
