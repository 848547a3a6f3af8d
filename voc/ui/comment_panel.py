"""One comment opened: why it is tagged so, its thread, and what readers set down of it."""

from __future__ import annotations

from functools import partial

import pandas as pd
import streamlit as st

from voc.encode import load_encoder
from voc.errors import VocError
from voc.pipeline.annotations import LABELS, annotate, annotations
from voc.pipeline.search import alike
from voc.schema import KEY
from voc.store import Store
from voc.store.writer import where_keys
from voc.ui.highlight import card, plain, quotation
from voc.ui.view import View
from voc.ui.words import percent

#: Further comments of a thread, and comments alike, that are shown.
_OTHERS, _ALIKE = 8, 4


@st.dialog("Comment", width="large")
def open_comment(view: View, row: pd.Series) -> None:
    """Show everything about one comment (a row of the frames, with ``spans``)."""
    key = (str(row["dataset"]), str(row["id"]))
    st.html(card(row, row["spans"]))
    if not isinstance(row["text"], str):
        return
    st.caption("As a quotation: copy it at the right.")
    st.code(quotation(row), language=None, wrap_lines=True)
    correct, why, notes, around = st.tabs(["Correct", "Why these labels", "Note and tags", "Thread"])
    with correct:
        _correct(view, key, row)
    with why:
        _why(view, key)
    with notes:
        _notes(view, key)
    with around:
        _thread(view, row)


def _correct(view: View, key: tuple[str, str], row: pd.Series) -> None:
    """Labels as they are; another is one click."""
    author = _author(key)
    st.caption("Click the right label: it counts everywhere at once, and can be taken back below.")
    for kind, labels in LABELS.items():
        choice = f"{kind}-{key}"
        st.session_state[choice] = row[kind]
        st.segmented_control(
            kind.capitalize(),
            labels,
            key=choice,
            required=True,
            on_change=lambda kind=kind, choice=choice: _set(view, key, kind, st.session_state[choice], author),
        )
    _history(view, key, author, LABELS)


def _why(view: View, key: tuple[str, str]) -> None:
    """The model's probabilities for the comment and each of its sentences, and the comments nearest to it."""
    where = " AND ".join(
        f"{name} = '{value.replace(chr(39), chr(39) * 2)}'" for name, value in zip(KEY, key, strict=True)
    )
    whole = view.snapshot.comments(where=where).to_pylist()[0]
    signals = ", ".join(
        f"{name} {percent(p)}" for name, p in zip(whole["signals"] or [], whole["signal_p"] or [], strict=False)
    )
    st.markdown(
        f"**{whole['sentiment']}** {percent(whole['sentiment_p'])} · **{whole['stance']}** "
        f"{percent(whole['stance_p'])}{' · ' + signals if signals else ''}"
    )
    st.caption(
        f"Calibrated probabilities, by model {str(whole['model_version'])[:12]}; what readers corrected is not in them."
    )
    segments = view.snapshot.segments(where=where).to_pandas().sort_values("segment_no")
    labels = view.theme_labels
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
        alt="The sentences of the comment with their labels; likeness: cosine to the theme, or to the nearest one",
    )
    if st.button("Show the comments that are most alike", key=f"alike-{key}", icon=":material/compare:"):
        found = alike(view.snapshot, view.everything, whole["text"], _ALIKE + 1, load_encoder)
        others = [place for place in found if tuple(view.everything.comments[list(KEY)].iloc[place]) != key][:_ALIKE]
        st.html("".join(card(view.everything.comments.iloc[place], []) for place in others) or "<span></span>")


def _notes(view: View, key: tuple[str, str]) -> None:
    """A note and tags that stay with the comment."""
    author = _author(key, "-note")
    held = annotations(view.snapshot)
    own = held[held["dataset"].eq(key[0]) & held["id"].eq(key[1])].set_index("kind")["value"]
    with st.form(f"note-{key}", border=False):
        note = st.text_area("Note", own.get("note", ""), max_chars=2000)
        known = sorted({tag for tags in held.loc[held["kind"].eq("tags"), "value"] for tag in tags.split(";")})
        tags = st.multiselect(
            "Tags", known, default=own["tags"].split(";") if "tags" in own else None, accept_new_options=True
        )
        if st.form_submit_button("Save"):
            for kind, value in (
                ("note", note.strip()),
                ("tags", ";".join(tag.replace(";", ",").strip() for tag in tags)),
            ):
                if value != own.get(kind, ""):
                    _set(view, key, kind, value or None, author)
            if not st.session_state.get("refused"):
                st.rerun()
    _history(view, key, author, ("note", "tags"))


def _history(view: View, key: tuple[str, str], author: str, kinds: Collection[str]) -> None:
    """What was set down of the comment, each with the button that takes it back."""
    if refused := st.session_state.pop("refused", None):
        st.error(refused)
    held = annotations(view.snapshot)
    for row in held[held["dataset"].eq(key[0]) & held["id"].eq(key[1])].to_dict("records"):
        if row["kind"] not in kinds:
            continue
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(
                f"{plain(row['author'])} set {row['kind']}: {plain(row['value'])} ({row['at']:%-d %b %Y, %H:%M})"
            )
            st.button(
                "Take back",
                key=f"undo-{row['kind']}-{key}",
                icon=":material/undo:",
                type="tertiary",
                on_click=partial(_set, view, key, row["kind"], None, author),
            )


def _thread(view: View, row: pd.Series) -> None:
    """What stands around a post."""
    if pd.isna(row["thread_id"]):
        st.caption("This comment is in no thread.")
        return
    comments = view.everything.comments
    own = comments[comments["thread_id"].eq(row["thread_id"]).fillna(False) & comments["dataset"].eq(row["dataset"])]
    own = own.sort_values("date", kind="stable")
    place = own["id"].tolist().index(row["id"])
    first = max(0, place - _OTHERS // 2)
    st.caption(f"{place + 1:,} of {len(own):,} in its thread")
    shown = own.iloc[first : first + _OTHERS]
    st.html(
        "".join(
            card(post, [(0, len(str(post["text"])))] if post["id"] == row["id"] else []) for _, post in shown.iterrows()
        )
    )


def _author(key: tuple[str, str], place: str = "") -> str:
    name = st.text_input(
        "Your name (kept with the edit)", st.session_state.get("author-name", ""), key=f"author-{key}{place}"
    )
    if name:
        st.session_state["author-name"] = name
    return name


def _set(view: View, key: tuple[str, str], kind: str, value: str | None, author: str) -> None:
    try:
        annotate(Store.open(view.path), [key], kind, value, author, "explorer: comment")
    except VocError as error:
        st.session_state["refused"] = str(error)
    else:
        st.session_state["told"] = f"The {kind} is set." if value else f"The {kind} is as it was."
