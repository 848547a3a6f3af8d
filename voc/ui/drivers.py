"""Drivers: what goes with the lowest scores, allowing for everything else that is said."""

from __future__ import annotations

from functools import partial

import pandas as pd
import streamlit as st

from voc import analytics, charts
from voc.pipeline import Frames
from voc.ui import verbatims
from voc.ui.choose import choose_row
from voc.ui.highlight import bare, plain
from voc.ui.look import Picked, comment_list, drawing, show
from voc.ui.view import View
from voc.ui.words import between, count, percent, signed

TITLE = "Drivers"
TELLS = "Which topics go with lower or higher scores, allowing for the other topics and the mix of customers."
HOW = """
One row per scored response. Each theme counts twice, as praised and as criticised. The **effect** is how many
points the whole score differs with that theme's comments, in a linear regression (least squares) that holds
the other themes, source, brand, customer segment, kind of survey, period and length constant. The line is its
95 % interval, with errors that allow for customers who answer more than once. **Left out** is the plain
difference that many tools show: the score of all less the score without these responses. **Alone** allows for
the customer mix but not for the other topics. Themes in fewer than 10 responses are listed without an effect.

**Mentioned along**: left out or alone, the theme looks as if it went with the score, but people who mention
it also mention a *companion*, and with the companion held constant nothing clear is left. **Stable**: the
same sign in 90 % of 500 resamplings. What the sentence above the chart names is clear of chance among all that was
tested, at most one in twenty of such finds being false (Benjamini–Hochberg); its interval allows for having been
picked. Answers of one kind of survey alone are used.

These are associations. They overlap, must not be added up, and do not say what would happen if something were
changed.
"""

_SCORES = {"NPS": "nps", "Stars": "stars", "CSAT": "csat", "Sentiment": "sentiment"}


def body(view: View) -> None:
    """The screen."""
    score = _score(view)
    table = view.table(analytics.drivers, score=score)
    if note := table.attrs.get("note"):
        st.info(note)
    if table.empty:
        return
    if table["effect"].notna().any():
        st.markdown(reading(table))
    table = table.assign(row=table["theme"] + " " + table["polarity"])
    if table["effect"].notna().any():
        show(
            drawing(charts.drivers_chart, table),
            "Effects with their intervals; the table below has the same numbers",
            pick=("label", "polarity"),
            on_pick=partial(_choose, table, score),
            says=bare(reading(table)),
        )
    chosen = _table(table, score)
    if chosen:
        _drill(view, table[table["row"].eq(chosen)].iloc[0], score)


def _score(view: View) -> str:
    names = view.kept(_scored)
    picked = st.segmented_control(
        "Score", names, default=names[0], required=True, key="driver-score", persist_state="session"
    )
    return _SCORES[picked if picked in names else names[0]]


def _scored(frames: Frames) -> list[str]:
    """The scores that somebody gave, and sentiment."""
    return [
        name
        for name, score in _SCORES.items()
        if score == "sentiment" or verbatims.has_score(frames.comments, score).any()
    ]


def reading(table: pd.DataFrame) -> str:
    """The table's first finding in a sentence: the criticism named that goes with the lowest score."""
    unit = table.attrs.get("unit", "points")
    base = count(int(table.attrs["n"]), "scored response")
    clear = analytics.reported(table, "criticised")
    if clear.empty:
        return f"Among {base}, no criticism clearly goes with a lower score, allowing for how many were looked at."
    row, digits = clear.iloc[0], _digits(table.attrs["score"])
    sentence = (
        f"Among {base}, **{_words(row)}** goes with the lowest score: "
        f"{signed(row['effect'], digits)} {unit} over all responses "
        f"({between(row['low'], row['high'], digits)}); {percent(row['share'])} mention it."
    )
    along = table[table["co_mentioned"].astype(bool) & (table["leave_out"] < 0)]
    if along.empty:
        return sentence
    names = ", ".join(_words(row) for _, row in along.head(3).iterrows())
    return f"{sentence} Mentioned along, with no clear difference of its own: {names}."


def _choose(table: pd.DataFrame, score: str, picked: Picked) -> None:
    """Read the comments of the dot that was clicked."""
    chosen = table[table["label"].eq(picked["label"]) & table["polarity"].eq(picked["polarity"])]
    if len(chosen):
        st.session_state[f"drivers-{score}-choice"] = chosen["row"].iloc[0]


def _digits(score: str) -> int:
    """Decimals of a contribution to the score."""
    return 1 if score == "nps" else 2


def _words(row: pd.Series) -> str:
    return f"{plain(str(row['label']))} ({row['polarity']})"


def _table(table: pd.DataFrame, score: str) -> str | None:
    digits = _digits(score)
    column = st.column_config
    shown = table.assign(
        share=100 * table["share"],
        interval=[between(low, high, digits) for low, high in zip(table["low"], table["high"], strict=True)],
        along=[f"with {row.companion}" if row.co_mentioned else "" for row in table.itertuples()],
    )
    return choose_row(
        shown,
        {row["row"]: f"{row['label']}, {row['polarity']}" for row in table.to_dict("records")},
        "Comments to read",
        f"drivers-{score}",
        {
            "label": column.TextColumn("Theme", width="medium"),
            "polarity": column.TextColumn("How", width="small"),
            "n": column.NumberColumn("Responses", format="%d"),
            "share": column.NumberColumn("Share", format="%.0f %%"),
            "effect": column.NumberColumn("Effect"),
            "interval": column.TextColumn("95 % interval"),
            "leave_out": column.NumberColumn("Left out"),
            "alone": column.NumberColumn("Alone"),
            "along": column.TextColumn("Mentioned along", width="medium"),
            "stable": column.CheckboxColumn("Stable"),
        },
        dict.fromkeys(("effect", "leave_out", "alone"), digits),
    )


def _drill(view: View, row: pd.Series, score: str) -> None:
    if row["co_mentioned"]:
        st.info(
            f"Mentioned along: people who bring this up also bring up {plain(str(row['companion']))}. With that held "
            "constant, no clear difference in the score is left for this theme."
        )
    order = "Lowest score first" if row["polarity"] == "criticised" else "Highest score first"
    tone = "taking" if row["polarity"] == "criticised" else "giving"
    found = view.kept(_behind, row["theme"], row["polarity"], score, order)
    comment_list(view, found, f"driver-{row['row']}", tone=tone)


def _behind(frames: Frames, theme: str, polarity: str, score: str, order: str) -> verbatims.Verbatims:
    return verbatims.scored(verbatims.about_theme(frames, theme, polarity), score).ordered(order)
