"""Themes: what customers write about, how it reads and scores, and the comments of each theme."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from voc import analytics, charts
from voc.pipeline import Frames
from voc.report.score import choose_kind
from voc.ui import access, sentences, topics, verbatims
from voc.ui.choose import choose_row, sparkline
from voc.ui.filterbar import narrow
from voc.ui.highlight import plain
from voc.ui.look import comment_list, drawing, show
from voc.ui.theme_edits import edit_panel, restore_panel, undo_panel
from voc.ui.view import View
from voc.ui.words import between, count, percent, signed

TITLE = "Themes"
TELLS = "What customers write about, how often, in what tone and with what scores. Pick a theme to read its comments."
HOW = """
Each comment is split into sentences (and where a sentence turns, as in “good phone, **but** …”). A sentence
belongs to the theme whose typical sentences it is closest in meaning to, if it is close enough; otherwise to
none. A comment can have several themes. Themes were proposed from the sentences themselves and can be
renamed, merged, split and retired here; that changes no comment, is kept with your name and can be undone. One
marked **(unstable)** takes in other comments when themes are looked for again: read them before relying on it.

**Share** is of all tagged comments, **by month** its course. **Effect**: points of the whole score that go with the
theme criticised, the other themes and the mix of customers held constant (page *Drivers*). **Stability**: how surely
the theme is found again (0 to 1; page *Quality*). **Tone** is % praised − % criticised, **net giving** % giving − %
taking, of the comments with the theme. **Trend** compares the last 90 days with the 90 before, in percentage points.
**Tracked by rule**: recurring questions, by words and signals that the team chose; counted over the whole history by
today's rules, and beside each the theme that most of its comments mention. Rules find what they name and nothing else:
read what they find, and what they miss, before relying on one.

Estimates on fewer than 5 comments are withheld. In the **tree** themes stand under headings (alike in wording; named
from a list of plain names where one is near, otherwise by their first themes); a comment counts once under a heading.
On the map, themes that are near are alike in wording; directions have no meaning. **Sentences** stand between the
themes that they are like: their place is reckoned from those of the themes, so that later ones have theirs too;
neighbours need not be alike in meaning.
"""

_COLOURS = {"Net giving": "net_giving", "Tone": "sentiment_balance", "NPS": "nps"}


def body(view: View) -> None:
    """The screen."""
    discovered, tracked = st.tabs(["Discovered themes", "Tracked by rule"])
    with tracked:
        topics.panel(view)
    with discovered:
        _discovered(view)


def _discovered(view: View) -> None:
    table = view.table(analytics.theme_table)
    if note := table.attrs.get("note"):
        st.warning(note)
        return
    table = table[table["n"] > 0].reset_index(drop=True)
    if table.empty:
        st.info(
            "None of these comments has a theme. Widen the filters, or add comments: themes need some 200 sentences."
        )
        return
    st.caption(_coverage(view))
    headings = view.table(analytics.heading_table)
    headings = headings[headings["n"] > 0]
    ways = ["Table", *(["Tree"] if len(headings) else []), "Map"]
    way = st.segmented_control("Show as", ways, default="Table", required=True, key="theme-view")
    if way == "Map":
        _map(view, table)
    theme = _table(view, _tree(view, headings, table) if way == "Tree" else table)
    if theme and theme in set(headings["theme"]):
        _drill_heading(view, headings[headings["theme"].eq(theme)].iloc[0])
    elif theme:
        _drill(view, table[table["theme"].eq(theme)].iloc[0])


def _tree(view: View, headings: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """The themes under their headings, both by size; themes without one at the end."""
    above = table["theme"].map(view.everything.themes.set_index("id")["parent"])
    parts = []
    for heading in headings.to_dict("records"):
        own = table[above.eq(heading["theme"])]
        parts += [
            pd.DataFrame([heading]).assign(label=heading["label"].upper()),
            own.assign(label=_INDENT + own["label"]),
        ]
    return pd.concat([*parts, table[~above.isin(set(headings["theme"]))]], ignore_index=True)


def _coverage(view: View) -> str:
    about = view.table(analytics.theme_table).attrs
    return (
        f"{count(about['n_tagged'], 'tagged comment')}; {percent(about['unthemed_share'])} fit no theme "
        f"({percent(about['unthemed_low'])} to {percent(about['unthemed_high'])})."
    )


def _map(view: View, table: pd.DataFrame) -> None:
    if (
        st.segmented_control("Of", ["Themes", "Sentences"], default="Themes", required=True, key="map-of")
        == "Sentences"
    ):
        sentences.panel(view)
        return
    colour = st.segmented_control("Coloured by", list(_COLOURS), default="Net giving", required=True, key="map-colour")
    places = view.everything.themes[["id", "x", "y"]].rename(columns={"id": "theme"})
    show(
        drawing(charts.theme_map, table.merge(places, on="theme"), _COLOURS[colour or "Net giving"]),
        "Map of themes; the table below has the same numbers",
        rows=True,
        on_brush=_narrow,
    )
    st.caption("Draw a rectangle around themes to filter all pages by them.")


def _narrow(themes: pd.DataFrame) -> None:
    if len(themes):
        narrow("theme", themes["theme"].tolist())


#: Before a theme's name in the tree: spaces that no table takes away.
_INDENT = "\u2003\u2003"
#: With so many comments the effects are reckoned when asked for: they take a minute.
_MANY = 100_000


def _more_columns(view: View, table: pd.DataFrame) -> pd.DataFrame:
    """``table`` with each theme's course, its effect beside the score where it is criticised, group and stability."""
    course = view.table(analytics.theme_periods).groupby("theme")["share"].agg(sparkline)
    themes = view.everything.themes.set_index("id")
    groups = themes["parent"].map(themes["label"])
    table = table.assign(
        course=table["theme"].map(lambda theme: course.get(theme, [])),
        stability=table["theme"].map(themes["stability"]),
        group=table["theme"].map(groups),
    )
    many = view.size > _MANY
    if many and not st.toggle("Effect beside the score (takes a minute)", key="with-effect"):
        return table
    effects = view.table(analytics.drivers, score=view.kept(_kind))
    criticised = effects[effects["polarity"].eq("criticised")] if len(effects) else effects
    return table.assign(effect=table["theme"].map(dict(zip(criticised["theme"], criticised["effect"], strict=True))))


def _kind(frames: Frames) -> str:
    return choose_kind(frames.comments)


def _table(view: View, table: pd.DataFrame) -> str | None:
    shown = _more_columns(view, table.assign(share=100 * table["share"], trend=100 * table["trend"]))
    names = dict(zip(table["theme"], table["label"].str.strip(), strict=True))
    if table["label"].str.startswith(_INDENT).any():
        shown = shown.drop(columns="group")  # the tree says it
    column = st.column_config
    return choose_row(
        shown,
        names,
        "Theme to read",
        "themes",
        {
            "label": column.TextColumn("Theme", width=240),
            "n": column.NumberColumn("Comments", format="%d"),
            "share": column.ProgressColumn(
                "Share", width="small", format="%.1f %%", min_value=0, max_value=float(shown["share"].max())
            ),
            "course": column.LineChartColumn("By month", width="small", y_min=0, color="#00786c"),
            "sentiment_balance": column.NumberColumn("Tone", help="% praised − % criticised"),
            "net_giving": column.NumberColumn("Net giving", help="% giving − % taking"),
            "nps": column.NumberColumn("NPS", help="of the responses that mention the theme"),
            "stars": column.NumberColumn("Stars", format="%.1f"),
            "effect": column.NumberColumn("Effect", help="points of the whole score that go with the theme criticised"),
            "trend": column.NumberColumn("Trend, pp", help="last 90 days against the 90 before"),
            "stability": column.NumberColumn("Stability", format="%.2f", help="0 to 1; measured on the page Quality"),
            "group": column.TextColumn("Group"),
        },
        {"sentiment_balance": 0, "net_giving": 0, "nps": 0, "effect": 1, "trend": 1},
    )


def _drill_heading(view: View, row: pd.Series) -> None:
    themes = view.everything.themes
    own = themes[themes["parent"].eq(row["theme"])]
    st.subheader(plain(row["label"]), anchor=False)
    st.caption(f"{_facts(row)}, of {count(len(own), 'theme')} together; a comment counts once")
    st.button(
        "Filter all pages by these themes",
        icon=":material/filter_alt:",
        on_click=narrow,
        args=("theme", own["id"].tolist()),
    )
    found = view.kept(_of_themes, tuple(own["id"]))
    comment_list(view, found, f"theme-{row['theme']}", tone="plain")


def _of_themes(frames: Frames, themes: tuple[str, ...]) -> verbatims.Verbatims:
    return verbatims.about_any(frames, themes).ordered("Newest first")


def _facts(row: pd.Series) -> str:
    return (
        f"{percent(row['share'], 1)} of tagged comments ({percent(row['low'], 1)} to {percent(row['high'], 1)}) · "
        f"net giving {signed(row['net_giving'])} ({between(row['net_giving_low'], row['net_giving_high'])}) · "
        f"trend {signed(100 * row['trend'], 1)} points ({between(100 * row['trend_low'], 100 * row['trend_high'], 1)})"
    )


def _drill(view: View, row: pd.Series) -> None:
    theme = view.everything.themes.set_index("id").loc[row["theme"]]
    st.subheader(plain(row["label"]), anchor=False)
    if theme["description"]:
        st.write(plain(str(theme["description"])))
    st.caption(_facts(row))
    if access.may("editor"):
        _edits(view, row["theme"])
    order = st.selectbox("Order", list(verbatims.ORDERS), key="theme-order")
    found = view.kept(_of_theme, row["theme"], order)
    comment_list(view, found, f"theme-{row['theme']}", tone="plain")


def _edits(view: View, theme: str) -> None:
    edit, undo = st.columns(2)
    with edit, st.expander("Edit this theme", icon=":material/edit:"):
        edit_panel(view, theme)
    with undo, st.expander("Recent edits and undo", icon=":material/history:"):
        undo_panel(view)
        restore_panel(view)


def _of_theme(frames: Frames, theme: str, order: str) -> verbatims.Verbatims:
    return verbatims.about_theme(frames, theme).ordered(order)
