"""Where feeling and stance part: pleased but taken from, unhappy but cared for."""

from __future__ import annotations

from itertools import product

import pandas as pd

from voc.analytics.base import ALL, MIN_N, PRIVACY_MIN_N, cluster_key, of_use, tagged, withhold
from voc.analytics.shares import shares_of
from voc.schema import SENTIMENTS, STANCES

COLUMNS = [
    *("sentiment", "stance", "quadrant", "n", "count", "share", "low", "high"),
    *("n_sentiment", "share_sentiment", "sentiment_low", "sentiment_high", "small", "small_sentiment"),
]
#: The four corners, by sentiment and stance.
QUADRANTS = {
    ("positive", "giving"): "pleased and cared for",
    ("positive", "taking"): "pleased but taken from",
    ("negative", "giving"): "unhappy but cared for",
    ("negative", "taking"): "unhappy and taken from",
}


def quadrants(comments: pd.DataFrame, level: float = 0.95) -> pd.DataFrame:
    """Sentiment × stance of the tagged comments, a row for each of the 16 cells: ``sentiment, stance, quadrant`` (a
    name for the four corners, else None), ``n, count, share, low, high``: of all ``n`` tagged comments; ``n_sentiment,
    share_sentiment, sentiment_low, sentiment_high``: of the comments of that sentiment; ``small, small_sentiment``.

    A stance is what the comment shows on balance of its signals: one that shows both sides is in no corner. Shares are
    0…1; Wilson's (1927) intervals, on the effective sample size where customers repeat. Of fewer than 5 comments no
    share.
    """
    rows = tagged(of_use(comments))
    rows = rows[rows["sentiment"].isin(SENTIMENTS)]
    table = pd.DataFrame(product(SENTIMENTS, STANCES), columns=["sentiment", "stance"])
    table["quadrant"] = [QUADRANTS.get(cell) for cell in zip(table["sentiment"], table["stance"], strict=True)]
    if rows.empty:
        table = table.iloc[:0].reindex(columns=COLUMNS)
        table.attrs["note"] = "No tagged comment: feeling and stance cannot be set side by side."
        return table
    clusters = cluster_key(rows)
    cells = {
        place: rows["sentiment"].eq(sentiment) & rows["stance"].eq(stance)
        for place, (sentiment, stance) in enumerate(product(SENTIMENTS, STANCES))
    }
    whole = shares_of(pd.DataFrame(cells), pd.Series(ALL, rows.index), clusters, level).droplevel("group")
    table = table.join(whole)
    stances = pd.DataFrame({stance: rows["stance"].eq(stance) for stance in STANCES})
    within = shares_of(stances, rows["sentiment"].astype(str), clusters, level).drop(columns="count")
    within.columns = ["n_sentiment", "share_sentiment", "sentiment_low", "sentiment_high"]
    table = table.join(within, on=["stance", "sentiment"])
    table["n_sentiment"] = table["n_sentiment"].fillna(0).astype("int64")
    table["count"] = table["count"].astype("Int64")
    table = withhold(table, ["count", "share", "low", "high"])
    few = table["n_sentiment"] < PRIVACY_MIN_N
    for name in ("share_sentiment", "sentiment_low", "sentiment_high"):
        table[name] = table[name].mask(few)
    table["small_sentiment"] = table["n_sentiment"] < MIN_N
    return table[COLUMNS]
