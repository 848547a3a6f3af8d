"""The labels that readers corrected, in place of the model's, wherever comments are counted."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from voc.pipeline.annotations import LABELS, NONE, SIGNALS_SET, corrections, is_of_theme, span_of
from voc.schema import GIVING_SIGNALS, TAKING_SIGNALS

if TYPE_CHECKING:
    import pandas as pd

    from voc.pipeline.frames import Frames
    from voc.themes import ThemeSet

#: Signals that agree with a stance.
_AGREE: Final = {
    "giving": set(GIVING_SIGNALS),
    "taking": set(TAKING_SIGNALS),
    "both": {*GIVING_SIGNALS, *TAKING_SIGNALS},
    "neither": set[str](),
}


def corrected(frames: Frames, held: pd.DataFrame, themes: ThemeSet | None = None) -> Frames:
    """``frames`` with what readers set in place of what the model said: sentiment, stance and signals of the comment,
    and the themes of its sentences.

    Of the signals those stay that agree with a corrected stance, unless they were set themselves; a comment with a
    corrected stance is not unsure. A theme that was merged counts as its target; one that ``themes`` does not know any
    more changes nothing. ``held``: as ``held_annotations`` gives it.
    """
    rows = corrections(held)
    rows = rows.assign(place=frames.find(rows)) if len(rows) else rows
    rows = rows[rows["place"] >= 0] if len(rows) else rows
    if rows.empty:
        return frames
    comments, segments = frames.comments.copy(deep=False), frames.segments
    for kind in LABELS:
        own = rows[rows["kind"].eq(kind)]
        values = comments[kind].to_numpy(dtype=object, copy=True)
        values[own["place"]] = own["value"]
        comments[kind] = values
        comments[kind] = comments[kind].astype("str")
    comments["signals"], comments["abstained"] = _signals(comments, rows)
    of_themes = rows[rows["kind"].map(is_of_theme).astype(bool)]
    if len(of_themes) and themes:
        segments = _themes(frames, comments, of_themes, themes)
    fixed = replace(frames, comments=comments, segments=segments)
    fixed.__dict__["owners"] = frames.owners
    return fixed


def _signals(comments: pd.DataFrame, rows: pd.DataFrame) -> tuple[Any, Any]:
    """The columns ``signals`` and ``abstained`` under what was set."""
    signals = comments["signals"].to_numpy(copy=True)
    unsure = comments["abstained"].to_numpy(dtype=object, copy=True)
    for place, stance in rows.loc[rows["kind"].eq("stance"), ["place", "value"]].itertuples(index=False):
        signals[place] = [signal for signal in signals[place] if signal in _AGREE[stance]]
        unsure[place] = False
    for place, value in rows.loc[rows["kind"].eq(SIGNALS_SET), ["place", "value"]].itertuples(index=False):
        signals[place] = [] if value == NONE else value.split(";")
    return signals, unsure


def _themes(frames: Frames, comments: pd.DataFrame, rows: pd.DataFrame, themes: ThemeSet) -> pd.DataFrame:
    """The segments with the themes that were set; the comments' own lists are renewed in place."""
    known = {theme.id for theme in themes.themes}
    labels = themes.labels()
    own = np.flatnonzero(np.isin(frames.owners, rows["place"]))
    owners = frames.owners[own]
    starts, ends = (frames.segments[name].to_numpy()[own] for name in ("start", "end"))
    found = frames.segments["theme"].to_numpy(dtype=object, copy=True)
    for place, kind, theme in rows[["place", "kind", "value"]].itertuples(index=False):
        at = np.flatnonzero(owners == place)
        if not len(at) or (theme != NONE and theme not in known):
            continue
        start, end = span_of(kind)
        shared = np.minimum(ends[at], end) - np.maximum(starts[at], start)
        if shared.max() > 0:
            found[own[at[shared.argmax()]]] = None if theme == NONE else themes.resolve(theme)
    listed, named = (comments[name].to_numpy(copy=True) for name in ("themes", "theme_labels"))
    for place in rows["place"].unique():
        of_comment = found[own[owners == place]]
        listed[place] = list(dict.fromkeys(theme for theme in of_comment if isinstance(theme, str)))
        named[place] = [labels[theme] for theme in listed[place]]
    comments["themes"], comments["theme_labels"] = listed, named
    segments = frames.segments.copy(deep=False)
    segments["theme"] = found
    segments["theme"] = segments["theme"].astype("str")
    return segments
