"""The filter bar: one for all screens, kept in the address so that a view can be shared as a link."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from voc.pipeline import Frames
from voc.ui.filters import PICKED, Filters, Query

#: What the address held, or was given, so far in this session: only something else is a link that was followed.
_SEEN = 50


def filter_bar(frames: Frames, words_in: DeltaGenerator, screen: str) -> Filters:
    """Draw the filters in the sidebar, the search words in ``words_in``, and return what they say.

    What is set stays from screen to screen: Streamlit forgets widgets on another screen, this does not.
    """
    asked = _asked()
    if asked is not None or st.session_state.get("filters-on") != screen:
        _set_widgets(frames, asked if asked is not None else st.session_state.get("filters", {}))
    st.session_state["filters-on"] = screen
    with words_in:
        st.text_input("Search words", key="words", type="search", placeholder="for example: refund bill")
    with st.sidebar:
        _period(frames.comments["date"])
        for column, label in PICKED.items():
            if len(options := _options(frames, column)) > 1:
                _pick(label, options, column)
        if names := _theme_names(frames):
            _pick("Theme", list(names), "theme", names.__getitem__)
    filters = _said(frames)
    _remember(filters.query())
    if filters.expression():
        st.sidebar.button(
            "Clear all filters", on_click=_set_widgets, args=(frames, {}), icon=":material/filter_alt_off:"
        )
    return filters


def _asked() -> Query | None:
    """The filters of a link that was followed just now; None where the address says nothing new."""
    there = {name: st.query_params.get_all(name) for name in st.query_params}
    if not there or there in st.session_state.get("addresses", []):
        return None
    return there


def _remember(query: Query) -> None:
    st.session_state["filters"] = query
    there = {name: st.query_params.get_all(name) for name in st.query_params}
    st.session_state["addresses"] = [*st.session_state.get("addresses", []), there, query][-_SEEN:]
    if there and not query:
        st.query_params.clear()
    elif there != query:
        st.query_params.from_dict(query)


def _set_widgets(frames: Frames, query: Query) -> None:
    """Make the widgets say ``query``; what the data do not have is left out."""
    filters = Filters.from_query(query)
    st.session_state["words"] = filters.words
    first, last = _ends(frames.comments["date"])
    if first and last:
        since, until = filters.since or first, filters.until or last
        inside = first <= since <= until <= last
        st.session_state["period"] = (since, until) if inside else (first, last)
    for column in PICKED:
        st.session_state[column] = [value for value in filters.values(column) if value in _options(frames, column)]
    names = _theme_names(frames)
    st.session_state["theme"] = [theme for theme in filters.themes if theme in names]


def _said(frames: Frames) -> Filters:
    """What the widgets say now."""
    first, last = _ends(frames.comments["date"])
    days = st.session_state.get("period", ())
    since, until = days if isinstance(days, tuple) and len(days) == 2 else (None, None)  # one day: half picked
    return Filters(
        since=since if since != first else None,
        until=until if until != last else None,
        picked=tuple((column, tuple(values)) for column in PICKED if (values := st.session_state.get(column))),
        themes=tuple(st.session_state.get("theme", ())),
        words=" ".join((st.session_state.get("words") or "").split()),
    )


def _period(dates: pd.Series) -> None:
    first, last = _ends(dates)
    if not first or not last:
        return
    days = st.session_state.get("period")
    if days and not all(first <= day <= last for day in days):  # the data changed meanwhile
        st.session_state["period"] = (first, last)
    st.date_input("Period", min_value=first, max_value=last, format="DD/MM/YYYY", key="period")


def _pick(label: str, options: list[str], key: str, name: Callable[[str], str] = str) -> None:
    st.session_state[key] = [value for value in st.session_state.get(key, []) if value in options]
    st.multiselect(label, options, key=key, format_func=name, placeholder="All")


def _ends(dates: pd.Series) -> tuple[date | None, date | None]:
    known = dates.dropna()
    return (None, None) if known.empty else (known.min().date(), known.max().date())


def _options(frames: Frames, column: str) -> list[str]:
    return sorted(frames.comments[column].dropna().astype(str).unique())


def _theme_names(frames: Frames) -> dict[str, str]:
    names = dict(zip(frames.themes["id"], frames.themes["label"], strict=True))
    return dict(sorted(names.items(), key=lambda pair: pair[1].casefold()))
