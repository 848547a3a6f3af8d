"""Compare: two slices side by side, as they are and at an equal mix of customers."""

from __future__ import annotations

from functools import partial

import pandas as pd
import streamlit as st

from voc import analytics, charts
from voc.pipeline import Frames, customers_of
from voc.report import moved
from voc.ui import verbatims
from voc.ui.filters import PICKED
from voc.ui.highlight import plain
from voc.ui.look import choose_theme, comment_list, drawing, show
from voc.ui.view import View

TITLE = "Compare"
TELLS = "Two slices side by side: scores, net giving and topics, as they are and at an equal mix of customers."
HOW = """
Differences are the first slice less the second, with 95 % intervals. **At an equal mix** holds source, brand, customer
segment, kind of survey and quarter constant (least squares, errors by customer) as far as both slices have the same
levels; the line says which. **Beyond chance** as on the page *Changes*: where nothing differs at most one report in
twenty names anything.

**Complaints per 1,000 customers** need counts of customers by month (`customers.csv` in the store's folder) and a
complaint log: rows of source *complaint* that hold every complaint there was. Among reviews or surveys a rate would
depend on who writes. Exact intervals (Garwood).

Do not compare sources: who writes where, and why, differs. Association only: slices differ in more than one respect.
"""
#: What can be set side by side: columns of a comment that say whose it is, not what is in it.
_BY = {column: PICKED[column] for column in ("brand", "product", "customer_segment")}


def body(view: View) -> None:
    """The screen."""
    slices = _choice(view)
    if slices is None:
        st.info("There are no two brands, products or customer segments among these comments to compare.")
        return
    column, a, b = slices
    table = view.table(slice_table, column=column, a=a, b=b)
    if note := table.attrs.get("note"):
        st.info(note)
        return
    headlines = table[table["theme"].isna()].to_dict("records")
    st.markdown("\n".join(f"- {plain(moved.difference(row, a, b))}" for row in headlines))
    factors = ", ".join(table.attrs["adjusted_for"]) or "nothing: the two slices share no mix"
    st.caption(f"{a}: {table.attrs['n_a']:,} rows; {b}: {table.attrs['n_b']:,}. The equal mix allows for {factors}.")
    if caution := table.attrs.get("caution"):
        st.warning(caution)
    show(
        drawing(charts.compare_dots, table, a, b),
        "Difference in the share of each theme, with intervals",
        pick=("label",),
        on_pick=partial(choose_theme, table, "compare-theme"),
    )
    _read(view, table, column, (a, b))
    _rates(view, column, (a, b))


def slice_table(
    comments: pd.DataFrame, segments: pd.DataFrame, themes: pd.DataFrame, column: str, a: str, b: str
) -> pd.DataFrame:
    """``analytics.compare`` of two values of a column."""
    first, second = (comments[column].eq(value).fillna(False).astype(bool) for value in (a, b))
    return analytics.compare(comments, segments, themes, first, second)


def _choice(view: View) -> tuple[str, str, str] | None:
    """The column, and two of its values."""
    values = {column: view.kept(_most_first, column) for column in _BY}
    columns = [column for column in _BY if len(values[column]) > 1]
    if not columns:
        return None
    with st.container(horizontal=True, vertical_alignment="bottom"):
        column = st.selectbox("Compare by", columns, format_func=lambda one: _BY[one], key="compare-by") or columns[0]
        a = st.selectbox("First", values[column], key=f"first-{column}") or values[column][0]
        others = [value for value in values[column] if value != a]
        b = st.selectbox("Second", others, key=f"second-{column}") or others[0]
    return column, a, b


def _most_first(frames: Frames, column: str) -> list[str]:
    values: list[str] = frames.comments[column].value_counts().index.astype(str).tolist()
    return values


def _read(view: View, table: pd.DataFrame, column: str, values: tuple[str, str]) -> None:
    """The comments of one theme in both slices, newest first."""
    shares = table[table["measure"].eq("share") & table["difference"].notna()]
    labels = dict(zip(shares["theme"], shares["label"], strict=True))
    theme = st.selectbox("Theme to read", list(labels), format_func=lambda one: str(labels[one]), key="compare-theme")
    if theme is None:
        return
    found = view.kept(verbatims.newest_about, theme)
    places = st.columns(2, gap="large")
    for place, value in zip(places, values, strict=True):
        with place:
            st.caption(plain(value))
            of_slice = found.frames.comments[column].eq(value).fillna(False).to_numpy(dtype=bool)
            comment_list(view, found.keep(of_slice), f"compare-{theme}-{value}", page_size=5)


def _rates(view: View, column: str, values: tuple[str, str]) -> None:
    """Complaints per 1,000 customers, once somebody says that all are logged."""
    customers = customers_of(view.path)
    if customers is None or column not in customers:
        return
    st.subheader("Complaints per 1,000 customers", anchor=False)
    logged = st.checkbox("Rows of source “complaint” hold every complaint there was", key="logged")
    table = analytics.complaint_rates(view.frames.comments, customers, by=column, every_complaint_logged=logged)
    table = table[table["by"].isin(values)] if len(table) else table
    if table.empty:
        st.caption(table.attrs.get("note", "Neither of the two has complaints and counts of customers."))
        return
    st.dataframe(table.drop(columns=["period", "dispersion"]), hide_index=True, alt="Complaint rates with intervals")
    if len(table) == 2:
        ratio, low, high = analytics.rate_ratio(table)
        st.caption(
            f"{table['by'].iloc[0]} against {table['by'].iloc[1]}: {ratio:.2f} times as many "
            f"({low:.2f} to {high:.2f}), if every complaint is logged."
        )
