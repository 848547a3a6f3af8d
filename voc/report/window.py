"""Which months a brief compares: a period and the one of the same length before it."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pandas as pd

from voc.analytics.spans import Pair, Span
from voc.errors import UsageError

#: Months of a period asked for by its kind; without one, a quarter: three full months.
LENGTHS = {"month": 1, "quarter": 3, "year": 12}
#: The last month counts as full when the data reaches one of its last days.
LAST_DAYS = 3
#: So many days may be missing at either end of periods of several months that are compared.
MOST_DAYS = 7
_LABEL = re.compile(r"(?P<year>\d{4})(?:-(?:Q(?P<quarter>[1-4])|(?P<month>0[1-9]|1[0-2])))?")


@dataclass(frozen=True)
class Window:
    """Whole months from ``first`` to ``last``, both included (``2026-08``)."""

    first: pd.Period
    last: pd.Period

    @property
    def label(self) -> str:
        """``Aug–Oct 2026``, ``Nov 2025 – Jan 2026``, ``Oct 2026``, ``2026``."""
        first, last = self.first, self.last
        if first == last:
            return str(last.strftime("%b %Y"))
        if first.year != last.year:
            return f"{first:%b %Y} – {last:%b %Y}"
        return str(last.year) if (first.month, last.month) == (1, 12) else f"{first:%b}–{last:%b %Y}"

    @property
    def end(self) -> pd.Timestamp:
        """The first moment after the window, UTC."""
        return (self.last + 1).start_time.tz_localize("UTC")

    def of(self, rows: pd.DataFrame) -> pd.DataFrame:
        """The rows dated within the window."""
        start = self.first.start_time.tz_localize("UTC")
        return rows[(rows["date"] >= start) & (rows["date"] < self.end)]

    def beside(self, dates: pd.Series) -> Pair | None:
        """This window and the one before it; None where the data do not cover both: parts are not compared."""
        now, before = self._span(), self.earlier()._span()
        slack = pd.Timedelta(days=LAST_DAYS if self.first == self.last else MOST_DAYS)
        covered = dates.min() < before.start + slack and dates.max() >= now.end - slack
        return Pair(now, before, False) if covered else None

    def _span(self) -> Span:
        return Span(self.label, self.first.start_time.tz_localize("UTC"), self.end)

    def earlier(self) -> Window:
        """The window of the same length that ends where this one begins."""
        months = (self.last - self.first).n + 1
        return Window(self.first - months, self.last - months)


def choose(dates: pd.Series, period: str | None) -> Window | None:
    """The period a brief is about: ``month``, ``quarter`` or ``year`` for the last full 1, 3 or 12 months in the data
    (3 by default), or a named one: ``2026``, ``2026-Q3``, ``2026-09``. None where nothing is dated.

    Raises:
        UsageError: ``period`` is neither, or the data holds nothing in it.
    """
    named = None if period is None or period in LENGTHS else _named(period)
    dates = dates.dropna()
    if dates.empty:
        return None
    if named is not None:
        first, last = _month(dates.min()), _month(dates.max())
        if named.last < first or named.first > last:
            raise UsageError(f"nothing is dated in {period}: the data runs from {first} to {last}")
        return named
    last = last_full_month(dates)
    return Window(last - (LENGTHS[period or "quarter"] - 1), last)


def last_full_month(dates: pd.Series) -> pd.Period:
    """The last month that the data covers to (nearly) its end."""
    latest = dates.max()
    month = _month(latest)
    return month if latest.day > month.days_in_month - LAST_DAYS else month - 1


def _named(period: str) -> Window:
    found = _LABEL.fullmatch(period)
    if not found:
        raise UsageError(f"unknown period {period!r}: give month, quarter, year, or one like 2026, 2026-Q3, 2026-09")
    year = int(found["year"])
    if found["month"]:
        first = pd.Period(year=year, month=int(found["month"]), freq="M")
        return Window(first, first)
    if found["quarter"]:
        first = pd.Period(year=year, month=int(found["quarter"]) * 3 - 2, freq="M")
        return Window(first, first + 2)
    first = pd.Period(year=year, month=1, freq="M")
    return Window(first, first + 11)


def _month(moment: pd.Timestamp) -> pd.Period:
    return pd.Period(year=moment.year, month=moment.month, freq="M")
