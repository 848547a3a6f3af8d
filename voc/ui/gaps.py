"""Survey gaps: how customers experience an area now against how they would prefer it."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from voc import analytics, charts
from voc.ui.look import drawing, show
from voc.ui.view import View
from voc.ui.words import DASH, between, signed

TITLE = "Survey gaps"
TELLS = "Where customers would prefer more than they experience now, area by area, and what goes with the score."
HOW = """
An area is a pair of survey questions whose names differ only in *now* and *ideal* (or current, preferred, expected …).
The **gap** is the mean of ideal − now of the same response, with Student's t interval on the effective sample size.
**Rank** 1 is the widest; the ranks in brackets are those that the data leave open, for all areas jointly (Klein, Wright
and Wieczorek 2020). **NPS per point**: NPS points that go with one point more of gap, from a regression, one area at a
time; areas overlap, and it is association. Under 5 answers nothing is shown.
"""


def body(view: View) -> None:
    """The screen."""
    table = view.table(analytics.gaps)
    if table.empty:
        st.info(table.attrs["note"])
        return
    show(drawing(charts.gaps_chart, table), "Now and ideal in each area, with the gap and its interval", rows=True)
    rows = table.to_dict("records")
    st.dataframe(
        pd.DataFrame(
            {
                "Area": table["area"],
                "Answers": table["n"],
                "Rank": [_rank(row) for row in rows],
                "Gap": [_signed(row, "gap", "low", "high", 2) for row in rows],
                "NPS per point": [
                    _signed(row, "nps_per_point", "nps_low", "nps_high", 1) for row in table.to_dict("records")
                ],
            }
        ),
        hide_index=True,
        alt="Gaps of all areas with their intervals",
    )


def _rank(row: dict[Any, Any]) -> str:
    if pd.isna(row["rank"]):
        return DASH
    return f"{row['rank']:.0f} ({row['rank_low']:.0f} to {row['rank_high']:.0f})"


def _signed(row: dict[Any, Any], name: str, low: str, high: str, digits: int) -> str:
    if pd.isna(row[name]):
        return DASH
    return f"{signed(float(row[name]), digits)} ({between(float(row[low]), float(row[high]), digits)})"
