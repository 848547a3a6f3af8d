"""Scores beside each other: NPS by group, what a score rests on, customer value held."""

from __future__ import annotations

import altair as alt
import pandas as pd

from voc.charts.theme import GROUPS, INK, MUTED, NEUTRAL, ROW, TAKING, Chart, finish, nothing, shorten
from voc.charts.words import count, signed

_NAMES = {"nps": "NPS", "stars": "Stars", "csat": "CSAT"}
_STEPS = ("rows", "responses", "scored", "commented", "used")


def nps_dots(table: pd.DataFrame, title: str = "Net Promoter Score by group") -> Chart:
    """From ``nps_table(…, by=…)``: a dot and its 95 % interval for each group, highest first, grey where it rests on
    fewer than 100 people; groups without a figure are counted below the title."""
    rows = table.dropna(subset=["nps"]).sort_values("nps", ascending=False)
    if rows.empty:
        return nothing(title, table.attrs.get("note", "No group has the 30 people a figure needs."))
    several = rows["survey_type"].nunique() > 1
    rows = rows.assign(
        name=[shorten(f"{row.by} · {row.survey_type}" if several else str(row.by), 34) for row in rows.itertuples()],
        text=[f"{signed(nps)} ({n:,})" for nps, n in zip(rows["nps"], rows["n"], strict=True)],
        colour=[NEUTRAL if small else GROUPS[0] for small in rows["small"]],
    )
    note = ["Line: 95 % interval. Grey: fewer than 100 people."]
    if without := len(table) - len(rows):
        note.append(f"{count(without, 'group')} with too few people for a figure.")
    return _dots(rows, "nps", title, note, "NPS (number of answers)")


def rate_dots(table: pd.DataFrame, title: str = "Complaints a month per 1,000 customers") -> Chart:
    """From ``complaint_rates``: a dot and its 95 % interval for each group, highest first."""
    rows = table.sort_values("rate", ascending=False)
    if rows.empty:
        return nothing(title, table.attrs.get("note", "No complaint and no count of customers."))
    several = rows["period"].nunique() > 1
    rows = rows.assign(
        name=[shorten(f"{row.by} · {row.period}" if several else str(row.by), 34) for row in rows.itertuples()],
        text=[f"{rate:.2f} ({n:,})" for rate, n in zip(rows["rate"], rows["complaints"], strict=True)],
        colour=TAKING,
    )
    note = ["Line: 95 % interval. Only where every complaint is logged."]
    return _dots(rows, "rate", title, note, "Complaints a month per 1,000 customers (number of complaints)")


def _dots(rows: pd.DataFrame, value: str, title: str, note: list[str], axis: str) -> Chart:
    """A dot with its interval in each row, its figure at the right."""
    low, high = float(rows["low"].min()), float(rows["high"].max())
    edge = high + (high - low) * 0.3
    plot = alt.Chart(rows).encode(
        y=alt.Y("name:N", sort=rows["name"].tolist(), title=None),
        color=alt.Color("colour:N", scale=None),
        tooltip=["name:N", "text:N", *(alt.Tooltip(f"{c}:Q", format="+.2f") for c in (value, "low", "high"))],
    )
    lines = plot.mark_rule(strokeWidth=2).encode(
        x=alt.X("low:Q", title=axis, scale=alt.Scale(domain=[low, edge], nice=False)), x2="high:Q"
    )
    dots = plot.mark_point(filled=True, size=80, opacity=1).encode(x=f"{value}:Q")
    texts = plot.mark_text(align="right", fontSize=11).encode(x=alt.datum(edge), text="text:N", color=alt.value(INK))
    return finish(alt.layer(lines, dots, texts), title, note, height=ROW * len(rows))


def base_bars(table: pd.DataFrame, title: str = "What the scores rest on") -> Chart:
    """From ``score_base``: how many are left at each step, for each kind of score and of survey."""
    if table.empty:
        return nothing(title, table.attrs.get("note", "No score to reconcile."))
    several = table["survey_type"].nunique() > 1
    kinds = [
        _NAMES[score] + (f" · {shorten(kind, 24)}" if several else "")
        for score, kind in zip(table["score"].astype(str), table["survey_type"].astype(str), strict=True)
    ]
    rows = table.assign(kind=kinds).melt(["kind"], list(_STEPS), var_name="step", value_name="n")
    rows["name"] = rows["kind"] + ": " + rows["step"]
    rows["text"] = [f"{n:,}" for n in rows["n"]]
    order = [f"{kind}: {step}" for kind in kinds for step in _STEPS]
    plot = alt.Chart(rows).encode(y=alt.Y("name:N", sort=order, title=None), tooltip=["kind:N", "step:N", "n:Q"])
    bars = plot.mark_bar(height=15).encode(
        x=alt.X("n:Q", title="Number", scale=alt.Scale(domain=[0, float(rows["n"].max()) * 1.15])),
        color=alt.condition("datum.step == 'used'", alt.value(GROUPS[0]), alt.value("#b9bec3")),
    )
    texts = plot.mark_text(align="left", dx=5, fontSize=11, color=MUTED).encode(x="n:Q", text="text:N")
    note = ["scored: answered on this scale; commented: and wrote; used: and could be read.", "Kinds are never pooled."]
    return finish(alt.layer(bars, texts), title, note, height=ROW * len(rows))


def value_bars(
    table: pd.DataFrame, top: int = 10, title: str = "Customer value of detractors, by theme named"
) -> Chart:
    """From ``value_held``: share of all customer value that is held by detractors who criticise each theme."""
    rows = table.dropna(subset=["value"]).head(top)
    if rows.empty:
        return nothing(title, table.attrs.get("note", "No theme is named by enough detractors with a customer value."))
    rows = rows.assign(
        name=[shorten(str(label), 34) for label in rows["label"]],
        text=[f"{value:,.0f} ({n:,})" for value, n in zip(rows["value"], rows["detractors"], strict=True)],
    )
    plot = alt.Chart(rows).encode(
        y=alt.Y("name:N", sort=rows["name"].tolist(), title=None),
        tooltip=["label:N", "detractors:Q", "value:Q", *(alt.Tooltip(f"{c}:Q", format=".1%") for c in ("low", "high"))],
    )
    edge = float(rows["high"].max())
    bars = plot.mark_bar(height=15, color=TAKING).encode(
        x=alt.X(
            "share_of_value:Q",
            title="Share of the value of all who answered; value (customers)",
            axis=alt.Axis(format="%", tickCount=6),
            scale=alt.Scale(domain=[0, edge * 1.35]),
        )
    )
    lines = plot.mark_rule(color=INK, strokeWidth=1.4).encode(x="low:Q", x2="high:Q")
    texts = plot.mark_text(align="left", dx=6, fontSize=11, color=MUTED).encode(x="high:Q", text="text:N")
    note = ["What they hold now, not a forecast of loss. Line: 95 % interval.", "Who names several counts under each."]
    return finish(alt.layer(bars, lines, texts), title, note, height=ROW * len(rows))
