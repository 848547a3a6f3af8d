"""What moved between two groups of responses, theme by theme, responses taken as independent."""

from __future__ import annotations

import pandas as pd

from voc.analytics.base import MIN_N, PRIVACY_MIN_N, response_key
from voc.analytics.intervals import newcombe_difference
from voc.analytics.mentions import leaf_themes, theme_mentions
from voc.schema import KEY

FALSE_DISCOVERY = 0.05
#: A true move of 2.8 standard errors is noticed in 80 % of cases; a 95 % interval reaches 1.96 of them each way.
NOTICED = 2.80 / 1.96
COLUMNS = [
    *("theme", "label", "n_before", "n_now", "share_before", "share_now"),
    *("change", "low", "high", "q", "changed", "missed"),
]


def theme_moves(
    comments: pd.DataFrame,
    segments: pd.DataFrame,
    themes: pd.DataFrame,
    now: pd.Series,
    before: pd.Series,
    polarity: str | None = None,
) -> pd.DataFrame:
    """Share of each leaf theme among the responses of ``comments`` (tagged) that ``now`` marks, and of those that
    ``before`` marks: ``theme, label, n_before, n_now`` (responses), ``share_before, share_now, change, low, high``
    (0…1), ``q, changed, missed``. ``polarity``: only mentions that are ``praised`` or ``criticised``.

    Interval: Newcombe (1998, method 10). ``q``: Fisher's exact test, two-sided, adjusted after Benjamini and Hochberg
    (1995) over the themes compared; ``changed``: q ≤ .05. ``missed``: moves smaller than this would have escaped
    in one of five cases or more. Themes in fewer than 5 responses of the two groups are left out; the table is empty
    where one of the groups holds fewer than 30.
    """
    rows = comments.assign(response=response_key(comments))
    groups = {"n_before": rows[before], "n_now": rows[now]}
    sizes = {name: part["response"].nunique() for name, part in groups.items()}
    if min(sizes.values()) < MIN_N:
        return pd.DataFrame(columns=COLUMNS)
    mentions = theme_mentions(comments, segments, themes)
    if polarity is not None:
        mentions = mentions[mentions[polarity]]
    table = leaf_themes(themes).rename(columns={"id": "theme"})
    for name, part in groups.items():
        found = mentions.merge(part[[*KEY, "response"]], on=list(KEY)).drop_duplicates(["theme", "response"])
        table[name] = table["theme"].map(found["theme"].value_counts()).fillna(0).astype("int64")
    table = table[table["n_before"] + table["n_now"] >= PRIVACY_MIN_N].reset_index(drop=True)
    return _judged(table, sizes["n_now"], sizes["n_before"]) if len(table) else pd.DataFrame(columns=COLUMNS)


def _judged(table: pd.DataFrame, size_now: int, size_before: int) -> pd.DataFrame:
    from scipy.stats import false_discovery_control, fisher_exact

    n_now, n_before = table["n_now"], table["n_before"]
    table["share_before"], table["share_now"] = n_before / size_before, n_now / size_now
    table["change"] = table["share_now"] - table["share_before"]
    table["low"], table["high"] = newcombe_difference(n_now, size_now, n_before, size_before)
    chances = [
        float(fisher_exact([[a, size_now - a], [b, size_before - b]])[1]) for a, b in zip(n_now, n_before, strict=True)
    ]
    table["q"] = false_discovery_control(chances, method="bh")
    table["changed"] = table["q"] <= FALSE_DISCOVERY
    table["missed"] = NOTICED * (table["high"] - table["low"]) / 2
    return table.sort_values(["q", "theme"], ignore_index=True)[COLUMNS]
