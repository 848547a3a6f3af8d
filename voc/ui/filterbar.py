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


def filter_bar(frames: Frames, words_in: DeltaGenerator) -> Filters:
    """Draw the filters in the sidebar, the search words in ``words_in``, and return what they say."""
    with words_in:
        words = st.text_input(
            "Search words",
            key="words",
            bind="query-params",
            type="search",
            placeholder="for example: refund bill",
        )
    with st.sidebar:
        since, until = _period(frames.comments["date"])
        picked = [(column, _values(frames, column)) for column in PICKED]
        themes = _themes(frames)
    filters = Filters(since, until, tuple((c, v) for c, v in picked if v), themes, words or "")
    if filters.expression():
        st.sidebar.button("Clear all filters", on_click=clear, icon=":material/filter_alt_off:")
    return filters


def clear() -> None:
    """Take every filter back."""
    st.session_state["words"] = ""
    for name in ("theme", *_NAMES.values()):
        st.session_state[name] = []
    if "period" in st.session_state:
        st.session_state["period"] = st.session_state["whole-period"]


def _period(dates: pd.Series) -> tuple[date | None, date | None]:
    """First and last day picked; None for an end that leaves nothing out."""
    known = dates.dropna()
    if known.empty:
        return None, None
    first, last = known.min().date(), known.max().date()
    if st.session_state.get("whole-period", (first, last)) != (first, last):
        st.session_state.pop("period", None)  # the data has changed: days picked before may lie outside
    st.session_state["whole-period"] = (first, last)
    picked = st.date_input(
        "Period",
        value=(first, last),
        min_value=first,
        max_value=last,
        format="DD/MM/YYYY",
        key="period",
        bind="query-params",
    )
    if not isinstance(picked, tuple) or len(picked) != 2:  # only the first day is picked so far
        return None, None
    since, until = picked
    return (since if since > first else None), (until if until < last else None)


def _values(frames: Frames, column: str) -> tuple[str, ...]:
    options = sorted(frames.comments[column].dropna().astype(str).unique())
    return _pick(PICKED[column], options, _NAMES[column]) if len(options) > 1 else ()


def _themes(frames: Frames) -> tuple[str, ...]:
    ids = dict(zip(frames.themes["label"], frames.themes["id"], strict=True))
    return tuple(ids[label] for label in _pick("Theme", sorted(ids), "theme")) if ids else ()


def _pick(label: str, options: list[str], key: str) -> tuple[str, ...]:
    if key in st.session_state:  # a theme may have been renamed since it was picked
        st.session_state[key] = [value for value in st.session_state[key] if value in options]
    return tuple(st.multiselect(label, options, key=key, bind="query-params", placeholder="All"))
