"""Giving & taking: the seven pairs of signals, and the words that gave each one away."""

from __future__ import annotations

import streamlit as st

from voc import analytics, charts
from voc.schema import GIVING_SIGNALS, SIGNALS
from voc.ui import verbatims
from voc.ui.look import comment_list, show
from voc.ui.view import View
from voc.ui.words import between, count, signed

TITLE = "Giving & taking"
TELLS = "How the company shows up in what customers say: as giving or as taking. Pick a signal to read why."
HOW = """
Every comment is read for fourteen signals in seven pairs, such as care and neglect, ease and effort, honesty
and deceit. A comment shows **giving**, **taking**, both or neither; the signals agree with that. Labels come
from a model trained on comments that a language model labelled by a written codebook; where it is unsure the
comment is counted and marked *stance unsure*. Signals are customers' accounts, not findings of intent. Marked
words are the sentence that shows the signal. Bars are shares of all tagged comments with 95 % intervals
(Wilson). **Net giving** = % giving − % taking.
"""

#: Signal → what a customer would say.
MEANING = {
    "care": "they cared for me",
    "ease": "they made it easy",
    "speed": "they were quick",
    "generosity": "they gave more than I paid for",
    "honesty": "they told me straight",
    "recovery": "they put it right",
    "choice": "they left me free",
    "neglect": "they did not care",
    "effort": "they made me do the work",
    "delay": "they kept me waiting",
    "extraction": "they charged me more than is fair",
    "deceit": "they misled me",
    "refusal": "they would not put it right",
    "pressure": "they pushed me",
}


def body(view: View) -> None:
    """The screen."""
    balance = view.table(analytics.net_giving)
    if balance.empty:
        st.info("None of these comments is tagged: there is nothing to weigh. Widen the filters.")
        return
    row = balance.iloc[0]
    st.markdown(
        f"**Net giving {signed(row['net'])}** ({between(row['low'], row['high'])}), "
        f"{count(int(row['n']), 'tagged comment')}"
    )
    show(
        charts.signal_diverging(view.table(analytics.signal_balance)),
        "Seven pairs of signals, taking left, giving right",
    )
    signal = st.selectbox(
        "Signal to read", SIGNALS, format_func=_named, key="signal", index=SIGNALS.index("extraction")
    )
    comments = verbatims.ordered(verbatims.showing_signal(view.frames, signal), "Newest first")
    comment_list(comments, f"signal-{signal}", tone="giving" if signal in GIVING_SIGNALS else "taking")


def _named(signal: str) -> str:
    side = "giving" if signal in GIVING_SIGNALS else "taking"
    return f"{signal} ({side}): “{MEANING[signal]}”"
