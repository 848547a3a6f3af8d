"""The map of sentences: each a point, taken with the lasso to be read or to filter all pages by."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from voc.charts.segmentmap import COLOURS, segment_map
from voc.pipeline import Frames
from voc.pipeline.segment_map import segment_map as placed
from voc.schema import KEY
from voc.store import Snapshot
from voc.ui.filterbar import narrow_to
from voc.ui.look import comment_list
from voc.ui.verbatims import with_segments
from voc.ui.view import View
from voc.ui.words import count

#: A filter of more comments than this is better made of themes.
MOST = 20_000


def panel(view: View) -> None:
    """The map, and what is in the lasso."""
    colour = st.segmented_control(
        "Coloured by", list(COLOURS), default="theme", format_func=str.capitalize, required=True, key="sentence-colour"
    )
    figure, points = view.kept(_drawn, colour or "theme", snapshot=view.snapshot)
    if points.empty:
        st.info("No sentence here has a place: the store has no themes yet, or the filters leave no comment.")
        return
    of = points.attrs["of"]
    drawn = f", drawn by lot of {of:,}" if of > len(points) else ""
    st.caption(f"{count(len(points), 'sentence')}{drawn}. Draw around some with the lasso to read them.")
    event: Any = st.plotly_chart(
        figure,
        key=f"sentences-{colour}",
        on_select="rerun",
        selection_mode=("lasso", "box"),
        config={"displaylogo": False},
    )
    taken = in_lasso(points, event.selection.points)
    if len(taken):
        _read(view, taken)


def _drawn(frames: Frames, colour: str, snapshot: Snapshot) -> tuple[Any, pd.DataFrame]:
    points = placed(snapshot, frames)
    figure, ordered = segment_map(points, colour)
    ordered.attrs["of"] = points.attrs["of"]
    return figure, ordered


def in_lasso(points: pd.DataFrame, selected: list[dict[str, Any]]) -> pd.DataFrame:
    """The rows of ``points`` that Plotly's selection names."""
    picked = {(int(one["curve_number"]), int(one["point_index"])) for one in selected}
    mask = [pair in picked for pair in zip(points["curve"], points["place"], strict=True)]
    return points[np.array(mask, dtype=bool)]


def _read(view: View, taken: pd.DataFrame) -> None:
    found = with_segments(view.frames, taken["segment"].to_numpy())
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{count(len(taken), 'sentence')} of {count(len(found), 'comment')}**")
        many = len(found) > MOST
        st.button(
            "Filter all pages by these comments",
            icon=":material/filter_alt:",
            on_click=partial(narrow_to, found.comments[list(KEY)]),
            disabled=many,
            help="Too many: filter by themes." if many else "Save it under Views, to share it.",
        )
    comment_list(view, found.ordered("Newest first"), "lasso", tone="plain", page_size=5)
