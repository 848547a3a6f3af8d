"""What goes with a lower or higher score: a dot and its interval for each theme."""

from __future__ import annotations

import altair as alt
import pandas as pd

from voc.charts.theme import GIVING, INK, MUTED, RISE, TAKING, TALL_ROW, Chart, finish, nothing, shorten
from voc.charts.words import count, signed

_LABEL = 39
_SHOWN = [
    "label",
    "polarity",
    "n",
    "effect",
    "low",
    "high",
    "alone",
    "leave_out",
    "q",
    "companion",
    "co_mentioned",
]


def drivers_chart(table: pd.DataFrame, top: int = 10, title: str = "What goes with the score") -> Chart:
    """From ``drivers``: the ``top`` rows by size of effect, lowest first, with interval, share of responses
    that mention the theme, and a hollow dot where ``co_mentioned``."""
    rows = table.dropna(subset=["effect"])
    rows = rows.loc[rows["effect"].abs().nlargest(top).index].sort_values("effect")
    if rows.empty:
        return nothing(title, table.attrs.get("note", "Too few scored comments to tell what goes with the score."))
    digits = 1 if table.attrs.get("score") == "nps" else 2
    rows = rows.assign(
        name=[
            f"{shorten(label, _LABEL - len(tone))} · {tone}"
            for label, tone in zip(rows["label"], rows["polarity"], strict=True)
        ],
        text=[
            f"{signed(effect, digits)} ({share:.0%} mention)"
            for effect, share in zip(rows["effect"], rows["share"], strict=True)
        ],
    )
    rows["companion"] = rows["companion"].fillna("none")
    rows["colour"] = [TAKING if effect < 0 else GIVING for effect in rows["effect"]]
    rows["fill"] = rows["colour"].mask(rows["co_mentioned"].astype(bool), "white")
    rows = rows[[*_SHOWN, "name", "text", "colour", "fill"]]
    unit = table.attrs.get("unit", "points")
    low, high = min(float(rows["low"].min()), 0), max(float(rows["high"].max()), 0)
    edge = high + (high - low) * 0.55
    plot = alt.Chart(rows).encode(
        y=alt.Y("name:N", sort=rows["name"].tolist(), axis=None),
        tooltip=[
            "label:N",
            "polarity:N",
            "n:Q",
            *(
                alt.Tooltip(f"{name}:Q", format=f"+.{digits}f")
                for name in ("effect", "low", "high", "alone", "leave_out")
            ),
            alt.Tooltip("q:Q", format=".3f"),
            "companion:N",
        ],
    )
    rules = plot.mark_rule(strokeWidth=2).encode(
        x=alt.X(
            "low:Q",
            title=[f"Difference in {unit},", "allowing for other topics and customer mix"],
            scale=alt.Scale(domain=[low - (high - low) * 0.04, edge], nice=False),
            axis=alt.Axis(tickCount=7),
        ),
        x2="high:Q",
        color=alt.Color("colour:N", scale=None),
    )
    dots = plot.mark_point(size=90, filled=True, strokeWidth=2, opacity=1).encode(
        x="effect:Q", stroke=alt.Stroke("colour:N", scale=None), fill=alt.Fill("fill:N", scale=None)
    )
    texts = plot.mark_text(align="right", fontSize=11, color=INK).encode(x=alt.datum(edge), text="text:N")
    names = plot.mark_text(align="left", dy=-RISE, fontSize=11.5, color=INK).encode(x=alt.value(0), text="name:N")
    zero = alt.Chart(pd.DataFrame({"x": [0]})).mark_rule(color=MUTED, strokeDash=[3, 3]).encode(x="x:Q")
    note = ["Line: 95 % interval.", "Associations, which overlap: do not add them up."]
    if rows["co_mentioned"].any():
        note += ["Hollow: mentioned along with another theme", "that accounts for the difference."]
    if table.attrs.get("n"):
        note[0] = f"{count(table.attrs['n'], 'scored response')}. {note[0]}"
    return finish(alt.layer(zero, rules, dots, texts, names), title, note, height=TALL_ROW * len(rows))
