"""Events that stand on the brief's time chart."""

from __future__ import annotations

import pandas as pd

from voc.report.model import Event
from voc.report.window import Window

#: More marks than these would hide one another; the latest stay.
MOST = 6


def as_events(table: pd.DataFrame | None) -> tuple[Event, ...]:
    """The rows of ``date, event`` (``voc.pipeline.read_events``), in their order."""
    if table is None:
        return ()
    return tuple(Event(f"{day:%Y-%m-%d}", str(name)) for day, name in zip(table["date"], table["event"], strict=True))


def within(events: tuple[Event, ...], months: Window | None) -> tuple[Event, ...]:
    """The latest six events of these months."""
    if months is None:
        return ()
    first, end = f"{months.first}-01", f"{months.end:%Y-%m-%d}"
    return tuple(event for event in events if first <= event.day < end)[-MOST:]
