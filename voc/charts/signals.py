"""The seven pairs of signals in their two blocks, taking to the left and giving to the right."""

from __future__ import annotations

import altair as alt
import pandas as pd

from voc.charts.theme import GIVING, INK, MUTED, TAKING, Chart, finish, nothing
from voc.charts.words import count, signed
from voc.schema import BLOCKS, SIGNAL_NAMES, SIGNAL_PAIRS

#: Rows from above: each block's heading, then its pairs.
_ROWS = [row for block, _, pairs in BLOCKS for row in (block, *pairs)]
_PAIRS = [pair for pair, _, _ in SIGNAL_PAIRS]
#: Room that names beside the bars take, as a multiple of the longest bar.
_BESIDE = 1.95


def signal_diverging(
    table: pd.DataFrame,
    blocks: pd.DataFrame | None = None,
    title: str = "Giving and taking, in seven pairs",
    *,
    beside: bool = False,
) -> Chart:
    """From ``signal_balance``: share of tagged comments that show each side of each pair, with intervals; the pairs
    under the heading of their block, with its net giving where ``blocks`` (from ``block_balance``) is given.

    One axis for both sides; taking is drawn to the left as a share, not as a negative number. Names stand above the
    bars, so that they fit a telephone, or ``beside`` them, which is flatter and wants a wide picture.
    """
    rows = _sides(table)
    if rows.empty:
        return nothing(title, "No tagged comment to weigh.")
    edge = max(float(rows["high"].max()) * 1.15, 0.02) * (_BESIDE if beside else 1)
    x = alt.X(
        "signed:Q",
        title="← taking   ·   share of tagged comments   ·   giving →",
        scale=alt.Scale(domain=[-edge, edge], nice=False),
        axis=alt.Axis(values=_ticks(edge), labelExpr="format(abs(datum.value), '.0%')"),
    )
    plot = alt.Chart(rows).encode(
        y=_place("pair"),
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
    bars = plot.mark_bar(height=13 if beside else 14, opacity=0.9).encode(
        x=x,
        color=alt.Color("side:N", legend=None, scale=alt.Scale(domain=["taking", "giving"], range=[TAKING, GIVING])),
    )
    rules = plot.mark_rule(color=INK, strokeWidth=1.2).encode(x="from:Q", x2="to:Q")
    layers: list[alt.Chart] = [bars, rules]
    rise = 0 if beside else -15
    for side, texts in (
        ("taking", plot.mark_text(align="right", dx=-5, dy=rise, fontSize=11, color=INK)),
        ("giving", plot.mark_text(align="left", dx=5, dy=rise, fontSize=11, color=INK)),
    ):
        at = "to:Q" if beside else alt.datum(0)
        layers.append(texts.encode(x=at, text="text:N").transform_filter(f"datum.side == '{side}'"))
    headings = (
        alt.Chart(_headings(blocks))
        .mark_text(align="left", dy=4, fontSize=12, fontWeight="bold", color=INK)
        .encode(x=alt.value(0), y=_place("block"), text="text:N")
    )
    zero = alt.Chart(pd.DataFrame({"x": [0]})).mark_rule(color=MUTED).encode(x="x:Q")
    note = [
        f"{count(int(table['n'].iloc[0]), 'tagged comment')}; line: 95 % interval.",
        "A comment can show several.",
        "Customers' accounts, not findings of intent.",
    ]
    return finish(alt.layer(*layers, headings, zero), title, note, height=(34 if beside else 42) * len(_ROWS))


def _place(column: str) -> alt.Y:
    """A row for each pair, named at the left, below a row for its block, which is not."""
    named = " || ".join(f"datum.label == '{pair}'" for pair in _PAIRS)
    axis = alt.Axis(labelExpr=f"({named}) ? datum.label : ''", ticks=False)
    return alt.Y(f"{column}:N", scale=alt.Scale(domain=_ROWS), title=None, axis=axis)


def _headings(blocks: pd.DataFrame | None) -> pd.DataFrame:
    """``block, text``: ``How we treat people: net giving +12 (8 to 16)``."""
    texts = {block: name for block, name, _ in BLOCKS}
    for row in [] if blocks is None else blocks.dropna(subset=["net"]).to_dict("records"):
        net, low, high = (signed(row[name]) for name in ("net", "low", "high"))
        texts[row["by"]] += f": net giving {net} ({low} to {high})"
    return pd.DataFrame(list(texts.items()), columns=["block", "text"])


def _ticks(edge: float) -> list[float]:
    """Places of some nine labels, from 100 % taking to 100 % giving at the utmost."""
    reach = min(edge, 1.0)
    step = next((step for step in (0.01, 0.02, 0.05, 0.1, 0.2) if reach <= 4.99 * step), 0.25)
    most = int(reach / step + 1e-9)
    return [round(k * step, 2) for k in range(-most, most + 1)]


def _sides(table: pd.DataFrame) -> pd.DataFrame:
    parts = []
    for side, sign in (("taking", -1), ("giving", 1)):
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
            f"{SIGNAL_NAMES[signal]} {share:.0%}" for signal, share in zip(part["signal"], part["share"], strict=True)
        ]
        parts.append(part)
    return pd.concat(parts, ignore_index=True)
