"""How a file is understood: each role with its column, how sure that is, the first rows, and all of it to change."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from voc.ingest import FilePlan
from voc.schema import MAPPABLE, SOURCES
from voc.ui.highlight import sentence
from voc.ui.hints import warn
from voc.ui.uploads import Correction, Uploads
from voc.ui.words import DASH, count, percent

#: Roles that come first, and what they are called; the others go by their name.
_FIRST = {"text": "Customers' words", "title": "Title", "date": "Date", "score": "Score", "id": "Comment's id"}
_NAMES = {
    **_FIRST,
    "source": "Kind of source, by row",
    "response_id": "Answer's id",
    "customer_id": "Customer",
    "url": "Address",
}
_ORDERS = {
    "": "as found",
    "dmy": "day, month, year",
    "mdy": "month, day, year",
    "ymd": "year, month, day",
    "ydm": "year, day, month",
}
_NONE = "– no column –"
_ROWS = ("first row", "second row", "third row")


def show(uploads: Uploads, file: FilePlan, number: int) -> None:
    """One table of an upload; ``number`` tells its widgets from those of the others."""
    name = uploads.shown(file.file)
    st.markdown(f"**{sentence(name)}**: {count(file.rows, 'row')}, read as {file.source}")
    st.dataframe(
        understanding(file),
        hide_index=True,
        column_config={row: st.column_config.TextColumn(width=210) for row in _ROWS},
        alt=f"How the columns of {name} are understood",
    )
    details = [
        f"score on the scale {file.score_scale}" if file.score_scale else "",
        f"dates {file.date_format}" if file.date_format else "",
        f"{file.encoding} text" if file.encoding else "",
    ]
    if said := "; ".join(filter(None, details)):
        st.caption(sentence(said))
    warn(file.warnings)
    with st.expander(f"Change how {sentence(name)} is read", icon=":material/edit:", key=f"change-{number}"):
        _corrections(uploads, file, number)


def understanding(file: FilePlan) -> pd.DataFrame:
    """What each column was taken for, how sure that is, and what that gives in the first rows."""
    rows = []
    for role, names in file.columns.items():
        columns = [names] if isinstance(names, str) else names or []
        sure = file.confidence.get(role)
        if columns:
            shown = [_cell(example.get(role)) for example in file.examples]
            row = role.replace("_", " "), ", ".join(columns), DASH if sure is None else percent(sure), *shown
            rows.append((*row, *[DASH] * (len(_ROWS) - len(shown))))
    return pd.DataFrame(rows, columns=["used as", "column", "sure", *_ROWS])


def _cell(value: object) -> str:
    if value is None:
        return DASH
    return f"{value:g}" if isinstance(value, float) else str(value).removesuffix("+00:00").removesuffix(" 00:00:00")


def _corrections(uploads: Uploads, file: FilePlan, number: int) -> None:
    """A choice for every role. Those that nobody touched follow what is understood."""
    own = uploads.corrections.get(file.file, Correction())
    columns = list(file.table_columns)

    def offer(role: str, key: str, value: object) -> str:
        st.session_state[key] = value
        return _NAMES.get(role, role.replace("_", " ").capitalize())

    def changed(key: str, make: Callable[[object], Correction]) -> None:
        uploads.correct(file.file, make(st.session_state[key]))

    places = _pairs()
    for role in (*_FIRST, *(role for role in MAPPABLE if role not in _FIRST)):
        key = f"map-{number}-{role}"
        with next(places):
            if role == "text":
                st.multiselect(
                    offer(role, key, list(file.texts)),
                    columns,
                    key=key,
                    on_change=partial(changed, key, lambda names: _with_texts(own, names)),
                )
            else:
                st.selectbox(
                    offer(role, key, file.column(role) or _NONE),
                    [_NONE, *columns],
                    key=key,
                    on_change=partial(changed, key, partial(_with_column, own, role)),
                )
    with next(places):
        key = f"order-{number}"
        label = offer("Order in dates", key, own.date_order or "")
        st.selectbox(
            label,
            list(_ORDERS),
            format_func=_ORDERS.__getitem__,
            key=key,
            on_change=partial(
                changed, key, lambda order: Correction(own.columns, str(order) if order else None, own.source)
            ),
        )
    with next(places):
        key = f"source-{number}"
        label = offer("Kind of source", key, file.source)
        st.selectbox(
            label,
            SOURCES,
            key=key,
            on_change=partial(changed, key, lambda source: Correction(own.columns, own.date_order, str(source))),
        )
    if own != Correction():
        st.button(
            "Back to what was found",
            icon=":material/undo:",
            key=f"back-{number}",
            on_click=partial(uploads.correct, file.file, None),
        )


def _pairs() -> Iterator[DeltaGenerator]:
    """Places two by two: side by side where there is room, else one below the other."""
    while True:
        yield from st.columns(2)


def _with_texts(own: Correction, names: object) -> Correction:
    """Several columns of words; none at all would leave nothing to read, so that is what was found again."""
    chosen = tuple(names) if isinstance(names, list) else ()
    if chosen:
        return own.with_role("text", chosen)
    columns = {role: columns for role, columns in own.columns.items() if role != "text"}
    return Correction(columns, own.date_order, own.source)


def _with_column(own: Correction, role: str, name: object) -> Correction:
    return own.with_role(role, None if name == _NONE else (str(name),))
