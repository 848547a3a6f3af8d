"""Which comment mentions which theme, and in what tone."""

from __future__ import annotations

import numpy as np
import pandas as pd

from voc.analytics.base import is_tagged, numbered
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
    leaves = pd.Index(leaf_themes(themes)["id"])
    places = comments.loc[is_tagged(comments), key].drop_duplicates()
    rows = segments.loc[segments["theme"].isin(leaves), [*key, "theme", "sentiment"]]
    rows = rows.merge(places.assign(place=np.arange(len(places))), on=key)
    number = numbered(rows["place"] * (len(leaves) + 1) + leaves.get_indexer(rows["theme"]))
    found = rows.loc[~number.duplicated(), [*key, "theme"]].reset_index(drop=True)
    for polarity, tones in TONES.items():
        found[polarity] = np.bincount(number, rows["sentiment"].isin(tones), len(found)) > 0
    return found
