"""One comment opened: why it is tagged so, its thread, and what readers set down of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import pandas as pd
import streamlit as st

from voc.analytics.mentions import leaf_themes
from voc.charts.theme import shorten
from voc.encode import load_encoder
from voc.errors import VocError
from voc.pipeline import stored_themes
from voc.pipeline.annotations import (
    LABELS,
    NONE,
    SIGNALS_SET,
    annotate,
    held_annotations,
    is_of_theme,
    span_of,
    theme_kind,
)
from voc.pipeline.search import alike
from voc.schema import KEY, SIGNALS
from voc.store import Snapshot
from voc.store.writer import where_keys
from voc.ui import access
from voc.ui.access import writable
from voc.ui.author import author, sign
from voc.ui.highlight import card, plain, quotation
from voc.ui.view import View
from voc.ui.words import percent

#: Further comments of a thread, and comments alike, that are shown.
_OTHERS, _ALIKE = 8, 4


@dataclass(frozen=True)
class _Opened:
    """A comment as the store has it now: ``whole`` as the model tagged it, ``held`` what readers set down of it."""

    view: View
    snapshot: Snapshot
    key: tuple[str, str]
    row: pd.Series
    whole: dict[str, Any]
    held: pd.DataFrame

    def set_to(self, kind: str) -> str | None:
        """What a reader set of a kind."""
        own = self.held[self.held["kind"].eq(kind)]
        return str(own["value"].iloc[0]) if len(own) else None

    def now(self, kind: str) -> str | None:
        """What holds of a kind: what a reader set, else the model's label."""
        return self.set_to(kind) or self.whole.get(kind)

    @cached_property
    def segments(self) -> pd.DataFrame:
        """Its sentences as the model tagged them."""
        segments: pd.DataFrame = self.snapshot.segments(where=where_keys([self.key])).to_pandas()
        return segments.sort_values("segment_no")

    @cached_property
    def tagged(self) -> dict[str | None, str | None]:
        """The theme under which one that the model gave counts today."""
        themes = stored_themes(self.snapshot)
        return {theme: themes.resolve(theme) if themes else None for theme in self.segments["theme"].dropna()}

    def set(self, kind: str, value: str | None) -> None:
        """Set down what the signed-in reader says; a refusal is kept to be shown."""
        try:
            annotate(writable(self.view.path), [self.key], kind, value, author(), "explorer: comment")
        except VocError as error:
            st.session_state["refused"] = str(error)


@st.dialog("Comment", width="large", on_dismiss="rerun")
def open_comment(view: View, row: pd.Series) -> None:
    """Show everything about one comment (a row of the frames, with ``spans``)."""
    try:
        _panel(view, row)
    except VocError as error:
        st.error(plain(str(error)))


def _panel(view: View, row: pd.Series) -> None:
    key = (str(row["dataset"]), str(row["id"]))
    snapshot = access.snapshot(view.path)
    held = held_annotations(snapshot)
    whole = snapshot.comments(where=where_keys([key])).to_pylist()[0]
    opened = _Opened(view, snapshot, key, row, whole, held[held["dataset"].eq(key[0]) & held["id"].eq(key[1])])
    st.html(card(row, row["spans"]))
    if not isinstance(row["text"], str):
        return
    st.caption("As a quotation, to copy at its right:")
    st.code(quotation(row), language=None, wrap_lines=True)
    if refused := st.session_state.pop("refused", None):
        st.error(refused)
    edits = access.may("editor")
    names = [*(["Correct"] if edits else []), "Why these labels", "Note and tags", "Thread"]
    tabs = dict(zip(names, st.tabs(names), strict=True))
    if edits:
        with tabs["Correct"]:
            _correct(opened)
    with tabs["Why these labels"]:
        _why(opened)
    with tabs["Note and tags"]:
        if edits:
            _notes(opened, held)
        _history(opened, ("note", "tags").__contains__)
    with tabs["Thread"]:
        _thread(opened)


def _correct(opened: _Opened) -> None:
    """Labels as they are; another is one click."""
    sign("author-correct")
    st.caption("Click the right label: it counts everywhere, and can be taken back.")
    for kind, labels in LABELS.items():
        choice = f"{kind}-{opened.key}"
        st.session_state[choice] = opened.now(kind)
        st.segmented_control(
            kind.capitalize(), labels, key=choice, required=True, on_change=partial(_relabel, opened, kind, choice)
        )
    choice = f"signals-{opened.key}"
    said = opened.set_to(SIGNALS_SET)
    now = said.split(";") if said else opened.whole["signals"] or []
    st.session_state[choice] = [signal for signal in now if signal in SIGNALS]
    st.pills(
        "Signals", SIGNALS, selection_mode="multi", key=choice, on_change=partial(_relabel, opened, SIGNALS_SET, choice)
    )
    _correct_themes(opened)
    _history(opened, lambda kind: kind in (*LABELS, SIGNALS_SET) or is_of_theme(kind))


def _correct_themes(opened: _Opened) -> None:
    """The theme of each sentence, in a list of its own."""
    leaves = leaf_themes(opened.view.everything.themes).sort_values("label")
    labels = dict(zip(leaves["id"], leaves["label"], strict=True))
    if not labels:
        return
    for segment in opened.segments.to_dict("records"):
        kind = theme_kind(segment["start"], segment["end"])
        now = opened.set_to(kind) or opened.tagged.get(segment["theme"]) or NONE
        choice = f"{kind}-{opened.key}"
        st.session_state[choice] = now if now in labels else NONE
        st.selectbox(
            f"Theme of “{plain(shorten(opened.whole['text'][segment['start'] : segment['end']], 70))}”",
            [NONE, *labels],
            format_func=lambda theme: labels.get(theme, "none fits"),
            key=choice,
            on_change=partial(_relabel, opened, kind, choice),
        )


def _relabel(opened: _Opened, kind: str, choice: str) -> None:
    chosen = st.session_state[choice]
    opened.set(kind, chosen if isinstance(chosen, str) else ";".join(chosen) or NONE)


def _why(opened: _Opened) -> None:
    """The model's probabilities for the comment and each of its sentences, and the comments nearest to it."""
    whole = opened.whole
    found = zip(whole["signals"] or [], whole["signal_p"] or [], strict=False)
    signals = "".join(f" · {name} {percent(p)}" for name, p in found)
    st.markdown(
        f"**{whole['sentiment']}** {percent(whole['sentiment_p'])} · **{whole['stance']}** "
        f"{percent(whole['stance_p'])}{signals}"
    )
    st.caption(f"Calibrated probabilities of model {str(whole['model_version'])[:12]}; corrections are not in them.")
    segments, labels = opened.segments, opened.view.theme_labels
    st.dataframe(
        pd.DataFrame(
            {
                "Sentence": [whole["text"][a:b] for a, b in zip(segments["start"], segments["end"], strict=True)],
                "Tone": segments["sentiment"].to_numpy(),
                "Stance": segments["stance"].to_numpy(),
                "Theme": [labels.get(opened.tagged.get(theme) or "", "none fits") for theme in segments["theme"]],
                "Likeness": segments["similarity"].round(2).to_numpy(),
            }
        ),
        hide_index=True,
        column_config={"Likeness": st.column_config.NumberColumn(help="cosine to the theme, or to the nearest")},
        alt="The sentences of the comment with their labels",
    )
    if st.button("Show the comments that are most alike", icon=":material/compare:"):
        frames = opened.view.everything
        nearest = alike(opened.snapshot, frames, whole["text"], _ALIKE + 1, load_encoder)
        keys = [tuple(pair) for pair in frames.comments[list(KEY)].iloc[nearest].itertuples(index=False)]
        others = [place for place, key in zip(nearest, keys, strict=True) if key != opened.key][:_ALIKE]
        st.html("".join(card(frames.comments.iloc[place], []) for place in others) or "<p>None is alike.</p>")


def _notes(opened: _Opened, held: pd.DataFrame) -> None:
    """A note and tags that stay with the comment."""
    sign("author-note")
    known = sorted({tag for tags in held.loc[held["kind"].eq("tags"), "value"] for tag in tags.split(";")})
    with st.form("note", border=False):
        note = st.text_area("Note", opened.now("note") or "", max_chars=2000)
        own = opened.now("tags")
        tags = st.multiselect("Tags", known, default=own.split(";") if own else None, accept_new_options=True)
        if st.form_submit_button("Save"):
            joined = ";".join(own for tag in tags if (own := tag.replace(";", ",").strip()))
            for kind, value in (("note", note.strip()), ("tags", joined)):
                if value != (opened.now(kind) or ""):
                    opened.set(kind, value or None)
            st.rerun(scope="fragment")


def _history(opened: _Opened, shown: Callable[[str], bool]) -> None:
    """What was set down of the comment, each with the button that takes it back."""
    for row in opened.held[opened.held["kind"].map(shown).astype(bool)].to_dict("records"):
        with st.container(horizontal=True, vertical_alignment="center"):
            words = f"{plain(row['author'])} set {plain(_told(opened, row['kind'], row['value']))}"
            st.caption(f"{words} ({row['at']:%-d %b %Y, %H:%M})")
            if not access.may("editor"):
                continue
            st.button(
                "Take back",
                key=f"undo-{row['kind']}",
                icon=":material/undo:",
                type="tertiary",
                on_click=partial(opened.set, row["kind"], None),
            )


def _told(opened: _Opened, kind: str, value: str) -> str:
    if not is_of_theme(kind):
        return f"{kind}: {value}"
    start, end = span_of(kind)
    label = opened.view.theme_labels.get(value, "none fits" if value == NONE else "a former theme")
    return f"theme of “{shorten(opened.whole['text'][start:end], 40)}”: {label}"


def _thread(opened: _Opened) -> None:
    """What stands around a post."""
    row, comments = opened.row, opened.view.everything.comments
    if pd.isna(row["thread_id"]):
        st.caption("This comment is in no thread.")
        return
    own = comments[comments["thread_id"].eq(row["thread_id"]).fillna(False) & comments["dataset"].eq(row["dataset"])]
    own = own.sort_values("date", kind="stable")
    place = own["id"].tolist().index(row["id"])
    first = max(0, place - _OTHERS // 2)
    st.caption(f"{place + 1:,} of {len(own):,} in its thread; marked is the one that was opened")
    whole = [(0, len(row["text"]))]
    shown = own.iloc[first : first + _OTHERS]
    st.html("".join(card(post, whole if post["id"] == row["id"] else []) for _, post in shown.iterrows()))
