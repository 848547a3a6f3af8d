"""Decide over a whole column in which order its dates are written."""

from __future__ import annotations

from calendar import monthrange
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from voc.ingest.dates import COARSE, EARLIEST, LABELS, is_relative, numbers_in, read_date

_WORDS: Final = {"dmy": "day first", "mdy": "month first", "ymd": "year, month, day", "ydm": "year, day, month"}
#: A column is sorted in one reading where so many of its steps go one way, and in the other fewer than ``_MIXED``.
_SORTED: Final = 0.95
_MIXED: Final = 0.9
_MIN_STEPS: Final = 10


@dataclass
class _Reading:
    """What the dates that could be either would be in one order: the latest, and which way they go."""

    latest: tuple[int, int, int] = (0, 0, 0)
    previous: tuple[int, int, int] | None = None
    up: int = 0
    down: int = 0

    def add(self, value: tuple[int, int, int]) -> None:
        self.latest = max(self.latest, value)
        if self.previous is not None:
            self.up += value > self.previous
            self.down += value < self.previous
        self.previous = value

    @property
    def sorted_share(self) -> float:
        steps = self.up + self.down
        return max(self.up, self.down) / steps if steps >= _MIN_STEPS else 0.0


def _limit() -> tuple[int, int, int]:
    end = datetime.now(UTC) + timedelta(days=1)
    return end.year, end.month, end.day


@dataclass
class DateEvidence:
    """What a whole column says about its dates. Feed every filled cell to ``add``.

    The order of day and month is decided by, in turn: ``given`` (the user's); dates that only one order allows;
    points between the numbers (nobody puts the month first there); the order in which no date lies in the future;
    the order in which the column is sorted. Else the day is read first, and ``warnings`` says so.
    """

    numbers: bool = False
    given: str | None = None
    filled: int = 0
    unreadable: int = 0
    relative: int = 0
    forms: Counter[str] = field(default_factory=Counter)
    orders: Counter[str] = field(default_factory=Counter)
    either: int = 0
    example: str = ""
    _day_first: _Reading = field(default_factory=_Reading)
    _month_first: _Reading = field(default_factory=_Reading)
    _latest: tuple[int, int, int] = field(default_factory=_limit)

    def add(self, cell: object) -> None:
        self.filled += 1
        found = numbers_in(cell.strip()) if isinstance(cell, str) else None
        if found:
            self._add_numbers(str(cell), *found)
            return
        read = read_date(cell, numbers=self.numbers)
        self.forms[read.form if read else ""] += 1
        self.unreadable += read is None
        self.relative += read is None and is_relative(cell)

    def _add_numbers(self, text: str, first: int, separator: str, second: int, third: int) -> None:
        year_first = first > 99
        year, one, two = (first, second, third) if year_first else (third, first, second)
        year += 0 if year > 99 else 1900 if year >= 69 else 2000
        month_first, day_first = _exists(year, one, two), _exists(year, two, one)
        if year < EARLIEST or not (month_first or day_first):
            self.unreadable += 1
        elif month_first and day_first:
            self.either += 1
            self.example = self.example or (text.strip() if one != two else "")
            self._month_first.add((year, one, two))
            self._day_first.add((year, two, one))
        else:
            self.orders[("ymd" if month_first else "ydm") if year_first else ("mdy" if month_first else "dmy")] += 1
        self.forms[("Y" if year_first else "") + separator] += 1

    @property
    def share(self) -> float:
        """Share of filled cells that hold a date, 0–1."""
        return 1 - self.unreadable / self.filled if self.filled else 0.0

    @property
    def _misses_year(self) -> bool:
        """Whether the user's order puts a year first that every date written in numbers has last."""
        numeric = [form for form in self.forms if form and form[-1] in "./- " and len(form) <= 2]
        return self.given in ("ymd", "ydm") and bool(numeric) and not any(f.startswith("Y") for f in numeric)

    @property
    def _asked(self) -> str | None:
        return None if self._misses_year else self.given

    def order(self) -> str:
        return self._decide()[0]

    def _decide(self) -> tuple[str, str | None]:
        """The order, and why it is this one; no reason where nothing speaks for it."""
        if self._asked:
            return self._asked, "as asked for"
        if self.orders:
            return self.orders.most_common(1)[0][0], "dates that only this order allows"
        if any(form.startswith("Y") for form in self.forms):
            return "ymd", "the year comes first"
        if self.forms["."]:
            return "dmy", "points stand between the numbers"
        days, months = self._day_first, self._month_first
        if (days.latest > self._latest) != (months.latest > self._latest):
            return ("mdy" if days.latest > self._latest else "dmy"), "the other order puts dates in the future"
        for order, reading, other in (("dmy", days, months), ("mdy", months, days)):
            if reading.sorted_share >= _SORTED and other.sorted_share < _MIXED:
                return order, "only so are the rows in the order of time"
        return "dmy", None

    def describe(self) -> str | None:
        """The form most cells are written in, for people (``d/m/Y``, ``ISO 8601``, …)."""
        forms = [form for form, _ in self.forms.most_common() if form]
        if not forms:
            return None
        form = forms[0]
        if form == "Y-" and self.order() == "ymd":
            return "ISO 8601"
        return LABELS[self.order()].format(form[-1]) if form[-1] in "./- " else form

    def warnings(self, column: str) -> list[str]:
        """What a reader of the column must know, as sentences."""
        notes = []
        order, why = self._decide()
        if self._misses_year:
            notes.append(f"Column '{column}' has the year last: --date-order {self.given} does not fit its dates.")
        if len(self.orders) > 1:
            counts = ", ".join(f"{n:,} {LABELS[o].format('-')}" for o, n in self.orders.most_common())
            notes.append(
                f"Column '{column}' mixes date orders ({counts}); "
                f"{self.either:,} more could be either and are read {_WORDS[order]}."
            )
        elif self._asked and self.orders and self._asked not in self.orders:
            notes.append(
                f"Column '{column}': {self.orders.total():,} dates are impossible {_WORDS[self._asked]} "
                "and are read the other way."
            )
        elif self.example and not self.orders and not self._asked and order in ("dmy", "mdy"):
            because = f"because {why}" if why else "because nothing in the column decides"
            notes.append(
                f"Column '{column}': '{self.example}' could have the day or the month first; "
                f"read {_WORDS[order]} {because}. "
                f"--date-order {'mdy' if order == 'dmy' else 'dmy'} changes it."
            )
        if coarse := sum(self.forms[form] for form in COARSE):
            notes.append(f"Column '{column}': {coarse:,} dates name only a month or a quarter; its first day is taken.")
        if self.relative:
            notes.append(
                f"Column '{column}': {self.relative:,} dates such as '3 days ago' name no day and are left out."
            )
        if lost := self.unreadable - self.relative:
            notes.append(f"Column '{column}': {lost:,} of {self.filled:,} dates are unreadable and left out.")
        return notes


def _exists(year: int, month: int, day: int) -> bool:
    return 1 <= month <= 12 and 1 <= day <= (monthrange(year, month)[1] if day > 28 else 28) and year > 0
