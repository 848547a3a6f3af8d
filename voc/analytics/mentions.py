"""Which comment mentions which theme, and in what tone."""

from __future__ import annotations

import pandas as pd

from voc.analytics.base import tagged
from voc.schema import KEY

#: Polarity of a theme → the tones of a segment on it that count so.
TONES = {"praised": ("positive", "mixed"), "criticised": ("negative", "mixed")}


def leaf_themes(themes: pd.DataFrame) -> pd.DataFrame:
    """``id, label`` of the active themes that are no other active theme's parent."""
    active = themes[themes["status"].eq("active")]
    return active.loc[~active["id"].isin(set(active["parent"].dropna())), ["id", "label"]].reset_index(drop=True)


def theme_mentions(comments: pd.DataFrame, segments: pd.DataFrame, themes: pd.DataFrame) -> pd.DataFrame:
    """One row per tagged comment and leaf theme it mentions: ``dataset, id, theme, praised, criticised``.

    A theme is praised where one of its segments in the comment is positive or mixed, criticised where one is
    negative or mixed; both or neither can hold.
    """
    key = list(KEY)
    of_leaf = segments["theme"].isin(set(leaf_themes(themes)["id"]))
    rows = segments.loc[of_leaf, [*key, "theme", "sentiment"]]
    rows = rows.merge(tagged(comments)[key].drop_duplicates(), on=key)
    for polarity, tones in TONES.items():
        rows[polarity] = rows["sentiment"].isin(tones)
    return rows.groupby([*key, "theme"], as_index=False, sort=False)[list(TONES)].any()
