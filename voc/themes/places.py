"""Where a sentence stands on the map of themes: between the themes that it is like."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from voc.themes.clusters import unit
from voc.themes.model import Floats, ThemeSet

#: A theme whose cosine is lower than the best one's by this weighs e times less.
WARMTH: Final = 0.02
#: How far what is particular to a sentence moves it, in the themes' own spread.
SPREAD: Final = 0.1


def places(vectors: npt.NDArray[np.floating], themes: ThemeSet) -> Floats:
    """Return a place for each row of ``vectors`` (n, dim), shape (n, 2), in the coordinates of the themes' ``x, y``.

    The mean of the themes' places, weighted by e^((cosine − best cosine) / ``WARMTH``) with the cosine to a theme's
    nearest prototype; to it comes, so that a theme's sentences do not lie on one spot, the rest of the vector along the
    two main axes of the themes. It needs nothing but the theme set: sentences that come later have their place too.
    NaN where no theme has prototypes.
    """
    own = [theme for theme in themes.themes if theme.prototypes and theme.status != "background"]
    if not own or not len(vectors):
        return np.full((len(vectors), 2), np.nan, dtype=np.float32)
    rows = unit(np.asarray(vectors, dtype=np.float32))
    at = np.array([(theme.x, theme.y) for theme in own], dtype=np.float32)
    means = np.stack([np.mean(theme.prototypes, axis=0) for theme in own]).astype(np.float32)
    cosines = np.stack([(rows @ np.asarray(theme.prototypes, dtype=np.float32).T).max(axis=1) for theme in own], axis=1)
    weights = np.exp((cosines - cosines.max(axis=1, keepdims=True)) / WARMTH)
    weights /= weights.sum(axis=1, keepdims=True)
    axes = np.linalg.svd(means - means.mean(axis=0), full_matrices=False)[2][:2]
    rest = np.zeros_like(weights[:, :2])
    rest[:, : len(axes)] = (rows - weights @ means) @ axes.T
    placed: Floats = weights @ at + SPREAD * max(float(np.ptp(at, axis=0).max()), 1.0) * rest
    return placed
