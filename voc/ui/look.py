"""How things look: the style sheet, charts that suit light and dark and can be saved, lists of comments."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from voc.charts import Chart, to_png, to_svg
from voc.schema import KEY
from voc.ui.comment_panel import open_comment
from voc.ui.export import table_csv
from voc.ui.highlight import card
from voc.ui.verbatims import Verbatims
from voc.ui.view import View

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
#: Marks that can be clicked.
_SOLID = ("bar", "circle", "point", "square", "rect")

Picked = dict[str, Any]
Spec = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Drawing:
    """A chart that is made when it is needed: making one anew costs more than all else on a page."""

    make: Callable[..., Chart]
    tables: tuple[Any, ...]
    options: dict[str, Any]

    def chart(self) -> Chart:
        """The chart itself."""
        return self.make(*self.tables, **self.options)

    def spec(self) -> Spec:
        """What the browser draws; kept for the same tables and options, a copy each time."""
        # a table's hash knows nothing of its attrs, which charts read
        about = [str(table.attrs) for table in self.tables if isinstance(table, pd.DataFrame)]
        return _kept_spec(self.make.__name__, self.tables, self.options, about, self)


def drawing(make: Callable[..., Chart], *tables: Any, **options: Any) -> Drawing:
    """``make(*tables, **options)``, a function of ``voc.charts``, for ``show``."""
    return Drawing(make, tables, options)


@st.cache_data(max_entries=300, show_spinner=False)
def _kept_spec(
    name: str, tables: tuple[Any, ...], options: dict[str, Any], about: list[str], _drawing: Drawing
) -> Spec:
    return dict(_drawing.chart().to_dict())


def style() -> None:
    """Put the style sheet on the page."""
    st.html(Path(__file__).with_name("style.css"))


def show(
    drawing: Drawing,
    words: str,
    rows: bool = False,
    pick: tuple[str, ...] = (),
    on_pick: Callable[[Picked], None] | None = None,
    on_brush: Callable[[pd.DataFrame], None] | None = None,
    says: str = "",
) -> None:
    """Draw a chart as wide as its place; ``words`` say what it shows to those who cannot see it.

    With named ``rows`` at its left a chart needs room: on a narrow screen it is scrolled sideways. A click on a mark
    gives its fields ``pick`` to ``on_pick``, a rectangle drawn with the mouse the rows within it to ``on_brush``.
    ``says``: what the chart shows in a sentence, for a slide.
    """
    spec = drawing.spec()
    table = _largest(spec)
    # Dark is known only after the page has met the browser once, so light is what a first look may get.
    if st.context.theme.type == "dark":
        text = json.dumps(spec)
        for light, dark in _IN_DARK.items():
            text = text.replace(light, dark)
        spec = json.loads(text)
        spec["config"]["background"] = "transparent"
    spec.pop("width", None)
    spec["config"]["font"] = FONT
    spec["usermeta"] = {"embedOptions": {"renderer": "svg"}}  # each mark an element that a screen reader can name
    key = "chart-" + "-".join(words.lower().split()[:6])
    place = st.container(key="voc-wide-" + key) if rows else st.container()
    if (on_pick and _clickable(spec, pick)) or (on_brush and _clickable(spec, ())):
        place.vega_lite_chart(  # type: ignore[call-overload]
            spec,
            width="stretch",
            theme=None,
            alt=f"{words}; {'click a mark' if on_pick else 'draw a rectangle'} to read the comments",
            key=key,
            on_select=partial(_picked, key, on_pick) if on_pick else partial(_brushed, key, table, on_brush),  # type: ignore[arg-type]
            selection_mode="pick",
        )
    else:
        place.vega_lite_chart(spec, width="stretch", theme=None, alt=words)
    if not table.empty:
        _save(drawing, table, key, words, says)


def _clickable(spec: Spec, fields: tuple[str, ...]) -> bool:
    """Let the first solid marks that have the ``fields`` be clicked, or without fields be brushed; False where there
    are none."""
    for layer in spec.get("layer", [spec]):
        mark = layer["mark"] if isinstance(layer["mark"], dict) else {"type": layer["mark"]}
        data = spec["datasets"].get((layer.get("data") or spec.get("data") or {}).get("name"), [])
        if mark["type"] in _SOLID and data and set(fields) <= data[0].keys():
            layer["mark"] = {**mark, "cursor": "pointer" if fields else "crosshair"}
            select = {"type": "point", "fields": list(fields)} if fields else {"type": "interval"}
            layer["params"] = [{"name": "pick", "select": select}]
            return True
    return False


def _picked(key: str, on_pick: Callable[[Picked], None]) -> None:
    picked = st.session_state[key]["selection"].get("pick")
    if picked:
        on_pick(dict(picked[0]))


def _brushed(key: str, table: pd.DataFrame, on_brush: Callable[[pd.DataFrame], None]) -> None:
    ranges = st.session_state[key]["selection"].get("pick") or {}
    inside = [table[name].between(min(ends), max(ends)) for name, ends in ranges.items() if name in table]
    if inside:
        on_brush(table[pd.concat(inside, axis=1).all(axis=1)])


def _largest(spec: Spec) -> pd.DataFrame:
    """The table behind a chart: the largest that it draws; empty where it only says that there is nothing."""
    tables = [rows for rows in spec.get("datasets", {}).values() if rows and len(rows[0]) > 1]
    return pd.DataFrame(max(tables, key=lambda rows: len(rows) * len(rows[0]))) if tables else pd.DataFrame()


def _save(drawing: Drawing, table: pd.DataFrame, key: str, words: str, says: str) -> None:
    """The chart as a picture, for print and for a slide with its sentence, and its numbers."""
    name = re.sub(r"[^\w-]+", "", key.removeprefix("chart-"))
    with st.container(key=f"voc-save-{key}"), st.popover("Save", icon=":material/download:", type="tertiary"):
        for kind, mime, make in (
            ("PNG", "image/png", lambda: to_png(drawing.chart(), 3.0)),
            ("SVG", "image/svg+xml", lambda: to_svg(drawing.chart())),
            ("CSV", "text/csv", partial(table_csv, table)),
        ):
            st.download_button(
                f"{kind} of this chart",
                make,
                f"{name}.{kind.lower()}",
                mime,
                key=f"{key}-{kind}",
                on_click="ignore",
                width="stretch",
            )
        st.caption("For a slide: the PNG, and this sentence.")
        st.code(says or words, language=None, wrap_lines=True)


def choose_theme(table: pd.DataFrame, choice: str, picked: Picked) -> None:
    """Put the theme whose mark was clicked (``theme, label`` of ``table``) into the list to choose from."""
    chosen = table[table["label"] == picked.get("label")]
    if len(chosen):
        st.session_state[choice] = chosen["theme"].iloc[0]


def read_theme(table: pd.DataFrame, picked: Picked) -> None:
    """Open the page of themes at the one whose mark was clicked (``theme, label`` of ``table``)."""
    choose_theme(table, "themes-choice", picked)
    st.session_state["go-to"] = "themes"


def go_to(screen: str) -> None:
    """Open another screen, filters and choices as they are."""
    st.session_state["go-to"] = screen
    st.rerun()


def tiles(figures: Iterable[tuple[str, str, str, str]]) -> None:
    """Headline figures side by side: name, value, interval, base."""
    boxes = "".join(
        f'<div class="voc-tile"><p class="voc-tile-name">{escape(name)}</p>'
        f'<p class="voc-tile-value">{escape(value)}</p>'
        f'<p class="voc-tile-note">{escape(interval) or "&nbsp;"}</p><p class="voc-tile-note">{escape(base)}</p></div>'
        for name, value, interval, base in figures
    )
    st.html(f'<div class="voc-tiles">{boxes}</div>')


def with_notes(comments: pd.DataFrame, notes: pd.DataFrame) -> pd.DataFrame:
    """``comments`` with the columns ``note`` and ``tags`` of ``View.notes``, empty where nobody set any down."""
    held = notes.reindex(pd.MultiIndex.from_frame(comments[list(KEY)]))
    tags: list[Any] = [value if isinstance(value, list) else [] for value in held["tags"]]
    return comments.assign(note=held["note"].to_numpy(), tags=tags)


def comment_list(view: View, found: Verbatims, key: str, tone: str | None = None, page_size: int = PAGE_SIZE) -> None:
    """Comments as cards in their order, page by page, each text once; any of them can be opened."""
    said = len(found)
    found, repeats = found.once
    pages = max(-(-len(found) // page_size), 1)
    place = f"{key}-page"
    if st.session_state.get(f"{key}-of") != (of := found.digest):  # other comments, or in another order
        st.session_state[place] = 1
    st.session_state[f"{key}-of"] = of
    cards = st.container(key=f"voc-cards-{key}", gap=None)
    page = st.pagination(pages, key=place) if pages > 1 else 1
    first = (page - 1) * page_size
    shown = with_notes(found.page(first, page_size), view.notes).assign(repeats=repeats[first : first + page_size])
    with cards:
        whole = f"{len(found):,}" + (f" different ones of {said:,}" if len(found) < said else "")
        st.caption(f"{first + 1:,}–{first + len(shown):,} of {whole}" if len(shown) else "No comment here.")
        for number, (_, row) in enumerate(shown.iterrows()):
            with st.container(key=f"voc-card-{key}-{number}", gap=None):
                st.html(card(row, row["spans"], tone))
                if st.button("Open", key=f"open-{key}-{number}", type="tertiary", icon=":material/open_in_full:"):
                    open_comment(view, row)
