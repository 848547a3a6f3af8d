"""Themes that come up more often of late than chance would have it."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from voc.analytics.base import is_tagged, joined, shared_key
from voc.analytics.changes import FAMILIES
from voc.analytics.contrast import FALSE_ALARMS
from voc.analytics.intervals import ratio_of_shares
from voc.analytics.mentions import leaf_themes, theme_mentions
from voc.errors import UsageError

MIN_RECENT = 6
#: Counts further from what is expected than so many standard deviations, and so many more, have no chance to speak of.
_REACH = 20
COLUMNS = [
    "theme",
    "label",
    "n_before",
    "n_recent",
    "share_before",
    "share_recent",
    "ratio",
    "low",
    "high",
    "p",
    "q",
    "emerging",
    "first_seen",
]


def emerging(
    comments: pd.DataFrame,
    segments: pd.DataFrame,
    themes: pd.DataFrame,
    recent_days: int = 42,
    as_of: dt.date | str | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """Compare each active leaf theme's share of the last ``recent_days`` days with all the time before.

    Like is compared with like: only data sets (column ``dataset``) with comments both in the recent days and
    before take part, and each is compared with its own past, so that a new mix of data sets is no news.

    Columns: ``theme, label, n_before, n_recent`` (comments that mention it), ``share_before, share_recent``
    (0…1 of the tagged, dated comments), ``ratio, low, high`` (ratio of shares, ½ added to each count: Walter
    1975; all data sets together), ``p`` (exact test, one-sided: grown, given each data set's counts; with one
    data set Fisher's; Gart 1970), ``q`` (Benjamini and Hochberg 1995, over all themes mentioned, times the families of
    tests in a report on change), ``emerging`` (q ≤ .05 and at least 6 recent mentions), ``first_seen`` (date of the
    first mention). Least q first. ``as_of`` is the last day looked at, by default the latest date in the data.
    Comments of one thread are taken as independent. ``attrs``: ``as_of, recent_from, base_before,
    base_recent``, ``datasets`` (compared) and ``datasets_left_out`` (without a recent or an earlier comment).

    Raises:
        UsageError: ``recent_days`` under 1, or ``as_of`` is no date.
    """
    if recent_days < 1:
        raise UsageError(f"recent_days {recent_days}: give 1 or more days, such as 42")
    on = shared_key(comments, segments)
    base = comments[[*dict.fromkeys((*on, "dataset", "date", "status", "stance"))]]
    base = base[is_tagged(base) & base["date"].notna()].astype({"dataset": "category"})
    if base.empty:
        return _nothing("No dated, tagged comment: what is emerging cannot be told.")
    end = _end_of(as_of, base["date"])
    start = end - pd.Timedelta(days=recent_days)
    base = base[base["date"] <= end]
    names = set(base["dataset"].unique())
    of_late = base["date"] > start
    compared = set(base.loc[of_late, "dataset"].unique()) & set(base.loc[~of_late, "dataset"].unique())
    base = base[base["dataset"].isin(compared)]
    if base.empty:
        return _nothing("No data set has comments both in the recent days and before them.")
    mentions = theme_mentions(base[[*on, "status", "stance"]], segments, themes)
    rows = joined(mentions, base[[*dict.fromkeys((*on, "dataset", "date"))]])
    rows = rows.astype({"theme": "category"})
    base_recent = int((base["date"] > start).sum())
    base_before = len(base) - base_recent
    if rows.empty:
        return _nothing("There must be themed comments both in the recent days and before them.")
    recent = rows["date"] > start
    table = (
        pd.DataFrame(
            {
                "n_before": (~recent).groupby(rows["theme"]).sum(),
                "n_recent": recent.groupby(rows["theme"]).sum(),
                "first_seen": rows.groupby("theme")["date"].min(),
            }
        )
        .rename_axis("theme")
        .reset_index()
        .astype({"theme": "str"})
    )
    table = table.merge(leaf_themes(themes).rename(columns={"id": "theme"}), on="theme")
    table["share_before"], table["share_recent"] = (
        table["n_before"] / base_before,
        table["n_recent"] / base_recent,
    )
    table["ratio"], table["low"], table["high"] = ratio_of_shares(
        table["n_recent"], base_recent, table["n_before"], base_before, level
    )
    sizes = _counts(base["date"] > start, base["dataset"])
    mentioned = _counts(recent, rows["dataset"], rows["theme"])
    by_theme = dict(tuple(mentioned.droplevel("theme").groupby(mentioned.index.get_level_values("theme"))))
    table["p"] = [chance(sizes, by_theme[theme]) for theme in table["theme"]]
    judge(table)
    table = table.sort_values(["q", "p", "theme"], ignore_index=True)[COLUMNS]
    table.attrs.update(
        as_of=end.isoformat(),
        recent_from=start.isoformat(),
        base_before=base_before,
        base_recent=base_recent,
        datasets=sorted(compared),
        datasets_left_out=sorted(names - compared),
    )
    return table


def _counts(recent: pd.Series, *by: pd.Series) -> pd.DataFrame:
    """``total`` and ``recent`` rows."""
    groups = recent.groupby(list(by))
    return pd.DataFrame({"total": groups.size(), "recent": groups.sum()})


def chance(sizes: pd.DataFrame, mentions: pd.DataFrame) -> float:
    """Chance of as many recent mentions or more, were they spread evenly within each data set: ``total`` and ``recent``
    rows of each in ``sizes``, those that mention a theme in ``mentions``.

    In a data set the recent mentions are hypergeometric; over data sets their sum is the convolution.
    """
    from scipy.stats import hypergeom

    total, recent = (sizes.loc[mentions.index.astype(str), name].to_numpy() for name in ("total", "recent"))
    mentioned, shown = mentions["total"].to_numpy(), int(mentions["recent"].sum())
    means = recent * (mentioned / total)
    deviations = np.sqrt(means * (1 - mentioned / total))
    spread, lowest = np.ones(1), 0
    for i, reach in enumerate(np.fmax(_REACH * deviations, shown - means.sum()) + _REACH):
        first, last = max(0, int(means[i] - reach)), min(mentioned[i], recent[i], int(means[i] + reach))
        spread = np.convolve(spread, hypergeom.pmf(np.arange(first, last + 1), total[i], mentioned[i], recent[i]))
        lowest += first
    return float(min(1.0, spread[max(0, shown - lowest) :].sum()))


def judge(table: pd.DataFrame) -> None:
    """Fill ``q`` and ``emerging`` from ``p`` and ``n_recent``."""
    from scipy.stats import false_discovery_control

    table["q"] = np.minimum(FAMILIES * false_discovery_control(table["p"], method="bh"), 1.0)
    table["emerging"] = (table["q"] <= FALSE_ALARMS) & (table["n_recent"] >= MIN_RECENT)


def _end_of(as_of: dt.date | str | None, dates: pd.Series) -> pd.Timestamp:
    if as_of is None:
        return pd.Timestamp(dates.max())
    try:
        day = pd.to_datetime(as_of, utc=True)
    except (ValueError, TypeError) as error:
        raise UsageError(f"as_of {as_of!r} is no date: write it like 2026-04-30") from error
    return day.normalize() + pd.Timedelta(days=1) - pd.Timedelta(microseconds=1)


def _nothing(note: str) -> pd.DataFrame:
    table = pd.DataFrame(columns=COLUMNS)
    table.attrs["note"] = note
    return table
