"""This week: the answer in a sentence, what moved, whom to call back, which new themes to look at."""

from __future__ import annotations

from functools import partial

import pandas as pd
import streamlit as st

from voc import analytics, charts
from voc.analytics.spans import choose_pair
from voc.pipeline import Frames
from voc.report import moved
from voc.ui import verbatims
from voc.ui.export import table_csv
from voc.ui.highlight import bare, plain, score_words
from voc.ui.look import choose_theme, comment_list, drawing, go_to, show
from voc.ui.view import View
from voc.ui.words import count, percent, signed

TITLE = "This week"
TELLS = "What is new since the last time: the answer in a sentence, what moved, who waits for a call, what emerges."
HOW = """
The last full week, month or quarter is compared with the one before. **Beyond chance** is said of a change only where,
had nothing changed at all, at most one report in twenty would name anything (Benjamini–Hochberg and Bonferroni, as on
the page *Changes*, which has every figure). Dots are differences in the share of comments, lines their 95 % intervals;
coloured ones are beyond chance. Click one to read its newest comments.

**Worth a call back**: comments of that period by detractors (0–6 of 10, 1–2 stars) or by customers who warn others
off, the most valuable customers first; one for each customer. Labels err: read before you call. **Emerging** themes
have a larger share of the last 42 days' comments than of all the time before, beyond chance.
"""
_PERIODS = {"Week": "week", "Month": "month", "Quarter": "quarter"}
#: A period is offered first when so many comments are about a theme in it.
ENOUGH = 60
#: Call-backs that are listed; the file holds all.
LISTED = 8


def body(view: View) -> None:
    """The screen."""
    period = _PERIODS[_period(view)]
    changes = view.table(analytics.changes, period=period)
    emerging = view.table(analytics.emerging)
    st.markdown(f"#### {answer(changes, emerging)}")
    _line(view, period, answer(changes, emerging))
    movers, comments = st.columns([11, 10], gap="large")
    with movers:
        theme = _movers(changes)
    with comments:
        _newest(view, changes, theme)
    calls, new = st.columns([11, 10], gap="large")
    with calls:
        _call_backs(view, period)
    with new:
        _emerging(emerging)


def answer(changes: pd.DataFrame, emerging: pd.DataFrame) -> str:
    """The page in one sentence: the first score and whether it moved, the theme that moved most, what emerges."""
    parts = []
    if note := changes.attrs.get("note"):
        parts.append(str(note).rstrip("."))
    else:
        before, now = changes.attrs["before"], changes.attrs["now"]
        known = changes[changes["theme"].isna() & changes["now"].notna()]
        if len(known):
            row = known.iloc[0]
            measure = str(row["measure"])
            figure = moved.figure(row["now"], measure)
            if pd.isna(row["change"]):
                parts.append(f"{moved.NAMES[measure]} {figure} in {now}")
            elif row["named"]:
                way = "up" if row["change"] > 0 else "down"
                size = moved.figure(abs(row["change"]), measure, True).lstrip("+")
                parts.append(f"{moved.NAMES[measure]} {figure} in {now}, {way} {size} on {before}")
            else:
                parts.append(f"{moved.NAMES[measure]} {figure} in {now}, not distinguishable from {before}")
        themes = changes[changes["measure"].eq("share") & changes["named"].astype(bool)]
        for theme in themes.head(1).to_dict("records"):
            way = "more" if theme["change"] > 0 else "less"
            shares = f"{percent(theme['now'])} of comments against {percent(theme['before'])}"
            parts.append(f"“{plain(str(theme['label']))}” comes up {way} often ({shares})")
        if themes.empty:
            parts.append("no theme moved beyond chance")
    grown = emerging[emerging["emerging"].astype(bool)] if len(emerging) else emerging
    if len(grown):
        names = " and ".join(f"“{plain(str(label))}”" for label in grown["label"].head(2))
        parts.append(f"{names} {'is' if len(grown) == 1 else 'are'} emerging")
    return "; ".join(parts) + "."


def of_period(frames: Frames, period: str) -> pd.DataFrame:
    """``analytics.call_backs`` of the period that the page is about."""
    pair = choose_pair(frames.comments["date"], period)
    comments = frames.comments
    return analytics.call_backs(comments if pair is None else comments[pair.now.holds(comments["date"])])


def _period(view: View) -> str:
    first = view.kept(_shortest)
    chosen = st.segmented_control(
        "Compare the last",
        list(_PERIODS),
        key="week-period",
        default=first,
        required=True,
        help="With the one before it. At first the shortest with enough comments.",
    )
    return chosen or first


def _shortest(frames: Frames) -> str:
    """The shortest period that holds enough comments to compare."""
    dates = frames.comments["date"]
    for name, period in _PERIODS.items():
        pair = choose_pair(dates, period)
        if pair and pair.now.holds(dates).sum() >= ENOUGH:
            return name
    return "Month"


def _line(view: View, period: str, says: str) -> None:
    step = "week" if period == "week" else "month"
    partial_label = view.kept(unfinished, step)
    nps = view.table(analytics.nps_table, period=step)
    if nps["nps"].notna().any():
        chart = drawing(charts.nps_line, nps, events=view.events, partial=partial_label)
    else:
        giving = view.table(analytics.net_giving, period=step)
        chart = drawing(charts.net_giving_line, giving, events=view.events, partial=partial_label)
    show(chart, "The score over time, with intervals and events", says=bare(says))


def unfinished(frames: Frames, period: str) -> str | None:
    """The label of the period in which the comments end, where it is not over."""
    return analytics.unfinished(frames.comments["date"], period)


def _movers(changes: pd.DataFrame) -> str | None:
    """The chart of what moved; the theme that was clicked, at first the one that moved most."""
    shares = changes[changes["measure"].eq("share") & changes["change"].notna()] if len(changes) else changes
    show(
        drawing(charts.change_dots, changes, title="What moved"),
        "Change in the share of each theme, with intervals",
        pick=("label",),
        on_pick=partial(choose_theme, shares, "week-theme"),
    )
    if shares.empty:
        return None
    labels = dict(zip(shares["theme"], shares["label"], strict=True))
    if st.session_state.get("week-theme") not in labels:
        st.session_state["week-theme"] = next(iter(labels))
    theme: str = st.selectbox("Theme to read", list(labels), format_func=lambda one: str(labels[one]), key="week-theme")
    return theme


def _newest(view: View, changes: pd.DataFrame, theme: str | None) -> None:
    st.subheader("Newest comments", anchor=False)
    if theme is None:
        st.caption("No theme is mentioned often enough to compare.")
        return
    row = changes[changes["theme"].eq(theme) & changes["measure"].eq("share")].iloc[0].to_dict()
    st.caption(plain(moved.change(row, changes.attrs["before"])))
    found = view.kept(verbatims.newest_about, theme)
    comment_list(view, found, f"week-{theme}", page_size=2)


def _call_backs(view: View, period: str) -> None:
    st.subheader("Worth a call back", anchor=False)
    table = view.kept(of_period, period)
    if table.empty:
        st.caption("No detractor and nobody who warns others off in this period.")
        return
    valued = table["customer_value"].notna().any()
    order = "most valuable customers first" if valued else "newest first: the value of customers is not known"
    st.caption(f"{count(len(table), 'customer')}, {order}.")
    shown = table.head(LISTED)
    names = {
        "Words": shown["text"].to_numpy(),
        "When": shown["date"].to_numpy(),
        "Score": [score_words(score, scale) for score, scale in zip(shown["score"], shown["score_scale"], strict=True)],
        "Why": shown["reason"].to_numpy(),
    }
    if valued:
        names["Value"] = shown["customer_value"].to_numpy()
    st.dataframe(
        pd.DataFrame(names),
        hide_index=True,
        column_config={
            "Words": st.column_config.TextColumn(width="medium"),
            "When": st.column_config.DatetimeColumn(format="D MMM"),
            "Value": st.column_config.NumberColumn(format="%.0f"),
        },
        alt="Comments worth a call back",
    )
    ids = table[["dataset", "id", "customer_id", "date", "customer_value", "score", "reason"]]
    st.download_button(
        f"Ids of all {len(table):,} (CSV)",
        lambda: table_csv(ids),
        "call-backs.csv",
        "text/csv",
        icon=":material/download:",
        on_click="ignore",
    )


def _emerging(table: pd.DataFrame) -> None:
    st.subheader("Emerging themes to review", anchor=False)
    grown = table[table["emerging"].astype(bool)] if len(table) else table
    if grown.empty:
        st.caption(table.attrs.get("note", "No theme has grown beyond chance in the last 42 days."))
    for row in grown.to_dict("records"):
        with st.container(border=True):
            st.markdown(f"**{plain(str(row['label']))}**")
            st.caption(
                f"{percent(row['share_recent'])} of the last 42 days' comments ({row['n_recent']:,}) against "
                f"{percent(row['share_before'])} before: {signed(row['ratio'], 1).lstrip('+')} times as often "
                f"({row['low']:.1f} to {row['high']:.1f})."
            )
            if st.button(
                f"Read the {count(row['n_recent'] + row['n_before'], 'comment')} and review the theme",
                key=f"read-{row['theme']}",
                icon=":material/arrow_forward:",
                type="tertiary",
            ):
                st.session_state["themes-choice"] = row["theme"]
                go_to("themes")
