"""The panel in which a theme is renamed, merged or retired, and every edit can be taken back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from voc.errors import VocError
from voc.pipeline import edit_themes
from voc.pipeline.theming import Edit
from voc.store import Store
from voc.themes import registry
from voc.themes.registry import Event
from voc.ui.view import View
from voc.ui.words import count


def edit_panel(view: View, theme: str) -> None:
    """Edit ``theme``; each edit is signed with the author's name and recorded."""
    labels = view.theme_labels
    author = st.text_input("Your name (kept with the edit)", key="author", persist_state="session")
    n = int(view.everything.comments["themes"].map(lambda own: theme in own).sum())
    rename, merge, retire = st.tabs(["Rename", "Merge", "Retire"])
    with rename, st.form("rename", border=False):
        label = st.text_input("New name", labels[theme], key=f"name-{theme}")
        if st.form_submit_button("Rename"):
            _edit(
                view,
                author,
                lambda themes, log, who: registry.rename(themes, log, who, theme, label),
                f"Renamed to {label}.",
            )
    others = {one: name for one, name in sorted(labels.items(), key=lambda pair: pair[1]) if one != theme}
    with merge, st.form("merge", border=False):
        into = st.selectbox("Count as", list(others), format_func=others.__getitem__, index=None, key=f"into-{theme}")
        st.caption(f"{count(n, 'comment')} will count under the other theme.")
        if st.form_submit_button("Merge"):
            if into is None:
                st.error("Choose the theme to merge with.")
            else:
                _edit(
                    view,
                    author,
                    lambda themes, log, who: registry.merge(themes, log, who, theme, into),
                    f"Merged into {others[into]}.",
                )
    with retire, st.form("retire", border=False):
        st.caption(f"{count(n, 'comment')} will no longer count under this theme; nothing is deleted.")
        if st.form_submit_button("Retire"):
            _edit(view, author, lambda themes, log, who: registry.retire(themes, log, who, theme), "Retired.")


def undo_panel(view: View) -> None:
    """Recent edits, newest first, and the button that takes the last one back."""
    events = registry.from_table(Store.open(view.path).snapshot().events())
    edits = [event for event in events if event.action not in registry.WHOLE]
    if not edits:
        st.caption("No edit so far.")
        return
    names = own_names(events)
    st.dataframe(
        pd.DataFrame(
            [(event.at, event.author, told(event, events, names)) for event in reversed(edits[-20:])],
            columns=["When", "Who", "What"],
        ),
        hide_index=True,
        column_config={"When": st.column_config.DatetimeColumn(format="D MMM YYYY, HH:mm")},
        alt="Recent edits of themes",
    )
    if st.button("Undo the last edit", icon=":material/undo:"):
        _edit(view, st.session_state.get("author", ""), registry.undo, "The last edit is taken back.")


def own_names(events: Sequence[Event]) -> dict[str, str]:
    """Label by id of every theme, shown or not, each by its own name."""
    return {theme.id: theme.label for theme in registry.replay(events).themes}


def told(event: Event, events: Sequence[Event], names: Mapping[str, str]) -> str:
    """An event in a few words: what was done to which theme."""
    if event.action == "undo":
        undone = next((one for one in events if one.seq == event.undoes), None)
        return f"took back: {told(undone, events, names)}" if undone else "took back an edit"
    before = json.loads(event.before or "{}").get(event.theme, {})
    after = json.loads(event.after).get(event.theme, {})
    name = before.get("label") or names.get(event.theme or "", "a former theme")
    if event.action == "rename":
        return f"renamed {name} to {after.get('label')}"
    if event.action == "merge":
        return f"merged {name} into {names.get(str(after.get('merged_into')), 'a former theme')}"
    return f"{event.action}d {name}" if event.action.endswith("e") else f"{event.action}ned {name}"


def _edit(view: View, author: str, edit: Edit, done: str) -> None:
    if not author.strip():
        st.error("Give your name first, so that others can see whose edit it is.")
        return
    try:
        edit_themes(Store.open(view.path), edit, author.strip(), "explorer: theme edit")
    except VocError as error:
        st.error(str(error))
        return
    st.session_state["told"] = done
    st.rerun()
