"""One look for all charts: colours that colour-blind readers and grey prints keep apart, font, width."""

from __future__ import annotations

from textwrap import wrap
from typing import TypeAlias

import altair as alt
import pandas as pd

Chart: TypeAlias = alt.Chart | alt.LayerChart | alt.FacetChart

GIVING, TAKING = "#00786c", "#c4541c"  # teal, rust
NEUTRAL, PALE = "#8c9196", "#d5d8db"
INK, MUTED = "#22272b", "#5b6268"
#: For lines of several groups: Okabe and Ito (2008), darkest first, without the yellow.
GROUPS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#22272b")
#: Their strokes, by which they are told apart in grey.
DASHES: tuple[tuple[int, ...], ...] = ((), (6, 3), (2, 2), (10, 3), (6, 2, 2, 2), (1, 3), (12, 3, 2, 3))
LINES = alt.Legend(symbolOpacity=1, symbolType="stroke", symbolSize=600, symbolStrokeWidth=2, labelLimit=260)
#: Apart in grey too: middle, light, lightest, dark.
SENTIMENT_COLOURS = {"negative": TAKING, "mixed": "#b9a8d6", "neutral": "#dfe2e4", "positive": "#00594f"}
#: Neighbours in the bar (giving, both, taking, neither) apart in grey too.
STANCE_COLOURS = {"giving": GIVING, "both": "#b9a8d6", "taking": TAKING, "neither": "#dfe2e4"}
FONT = "DejaVu Sans, Helvetica, Arial, sans-serif"
#: Width of a whole picture with its axis, in pixels, and the most that row names at its left may take.
WIDTH, NAMES = 640, 235
ROW = 26
#: Height of a row with its name on a line of its own, so that it fits a telephone, and how far above the mark that is.
TALL_ROW, RISE = 42, 14


def finish(chart: Chart, title: str, subtitle: str | list[str] = "", height: int = 240) -> Chart:
    """Give ``chart`` its title, look and size: ``WIDTH`` with axes and legend, ``height`` without."""
    finished: Chart = (
        chart.properties(
            title=alt.TitleParams(title, subtitle=subtitle, anchor="start", frame="bounds", offset=12),
            width=WIDTH,
            height=height,
            autosize=alt.AutoSizeParams(type="fit-x", contains="padding"),
        )
        .configure(font=FONT, background="white", padding=8)
        .configure_view(stroke=None)
        .configure_title(fontSize=15, subtitleFontSize=11.5, color=INK, subtitleColor=MUTED, subtitlePadding=4)
        .configure_axis(
            labelFontSize=11.5,
            titleFontSize=11.5,
            titleFontWeight="normal",
            labelColor=INK,
            titleColor=MUTED,
            gridColor="#eceef0",
            domainColor=PALE,
            tickColor=PALE,
        )
        .configure_axisY(labelLimit=NAMES)
        .configure_legend(labelFontSize=11.5, titleFontSize=11.5, orient="top", labelColor=INK, titleColor=MUTED)
    )
    return finished


def nothing(title: str, reason: str) -> Chart:
    """A picture that says why there is nothing to show."""
    lines = "\n".join(wrap(reason, 84))
    message = alt.Chart(pd.DataFrame({"text": [lines]})).mark_text(fontSize=13, color=MUTED, lineBreak="\n")
    return finish(message.encode(text="text:N"), title, height=70)


#: Length of a label → step and form of such periods; quarters are as long as months.
_STEPS = {4: ("YS", "%Y"), 7: ("MS", "%Y-%m"), 8: ("W-MON", "%G-W%V"), 10: ("D", "%Y-%m-%d")}


def period_start(label: str) -> pd.Timestamp | None:
    """First day of the period ``label`` names (``2026``, ``2026-Q2``, ``2026-04``, ``2026-W14``,
    ``2026-04-03``); None for any other word."""
    try:
        if "-W" in label:
            return pd.to_datetime(f"{label}-1", format="%G-W%V-%u")
        if "-Q" in label:
            year, _, quarter = label.partition("-Q")
            return pd.Timestamp(int(year), int(quarter) * 3 - 2, 1)
        return pd.to_datetime(label, format={4: "%Y", 7: "%Y-%m"}.get(len(label), "%Y-%m-%d"))
    except ValueError:
        return None


def every_period(labels: pd.Series) -> list[str]:
    """All periods from the first of ``labels`` to the last, those between that have no rows too."""
    first = str(labels.iloc[0])
    step, form = ("QS", "%Y-Q") if "-Q" in first else _STEPS[len(first)]
    starts = [start for label in labels.unique() if (start := period_start(str(label))) is not None]
    days = pd.date_range(min(starts), max(starts), freq=step)
    return [f"{day:{form}}{day.quarter if step == 'QS' else ''}" for day in days]


def after(labels: pd.Series) -> pd.Timestamp:
    """First day after the last of the periods ``labels`` name."""
    first = str(labels.iloc[0])
    step = "QS" if "-Q" in first else _STEPS[len(first)][0]
    last: pd.Timestamp = max(start for label in labels.unique() if (start := period_start(str(label))) is not None)
    return last + pd.tseries.frequencies.to_offset(step)


def dated(table: pd.DataFrame) -> pd.DataFrame:
    """``table`` with the column ``start`` of each period's first day; undated rows left out."""
    starts = [period_start(str(label)) for label in table["period"]]
    rows = table.assign(start=pd.Series(starts, index=table.index, dtype="datetime64[us]"))
    return rows[rows["start"].notna()]


def time_axis(starts: pd.Series) -> alt.X:
    """Time axis with one label a month, fewer over long spans."""
    months = max((starts.max() - starts.min()).days / 30, 1) if len(starts) else 1
    count = {"interval": "month", "step": 1 if months <= 14 else 3 if months <= 42 else 12}
    # the year stands under January and under the first label
    label = (
        "timeFormat(datum.value, '%b') + ((month(datum.value) == 0 || datum.index == 0) ?"
        " ' ' + timeFormat(datum.value, '%Y') : '')"
    )
    return alt.X("start:T", title=None, axis=alt.Axis(tickCount=count, labelExpr=label, grid=False, labelOverlap=True))


def dashes(field: str, names: list[str]) -> alt.StrokeDash:
    """Strokes of the lines called ``names``, one unbroken, shown in the legend of their colours."""
    scale = alt.Scale(domain=names, range=[list(DASHES[i % len(DASHES)]) for i in range(len(names))])
    return alt.StrokeDash(f"{field}:N", title=None, scale=scale, legend=None if len(names) == 1 else LINES)


def shorten(text: str, limit: int) -> str:
    """``text``, cut at ``limit`` characters with an ellipsis; a mark in brackets at its end stays."""
    if len(text) <= limit:
        return text
    bare, space, last = text.rpartition(" ")
    mark = space + last if last.startswith("(") and last.endswith(")") and len(last) < limit // 2 else ""
    return (bare if mark else text)[: limit - 1 - len(mark)].rstrip() + "…" + mark
