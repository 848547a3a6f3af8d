"""The panel in which a theme is renamed, merged, split or retired; every edit can be looked at first and taken back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from voc.errors import UsageError, VocError
from voc.pipeline import Preview, edit_themes, move_edit, preview_edit, split_edit
from voc.pipeline.theme_edits import Edit
from voc.themes import registry
from voc.ui import access
from voc.ui.author import author, sign
from voc.ui.view import View
from voc.ui.words import DASH, count, percent, signed

_SCORES = {"nps": "NPS", "stars": "Stars", "sentiment_balance": "Tone"}
#: Each remembers where the log stood when it was last drawn.
_PANELS = ("edit-panel", "undo-panel", "restore-panel")


@dataclass(frozen=True)
class _Editor:
    """Who edits, and which edits they had seen when they pressed the button."""

    view: View
    author: str
    seen: int

    def buttons(self, verb: str, make: Callable[[], Edit], done: str) -> None:
        """The end of a form: make the edit, or only tell what it would change."""
        act, look = st.columns(2)
        pressed = act.form_submit_button(verb, width="stretch")
        if look.form_submit_button("What would change?", width="stretch"):
            try:
                _tell(preview_edit(access.snapshot(self.view.path), make()))
            except VocError as error:
                st.error(str(error))
        if pressed:
            self.edit(make, done)

    def edit(self, make: Callable[[], Edit], done: str) -> None:
        """Make the edit unless the author is missing or somebody else was faster; then show the page anew."""
        if not self.author.strip():
            st.error("Give your name first, so that others can see whose edit it is.")
            return
        try:
            registry.require_position(_log(self.view), self.seen)  # before a long search for parts
            store = access.writable(self.view.path)
            edit_themes(store, make(), self.author.strip(), "explorer: theme edit", seen=self.seen)
        except VocError as error:
            st.error(str(error))
            return
        # one's own edit is seen, even where the next button is pressed before the page is drawn to its end
        st.session_state.update(dict.fromkeys(_PANELS, registry.position(_log(self.view))))
        st.session_state["told"] = done
        st.rerun()


def edit_panel(view: View, theme: str) -> None:
    """Edit ``theme``; each edit is signed with the author's name and recorded."""
    labels = view.theme_labels
    editor = _Editor(view, sign("author"), _last_drawn("edit-panel", _log(view)))
    others = {one: name for one, name in view.choices.themes.items() if one != theme}
    names = ["Rename", "Merge", "Split", "Move a phrase", "Pin", "Retire"]
    rename, merge, split, move, pinned, retire = st.tabs(names)
    with rename:
        _rename(editor, theme, labels[theme])
    with merge:
        _merge(editor, theme, others)
    with split:
        _split(editor, theme, labels[theme])
    with move:
        _move(editor, theme, others)
    with pinned:
        _pin(editor, theme)
    with retire, st.form("retire", border=False):
        st.caption("Its comments will no longer count under this theme; nothing is deleted.")
        editor.buttons("Retire", lambda: lambda themes, log, who: registry.retire(themes, log, who, theme), "Retired.")


def undo_panel(view: View) -> None:
    """Recent edits, newest first, and the button that takes the last one back."""
    events = _log(view)
    seen = _last_drawn("undo-panel", events)
    edits = [event for event in events if event.action not in registry.WHOLE]
    if not edits:
        st.caption("No edit so far.")
        return
    words = registry.told(events)
    st.dataframe(
        pd.DataFrame(
            [(event.at, event.author, words[event.seq]) for event in reversed(edits[-20:])],
            columns=["When", "Who", "What"],
        ),
        hide_index=True,
        column_config={"When": st.column_config.DatetimeColumn(format="D MMM YYYY, HH:mm")},
        alt="Recent edits of themes",
    )
    if st.button("Undo the last edit", icon=":material/undo:"):
        editor = _Editor(view, author(), seen)
        editor.edit(lambda: registry.undo, "The last edit is taken back.")


def restore_panel(view: View) -> None:
    """Themes that were retired or merged, and the button that shows one again as its own."""
    log = _log(view)
    gone = {one.id: one for one in registry.replay(log).themes if one.status in ("retired", "merged")} if log else {}
    if not gone:
        return
    with st.form("restore", border=False):
        theme = st.selectbox(
            "Retired or merged",
            sorted(gone, key=lambda one: gone[one].label.casefold()),
            format_func=lambda one: f"{gone[one].label} ({gone[one].status})",
            key="restore-theme",
        )
        editor = _Editor(view, author(), _last_drawn("restore-panel", log))
        editor.buttons(
            "Restore",
            lambda: lambda themes, log, who: registry.restore(themes, log, who, theme),
            f"{gone[theme].label} is shown again." if theme else "",
        )


def _rename(editor: _Editor, theme: str, present: str) -> None:
    with st.form("rename", border=False):
        label = st.text_input("New name", present, key=f"name-{theme}")
        if st.form_submit_button("Rename"):
            editor.edit(
                lambda: lambda themes, log, who: registry.rename(themes, log, who, theme, label),
                f"Renamed to {label}.",
            )


def _merge(editor: _Editor, theme: str, others: dict[str, str]) -> None:
    with st.form("merge", border=False):
        into = st.selectbox("Count as", list(others), format_func=others.__getitem__, index=None, key=f"into-{theme}")

        def make() -> Edit:
            target = _chosen(into, "Choose the theme to merge with.")
            return lambda themes, log, who: registry.merge(themes, log, who, theme, target)

        editor.buttons("Merge", make, f"Merged into {others.get(into or '')}.")


def _split(editor: _Editor, theme: str, label: str) -> None:
    with st.form("split", border=False):
        phrase = st.text_input("Take off what is near a phrase", key=f"phrase-{theme}", placeholder="empty: by meaning")
        parts = st.number_input("or make so many parts", 2, 20, 2, key=f"parts-{theme}")

        def make() -> Edit:
            return split_edit(access.snapshot(editor.view.path), theme, parts=int(parts), phrase=phrase.strip() or None)

        editor.buttons("Split", make, f"{label} is split.")


def _move(editor: _Editor, theme: str, others: dict[str, str]) -> None:
    with st.form("move", border=False):
        phrase = st.text_input("What is near this phrase", key=f"moved-{theme}")
        into = st.selectbox("counts as", list(others), format_func=others.__getitem__, index=None, key=f"to-{theme}")

        def make() -> Edit:
            target = _chosen(into, "Choose the theme to move it to.")
            return move_edit(access.snapshot(editor.view.path), phrase, theme, target)

        editor.buttons("Move", make, f"Moved to {others.get(into or '')}.")


def _pin(editor: _Editor, theme: str) -> None:
    is_pinned = bool(editor.view.everything.themes.set_index("id").loc[theme, "pinned"])
    st.caption("A pinned theme stays as it is when themes are looked for again.")
    with st.form("pin", border=False):
        if st.form_submit_button("Unpin" if is_pinned else "Pin"):
            editor.edit(
                lambda: lambda themes, log, who: registry.pin(themes, log, who, theme, pinned=not is_pinned),
                "Unpinned." if is_pinned else "Pinned.",
            )


def _chosen(theme: str | None, ask: str) -> str:
    if theme is None:
        raise UsageError(ask)
    return theme


def _tell(told: Preview) -> None:
    """What an edit would change: counts, and the themes concerned with their score before and after."""
    st.caption(
        f"{count(told.segments, 'sentence')} of {count(told.comments, 'comment')} would change theme; without a theme: "
        f"{percent(told.unthemed_before, 1)} of the comments now, {percent(told.unthemed_after, 1)} then."
    )
    score = _SCORES[told.score]
    if told.effects:
        st.dataframe(
            pd.DataFrame(
                [
                    (e.label, e.n_before, e.n_after, *map(_signed, (e.score_before, e.score_after)))
                    for e in told.effects
                ],
                columns=["Theme", "Comments now", "then", f"{score} now", f"{score} then"],
            ),
            hide_index=True,
            alt="Themes that would change",
        )


def _signed(score: float | None) -> str:
    return DASH if score is None else signed(score, 1)


def _last_drawn(panel: str, log: list[registry.Event]) -> int:
    """Where the log stood when the panel was last drawn: what its author saw, for a press runs the page anew."""
    seen: int = st.session_state.get(panel, registry.position(log))
    st.session_state[panel] = registry.position(log)
    return seen


def _log(view: View) -> list[registry.Event]:
    return registry.from_table(access.snapshot(view.path).events())
