"""A difference between two groups at the same mix of customers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from voc.analytics.base import MIN_N
from voc.analytics.regression import Floats, Sparse, independent, people
from voc.analytics.voices import Voices


def at_equal_mix(
    voices: Voices, outcomes: Sparse, controls: Sparse, level: float = 0.95
) -> tuple[Floats, Floats, Floats]:
    """Difference of the first side from the other in each column of ``outcomes`` (n, k) with the ``controls`` (n, c)
    held constant: estimate, low, high, (k,) each; NaN where fewer than 30 customers are on a side.

    Weighted least squares on the side and the controls, which puts the sides' differences within each mix together;
    errors by customer (Liang and Zeger 1986), Student's t with G − 1 degrees of freedom for G customers. A share is
    such a mean too (linear probability model).
    """
    from scipy import sparse, stats

    k, side = outcomes.shape[1], voices.side.astype(float)
    if min(people(voices.clusters[mask]) for mask in (voices.side, ~voices.side)) < MIN_N:
        return tuple(np.full(k, np.nan) for _ in range(3))  # type: ignore[return-value]
    own = sparse.csr_array(np.column_stack([np.ones(len(side)), side]))
    design = sparse.hstack([own, controls], format="csr")
    weights = voices.weights
    design = design[:, independent(design, weights)]
    scaled = sparse.diags_array(weights) @ design
    inverse = np.linalg.inv((design.T @ scaled).toarray())
    coefficients = inverse @ (scaled.T @ outcomes).toarray()
    pull = weights * (design @ inverse[:, 1])  # what a row's outcome adds to the side's coefficient
    groups, n = int(voices.clusters.max()) + 1, len(side)
    member = sparse.csr_array((pull, (voices.clusters, np.arange(n))), shape=(groups, n))
    given, held = member @ outcomes, member @ design
    # the clusters' sums of pull × error, squared, without the errors themselves, which are dense
    squares = given.power(2).sum(axis=0) - 2 * (coefficients * (held.T @ given).toarray()).sum(axis=0)
    squares = squares + (coefficients * ((held.T @ held).toarray() @ coefficients)).sum(axis=0)
    scale = groups / (groups - 1) * (n - 1) / max(n - design.shape[1], 1)
    value, half = (
        coefficients[1],
        stats.t.ppf(0.5 + level / 2, groups - 1) * np.sqrt(scale * np.maximum(squares, 0)),
    )
    return value, value - half, value + half


def share_at_equal_mix(voices: Voices, level: float = 0.95) -> tuple[Floats, Floats, Floats]:
    """``at_equal_mix`` of the share that mentions each theme, each row counting once."""
    controls, _ = voices.mix
    alike = replace(voices, weights=np.ones(len(voices.values)))
    return at_equal_mix(alike, voices.mentions, controls, level)


def mean_at_equal_mix(voices: Voices, level: float = 0.95) -> tuple[float, float, float]:
    """``at_equal_mix`` of the mean of ``values``."""
    from scipy import sparse

    controls, _ = voices.mix
    value, low, high = at_equal_mix(voices, sparse.csr_array(voices.values[:, None]), controls, level)
    return float(value[0]), float(low[0]), float(high[0])
