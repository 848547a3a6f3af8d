"""Which stretches of time a change is told between: like with like."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from voc.analytics.periods import PERIODS, period_labels
from voc.errors import UsageError

#: A period counts as covered when the data reach one of its last (or first) so many days.
SLACK = {"day": 1, "week": 1, "month": 3, "quarter": 3, "year": 7}
_STEP = {
    "day": pd.DateOffset(days=1),
    "week": pd.DateOffset(weeks=1),
    "month": pd.DateOffset(months=1),
    "quarter": pd.DateOffset(months=3),
    "year": pd.DateOffset(years=1),
}
_EXAMPLES = "2026, 2026-Q3, 2026-09, 2026-W36 or 2026-09-04"
_DAY = pd.Timedelta(days=1)


@dataclass(frozen=True)
class Span:
    """From ``start`` to before ``end`` (UTC, midnight)."""

    label: str
    start: pd.Timestamp
    end: pd.Timestamp

    def holds(self, dates: pd.Series) -> pd.Series:
        """Which dates lie within."""
        return (dates >= self.start) & (dates < self.end)


@dataclass(frozen=True)
class Pair:
    """Two spans of one kind. ``partial``: the data do not cover both to the end, so both are cut to the same days."""

    now: Span
    before: Span
    partial: bool


def choose_pair(
    dates: pd.Series, period: str = "month", against: str | None = None, so_far: bool = False
) -> Pair | None:
    """The period in question and what it is compared with; None where nothing is dated in two of them.

    ``period``: one of ``PERIODS`` for the last of its kind that the data cover (``so_far``: the one they end in), or a
    named one such as ``2026-09``. ``against``: a named period of the same kind; by default the one before. Where the
    data end within the period, or begin within the other, both are cut to the same days (1–12 against 1–12).

    Raises:
        UsageError: a period is not understood, a named one holds no data, or ``against`` is of another kind or not
            earlier.
    """
    dates = dates.dropna()
    if dates.empty:
        return None
    first, last = dates.min().normalize(), dates.max().normalize() + _DAY
    kind = period if period in PERIODS else kind_of(period)
    slack = pd.Timedelta(days=SLACK[kind])
    now = span(str(period_labels(pd.Series([last - _DAY]), kind).iloc[0])) if period in PERIODS else span(period)
    if period in PERIODS and not so_far and now.end - last >= slack:
        now = previous(now)
    before = previous(now) if against is None else span(against)
    if kind_of(before.label) != kind or before.start >= now.start:
        earlier = previous(now).label
        raise UsageError(f"{against} cannot stand beside {now.label}: name an earlier {kind}, like {earlier}")
    for one, named in ((now, period not in PERIODS), (before, against is not None)):
        if named and (one.end <= first or one.start >= last):
            reach = f"{first:%Y-%m-%d} to {last - _DAY:%Y-%m-%d}"
            raise UsageError(f"nothing is dated in {one.label}: the data run from {reach}")
    skipped = first - before.start
    begins = skipped if skipped >= slack else pd.Timedelta(0)
    short = now.end - last >= slack
    ends = last - now.start if short else max(now.end - now.start, before.end - before.start)
    if begins >= min(ends, now.end - now.start, before.end - before.start):
        return None
    partial = short or begins > pd.Timedelta(0)
    if partial:
        now, before = (_cut(one, begins, ends) for one in (now, before))
    return Pair(now, before, partial)


def span(label: str) -> Span:
    """The span that a period's label (see ``period_labels``) names.

    Raises:
        UsageError: it names none.
    """
    kind = kind_of(label)
    try:
        if kind == "week":
            start = pd.to_datetime(f"{label}-1", format="%G-W%V-%u", utc=True)
        elif kind == "quarter":
            start = pd.Timestamp(int(label[:4]), int(label[-1]) * 3 - 2, 1, tz="UTC")
        else:
            start = pd.to_datetime(label, format={"year": "%Y", "month": "%Y-%m", "day": "%Y-%m-%d"}[kind], utc=True)
    except ValueError as error:
        raise UsageError(f"unknown period {label!r}: give {', '.join(PERIODS)}, or one like {_EXAMPLES}") from error
    return Span(label, start, start + _STEP[kind])


def kind_of(label: str) -> str:
    """Which of ``PERIODS`` a label names, by its form.

    Raises:
        UsageError: none.
    """
    mark = label[5:6] if label[4:5] == "-" else ""
    kind = {"W": "week", "Q": "quarter"}.get(mark) or {4: "year", 7: "month", 10: "day"}.get(len(label.split(",")[0]))
    if kind is None:
        raise UsageError(f"unknown period {label!r}: give {', '.join(PERIODS)}, or one like {_EXAMPLES}")
    return kind


def previous(one: Span) -> Span:
    """The span of the same kind before it."""
    kind = kind_of(one.label)
    start = one.start - _STEP[kind]
    return Span(str(period_labels(pd.Series([start]), kind).iloc[0]), start, one.start)


def unfinished(dates: pd.Series, period: str) -> str | None:
    """The label of the last period where the data end within it; None where they cover it, or nothing is dated."""
    dates = dates.dropna()
    if dates.empty:
        return None
    last = dates.max().normalize() + _DAY
    label = str(period_labels(pd.Series([last - _DAY]), period).iloc[0])
    return label if span(label).end - last >= pd.Timedelta(days=SLACK[period]) else None


def _cut(one: Span, begins: pd.Timedelta, ends: pd.Timedelta) -> Span:
    end = min(one.start + ends, one.end)
    days = f"days {begins.days + 1}–{(end - one.start).days}"
    return Span(f"{one.label}, {days}", one.start + begins, end)
