"""One comment opened: why it is tagged so, its thread, and what readers set down of it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from voc.encode import load_encoder
from voc.errors import VocError
from voc.pipeline.annotations import LABELS, annotate, noted
from voc.pipeline.search import alike
from voc.schema import KEY
from voc.store import Snapshot, Store
from voc.store.writer import where_keys
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

    def now(self, kind: str) -> str | None:
        """What holds of a kind: what a reader set, else the model's label."""
        own = self.held[self.held["kind"].eq(kind)]
        return str(own["value"].iloc[0]) if len(own) else self.whole.get(kind)

    def set(self, kind: str, value: str | None) -> None:
        """Set down what the signed-in reader says; a refusal is kept to be shown."""
        try:
            annotate(Store.open(self.view.path), [self.key], kind, value, author(), "explorer: comment")
        except VocError as error:
            st.session_state["refused"] = str(error)


@st.dialog("Comment", width="large", on_dismiss="rerun")
def open_comment(view: View, row: pd.Series) -> None:
    """Show everything about one comment (a row of the frames, with ``spans``)."""
    key = (str(row["dataset"]), str(row["id"]))
    snapshot = Store.open(view.path).snapshot()
    held = noted(snapshot)
    whole = snapshot.comments(where=where_keys([key])).to_pylist()[0]
    opened = _Opened(view, snapshot, key, row, whole, held[held["dataset"].eq(key[0]) & held["id"].eq(key[1])])
    st.html(card(row, row["spans"]))
    if not isinstance(row["text"], str):
        return
    st.caption("As a quotation, to copy at its right:")
    st.code(quotation(row), language=None, wrap_lines=True)
    if refused := st.session_state.pop("refused", None):
        st.error(refused)
    correct, why, notes, around = st.tabs(["Correct", "Why these labels", "Note and tags", "Thread"])
    with correct:
        _correct(opened)
    with why:
        _why(opened)
    with notes:
        _notes(opened, held)
    with around:
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
    _history(opened, LABELS)


def _relabel(opened: _Opened, kind: str, choice: str) -> None:
    opened.set(kind, st.session_state[choice])


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
    segments = opened.snapshot.segments(where=where_keys([opened.key])).to_pandas().sort_values("segment_no")
    labels = opened.view.theme_labels
    st.dataframe(
        pd.DataFrame(
            {
                "Sentence": [whole["text"][a:b] for a, b in zip(segments["start"], segments["end"], strict=True)],
                "Tone": segments["sentiment"].to_numpy(),
                "Stance": segments["stance"].to_numpy(),
                "Theme": [labels.get(theme, "none fits") for theme in segments["theme"]],
                "Likeness": segments["similarity"].round(2).to_numpy(),
            }
        ),
        hide_index=True,
        column_config={"Likeness": st.column_config.NumberColumn(help="cosine to the theme, or to the nearest")},
        alt="The sentences of the comment with their labels",
    )
    if st.button("Show the comments that are most alike", icon=":material/compare:"):
        frames = opened.view.everything
        places = alike(opened.snapshot, frames, whole["text"], _ALIKE + 1, load_encoder)
        keys = [tuple(pair) for pair in frames.comments[list(KEY)].iloc[places].itertuples(index=False)]
        others = [place for place, key in zip(places, keys, strict=True) if key != opened.key][:_ALIKE]
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
            joined = ";".join(tag.replace(";", ",").strip() for tag in tags)
            for kind, value in (("note", note.strip()), ("tags", joined)):
                if value != (opened.now(kind) or ""):
                    opened.set(kind, value or None)
            st.rerun(scope="fragment")
    _history(opened, ("note", "tags"))


def _history(opened: _Opened, kinds: Collection[str]) -> None:
    """What was set down of the comment, each with the button that takes it back."""
    for row in opened.held[opened.held["kind"].isin(list(kinds))].to_dict("records"):
        with st.container(horizontal=True, vertical_alignment="center"):
            words = f"{plain(row['author'])} set {row['kind']}: {plain(row['value'])}"
            st.caption(f"{words} ({row['at']:%-d %b %Y, %H:%M})")
            st.button(
                "Take back",
                key=f"undo-{row['kind']}",
                icon=":material/undo:",
                type="tertiary",
                on_click=partial(opened.set, row["kind"], None),
            )


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
