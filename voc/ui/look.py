"""How things look: the style sheet, charts that suit light and dark, lists of comments."""

from __future__ import annotations

import json
from collections.abc import Iterable
from html import escape
from pathlib import Path

import pandas as pd
import streamlit as st

from voc.charts import Chart
from voc.ui.highlight import card, chip
from voc.ui.verbatims import each_text_once

PAGE_SIZE = 10
FONT = "Source Sans, Source Sans Pro, sans-serif"

#: Colours of ``voc.charts`` that would be lost on a dark ground, and what stands in for them there.
_IN_DARK = {
    '"#22272b"': '"#e8eceb"',
    '"#5b6268"': '"#a9b4b3"',
    '"#eceef0"': '"#2a3335"',
    '"#d5d8db"': '"#475356"',
    '"#00786c"': '"#2bb3a3"',
    '"#c4541c"': '"#ea8048"',
    '"#00594f"': '"#1d8f82"',
    '"#b9bec3"': '"#5d686b"',
    '"#c9cdd1"': '"#5d686b"',
    '"#dfe2e4"': '"#59666a"',
    '"#b9a8d6"': '"#8674a8"',
    '"#0072b2"': '"#56b4e9"',
    '"white"': '"#14191b"',
}


def style() -> None:
    """Put the style sheet on the page."""
    st.html(Path(__file__).with_name("style.css"))


def show(chart: Chart, words: str, rows: bool = False) -> None:
    """Draw ``chart`` as wide as its place; ``words`` say what it shows to those who cannot see it.

    With named ``rows`` at its left a chart needs room: on a narrow screen it is scrolled sideways.
    """
    spec = chart.to_dict()
    # Dark is known only after the page has met the browser once, so light is what a first look may get.
    if st.context.theme.type == "dark":
        text = json.dumps(spec)
        for light, dark in _IN_DARK.items():
            text = text.replace(light, dark)
        spec = json.loads(text)
        spec["config"]["background"] = "transparent"
    spec.pop("width", None)
    spec["config"]["font"] = FONT
    place = st.container(key="voc-wide-" + words.split()[0].lower()) if rows else st.container()
    place.vega_lite_chart(spec, width="stretch", theme=None, alt=words)


def chips(words: Iterable[str]) -> None:
    """A row of small labels."""
    st.html(f'<div class="voc-chips">{"".join(chip(word) for word in words)}</div>')


def tiles(figures: Iterable[tuple[str, str, str, str]]) -> None:
    """Headline figures side by side: name, value, interval, base."""
    boxes = "".join(
        f'<div class="voc-tile"><p class="voc-tile-name">{escape(name)}</p>'
        f'<p class="voc-tile-value">{escape(value)}</p>'
        f'<p class="voc-tile-note">{escape(interval) or "&nbsp;"}</p><p class="voc-tile-note">{escape(base)}</p></div>'
        for name, value, interval, base in figures
    )
    st.html(f'<div class="voc-tiles">{boxes}</div>')


def comment_list(comments: pd.DataFrame, key: str, tone: str | None = None, page_size: int = PAGE_SIZE) -> None:
    """``comments`` as cards in their order, page by page, each text once; column ``spans`` says what to mark."""
    said = len(comments)
    comments = each_text_once(comments)
    pages = max(-(-len(comments) // page_size), 1)
    place = f"{key}-page"
    if st.session_state.get(place, 1) > pages:
        st.session_state[place] = 1
    cards = st.container()
    page = st.pagination(pages, key=place) if pages > 1 else 1
    first = (page - 1) * page_size
    shown = comments.iloc[first : first + page_size]
    with cards:
        whole = f"{len(comments):,}" + (f" different ones of {said:,}" if len(comments) < said else "")
        st.caption(f"{first + 1:,}–{first + len(shown):,} of {whole}" if len(shown) else "No comment here.")
        st.html("".join(card(row, row["spans"], tone) for _, row in shown.iterrows()) or "<span></span>")
