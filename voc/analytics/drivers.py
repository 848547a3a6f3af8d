"""What goes with a lower or higher score: themes as praised and as criticised, each allowing for the
others."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from voc.analytics.base import MIN_N
from voc.analytics.design import UNITS, Design, build_design
from voc.analytics.intervals import normal_quantile
from voc.analytics.regression import Fit, fit, one_by_one, sign_agreement

#: A theme × polarity that fewer responses mention (or fewer do not mention) is listed without an effect.
MIN_CELL = 10
#: Co-mention (phi coefficient) from which another theme is a companion and can account for a difference.
MIN_PHI = 0.1
REPLICATES = 200
STABLE = 0.9
SEED = 20160101
COLUMNS = [
    "theme",
    "label",
    "polarity",
    "level",
    "n",
    "share",
    "leave_out",
    "alone",
    "effect",
    "low",
    "high",
    "q",
    "companion",
    "co_mentioned",
    "stable",
    "coefficient",
    "p",
    "companion_theme",
    "companion_phi",
    "method",
    "small",
]

Floats = npt.NDArray[np.float64]


def drivers(
    comments: pd.DataFrame,
    segments: pd.DataFrame,
    themes: pd.DataFrame,
    score: str = "nps",
    level: float = 0.95,
) -> pd.DataFrame:
    """Association of each active leaf theme, as praised and as criticised, with the score; lowest effect
    first.

    Base: the ``attrs["n"]`` responses that are scored and have a tagged comment, one row each. Outcome: −100,
    0, 100 for ``nps``; ``stars`` and ``csat`` in their own units; ``sentiment`` gives tone associations, not
    points, as the same words tell tone and theme. A predictor is 1 if any segment has that theme and polarity
    (mixed: both, neutral: neither).

    ``share`` = n / base. All four differences are in points of the whole base's score, share × coefficient:
    ``leave_out`` = score of all − score without these responses (as commercial tools give it); ``alone``
    allows for the controls only (source, brand, customer segment, survey type, period, log length);
    ``effect`` with ``low`` and ``high`` allows for the other themes too (OLS; errors and rank-deficient case:
    ``regression.fit``; the share is taken as known). ``coefficient`` = effect / share: the difference per
    response. ``q``: Benjamini and Hochberg (1995) over all tested rows. ``companion``: the theme × polarity
    most mentioned along with it (phi, .1 or more). ``co_mentioned``: leave-out or alone differ clearly from
    0, the adjusted interval covers 0 and a companion's does not, on that side. ``stable``: same sign in 90 %
    of 200 bootstrap samples of customers (else threads, else responses). Rows with under 10 responses on
    either side have n and share only. Effects overlap and must not be added up; allowing for a consequence
    can hide what lies behind it.

    ``attrs``: ``score, unit, n, mean, r2, controls, method, errors, level``; ``note`` where nothing could be
    estimated.

    Raises:
        UsageError: unknown ``score`` or a ``level`` outside 0…1.
    """
    normal_quantile(level)
    design = build_design(comments, segments, themes, score)
    base = len(design.outcome)
    table = _listing(design)
    table.attrs.update(
        score=score,
        unit=UNITS[score],
        n=base,
        mean=float(design.outcome.mean()) if base else float("nan"),
        r2=float("nan"),
        controls=list(design.control_names),
        method="none",
        errors="none",
        level=level,
    )
    tested = (table["n"].between(MIN_CELL, base - MIN_CELL)).to_numpy()
    columns = design.controls.shape[1] + tested.sum() + 1
    if note := _obstacle(design, int(tested.sum()), int(columns)):
        table.attrs["note"] = note
    else:
        _estimate(table, design, tested, level)
    order = table["effect"].fillna(np.inf)
    return table.assign(order=order).sort_values(["order", "n"], ascending=[True, False], ignore_index=True)[COLUMNS]


def _listing(design: Design) -> pd.DataFrame:
    """Every theme × polarity that occurs, with n and share, nothing estimated yet."""
    table = design.columns.copy()
    table["level"] = "leaf"
    table["n"] = design.mentions.sum(axis=0).astype("int64")
    table["share"] = table["n"] / max(len(design.outcome), 1)
    for name in ("leave_out", "alone", "effect", "low", "high", "q", "coefficient", "p", "companion_phi"):
        table[name] = np.nan
    for name in ("companion", "companion_theme", "method"):
        table[name] = pd.Series([None] * len(table), dtype=object)
    table["co_mentioned"] = table["stable"] = False
    table["small"] = table["n"] < MIN_N
    return table


def _obstacle(design: Design, tested: int, columns: int) -> str | None:
    base = len(design.outcome)
    if base < MIN_N:
        return f"{base} scored responses with a tagged comment: at least {MIN_N} are needed for drivers."
    if np.ptp(design.outcome) == 0:
        return "All responses have the same score: nothing can go with a lower or higher one."
    if (groups := int(design.clusters.max()) + 1) < MIN_CELL:
        return f"The responses come from {groups} customers or threads: at least {MIN_CELL} are needed."
    if not tested:
        return f"No theme is praised or criticised in at least {MIN_CELL} scored responses."
    if base < columns + MIN_CELL:
        return f"{base} scored responses are too few for {tested} themes and the controls."
    return None


def _estimate(table: pd.DataFrame, design: Design, tested: npt.NDArray[np.bool_], level: float) -> None:
    from scipy.stats import false_discovery_control

    outcome, mentions, controls = design.outcome, design.mentions[:, tested], design.controls
    share = table.loc[tested, "share"].to_numpy()
    adjusted = fit(outcome, mentions, controls, design.clusters, level)
    raw, raw_se = one_by_one(outcome, mentions, controls[:, :0])
    alone, alone_se = one_by_one(outcome, mentions, controls)
    agreement = sign_agreement(outcome, mentions, controls, design.clusters, REPLICATES, SEED)
    estimates = {
        "leave_out": share * raw,
        "alone": share * alone,
        "effect": share * adjusted.coefficient,
        "low": share * (adjusted.coefficient - adjusted.half),
        "high": share * (adjusted.coefficient + adjusted.half),
        "coefficient": adjusted.coefficient,
        "p": adjusted.p,
        "q": false_discovery_control(adjusted.p, method="bh"),
        "stable": agreement >= STABLE,
        "method": adjusted.method,
    }
    for name, values in estimates.items():
        table.loc[tested, name] = values
    z = normal_quantile(level)
    clear = np.where(np.abs(raw) > z * raw_se, np.sign(raw), 0)
    clear = np.where((clear == 0) & (np.abs(alone) > z * alone_se), np.sign(alone), clear)
    _companions(table, mentions, np.flatnonzero(tested), adjusted, clear)
    table.attrs.update(r2=adjusted.r2, method=adjusted.method, errors=adjusted.errors)


def _companions(
    table: pd.DataFrame, mentions: Floats, rows: npt.NDArray[np.intp], adjusted: Fit, clear: Floats
) -> None:
    """Name each tested row's companion and mark it ``co_mentioned`` where a companion accounts for the
    difference."""
    phi = _phi(mentions)
    theme = table.loc[rows, "theme"].to_numpy()
    phi[theme[:, None] == theme[None, :]] = -1  # the same theme in the other tone is no companion
    beyond = np.where(np.abs(adjusted.coefficient) > adjusted.half, np.sign(adjusted.coefficient), 0)
    for i, row in enumerate(rows):
        best = int(phi[i].argmax())
        if clear[i] and not beyond[i]:
            accounts = np.where((phi[i] >= MIN_PHI) & (beyond == clear[i]), phi[i], -1)
            if accounts.max() > 0:
                table.loc[row, "co_mentioned"] = True
                best = int(accounts.argmax())
        if phi[i, best] >= MIN_PHI:
            other = table.loc[rows[best]]
            table.loc[row, "companion"] = f"{other['label']} ({other['polarity']})"
            table.loc[row, "companion_theme"] = other["theme"]
            table.loc[row, "companion_phi"] = phi[i, best]


def _phi(mentions: Floats) -> Floats:
    """Phi coefficients between columns of 0 and 1: the correlation of being mentioned, −1…1 (Pearson
    1900)."""
    n, counts = len(mentions), mentions.sum(axis=0)
    spread = np.sqrt(counts * (n - counts))
    values: Floats = (n * (mentions.T @ mentions) - np.outer(counts, counts)) / np.outer(spread, spread)
    return values
