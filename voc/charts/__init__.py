"""Charts of the tables of ``voc.analytics``: table in, Altair chart out.

Each chart says in its title what is shown and in its axes the units; numbers that matter stand in the
picture, the tooltip only adds. An empty table gives a picture that says so. ``to_svg`` and ``to_png`` draw
without a browser or network.
"""

from voc.charts.bars import emerging_bars, sentiment_bars, theme_bars, volume_bars
from voc.charts.beyond import journey_heat, moment_bars, signal_heat
from voc.charts.differences import change_dots, compare_dots, split_bars
from voc.charts.driver import drivers_chart
from voc.charts.gap import gap_dots, gaps_chart
from voc.charts.lines import level_line, net_giving_line, nps_line
from voc.charts.quadrant import quadrant_grid
from voc.charts.render import to_png, to_svg
from voc.charts.scores import base_bars, nps_dots, rate_dots, value_bars
from voc.charts.signals import signal_diverging
from voc.charts.stances import stance_bars
from voc.charts.theme import GIVING, NEUTRAL, TAKING, Chart
from voc.charts.thememap import theme_map
from voc.charts.topics import topic_lines

__all__ = [
    "GIVING",
    "NEUTRAL",
    "TAKING",
    "Chart",
    "base_bars",
    "change_dots",
    "compare_dots",
    "drivers_chart",
    "emerging_bars",
    "gap_dots",
    "gaps_chart",
    "journey_heat",
    "level_line",
    "moment_bars",
    "net_giving_line",
    "nps_dots",
    "nps_line",
    "quadrant_grid",
    "rate_dots",
    "sentiment_bars",
    "signal_diverging",
    "signal_heat",
    "split_bars",
    "stance_bars",
    "theme_bars",
    "theme_map",
    "to_png",
    "to_svg",
    "topic_lines",
    "value_bars",
    "volume_bars",
]
