"""Complaints per 1,000 customers, where customers are counted and every complaint is logged."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from voc.analytics.base import ALL, NOT_GIVEN, cluster_key, response_key
from voc.analytics.intervals import Floats
from voc.analytics.periods import period_labels
from voc.errors import UsageError

COLUMNS = ["by", "period", "complaints", "customers", "months", "rate", "low", "high", "dispersion"]
_UNLOGGED = (
    "A rate is only told where every complaint is logged: a complaint log has rows of source “complaint”, "
    "and somebody must say that none is missing."
)


def complaint_rates(
    comments: pd.DataFrame,
    customers: pd.DataFrame,
    by: str | None = None,
    period: str | None = None,
    every_complaint_logged: bool = False,
    level: float = 0.95,
) -> pd.DataFrame:
    """Complaints a month per 1,000 customers: ``by, period, complaints, customers, months, rate, low, high,
    dispersion``.

    Complaints: responses of source ``complaint``, dated in a month for which ``customers`` (``date`` of a month's first
    day, ``customers``, and the column ``by`` if asked for) has a count. ``customers``: their mean over the ``months``.
    rate = 1000 · complaints / customer-months.

    Interval: exact for a Poisson count (Garwood 1936); where customers complain more than once, on the count over its
    dispersion Σm²/Σm for m complaints of each (compound Poisson). ``attrs["note"]`` says why there is no rate; one is
    told only if the caller states that ``every_complaint_logged``: among reviews or surveys, complaints depend on who
    writes.

    Raises:
        UsageError: there is no such column, or no such period.
    """
    rows = comments[comments["source"].eq("complaint") & comments["date"].notna()]
    if not every_complaint_logged or rows.empty:
        return _nothing(_UNLOGGED)
    for given, what in ((comments, "comments"), (customers, "customer counts")):
        if by is not None and by not in given:
            raise UsageError(f"the {what} have no column {by!r}: choose one of {', '.join(map(str, given.columns))}")
    rows = rows.assign(response=response_key(rows), cluster=cluster_key(rows)).drop_duplicates("response")
    counts = _labelled(customers, by, period)
    rows = _labelled(rows, by, period)
    keys = ["group", "month"]
    counts = counts.groupby([*keys, "period"], as_index=False).agg({"customers": "sum"})
    rows = rows.merge(counts[keys], on=keys)
    cells = ["group", "period"]
    table = counts.groupby(cells)["customers"].agg(exposure="sum", months="size")
    own = rows.groupby([*cells, "cluster"]).size()
    table["complaints"] = own.groupby(level=cells).sum()
    table["squares"] = (own**2).groupby(level=cells).sum()
    table[["complaints", "squares"]] = table[["complaints", "squares"]].fillna(0.0)
    table = table[table["exposure"] > 0]
    dispersion = (table["squares"] / table["complaints"]).fillna(1.0).to_numpy()
    low, high = poisson_interval(table["complaints"].to_numpy() / dispersion, level)
    per = 1000 / table["exposure"].to_numpy()
    table = table.assign(customers=table["exposure"] / table["months"], rate=table["complaints"] * per)
    table = table.assign(low=low * dispersion * per, high=high * dispersion * per, dispersion=dispersion)
    table = table.astype({"complaints": "int64"}).rename_axis(["by", "period"]).reset_index()[COLUMNS]
    return table if len(table) else _nothing("No month has both complaints and a count of customers.")


def rate_ratio(table: pd.DataFrame, level: float = 0.95) -> tuple[float, float, float]:
    """Ratio of the first row's rate to the second's with its interval: exact, given both counts (Przyborowski and
    Wilenski 1940, by the interval of Clopper and Pearson 1934), over the larger dispersion. NaN where nobody complains.
    """
    from scipy.stats import beta

    rows = table.iloc[:2]
    count, rate = rows["complaints"].to_numpy(float), rows["rate"].to_numpy(float)
    exposure = (rows["customers"] * rows["months"]).to_numpy(float)
    if len(rows) < 2 or count.sum() == 0:
        return (float("nan"),) * 3
    spread = float(rows["dispersion"].max())
    x, n = count[0] / spread, count.sum() / spread
    alpha = 1 - level
    low = float(beta.ppf(alpha / 2, x, n - x + 1)) if x > 0 else 0.0
    high = float(beta.ppf(1 - alpha / 2, x + 1, n - x)) if x < n else 1.0
    odds = exposure[1] / exposure[0]
    ends = [odds * share / (1 - share) if share < 1 else float("inf") for share in (low, high)]
    return float(rate[0] / rate[1]) if rate[1] else float("inf"), ends[0], ends[1]


def poisson_interval(count: Any, level: float = 0.95) -> tuple[Floats, Floats]:
    """Exact interval of a Poisson mean (Garwood 1936); counts may be effective sizes."""
    from scipy.stats import chi2

    count, alpha = np.asarray(count, float), 1 - level
    low = np.where(count > 0, chi2.ppf(alpha / 2, 2 * np.maximum(count, 1e-9)) / 2, 0.0)
    return low, chi2.ppf(1 - alpha / 2, 2 * count + 2) / 2


def _labelled(table: pd.DataFrame, by: str | None, period: str | None) -> pd.DataFrame:
    group = pd.Series(ALL, table.index) if by is None else table[by].astype(object).where(table[by].notna(), NOT_GIVEN)
    labels = pd.Series(ALL, table.index) if period is None else period_labels(table["date"], period)
    return table.assign(group=group.astype(str), period=labels, month=period_labels(table["date"], "month"))


def _nothing(note: str) -> pd.DataFrame:
    table = pd.DataFrame(columns=COLUMNS)
    table.attrs["note"] = note
    return table
