"""What no table can be made of: each function of the analytics answers with a table or a sentence, never a fault."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from report_frames import Frames, network

from voc import analytics

MADE = network(60)
TOPICS = pd.DataFrame({"name": ["late"], "rule": ["late OR waiting"]})


def given(**columns: Any) -> pd.DataFrame:
    return MADE.comments.assign(**columns)


def by_turns(first: Any, second: Any) -> list[Any]:
    return [(first, second)[i % 2] for i in range(len(MADE.comments))]


CASES: dict[str, pd.DataFrame] = {
    "no dates": given(date=pd.Series(pd.NaT, MADE.comments.index, dtype=MADE.comments["date"].dtype)),
    "no scores": given(nps=None, score=np.nan, score_scale=None),
    "one class": given(sentiment="negative", stance="taking"),
    "all the same score": given(nps=9, score=9.0),
    "negative weights": given(weight=-1.0),
    "weights for some": given(weight=by_turns(1.0, np.nan)),
    "a segment of one": given(customer_segment=["new", *["old"] * (len(MADE.comments) - 1)]),
    "two theme sets": given(theme_version=by_turns("a", "b")),
    "one comment": MADE.comments.head(1),
    "nothing": MADE.comments.head(0),
}


def tables(made: Frames) -> dict[str, Callable[[], Any]]:
    comments, segments, _ = every = made.comments, made.segments, made.themes
    new = comments["customer_segment"].eq("new")
    return {
        "advocates": lambda: analytics.advocates(comments),
        "block_balance": lambda: analytics.block_balance(comments),
        "call_backs": lambda: analytics.call_backs(comments),
        "change_points": lambda: analytics.change_points(*every),
        "change_split": lambda: analytics.change_split(*every),
        "changes": lambda: analytics.changes(*every),
        "compare": lambda: analytics.compare(*every, new, ~new),
        "competitors": lambda: analytics.competitors(comments, segments),
        "drivers": lambda: analytics.drivers(*every),
        "emerging": lambda: analytics.emerging(*every),
        "gaps": lambda: analytics.gaps(comments),
        "importance": lambda: analytics.importance(*every),
        "internal_quotes": lambda: analytics.internal_quotes(*every),
        "journey_map": lambda: analytics.journey_map(*every, {"pay": "bill OR charged"}),
        "moments": lambda: analytics.moments(*every),
        "net_giving": lambda: analytics.net_giving(comments, period="month"),
        "nps_table": lambda: analytics.nps_table(comments, by="customer_segment"),
        "outcomes": lambda: analytics.outcomes(*every),
        "quadrants": lambda: analytics.quadrants(comments),
        "response_base": lambda: analytics.response_base(comments),
        "risk_sample": lambda: analytics.risk_sample(comments),
        "satisfied_at_risk": lambda: analytics.satisfied_at_risk(comments),
        "score_base": lambda: analytics.score_base(comments),
        "sentiment_table": lambda: analytics.sentiment_table(comments),
        "signal_balance": lambda: analytics.signal_balance(comments),
        "signal_crosses": lambda: analytics.signal_crosses(*every),
        "theme_periods": lambda: analytics.theme_periods(*every),
        "theme_table": lambda: analytics.theme_table(*every),
        "topic_periods": lambda: analytics.topic_periods(comments, TOPICS),
        "topic_table": lambda: analytics.topic_table(*every, TOPICS),
        "unlisted_names": lambda: analytics.unlisted_names(comments),
        "value_held": lambda: analytics.value_held(*every),
        "volume": lambda: analytics.volume(comments),
        "weekly": lambda: analytics.weekly(*every, measure="nps"),
    }


_CAUTIOUS = ("drivers", "moments", "journey_map", "signal_crosses", "theme_table")


@pytest.mark.parametrize("case", CASES)
def test_a_table_or_a_sentence(case: str) -> None:
    made = Frames(CASES[case], MADE.segments, MADE.themes)
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        for name, make in tables(made).items():
            table = make()
            note = str(table.attrs.get("note") or "")
            assert len(table) or note.endswith("."), name
            numbers = table.select_dtypes("number").astype("float64")
            assert not np.isinf(numbers).to_numpy().any(), name
            if case in ("negative weights", "weights for some") and name in ("nps_table", "score_base", "changes"):
                assert table.empty and "weight" in note, name
            if case == "two theme sets" and name in ("changes", "change_points", "change_split", "theme_periods"):
                assert table.empty and "2 theme-set versions" in note, name
            if case == "two theme sets" and name in _CAUTIOUS:
                said = note + str(table.attrs.get("caution"))
                assert "2 theme-set versions" in said, name
            if case in ("no scores", "all the same score") and name == "drivers":
                assert table["effect"].isna().all() and note, name
