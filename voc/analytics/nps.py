"""Net Promoter Score: % promoters (9–10) − % detractors (0–6)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from voc.analytics.answers import answers, effective_size, weight_obstacle
from voc.analytics.base import GREY_N, MIN_N, design_effect, grouped, lines_of, of_use, version_obstacle, withheld
from voc.analytics.intervals import adjusted_wald_difference
from voc.errors import UsageError

COLUMNS = [
    *("by", "period", "survey_type", "n", "n_effective", "promoters", "passives", "detractors"),
    *("nps", "low", "high", "small"),
]
_BY_THEME = ("themes", "theme_labels")
_COUNTS = ["promoters", "passives", "detractors"]


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
    """NPS by group, period and survey type: ``by, period, survey_type, n, n_effective, promoters, passives,
    detractors, nps, low, high, small``. Kinds of survey are never pooled: each has its own rows.

    Every answer on a 0–10 scale counts once (``response_id``), with or without text; a list column as ``by``
    (themes) counts it under each value. ``by``/``period`` read ``all`` where not asked for. Shares are weighted by
    ``weight`` where a data set has it; ``promoters, passives, detractors`` are plain counts. Interval as in
    ``nps_interval`` on ``n_effective`` = (Σw)²/Σw² (Kish 1965), divided by the design effect where customers
    repeat (else threads, else responses).

    People are counted as customers where they are known. Under 30 of them there is only ``n`` (read the quotes),
    from 30 to 99 ``small`` is set; where fewer than 5 could be told from a total, further cells are blank
    (``base.withheld``). ``attrs["survey_types"]``: the kinds in the table.

    Raises:
        UsageError: unknown column or period.
    """
    rows = answers(of_use(comments, (by,)), "nps")
    versions = version_obstacle(rows) if by in _BY_THEME else None
    if note := weight_obstacle(comments.loc[rows.index, ["dataset", "weight"]]) or versions:
        return _nothing(note)
    rows = grouped(rows, by, period).drop_duplicates(["response", "group"])
    keys = [rows["group"], rows["period"], rows["survey_type"]]
    cell = rows.groupby(keys, sort=True).ngroup()
    points = rows["value"]
    table = pd.DataFrame({name: points.eq(value) for name, value in zip(_COUNTS, (100, 0, -100), strict=True)})
    table = table.groupby(keys).sum()
    table.insert(0, "n", table.sum(axis=1))
    deff = design_effect(points, cell, rows["cluster"], rows["weight"])
    table["n_effective"] = (effective_size(rows["weight"], cell) / deff).to_numpy()
    plus, minus = (_weighted_share(points.eq(value), rows["weight"], cell) for value in (100, -100))
    size = table["n_effective"].to_numpy()
    _, low, high = adjusted_wald_difference(plus * size, minus * size, size, add=0.75, add_n=3, level=level)
    table["nps"], table["low"], table["high"] = 100 * (plus - minus), 100 * low, 100 * high
    table["people"] = rows["cluster"].groupby(cell).nunique().to_numpy()
    table = table.rename_axis(["by", "period", "survey_type"]).reset_index().astype({"by": "str"})
    table = _guarded(table, overlapping=bool(rows["response"].duplicated().any()))
    table.attrs["survey_types"] = sorted(table["survey_type"].unique())
    return table if len(table) else _nothing("No answer on a 0–10 scale: there is no NPS to show.")


def _weighted_share(shown: pd.Series, weights: pd.Series, cell: pd.Series) -> np.ndarray:
    share = (shown * weights).groupby(cell).sum() / weights.groupby(cell).sum()
    return share.to_numpy(float)


def _guarded(table: pd.DataFrame, overlapping: bool) -> pd.DataFrame:
    """Blank what is too little to show."""
    hidden = withheld(table["people"], lines_of(table, overlapping), least=MIN_N)
    table["small"] = table["people"] < GREY_N
    for name in (*_COUNTS, "nps", "low", "high"):
        table[name] = table[name].astype("Int64" if name in _COUNTS else "float64").mask(hidden)
    return table[COLUMNS].astype({"n": "int64"})


def _nothing(note: str) -> pd.DataFrame:
    table = pd.DataFrame(columns=COLUMNS)
    table.attrs.update(note=note, survey_types=[])
    return table
