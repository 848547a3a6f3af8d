"""Intervals, each with its name and source. Vectorised; ``level`` is the coverage, 0 < level < 1."""

from __future__ import annotations

from statistics import NormalDist
from typing import Any

import numpy as np
import numpy.typing as npt

from voc.errors import UsageError

Floats = npt.NDArray[np.float64]


def normal_quantile(level: float) -> float:
    """z with P(−z < Z < z) = ``level``.

    Raises:
        UsageError: ``level`` is not between 0 and 1.
    """
    if not 0 < level < 1:
        raise UsageError(f"level {level} is not a coverage: give a number between 0 and 1, such as 0.95")
    return NormalDist().inv_cdf(0.5 + level / 2)


def wilson(count: Any, n: Any, level: float = 0.95) -> tuple[Floats, Floats]:
    """Score interval of a share ``count / n``, within 0…1 (Wilson 1927). NaN where n is 0."""
    z2 = normal_quantile(level) ** 2
    count, n = np.asarray(count, float), np.asarray(n, float)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = count / n
        middle = (share + z2 / (2 * n)) / (1 + z2 / n)
        half = np.sqrt(z2 * (share * (1 - share) / n + z2 / (4 * n * n))) / (1 + z2 / n)
    # rounding can leave 0 or 1 just outside where no or every row counts
    return np.minimum(np.maximum(middle - half, 0), share), np.maximum(np.minimum(middle + half, 1), share)


def adjusted_wald_difference(
    plus: Any, minus: Any, n: Any, *, add: float, add_n: float, level: float = 0.95
) -> tuple[Floats, Floats, Floats]:
    """Difference of two shares of one multinomial sample, ``(plus − minus) / n``, with its adjusted Wald
    interval.

    ``add`` rows go to each of the two classes and ``add_n`` to the total before the Wald formula
    d ± z·√((p₊ + p₋ − d²)/n): with ¾ and 3 Rocks (2016) for the NPS, with ½ and 2 Agresti and Min (2005) for
    matched proportions. Clipped to −1…1 and, where the sample is tiny, stretched to hold the estimate itself.
    Counts need not be whole (effective sizes). Returns estimate, low, high in −1…1; NaN where n is 0.
    """
    z = normal_quantile(level)
    plus, minus, n = np.asarray(plus, float), np.asarray(minus, float), np.asarray(n, float)
    with np.errstate(divide="ignore", invalid="ignore"):
        estimate = (plus - minus) / n
    p, m = (plus + add) / (n + add_n), (minus + add) / (n + add_n)
    middle = p - m
    half = z * np.sqrt((p + m - middle**2) / (n + add_n))
    return (
        estimate,
        np.minimum(np.maximum(middle - half, -1), estimate),
        np.maximum(np.minimum(middle + half, 1), estimate),
    )


def newcombe_difference(count1: Any, n1: Any, count2: Any, n2: Any, level: float = 0.95) -> tuple[Floats, Floats]:
    """Interval of ``count1/n1 − count2/n2`` for two independent samples, from their Wilson intervals
    (Newcombe 1998, method 10)."""
    low1, high1 = wilson(count1, n1, level)
    low2, high2 = wilson(count2, n2, level)
    with np.errstate(divide="ignore", invalid="ignore"):
        p1, p2 = (
            np.asarray(count1, float) / np.asarray(n1, float),
            np.asarray(count2, float) / np.asarray(n2, float),
        )
    below = np.sqrt((p1 - low1) ** 2 + (high2 - p2) ** 2)
    above = np.sqrt((high1 - p1) ** 2 + (p2 - low2) ** 2)
    return p1 - p2 - below, p1 - p2 + above


def ratio_of_shares(count1: Any, n1: Any, count2: Any, n2: Any, level: float = 0.95) -> tuple[Floats, Floats, Floats]:
    """Ratio of ``count1/n1`` to ``count2/n2`` with its log interval, ½ added to every count and size
    (Walter 1975, Pettigrew 1986), so that a count of 0 gives a number."""
    z = normal_quantile(level)
    a, n, b, m = (np.asarray(x, float) + 0.5 for x in (count1, n1, count2, n2))
    ratio = (a / n) / (b / m)
    half = z * np.sqrt(np.maximum(1 / a - 1 / n + 1 / b - 1 / m, 0))
    return ratio, ratio * np.exp(-half), ratio * np.exp(half)


def mean_interval(mean: Any, sd: Any, n: Any, level: float = 0.95) -> tuple[Floats, Floats]:
    """Student's interval of a mean, mean ± t(n−1)·sd/√n (Student 1908). NaN where n is under 2."""
    from scipy.stats import t

    normal_quantile(level)
    mean, sd, n = np.asarray(mean, float), np.asarray(sd, float), np.asarray(n, float)
    with np.errstate(divide="ignore", invalid="ignore"):
        half = np.where(n > 1, t.ppf(0.5 + level / 2, np.maximum(n - 1, 1)) * sd / np.sqrt(n), np.nan)
    return mean - half, mean + half
