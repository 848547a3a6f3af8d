"""Read a date from a cell, in the ways exports write them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final, NamedTuple

from voc.ingest.months import ZONES, month_number

_CLOCK = (
    r"(?P<hour>\d{1,2})(?:[:h.](?P<minute>\d{2})(?:[:.](?P<second>\d{2})(?:[.,]\d+)?)?)?"
    r"\s?(?P<half>[AaPp]\.?\s?[Mm]\.?)?"
)
_ZONE = r"\s?(?:\(?(?P<zone>Z|(?:UTC|GMT)?\s?[+-]\d{1,2}(?::?\d{2})?|[A-Z]{3,4})\)?)?(?: \([\w ]+\))?"
_TIME = rf"(?:(?:T|[ ,]+(?:at |um |à |às |alle |om |kl\.? |- )?){_CLOCK}(?: ?Uhr)?{_ZONE})?(?: via mobile)?"
_OFFSET = re.compile(r"(?:UTC|GMT)?\s?(?P<sign>[+-])(?P<hours>\d{1,2}):?(?P<minutes>\d{2})?")
_WORD = r"(?P<month>[^\W\d_]{3,12})"

_NUMERIC = re.compile(r"(\d{1,4})( ?[./\- ] ?)(\d{1,2})(?:\2|, )(\d{1,4})\.?" + _TIME)
_DAY_MONTH = re.compile(
    r"(?:^|[\s,:(])(?P<day>\d{1,2})(?:st|nd|rd|th|er|º|°|\.)?[ \-/.]*(?:of |de |d')?"
    + _WORD
    + r"\.?[ \-/.,']*(?:de |del )?(?P<year>\d{4}|\d{2})\)?"
    + _TIME
    + "$"
)
_MONTH_DAY = re.compile(
    r"(?:^|[\s,:(])" + _WORD + r"\.?[ \-.]*(?P<day>\d{1,2})(?:st|nd|rd|th)?,?[ \-]+(?P<year>\d{4})\)?" + _TIME + "$"
)
_YEAR_MONTH_DAY = re.compile(r"(?P<year>\d{4})[ \-/.]" + _WORD + r"\.?[ \-/.](?P<day>\d{1,2})" + _TIME)
_CLOCK_BEFORE_YEAR = re.compile(
    r"(?:\w{3},? )?" + _WORD + r" +(?P<day>\d{1,2}) " + _CLOCK + _ZONE + r" (?P<year>\d{4})"
)
_MONTH_YEAR = re.compile(r"(?:^|[\s,:])" + _WORD + r"\.?[ \-/,']+(?:de |del )?(?P<year>\d{4})$")
_YEAR_MONTH = re.compile(r"(\d{4})[\-/.](\d{1,2})|(\d{1,2})[\-/.](\d{4})")
_QUARTER = re.compile(r"[QTqt]([1-4])[ \-/']*(\d{4})|(\d{4})[ \-/]*[QTqt]([1-4])")
_IDEOGRAPHS = str.maketrans({"年": "-", "月": "-", "日": " "})
_COMPACT = re.compile(r"((?:19|20)\d{6})(\d{6})?")
_EPOCH = re.compile(r"\d{9,10}(?:\.\d+)?|\d{13}|\d{16}")
_DAY_NUMBER = re.compile(r"\d{5}(?:\.\d+)?")
_TIME_OF_DAY = re.compile(_CLOCK)
_AGO = re.compile(
    r"(?:an?|one|\d+\+?)? ?(?:second|minute|hour|day|week|month|year)s? ago(?: .*)?"
    r"|yesterday|today|just now|last (?:week|month|year)"
    r"|vor .{1,20}|il y a .{1,20}|hace .{1,20}|.{1,20} fa|.{1,20} geleden|há .{1,20}",
    re.IGNORECASE,
)

#: Order of day, month and year in a numeric date.
ORDERS: Final = ("ymd", "dmy", "mdy", "ydm")
LABELS: Final = {"ymd": "Y{0}m{0}d", "dmy": "d{0}m{0}Y", "mdy": "m{0}d{0}Y", "ydm": "Y{0}d{0}m"}
#: Earlier dates stand for none: nobody exported comments then, and 1900 and 1970 are what empty dates become.
EARLIEST: Final = 1990
#: Dates that give a month or a quarter only.
COARSE: Final = ("month", "quarter")
_DAY_ZERO: Final = datetime(1899, 12, 30, tzinfo=UTC)
_LONGEST: Final = 90


class Read(NamedTuple):
    """A date read from a cell: ``value`` in UTC (no zone given: UTC) and how it was written."""

    value: datetime
    form: str


def read_date(cell: object, order: str = "dmy", *, numbers: bool = False) -> Read | None:
    """The date in a cell, or None where there is none, or one before 1990.

    ``order`` (one of ``ORDERS``) settles ``03/04/2025``; a value that is impossible in it is read in the order that
    fits. Months without a day and quarters are read as their first day. ``numbers`` allows 20250403, seconds,
    milliseconds or microseconds since 1970, and the day numbers of spreadsheets.
    """
    if isinstance(cell, datetime):
        return _late(Read(_utc(cell), "date cell"))
    if isinstance(cell, date):
        return _late(Read(datetime(cell.year, cell.month, cell.day, tzinfo=UTC), "date cell"))
    if isinstance(cell, bool) or cell is None:
        return None
    text = cell if isinstance(cell, str) else str(cell)
    return _read_text(text.strip(), order, numbers) if len(text) < 2 * _LONGEST else None


def read_clock(cell: object) -> timedelta | None:
    """A time of day (``14:05``, ``2:05 PM``), as the time since midnight; None where a cell is none."""
    if isinstance(cell, time):
        return timedelta(hours=cell.hour, minutes=cell.minute, seconds=cell.second)
    found = _TIME_OF_DAY.fullmatch(cell.strip()) if isinstance(cell, str) and len(cell) <= 20 else None
    if not found or not (found["minute"] or found["half"]):
        return None
    hour, minute, second = _clock(found)
    return timedelta(hours=hour, minutes=minute, seconds=second) if hour < 24 and minute < 60 else None


def is_relative(cell: object) -> bool:
    """Whether a cell counts back from an unknown day: ``3 days ago``."""
    return isinstance(cell, str) and len(cell) <= 40 and _AGO.fullmatch(cell.strip()) is not None


def numbers_in(text: str) -> tuple[int, str, int, int] | None:
    """``(first, separator, second, third)`` of a date written in numbers with a separator; else None."""
    found = _NUMERIC.fullmatch(text)
    if found is None or not _has_year(found[1], found[4]):
        return None
    return int(found[1]), found[2].strip() or " ", int(found[3]), int(found[4])


@lru_cache(maxsize=4096)
def _read_text(text: str, order: str, numbers: bool) -> Read | None:
    if not 5 <= len(text) <= _LONGEST:
        return None
    try:
        return _late(_from_text(text, order, numbers))
    except (ValueError, OverflowError):
        return None


def _late(read: Read | None) -> Read | None:
    return read if read and read.value.year >= EARLIEST else None


def _from_text(text: str, order: str, numbers: bool) -> Read | None:
    if numbers and text[0].isdigit() and (read := _from_number(text)):
        return read
    if len(text) >= 10 and text[4] == "-" == text[7] and order != "ydm":
        try:
            return Read(_utc(datetime.fromisoformat(text)), "ISO 8601")
        except ValueError:
            pass
    if "年" in text:
        text = text.translate(_IDEOGRAPHS).strip()
    if found := _NUMERIC.fullmatch(text):
        return _numeric(found, order)
    if found := _YEAR_MONTH.fullmatch(text):
        year, month = (found[1], found[2]) if found[1] else (found[4], found[3])
        return Read(datetime(int(year), int(month), 1, tzinfo=UTC), "month")
    if found := _QUARTER.fullmatch(text):
        year, quarter = (found[2], found[1]) if found[2] else (found[3], found[4])
        return Read(datetime(int(year), 3 * int(quarter) - 2, 1, tzinfo=UTC), "quarter")
    return _from_words(text) if any(map(str.isalpha, text)) and any(map(str.isdigit, text)) else None


def _from_number(text: str) -> Read | None:
    if found := _COMPACT.fullmatch(text):
        form = "%Y%m%d%H%M%S" if found[2] else "%Y%m%d"
        return Read(datetime.strptime(text, form).replace(tzinfo=UTC), "YYYYmmdd")
    if _EPOCH.fullmatch(text):
        whole = text.partition(".")[0]
        seconds = float(text) / {13: 1e3, 16: 1e6}.get(len(whole), 1)
        return Read(datetime.fromtimestamp(seconds, UTC), "seconds since 1970")
    if _DAY_NUMBER.fullmatch(text):
        return Read(_DAY_ZERO + timedelta(seconds=round(float(text) * 86_400)), "spreadsheet day number")
    return None


def _from_words(text: str) -> Read | None:
    forms = (
        (_DAY_MONTH, "d Month Y"),
        (_MONTH_DAY, "Month d Y"),
        (_YEAR_MONTH_DAY, "Y Month d"),
        (_CLOCK_BEFORE_YEAR, "Month d time Y"),
    )
    for pattern, form in forms:
        if (found := pattern.search(text)) and (month := month_number(found["month"])):
            return Read(_moment(found, _year(int(found["year"])), month, int(found["day"])), form)
    if (found := _MONTH_YEAR.search(text)) and (month := month_number(found["month"])):
        return Read(datetime(int(found["year"]), month, 1, tzinfo=UTC), "month")
    return None


def _numeric(found: re.Match[str], order: str) -> Read | None:
    first, separator, second, third = found.group(1, 2, 3, 4)
    if not _has_year(first, third):
        return None
    orders = ("ymd", "ydm") if len(first) == 4 else ("dmy", "mdy")
    for candidate in sorted(orders, key=lambda name: name != order):
        parts = dict(zip(candidate, (int(first), int(second), int(third)), strict=True))
        if 1 <= parts["m"] <= 12:
            value = _moment(found, _year(parts["y"]), parts["m"], parts["d"])
            return Read(value, LABELS[candidate].format(separator.strip() or " "))
    return None


def _has_year(first: str, third: str) -> bool:
    return len(first) != 3 and len(third) in ((1, 2) if len(first) == 4 else (2, 4))


def _moment(found: re.Match[str], year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, *_clock(found), tzinfo=UTC) - _east_of_utc(found["zone"])


def _clock(found: re.Match[str]) -> tuple[int, int, int]:
    if found["hour"] is None:
        return 0, 0, 0
    hours = int(found["hour"])
    if half := found["half"]:
        hours = hours % 12 + (12 if half[0] in "pP" else 0)
    return hours, int(found["minute"] or 0), int(found["second"] or 0)


def _east_of_utc(zone: str | None) -> timedelta:
    """How far a zone is ahead of UTC; nothing for a name that is not known or means several (``IST``)."""
    if not (found := _OFFSET.fullmatch(zone or "")):
        return timedelta(hours=ZONES.get(zone or "", 0))
    ahead = timedelta(hours=int(found["hours"]), minutes=int(found["minutes"] or 0))
    return ahead if found["sign"] == "+" else -ahead


def _year(year: int) -> int:
    """Two digits: 69–99 are the 1900s (POSIX)."""
    return year if year > 99 else year + (1900 if year >= 69 else 2000)


def _utc(value: datetime) -> datetime:
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
