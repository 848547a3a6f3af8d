"""Moments of magic and misery by theme, the journey's stages against themes, and signals against themes."""

from __future__ import annotations

import json

import altair as alt
import pandas as pd

from voc.charts.theme import GIVING, INK, ROW, TAKING, Chart, finish, nothing, shorten
from voc.charts.words import signed
from voc.schema import GIVING_SIGNALS, SIGNAL_NAMES, TAKING_SIGNALS

MOST_ROWS = 12
_CELL = 36


def moment_bars(table: pd.DataFrame, title: str = "Moments of magic and of misery") -> Chart:
    """From ``moments``: of the comments on each theme, the share that tells of misery (left) and of magic (right), with
    95 % intervals; the themes with most moments."""
    rows = table.dropna(subset=["magic_share"]).head(MOST_ROWS)
    if rows.empty:
        return nothing(title, "No theme with enough comments to tell moments apart.")
    names = {row["theme"]: f"{shorten(row['label'], 32)} ({row['n']:,})" for row in rows.to_dict("records")}
    sides = []
    for kind, sign in (("misery", -1), ("magic", 1)):
        part = pd.DataFrame(
            {
                "theme": rows["theme"],
                "label": rows["label"],
                "kind": kind,
                "count": rows[kind].astype(int),
                "share": rows[f"{kind}_share"],
            }
        )
        part["at"], part["from"], part["to"] = (sign * rows[f"{kind}_{name}"] for name in ("share", "low", "high"))
        sides.append(part)
    shown = pd.concat(sides, ignore_index=True)
    edge = max(float(shown["to"].abs().max()), float(shown["from"].abs().max()), 0.02) * 1.05
    plot = alt.Chart(shown).encode(
        y=_themes(names),
        tooltip=["label:N", "kind:N", "count:Q", alt.Tooltip("share:Q", format=".1%")],
    )
    bars = plot.mark_bar(height=13).encode(
        x=alt.X(
            "at:Q",
            title="← misery   ·   share of the theme's comments   ·   magic →",
            scale=alt.Scale(domain=[-edge, edge], nice=False),
            axis=alt.Axis(labelExpr="format(abs(datum.value), '.0%')", tickCount=7),
        ),
        color=alt.Color("kind:N", legend=None, scale=alt.Scale(domain=["misery", "magic"], range=[TAKING, GIVING])),
    )
    rules = plot.mark_rule(color=INK, strokeWidth=1.2).encode(x="from:Q", x2="to:Q")
    note = [
        "Magic: a positive sentence that tells of giving; misery: a negative one that tells of taking.",
        "Line: 95 % interval. In brackets: comments on the theme.",
    ]
    return finish(alt.layer(bars, rules), title, note, height=ROW * len(rows))


def journey_heat(table: pd.DataFrame, title: str = "The journey against themes") -> Chart:
    """From ``journey_map``: how many comments bring a stage and a theme together in a sentence (the number), and their
    tone (colour: teal praised, rust criticised); the themes most mentioned. Under 5 comments a cell has no colour."""
    if table.empty:
        return nothing(title, "No sentence has both a stage and a theme.")
    stages = list(dict.fromkeys(table["stage"]))
    most = table.groupby("theme")["n"].sum().sort_values(ascending=False, kind="stable").index[:MOST_ROWS]
    rows = table[table["theme"].isin(most)].copy()
    labels = dict(zip(rows["theme"], rows["label"], strict=True))
    names = {theme: shorten(labels[theme], 36) for theme in most}
    rows["tone"] = ["" if pd.isna(tone) else signed(tone) for tone in rows["sentiment_balance"]]
    plot = alt.Chart(rows).encode(
        x=alt.X("stage:N", sort=stages, title=None, axis=alt.Axis(labelAngle=-35, domain=False)),
        y=_themes(names),
        tooltip=[
            "stage:N",
            alt.Tooltip("label:N", title="theme"),
            alt.Tooltip("n:Q", title="comments"),
            alt.Tooltip("sentiment_balance:Q", title="tone", format="+.0f"),
            alt.Tooltip("sentiment_low:Q", title="low", format="+.0f"),
            alt.Tooltip("sentiment_high:Q", title="high", format="+.0f"),
        ],
    )
    tone = alt.Color(
        "sentiment_balance:Q",
        title="Tone",
        scale=alt.Scale(domain=[-100, 0, 100], range=[TAKING, "#f4f5f6", GIVING], interpolate="rgb"),
        legend=alt.Legend(orient="top", gradientLength=160),
    )
    cells = plot.mark_rect(stroke="white", strokeWidth=2, opacity=0.75).encode(color=tone)
    figures = plot.mark_text(dy=-6, fontSize=12, fontWeight="bold", color=INK).encode(text=alt.Text("n:Q", format=","))
    tones = plot.mark_text(dy=8, fontSize=10, color=INK).encode(text="tone:N")
    note = [
        "Comments with a sentence on the theme at that stage; below, % praised − % criticised.",
        "Stages are found by rule: a first reading. Intervals stand in the table.",
    ]
    return finish(alt.layer(cells, figures, tones), title, note, height=_CELL * len(names))


def signal_heat(table: pd.DataFrame, title: str = "Signals of giving and taking, by theme") -> Chart:
    """From ``signal_crosses``: the share of each theme's comments with a sentence on it that shows a signal; taking in
    rust, giving in teal, the darker the more; the themes most mentioned."""
    rows = table.dropna(subset=["share"])
    if rows.empty:
        return nothing(title, str(table.attrs.get("note") or "No theme with enough comments to tell signals apart."))
    sizes = rows.groupby("theme")["n"].max().sort_values(ascending=False, kind="stable").head(MOST_ROWS)
    rows = rows[rows["theme"].isin(sizes.index)]
    labels = dict(zip(rows["theme"], rows["label"], strict=True))
    names = {str(theme): f"{shorten(labels[theme], 32)} ({n:,})" for theme, n in sizes.items()}
    taking = rows["signal"].isin(TAKING_SIGNALS)
    rows = rows.assign(name=rows["signal"].map(SIGNAL_NAMES), lean=rows["share"].mask(taking, -rows["share"]))
    edge = max(float(rows["share"].max()), 0.05)
    plot = alt.Chart(rows).encode(
        x=alt.X(
            "name:N",
            sort=[SIGNAL_NAMES[signal] for signal in (*GIVING_SIGNALS, *TAKING_SIGNALS)],
            title=None,
            axis=alt.Axis(labelAngle=-35, domain=False),
        ),
        y=_themes(names),
        tooltip=[
            alt.Tooltip("label:N", title="theme"),
            alt.Tooltip("name:N", title="signal"),
            alt.Tooltip("count:Q", title="comments"),
            *(alt.Tooltip(f"{name}:Q", format=".1%") for name in ("share", "low", "high")),
            alt.Tooltip("times:Q", title="times the share over all", format=".1f"),
        ],
    )
    colour = alt.Color(
        "lean:Q",
        legend=None,
        scale=alt.Scale(domain=[-edge, 0, edge], range=[TAKING, "#f4f5f6", GIVING], interpolate="rgb"),
    )
    cells = plot.mark_rect(stroke="white", strokeWidth=2, opacity=0.75).encode(color=colour)
    figures = plot.mark_text(fontSize=11, color=INK).encode(text=alt.Text("share:Q", format=".0%"))
    note = ["Share of the theme's comments (in brackets) with a sentence on it that shows the signal."]
    note += [str(says)] if (says := table.attrs.get("exploratory")) else []
    return finish(alt.layer(cells, figures), title, note, height=28 * len(names))


def _themes(names: dict[str, str]) -> alt.Y:
    """A row for each theme, in this order, by what it is called: two may be called alike once they are cut."""
    axis = alt.Axis(labelExpr=f"{json.dumps(names)}[datum.value]", ticks=False, domain=False)
    return alt.Y("theme:N", sort=list(names), title=None, axis=axis)
