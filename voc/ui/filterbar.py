"""The filter bar: one for all screens, kept in the address so that a view can be shared as a link."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import streamlit as st

from voc.errors import VocError
from voc.pipeline.views import remove_view, save_view, saved_views
from voc.ui import access, subscribe
from voc.ui.choices import Choices
from voc.ui.filters import PICKED, Filters, Query, listed, quoted
from voc.ui.highlight import plain, sentence

#: What the address held, or was given, so far in this session: only something else is a link that was followed.
_SEEN = 50
#: The view of what was taken with the lasso, in this session.
LASSO = "Lasso"


def filter_bar(path: str, choices: Choices, screen: str) -> Filters:
    """Draw the filters, those that are set as chips, and return what they say.

    What is set stays from screen to screen: Streamlit forgets widgets on another screen, this does not.
    """
    views = saved_views(path) | st.session_state.get("lasso", {})
    asked = _asked()
    if asked is not None or st.session_state.get("filters-on") != screen:
        _set_widgets(choices, views, asked if asked is not None else st.session_state.get("filters", {}))
    st.session_state["filters-on"] = screen
    with st.container(horizontal=True, key="voc-filterbar", gap="small", vertical_alignment="center"):
        with st.popover("Filters", icon=":material/filter_alt:"):
            _fields(choices)
        filters = _said(choices, views)
        with st.popover("Views", icon=":material/bookmark:"):
            _views(path, choices, views, filters)
        _remember(filters.query())
        for name, words in filters.chips(choices.themes).items():
            st.button(
                sentence(words),
                key=f"chip-{name}",
                icon=":material/close:",
                help="Take this filter away",
                on_click=_set_widgets,
                args=(choices, views, filters.without(name)),
            )
        if filters.query():
            st.button(
                "Clear all filters", key="clear", type="tertiary", on_click=_set_widgets, args=(choices, views, {})
            )
    if asked is not None:
        st.session_state["left-out"] = (_left_out(choices, views, asked), filters.query())
    left_out, beside = st.session_state.get("left-out", ("", {}))
    if left_out and beside == filters.query():
        st.warning(plain(f"Not in these comments, so left out of the filters: {left_out}."), icon=":material/link_off:")
    return filters


def _fields(choices: Choices) -> None:
    st.text_input(
        "Contains the words",
        key="words",
        type="search",
        placeholder='refund "on hold"',
        help="All of them, in any order; words in quotes stand in a row.",
    )
    _period(choices)
    left, right = st.columns(2)
    fields: list[tuple[str, str, list[str], Callable[[Any], str]]] = [
        (name, label, choices.options[name], str) for name, label in PICKED.items() if len(choices.options[name]) > 1
    ]
    if choices.themes:
        fields.insert(2, ("theme", "Theme", list(choices.themes), choices.themes.__getitem__))
    for number, field in enumerate(fields):
        with (left, right)[number % 2]:
            _pick(*field)


def _views(path: str, choices: Choices, views: dict[str, str], filters: Filters) -> None:
    """Saved views: open one, save what is filtered now under a name, forget one."""
    if views:
        st.selectbox("Saved view", list(views), index=None, key="view", placeholder="All comments")
    if not access.may("editor"):
        if not views:
            st.caption("None is saved yet.")
        return
    if filters.expression():
        with st.form("save-view", border=False):
            name = st.text_input("Save what is filtered now as", key="view-name", max_chars=60)
            if st.form_submit_button("Save the view"):
                name = " ".join(name.split())
                try:
                    access.require("editor")
                    if name in views or name == LASSO:
                        st.error("There is a view of this name: give another, or open that one and forget it first.")
                        return
                    save_view(path, name, filters.expression())
                except VocError:
                    st.error("Give the view a name.")
                else:
                    st.session_state["told"] = f"Saved as {name}."
                    st.session_state["filters"] = {"view": [name]}
                    st.session_state.pop("filters-on")
                    st.rerun()
    else:
        st.caption("Set filters first: what they say can then be saved under a name, for everybody.")
    if filters.view in saved_views(path):
        subscribe.panel(path, filters.view)
    if filters.view not in ("", LASSO) and st.button(
        plain(f"Forget the view “{filters.view}”"), icon=":material/delete:"
    ):
        subscribe.end_all(path, filters.view)
        remove_view(path, filters.view)
        st.session_state["filters"] = filters.without("view")
        st.session_state.pop("filters-on")
        st.rerun()


def narrow_to(comments: pd.DataFrame) -> None:
    """Filter by these very comments (``dataset, id``), as a view of this session that can be saved under a name."""
    keys = comments.groupby("dataset")["id"]
    condition = " OR ".join(f"(dataset = {quoted(str(name))} AND id IN ({listed(own)}))" for name, own in keys)
    st.session_state["lasso"] = {LASSO: condition}
    st.session_state["filters"] = {"view": [LASSO]}
    st.session_state.pop("filters-on", None)


def narrow(name: str, values: list[str]) -> None:
    """Set one filter from a chart or a table, the others as they are; drawn at the next run."""
    st.session_state["filters"] = {**st.session_state.get("filters", {}), name: values}
    st.session_state.pop("filters-on", None)


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


def _left_out(choices: Choices, views: dict[str, str], query: Query) -> str:
    """What a link asks for that these comments do not have; empty where it has all of it."""
    named = {"view": "view", "theme": "theme"} | {name: label.lower() for name, label in PICKED.items()}
    there = {"view": views, "theme": {**choices.themes, **choices.merged}} | choices.options
    gone = [
        f"{named[name]} “{value}”"
        for name in named
        for value in query.get(name, [])
        if value and value not in there[name]
    ]
    filters = Filters.from_query(query, views)
    since, until = filters.since or choices.first, filters.until or choices.last
    asked = [day for name in ("from", "to") for day in query.get(name, [])]
    if choices.first and choices.last and since and until and asked:
        understood = len([day for day in (filters.since, filters.until) if day]) == len(asked)
        if not understood or since > until or since > choices.last or until < choices.first:
            gone.append(f"period {' to '.join(f'“{day}”' for day in asked)}")
    return ", ".join(gone)


def _set_widgets(choices: Choices, views: dict[str, str], query: Query) -> None:
    """Make the widgets say ``query``; what the data do not have is left out."""
    filters = Filters.from_query(query, views)
    st.session_state["words"] = filters.words
    st.session_state["view"] = filters.view or None
    st.session_state["query"] = filters.search
    first, last = choices.first, choices.last
    if first and last:
        since, until = max(filters.since or first, first), min(filters.until or last, last)
        st.session_state["period"] = (since, until) if since <= until else (first, last)
    for name in PICKED:
        st.session_state[name] = [value for value in filters.values(name) if value in choices.options[name]]
    themes = dict.fromkeys(choices.merged.get(theme, theme) for theme in filters.themes)
    st.session_state["theme"] = [theme for theme in themes if theme in choices.themes]


def _said(choices: Choices, views: dict[str, str]) -> Filters:
    """What the widgets say now."""
    days = st.session_state.get("period", ())
    since, until = days if isinstance(days, tuple) and len(days) == 2 else (None, None)  # one day: half picked
    view = st.session_state.get("view") or ""
    return Filters(
        since=since if since != choices.first else None,
        until=until if until != choices.last else None,
        picked=tuple((name, tuple(values)) for name in PICKED if (values := st.session_state.get(name))),
        themes=tuple(st.session_state.get("theme", ())),
        words=" ".join((st.session_state.get("words") or "").split()),
        view=view if view in views else "",
        condition=views.get(view, ""),
        search=" ".join((st.session_state.get("query") or "").split()),
    )


def _period(choices: Choices) -> None:
    first, last = choices.first, choices.last
    if not first or not last:
        return
    days = st.session_state.get("period")
    if days and not all(first <= day <= last for day in days):  # the data changed meanwhile
        st.session_state["period"] = (first, last)
    st.date_input("Period", min_value=first, max_value=last, format="DD/MM/YYYY", key="period")


def _pick(key: str, label: str, options: list[str], name: Callable[[Any], str]) -> None:
    st.session_state[key] = [value for value in st.session_state.get(key, []) if value in options]
    st.multiselect(label, options, key=key, format_func=name, placeholder="All")
