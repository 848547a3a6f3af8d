"""When a weekly series came to another level: change points with a known rate of false alarms."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from voc.analytics.answers import SCALES, main_surveys
from voc.analytics.base import PRIVACY_MIN_N, of_use, shared_key
from voc.analytics.changes import FAMILIES
from voc.analytics.contrast import FALSE_ALARMS
from voc.analytics.intervals import normal_quantile
from voc.analytics.regression import Floats, Ints, Sparse
from voc.analytics.voices import Said, Voices, said

#: A series is looked at from so many weeks on; a level lasts at least so many.
MIN_WEEKS, MIN_LEVEL = 12, 4
#: A theme is looked at where so many comments mention it.
MIN_MENTIONS = 40
#: Half-width, over variance and squared step, within which the true week lies in 95 % (Bai 1997).
_BAI = 11.03
COLUMNS = [
    *("measure", "theme", "label", "week", "week_low", "week_high", "before", "after", "change", "low", "high"),
    *("p", "q", "named"),
]


@dataclass(frozen=True, eq=False)
class _Series:
    """By week (W,): ``sums`` of weight × value, ``sizes`` (sums of weights); of rows: ``values``, ``weights``, their
    ``week`` and ``clusters``."""

    sums: Floats
    sizes: Floats
    values: Floats
    weights: Floats
    week: Ints
    clusters: Ints


@dataclass(frozen=True)
class _Break:
    """The first ``week`` of the new level, the weeks that are open for it, levels and their error, p."""

    week: int
    low: int
    high: int
    before: float
    after: float
    error: float
    p: float


def change_points(
    comments: pd.DataFrame, segments: pd.DataFrame, themes: pd.DataFrame, level: float = 0.95
) -> pd.DataFrame:
    """Weeks in which a series came to another level, for each score, net giving and the share of each leaf theme that
    40 comments mention: ``measure, theme, label, week`` (Monday of the first week at the new level), ``week_low,
    week_high``, ``before, after`` (levels either side, up to the next change point), ``change, low, high, p, q,
    named``. One row for each series at least (where nothing is named, its likeliest week), more where several changes
    are named.

    Test: largest |Σ (y − ȳ)| up to any week over σ√n, against the Brownian bridge (CUSUM; Ploberger and Krämer 1992;
    Kolmogorov's distribution, which errs on the careful side for weeks). σ² is the largest of the variances of rows, of
    customers and of weeks about the two levels, so that neither people who repeat nor uneven weeks raise an alarm.
    Week: least squares. Interval of the week: Bai (1997, Review of Economics and Statistics 79), 95 %. Further change
    points: the same on either side (binary segmentation, Vostrikova 1981), at the level that named the first.

    ``q`` and ``named`` as in ``contrast``: one family, times the families of the report on change. The change is
    flattered by having been looked for; a drift is found as a step or several. ``attrs``: ``weeks, note``.
    """
    normal_quantile(level)
    dated = of_use(comments, shared_key(comments, segments))[comments["date"].notna()]
    if dated.empty:
        return _nothing("No dated comment: without dates there is no change to tell.")
    found = said(dated, segments, themes, pd.Series(True, dated.index), main_surveys(dated))
    if found.obstacle:
        return _nothing(found.obstacle)
    return find(found, level)


def find(found: Said, level: float = 0.95) -> pd.DataFrame:
    """The table of ``change_points`` from arrays."""
    from scipy.stats import false_discovery_control

    days = np.concatenate([voices.days for voices in (found.comments, *found.scores.values())])
    days = days[days >= 0]
    first = int((days.min() + 3) // 7) if len(days) else 0  # 1970-01-01 was a Thursday: + 3 days begins weeks on Monday
    weeks = int((days.max() + 3) // 7) - first + 1 if len(days) else 0
    if weeks < MIN_WEEKS:
        return _nothing(f"{weeks} weeks of dated comments: at least {MIN_WEEKS} are needed to find a change of level.")
    names, series, firsts = [], [], []
    for name, one in _all(found, first, weeks):
        if (likeliest := _look(one, 0, weeks)) is not None:
            names.append(name)
            series.append(one)
            firsts.append(likeliest)
    if not firsts:
        return _nothing("No series has answers or mentions enough to tell when its level changed.")
    p = np.array([one.p for one in firsts])
    q = np.minimum(FAMILIES * false_discovery_control(p, method="bh"), 1.0)
    named = q <= FALSE_ALARMS
    bar = float(p[named].max()) if named.any() else 0.0
    rows = []
    for i, name in enumerate(names):
        points = _further(series[i], firsts[i], weeks, bar) if named[i] else [firsts[i]]
        rows += [{**name, **_row(one, level), "q": q[i], "named": bool(named[i])} for one in points]
    table = pd.DataFrame(rows, columns=COLUMNS)
    for column in ("week", "week_low", "week_high"):
        table[column] = _monday(first + table[column].to_numpy())
    table = table.sort_values(["q", "measure", "theme", "week"], ignore_index=True)
    table.attrs["weeks"] = weeks
    return table


def weekly(
    comments: pd.DataFrame, segments: pd.DataFrame, themes: pd.DataFrame, measure: str, theme: str | None = None
) -> pd.DataFrame:
    """The series that a row of ``change_points`` is about: ``week`` (Monday), ``n``, ``value``; weeks of fewer than 5
    rows have no value."""
    dated = of_use(comments, shared_key(comments, segments))[comments["date"].notna()]
    table = pd.DataFrame(columns=["week", "n", "value"])
    surveys = main_surveys(dated) if measure in SCALES else {}
    found = said(dated, segments, themes, pd.Series(True, dated.index), surveys)
    voices = found.comments if measure in ("net_giving", "share") else found.scores.get(measure)
    if voices is None or not len(voices.values):
        table.attrs["note"] = "No dated comment that tells of this: there is no series to show."
        return table
    values = voices.values
    if measure == "share":
        column = np.flatnonzero(found.themes["theme"].eq(theme or ""))
        values = voices.mentions[:, column].toarray().ravel() if len(column) else values * np.nan
    week, count = np.unique((voices.days + 3) // 7, return_counts=True)
    at = np.searchsorted(week, (voices.days + 3) // 7)
    mean = np.bincount(at, voices.weights * values) / np.bincount(at, voices.weights)
    return pd.DataFrame({"week": _monday(week), "n": count, "value": np.where(count >= PRIVACY_MIN_N, mean, np.nan)})


def _all(found: Said, first: int, weeks: int) -> Iterator[tuple[dict[str, Any], _Series]]:
    """Every series with what it is called."""
    for kind, voices in found.scores.items():
        yield {"measure": kind}, _series(voices, voices.values, voices.weights, first, weeks)
    voices = found.comments
    giving = _series(voices, voices.values, np.ones(len(voices.values)), first, weeks)
    yield {"measure": "net_giving"}, giving
    columns: Sparse = voices.mentions[voices.days >= 0].tocsc()
    for i in np.flatnonzero(columns.sum(axis=0) >= MIN_MENTIONS):
        theme = found.themes.iloc[i]
        shown = columns[:, [i]].toarray().ravel()
        sums = np.bincount(giving.week, shown, minlength=weeks).astype(float)
        # all but the mentions is shared: a million rows by sixty themes would not fit
        one = replace(giving, sums=sums, values=shown)
        yield {"measure": "share", "theme": theme["theme"], "label": theme["label"]}, one


def _series(voices: Voices, values: Floats, weights: Floats, first: int, weeks: int) -> _Series:
    dated = voices.days >= 0
    week = (voices.days[dated] + 3) // 7 - first
    values, weights = values[dated], weights[dated]
    sums, sizes = (np.bincount(week, each, minlength=weeks).astype(float) for each in (weights * values, weights))
    return _Series(sums, sizes, values, weights, week, voices.clusters[dated])


def _look(series: _Series, start: int, end: int) -> _Break | None:
    """The likeliest change of level from week ``start`` to before ``end``; None where it is too short or too even."""
    sums, sizes = series.sums[start:end], series.sizes[start:end]
    n = sizes.sum()
    if end - start < 2 * MIN_LEVEL or n <= 0:
        return None
    size, total = sizes.cumsum(), sums.cumsum()
    away = total - size / n * total[-1]
    inner = np.arange(MIN_LEVEL - 1, end - start - MIN_LEVEL)
    between = size[inner] * (n - size[inner])
    gain = np.divide(away[inner] ** 2, between, out=np.zeros(len(inner)), where=between > 0)
    if not gain.max() > 0:
        return None
    last = int(inner[gain.argmax()])
    before, after = total[last] / size[last], (total[-1] - total[last]) / (n - size[last])
    spread = _variance(series, start, end, start + last, before, after)
    if spread <= 0:
        return None
    from scipy.special import kolmogorov

    p = float(kolmogorov(np.abs(away).max() / np.sqrt(spread * n)))
    half = _BAI * spread / (after - before) ** 2
    low = int(np.searchsorted(size, size[last] - half))
    high = int(np.searchsorted(size, min(size[last] + half, size[-1])))
    error = float(np.sqrt(spread * (1 / size[last] + 1 / (n - size[last]))))
    high = min(high, end - start - 2)
    return _Break(start + last + 1, start + low + 1, start + high + 1, float(before), float(after), error, p)


def _variance(series: _Series, start: int, end: int, last: int, before: float, after: float) -> float:
    """Variance of a row about its level: of rows, customers or weeks, whichever is largest."""
    rows = slice(None) if (start, end) == (0, len(series.sizes)) else (series.week >= start) & (series.week < end)
    week, weights, clusters = series.week[rows], series.weights[rows], series.clusters[rows]
    rest = weights * (series.values[rows] - np.where(week <= last, before, after))
    count, weeks, n = len(rest), end - start, weights.sum()
    customers = np.bincount(clusters, rest)
    whole = np.bincount(week - start, rest, minlength=weeks)
    alone = (rest**2).sum() * count / max(count - 2, 1)
    return float(max(alone, (customers**2).sum(), (whole**2).sum() * weeks / (weeks - 2)) / n)


def _further(series: _Series, found: _Break, weeks: int, bar: float) -> list[_Break]:
    """All changes of level in order, levels reaching from one to the next."""
    marks = {0, found.week, weeks}
    points = {found.week: found}
    open_parts = [(0, found.week), (found.week, weeks)]
    while open_parts:
        start, end = open_parts.pop()
        one = _look(series, start, end)
        if one is not None and one.p <= bar:
            points[one.week] = one
            marks.add(one.week)
            open_parts += [(start, one.week), (one.week, end)]
    order = sorted(marks)
    return [_levels(series, points[at], order[i], order[i + 2]) for i, at in enumerate(order[1:-1])]


def _levels(series: _Series, one: _Break, start: int, end: int) -> _Break:
    """The change with levels from the mark before it to the one after it."""
    sizes = [series.sizes[start : one.week].sum(), series.sizes[one.week : end].sum()]
    before, after = (
        float(series.sums[a:b].sum() / size)
        for (a, b), size in zip(((start, one.week), (one.week, end)), sizes, strict=True)
    )
    spread = _variance(series, start, end, one.week - 1, before, after)
    error = float(np.sqrt(spread * (1 / sizes[0] + 1 / sizes[1])))
    return _Break(one.week, one.low, one.high, before, after, error, one.p)


def _row(one: _Break, level: float) -> dict[str, Any]:
    change, half = one.after - one.before, normal_quantile(level) * one.error
    return {
        **{"week": one.week, "week_low": one.low, "week_high": one.high, "before": one.before, "after": one.after},
        **{"change": change, "low": change - half, "high": change + half, "p": one.p},
    }


def _monday(week: Ints) -> pd.DatetimeIndex:
    """First days of weeks that are counted from that of 1969-12-29."""
    return pd.to_datetime(week * 7 - 3, unit="D")


def _nothing(note: str) -> pd.DataFrame:
    table = pd.DataFrame(columns=COLUMNS)
    table.attrs.update(note=note, weeks=0)
    return table
