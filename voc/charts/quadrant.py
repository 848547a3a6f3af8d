"""Feeling against stance as a grid, its corners named."""

from __future__ import annotations

import altair as alt
import pandas as pd

from voc.charts.theme import INK, MUTED, STANCE_COLOURS, Chart, finish, nothing
from voc.charts.words import count

_ACROSS, _DOWN = ["taking", "both", "neither", "giving"], ["positive", "mixed", "neutral", "negative"]
_CELL = 62


def quadrant_grid(table: pd.DataFrame, title: str = "How they feel, and how they were treated") -> Chart:
    """From ``quadrants``: share of tagged comments in each cell of sentiment and stance, the darker the more, with its
    interval; the four corners named."""
    rows = table.dropna(subset=["share"])
    if rows.empty:
        return nothing(title, table.attrs.get("note", "Too few tagged comments to set side by side."))
    rows = rows.assign(
        figure=[f"{share:.0%}" for share in rows["share"]],
        interval=[f"{100 * low:.0f} to {100 * high:.0f}" for low, high in zip(rows["low"], rows["high"], strict=True)],
        corner=rows["quadrant"].fillna(""),
        tint=0.08 + 0.5 * rows["share"] / (float(rows["share"].max()) or 1.0),
    )
    plot = alt.Chart(rows).encode(
        x=alt.X("stance:N", sort=_ACROSS, title=None, axis=alt.Axis(labelAngle=0, orient="top", domain=False)),
        y=alt.Y("sentiment:N", sort=_DOWN, title=None, axis=alt.Axis(domain=False, ticks=False)),
        tooltip=[
            "sentiment:N",
            "stance:N",
            "count:Q",
            "n:Q",
            *(alt.Tooltip(f"{name}:Q", format=".1%") for name in ("share", "low", "high")),
            alt.Tooltip("share_sentiment:Q", format=".1%", title="of this sentiment"),
        ],
    )
    cells = plot.mark_rect(stroke="white", strokeWidth=2).encode(
        color=alt.Color(
            "stance:N",
            legend=None,
            scale=alt.Scale(domain=list(STANCE_COLOURS), range=list(STANCE_COLOURS.values())),
        ),
        opacity=alt.Opacity("tint:Q", scale=None, legend=None),
    )
    figures = plot.mark_text(dy=-6, fontSize=13, fontWeight="bold", color=INK).encode(text="figure:N")
    intervals = plot.mark_text(dy=9, fontSize=10, color=MUTED).encode(text="interval:N")
    corners = plot.mark_text(dy=-22, fontSize=10.5, color=INK).encode(text="corner:N")
    note = [
        f"{count(int(rows['n'].iloc[0]), 'tagged comment')}; each cell: share of all of them, its 95 % interval below.",
        "Customers' accounts, not findings of intent.",
    ]
    return finish(alt.layer(cells, figures, intervals, corners), title, note, height=_CELL * len(_DOWN))
