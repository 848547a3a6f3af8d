"""Scores over time: a line with its interval as a band."""

from __future__ import annotations

import altair as alt
import pandas as pd

from voc.charts.theme import GIVING, GROUPS, INK, MUTED, Chart, dated, finish, nothing, time_axis
from voc.charts.words import count, signed


def nps_line(
    table: pd.DataFrame, title: str = "Net Promoter Score over time", events: pd.DataFrame | None = None
) -> Chart:
    """From ``nps_table(…, period=…)``: NPS by period, a line per group and kind of survey, band = 95 % interval.
    ``events`` (``date, event``) are marked by a line with their name above it."""
    if "survey_type" in table and table["survey_type"].nunique() > 1:
        table = table.assign(by=table["by"].replace("all", "") + " " + table["survey_type"])
    return _line(
        table, "nps", title, "NPS (% promoters − % detractors)", "scored answer", GROUPS[0], few=100, events=events
    )


def net_giving_line(table: pd.DataFrame, title: str = "Net giving over time") -> Chart:
    """From ``net_giving(…, period=…)``: net giving by period, a line per group, band = 95 % interval."""
    return _line(table, "net", title, "Net giving (% giving − % taking)", "tagged comment", GIVING, few=30)


def _line(
    table: pd.DataFrame,
    value: str,
    title: str,
    axis: str,
    base: str,
    colour: str,
    few: int,
    events: pd.DataFrame | None = None,
) -> Chart:
    rows = dated(table).dropna(subset=[value]).sort_values(["by", "start"])
    if rows.empty:
        return nothing(title, "No period with enough dated rows to show.")
    names = sorted(rows["by"].unique())
    scale = alt.Scale(domain=names, range=[colour] if len(names) == 1 else list(GROUPS))
    legend = None if len(names) == 1 else alt.Legend(symbolOpacity=1)
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
    line = plot.mark_line(strokeWidth=2).encode(y=f"{value}:Q", color=tint)
    points = plot.mark_point(size=42, filled=True, strokeWidth=1.6, opacity=1).encode(
        y=f"{value}:Q",
        stroke=alt.Stroke("by:N", scale=scale, legend=None),
        fill=alt.condition("datum.small", alt.value("white"), alt.Fill("by:N", scale=scale, legend=None)),
    )
    last = _apart(rows.groupby("by").tail(1), value, float(rows["high"].max() - rows["low"].min()))
    ends = (
        alt.Chart(last)
        .mark_text(align="left", dx=8, fontSize=12, fontWeight="bold", color=INK)
        .encode(x="start:T", y="place:Q", text="end:N")
    )
    note = f"Band: 95 % interval. {count(int(rows['n'].sum()), base)}." + (
        f" Hollow points: fewer than {few}." if rows["small"].any() else ""
    )
    return finish(alt.layer(zero, *_marks(events), band, line, points, ends), title, note)


def _marks(events: pd.DataFrame | None) -> list[alt.Chart]:
    """A dashed line at each event, its name above."""
    if events is None or events.empty:
        return []
    plot = alt.Chart(events.rename(columns={"date": "start"})).encode(x="start:T", tooltip=["event:N"])
    rules = plot.mark_rule(color=MUTED, strokeDash=[4, 3], strokeWidth=1)
    names = plot.mark_text(fontSize=11, fontWeight="bold", color=INK, baseline="bottom", dy=-2)
    return [rules, names.encode(y=alt.value(0), text="event:N")]


def _apart(last: pd.DataFrame, value: str, span: float) -> pd.DataFrame:
    """Places for the numbers at the lines' ends, far enough apart to be read."""
    last = last.sort_values(value)
    places: list[float] = []
    for number in last[value].astype(float):
        places.append(max(number, places[-1] + 0.07 * span) if places else number)
    return last.assign(place=places, end=[signed(number) for number in last[value].astype(float)])
