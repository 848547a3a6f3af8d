"""Rule topics: what a team tracks by words and signals, beside the themes that were discovered."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pandas as pd
import streamlit as st

from voc import analytics, charts
from voc.errors import VocError
from voc.pipeline import Frames, read_codebook, track, track_all, untrack
from voc.rules import RuleError, parse, spans
from voc.ui import access, verbatims
from voc.ui.author import sign, sign_form
from voc.ui.choose import choose_row, sparkline
from voc.ui.highlight import plain
from voc.ui.look import comment_list, drawing, show
from voc.ui.uploads import save
from voc.ui.view import View
from voc.ui.words import count, percent

#: Months that the table sketches; topics that a chart has lines for.
MONTHS, LINES = 12, 8
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
        if len(topics) <= LINES:
            periods = view.table(analytics.topic_periods)
            show(drawing(charts.topic_lines, periods, events=view.events), "Tracked topics over time, with intervals")
        else:
            st.caption(f"{len(topics)} topics: too many lines for a chart; the table sketches {MONTHS} months of each.")
        chosen = _table(view)
        if chosen:
            _read(view, dict(zip(topics["name"], topics["rule"], strict=True))[chosen], chosen)
    if not access.may("editor"):
        return
    with st.expander("Track another, or one less", icon=":material/rule:"):
        _add(view)
        if len(topics):
            _remove(view)
    with st.expander("Take over an old codebook", icon=":material/menu_book:"):
        _codebook(view)


def _table(view: View) -> str | None:
    table = view.table(analytics.topic_table)
    shares = view.table(analytics.topic_periods).groupby("topic")["share"]
    course = pd.Series({topic: sparkline(own.iloc[-MONTHS:]) for topic, own in shares}, dtype=object)
    table = table.assign(course=table["topic"].map(course), together=100 * table["companion_share"])
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
            "course": column.LineChartColumn(f"Last {MONTHS} months", width="small", y_min=0, color="#00786c"),
            "companion": column.TextColumn("Most mentioned theme", width="medium"),
            "together": column.NumberColumn("in so many", format="%.0f %%", help="of the topic's comments"),
            "sentiment_balance": column.NumberColumn("Tone", help="% praised − % criticised, of whole comments"),
            "net_giving": column.NumberColumn("Net giving", help="% giving − % taking"),
            "nps": column.NumberColumn("NPS", help="of the responses that fit the rule"),
            "trend": column.NumberColumn("Trend, pp", help="last 90 days against the 90 before"),
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
        who = sign_form("track-author")
        if st.form_submit_button("Track"):
            try:
                track(access.writable(view.path), rule, name or None, who or "explorer")
            except RuleError as error:
                st.error(f"At the arrow: {error.reason}.")
                st.code(f"{rule}\n{' ' * error.position}↑", language=None)
            except VocError as error:
                st.error(str(error))
            else:
                st.session_state["told"] = "Tracked, over the whole history."
                st.rerun()


def _codebook(view: View) -> None:
    """Codes of a file as topics, once they have been looked at."""
    st.caption(
        "A CSV with the columns name and words (separated by semicolons), or name and rule. Each code is counted over "
        "the whole history by today's rule, and stands beside the discovered theme that most of its comments mention."
    )
    file = st.file_uploader("Codebook", ["csv"], key=f"codebook-{st.session_state.get('codebook-turn', 0)}")
    if not file:
        return
    try:
        with tempfile.TemporaryDirectory() as folder:
            codes = read_codebook(Path(save([file], Path(folder))[0]))
    except VocError as error:
        st.error(plain(str(error)))
        return
    st.dataframe(pd.DataFrame(codes, columns=["Code", "Rule"]), hide_index=True, alt="The codes as rules")
    who = sign("codebook-author")
    if st.button(f"Track {count(len(codes), 'code')}", icon=":material/rule:"):
        try:
            new = track_all(access.writable(view.path), codes, who.strip() or "explorer")
        except VocError as error:
            st.error(plain(str(error)))
        else:
            st.session_state["told"] = f"{count(new, 'code')} tracked, over the whole history."
            st.session_state["codebook-turn"] = st.session_state.get("codebook-turn", 0) + 1
            st.rerun()


def _remove(view: View) -> None:
    with st.form("untrack", border=False):
        name = st.selectbox("Track no more", list(view.everything.topics["name"]), key="untrack-name")
        if st.form_submit_button("Remove") and name:
            try:
                untrack(access.writable(view.path), name)
            except VocError as error:
                st.error(str(error))
            else:
                st.session_state["told"] = "Removed; no comment is touched."
                st.rerun()
