"""What became of the rows of an upload: the account by file, rejected rows, and where to read on."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pandas as pd
import streamlit as st

from voc.pipeline import RunSummary
from voc.ui.highlight import sentence
from voc.ui.hints import warn, without_flags
from voc.ui.words import count

#: Rejected rows that are shown; the file holds them all.
SHOWN = 200
_STATE = "outcome"


@dataclass(frozen=True)
class Outcome:
    """``rejects``: the run's file of rejected rows, as bytes."""

    summary: RunSummary
    rejects: bytes


def keep(summary: RunSummary, rejects: Path) -> None:
    """Have the outcome shown above the screens until it is closed."""
    st.session_state[_STATE] = Outcome(summary, rejects.read_bytes())


def show() -> None:
    """The outcome of the last upload, if it was not closed."""
    outcome: Outcome | None = st.session_state.get(_STATE)
    if outcome is None:
        return
    summary = outcome.summary
    with st.container(border=True, key="voc-outcome"):
        st.success(told(summary), icon=":material/check:")
        st.dataframe(accounts(summary), hide_index=True, alt="What became of the rows of each file")
        st.caption("read = kept + duplicates + empty + rejected; kept = new + updated + unchanged.")
        for name, reason in summary.skipped:
            st.info(sentence(f"{Path(name).name} was left out: {without_flags(reason)}"))
        warn(summary.warnings)
        if copies := summary.copies.told():
            st.caption(sentence(f"{copies} Copies are counted, and shown once in lists."))
        if summary.rejected:
            _rejected(summary, outcome.rejects)
        with st.container(horizontal=True):
            for label, screen in (("Read the comments", "comments"), ("See the themes", "themes")):
                st.button(label, key=f"outcome-{screen}", on_click=partial(_go_to, screen))
            st.button("Close", icon=":material/close:", on_click=_close)


def told(summary: RunSummary) -> str:
    """The outcome of a run in one sentence."""
    new = sum(file.new for file in summary.files)
    kept = sum(file.account.kept for file in summary.files)
    rejected = f", {summary.rejected:,} rejected" if summary.rejected else ""
    read = sum(file.account.read for file in summary.files)
    return (
        f"{count(read, 'row')} read, {kept:,} kept, {new:,} of them new{rejected}; "
        f"{count(summary.themes, 'theme')} in the store."
    )


def accounts(summary: RunSummary) -> pd.DataFrame:
    """One row per file, the columns as ``voc run`` prints them."""
    rows = [file.as_json() | {"file": Path(file.account.file).name} for file in summary.files]
    return pd.DataFrame(rows).rename(columns=lambda name: name.replace("_", " "))


def _rejected(summary: RunSummary, rejects: bytes) -> None:
    import io

    rows = pd.read_csv(io.BytesIO(rejects), nrows=SHOWN, dtype=str, keep_default_na=False)
    st.markdown(f"**{count(summary.rejected, 'row')} rejected**, kept with the reason and masked")
    st.dataframe(rows[["file", "row", "line", "reason", "content"]], hide_index=True, alt="Rejected rows")
    st.download_button(
        "Download the rejected rows (CSV)",
        rejects,
        "rejected.csv",
        "text/csv",
        icon=":material/download:",
        on_click="ignore",
    )


def _go_to(screen: str) -> None:
    _close()
    st.session_state["go-to"] = screen


def _close() -> None:
    st.session_state.pop(_STATE, None)
