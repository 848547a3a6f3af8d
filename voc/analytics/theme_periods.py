"""How often each theme comes up, period by period."""

from __future__ import annotations

import pandas as pd

from voc.analytics.base import PRIVACY_MIN_N, joined, of_use, shared_key, tagged, version_obstacle
from voc.analytics.mentions import leaf_themes, theme_mentions
from voc.analytics.periods import period_labels

COLUMNS = ["theme", "label", "period", "n", "base", "share"]


def theme_periods(
    comments: pd.DataFrame, segments: pd.DataFrame, themes: pd.DataFrame, period: str = "month"
) -> pd.DataFrame:
    """``theme, label, period, n, base, share``: of the ``base`` tagged, dated comments of each period the ``n`` that
    mention an active leaf theme, and their share (0…1); every theme in every period that has a comment, in time order.

    For a sketch beside a table: no interval is given, and periods of fewer than 5 comments have no share.

    Raises:
        UsageError: no such period.
    """
    base = tagged(of_use(comments, shared_key(comments, segments)))
    base = base[base["date"].notna()]
    leaves = leaf_themes(themes).rename(columns={"id": "theme"})
    note = version_obstacle(base)
    if note or base.empty or leaves.empty:
        table = pd.DataFrame(columns=COLUMNS)
        table.attrs["note"] = note or "No dated, tagged comment, or no theme: there is no course to show."
        return table
    labels = period_labels(base["date"], period)
    sizes = labels.value_counts().sort_index()
    rows = theme_mentions(base[[*shared_key(base, segments), "status", "stance"]], segments, themes)
    rows = joined(rows[[*shared_key(rows), "theme"]], base[shared_key(rows)].assign(period=labels.astype("category")))
    counts = rows.groupby(["theme", "period"]).size()
    every = pd.MultiIndex.from_product([leaves["theme"], sizes.index], names=["theme", "period"])
    table = counts.reindex(every, fill_value=0).rename("n").reset_index().merge(leaves, on="theme")
    table["base"] = table["period"].map(sizes)
    table["share"] = (table["n"] / table["base"]).where(table["base"] >= PRIVACY_MIN_N)
    return table[COLUMNS]
