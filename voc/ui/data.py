"""Data: what the scores rest on, from the rows of the store to the comments that are used."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from voc import analytics, charts
from voc.ui.export import table_csv
from voc.ui.look import drawing, show
from voc.ui.view import View
from voc.ui.words import DASH, between, count, signed

TITLE = "Data"
TELLS = "What the scores rest on: how many rows, responses, answers and comments, for each kind of survey."
HOW = """
**Rows** of a kind of survey; **responses**, as several rows, one per question, may be one response; **scored**, with an
answer on that scale, text or not; **commented**, scored and with text; **used**, and the text could be read and tagged:
what drivers rest on. NPS, stars and CSAT, relationship and transactional surveys are never pooled.

The **effective number** is how many equally weighted answers of different customers would be as exact (Kish). NPS:
adjusted Wald interval (Rocks 2016); stars and CSAT: mean with Student's t. Fewer than 30 people: no figure.
"""
#: Rejected rows that are shown; the file holds them all.
SHOWN = 200
_NAMES = {"nps": "NPS", "stars": "Stars", "csat": "CSAT"}


def body(view: View) -> None:
    """The screen."""
    table = view.table(analytics.score_base)
    show(drawing(charts.base_bars, table), "Rows, responses, scored, commented and used, for each kind of score")
    if table.empty:
        _rejects(view)
        return
    if official := _official(table):
        table = analytics.score_base(view.frames.comments, official)
    st.dataframe(shown(table), hide_index=True, alt="The score of all who answered and of those whose words are used")
    for scale, n in table.attrs["other_scales"].items():
        st.caption(f"{n:,} answers on the scale “{scale}” are in no score.")
    _rejects(view)


def _rejects(view: View) -> None:
    """Rows that were set aside, with the reason."""
    n = view.snapshot.count("rejects")
    st.subheader("Rejected rows", anchor=False)
    if not n:
        st.caption("No row was rejected.")
        return
    rows = view.snapshot.rejects().to_pandas()
    st.caption(f"{count(n, 'row')} set aside, their content masked; the last {min(n, SHOWN):,} are shown.")
    st.dataframe(
        rows[["file", "row", "reason", "content"]].iloc[::-1].head(SHOWN), hide_index=True, alt="Rejected rows"
    )
    st.download_button(
        "Download the rejected rows (CSV)",
        lambda: table_csv(rows),
        "rejected.csv",
        "text/csv",
        icon=":material/download:",
        on_click="ignore",
    )


def shown(table: pd.DataFrame) -> pd.DataFrame:
    """The table in words, a row for each kind of score and of survey."""
    rows = []
    for row in table.to_dict("records"):
        cells = {
            "Score": _NAMES[row["score"]],
            "Survey": row["survey_type"],
            "Scored": row["scored"],
            "Effective number": round(row["n_effective"], 0),
            "All who answered": _with_interval(row["score"], *(row[name] for name in ("value", "low", "high"))),
            "Those whose words are used": _with_interval(
                row["score"], *(row[f"used_{name}"] for name in ("value", "low", "high"))
            ),
        }
        if table["official"].notna().any():
            within = {True: "within our interval", False: "outside our interval"}.get(row["within"], "")
            cells["Official"] = DASH if pd.isna(row["official"]) else f"{signed(row['official'])} {within}".strip()
        rows.append(cells)
    return pd.DataFrame(rows)


def _with_interval(score: str, value: float, low: float, high: float) -> str:
    if pd.isna(value):
        return DASH
    return f"{signed(value)} ({between(low, high)})" if score == "nps" else f"{value:.2f} ({low:.2f} to {high:.2f})"


def _official(table: pd.DataFrame) -> dict[str, float]:
    """What the user types in: the NPS as published elsewhere, by kind of survey."""
    kinds = table.loc[table["score"] == "nps", "survey_type"]
    with st.container(horizontal=True):
        typed = {
            kind: st.number_input(f"Official NPS ({kind})", -100.0, 100.0, None, key=f"official-{kind}")
            for kind in kinds
        }
    return {kind: figure for kind, figure in typed.items() if figure is not None}
