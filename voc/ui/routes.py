"""The whole application: which screens there are, and what surrounds each of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import streamlit as st

from voc.errors import VocError
from voc.pipeline import Frames
from voc.ui import (
    access,
    add_data,
    beyond,
    brief,
    changes,
    comments,
    compare,
    data,
    drivers,
    gaps,
    giving,
    outcome,
    overview,
    quality,
    settings,
    themes,
    week,
    work,
)
from voc.ui.choices import choices
from voc.ui.filterbar import filter_bar
from voc.ui.highlight import plain
from voc.ui.look import style
from voc.ui.view import View, everything, filtered, last_snapshot, run_of, store_path
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


#: Screens that only an admin sees.
_ADMINS = ("settings",)
#: Heading in the list of screens → the screens under it: (name, icon, module).
_GROUPS = {
    "": (
        ("week", "today", week),
        ("themes", "category", themes),
        ("comments", "forum", comments),
        ("brief", "description", brief),
    ),
    "Analyse": (
        ("overview", "monitoring", overview),
        ("giving", "balance", giving),
        ("drivers", "trending_down", drivers),
        ("changes", "timeline", changes),
        ("compare", "compare_arrows", compare),
        ("gaps", "unfold_more", gaps),
        ("beyond", "explore", beyond),
    ),
    "Set up": (
        ("data", "table_chart", data),
        ("quality", "verified", quality),
        ("settings", "settings", settings),
    ),
}
GROUPS = {
    heading: tuple(
        Screen(name, f":material/{icon}:", module.TITLE, module.TELLS, module.HOW, module.body)
        for name, icon, module in screens
    )
    for heading, screens in _GROUPS.items()
}
SCREENS = tuple(screen for screens in GROUPS.values() for screen in screens)


def main(first: str = "week") -> None:
    """Show the explorer; ``first`` is the screen it opens with."""
    st.set_page_config(
        page_title="Voice of the customer", page_icon=str(Path(__file__).with_name("icon.svg")), layout="wide"
    )
    style()
    try:
        if not access.let_in():
            return
        shown = [screen for screen in SCREENS if screen.name not in _ADMINS or access.may("admin")]
    except VocError as error:
        st.error(str(error))
        return
    pages = {
        screen.name: st.Page(
            partial(_screen, screen),
            title=screen.title,
            icon=screen.icon,
            url_path=screen.name if screen.name != first else "",
            default=screen.name == first,
        )
        for screen in shown
    }
    opening = next(screen for screen in SCREENS if screen.name == first)
    # the page that opens has no name in the address; who types its name finds it all the same
    named = st.Page(partial(_screen, opening), title=opening.title, url_path=first, visibility="hidden")
    st.html(_headings())
    page = st.navigation([*pages.values(), named], expanded=True)
    if target := st.session_state.pop("go-to", None):
        st.switch_page(pages[target], query_params=st.query_params.to_dict())
    page.run()


def _headings() -> str:
    """A style for the headings in the list of screens: Streamlit would put them between the items of its list, where
    readers of a screen lose count (axe-core: list, listitem)."""
    return "".join(
        f'<style>[data-testid="stSidebarNavItems"] li:has(> div > a[href$="/{screens[0].name}"])::before '
        f'{{ content: "{heading}"; }}</style>'
        for heading, screens in GROUPS.items()
        if heading
    )


def _screen(screen: Screen) -> None:
    path = store_path()
    try:
        snapshot = last_snapshot(path)
        if snapshot is None:
            work.show()
            add_data.welcome(path)
            return
        if told := st.session_state.pop("told", None):
            st.toast(plain(told), icon=":material/check:")
        work.show()
        outcome.show()
        st.title(screen.title, anchor=False)
        st.caption(screen.tells)
        run = run_of(snapshot)
        there = choices(path, run, everything(path, snapshot, run))
        view = filtered(path, snapshot, run, filter_bar(path, there, screen.name))
        _base(view)
        screen.body(view)
        with st.expander("How it is computed", icon=":material/function:"):
            st.markdown(screen.how)
        if access.may("admin"):
            with st.sidebar:
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
    """What the filters leave of the whole."""
    whole = view.choices
    if view.filters.expression():
        scored = view.kept(_scored)
        st.caption(f"{view.size:,} of {count(whole.comments, 'comment')}, {scored:,} of {whole.scored:,} scored")
    else:
        st.caption(f"All {count(whole.comments, 'comment')}, {whole.scored:,} of them scored")
    if not view.size:
        st.warning("The filters leave no comment. Take one away.")


def _scored(frames: Frames) -> int:
    return int(frames.comments["score"].notna().sum())


@st.dialog("Add data", width="large")
def _add_data(path: str) -> None:
    add_data.upload(path)
