"""Getting comments in: the sample data, or files of one's own with the columns shown before anything runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from voc import ingest
from voc.config import samples_folder
from voc.errors import VocError
from voc.pipeline import RunOptions, RunSummary, run
from voc.ui import access, outcome, understanding, work
from voc.ui.highlight import sentence
from voc.ui.uploads import Correction, Uploads
from voc.ui.words import count

_TYPES = ["csv", "tsv", "txt", "xlsx", "json", "jsonl", "ndjson", "parquet", "xml", "gz", "zip"]


def welcome(path: str) -> None:
    """The screen of an empty store: load the samples or bring files."""
    st.title("Voice of the customer", anchor=False)
    if not access.may("admin"):
        st.info("There is no comment here that you may see.")
        return
    st.write(
        "Reads what customers say, works out what it is about, in what tone, and whether the company shows up as "
        "giving or taking. There are no comments here yet."
    )
    with st.container(border=True):
        st.subheader("Look around first", anchor=False)
        st.write("Some 1,200 made-up reviews, forum posts and survey answers about two mobile brands, over 14 months.")
        if st.button("Load the sample data", type="primary", icon=":material/dataset:"):
            samples = [str(samples_folder())]
            try:
                _run(samples, path, RunOptions(command="explorer: sample data"), _tell)
            except VocError as error:
                st.error(sentence(str(error)))
    with st.container(border=True):
        st.subheader("Bring your own", anchor=False)
        upload(path)
    st.caption(f"Everything stays on this machine, in the folder {path}.")


def upload(path: str) -> None:
    """Take files, show how their columns are understood and let that be changed, and run them on request."""
    turn = st.session_state.setdefault("upload-turn", 0)
    files = st.file_uploader(
        "Your files: spreadsheets, CSV, JSON, XML or Parquet", _TYPES, accept_multiple_files=True, key=f"upload-{turn}"
    )
    if not files:
        st.session_state.pop("uploads", None)
        return
    try:
        uploads = _uploads(files)
        with st.spinner("Looking at the files …"):
            plan = uploads.plan()
        _show(uploads, plan)
        if plan.files and st.button(
            f"Tag {count(plan.rows, 'row')}", type="primary", icon=":material/play_arrow:", key="upload-run"
        ):
            _tag(uploads, plan, path)
    except VocError as error:
        st.error(sentence(str(error)))


def _uploads(files: Sequence[UploadedFile]) -> Uploads:
    """The files with what is known of them; kept from one look at the page to the next."""
    ids = tuple(file.file_id for file in files)
    kept: tuple[tuple[str, ...], Uploads] | None = st.session_state.get("uploads")
    if kept is None or kept[0] != ids:
        kept = st.session_state["uploads"] = ids, Uploads(files)
    return kept[1]


def _show(uploads: Uploads, plan: ingest.Plan) -> None:
    for number, file in enumerate(plan.files):
        understanding.show(uploads, file, number)
    for number, (name, reason) in enumerate(plan.skipped):
        shown, (why, _, hint) = uploads.shown(name), uploads.shown(reason).partition("; name it with --map")
        say = st.info if plan.files else st.error
        say(sentence(f"{shown} is left out: {why}" if plan.files else f"{shown}: {why}"))
        if hint:
            key = f"words-{number}"
            label = f"Name the column of customers' words in {sentence(shown)}"
            st.text_input(label, key=key, on_change=partial(_name_words, uploads, name, key))


def _name_words(uploads: Uploads, file: str, key: str) -> None:
    column = st.session_state[key].strip()
    uploads.correct(file, Correction({"text": (column,)}) if column else None)


def _tag(uploads: Uploads, plan: ingest.Plan, path: str) -> None:
    rejects = uploads.folder / "rejected rows.csv"

    def keep(summary: RunSummary) -> None:
        outcome.keep(summary, rejects)
        st.session_state.pop("uploads", None)
        st.session_state["upload-turn"] += 1  # an uploader with another key is an empty one

    _run(plan, path, RunOptions(command="explorer: upload", rejects=str(rejects)), keep)


def _tell(summary: RunSummary) -> None:
    work.tell(outcome.told(summary))


def _run(
    inputs: Sequence[str] | ingest.Plan, path: str, options: RunOptions, then: Callable[[RunSummary], None]
) -> None:
    store = access.writable(path, "admin", create=True)
    work.begin("Tagging", lambda progress: run(inputs, store, options, progress), then)
