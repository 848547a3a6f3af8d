"""Moments of magic and misery: where feeling and treatment come together, theme by theme."""

from __future__ import annotations

import numpy as np
import pandas as pd

from voc.analytics.base import cluster_key, comment_places, shows, tagged, withhold
from voc.analytics.mentions import leaf_themes
from voc.analytics.shares import shares_of
from voc.schema import GIVING_SIGNALS, KEY, TAKING_SIGNALS

#: Kind of moment → the tone of its segment and the signals, one of which it shows.
MOMENTS = {"magic": ("positive", GIVING_SIGNALS), "misery": ("negative", TAKING_SIGNALS)}
#: What is counted of each theme: moments, and whether it was made easy or hard.
_COUNTED = ("magic", "misery", "ease", "effort")
COLUMNS = [
    *("theme", "label", "n"),
    *(name for kind in _COUNTED for name in (kind, f"{kind}_share", f"{kind}_low", f"{kind}_high")),
    "small",
]


def is_moment(segments: pd.DataFrame, kind: str) -> pd.Series:
    """Which segments are moments of ``magic`` (positive, and showing a giving signal) or ``misery`` (negative, and
    showing a taking one)."""
    tone, signals = MOMENTS[kind]
    return segments["sentiment"].eq(tone) & shows(segments["signals"], signals).any(axis=1)


def moments(comments: pd.DataFrame, segments: pd.DataFrame, themes: pd.DataFrame, level: float = 0.95) -> pd.DataFrame:
    """One row per active leaf theme that is mentioned, most moments first: ``theme, label, n`` (tagged comments that
    mention it); how many of these tell of a moment of ``magic`` and of ``misery`` on it (see ``is_moment``), and of
    ``ease`` and ``effort``, each with ``…_share, …_low, …_high``; ``small``.

    Shares 0…1 of ``n``; Wilson's (1927) interval on the effective sample size where customers repeat; under 5 comments
    only ``n``.
    """
    labels = leaf_themes(themes).set_index("id")["label"]
    base = tagged(comments[[*KEY, "response_id", "customer_id", "thread_id", "status", "stance"]])
    place, theme = comment_places(base, segments), labels.index.get_indexer(segments["theme"])
    own = segments[(place >= 0) & (theme >= 0)]
    mention = place[(place >= 0) & (theme >= 0)] * len(labels) + theme[(place >= 0) & (theme >= 0)]
    told = [is_moment(own, kind).to_numpy() for kind in MOMENTS] + list(shows(own["signals"], ("ease", "effort")).T)
    each, number = np.unique(mention, return_inverse=True)
    rows = pd.DataFrame(
        {name: np.bincount(number, shown, len(each)) > 0 for name, shown in zip(_COUNTED, told, strict=True)}
    )
    if rows.empty:
        table = pd.DataFrame(columns=COLUMNS)
        table.attrs["note"] = "No tagged comment has a theme: there are no moments to place."
        return table
    who = pd.Series(cluster_key(base).to_numpy()[each // len(labels)])
    shares = shares_of(rows, pd.Series(labels.index.to_numpy()[each % len(labels)]), who, level)
    table = shares.loc["magic", ["n"]].rename_axis("theme").reset_index()
    table["label"] = table["theme"].map(labels)
    for kind in _COUNTED:
        of_kind = shares.loc[kind].reindex(table["theme"])
        table[kind] = of_kind["count"].astype("Int64").to_numpy()
        for name in ("share", "low", "high"):
            table[f"{kind}_{name}"] = of_kind[name].to_numpy()
    order = (table["magic"] + table["misery"]).astype("int64")
    table = table.assign(order=order).sort_values(["order", "theme"], ascending=[False, True], ignore_index=True)
    return withhold(table, COLUMNS[3:-1])[COLUMNS]
