"""What differs between two periods or two slices: dots with intervals, and the parts a change adds up from."""

from __future__ import annotations

import altair as alt
import pandas as pd

from voc.charts.theme import GROUPS, INK, MUTED, NEUTRAL, RISE, TAKING, TALL_ROW, Chart, finish, nothing, shorten
from voc.charts.words import count, signed

_PARTS = {
    "who": "Who answered",
    "mention": "What they mention",
    "given": "Score given mention",
    "unexplained": "Unexplained",
    "whole": "The whole change",
}


def change_dots(table: pd.DataFrame, top: int = 10, title: str = "Which topics come up more or less often") -> Chart:
    """From ``changes``: the ``top`` themes by how far their share moved (shrunk), change in percentage points with its
    95 % interval; coloured where named, hollow where the period is not over."""
    partial = bool(table.attrs.get("partial"))
    spans = f"{table.attrs.get('now')} against {table.attrs.get('before')}"
    rows = table[table["measure"].eq("share")].dropna(subset=["change"]).head(top)
    rows = rows.rename(columns={"change": "difference", "now": "first", "before": "second"})
    note = [f"{spans}. Line: 95 % interval.", "Grey: not distinguishable from chance."]
    note += ["Hollow: the period is not over, the same days of both."] if partial else []
    return _dots(rows, title, note, ["Change in the share of comments", "(percentage points)"], partial, table)


def compare_dots(table: pd.DataFrame, a: str, b: str, top: int = 12, title: str = "Which topics differ") -> Chart:
    """From ``compare``: the ``top`` themes by how far the shares of the slices called ``a`` and ``b`` differ (shrunk),
    difference in percentage points with its 95 % interval; coloured where named."""
    rows = table[table["measure"].eq("share")].dropna(subset=["difference"]).head(top)
    rows = rows.rename(columns={"a": "first", "b": "second"})
    note = [
        f"{shorten(a, 40)} less {shorten(b, 40)}. Line: 95 % interval.",
        "Grey: not distinguishable from chance.",
    ]
    return _dots(rows, title, note, ["Difference in the share of comments", "(percentage points)"], False, table)


def split_bars(table: pd.DataFrame, title: str = "What the change adds up from") -> Chart:
    """From ``change_split``: points of each part, with 95 % interval; the parts add up to the whole."""
    rows = table[table["theme"].isna()]
    if rows.empty:
        return nothing(title, table.attrs.get("note", "Too few answers in both periods to split the change."))
    rows = rows.assign(
        name=[_PARTS[part] for part in rows["part"]],
        text=[
            f"{signed(points, 1)} ({signed(low, 1)} to {signed(high, 1)})"
            for points, low, high in zip(rows["points"], rows["low"], rows["high"], strict=True)
        ],
    )
    low, high = min(float(rows["low"].min()), 0.0), max(float(rows["high"].max()), 0.0)
    plot = alt.Chart(rows[["name", "part", "text", "points", "low", "high"]]).encode(
        y=alt.Y("name:N", sort=rows["name"].tolist(), axis=None),
        tooltip=["name:N", *(alt.Tooltip(f"{name}:Q", format="+.1f") for name in ("points", "low", "high"))],
    )
    bars = plot.mark_bar(height=15).encode(
        x=alt.X("points:Q", title="Points of the score", scale=_scale(low, high)),
        color=alt.condition("datum.part == 'whole'", alt.value(INK), alt.value("#b9bec3")),
    )
    lines = plot.mark_rule(color=TAKING, strokeWidth=1.6).encode(x="low:Q", x2="high:Q")
    zero = alt.Chart(pd.DataFrame({"x": [0]})).mark_rule(color=MUTED).encode(x="x:Q")
    answers = f"{count(table.attrs['n_now'], 'answer')} now, {table.attrs['n_before']:,} before"
    note = [f"{answers}. Line: 95 % interval.", "Parts add up to the whole."]
    return finish(alt.layer(zero, bars, lines, *_above(plot)), title, note, height=TALL_ROW * len(rows))


def _dots(rows: pd.DataFrame, title: str, note: list[str], axis: list[str], hollow: bool, table: pd.DataFrame) -> Chart:
    if rows.empty:
        return nothing(title, table.attrs.get("note", "No theme is mentioned often enough to compare."))
    rows = rows.assign(
        name=[shorten(str(label), 34) for label in rows["label"]],
        text=[
            f"{signed(100 * value, 1)} ({first:.0%}, {second:.0%})"
            for value, first, second in zip(rows["difference"], rows["first"], rows["second"], strict=True)
        ],
        colour=[GROUPS[0] if named else NEUTRAL for named in rows["named"]],
        **{name: 100 * rows[name] for name in ("difference", "low", "high")},
    )
    rows["fill"] = "white" if hollow else rows["colour"]
    low, high = min(float(rows["low"].min()), 0.0), max(float(rows["high"].max()), 0.0)
    kept = ["name", "label", "text", "colour", "fill", "difference", "low", "high", "n_first", "n_second", "q"]
    rows = rows.rename(columns={"n_now": "n_first", "n_before": "n_second", "n_a": "n_first", "n_b": "n_second"})
    plot = alt.Chart(rows[kept]).encode(
        y=alt.Y("name:N", sort=rows["name"].tolist(), axis=None),
        tooltip=[
            "label:N",
            "n_first:Q",
            "n_second:Q",
            *(alt.Tooltip(f"{name}:Q", format="+.1f") for name in ("difference", "low", "high")),
            alt.Tooltip("q:Q", format=".3f"),
        ],
    )
    lines = plot.mark_rule(strokeWidth=2).encode(
        x=alt.X("low:Q", title=axis, scale=_scale(low, high), axis=alt.Axis(tickCount=7)),
        x2="high:Q",
        color=alt.Color("colour:N", scale=None),
    )
    dots = plot.mark_point(size=80, filled=True, strokeWidth=2, opacity=1).encode(
        x="difference:Q", stroke=alt.Stroke("colour:N", scale=None), fill=alt.Fill("fill:N", scale=None)
    )
    zero = alt.Chart(pd.DataFrame({"x": [0]})).mark_rule(color=MUTED, strokeDash=[3, 3]).encode(x="x:Q")
    return finish(alt.layer(zero, lines, dots, *_above(plot)), title, note, height=TALL_ROW * len(rows))


def _scale(low: float, high: float) -> alt.Scale:
    margin = (high - low) * 0.04
    return alt.Scale(domain=[low - margin, high + margin], nice=False)


def _above(plot: alt.Chart) -> tuple[alt.Chart, alt.Chart]:
    """Above each line its ``name``, and at the right its numbers, ``text``."""
    names = plot.mark_text(align="left", dy=-RISE, fontSize=11.5, color=INK).encode(x=alt.value(0), text="name:N")
    texts = plot.mark_text(align="right", dy=-RISE, fontSize=11, color=INK).encode(
        x=alt.value(alt.expr("width")), text="text:N"
    )
    return names, texts
