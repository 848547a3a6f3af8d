"""Comments: search by words and by meaning, read, correct, note, take along."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache

import numpy as np
import numpy.typing as npt
import pandas as pd
import streamlit as st

from voc.encode import load_encoder
from voc.errors import VocError
from voc.pipeline import Frames, track
from voc.pipeline.search import search, terms
from voc.rules import RuleError, all_of_these, matches, parse
from voc.schema import KEY
from voc.store import Snapshot
from voc.ui import access, verbatims
from voc.ui.author import sign_form
from voc.ui.export import to_csv, to_xlsx
from voc.ui.look import comment_list, with_notes
from voc.ui.view import View
from voc.ui.words import count

TITLE = "Comments"
TELLS = "Every comment that the filters leave: search by words and by meaning, open one to see why it is tagged so."
HOW = """
**Search** joins two rankings: comments that hold all the words (a phrase in quotes in a row), and comments with a
sentence of like meaning (cosine of its vector and that of what you typed, at least 0.3). A comment's score is the sum
of 1 / (60 + its rank) over both (reciprocal rank fusion, Cormack and others 2009); of each ranking 500 are taken. With
a search index (page *Settings*) words are found in all their forms; without one as they are typed.

Marked are the words, or the sentence of like meaning; without a search the sentence that most clearly shows giving or
taking. Personal data were masked when the comments were read in. Files hold everything that is found, not only this
page, with notes and tags; cells that a spreadsheet would run as a formula begin with an apostrophe. *Open* shows a
comment's probabilities, corrects a label, takes notes and tags, and gives the comment as a quotation. Once a comment
has a tag, *Tags* finds all that carry it.
"""
#: A workbook of more comments than this takes minutes to write.
MOST_ROWS = 100_000
_BY = {"Words and meaning": ("words", "meaning"), "Words": ("words",), "Meaning": ("meaning",)}


def body(view: View) -> None:
    """The screen."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        query = st.text_input(
            "Search", key="query", type="search", placeholder='"on hold", or: nobody told me what it costs'
        ).strip()
        by = st.selectbox("By", list(_BY), key="search-by", width=190)
        orders = [*(["Best match"] if query else []), *verbatims.ORDERS]
        order = st.selectbox("Order", orders, key=f"order-{bool(query)}", width=190)
    only_text = query or st.toggle("Only with text", value=True, key="with-text")
    tags = _tags(view)
    found = view.kept(_found, query, _BY[by or "Words and meaning"], order, bool(only_text), snapshot=view.snapshot)
    if tags:
        found = found.keep(_tagged(view, tags))
    if not len(found):
        st.info("No comment fits. Take a filter or a search word away.")
        return
    _take_along(view, found, query)
    comment_list(view, found, "comments")


def _tags(view: View) -> list[str]:
    """The tags that comments must have one of; nothing is asked where nobody has set any."""
    known = sorted({tag for tags in view.notes["tags"] for tag in tags})
    if not known:
        return []
    return st.multiselect("Tags", known, key="own-tags", placeholder="Any", help="Set down by readers of comments.")


def _tagged(view: View, tags: Collection[str]) -> npt.NDArray[np.bool_]:
    """Which comments of the view carry one of ``tags``."""
    fitting = view.notes.index[[not set(tags).isdisjoint(own) for own in view.notes["tags"]]]
    comments = view.everything.comments
    near = comments["id"].isin(fitting.get_level_values("id")).to_numpy(copy=True)
    near[near] = pd.MultiIndex.from_frame(comments.loc[near, list(KEY)]).isin(fitting)
    return near


def _found(
    frames: Frames, query: str, by: tuple[str, ...], order: str, only_text: bool, snapshot: Snapshot
) -> verbatims.Verbatims:
    if not query:
        return verbatims.all_of(frames, only_text=only_text).ordered(order)
    table = search(snapshot, frames, query, by=by, load=encoder)
    if note := table.attrs.get("note"):
        st.warning(note)
    marks = table["segment"].to_numpy()
    found = verbatims.Verbatims(frames, table["position"].to_numpy(), marks[marks >= 0], tuple(terms(query)))
    return found if order == "Best match" else found.ordered(order)


encoder = cache(load_encoder)


def _take_along(view: View, found: verbatims.Verbatims, query: str) -> None:
    """Files of what is found, and the search as a topic that is tracked from now on."""
    with st.container(horizontal=True):
        for kind, make, mime in (
            ("CSV", to_csv, "text/csv"),
            ("XLSX", to_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ):
            many = kind == "XLSX" and len(found) > MOST_ROWS
            st.download_button(
                f"Download {count(len(found), 'comment')} ({kind})",
                lambda make=make: make(with_notes(found.comments, view.notes)),  # type: ignore[misc]
                f"comments.{kind.lower()}",
                mime,
                key=f"download-{kind}",
                icon=":material/download:",
                on_click="ignore",
                disabled=many,
                help="Too many rows for a workbook: filter first, or take the CSV." if many else None,
            )
        if query and access.may("editor"):
            with st.popover("Track this", icon=":material/rule:"):
                _track(view, query)


def _track(view: View, query: str) -> None:
    st.caption("From now on counted over time, with its quotes, on the page Themes.")
    rule = all_of_these(terms(query))
    with st.form("track-search", border=False):
        rule = st.text_input("Rule", rule)
        name = st.text_input("Name", query[:80])
        who = sign_form("track-this-author")
        if st.form_submit_button("Track"):
            try:
                track(access.writable(view.path), rule, name or None, who or "explorer")
            except (RuleError, VocError) as error:
                st.error(str(error))
            else:
                fitting = int(matches(parse(rule), view.everything.comments).sum())
                st.session_state["told"] = (
                    f"Tracked, over the whole history: {count(fitting, 'comment')} so far. See Themes, Tracked by rule."
                )
                st.rerun()
