"""Marks of events on charts over time: a dashed line and a number each, the names below the title."""

from __future__ import annotations

import altair as alt
import pandas as pd

from voc.charts.theme import INK, MUTED, shorten

#: More marks than these would hide one another; the latest stay.
MOST = 6
_NAME = 44


def shown_events(events: pd.DataFrame | None, first: pd.Timestamp, end: pd.Timestamp) -> pd.DataFrame:
    """Of ``date, event`` the latest six from ``first`` to before ``end``: ``start`` (no zone), ``event``, ``number``,
    those of one moment together as ``1, 2``."""
    if events is None or events.empty:
        return pd.DataFrame({"start": pd.Series(dtype="datetime64[us]"), "event": [], "number": []})
    days = pd.to_datetime(events["date"], utc=True).dt.tz_localize(None)
    rows = pd.DataFrame({"start": days, "event": events["event"].astype(str)}).sort_values("start", kind="stable")
    rows = rows[(rows["start"] >= first) & (rows["start"] < end)].tail(MOST)
    return rows.assign(number=[str(i) for i in range(1, len(rows) + 1)])


def event_notes(rows: pd.DataFrame) -> list[str]:
    """A line for the subtitle for every two events: ``1 New tariffs (1 Apr 2026) · 2 …``."""
    names = [
        f"{number} {shorten(event, _NAME)} ({start.day} {start:%b %Y})"
        for number, event, start in zip(rows["number"], rows["event"], rows["start"], strict=True)
    ]
    return [" · ".join(names[i : i + 2]) for i in range(0, len(names), 2)]


def event_marks(rows: pd.DataFrame, x: alt.X, lift: int = 2) -> list[alt.Chart]:
    """Layers for a chart whose time axis is ``x``; the numbers stand ``lift`` pixels above it."""
    if rows.empty:
        return []
    place = str(x.shorthand).partition(":")[0]
    merged = rows.groupby(place, as_index=False, sort=False).agg(
        number=("number", ", ".join), event=("event", " · ".join)
    )
    plot = alt.Chart(merged).encode(x=x, tooltip=[alt.Tooltip("event:N", title="event")])
    rules = plot.mark_rule(color=MUTED, strokeDash=[4, 3], strokeWidth=1)
    numbers = plot.mark_text(fontSize=11, fontWeight="bold", color=INK, baseline="bottom", dy=-lift)
    return [rules, numbers.encode(y=alt.value(0), text="number:N")]
