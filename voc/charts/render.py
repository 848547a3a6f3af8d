"""Pictures of charts for print, drawn by vl-convert without a browser or network."""

from __future__ import annotations

import json
import re

from voc.charts.theme import Chart

_NUMBERED = re.compile(r"\b(?:gradient_|clip)\d+\b")


def to_svg(chart: Chart) -> str:
    """The chart as an SVG document; the same chart gives the same text."""
    import vl_convert

    svg = str(vl_convert.vegalite_to_svg(_spec(chart), allowed_base_urls=[]))
    # gradients and clips are numbered through the whole process: number them through the picture
    names = {name: f"{name.rstrip('0123456789')}{i}" for i, name in enumerate(dict.fromkeys(_NUMBERED.findall(svg)))}
    return _NUMBERED.sub(lambda found: names[found[0]], svg)


def to_png(chart: Chart, scale: float = 2.0) -> bytes:
    """The chart as a PNG; ``scale`` 2 gives twice as many pixels each way as the chart is wide and high."""
    import vl_convert

    return bytes(vl_convert.vegalite_to_png(_spec(chart), scale=scale, allowed_base_urls=[]))


def _spec(chart: Chart) -> str:
    return json.dumps(chart.to_dict(), sort_keys=True)
