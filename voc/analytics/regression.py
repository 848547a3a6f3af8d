"""Least squares with honest errors, for the drivers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]

#: A column whose part outside the others' span is below this share of its own variance is redundant.
REDUNDANT = 1e-9
#: Ridge penalty where effects cannot be told apart: as if one response spoke for "no difference".
RIDGE = 1.0


@dataclass(frozen=True)
class Fit:
    """Of the k mentions, in their order: ``coefficient``, ``se``, ``p``. ``half`` is the half-width of the
    interval. ``method`` is ``ols`` or ``ridge``; ``r2`` of the whole model; ``errors`` names the kind of
    standard error."""

    coefficient: Floats
    se: Floats
    half: Floats
    p: Floats
    r2: float
    method: str
    errors: str


def fit(outcome: Floats, mentions: Floats, controls: Floats, clusters: Ints, level: float) -> Fit:
    """Ordinary least squares of ``outcome`` (n,) on a constant, ``controls`` (n, c) and ``mentions`` (n, k).

    Standard errors: clustered (Liang and Zeger 1986) where clusters repeat, else HC3 (MacKinnon and White
    1985); in either case no smaller than the classical ones, as robust errors of rare predictors run small
    (Angrist and Pischke 2009, §8.1). t with clusters − 1, or n − columns, degrees of freedom. Controls that
    follow from others are left out; where mentions do, ridge instead (penalty ``RIDGE`` on mentions) and
    ``method`` says so.
    """
    from scipy import stats

    design, ridge = _full_rank(mentions, controls)
    k = mentions.shape[1]
    fitted = _ridge(outcome, design, k, clusters) if ridge else _ols(outcome, design, clusters)
    coefficient, se, r2 = fitted
    repeated = _repeat(clusters)
    freedom = clusters.max() if repeated else len(outcome) - design.shape[1]
    coefficient, se = coefficient[-k:], se[-k:]
    p = 2 * stats.t.sf(np.abs(coefficient / se), freedom)
    half = stats.t.ppf(0.5 + level / 2, freedom) * se
    return Fit(coefficient, se, half, p, r2, "ridge" if ridge else "ols", "clustered" if repeated else "HC3")


def one_by_one(outcome: Floats, mentions: Floats, controls: Floats) -> tuple[Floats, Floats]:
    """Coefficient and HC1 standard error of each mention alone beside a constant and ``controls``, without
    the other mentions (Frisch–Waugh–Lovell: residuals on residuals). Shape (k,) each."""
    base = np.column_stack([np.ones(len(outcome)), controls])
    both = np.column_stack([outcome, mentions])
    rest = both - base @ np.linalg.lstsq(base, both, rcond=None)[0]
    y, x = rest[:, :1], rest[:, 1:]
    size = (x**2).sum(axis=0)
    size = np.where(size > REDUNDANT * len(outcome), size, np.nan)
    coefficient = (x * y).sum(axis=0) / size
    error = y - x * coefficient
    scale = len(outcome) / max(len(outcome) - base.shape[1] - 1, 1)
    return coefficient, np.sqrt(scale * (x**2 * error**2).sum(axis=0)) / size


def sign_agreement(
    outcome: Floats, mentions: Floats, controls: Floats, clusters: Ints, replicates: int, seed: int
) -> Floats:
    """Share of ``replicates`` bootstrap samples of whole clusters in which each mention's coefficient keeps
    the sign it has on all rows, (k,), 0…1.

    Score bootstrap (Kline and Santos 2012): cluster g drawn w times moves the coefficients by
    (X'X)⁻¹ Σ (w − 1) X_g'e_g, so nothing is fitted again. The seed fixes the result.
    """
    design, ridge = _full_rank(mentions, controls)
    k = mentions.shape[1]
    bread = np.linalg.inv(design.T @ design + _penalty(design.shape[1], k, RIDGE if ridge else 0))
    whole = bread @ design.T @ outcome
    scores = np.zeros((int(clusters.max()) + 1, design.shape[1]))
    np.add.at(scores, clusters, design * (outcome - design @ whole)[:, None])
    moves = (scores @ bread)[:, -k:]
    rng = np.random.default_rng(seed)
    count = len(scores)
    same = np.zeros(k)
    for _ in range(replicates):
        drawn = np.bincount(rng.integers(count, size=count), minlength=count)
        same += np.sign(whole[-k:] + (drawn - 1.0) @ moves) == np.sign(whole[-k:])
    agreement: Floats = same / replicates
    return agreement


def _full_rank(mentions: Floats, controls: Floats) -> tuple[Floats, bool]:
    """Constant, controls and mentions side by side without redundant controls; True if a mention is
    redundant."""
    design = np.column_stack([np.ones(len(mentions)), controls, mentions])
    gram = design.T @ design
    scale = np.diag(gram).copy()
    keep, redundant_mention = [], False
    first_mention = design.shape[1] - mentions.shape[1]
    for j in range(design.shape[1]):  # sweep: what is left of column j after those kept before it
        if gram[j, j] > REDUNDANT * scale[j]:
            keep.append(j)
            gram -= np.outer(gram[:, j], gram[j]) / gram[j, j]
        elif j >= first_mention:
            keep.append(j)
            redundant_mention = True
    return design[:, keep], redundant_mention


def _ols(outcome: Floats, design: Floats, clusters: Ints) -> tuple[Floats, Floats, float]:
    import statsmodels.api as sm

    model = sm.OLS(outcome, design).fit()
    if _repeat(clusters):
        robust = model.get_robustcov_results("cluster", groups=clusters, use_t=True)
    else:
        robust = model.get_robustcov_results("HC3", use_t=True)
    return model.params, np.fmax(robust.bse, model.bse), float(model.rsquared)


def _ridge(outcome: Floats, design: Floats, k: int, clusters: Ints) -> tuple[Floats, Floats, float]:
    n, columns = design.shape
    bread = np.linalg.inv(design.T @ design + _penalty(columns, k, RIDGE))
    coefficient = bread @ design.T @ outcome
    error = outcome - design @ coefficient
    scores = np.zeros((int(clusters.max()) + 1, columns))
    np.add.at(scores, clusters, design * error[:, None])
    robust = np.sqrt(np.diag(bread @ (scores.T @ scores) @ bread))
    classical = np.sqrt(np.diag(bread) * (error @ error) / max(n - columns, 1))
    spread = ((outcome - outcome.mean()) ** 2).sum()
    return coefficient, np.fmax(robust, classical), float(1 - error @ error / spread)


def _penalty(columns: int, k: int, strength: float) -> Floats:
    return np.diag(np.r_[np.zeros(columns - k), np.full(k, strength)])


def _repeat(clusters: Ints) -> bool:
    return int(clusters.max()) + 1 < len(clusters)
