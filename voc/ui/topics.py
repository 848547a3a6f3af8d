"""Rule topics: what a team tracks by words and signals, beside the themes that were discovered."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from voc import analytics, charts
from voc.errors import VocError
from voc.pipeline import Frames, track, untrack
from voc.rules import RuleError, parse, spans
from voc.store import Store
from voc.ui import verbatims
from voc.ui.author import author
from voc.ui.choose import choose_row
from voc.ui.highlight import plain
from voc.ui.look import comment_list, drawing, show
from voc.ui.view import View
from voc.ui.words import percent

LANGUAGE = """
`esim NEAR/5 (activate OR scan)`: **AND**, **OR**, **NOT** in capitals; **NEAR/5**: at most five words apart, in any
order; `"on hold"`: in a row; `activat*`: every ending; `signal:delay`, `stance:taking`, `sentiment:negative`,
`intent:complaint`, `advocacy:warns_off`: what the comment was tagged with. A word counts whole, in any case.
"""


def panel(view: View) -> None:
    """Topics with their numbers and comments, and the form that adds and removes them."""
    topics = view.everything.topics
    if topics.empty:
        st.info("Nothing is tracked yet. Give a rule for a question that comes back, and it is counted all along.")
    else:
        show(
            drawing(charts.topic_lines, view.table(analytics.topic_periods)), "Tracked topics over time, with intervals"
        )
        chosen = _table(view)
        if chosen:
            _read(view, dict(zip(topics["name"], topics["rule"], strict=True))[chosen], chosen)
    with st.expander("Track another, or one less", icon=":material/rule:"):
        _add(view)
        if len(topics):
            _remove(view)


def _table(view: View) -> str | None:
    table = view.table(analytics.topic_table)
    column = st.column_config
    return choose_row(
        table.assign(share=100 * table["share"], trend=100 * table["trend"], unthemed=100 * table["unthemed_share"]),
        dict(zip(table["topic"], table["topic"], strict=True)),
        "Topic to read",
        "topics",
        {
            "topic": column.TextColumn("Topic", width="medium"),
            "n": column.NumberColumn("Comments", format="%d"),
            "share": column.NumberColumn("Share", format="%.1f %%"),
            "sentiment_balance": column.NumberColumn("Tone", help="% praised − % criticised, of whole comments"),
            "net_giving": column.NumberColumn("Net giving", help="% giving − % taking"),
            "nps": column.NumberColumn("NPS", help="of the responses that fit the rule"),
            "trend": column.NumberColumn("Trend, pp", help="last 90 days against the 90 before"),
            "companion": column.TextColumn("Most mentioned theme", width="medium"),
            "unthemed": column.NumberColumn("In no theme", format="%.0f %%"),
        },
        {"sentiment_balance": 0, "net_giving": 0, "nps": 0, "trend": 1},
    )


def _read(view: View, rule: str, name: str) -> None:
    table = view.table(analytics.topic_table)
    whole = table[table["topic"].eq(name)].iloc[0]
    interval = f"{percent(whole['low'], 1)} to {percent(whole['high'], 1)}"
    st.caption(f"{plain(rule)} · {percent(whole['share'], 1)} of tagged comments ({interval})")
    comment_list(view, view.kept(_fitting, rule), f"topic-{name}", tone="plain")


def _fitting(frames: Frames, rule: str) -> verbatims.Verbatims:
    """Comments that fit a rule, newest first, marked where they do."""
    found = analytics.topic_mentions(frames.comments, pd.DataFrame([{"name": "rule", "rule": rule}]))
    tree = parse(rule)
    return verbatims.Verbatims(frames, frames.find(found), mark=lambda text: spans(tree, text)).ordered("Newest first")


def _add(view: View) -> None:
    with st.form("track", border=False):
        st.markdown(LANGUAGE)
        rule = st.text_input("Rule", key="track-rule", placeholder="esim NEAR/5 (activate OR scan)")
        name = st.text_input("Name", key="track-name", placeholder="empty: the rule itself")
        who = st.text_input("Your name (kept with the rule)", author(), key="track-author")
        if st.form_submit_button("Track"):
            try:
                track(Store.open(view.path), rule, name or None, who.strip() or "explorer")
            except RuleError as error:
                st.error(f"At the arrow: {error.reason}.")
                st.code(f"{rule}\n{' ' * error.position}↑", language=None)
            except VocError as error:
                st.error(str(error))
            else:
                st.session_state["told"] = "Tracked, over the whole history."
                st.rerun()


def _remove(view: View) -> None:
    with st.form("untrack", border=False):
        name = st.selectbox("Track no more", list(view.everything.topics["name"]), key="untrack-name")
        if st.form_submit_button("Remove") and name:
            try:
                untrack(Store.open(view.path), name)
            except VocError as error:
                st.error(str(error))
            else:
                st.session_state["told"] = "Removed; no comment is touched."
                st.rerun()
