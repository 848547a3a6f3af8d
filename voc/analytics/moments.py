"""Moments of magic and misery: where feeling and treatment come together, theme by theme."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from voc.analytics.base import cluster_key, comment_places, shows, tagged, version_obstacle, withhold
from voc.analytics.mentions import leaf_themes
from voc.analytics.shares import shares_of
from voc.schema import GIVING_SIGNALS, KEY, TAKING_SIGNALS

#: Kind of moment → the tone of its segment and the signals, one of which it shows.
MOMENTS = {"magic": ("positive", GIVING_SIGNALS), "misery": ("negative", TAKING_SIGNALS)}
#: What is counted of each theme: moments, and whether it was made easy or hard.
_COUNTED = ("magic", "misery", "ease", "effort")
_WHO = ("response_id", "customer_id", "thread_id", "status", "stance", "theme_version", "model_version")
_NO_SHARES = pd.MultiIndex.from_arrays([[], []], names=["label", "group"])
COLUMNS = [
    *("theme", "label", "n"),
    *(name for kind in _COUNTED for name in (kind, f"{kind}_share", f"{kind}_low", f"{kind}_high")),
    "small",
]


def is_moment(segments: pd.DataFrame, kind: str) -> pd.Series:
    """Which segments are moments of ``magic`` (positive, and showing a giving signal) or ``misery`` (negative, and
    showing a taking one)."""
    tone, signals = MOMENTS[kind]
    told: npt.NDArray[np.bool_] = np.any(shows(segments["signals"], signals), axis=1)
    return segments["sentiment"].eq(tone) & told


def moments(comments: pd.DataFrame, segments: pd.DataFrame, themes: pd.DataFrame, level: float = 0.95) -> pd.DataFrame:
    """One row per active leaf theme that is mentioned, most moments first: ``theme, label, n`` (tagged comments that
    mention it); how many of these tell of a moment of ``magic`` and of ``misery`` on it (see ``is_moment``), and of
    ``ease`` and ``effort``, each with ``…_share, …_low, …_high``; ``small``.

    Shares 0…1 of ``n``; Wilson's (1927) interval on the effective sample size where customers repeat; under 5 comments
    only ``n``. ``attrs``: ``caution`` where comments were tagged with two models or theme sets, ``note`` where there is
    nothing to show.
    """
    shares, labels, caution = shares_by_theme(comments, segments, themes, _counted, level)
    if shares.empty:
        table = pd.DataFrame(columns=COLUMNS)
        table.attrs["note"] = "No tagged comment has a theme: there are no moments to place."
        return table
    table = shares.loc["magic", ["n"]].rename_axis("theme").reset_index()
    table["label"] = table["theme"].map(labels)
    for kind in _COUNTED:
        of_kind = shares.loc[kind].reindex(table["theme"])
        table[kind] = of_kind["count"].astype("Int64").to_numpy()
        for name in ("share", "low", "high"):
            table[f"{kind}_{name}"] = of_kind[name].to_numpy()
    order = (table["magic"] + table["misery"]).astype("int64")
    table = table.assign(order=order).sort_values(["order", "theme"], ascending=[False, True], ignore_index=True)
    table = withhold(table, COLUMNS[3:-1])[COLUMNS]
    if caution:
        table.attrs["caution"] = caution
    return table


def shares_by_theme(
    comments: pd.DataFrame,
    segments: pd.DataFrame,
    themes: pd.DataFrame,
    flags: Callable[[pd.DataFrame], Mapping[str, npt.NDArray[np.bool_]]],
    level: float,
) -> tuple[pd.DataFrame, pd.Series, str | None]:
    """Of the tagged comments that mention a leaf theme, the share with a segment on it that has each of the ``flags``:
    a table of ``shares_of`` by flag and theme; the themes' labels; and why it should not be read at face value."""
    labels = leaf_themes(themes).set_index("id")["label"]
    base = tagged(comments[[*KEY, *_WHO]])
    place, theme = comment_places(base, segments), labels.index.get_indexer(pd.Index(segments["theme"]))
    known = (place >= 0) & (theme >= 0)
    each, number = np.unique(place[known] * len(labels) + theme[known], return_inverse=True)
    found = flags(segments[known])
    rows = pd.DataFrame({name: np.bincount(number, shown, len(each)) > 0 for name, shown in found.items()})
    if rows.empty:
        return pd.DataFrame(columns=["n", "count", "share", "low", "high"], index=_NO_SHARES), labels, None
    of_theme = pd.Series(labels.index.to_numpy()[each % len(labels)])
    who = pd.Series(cluster_key(base).to_numpy()[each // len(labels)])
    return shares_of(rows, of_theme, who, level), labels, version_obstacle(base)


def _counted(own: pd.DataFrame) -> dict[str, npt.NDArray[np.bool_]]:
    """Which segments are told of as what."""
    found = {kind: is_moment(own, kind).to_numpy() for kind in MOMENTS}
    return found | dict(zip(_COUNTED[2:], shows(own["signals"], _COUNTED[2:]).T, strict=True))
