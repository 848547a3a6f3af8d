"""Overview: where things stand, how they moved, what is new."""

from __future__ import annotations

from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from voc import analytics, charts
from voc.analytics.spans import span
from voc.ui import week
from voc.ui.choices import occurring
from voc.ui.filterbar import narrow
from voc.ui.look import Picked, drawing, go_to, read_theme, show, tiles
from voc.ui.view import View
from voc.ui.words import DASH, between, count, number, percent, signed

TITLE = "Overview"
TELLS = "Where customers stand now, how that moved over time, and which topics have grown of late."
HOW = """
**NPS** is the share of promoters (9–10) less the share of detractors (0–6) among answers on a 0–10 scale, one
per response, with or without text; it is never made up from stars. **Net giving** is the share of tagged
comments in which the company shows up as giving less the share in which it shows up as taking; comments with
both count on neither side. Intervals cover 95 % (adjusted Wald; Rocks 2016 for NPS, Agresti and Min 2005 for
net giving) and allow for customers who answer more than once. Under 5 answers nothing is shown, under 30 a
point is hollow, as is one whose period is not over. Dashed lines are events: a file `events.csv` with the columns
`date` and `event` in the store's folder.

**Emerging** themes have a larger share of the last 42 days' comments than of the time before, beyond chance
(Fisher's exact test, at most 5 % false discoveries among all themes), with 8 comments or more.
"""

_SPLITS = {
    "Everything together": None,
    "Brand": "brand",
    "Source": "source",
    "Customer segment": "customer_segment",
}
_PERIODS = {"Month": "month", "Quarter": "quarter", "Week": "week"}


def body(view: View) -> None:
    """The screen."""
    _headline(view)
    split, period = _choices(view)
    events, unfinished = view.events, view.kept(week.unfinished, period)
    left, right = st.columns(2, gap="large")
    with left:
        nps = view.table(analytics.nps_table, by=split, period=period)
        show(drawing(charts.nps_line, nps, events=events, partial=unfinished), "NPS over time, with intervals")
        volume = view.table(analytics.volume, period=period)
        read: dict[str, Any] = {"pick": ("period",), "on_pick": _read_period}
        show(drawing(charts.volume_bars, volume, events=events), "Number of comments over time", **read)
    with right:
        giving = view.table(analytics.net_giving, by=split, period=period)
        show(
            drawing(charts.net_giving_line, giving, events=events, partial=unfinished),
            "Net giving over time, with intervals",
        )
        sentiment = view.table(analytics.sentiment_table, period=period)
        read = {"pick": ("period", "sentiment"), "on_pick": _read_period}
        show(drawing(charts.sentiment_bars, sentiment, events=events), "Sentiment over time", **read)
    _emerging(view)


def _read_period(picked: Picked) -> None:
    """Open the comments of the bar that was clicked."""
    of = span(str(picked["period"]))
    narrow("from", [f"{of.start:%Y-%m-%d}"])
    narrow("to", [f"{of.end - pd.Timedelta(days=1):%Y-%m-%d}"])
    if "sentiment" in picked:
        narrow("sentiment", [str(picked["sentiment"])])
    st.session_state["go-to"] = "comments"


def _headline(view: View) -> None:
    volume = view.table(analytics.volume).sum(numeric_only=True)
    nps, giving = view.table(analytics.nps_table), view.table(analytics.net_giving)
    tone = view.table(analytics.sentiment_table)
    negative = tone[tone["sentiment"].eq("negative")]
    rows = number(volume["n"])
    tiles(
        [
            ("Comments", rows, "", f"{number(volume['tagged'])} tagged, {number(volume['scored'])} scored"),
            _balance(_nps_name(nps), nps, "nps", f"of {rows} scored 0–10", "too few answers on a 0–10 scale"),
            _balance("Net giving", giving, "net", f"of {rows} tagged", "too few tagged comments"),
            _share("Negative", negative, f"of {rows} tagged"),
        ]
    )


def _nps_name(nps: pd.DataFrame) -> str:
    """``NPS``, with the kind of survey it is of where there are several."""
    types = nps.dropna(subset=["nps"]).sort_values("n", ascending=False)["survey_type"]
    return f"NPS ({types.iloc[0]})" if len(types) > 1 else "NPS"


def _balance(name: str, table: pd.DataFrame, value: str, base: str, otherwise: str) -> tuple[str, str, str, str]:
    table = table.dropna(subset=[value]).sort_values("n", ascending=False)
    if table.empty:
        return name, DASH, "", otherwise
    row = table.iloc[0]
    return name, signed(row[value]), f"95 %: {between(row['low'], row['high'])}", f"{row['n']:,} {base}"


def _share(name: str, table: pd.DataFrame, base: str) -> tuple[str, str, str, str]:
    if table.empty or table["share"].isna().any():
        return name, DASH, "", "too few tagged comments"
    row = table.iloc[0]
    interval = f"95 %: {percent(row['low'])} to {percent(row['high'])}"
    return name, percent(row["share"]), interval, f"{row['n']:,} {base}"


def _choices(view: View) -> tuple[str | None, str]:
    splits = [
        name for name, column in _SPLITS.items() if column is None or len(view.kept(occurring, column)) in range(2, 8)
    ]
    with st.container(horizontal=True, gap="large"):
        split = st.segmented_control(
            "Lines for",
            splits,
            key="lines",
            default=splits[0],
            required=True,
            persist_state="session",
            wrap=True,
        )
        period = st.segmented_control(
            "By", list(_PERIODS), key="by", default="Month", required=True, persist_state="session"
        )
    return _SPLITS[split or splits[0]], _PERIODS[period or "Month"]


def _emerging(view: View) -> None:
    table = view.table(analytics.emerging)
    show(
        drawing(charts.emerging_bars, table),
        "Emerging themes: those that have grown of late",
        pick=("label",),
        on_pick=partial(read_theme, table),
    )
    grown = table[table["emerging"].astype(bool)] if len(table) else table
    for row in grown.to_dict("records"):
        if st.button(
            f"Read the {count(row['n_recent'] + row['n_before'], 'comment')} on “{row['label']}”",
            key=f"read-{row['theme']}",
            icon=":material/arrow_forward:",
            type="tertiary",
        ):
            st.session_state["themes-choice"] = row["theme"]
            go_to("themes")
