"""Getting comments in: the sample data, or files of one's own with the columns shown before anything runs."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import pandas as pd
import streamlit as st

from voc import ingest
from voc.config import samples_folder
from voc.errors import VocError
from voc.pipeline import RunOptions, RunSummary, run
from voc.store import Store
from voc.ui.progress import Bar
from voc.ui.words import DASH, count, percent

_TYPES = ["csv", "tsv", "txt", "xlsx", "json", "jsonl", "ndjson", "parquet", "gz", "zip"]
_AS_UNDERSTOOD = "as understood"


class Upload(Protocol):
    """A file handed over in the browser."""

    name: str

    def getvalue(self) -> bytes: ...


def welcome(path: str) -> None:
    """The screen of an empty store: load the samples or bring files."""
    st.title("Voice of the customer", anchor=False)
    st.write(
        "Reads what customers say, works out what it is about, in what tone, and whether the company shows up as "
        "giving or taking. There are no comments here yet."
    )
    samples, own = st.columns(2, gap="large")
    with samples, st.container(border=True, height="stretch"):
        st.subheader("Look around first", anchor=False)
        st.write("Some 1,200 made-up reviews, forum posts and survey answers about two mobile brands, over 14 months.")
        if st.button("Load the sample data", type="primary", icon=":material/dataset:"):
            _run([str(samples_folder())], path, RunOptions(command="explorer: sample data"))
    with own, st.container(border=True, height="stretch"):
        st.subheader("Bring your own", anchor=False)
        upload(path)
    st.caption(f"Everything stays on this machine, in the folder {path}.")


def upload(path: str) -> None:
    """Take files, show how their columns are understood, and run them on request."""
    files = st.file_uploader(
        "Your files: spreadsheets, CSV, JSON Lines or Parquet",
        _TYPES,
        accept_multiple_files=True,
        key="upload",
    )
    if not files:
        return
    folder = Path(tempfile.mkdtemp(prefix="voc-upload-"))
    try:
        names = save(files, folder)
        first = ingest.understand(names)
        options = _mapping(first)
        plan = ingest.understand(names, options) if options.mapping else first
        _show_plan(plan)
        if st.button(f"Tag {count(plan.rows, 'row')}", type="primary", icon=":material/play_arrow:"):
            _run(names, path, RunOptions(reading=options, command="explorer: upload"))
    except VocError as error:
        st.error(str(error).replace(f"{folder}/", ""))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def save(files: Sequence[Upload], folder: Path) -> list[str]:
    """Write uploaded files into ``folder`` under their own names, without any path in them; return the paths."""
    paths = []
    for number, file in enumerate(files):
        name = Path(file.name.replace("\\", "/")).name.lstrip(".") or "upload"
        target = folder / name
        if target.exists():
            target = folder / f"{number}-{name}"
        target.write_bytes(file.getvalue())
        paths.append(str(target))
    return paths


def _mapping(plan: ingest.Plan) -> ingest.ReadOptions:
    """Let the reader correct which column holds the words, the date and the score."""
    columns = sorted({column for file in plan.files for column in file.table_columns})
    mapping = {}
    with st.expander("Wrong column? Say which one it is"):
        for role, words in (("text", "Customers' words"), ("date", "Date"), ("score", "Score")):
            picked = st.selectbox(words, [_AS_UNDERSTOOD, *columns], key=f"map-{role}")
            if picked != _AS_UNDERSTOOD:
                mapping[role] = picked
    return ingest.ReadOptions(mapping=mapping)


def _show_plan(plan: ingest.Plan) -> None:
    for file in plan.files:
        st.markdown(f"**{count(file.rows, 'row')}** read as {file.source}")
        st.dataframe(understanding(file), hide_index=True, alt=f"How the columns of {file.file} are understood")
        for warning in file.warnings:
            st.warning(warning)
    for name, reason in plan.skipped:
        st.info(f"{Path(name).name} is left out: {reason}")


def understanding(file: ingest.FilePlan) -> pd.DataFrame:
    """What each column was taken for, how sure that is, and an example: ``used as, column, sure, example``."""
    example = file.examples[0] if file.examples else {}
    rows = []
    for role, names in file.columns.items():
        for name in [names] if isinstance(names, str) else names or []:
            shown = example.get(role)
            sure = file.confidence.get(role)
            rows.append(
                (
                    role.replace("_", " "),
                    name,
                    DASH if sure is None else percent(sure),
                    DASH if shown is None else str(shown).removesuffix(" 00:00:00+00:00"),
                )
            )
    return pd.DataFrame(rows, columns=["used as", "column", "sure", "example"])


def _run(inputs: list[str], path: str, options: RunOptions) -> None:
    try:
        summary = run(inputs, Store.open(path, create=True), options, Bar())
    except VocError as error:
        st.error(str(error))
        return
    st.session_state["told"] = told(summary)
    st.rerun()


def told(summary: RunSummary) -> str:
    """The outcome of a run in one sentence."""
    new = sum(file.new for file in summary.files)
    kept = sum(file.account.kept for file in summary.files)
    words = f"{count(kept, 'row')} read, {new:,} new; {count(summary.themes, 'theme')} in the store"
    return words + (f"; {count(summary.rejected, 'row')} rejected." if summary.rejected else ".")
