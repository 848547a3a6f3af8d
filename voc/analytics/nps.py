"""Net Promoter Score: % promoters (9–10) − % detractors (0–6)."""

from __future__ import annotations

import pandas as pd

from voc.analytics.base import cluster_key, design_effect, grouped, response_key, withhold
from voc.analytics.intervals import adjusted_wald_difference
from voc.errors import UsageError

PROMOTER, DETRACTOR = 9, 6
COLUMNS = ["by", "period", "n", "promoters", "passives", "detractors", "nps", "low", "high", "small"]


def nps_interval(
    promoters: float, passives: float, detractors: float, level: float = 0.95
) -> tuple[float, float, float]:
    """NPS and its interval in points, −100…100: ``(nps, low, high)``; NaN without answers.

    nps = 100 · (promoters − detractors) / n. Interval: adjusted Wald with ¾ promoter, 1½ passives and ¾
    detractor added (Rocks 2016, "Interval estimation for the Net Promoter Score", The American Statistician
    70), so a sample of promoters only still has a width. Counts may be effective sizes.

    Raises:
        UsageError: a negative count, or ``level`` outside 0…1.
    """
    if min(promoters, passives, detractors) < 0:
        raise UsageError(f"counts {promoters}, {passives}, {detractors}: none may be negative")
    estimates = adjusted_wald_difference(
        promoters, detractors, promoters + passives + detractors, add=0.75, add_n=3, level=level
    )
    nps, low, high = (100 * float(value) for value in estimates)
    return nps, low, high


def nps_table(
    comments: pd.DataFrame, by: str | None = None, period: str | None = None, level: float = 0.95
) -> pd.DataFrame:
    """NPS by group and period: ``by, period, n, promoters, passives, detractors, nps, low, high, small``.

    Every answer on a 0–10 scale counts once (``response_id``), with or without text; a list column as ``by``
    (themes) counts it under each value. ``by``/``period`` read ``all`` where not asked for. Interval as in
    ``nps_interval``; where customers repeat, on the effective sample size n / design effect. Below 5 answers
    only ``n`` is given. ``attrs["survey_types"]``: the kinds of survey in the table (more than one should not
    be pooled).

    Raises:
        UsageError: unknown column or period.
    """
    rows = comments[comments["nps"].notna() & comments["nps"].between(0, 10)]
    rows = grouped(rows, by, period)
    rows = rows.assign(response=response_key(rows)).drop_duplicates(["response", "group"])
    keys = [rows["group"], rows["period"]]
    group = rows.groupby(["group", "period"]).ngroup()
    promoter, detractor = rows["nps"] >= PROMOTER, rows["nps"] <= DETRACTOR
    table = (
        pd.DataFrame({"promoters": promoter, "passives": ~promoter & ~detractor, "detractors": detractor})
        .groupby(keys)
        .sum()
    )
    table.insert(0, "n", table.sum(axis=1))
    deff = design_effect(promoter.astype(float) - detractor.astype(float), group, cluster_key(rows)).to_numpy()
    estimates = adjusted_wald_difference(
        table["promoters"] / deff,
        table["detractors"] / deff,
        table["n"] / deff,
        add=0.75,
        add_n=3,
        level=level,
    )
    table["nps"], table["low"], table["high"] = (100 * value for value in estimates)
    table = table.rename_axis(["by", "period"]).reset_index()
    counts = ["promoters", "passives", "detractors"]
    table[["n", *counts]] = table[["n", *counts]].astype("Int64")
    table = withhold(table, [*counts, "nps", "low", "high"])[COLUMNS].astype({"n": "int64"})
    table.attrs["survey_types"] = sorted(map(str, rows["survey_type"].dropna().unique()))
    if table.empty:
        table.attrs["note"] = "No answer on a 0–10 scale: there is no NPS to show."
    return table
