"""Least squares with honest errors, for the drivers; sparse, so that a million responses fit into memory.

A row has about ten numbers that are not 0, so the normal equations are cheap and a dense matrix is never made.
``tests/test_analytics_regression.py`` holds the results against statsmodels.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]
#: A scipy.sparse array; scipy has no types.
Sparse = Any

#: A column whose part outside the others' span is below this share of its own variance is redundant.
REDUNDANT = 1e-9
#: Ridge penalty where effects cannot be told apart: as if one response spoke for "no difference".
RIDGE = 1.0
#: Numbers that a dense block holds at a time.
_CELLS = 8_000_000


@dataclass(frozen=True, eq=False)
class Problem:
    """``outcome`` (n,), ``mentions`` (n, k) and ``controls`` (n, c) sparse, without a constant; ``clusters`` (n,)
    numbers from 0, none left out; ``weights`` (n,), 1 on average."""

    outcome: Floats
    mentions: Sparse
    controls: Sparse
    clusters: Ints
    weights: Floats

    def only(self, columns: Ints) -> Problem:
        """The same with these mentions alone."""
        return replace(self, mentions=self.mentions[:, columns])

    @property
    def repeated(self) -> bool:
        """Whether a cluster has more than one row."""
        return self.groups < len(self.clusters)

    @property
    def groups(self) -> int:
        return int(self.clusters.max()) + 1

    @cached_property
    def base(self) -> Sparse:
        """Constant and controls without redundant ones, (n, b)."""
        from scipy import sparse

        constant = sparse.csr_array(np.ones((len(self.outcome), 1)))
        whole = sparse.hstack([constant, self.controls], format="csr")
        return whole[:, independent(whole, self.weights)]

    @cached_property
    def member(self) -> Sparse:
        """Which row is of which cluster: (groups, n) of 0 and 1."""
        from scipy import sparse

        rows = np.arange(len(self.clusters))
        return sparse.csr_array((np.ones(len(rows)), (self.clusters, rows)), shape=(self.groups, len(rows)))


@dataclass(frozen=True)
class Fit:
    """Of the k mentions, in their order: ``coefficient``, ``se``, ``p``. ``half`` is the half-width of the
    interval and ``freedom`` the degrees of freedom of its t. ``method`` is ``ols`` or ``ridge``; ``r2`` of the whole
    model; ``errors`` names the kind of standard error. ``scores`` (groups, columns) are the clusters' sums of
    row × error, ``bread`` (columns, k) what turns them into moves of the coefficients."""

    coefficient: Floats
    se: Floats
    half: Floats
    p: Floats
    freedom: int
    r2: float
    method: str
    errors: str
    scores: Sparse
    bread: Floats


def fit(problem: Problem, level: float) -> Fit:
    """Ordinary (weighted) least squares of the outcome on a constant, the controls and the mentions.

    Standard errors: clustered (Liang and Zeger 1986) where clusters repeat, else HC3 (MacKinnon and White
    1985); in either case no smaller than the classical ones, as robust errors of rare predictors run small
    (Angrist and Pischke 2009, §8.1). t with clusters − 1, or n − columns, degrees of freedom. Controls that
    follow from others are left out; where mentions do, ridge instead (penalty ``RIDGE`` on mentions) and
    ``method`` says so.
    """
    from scipy import sparse, stats

    k = problem.mentions.shape[1]
    design = sparse.hstack([problem.base, problem.mentions], format="csr")
    n, columns = design.shape
    gram = _gram(design, problem.weights)
    _, ridge = _independent(gram, columns - k)
    inverse = np.linalg.inv(gram + np.diag(np.r_[np.zeros(columns - k), np.full(k, RIDGE if ridge else 0.0)]))
    whole = inverse @ (design.T @ (problem.weights * problem.outcome))
    error = problem.outcome - design @ whole
    freedom = problem.groups - 1 if problem.repeated else n - columns
    squares = float(problem.weights @ error**2)
    classical = np.sqrt(np.diag(inverse) * squares / max(n - columns, 1))
    scores = problem.member @ (sparse.diags_array(problem.weights * error) @ design)
    if problem.repeated:
        scale = problem.groups / (problem.groups - 1) * (n - 1) / max(n - columns, 1)
        meat = scale * (scores.T @ scores).toarray()
    else:
        rest = 1 - _leverage(design, inverse, problem.weights)
        pushed = np.divide(problem.weights * error, rest, out=np.zeros(n), where=rest > REDUNDANT)
        meat = _gram(design, pushed**2)
    robust = np.sqrt(np.diag(inverse @ meat @ inverse))
    coefficient, se = whole[-k:], np.fmax(robust, classical)[-k:]
    mean = float(problem.weights @ problem.outcome / problem.weights.sum())
    with np.errstate(divide="ignore", invalid="ignore"):  # a perfect fit has no error
        away = np.nan_to_num(np.abs(coefficient / se), posinf=np.inf)
    return Fit(
        coefficient=coefficient,
        se=se,
        half=stats.t.ppf(0.5 + level / 2, freedom) * se,
        p=2 * stats.t.sf(away, freedom),
        freedom=freedom,
        r2=float(1 - squares / (problem.weights @ (problem.outcome - mean) ** 2)),
        method="ridge" if ridge else "ols",
        errors="clustered" if problem.repeated else "HC3",
        scores=scores.tocsr(),
        bread=inverse[:, -k:],
    )


def one_by_one(problem: Problem, controlled: bool = True) -> tuple[Floats, Floats]:
    """Coefficient and standard error of each mention beside a constant and the controls, without the other
    mentions: (k,) each. Without controls where not ``controlled``: the plain difference of means.

    Residuals on residuals (Frisch and Waugh 1933, Lovell 1963), clustered errors (HC1 where no cluster repeats).
    """
    weights = problem.weights
    base = problem.base if controlled else problem.base[:, [0]]
    inverse = np.linalg.inv(_gram(base, weights))

    def outside(values: Floats) -> Floats:
        """What the base does not account for, by column."""
        rest: Floats = values - base @ (inverse @ (base.T @ (weights[:, None] * values)))
        return rest

    y = outside(problem.outcome[:, None])
    n, groups = len(y), problem.groups
    scale = groups / max(groups - 1, 1) * (n - 1) / max(n - base.shape[1] - 1, 1)
    columns = problem.mentions.tocsc()
    width = max(1, _CELLS // n)
    coefficients, errors = [], []
    for first in range(0, columns.shape[1], width):
        x = outside(columns[:, first : first + width].toarray())
        size = weights @ x**2
        size = np.where(size > REDUNDANT * n, size, np.nan)
        coefficient = weights @ (x * y) / size
        moves = problem.member @ (weights[:, None] * x * (y - x * coefficient))
        coefficients.append(coefficient)
        errors.append(np.sqrt(scale * (moves**2).sum(axis=0)) / size)
    return np.concatenate(coefficients), np.concatenate(errors)


def moments(problem: Problem) -> tuple[Floats, Floats, float]:
    """With constant and controls taken out: moments of the mentions (k, k), of mentions and outcome (k,); and the
    outcome's whole sum of squares about its mean."""
    from scipy import sparse

    weights, base = problem.weights, problem.base
    both = (problem.mentions.T @ (sparse.diags_array(weights) @ base)).toarray()
    held = np.linalg.inv(_gram(base, weights)) @ both.T
    gram = _gram(problem.mentions, weights) - both @ held
    cross = problem.mentions.T @ (weights * problem.outcome) - held.T @ (base.T @ (weights * problem.outcome))
    mean = weights @ problem.outcome / weights.sum()
    return gram, cross, float(weights @ (problem.outcome - mean) ** 2)


def share_errors(problem: Problem) -> tuple[Floats, Floats]:
    """Weighted share of the rows that mention each theme, and its standard error by cluster (linearised ratio,
    Cochran 1977, §6.3): (k,) each."""
    from scipy import sparse

    total = problem.weights.sum()
    share = problem.mentions.T @ problem.weights / total
    sums = problem.member @ (sparse.diags_array(problem.weights) @ problem.mentions)
    sizes = problem.member @ problem.weights
    squares = sums.power(2).sum(axis=0) - 2 * share * (sums.T @ sizes) + share**2 * (sizes @ sizes)
    groups = problem.groups
    return share, np.sqrt(np.maximum(squares, 0) * groups / max(groups - 1, 1)) / total


def people(clusters: Ints) -> int:
    """How many different clusters these rows are of."""
    return int(np.count_nonzero(np.bincount(clusters))) if len(clusters) else 0


def independent(design: Sparse, weights: Floats) -> list[int]:
    """Columns of ``design`` that do not follow from those before them."""
    kept, _ = _independent(_gram(design, weights), design.shape[1])
    return kept


def bootstrap(found: Fit, replicates: int, seed: int) -> Floats:
    """Coefficients in ``replicates`` bootstrap samples of whole clusters, (replicates, k).

    Score bootstrap (Kline and Santos 2012): cluster g drawn w times moves the coefficients by
    (X'X)⁻¹ Σ (w − 1) X_g'e_g, so nothing is fitted again. The seed fixes the result.
    """
    by_column = found.scores.T.tocsr()
    whole = by_column.sum(axis=1)
    moves = [(by_column @ times - whole[:, None]).T @ found.bread for times in _draws(found, replicates, seed)]
    drawn: Floats = found.coefficient + np.vstack(moves)
    return drawn


def sign_agreement(found: Fit, replicates: int, seed: int) -> Floats:
    """Share of bootstrap samples in which each coefficient keeps the sign it has on all rows: (k,), 0…1."""
    same = np.sign(bootstrap(found, replicates, seed)) == np.sign(found.coefficient)
    agreement: Floats = same.mean(axis=0)
    return agreement


def _draws(found: Fit, replicates: int, seed: int) -> Iterator[Floats]:
    """How often each cluster is drawn, (groups, some replicates) at a time."""
    rng, groups = np.random.default_rng(seed), found.scores.shape[0]
    step = max(1, _CELLS // groups)
    for first in range(0, replicates, step):
        count = min(step, replicates - first)
        drawn = np.empty((groups, count))
        for i in range(count):
            drawn[:, i] = np.bincount(rng.integers(groups, size=groups), minlength=groups)
        yield drawn


def _gram(design: Sparse, weights: Floats) -> Floats:
    """X' W X, dense."""
    from scipy import sparse

    gram: Floats = (design.T @ (sparse.diags_array(weights) @ design)).toarray()
    return gram


def _leverage(design: Sparse, inverse: Floats, weights: Floats) -> Floats:
    """Diagonal of the hat matrix, a block of rows at a time."""
    rows = max(1, _CELLS // design.shape[1])
    blocks = [
        block.multiply(block @ inverse).sum(axis=1)
        for block in (design[first : first + rows] for first in range(0, design.shape[0], rows))
    ]
    leverage: Floats = weights * np.concatenate(blocks)
    return leverage


def _independent(gram: Floats, first: int) -> tuple[list[int], bool]:
    """Columns before ``first`` that do not follow from those before them, and whether one from there on does."""
    gram = gram.copy()
    scale = np.diag(gram).copy()
    kept, redundant = [], False
    for j in range(len(gram)):  # sweep: what is left of column j after those kept before it
        if gram[j, j] > REDUNDANT * scale[j]:
            if j < first:
                kept.append(j)
            gram -= np.outer(gram[:, j], gram[j]) / gram[j, j]
        elif j >= first:
            redundant = True
    return kept, redundant
