"""The seven pairs of signals, taking to the left and giving to the right."""

from __future__ import annotations

import altair as alt
import pandas as pd

from voc.charts.theme import GIVING, INK, MUTED, TAKING, Chart, finish, nothing

#: What a customer would say, by pair: (taking, giving).
NAMES = {
    "warmth": ("Felt ignored", "Cared for"),
    "work": ("Had to do the work", "Made easy"),
    "time": ("Kept waiting", "Prompt"),
    "value": ("Felt unfairly charged", "Got more"),
    "truth": ("Felt misled", "Told straight"),
    "repair": ("Told no", "Put right"),
    "freedom": ("Felt pushed", "Left free"),
}


def signal_diverging(table: pd.DataFrame, title: str = "Giving and taking, in seven pairs") -> Chart:
    """From ``signal_balance``: share of tagged comments that show each side of each pair, with intervals.

    One axis for both sides; taking is drawn to the left as a share, not as a negative number.
    """
    rows = _sides(table)
    if rows.empty:
        return nothing(title, "No tagged comment to weigh.")
    limit = max(float(rows["high"].max()) * 1.15, 0.02)
    x = alt.X(
        "signed:Q",
        title="← taking   ·   share of tagged comments   ·   giving →",
        scale=alt.Scale(domain=[-limit * 1.55, limit * 1.55]),
        axis=alt.Axis(labelExpr="format(abs(datum.value), '.0%')", tickCount=9),
    )
    plot = alt.Chart(rows).encode(
        y=alt.Y("pair:N", sort=list(NAMES), title=None),
        tooltip=[
            "pair:N",
            "side:N",
            "signal:N",
            "count:Q",
            alt.Tooltip("share:Q", format=".1%"),
            alt.Tooltip("low:Q", format=".1%"),
            alt.Tooltip("high:Q", format=".1%"),
        ],
    )
    bars = plot.mark_bar(height=18, opacity=0.9).encode(
        x=x,
        color=alt.Color("side:N", legend=None, scale=alt.Scale(domain=["taking", "giving"], range=[TAKING, GIVING])),
    )
    rules = plot.mark_rule(color=INK, strokeWidth=1.2).encode(x="from:Q", x2="to:Q")
    layers: list[alt.Chart] = [bars, rules]
    for side, texts in (
        ("taking", plot.mark_text(align="right", dx=-5, fontSize=11, color=INK)),
        ("giving", plot.mark_text(align="left", dx=5, fontSize=11, color=INK)),
    ):
        layers.append(texts.encode(x="to:Q", text="text:N").transform_filter(f"datum.side == '{side}'"))
    zero = alt.Chart(pd.DataFrame({"x": [0]})).mark_rule(color=MUTED).encode(x="x:Q")
    note = [
        f"{int(table['n'].iloc[0]):,} tagged comments; line: 95 % interval. A comment can show several.",
        "Customers' accounts, not findings of intent.",
    ]
    return finish(alt.layer(*layers, zero), title, note, height=34 * len(table))


def _sides(table: pd.DataFrame) -> pd.DataFrame:
    parts = []
    for number, (side, sign) in enumerate((("taking", -1), ("giving", 1))):
        part = pd.DataFrame(
            {
                "pair": table["pair"],
                "side": side,
                "signal": table[f"{side}_signal"],
                "count": table[f"n_{side}"],
                "share": table[f"share_{side}"],
                "low": table[f"{side}_low"],
                "high": table[f"{side}_high"],
            }
        ).dropna(subset=["share"])
        part["signed"], part["from"], part["to"] = (sign * part[name] for name in ("share", "low", "high"))
        part["text"] = [
            f"{NAMES[pair][number]} {share:.0%}" for pair, share in zip(part["pair"], part["share"], strict=True)
        ]
        parts.append(part)
    return pd.concat(parts, ignore_index=True)
