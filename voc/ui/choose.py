"""A table and a list to pick from that stay together: click a row or pick by name, and its comments follow."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any
from zlib import crc32

import pandas as pd
import streamlit as st

from voc.ui.words import count, signed


def sparkline(shares: pd.Series) -> list[float]:
    """Shares (0…1, in order of time) in percent for a cell with a line; a cell with a gap would show bare numbers."""
    line: list[float] = (100 * shares.dropna().astype(float)).tolist()
    return line


def choose_row(
    table: pd.DataFrame,
    names: Mapping[str, str],
    label: str,
    key: str,
    columns: Mapping[str, Any],
    signs: Mapping[str, int],
) -> str | None:
    """Show ``table`` (one row per id of ``names``, in its order) and return the id picked, at first the first one.

    ``names``: id → what to call it in the list. ``columns``: column → its display, in order; others, and those
    that hold nothing, stay hidden.
    ``signs``: column of signed numbers → decimals; these are sorted as numbers and written as in all sentences.
    """
    ids = list(names)
    if not ids:
        return None
    # a ticked row is one of these rows: another list is another table, with none ticked
    choice, rows = f"{key}-choice", f"{key}-rows-{crc32(repr(ids).encode())}"
    if st.session_state.get(choice) not in names:
        st.session_state[choice] = ids[0]

    def follow_row() -> None:
        picked = st.session_state[rows]["selection"]["rows"]
        if picked and picked[0] < len(ids):
            st.session_state[choice] = ids[picked[0]]

    there = {name: shown for name, shown in columns.items() if name in table and table[name].notna().any()}
    written: dict[Any, Any] = {name: partial(signed, digits=digits) for name, digits in signs.items() if name in there}
    shown = table[list(there)].copy(deep=False)
    shown.attrs.clear()  # they travel to the browser as JSON, which knows no NaN
    st.dataframe(
        shown.style.format(written),
        column_config=there,
        hide_index=True,
        key=rows,
        on_select=follow_row,
        selection_mode="single-row",
        height=min(35 * (len(table) + 1) + 3, 423),
        row_height=35,
        placeholder="–",
        alt=f"{label}: a table of {count(len(table), 'row')}",
    )
    picked: str | None = st.selectbox(label, ids, format_func=lambda one: names[one], key=choice)
    return picked
