"""Whom to call back: the customers who are about to leave, or warn others off, by what they are worth."""

from __future__ import annotations

import pandas as pd

from voc.analytics.base import cluster_key

COLUMNS = [
    *("dataset", "id", "customer_id", "date", "customer_value", "score", "score_scale", "reason", "text"),
    *("sentiment", "stance"),
]
DETRACTOR, WARNS = "detractor", "warns others off"


def call_backs(comments: pd.DataFrame) -> pd.DataFrame:
    """Comments worth a call: of detractors (0–6 of 10, 1–2 stars or CSAT) and of those who warn others off.

    ``dataset, id, customer_id, date, customer_value, score, score_scale, reason, text, sentiment, stance``, the most
    valuable customers first, then who warns off, then the newest; one row for each customer (or thread, or response):
    the newest. Only comments with words.
    """
    low = (comments["nps"] <= 6) | (comments["score_scale"].isin(["stars_1_5", "csat_1_5"]) & (comments["score"] <= 2))
    low = low.fillna(False).astype(bool)
    warns = comments["advocacy"].eq("warns_off").fillna(False).astype(bool)
    rows = comments[(low | warns) & comments["text"].notna()]
    if rows.empty:
        table = pd.DataFrame(columns=COLUMNS)
        table.attrs["note"] = "Nobody to call back: no detractor, and nobody who warns others off."
        return table
    low, warns = low[rows.index], warns[rows.index]
    reason = pd.Series(DETRACTOR, rows.index).mask(warns, WARNS).mask(low & warns, f"{DETRACTOR}, {WARNS}")
    rows = rows.assign(reason=reason, _warns=warns, _customer=cluster_key(rows))
    rows = rows.sort_values(["date", "dataset", "id"], ascending=[False, True, True], na_position="last")
    rows = rows.drop_duplicates("_customer").sort_values(
        ["customer_value", "_warns"], ascending=False, na_position="last", kind="stable"
    )
    return rows[COLUMNS].reset_index(drop=True)
