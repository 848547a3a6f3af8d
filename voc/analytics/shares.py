"""Shares of comments with their intervals, allowing for customers who come up more than once."""

from __future__ import annotations

import pandas as pd

from voc.analytics.base import design_effects, numbered
from voc.analytics.intervals import wilson


def shares_of(shown: pd.DataFrame, groups: pd.Series, clusters: pd.Series, level: float = 0.95) -> pd.DataFrame:
    """``n, count, share, low, high`` by column of ``shown`` (a row per comment, true or false) and group, the index
    being ``label, group``.

    share = count / n (0…1). Wilson's interval (1927) on the effective sample size n / design effect (Kish 1965), which
    is n where no cluster repeats.
    """
    n = groups.groupby(groups).size()
    deffs = design_effects(shown, groups, numbered(clusters))
    parts = {}
    for label in shown.columns:
        count, deff = shown[label].astype("float64").groupby(groups).sum(), deffs[label]
        low, high = wilson(count / deff, n / deff, level)
        columns = {"n": n, "count": count.astype("int64"), "share": count / n, "low": low, "high": high}
        parts[label] = pd.DataFrame(columns, index=n.index)
    return pd.concat(parts, names=["label", "group"])
