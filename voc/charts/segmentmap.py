"""Map of sentences: a point each, drawn by the graphics card, to be taken with a lasso."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pandas as pd

from voc.charts.theme import shorten

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

#: What the points can be coloured by → colours of its values; of themes the largest have one each.
COLOURS: Final = {
    "theme": {},
    "sentiment": {"positive": "#2b8cbe", "negative": "#d1622a", "mixed": "#8674a8", "neutral": "#9aa0a5"},
    "stance": {"giving": "#00897b", "taking": "#d1622a", "both": "#8674a8", "neither": "#9aa0a5"},
}
_PALETTE: Final = "#0072b2 #e69f00 #009e73 #cc79a7 #d55e00 #56b4e9 #8674a8 #b8a500 #7a5230 #4b6a88".split()
_OTHER, _OTHERS, _NONE = "#9aa0a5", "other themes", "no theme"
_LABELLED = 14


def segment_map(points: pd.DataFrame, colour: str = "theme") -> tuple[Figure, pd.DataFrame]:
    """From ``voc.pipeline.segment_map``: the chart, and its points in the order in which it draws them (``curve`` and
    ``place`` say where: a selection names them so). ``colour``: theme, sentiment or stance."""
    from plotly import graph_objects

    points, colours = _coloured(points, colour)
    figure = graph_objects.Figure()
    for curve, (name, shade) in enumerate(colours.items()):
        own = points[points["curve"].eq(curve)]
        figure.add_trace(
            graph_objects.Scattergl(
                x=own["x"].to_numpy(),
                y=own["y"].to_numpy(),
                mode="markers",
                name=shorten(name, 32),
                text=own["text"].to_numpy(),
                hovertemplate="%{text}<extra>%{fullData.name}</extra>",
                marker={"size": 5, "color": shade, "opacity": 0.65},
            )
        )
    for label, own in sorted(points.groupby("theme"), key=lambda pair: -len(pair[1]))[:_LABELLED]:
        figure.add_annotation(
            x=float(own["x"].median()),
            y=float(own["y"].median()),
            text=f"<b>{_plain(shorten(str(label), 26))}</b>",
            showarrow=False,
            font={"color": "#22272b"},
            bgcolor="rgba(255,255,255,.8)",
        )
    axis = {"visible": False, "showgrid": False, "zeroline": False}
    figure.update_layout(
        xaxis=axis,
        yaxis={**axis, "scaleanchor": "x"},
        height=560,
        margin={"l": 0, "r": 0, "t": 8, "b": 0},
        dragmode="lasso",
        legend={"orientation": "h", "yanchor": "top", "y": 0, "itemsizing": "constant"},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
    )
    return figure, points


def _coloured(points: pd.DataFrame, colour: str) -> tuple[pd.DataFrame, dict[str, str]]:
    values = points[colour].astype(object).where(points[colour].notna(), _NONE)
    colours = dict(COLOURS[colour])
    if not colours:
        largest = [name for name in values.value_counts().index if name != _NONE][: len(_PALETTE)]
        colours = {**dict(zip(largest, _PALETTE, strict=False)), _OTHERS: _OTHER, _NONE: "#c9cdd1"}
        values = values.where(values.isin(colours), _OTHERS)
    colours = {name: shade for name, shade in colours.items() if values.eq(name).any()}
    curves = values.map({name: curve for curve, name in enumerate(colours)})
    points = points.assign(curve=curves, text=[_plain(str(text)) for text in points["text"]])
    points = (
        points[points["curve"].notna()].astype({"curve": int}).sort_values("curve", kind="stable", ignore_index=True)
    )
    return points.assign(place=points.groupby("curve").cumcount()), colours


def _plain(text: str) -> str:
    """Text that Plotly shows as it is: it reads some tags."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
