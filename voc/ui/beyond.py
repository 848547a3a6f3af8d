"""Beyond satisfaction: who is at risk, who recommends, moments, the journey, outcomes, competitors."""

from __future__ import annotations

from functools import partial

import pandas as pd
import streamlit as st

from voc import analytics, charts
from voc.ui.look import drawing, read_theme, show
from voc.ui.view import View
from voc.ui.words import percent

TITLE = "Beyond satisfaction"
TELLS = "What a score does not show: the satisfied at risk, who recommends, moments, the journey, what people tried."
HOW = """
**Satisfied**: 7–10 of 10, 4–5 stars or CSAT. Signs that do not fit it: telling of taking, complaining, warning others
off, words of leaving. It is a count; labels err, so customers are listed (`voc beyond risk`) only by signs that
somebody has read and found right in 70 % of 30 comments or more.
**Magic**: a positive sentence that tells of giving; **misery**: a negative one that tells of taking. **Stages** are
found by rules over the words of a sentence, **outcomes** by wordings such as “tried to …”, **competitors** by their
names; what is said otherwise is missing. The tone of a sentence that names a competitor may be meant for either side.

**Quotes** have 5 to 40 words, come from comments in which no personal data were found, and are drawn by lot, never the
strongest tenth. They are for use inside: to show them outside, ask the customers first.

Shares have 95 % intervals (Wilson); under 5 comments none is given. What goes together need not be cause and effect.
"""

_SIGNS = {
    "taken": "tell of taking",
    "complains": "complain",
    "warns off": "warn others off",
    "leaving": "speak of leaving",
    "any": "any of these",
}
#: Column of a share → where its interval stands.
_SHARES = {"share": ("low", "high"), "share_failed": ("low", "high"), "warns_share": ("warns_low", "warns_high")}


def body(view: View) -> None:
    """The screen; only the tab that is open is reckoned."""
    for tab, draw in zip(st.tabs(list(_TABS), key="beyond-tab", on_change="rerun"), _TABS.values(), strict=True):
        if tab.open:
            with tab:
                draw(view)


def _risk(view: View) -> None:
    table = view.table(analytics.satisfied_at_risk)
    table = table.assign(sign=table["sign"].map(_SIGNS))
    columns = {
        "score": "Score",
        "survey_type": "Survey",
        "sign": "Satisfied, yet they",
        "n": "Satisfied",
        "share": "Share",
    }
    _rows(table, columns, "Satisfied customers at risk")
    st.caption(
        "A count, not a list: labels err. `voc beyond risk --sample FILE` begins an audit; signs that pass it can list."
    )
    columns = {"by": "Stance", "n": "Comments", "share": "Recommend", "warns_share": "Warn off"}
    _rows(view.table(analytics.advocates), columns, "Who recommends, by stance")


def _moments(view: View) -> None:
    table = view.table(analytics.moments)
    show(
        drawing(charts.moment_bars, table),
        "Moments of magic and misery by theme",
        rows=True,
        pick=("label",),
        on_pick=partial(read_theme, table),
    )


def _signals(view: View) -> None:
    show(
        drawing(charts.signal_heat, view.table(analytics.signal_crosses)),
        "Signals of giving and taking, by theme",
        rows=True,
    )


def _journey(view: View) -> None:
    show(
        drawing(charts.journey_heat, view.table(analytics.journey_map)),
        "Stages of the journey against themes",
        rows=True,
    )
    _rows(view.table(analytics.journey), {"stage": "Stage", "n": "Comments", "share": "Share"}, "Stages")


def _outcomes(view: View) -> None:
    columns = {"goal": "Tried to", "n": "Comments", "share_failed": "Failed", "companion": "Theme"}
    _rows(view.table(analytics.outcomes), columns | {"example": "In their words"}, "What customers tried")


def _competitors(view: View) -> None:
    counts = {"praised": "In praise", "criticised": "In criticism", "leaving": "Going to", "came_from": "Came from"}
    columns = {"competitor": "Named", "n": "Comments", "share": "Share", **counts}
    _rows(view.table(analytics.competitors), columns, "Competitors named in comments on others")


def _quotes(view: View) -> None:
    kind = st.selectbox("Quotes of", ["magic", "misery", "advocates", "praised", "criticised"], key="quote-kind")
    columns = {"label": "Theme", "quote": "Quote", "date": "When", "source": "Source"}
    _rows(view.table(analytics.internal_quotes, kind=kind), columns, "Quotes")


def _rows(table: pd.DataFrame, columns: dict[str, str], words: str) -> None:
    """Some columns of an analytics table under readable names, shares with their interval."""
    if table.empty:
        st.info(table.attrs.get("note") or "Nothing to show here: widen the filters.")
        return
    shown = table[list(columns)].copy()
    for name in columns.keys() & _SHARES.keys():
        low, high = _SHARES[name]
        shown[name] = [
            "–" if pd.isna(share) else f"{percent(share, 1)} ({percent(least, 1)} to {percent(most, 1)})"
            for share, least, most in zip(table[name], table[low], table[high], strict=True)
        ]
    st.dataframe(shown.rename(columns=columns), hide_index=True, placeholder="–", alt=words)


_TABS = {
    "Satisfied yet at risk": _risk,
    "Moments": _moments,
    "Signals": _signals,
    "Journey": _journey,
    "Outcomes": _outcomes,
    "Competitors": _competitors,
    "Quotes": _quotes,
}
