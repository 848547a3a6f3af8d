"""Themes crossed with signals of giving and taking: exploratory, to look into rather than to report."""

from __future__ import annotations

import pandas as pd

from voc.analytics.base import shows, withhold
from voc.analytics.moments import shares_by_theme
from voc.schema import SIGNALS

EXPLORATORY = "Exploratory: many pairs side by side without a test. Some stand out by chance: read their comments."
COLUMNS = ["theme", "label", "signal", "n", "count", "share", "low", "high", "over_all", "times", "small"]


def signal_crosses(
    comments: pd.DataFrame, segments: pd.DataFrame, themes: pd.DataFrame, level: float = 0.95
) -> pd.DataFrame:
    """One row per active leaf theme and signal that a sentence brings together, most frequent first: ``theme, label,
    signal``; ``n`` (tagged comments on the theme), ``count`` of them with a sentence on it that shows the signal,
    ``share, low, high``; ``over_all`` (the same share over all themes together), ``times`` = share / over_all;
    ``small``.

    share = count / n, 0…1; Wilson's (1927) interval on the effective sample size where customers repeat; under 5
    comments on a theme only ``n``. No test: ``attrs["exploratory"]`` says so, and reports name none of it.
    ``attrs``: ``caution`` and ``note`` as ``moments``.
    """
    shares, labels, caution = shares_by_theme(
        comments, segments, themes, lambda own: dict(zip(SIGNALS, shows(own["signals"], SIGNALS).T, strict=True)), level
    )
    table = shares.rename_axis(["signal", "theme"]).reset_index()
    table["label"] = table["theme"].map(labels)
    sums = table.groupby("signal")[["count", "n"]].transform("sum")
    table["over_all"] = sums["count"] / sums["n"]
    table["times"] = table["share"] / table["over_all"]
    table = table[table["count"] > 0].astype({"count": "Int64"})
    table = table.sort_values(["count", "theme", "signal"], ascending=[False, True, True], ignore_index=True)
    table = withhold(table, ["count", "share", "low", "high", "times"])[COLUMNS]
    table.attrs["exploratory"] = EXPLORATORY
    if caution:
        table.attrs["caution"] = caution
    if table.empty:
        table.attrs["note"] = "No sentence on a theme shows a signal of giving or taking."
    return table
