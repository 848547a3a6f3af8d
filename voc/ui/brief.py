"""Brief: the leader's two pages on what is filtered, to read here and to take along."""

from __future__ import annotations

import re
import tempfile
from functools import partial
from pathlib import Path

import streamlit as st

from voc.errors import VocError
from voc.pipeline import Frames
from voc.report import Brief, as_events, gather, render, write
from voc.ui.highlight import sentence
from voc.ui.view import View

TITLE = "Brief"
TELLS = "Two pages for leaders on what the filters leave: the answer, what goes with the score, how sure that is."
HOW = """
The brief tells of the last three full months against the three before, or of the period you choose; complaints and
gratitude rest on the whole span, as a quarter often holds too few. Every figure has its interval, its base and a
reference by which its comments can be found again; the appendix says how each was reckoned. The same comments give the
same bytes.
`voc report -o brief.html` makes it without the explorer.
"""
_PERIODS = {"Last quarter": None, "Last month": "month", "Last year": "year"}
_KINDS = {
    ".html": ("HTML", "text/html"),
    ".pdf": ("PDF", "application/pdf"),
    ".pptx": ("PPTX", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
    ".xlsx": ("XLSX", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}


def body(view: View) -> None:
    """The screen."""
    if not view.size:
        return
    chosen = st.segmented_control("Period", list(_PERIODS), default="Last quarter", required=True, key="brief-period")
    period = _PERIODS[chosen or "Last quarter"]
    wanted = (view.filters.expression(), period)
    if st.session_state.get("brief-of") != wanted:
        with (place := st.empty()).container():
            st.write("The brief is made when you ask for it: with many comments that takes a minute.")
            if not st.button("Make the brief", type="primary", icon=":material/description:"):
                return
        place.empty()
        st.session_state["brief-of"] = wanted
    with st.spinner("Making the brief …"):
        brief = view.kept(made, period, view.filters.view, as_events(view.events), view.filters.expression())
    _downloads(brief, view.filters.view)
    st.iframe(render(brief), height=900)


def made(frames: Frames, period: str | None, view: str, events: tuple[object, ...], condition: str) -> Brief:
    """The brief of the frames that the filters leave."""
    options = {"View": view or None, "Condition": condition or None}
    return gather(frames, period, name=view or None, events=events, options=options, shares=True)  # type: ignore[arg-type]


def file_of(brief: Brief, suffix: str) -> bytes:
    """The brief as the bytes of a file. Raises VocError where a PDF is asked for and there is no browser."""
    with tempfile.TemporaryDirectory() as folder:
        return write(brief, Path(folder, f"brief{suffix}")).read_bytes()


def _downloads(brief: Brief, view: str) -> None:
    name = "-".join(["brief", *re.findall(r"\w+", view.lower())])
    with st.container(horizontal=True):
        for suffix, (kind, mime) in _KINDS.items():
            ready = f"brief-file-{suffix}"
            if suffix == ".pdf":
                _pdf(brief, name, ready)
                continue
            st.download_button(
                kind,
                partial(file_of, brief, suffix),
                f"{name}{suffix}",
                mime,
                key=ready,
                icon=":material/download:",
                on_click="ignore",
            )


def _pdf(brief: Brief, name: str, key: str) -> None:
    """A PDF needs a browser to print it, so it is tried before it is offered."""
    made: tuple[Brief, bytes] | None = st.session_state.get("brief-pdf")
    if made is None or made[0] is not brief:
        if not st.button("PDF", key=f"{key}-make", icon=":material/print:"):
            return
        try:
            with st.spinner("Printing …"):
                made = st.session_state["brief-pdf"] = brief, file_of(brief, ".pdf")
        except VocError as error:
            st.error(sentence(str(error)))
            return
    st.download_button(
        "Download the PDF",
        made[1],
        f"{name}.pdf",
        _KINDS[".pdf"][1],
        key=key,
        icon=":material/download:",
        on_click="ignore",
    )
