"""Giving & taking: the balance, its blocks and pairs of signals, and where feeling and stance part."""

from __future__ import annotations

from functools import partial

import pandas as pd
import streamlit as st

from voc import analytics, charts
from voc.pipeline import Frames
from voc.schema import GIVING_SIGNALS, SIGNAL_NAMES, SIGNALS
from voc.ui import verbatims
from voc.ui.choices import occurring
from voc.ui.highlight import bare
from voc.ui.look import Picked, comment_list, drawing, show
from voc.ui.view import View
from voc.ui.words import between, signed

TITLE = "Giving & taking"
TELLS = "How the company shows up in what customers say: as giving or as taking. Pick a signal or a corner to read why."
HOW = """
Every comment is read for fourteen signals in seven pairs, such as care and neglect, ease and effort, honesty
and deceit. A comment shows **giving**, **taking**, both or neither; the signals agree with that. Labels come
from a model trained on comments that a language model labelled by a written codebook; where it is unsure the
comment is counted and marked *stance unsure*. Signals are customers' accounts, not findings of intent. Marked
words are the sentence that shows the signal. Bars are shares of all tagged comments with 95 % intervals
(Wilson). **Net giving** = % giving − % taking.

The pairs stand in two **blocks**, each with a net giving of its own from its signals alone: *how we treat people*
(warmth, work, time) and *what the deal does* (value, truth, repair, freedom). Friendly people can mask a bad deal in
the whole. The grid sets **feeling** beside **stance**: a pleased customer may tell of taking, an unhappy one of giving.

Do not compare sources (who writes where, and why, differs), set it as a bonus target, or rank staff by it; audit it on
comments of your own before it makes a board headline.
"""


def body(view: View) -> None:
    """The screen."""
    balance, blocks = view.table(analytics.net_giving), view.table(analytics.block_balance)
    if balance.empty:
        st.info("None of these comments is tagged: there is nothing to weigh. Widen the filters.")
        return
    show(
        drawing(charts.stance_bars, pd.concat([balance, blocks])),
        "Giving, both, taking and neither, of all and by block",
    )
    st.markdown(reading(blocks))
    if len(sources := view.kept(occurring, "source")) > 1:
        st.caption(f"From {', '.join(sources)} together: read a change over time, do not compare one with another.")
    show(
        drawing(charts.signal_diverging, view.table(analytics.signal_balance), blocks),
        "Seven pairs of signals in two blocks, taking left, giving right",
        pick=("signal",),
        on_pick=partial(_choose, "signal", "signal"),
        says=bare(reading(blocks)),
    )
    signal = st.selectbox(
        "Signal to read", SIGNALS, format_func=_named, key="signal", index=SIGNALS.index("extraction")
    )
    found = view.kept(_of_signal, signal)
    comment_list(view, found, f"signal-{signal}", tone="giving" if signal in GIVING_SIGNALS else "taking")
    _corners(view)


def reading(blocks: pd.DataFrame) -> str:
    """In a sentence, whether one block looks better than the other."""
    low, high = blocks.attrs["difference_low"], blocks.attrs["difference_high"]
    if pd.isna(low):
        return "Too few comments to tell how people are treated from what the deal does."
    if low <= 0 <= high:
        return "How people are treated and what the deal does cannot be told apart here."
    better, worse = ("How people are treated", "what the deal does")[:: 1 if low > 0 else -1]
    points = between(low, high) if low > 0 else between(-high, -low)
    return (
        f"{better[0].upper() + better[1:]} comes out better than {worse[0].lower() + worse[1:]}: net giving "
        f"**{signed(abs(blocks.attrs['difference']))} points** higher ({points})."
    )


def _named(signal: str) -> str:
    side = "giving" if signal in GIVING_SIGNALS else "taking"
    return f"{SIGNAL_NAMES[signal]} ({signal}, {side})"


def _choose(field: str, choice: str, picked: Picked) -> None:
    """Read the comments of the bar or cell that was clicked; cells without a name have no list."""
    if picked.get(field):
        st.session_state[choice] = picked[field]


def _corners(view: View) -> None:
    """The grid, and the comments of one of its corners."""
    table = view.table(analytics.quadrants)
    show(
        drawing(charts.quadrant_grid, table),
        "Sentiment against stance, share of comments in each cell",
        pick=("quadrant",),
        on_pick=partial(_choose, "quadrant", "corner"),
    )
    cells = {row["quadrant"]: row for row in table.dropna(subset=["quadrant"]).to_dict("records")}
    corners = sorted(cells, key=lambda name: " but " not in name)
    corner = st.selectbox("Corner to read", corners, format_func=str.capitalize, key="corner")
    if corner is None:
        return
    cell = cells[corner]
    found = view.kept(_of_corner, cell["sentiment"], cell["stance"])
    comment_list(view, found, f"corner-{corner}", tone=cell["stance"])


def _of_signal(frames: Frames, signal: str) -> verbatims.Verbatims:
    return verbatims.showing_signal(frames, signal).ordered("Newest first")


def _of_corner(frames: Frames, sentiment: str, stance: str) -> verbatims.Verbatims:
    return verbatims.felt_and_treated(frames, sentiment, stance).ordered("Newest first")
