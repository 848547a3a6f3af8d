"""Read dates, and decide over a whole column in which order its numbers stand."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from typing import Final, NamedTuple

_TIME = (
    r"(?:[T ,]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s*([AaPp]\.?[Mm]\.?)?)?"
    r"(?:\s*(?:Z|UTC|GMT|[+-]00:?00))?"
)
_NUMERIC = re.compile(r"(\d{1,4})([./\-])(\d{1,2})\2(\d{1,4})" + _TIME)
_DAY_MONTH = re.compile(
    r"(?:[A-Za-z]{3,9},?\s+)?(\d{1,2})(?:st|nd|rd|th)?[ \-/.]+([A-Za-z]{3,9})[ \-/.,]+(\d{4}|\d{2})" + _TIME
)
_MONTH_DAY = re.compile(
    r"(?:[A-Za-z]{3,9},?\s+)?([A-Za-z]{3,9})[ \-.]+(\d{1,2})(?:st|nd|rd|th)?,?[ \-]+(\d{4})" + _TIME
)
_COMPACT = re.compile(r"(?:19|20)\d{6}")
_EPOCH = re.compile(r"\d{9,10}(?:\.\d+)?|\d{13}")
_MONTHS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), start=1
    )
}

#: Order of day, month and year in a numeric date.
ORDERS: Final = ("ymd", "dmy", "mdy", "ydm")
_LABELS = {"ymd": "Y{0}m{0}d", "dmy": "d{0}m{0}Y", "mdy": "m{0}d{0}Y", "ydm": "Y{0}d{0}m"}


class Read(NamedTuple):
    """A date read from a cell: ``value`` in UTC (no zone given: UTC) and how it was written."""

    value: datetime
    form: str


def read_date(cell: object, order: str = "dmy", *, numbers: bool = False) -> Read | None:
    """The date in a cell, or None where there is none.

    ``order`` (one of ``ORDERS``) settles ``03/04/2025``; a value that is impossible in it is read in the
    order that fits. ``numbers`` allows 20250403 and seconds or milliseconds since 1970.
    """
    if isinstance(cell, datetime):
        return Read(_utc(cell), "date cell")
    if isinstance(cell, date):
        return Read(datetime(cell.year, cell.month, cell.day, tzinfo=UTC), "date cell")
    if isinstance(cell, bool) or cell is None:
        return None
    text = str(cell).strip()
    if not 6 <= len(text) <= 50:
        return None
    try:
        return _from_text(text, order, numbers)
    except (ValueError, OverflowError, TypeError):
        return None


def _from_text(text: str, order: str, numbers: bool) -> Read | None:
    if numbers and _COMPACT.fullmatch(text):
        return Read(datetime.strptime(text, "%Y%m%d").replace(tzinfo=UTC), "YYYYmmdd")
    if numbers and _EPOCH.fullmatch(text):
        seconds = float(text) / (1000 if len(text) == 13 else 1)
        return Read(datetime.fromtimestamp(seconds, UTC), "seconds since 1970")
    if len(text) >= 10 and text[4] == "-" == text[7] and order != "ydm":
        try:
            return Read(_utc(datetime.fromisoformat(text)), "ISO 8601")
        except ValueError:
            pass
    if found := _NUMERIC.fullmatch(text):
        return _numeric(found, order)
    if found := _DAY_MONTH.fullmatch(text):
        return _named(found, day=1, month=2, form="d Month Y")
    if found := _MONTH_DAY.fullmatch(text):
        return _named(found, day=2, month=1, form="Month d Y")
    if text[0].isalpha() and ":" in text:
        return Read(_utc(parsedate_to_datetime(text)), "mail date")
    return None


def _numeric(found: re.Match[str], order: str) -> Read | None:
    first, separator, second, third = found.group(1, 2, 3, 4)
    orders = ("ymd", "ydm") if len(first) == 4 else ("dmy", "mdy")
    if len(first) == 3 or len(third) not in ((1, 2) if len(first) == 4 else (2, 4)):
        return None
    for candidate in sorted(orders, key=lambda name: name != order):
        parts = dict(zip(candidate, (int(first), int(second), int(third)), strict=True))
        if 1 <= parts["m"] <= 12:
            value = datetime(_year(parts["y"]), parts["m"], parts["d"], *_clock(found, 5), tzinfo=UTC)
            return Read(value, _LABELS[candidate].format(separator))
    return None


def _named(found: re.Match[str], *, day: int, month: int, form: str) -> Read | None:
    number = _MONTHS.get(found[month][:3].lower())
    if number is None:
        return None
    return Read(datetime(_year(int(found[3])), number, int(found[day]), *_clock(found, 4), tzinfo=UTC), form)


def _clock(found: re.Match[str], group: int) -> tuple[int, int, int]:
    hour, minute, second, half = found.group(group, group + 1, group + 2, group + 3)
    if hour is None:
        return 0, 0, 0
    hours = int(hour)
    if half:
        hours = hours % 12 + (12 if half[0] in "pP" else 0)
    return hours, int(minute), int(second or 0)


def _year(year: int) -> int:
    """Two digits: 69–99 are the 1900s (POSIX)."""
    return year if year > 99 else year + (1900 if year >= 69 else 2000)


def _utc(value: datetime) -> datetime:
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


@dataclass
class DateEvidence:
    """What a whole column says about its dates. Feed every filled cell to ``add``."""

    numbers: bool = False
    filled: int = 0
    unreadable: int = 0
    forms: Counter[str] = field(default_factory=Counter)
    orders: Counter[str] = field(default_factory=Counter)
    either: int = 0

    def add(self, cell: object) -> None:
        self.filled += 1
        found = _NUMERIC.fullmatch(cell.strip()) if isinstance(cell, str) else None
        if found is None:
            read = read_date(cell, numbers=self.numbers)
            self.forms[read.form if read else ""] += 1
            self.unreadable += read is None
            return
        year_first = len(found[1]) == 4
        one, two = (int(found[3]), int(found[4])) if year_first else (int(found[1]), int(found[3]))
        names = ("ymd", "ydm") if year_first else ("mdy", "dmy")
        if max(one, two) > 31 or min(one, two) > 12 or not (one and two):
            self.unreadable += 1
        elif one > 12 or two > 12:
            self.orders[names[one > 12]] += 1
        else:
            self.either += 1
        self.forms[found[2] if not year_first else "Y" + found[2]] += 1

    @property
    def share(self) -> float:
        """Share of filled cells that hold a date, 0–1."""
        return 1 - self.unreadable / self.filled if self.filled else 0.0

    def order(self) -> str:
        """The order the column's own values show; without any, year-month-day or day first."""
        if self.orders:
            return self.orders.most_common(1)[0][0]
        return "ymd" if any(form.startswith("Y") for form in self.forms) else "dmy"

    def describe(self) -> str | None:
        """The form most cells are written in, for people (``d/m/Y``, ``ISO 8601``, …)."""
        forms = [form for form, _ in self.forms.most_common() if form]
        if not forms:
            return None
        form = forms[0]
        if form == "Y-" and self.order() == "ymd":
            return "ISO 8601"
        return _LABELS[self.order()].format(form[-1]) if form[-1] in "./-" else form

    def warnings(self, column: str) -> list[str]:
        notes = []
        if len(self.orders) > 1:
            counts = ", ".join(f"{_LABELS[o].format('-')} {n}" for o, n in self.orders.most_common())
            notes.append(f"column '{column}' mixes date orders ({counts}); {self.either} dates could be either")
        elif not self.orders and self.either and self.describe() != "ISO 8601":
            notes.append(f"column '{column}': day and month cannot be told apart, day first is assumed")
        if self.unreadable:
            notes.append(f"column '{column}': {self.unreadable} of {self.filled} dates are unreadable and left out")
        return notes
