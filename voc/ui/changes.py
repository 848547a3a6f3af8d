"""Changes: what moved between two periods beyond chance, what it adds up from, and when levels moved."""

from __future__ import annotations

from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from voc import analytics, charts
from voc.pipeline import Frames, customers_of
from voc.report import moved
from voc.report.score import choose_kind
from voc.ui import verbatims
from voc.ui.highlight import plain
from voc.ui.look import choose_theme, comment_list, drawing, show
from voc.ui.view import View

TITLE = "Changes"
TELLS = "What changed between two periods beyond chance, what the change adds up from, and when a level moved."
HOW = """
A period is compared with the one before it, both under one model and one set of themes. A period that is not over is
compared with the same days of the other; its points are hollow and nothing in it is called a change.

**Beyond chance**: of the reports where nothing changed at most one in twenty names anything, however many figures it
looks at (Benjamini–Hochberg within headline figures, themes and change points, Bonferroni over the three). Where no
change can be told from chance it says how large a move would probably have been missed (80 % power). Themes stand in
order of their change shrunk by how little is known of them, so that rare ones do not lead by luck.

**What the change adds up from**: who answered (mix of customers), what they mention, the score of those who mention
it, and what is left unexplained; the four add up to the change (Kitagawa; Oaxaca and Blinder). **Change points**: weeks
from which a weekly series stands at another level (CUSUM against the Brownian bridge); the band shows which weeks are
open (Bai). All of it is association, and a difference between periods can have many reasons.
"""
_PERIODS = {"Month": "month", "Quarter": "quarter", "Week": "week"}


def body(view: View) -> None:
    """The screen."""
    choice = _choice()
    table = view.table(analytics.changes, **choice)
    if note := table.attrs.get("note"):
        st.info(note)
        return
    if table.attrs["partial"]:
        st.caption(moved.PARTIAL)
    headlines = table[table["theme"].isna()]
    st.markdown("\n".join(f"- {moved.change(row, table.attrs['before'])}" for row in headlines.to_dict("records")))
    left, right = st.columns(2, gap="large")
    with left:
        show(
            drawing(charts.change_dots, table),
            "Change in the share of each theme, with intervals",
            pick=("label",),
            on_pick=partial(choose_theme, table, "change-theme"),
        )
    with right:
        _split(view, choice)
    _read(view, table)
    _points(view)


def _choice() -> dict[str, Any]:
    with st.container(horizontal=True, gap="large", vertical_alignment="bottom"):
        period = st.segmented_control(
            "Compare the last", list(_PERIODS), key="change-period", default="Month", required=True
        )
        so_far = st.toggle("The one that has begun, day for day", key="so-far")
    return {"period": _PERIODS[period or "Month"], "so_far": so_far}


def _split(view: View, choice: dict[str, Any]) -> None:
    """What the change of the score adds up from, and who is behind it."""
    kind = view.kept(_kind)
    score = "nps" if kind == "sentiment" else kind
    table = view.table(analytics.change_split, score=score, **choice)
    show(
        drawing(charts.split_bars, table),
        "The change of the score in four parts that add up, with intervals",
    )
    if len(table):
        st.caption(moved.split(table))
    base = view.kept(_response_base, score, tuple(choice.items()), customers_of(view.path))
    shown = base.copy()
    shown.attrs.clear()  # they travel to the browser as JSON, which knows no NaN
    st.dataframe(shown, hide_index=True, placeholder="–", alt="Who was invited, answered, commented and left")
    if line := moved.same_customers(base.attrs):
        st.caption(line)


def _kind(frames: Frames) -> str:
    return choose_kind(frames.comments)


def _response_base(
    frames: Frames, score: str, choice: tuple[tuple[str, Any], ...], customers: pd.DataFrame | None
) -> pd.DataFrame:
    return analytics.response_base(frames.comments, score=score, customers=customers, **dict(choice))


def _read(view: View, table: pd.DataFrame) -> None:
    """The comments of one theme, newest first."""
    shares = table[table["measure"].eq("share") & table["change"].notna()]
    labels = dict(zip(shares["theme"], shares["label"], strict=True))
    theme = st.selectbox("Theme to read", list(labels), format_func=lambda one: str(labels[one]), key="change-theme")
    if theme is None:
        return
    rows = table[table["theme"].eq(theme)].to_dict("records")
    st.markdown("\n".join(f"- {plain(moved.change(row, table.attrs['before']))}" for row in rows))
    found = view.kept(verbatims.newest_about, theme)
    comment_list(view, found, f"change-{theme}")


def _points(view: View) -> None:
    """When a level moved: one series at a time."""
    points = view.table(analytics.change_points)
    if points.empty:
        st.info(points.attrs["note"])
        return
    st.subheader("When a level moved", anchor=False)
    events = view.events
    for row in points[points["named"].astype(bool)].to_dict("records"):
        st.markdown(f"- {plain(moved.change_point(row, events))}")
    series = points.drop_duplicates(["measure", "theme"]).to_dict("records")
    names = [moved.subject(row) for row in series]
    place = st.selectbox("Series", range(len(names)), format_func=lambda i: names[i], key="series") or 0
    measure, theme = series[place]["measure"], series[place]["theme"]
    theme = None if pd.isna(theme) else theme
    of_theme = points["theme"].eq(theme) if theme else points["theme"].isna()
    weeks = view.table(analytics.weekly, measure=measure, theme=theme)
    chart = drawing(
        charts.level_line,
        weeks,
        points[points["measure"].eq(measure) & of_theme],
        names[place],
        moved.NAMES[measure],
        events,
    )
    show(chart, "The weekly series with its levels")
