"""A mean of one group and how sure it is; the difference of two such means."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from voc.analytics.regression import Floats, Ints, people


@dataclass(frozen=True)
class Sample:
    """``n`` rows of ``people`` customers; their weighted mean ``value``; ``middle`` and ``variance`` (of the mean) are
    what an interval rests on, on ``size`` effective rows."""

    n: int
    people: int
    value: float
    middle: float
    variance: float
    size: float


def sample(values: Floats, weights: Floats, clusters: Ints, add: float | None = None) -> Sample:
    """The mean of ``values``. ``size`` = (Σw)²/Σw² over the design effect of the clusters (Kish 1965).

    With ``add`` values are −100, 0, 100 and the variance is adjusted Wald's: ``add`` rows to each of the outer classes
    and 4·``add`` in all (¾ and 3: Rocks 2016, for the NPS; ½ and 2: Agresti and Min 2005), so that rows all alike have
    a width. Without, the variance is s²/size.
    """
    total = weights.sum()
    mean = float(weights @ values / total)
    moves = weights * (values - mean)
    who, n = people(clusters), len(values)
    between = (np.bincount(clusters, moves) ** 2).sum() * who / max(who - 1, 1)
    alone = (moves**2).sum() * n / max(n - 1, 1)
    deff = max(between / alone, 1.0) if alone > 0 else 1.0
    size = float(total**2 / (weights**2).sum() / deff)
    if add is None:
        variance = float(weights @ (values - mean) ** 2 / total) / max(size - 1, 1e-9)
        return Sample(n, who, mean, mean, variance, size)
    whole = size + 4 * add
    plus, minus = ((float(weights @ (values == side) / total) * size + add) / whole for side in (100, -100))
    middle = plus - minus
    return Sample(n, who, mean, 100 * middle, 1e4 * (plus + minus - middle**2) / whole, size)


def difference(a: Sample, b: Sample, level: float = 0.95) -> tuple[float, float, float, float, float]:
    """a − b of two independent samples: difference, low, high, p (two-sided), standard error.

    Student's t with Welch's degrees of freedom (Welch 1947) about the difference of the middles; stretched to hold the
    difference itself. Customers on both sides make it wider than need be.
    """
    from scipy.stats import t

    variance = a.variance + b.variance
    value, error = a.value - b.value, variance**0.5
    if error == 0:
        return value, value, value, 1.0 if value == 0 else 0.0, 0.0
    spread = sum(one.variance**2 / max(one.size - 1, 1) for one in (a, b))
    freedom = variance**2 / spread
    middle, half = a.middle - b.middle, float(t.ppf(0.5 + level / 2, freedom)) * error
    p = float(2 * t.sf(abs(middle) / error, freedom))
    return value, min(middle - half, value), max(middle + half, value), p, error
