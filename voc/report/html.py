"""The brief as one page of HTML: styles and pictures inside, no script, no network; prints on two A4 pages and an
appendix."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

import pandas as pd

from voc.charts import (
    GIVING,
    TAKING,
    Chart,
    net_giving_line,
    nps_line,
    sentiment_bars,
    signal_diverging,
    to_svg,
)
from voc.report import wording
from voc.report.model import Balance, Brief, Figure, told

if TYPE_CHECKING:
    from markupsafe import Markup

_IDS = re.compile(r'(?<=id=")[^"]+(?=")')


def render(brief: Brief) -> str:
    """The page as text; the same brief gives the same bytes. Every word of customers is escaped."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    pages = Environment(
        loader=PackageLoader("voc.report", ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    pages.filters.update(number=wording.number, effect=wording.effect, percent=wording.percent)
    pages.filters.update(shortened=wording.shortened, moved=wording.moved, tick=_tick)
    return pages.get_template("brief.html.j2").render(
        brief=brief,
        score_chart=_svg("score", _score_chart(brief)),
        giving_chart=_svg("giving", _sized(net_giving_line(brief.balance.trend.frame()), 340, 82)),
        pairs_chart=_svg("pairs", _sized(_pairs_chart(brief.balance), 720, 175)),
        scale=_Scale([driver.effect for driver in brief.drivers]),
        unit=wording.UNITS[brief.score.kind],
        all_drivers=told(brief.appendix),
        colours={"giving": GIVING, "taking": TAKING},
    )


class _Scale:
    """Places on the strip of the driver rows, in percent of its width; 0 is always on it."""

    def __init__(self, figures: list[Figure]) -> None:
        ends = [0.0, *(end for figure in figures for end in figure.known or ())]
        low, high = min(ends), max(ends)
        pad = 0.06 * (high - low) or 1.0
        self.low, self.span = low - pad, high - low + 2 * pad

    def at(self, value: float) -> float:
        """Where ``value`` lies, 0…100."""
        return round(100 * (value - self.low) / self.span, 2)

    @property
    def ticks(self) -> list[float]:
        """Round numbers for the axis, three to five of them, 0 among them."""
        steps = (base * 10.0**power for power in range(-3, 4) for base in (1, 2, 5))
        step = next(step for step in steps if self.span / step <= 4.5)
        first = math.ceil(self.low / step)
        return [round(step * k, 6) for k in range(first, math.floor((self.low + self.span) / step) + 1)]


def _tick(value: float) -> str:
    return f"{value:g}".replace("-", "−")


def _score_chart(brief: Brief) -> Chart:
    table = brief.score.trend.frame()
    if brief.score.kind != "nps":
        return _sized(sentiment_bars(table), 440, 112)
    events = pd.DataFrame(
        {
            "date": [pd.Timestamp(event.day) for event in brief.events],
            "event": [event.name for event in brief.events],
        }
    )
    return _sized(nps_line(table, events=events), 440, 112)


def _pairs_chart(balance: Balance) -> Chart:
    return signal_diverging(balance.pairs.frame(), balance.blocks.frame(), beside=True)


def _sized(chart: Chart, width: int, height: int) -> Chart:
    """The chart at the size it is printed, without the titles that stand in the page beside it."""
    sized: Chart = chart.properties(title="", width=width, height=height).configure_axisY(
        labelLimit=235, titleFontSize=0, titlePadding=0
    )
    return sized


def _svg(name: str, chart: Chart) -> Markup:
    """The picture for use inside the page: no XML header, its own ids (several pictures share one page)."""
    from markupsafe import Markup

    svg = to_svg(chart)
    svg = svg[svg.index("<svg") :]
    for found in dict.fromkeys(_IDS.findall(svg)):
        svg = svg.replace(f'id="{found}"', f'id="{name}-{found}"').replace(f"#{found})", f"#{name}-{found})")
        svg = svg.replace(f'="#{found}"', f'="#{name}-{found}"')
    return Markup(svg)
