"""What is tracked by rule, over time."""

from __future__ import annotations

import altair as alt
import pandas as pd

from voc.charts.events import event_marks, event_notes, shown_events
from voc.charts.theme import GROUPS, INK, LINES, Chart, after, dashes, dated, finish, nothing, shorten, time_axis

#: More lines cannot be told apart.
MOST_LINES = len(GROUPS)


def topic_lines(
    table: pd.DataFrame, title: str = "Tracked topics over time", events: pd.DataFrame | None = None
) -> Chart:
    """From ``topic_periods``: share of the tagged comments that fit each topic, by period, band = 95 % interval; the
    seven topics most spoken of. ``events`` (``date, event``) are marked."""
    rows = dated(table).dropna(subset=["share"])
    if rows.empty:
        return nothing(title, "No period with enough dated, tagged comments to show.")
    rows = rows.astype({"count": "int64"})
    order = rows.groupby("topic")["count"].sum().sort_values(ascending=False, kind="stable").index[:MOST_LINES]
    rows = rows[rows["topic"].isin(order)].assign(name=lambda part: part["topic"].map(lambda name: shorten(name, 40)))
    names = [shorten(name, 40) for name in order]
    scale = alt.Scale(domain=names, range=list(GROUPS[: len(names)]))
    tint = alt.Color("name:N", title=None, scale=scale, legend=LINES)
    plot = alt.Chart(rows).encode(
        x=time_axis(rows["start"]),
        tooltip=[
            alt.Tooltip("topic:N"),
            "period:N",
            "count:Q",
            alt.Tooltip("n:Q", title="tagged comments"),
            *(alt.Tooltip(f"{name}:Q", format=".1%") for name in ("share", "low", "high")),
        ],
    )
    axis = alt.Axis(format="%", tickCount=5)
    band = plot.mark_area(opacity=0.15).encode(
        y=alt.Y("low:Q", title="Share of tagged comments", axis=axis),
        y2="high:Q",
        color=tint,
    )
    line = plot.mark_line(strokeWidth=2).encode(y="share:Q", color=tint, strokeDash=dashes("name", names))
    points = plot.mark_point(size=42, strokeWidth=1.6, opacity=1, filled=True).encode(
        y="share:Q",
        stroke=alt.Stroke("name:N", legend=None, scale=scale),
        fill=alt.condition("datum.small", alt.value("white"), alt.Fill("name:N", legend=None, scale=scale)),
    )
    # the numbers of several lines would stand on each other
    last = rows.sort_values("start").tail(1 if len(names) == 1 else 0)
    ends = (
        alt.Chart(last)
        .mark_text(align="left", dx=8, fontSize=11.5, fontWeight="bold", color=INK)
        .encode(x="start:T", y="share:Q", text=alt.Text("share:Q", format=".1%"))
    )
    note = "Counted over the whole history by today's rules. Band: 95 % interval." + (
        " Hollow points: under 30 comments in the period." if rows["small"].any() else ""
    )
    marked = shown_events(events, rows["start"].min(), after(rows["period"]))
    marks = event_marks(marked, time_axis(rows["start"]))
    return finish(alt.layer(*marks, band, line, points, ends), title, [note, *event_notes(marked)])
