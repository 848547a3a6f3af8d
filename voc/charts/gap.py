"""Preference gaps: now and ideal on one line, or the gaps of several groups beside each other."""

from __future__ import annotations

import altair as alt
import pandas as pd

from voc.charts.theme import GIVING, GROUPS, INK, MUTED, NEUTRAL, PALE, ROW, Chart, finish, nothing
from voc.charts.words import signed

_SHAPES = ("circle", "diamond", "square", "triangle-up", "triangle-down")


def gaps_chart(table: pd.DataFrame, title: str = "Where customers would prefer more") -> Chart:
    """From ``gaps``: mean rating now (grey) and ideal (teal) of each area, widest gap first, the gap with its
    interval in words at the right."""
    rows = table.dropna(subset=["gap"])
    if rows.empty:
        return nothing(title, table.attrs.get("note", "Too few answers in each area to show a gap."))
    low, high = float(rows[["now", "ideal"]].min().min()), float(rows[["now", "ideal"]].max().max())
    span = max(high - low, 0.5)
    rows = rows.assign(
        right=rows[["now", "ideal"]].max(axis=1),
        text=[
            f"{signed(gap, 2)} ({signed(a, 2)} to {signed(b, 2)})"
            for gap, a, b in zip(rows["gap"], rows["low"], rows["high"], strict=True)
        ],
    )
    ticks = [half / 2 for half in range(int(low * 2), int(high * 2) + 2) if half / 2 <= high + 0.25]
    order = rows["area"].tolist()
    y = alt.Y("area:N", sort=order, title=None)
    scale = alt.Scale(domain=[low - span * 0.08, high + span * 0.62], nice=False, zero=False)
    plot = alt.Chart(rows).encode(
        y=y,
        tooltip=[
            "area:N",
            "n:Q",
            *(alt.Tooltip(f"{name}:Q", format=".2f") for name in ("now", "ideal", "gap", "low", "high")),
        ],
    )
    lines = plot.mark_rule(color=PALE, strokeWidth=4).encode(
        x=alt.X(
            "now:Q",
            title="Mean rating (the survey's own scale); at the right: gap and its 95 % interval",
            scale=scale,
            axis=alt.Axis(values=ticks, format=".1f"),
        ),
        x2="ideal:Q",
    )
    ends = pd.concat([rows.assign(side=side, value=rows[side]) for side in ("now", "ideal")])
    dots = (
        alt.Chart(ends)
        .mark_point(size=100, filled=True, opacity=1)
        .encode(
            y=y,
            x=alt.X("value:Q", scale=scale),
            color=alt.Color("side:N", title=None, scale=alt.Scale(domain=["now", "ideal"], range=[NEUTRAL, GIVING])),
            shape=alt.Shape(
                "side:N", title=None, scale=alt.Scale(domain=["now", "ideal"], range=["circle", "diamond"])
            ),
            tooltip=["area:N", "side:N", alt.Tooltip("value:Q", format=".2f"), "n:Q"],
        )
    )
    texts = plot.mark_text(align="left", dx=10, fontSize=11, color=INK).encode(x="right:Q", text="text:N")
    least, most = int(rows["n"].min()), int(rows["n"].max())
    answers = f"{least:,}" if least == most else f"{least:,} to {most:,}"
    note = f"Customers' ratings of each area now and as they would prefer it; {answers} answers an area."
    return finish(alt.layer(lines, dots, texts), title, note, height=ROW * len(rows))


def gap_dots(table: pd.DataFrame, title: str = "Where customers would prefer more, by group") -> Chart:
    """From ``gaps(…, by=…)``: the gap of each area, a dot and its 95 % interval for each group."""
    rows = table.dropna(subset=["gap"])
    if rows.empty:
        return nothing(title, table.attrs.get("note", "Too few answers in each area to show a gap."))
    groups = sorted(rows["by"].unique())
    areas = rows.groupby("area")["gap"].mean().sort_values(ascending=False).index.tolist()
    colours = [GROUPS[i % len(GROUPS)] for i in range(len(groups))]
    shapes = [_SHAPES[i % len(_SHAPES)] for i in range(len(groups))]
    plot = alt.Chart(rows).encode(
        y=alt.Y("area:N", sort=areas, title=None),
        yOffset=alt.YOffset("by:N", sort=groups),
        color=alt.Color("by:N", title=None, scale=alt.Scale(domain=groups, range=colours)),
        tooltip=["area:N", "by:N", "n:Q", *(alt.Tooltip(f"{c}:Q", format="+.2f") for c in ("gap", "low", "high"))],
    )
    lines = plot.mark_rule(strokeWidth=1.6).encode(
        x=alt.X("low:Q", title="Gap: mean of ideal − now (the survey's own scale)", scale=alt.Scale(zero=True)),
        x2="high:Q",
    )
    dots = plot.mark_point(filled=True, size=70, opacity=1).encode(
        x="gap:Q", shape=alt.Shape("by:N", title=None, scale=alt.Scale(domain=groups, range=shapes))
    )
    zero = alt.Chart(pd.DataFrame({"x": [0]})).mark_rule(color=MUTED, strokeDash=[3, 3]).encode(x="x:Q")
    note = "Line: 95 % interval. To the right: customers would prefer more than they have."
    return finish(alt.layer(zero, lines, dots), title, note, height=max(ROW, 15 * len(groups) + 8) * len(areas))
