"""Events that stand on the time chart: a CSV file of dates and names that the user keeps."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path

from voc.errors import UsageError
from voc.report.model import Event
from voc.report.window import Window

#: More marks than these would hide one another; the latest stay.
MOST = 6


def read_events(path: str | Path) -> tuple[Event, ...]:
    """The events of a CSV file with the columns ``date`` (2026-03-30) and ``event``, in order of time.

    Raises:
        UsageError: the file cannot be read, a column is missing, or a date is none.
    """
    try:
        with Path(path).open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UsageError(
            f"cannot read the events in {path}: {error}; give a CSV file with the columns date, event"
        ) from error
    return tuple(sorted((_event(row, line, path) for line, row in enumerate(rows, 2)), key=lambda event: event.day))


def within(events: tuple[Event, ...], months: Window | None) -> tuple[Event, ...]:
    """The latest six events of these months."""
    if months is None:
        return ()
    first, end = f"{months.first}-01", f"{months.end:%Y-%m-%d}"
    return tuple(event for event in events if first <= event.day < end)[-MOST:]


def _event(row: dict[str, str | None], line: int, path: str | Path) -> Event:
    day, name = (" ".join((row.get(column) or "").split()) for column in ("date", "event"))
    if not day or not name:
        raise UsageError(
            f"{path}, line {line}: an event needs the columns date and event, such as 2026-03-30,New tariffs"
        )
    try:
        return Event(dt.date.fromisoformat(day).isoformat(), name)
    except ValueError:
        raise UsageError(f"{path}, line {line}: {day!r} is no date; write it like 2026-03-30") from None
