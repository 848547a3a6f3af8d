"""The whole application: which screens there are, and what surrounds each of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import streamlit as st

from voc.errors import VocError
from voc.ui import add_data, beyond, changes, comments, compare, data, drivers, giving, outcome, overview, themes
from voc.ui.filterbar import filter_bar
from voc.ui.look import chips, style
from voc.ui.view import View, everything, filtered, last_snapshot, store_path
from voc.ui.words import count


@dataclass(frozen=True)
class Screen:
    """A screen: its name in the address, what it says above and below, and what draws it."""

    name: str
    icon: str
    title: str
    tells: str
    how: str
    body: Callable[[View], None]


SCREENS = tuple(
    Screen(name, f":material/{icon}:", module.TITLE, module.TELLS, module.HOW, module.body)
    for name, icon, module in (
        ("overview", "monitoring", overview),
        ("themes", "category", themes),
        ("giving", "balance", giving),
        ("drivers", "trending_down", drivers),
        ("changes", "timeline", changes),
        ("compare", "compare_arrows", compare),
        ("beyond", "explore", beyond),
        ("comments", "forum", comments),
        ("data", "table_chart", data),
    )
)


def main(first: str = "overview") -> None:
    """Show the explorer; ``first`` is the screen it opens with."""
    st.set_page_config(
        page_title="Voice of the customer", page_icon=str(Path(__file__).with_name("icon.svg")), layout="wide"
    )
    style()
    pages = {
        screen.name: st.Page(
            partial(_screen, screen),
            title=screen.title,
            icon=screen.icon,
            url_path=screen.name if screen.name != first else "",
            default=screen.name == first,
        )
        for screen in SCREENS
    }
    opening = next(screen for screen in SCREENS if screen.name == first)
    # the page that opens has no name in the address; who types its name finds it all the same
    named = st.Page(partial(_screen, opening), title=opening.title, url_path=first, visibility="hidden")
    page = st.navigation([*pages.values(), named])
    if target := st.session_state.pop("go-to", None):
        st.switch_page(pages[target], query_params=st.query_params.to_dict())
    page.run()


def _screen(screen: Screen) -> None:
    path = store_path()
    try:
        snapshot = last_snapshot(path)
        if snapshot is None:
            add_data.welcome(path)
            return
        if told := st.session_state.pop("told", None):
            st.toast(told, icon=":material/check:")
        outcome.show()
        st.title(screen.title, anchor=False)
        st.caption(screen.tells)
        words_in = st.container() if screen.name == "comments" else st.sidebar
        whole = everything(path, snapshot)
        view = filtered(path, snapshot, filter_bar(whole, words_in, screen.name))
        _base(view)
        screen.body(view)
        with st.expander("How it is computed", icon=":material/function:"):
            st.markdown(screen.how)
        with st.sidebar:
            st.divider()
            st.button(
                "Add data",
                icon=":material/upload:",
                on_click=partial(st.session_state.__setitem__, "adding", True),
            )
        if st.session_state.pop("adding", False):
            _add_data(path)
    except VocError as error:
        st.error(str(error))


def _base(view: View) -> None:
    """The filters as chips, and what they leave of the whole."""
    kept, whole = view.frames.comments, view.everything.comments
    words = f"{len(kept):,} of {count(len(whole), 'comment')}, {int(kept['score'].notna().sum()):,} of them scored"
    if view.filters.expression():
        chips([*view.filters.chips(view.theme_labels), words])
    else:
        st.caption(f"All {words.split(' of ', 1)[1]}")
    if kept.empty:
        st.warning("The filters leave no comment. Take one away.")


@st.dialog("Add data", width="large")
def _add_data(path: str) -> None:
    add_data.upload(path)
