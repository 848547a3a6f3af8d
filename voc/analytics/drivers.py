"""What goes with a lower or higher score: themes as praised and as criticised, each allowing for the
others."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from voc.analytics.base import MIN_N
from voc.analytics.design import UNITS, Design, build_design
from voc.analytics.intervals import normal_quantile
from voc.analytics.regression import Fit, Floats, Problem, fit, one_by_one, share_errors, sign_agreement

#: A theme × polarity that fewer responses mention (or fewer do not mention) is listed without an effect.
MIN_CELL = 10
#: Co-mention (phi coefficient) from which another theme is a companion and can account for a difference.
MIN_PHI = 0.1
#: Of the rows that are named as drivers, the share that may be chance.
FALSE_DISCOVERY = 0.05
#: Most rows that a report names on either side.
TOP = 5
REPLICATES = 500
STABLE = 0.9
SEED = 20160101
_ESTIMATES = (
    *("leave_out", "leave_out_low", "leave_out_high", "alone", "alone_low", "alone_high"),
    *("effect", "low", "high", "coefficient", "coefficient_low", "coefficient_high", "p", "q"),
)
COLUMNS = [
    *("theme", "label", "polarity", "level", "n", "share", "leave_out", "alone", "effect", "low", "high", "q"),
    *("companion", "co_mentioned", "stable", "named"),
    *("leave_out_low", "leave_out_high", "alone_low", "alone_high"),
    *("coefficient", "coefficient_low", "coefficient_high", "p"),
    *("companion_theme", "companion_phi", "method", "small"),
]


def drivers(
    comments: pd.DataFrame,
    segments: pd.DataFrame,
    themes: pd.DataFrame,
    score: str = "nps",
    level: float = 0.95,
    survey_type: str | None = None,
) -> pd.DataFrame:
    """Association of each active leaf theme, as praised and as criticised, with the score; lowest effect
    first.

    Base: the ``attrs["n"]`` responses of one survey type that are scored and have a tagged comment, one row each,
    weighted by ``weight``. Outcome: −100, 0, 100 for ``nps``; ``stars`` and ``csat`` in their own units;
    ``sentiment`` gives tone associations, not points, as the same words tell tone and theme. A predictor is 1 if any
    segment has that theme and polarity (mixed: both, neutral: neither).

    ``share`` = weighted n / base. All differences are in points of the whole base's score, share × coefficient:
    ``leave_out`` = score of all − score without these responses (as commercial tools give it); ``alone``
    allows for the controls only (source, brand, customer segment, period, log length); ``effect`` allows for the other
    themes too (OLS; errors and rank-deficient case: ``regression.fit``). Each has its interval (``low``, ``high`` are
    the effect's), with the variance of a product, s²·V(b) + b²·V(s) (Goodman 1960, first order).
    ``coefficient`` = effect / share: the difference per response.

    ``q``: Benjamini and Hochberg (1995) over all tested rows, one family. ``companion``: the theme × polarity
    most mentioned along with it (phi, .1 or more). ``co_mentioned``: leave-out or alone differ clearly from
    0, the adjusted interval covers 0 and a companion's does not, on that side. ``named``: q ≤ .05 and not
    co-mentioned, what may be called a driver. ``stable``: same sign in 90 % of 500 bootstrap samples of customers
    (else threads, else responses). Rows with under 10 responses on either side have n and share only. Effects overlap
    and must not be added up; allowing for a consequence can hide what lies behind it.

    ``attrs``: ``score, unit, survey_type, left_out`` (scored responses of other survey types), ``n, mean, r2, tested,
    controls, method, errors, level, freedom``; ``note`` where nothing could be estimated.

    Raises:
        UsageError: unknown ``score`` or ``survey_type``, or a ``level`` outside 0…1.
    """
    normal_quantile(level)
    return estimate(build_design(comments, segments, themes, score, survey_type), score, level)


def estimate(design: Design, score: str, level: float = 0.95, replicates: int = REPLICATES) -> pd.DataFrame:
    """The table of ``drivers`` from its design; ``stable`` rests on so many ``replicates``."""
    base = len(design.problem.outcome)
    table = _listing(design)
    table.attrs.update(
        score=score,
        unit=UNITS[score],
        survey_type=design.survey_type,
        left_out=design.left_out,
        n=base,
        mean=float("nan"),
        r2=float("nan"),
        tested=0,
        controls=list(design.control_names),
        method="none",
        errors="none",
        level=level,
        freedom=0,
    )
    tested = table["n"].between(MIN_CELL, base - MIN_CELL).to_numpy()
    if note := design.obstacle or obstacle(design.problem, int(tested.sum())):
        table.attrs["note"] = note
    else:
        _estimate(table, design.problem, tested, level, replicates)
    order = table["effect"].fillna(np.inf)
    table = table.assign(order=order).sort_values(["order", "n"], ascending=[True, False], ignore_index=True)
    return table[COLUMNS]


def reported(table: pd.DataFrame, polarity: str, top: int = TOP) -> pd.DataFrame:
    """The rows of ``drivers`` that a report names, farthest from 0 first: complaints (``criticised``, lower score) or
    what customers are grateful for (``praised``, higher score); at most ``top``, all of them ``named``.

    To be picked out of many flatters an estimate, so the intervals are wider here: at level 1 − R·α/m for R rows
    reported of m tested, so that of all intervals reported so no more than α are expected to miss (false coverage rate;
    Benjamini and Yekutieli 2005, JASA 100).
    """
    from scipy.stats import t

    sign = -1 if polarity == "criticised" else 1
    rows: pd.DataFrame = table[table["named"] & table["polarity"].eq(polarity) & (np.sign(table["effect"]) == sign)]
    rows = rows.loc[rows["effect"].abs().sort_values(ascending=False, kind="stable").index].head(top)
    if rows.empty:
        return rows
    alpha, freedom = 1 - table.attrs["level"], table.attrs["freedom"]
    wider = t.isf(alpha * len(rows) / table.attrs["tested"] / 2, freedom) / t.isf(alpha / 2, freedom)
    for value, low, high in (("effect", "low", "high"), ("coefficient", "coefficient_low", "coefficient_high")):
        rows = rows.assign(
            **{side: rows[value] + wider * (rows[side] - rows[value]) for side in (low, high)},
        )
    return rows


def _listing(design: Design) -> pd.DataFrame:
    """Every theme × polarity that occurs, with n and share, nothing estimated yet."""
    table = design.columns.copy()
    problem = design.problem
    table["level"] = "leaf"
    table["n"] = problem.mentions.sum(axis=0).astype("int64")
    total = problem.weights.sum()
    table["share"] = problem.mentions.T @ problem.weights / total if total > 0 else np.nan
    for name in (*_ESTIMATES, "companion_phi"):
        table[name] = np.nan
    for name in ("companion", "companion_theme", "method"):
        table[name] = pd.Series([None] * len(table), dtype=object)
    table["co_mentioned"] = table["stable"] = table["named"] = False
    table["small"] = table["n"] < MIN_N
    return table


def obstacle(problem: Problem, tested: int) -> str | None:
    """Why nothing can be estimated, in a sentence; None where it can."""
    base = len(problem.outcome)
    if base < MIN_N:
        return f"{base} scored responses with a tagged comment: at least {MIN_N} are needed for drivers."
    if np.ptp(problem.outcome) == 0:
        return "All responses have the same score: nothing can go with a lower or higher one."
    if problem.groups < MIN_CELL:
        return f"The responses come from {problem.groups} customers or threads: at least {MIN_CELL} are needed."
    if not tested:
        return f"No theme is praised or criticised in at least {MIN_CELL} scored responses."
    if base < problem.base.shape[1] + tested + MIN_CELL:
        return f"{base} scored responses are too few for {tested} themes and the controls."
    return None


def _estimate(
    table: pd.DataFrame, problem: Problem, tested: npt.NDArray[np.bool_], level: float, replicates: int
) -> None:
    from scipy.stats import false_discovery_control, t

    problem = problem.only(np.flatnonzero(tested))
    share, share_se = share_errors(problem)
    adjusted = fit(problem, level)
    raw, raw_se = one_by_one(problem, controlled=False)
    alone, alone_se = one_by_one(problem)
    quantile = float(t.ppf(0.5 + level / 2, adjusted.freedom))
    estimates: dict[str, npt.NDArray[Any] | str] = {
        "coefficient": adjusted.coefficient,
        "coefficient_low": adjusted.coefficient - adjusted.half,
        "coefficient_high": adjusted.coefficient + adjusted.half,
        "p": adjusted.p,
        "q": false_discovery_control(adjusted.p, method="bh"),
        "stable": sign_agreement(adjusted, replicates, SEED) >= STABLE,
        "method": adjusted.method,
    }
    for name, value, se in (
        ("leave_out", raw, raw_se),
        ("alone", alone, alone_se),
        ("effect", adjusted.coefficient, adjusted.se),
    ):
        half = quantile * np.sqrt((share * se) ** 2 + (value * share_se) ** 2)
        side = "" if name == "effect" else f"{name}_"
        estimates |= {name: share * value, f"{side}low": share * value - half, f"{side}high": share * value + half}
    for name, values in estimates.items():
        table.loc[tested, name] = values
    clear = np.where(np.abs(raw) > quantile * raw_se, np.sign(raw), 0)
    clear = np.where((clear == 0) & (np.abs(alone) > quantile * alone_se), np.sign(alone), clear)
    _companions(table, problem, np.flatnonzero(tested), adjusted, clear)
    table["named"] = (table["q"] <= FALSE_DISCOVERY) & ~table["co_mentioned"]
    mean = float(problem.weights @ problem.outcome / problem.weights.sum())
    table.attrs.update(mean=mean, r2=adjusted.r2, tested=len(share), freedom=adjusted.freedom)
    table.attrs.update(method=adjusted.method, errors=adjusted.errors)


def _companions(
    table: pd.DataFrame, problem: Problem, rows: npt.NDArray[np.intp], adjusted: Fit, clear: Floats
) -> None:
    """Name each tested row's companion and mark it ``co_mentioned`` where a companion accounts for the
    difference."""
    phi = _phi(problem)
    theme = table.loc[rows, "theme"].to_numpy(object)
    phi[theme[:, None] == theme[None, :]] = -1  # the same theme in the other tone is no companion
    beyond = np.where(np.abs(adjusted.coefficient) > adjusted.half, np.sign(adjusted.coefficient), 0)
    accounts = np.where((phi >= MIN_PHI) & (beyond[None, :] == clear[:, None]), phi, -1)
    explained = (clear != 0) & (beyond == 0) & (accounts.max(axis=1) > 0)
    best = np.where(explained, accounts.argmax(axis=1), phi.argmax(axis=1))
    strength = phi[np.arange(len(rows)), best]
    known = strength >= MIN_PHI
    names = (table.loc[rows, "label"] + " (" + table.loc[rows, "polarity"] + ")").to_numpy(object)
    table.loc[rows, "co_mentioned"] = explained
    for name, values in (("companion", names), ("companion_theme", theme)):
        table[name] = pd.Series(np.where(known, values[best], None), rows, dtype=object).reindex(table.index)
    table["companion_phi"] = pd.Series(np.where(known, strength, np.nan), rows).reindex(table.index)


def _phi(problem: Problem) -> Floats:
    """Phi coefficients between mentions: the correlation of being mentioned, −1…1 (Pearson 1900)."""
    n, together = len(problem.outcome), (problem.mentions.T @ problem.mentions).toarray()
    counts = np.diag(together)
    spread = np.sqrt(counts * (n - counts))
    values: Floats = (n * together - np.outer(counts, counts)) / np.outer(spread, spread)
    return values
