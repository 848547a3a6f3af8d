"""The four-part bar: giving, both, taking, neither, and net giving beside it."""

from __future__ import annotations

import altair as alt
import pandas as pd

from voc.charts.theme import INK, STANCE_COLOURS, Chart, finish, nothing, shorten
from voc.charts.words import count, signed
from voc.schema import BLOCKS

_ROW = 48
_NAMES = {"all": "All comments", **{block: name for block, name, _ in BLOCKS}}
#: From this share on a part has room for its figure, and for its interval too.
_FIGURE, _INTERVAL = 0.05, 0.18
_ESTIMATES = ("share", "low", "high")


def stance_bars(table: pd.DataFrame, title: str = "Giving, both, taking, neither") -> Chart:
    """From ``net_giving(…)`` or ``block_balance``, or both below each other: a bar of four parts for each row with its
    name and net giving above it; rows in the table's order."""
    rows = table.dropna(subset=["net"])
    if rows.empty:
        return nothing(title, table.attrs.get("note", "Too few tagged comments to weigh."))
    rows = rows.assign(place=[str(place) for place in range(len(rows))], name=_names(rows))
    estimates = zip(rows["net"], rows["low"], rows["high"], strict=True)
    rows["balance"] = [f"net giving {signed(net)} ({signed(low)} to {signed(high)})" for net, low, high in estimates]
    parts = _parts(rows)
    y = alt.Y("place:N", sort=rows["place"].tolist(), axis=None)
    plot = alt.Chart(parts).encode(
        y=y,
        tooltip=["name:N", "stance:N", "count:Q", *(alt.Tooltip(f"{c}:Q", format=".1%") for c in _ESTIMATES), "n:Q"],
    )
    bars = plot.mark_bar(height=20, stroke="white", strokeWidth=1).encode(
        x=alt.X(
            "from:Q",
            title="Share of tagged comments",
            axis=alt.Axis(format="%", tickCount=5),
            scale=alt.Scale(domain=[0, 1]),
        ),
        x2="to:Q",
        color=alt.Color(
            "stance:N",
            title=None,
            scale=alt.Scale(domain=list(STANCE_COLOURS), range=list(STANCE_COLOURS.values())),
        ),
    )
    figures = plot.mark_text(fontSize=10.5).encode(
        x="middle:Q",
        text="text:N",
        color=alt.condition("datum.stance == 'both' || datum.stance == 'neither'", alt.value(INK), alt.value("white")),
    )
    over = alt.Chart(rows[["place", "name", "balance"]]).encode(y=y)
    names = over.mark_text(align="left", dy=-18, fontSize=11.5, color=INK).encode(x=alt.value(0), text="name:N")
    nets = over.mark_text(align="right", dy=-18, fontSize=11.5, fontWeight="bold", color=INK).encode(
        x=alt.datum(1), text="balance:N"
    )
    note = [
        "In brackets: 95 % interval. Net giving = % giving − % taking; both counts on neither side.",
        "Customers' accounts, not findings of intent.",
    ]
    return finish(alt.layer(bars, figures, names, nets), title, note, height=_ROW * len(rows))


def _names(rows: pd.DataFrame) -> list[str]:
    return [
        f"{shorten(_NAMES.get(by, by), 34)}{'' if period == 'all' else f', {period}'} ({count(n, 'comment')})"
        for by, period, n in zip(rows["by"].astype(str), rows["period"].astype(str), rows["n"].astype(int), strict=True)
    ]


def _parts(rows: pd.DataFrame) -> pd.DataFrame:
    """One row per bar and stance, with where its part begins and ends."""
    parts = [
        pd.DataFrame(
            {
                "place": rows["place"],
                "name": rows["name"],
                "n": rows["n"],
                "stance": stance,
                "count": rows[stance].astype(int),
                "share": rows[f"share_{stance}"],
                "low": rows[f"{stance}_low"],
                "high": rows[f"{stance}_high"],
            }
        )
        for stance in STANCE_COLOURS
    ]
    long = pd.concat(parts, ignore_index=True)
    long["to"] = long.groupby("place")["share"].cumsum()
    long["from"] = long["to"] - long["share"]
    long["middle"] = (long["from"] + long["to"]) / 2
    long["text"] = [_figure(*row) for row in zip(long["share"], long["low"], long["high"], strict=True)]
    return long


def _figure(share: float, low: float, high: float) -> str:
    if share < _FIGURE:
        return ""
    return f"{share:.0%}" + (f" ({100 * low:.0f}–{100 * high:.0f})" if share >= _INTERVAL else "")
