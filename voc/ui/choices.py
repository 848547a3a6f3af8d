"""What there is to filter by: the values that occur among all comments, found once for each run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import pandas as pd
import streamlit as st

from voc.analytics.base import shared_lists
from voc.analytics.mentions import leaf_themes
from voc.pipeline import Frames
from voc.schema import SIGNALS
from voc.ui.filters import BANDS, LISTS, PICKED


@dataclass(frozen=True)
class Choices:
    """``first``, ``last``: the days of the earliest and latest dated comment. ``options``: name out of ``PICKED`` →
    values that occur. ``themes``: id → label, by label, of those that comments have; ``merged``: id of a theme that was
    merged → the one it counts as. ``comments`` and ``scored``: how many there are."""

    first: date | None
    last: date | None
    options: dict[str, list[str]]
    themes: dict[str, str]
    merged: Mapping[str, str]
    comments: int
    scored: int


@st.cache_resource(max_entries=8, show_spinner=False)
def choices(path: str, run: str, _frames: Frames) -> Choices:
    """The choices that the frames of one ``run`` of the store at ``path`` leave."""
    comments = _frames.comments
    known = comments["date"].dropna()
    leaves = leaf_themes(_frames.themes)
    names = dict(zip(leaves["id"], leaves["label"], strict=True))
    return Choices(
        first=None if known.empty else known.min().date(),
        last=None if known.empty else known.max().date(),
        options={name: _options(_frames, name) for name in PICKED},
        themes=dict(sorted(names.items(), key=lambda pair: pair[1].casefold())),
        merged=_frames.merged,
        comments=len(comments),
        scored=int(comments["score"].notna().sum()),
    )


def _options(frames: Frames, name: str) -> list[str]:
    comments = frames.comments
    if name == "score":
        return list(BANDS) if comments["score"].notna().any() else []
    if name in LISTS:
        occur = set().union(*shared_lists(comments[name])[1])
        return [signal for signal in SIGNALS if signal in occur]
    return occurring(frames, name)


def occurring(frames: Frames, name: str) -> list[str]:
    """The values that a column of the comments has, in order."""
    return sorted(str(value) for value in frames.comments[name].unique() if pd.notna(value))
