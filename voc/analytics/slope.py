"""How one number goes with another: a least-squares slope and its interval."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from voc.analytics.intervals import Floats


def slope(
    x: Floats, y: Floats, weights: Floats, clusters: npt.NDArray[Any], level: float = 0.95
) -> tuple[float, float, float]:
    """Weighted least-squares slope of ``y`` on ``x`` with its interval; NaN where ``x`` does not vary.

    Cluster-robust errors (Liang and Zeger 1986) times G/(G−1) · (n−1)/(n−2), Student's t with G−1 degrees of freedom
    for G clusters (Cameron and Miller 2015, §II.B); without repeats these are HC1.
    """
    from scipy.stats import t

    codes, levels = pd.factorize(clusters)
    away = x - np.average(x, weights=weights)
    spread = float(np.sum(weights * away**2))
    if spread <= 0 or len(levels) < 3:
        return (np.nan,) * 3
    b = float(np.sum(weights * away * y)) / spread
    rest = y - np.average(y, weights=weights) - b * away
    totals = np.bincount(codes, weights * away * rest)
    groups, n = len(levels), len(x)
    error = float(np.sqrt(np.sum(totals**2) * groups / (groups - 1) * (n - 1) / (n - 2))) / spread
    half = float(t.ppf(0.5 + level / 2, groups - 1)) * error
    return b, b - half, b + half
