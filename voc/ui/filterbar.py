"""The filter bar: one for all screens, kept in the address so that a view can be shared as a link."""

from __future__ import annotations

from datetime import date

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from voc.pipeline import Frames
from voc.ui.filters import PICKED, Filters

#: Names in the address, by column.
_NAMES = {column: column.removeprefix("customer_") for column in PICKED}
_CLEARED = ("period", "words", "theme", *_NAMES.values())


def filter_bar(frames: Frames, words_in: DeltaGenerator) -> Filters:
    """Draw the filters in the sidebar, the search words in ``words_in``, and return what they say."""
    with words_in:
        words = st.text_input(
            "Search words", key="words", bind="query-params", type="search", placeholder="for example: refund bill"
        )
    with st.sidebar:
        since, until = _period(frames.comments["date"])
        picked = tuple((column, tuple(_values(frames, column))) for column in PICKED)
        themes = _themes(frames)
    filters = Filters(since, until, tuple((c, v) for c, v in picked if v), themes, words or "")
    if filters.expression():
        st.sidebar.button("Clear all filters", on_click=clear, icon=":material/filter_alt_off:")
    return filters


def clear() -> None:
    """Take every filter back."""
    for name in _CLEARED:
        if name in st.session_state:
            del st.session_state[name]
    st.session_state["words"] = ""
    for name in ("theme", *_NAMES.values()):
        st.session_state[name] = []


def _period(dates: pd.Series) -> tuple[date | None, date | None]:
    """First and last day picked; None for an end that leaves nothing out."""
    known = dates.dropna()
    if known.empty:
        return None, None
    first, last = known.min().date(), known.max().date()
    picked = st.date_input(
        "Period", value=(first, last), min_value=first, max_value=last, format="DD/MM/YYYY",
        key="period", bind="query-params",
    )
    if not isinstance(picked, tuple) or len(picked) != 2:  # only the first day is picked so far
        return None, None
    since, until = picked
    return (since if since > first else None), (until if until < last else None)


def _values(frames: Frames, column: str) -> list[str]:
    options = sorted(frames.comments[column].dropna().astype(str).unique())
    if len(options) < 2:
        return []
    return st.multiselect(
        PICKED[column], options, key=_NAMES[column], bind="query-params", placeholder="All", persist_state="session"
    )


def _themes(frames: Frames) -> tuple[str, ...]:
    ids = dict(zip(frames.themes["label"], frames.themes["id"], strict=True))
    if not ids:
        return ()
    labels = st.multiselect(
        "Theme", sorted(ids), key="theme", bind="query-params", placeholder="All", persist_state="session"
    )
    return tuple(ids[label] for label in labels if label in ids)
