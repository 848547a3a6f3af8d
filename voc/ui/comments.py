"""Comments: search, read, download."""

from __future__ import annotations

import streamlit as st

from voc.ui import verbatims
from voc.ui.export import to_csv
from voc.ui.look import comment_list
from voc.ui.view import View
from voc.ui.words import count

TITLE = "Comments"
TELLS = "Every comment that the filters leave, with the words that were searched for or that show giving or taking."
HOW = """
A comment is found when it contains all the search words, in any order and in upper or lower case. Without
search words the mark shows the sentence that most clearly shows giving or taking. Personal data were masked
when the comments were read in. The file holds everything that is found, not only this page; cells that a
spreadsheet would run as a formula begin with an apostrophe.
"""


def body(view: View) -> None:
    """The screen."""
    comments = view.frames.comments
    with st.container(horizontal=True, vertical_alignment="bottom"):
        order = st.selectbox("Order", list(verbatims.ORDERS), key="comment-order", width=240)
        only_text = st.toggle("Only with text", value=True, key="with-text")
        if only_text:
            comments = comments[comments["text"].notna()]
        st.download_button(
            f"Download {count(len(comments), 'comment')} (CSV)",
            lambda: to_csv(comments),
            "comments.csv",
            "text/csv",
            icon=":material/download:",
            on_click="ignore",
            disabled=comments.empty,
        )
    if comments.empty:
        st.info("No comment fits. Take a filter or a search word away.")
        return
    found = verbatims.with_evidence(verbatims.ordered(comments, order), view.filters.words)
    comment_list(found, "comments")
