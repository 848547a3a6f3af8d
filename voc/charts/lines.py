"""Scores over time: a line with its interval as a band."""

from __future__ import annotations

import altair as alt
import pandas as pd

from voc.charts.events import event_marks, event_notes, shown_events
from voc.charts.theme import (
    GIVING,
    GROUPS,
    INK,
    LINES,
    MUTED,
    TAKING,
    Chart,
    after,
    dashes,
    dated,
    finish,
    nothing,
    time_axis,
)
from voc.charts.words import count, signed


def nps_line(
    table: pd.DataFrame,
    title: str = "Net Promoter Score over time",
    events: pd.DataFrame | None = None,
    partial: str | None = None,
) -> Chart:
    """From ``nps_table(…, period=…)``: NPS by period, a line per group and kind of survey, band = 95 % interval.
    ``events`` (``date, event``) are marked; the point of the period ``partial``, which is not over, is hollow."""
    if "survey_type" in table and table["survey_type"].nunique() > 1:
        table = table.assign(by=table["by"].replace("all", "") + " " + table["survey_type"])
    axis = "NPS (% promoters − % detractors)"
    return _line(table, "nps", title, axis, "scored answer", GROUPS[0], 100, events, partial)


def net_giving_line(
    table: pd.DataFrame,
    title: str = "Net giving over time",
    events: pd.DataFrame | None = None,
    partial: str | None = None,
) -> Chart:
    """From ``net_giving(…, period=…)``: net giving by period, a line per group, band = 95 % interval; ``events`` and
    ``partial`` as for ``nps_line``."""
    axis = "Net giving (% giving − % taking)"
    return _line(table, "net", title, axis, "tagged comment", GIVING, 30, events, partial)


def level_line(
    weeks: pd.DataFrame, points: pd.DataFrame, title: str, axis: str, events: pd.DataFrame | None = None
) -> Chart:
    """From ``weekly`` and the rows of one series in ``change_points``: a dot for each week, the levels as steps, and
    the weeks open for a change as a band. ``axis`` names what is shown, with its unit."""
    rows = weeks.dropna(subset=["value"]).assign(start=lambda table: table["week"])
    if rows.empty:
        return nothing(title, "No week with enough dated rows to show.")
    x = time_axis(rows["start"])
    dots = (
        alt.Chart(rows[["start", "n", "value"]])
        .mark_point(filled=True, size=26, color=MUTED, opacity=0.7)
        .encode(x=x, y=alt.Y("value:Q", title=axis), tooltip=["start:T", "n:Q", alt.Tooltip("value:Q", format=".2f")])
    )
    end = rows["start"].max() + pd.Timedelta(weeks=1)
    layers = [dots]
    named = points[points["named"].astype(bool)].sort_values("week")
    if len(named):
        marks = [rows["start"].min(), *named["week"], end]
        levels = [named["before"].iloc[0], *named["after"]]
        steps = pd.DataFrame({"start": marks[:-1], "end": marks[1:], "value": levels})
        open_weeks = pd.DataFrame({"start": named["week_low"], "end": named["week_high"] + pd.Timedelta(weeks=1)})
        layers = [
            alt.Chart(open_weeks).mark_rect(color=TAKING, opacity=0.15).encode(x="start:T", x2="end:T"),
            dots,
            alt.Chart(steps).mark_rule(color=INK, strokeWidth=2.5).encode(x="start:T", x2="end:T", y="value:Q"),
        ]
    marked = shown_events(events, rows["start"].min(), end)
    note = ["Dot: a week. Line: level. Band: the weeks open for the change (95 %)." if len(named) else "Dot: a week."]
    if named.empty:
        note[0] += " No change of level distinguishable from chance."
    return finish(alt.layer(*event_marks(marked, x), *layers), title, [*note, *event_notes(marked)])


def _line(
    table: pd.DataFrame,
    value: str,
    title: str,
    axis: str,
    base: str,
    colour: str,
    few: int,
    events: pd.DataFrame | None,
    partial: str | None,
) -> Chart:
    rows = dated(table).dropna(subset=[value]).sort_values(["by", "start"])
    if rows.empty:
        return nothing(title, "No period with enough dated rows to show.")
    rows = rows.assign(hollow=rows["small"].astype(bool) | rows["period"].eq(partial or ""))
    names = sorted(rows["by"].unique())
    scale = alt.Scale(domain=names, range=[colour] if len(names) == 1 else list(GROUPS))
    legend = None if len(names) == 1 else LINES
    tint = alt.Color("by:N", title=None, scale=scale, legend=legend)
    tooltip = [
        alt.Tooltip("by:N", title="group"),
        alt.Tooltip("period:N"),
        alt.Tooltip(f"{value}:Q", format="+.1f"),
        alt.Tooltip("low:Q", format="+.1f"),
        alt.Tooltip("high:Q", format="+.1f"),
        alt.Tooltip("n:Q", title=f"{base}s"),
    ]
    plot = alt.Chart(rows).encode(x=time_axis(rows["start"]), tooltip=tooltip)
    zero = alt.Chart(pd.DataFrame({"y": [0]})).mark_rule(color=MUTED, strokeWidth=0.8).encode(y="y:Q")
    band = plot.mark_area(opacity=0.18).encode(y=alt.Y("low:Q", title=axis), y2="high:Q", color=tint)
    line = plot.mark_line(strokeWidth=2).encode(y=f"{value}:Q", color=tint, strokeDash=dashes("by", names))
    points = plot.mark_point(size=42, filled=True, strokeWidth=1.6, opacity=1).encode(
        y=f"{value}:Q",
        stroke=alt.Stroke("by:N", scale=scale, legend=None),
        fill=alt.condition("datum.hollow", alt.value("white"), alt.Fill("by:N", scale=scale, legend=None)),
    )
    last = _apart(rows.groupby("by").tail(1), value, float(rows["high"].max() - rows["low"].min()))
    ends = (
        alt.Chart(last)
        .mark_text(align="left", dx=8, fontSize=12, fontWeight="bold", color=INK)
        .encode(x="start:T", y="place:Q", text="end:N")
    )
    hollow = [f"fewer than {few}"] if rows["small"].any() else []
    hollow += [f"{partial} is not over"] if rows["period"].eq(partial or "").any() else []
    note = f"Band: 95 % interval. {count(int(rows['n'].sum()), base)}."
    note += f" Hollow points: {'; '.join(hollow)}." if hollow else ""
    marked = shown_events(events, rows["start"].min(), after(rows["period"]))
    marks = event_marks(marked, time_axis(rows["start"]))
    return finish(alt.layer(zero, *marks, band, line, points, ends), title, [note, *event_notes(marked)])


def _apart(last: pd.DataFrame, value: str, span: float) -> pd.DataFrame:
    """Places for the numbers at the lines' ends, far enough apart to be read."""
    last = last.sort_values(value)
    places: list[float] = []
    for number in last[value].astype(float):
        places.append(max(number, places[-1] + 0.07 * span) if places else number)
    return last.assign(place=places, end=[signed(number) for number in last[value].astype(float)])
