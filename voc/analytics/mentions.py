"""Which comment mentions which theme, and in what tone."""

from __future__ import annotations

import numpy as np
import pandas as pd

from voc.analytics.base import COMMENT_NO, comment_places, is_tagged
from voc.schema import KEY

#: Polarity of a theme → the tones of a segment on it that count so.
TONES = {"praised": ("positive", "mixed"), "criticised": ("negative", "mixed")}


def leaf_themes(themes: pd.DataFrame) -> pd.DataFrame:
    """``id, label`` of the active themes that are no other active theme's parent."""
    active = themes[themes["status"].eq("active")]
    return active.loc[~active["id"].isin(set(active["parent"].dropna())), ["id", "label"]].reset_index(drop=True)


def theme_mentions(comments: pd.DataFrame, segments: pd.DataFrame, themes: pd.DataFrame) -> pd.DataFrame:
    """One row per tagged comment and leaf theme it mentions: ``dataset, id, theme, praised, criticised``, and the
    comment's number where ``comments`` has it.

    A theme is praised where one of its segments in the comment is positive or mixed, criticised where one is
    negative or mixed; both or neither can hold.
    """
    leaves = pd.Index(leaf_themes(themes)["id"])
    read = comments.loc[is_tagged(comments), [name for name in (*KEY, COMMENT_NO) if name in comments]]
    codes, names = pd.factorize(segments["theme"])
    leaf = np.append(leaves.get_indexer(names), -1)[codes]  # the last is for segments without a theme
    place = comment_places(read, segments)
    rows = np.flatnonzero((leaf >= 0) & (place >= 0))
    number, pairs = pd.factorize(place[rows] * len(leaves) + leaf[rows])
    place, leaf = np.divmod(pairs, max(len(leaves), 1))
    found: pd.DataFrame = read.take(place).reset_index(drop=True)
    found["theme"] = leaves.take(leaf)
    tone, tones = pd.factorize(segments["sentiment"])
    for polarity, own in TONES.items():
        shown = np.append(tones.isin(own), False)[tone]  # the last is for segments without one
        found[polarity] = np.bincount(number, shown[rows], len(found)) > 0
    return found
