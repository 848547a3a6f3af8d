"""Charts that PowerPoint draws itself and opens for editing, their numbers in a workbook of their own."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from voc.charts import GIVING, NEUTRAL, TAKING
from voc.charts.theme import INK, SENTIMENT_COLOURS, STANCE_COLOURS
from voc.report import wording
from voc.report.model import Balance, Driver, Event, Score
from voc.schema import BLOCKS, SIGNAL_NAMES

#: Left, top, width and height on the slide, in inches.
Box = tuple[float, float, float, float]
_LINE = "#0072b2"
_NUMBERS = "#,##0;−#,##0;0"
_PERCENT = '0" %";0" %"'  # no sign: taking stands at the left
_BLOCKS = {block: name for block, name, _ in BLOCKS}


def score_chart(slide: Any, box: Box, score: Score, events: Sequence[Event]) -> bool:
    """NPS by month with both ends of its interval and numbered events; without NPS the tone by month. False where there
    is no month to show."""
    from pptx.chart.data import CategoryChartData
    from pptx.enum.chart import XL_CHART_TYPE

    rows = score.trend.frame()
    data = CategoryChartData(number_format=_NUMBERS)
    if score.kind != "nps":
        rows = rows.dropna(subset=["share"]) if len(rows) else rows
        if rows.empty:
            return False
        months = sorted(set(rows["period"]))
        data.categories = months
        shares = rows.set_index(["sentiment", "period"])["share"]
        for name in SENTIMENT_COLOURS:
            data.add_series(name, [100 * float(shares.get((name, month), 0)) for month in months])
        chart = _added(slide, XL_CHART_TYPE.COLUMN_STACKED_100, box, data)
        for series, colour in zip(chart.plots[0].series, SENTIMENT_COLOURS.values(), strict=True):
            _fill(series.format, colour)
        _legend(chart)
        return True
    if rows.empty or rows["nps"].isna().all():
        return False
    months = [str(month) for month in rows["period"]]
    data.categories = months
    for name, column in (("NPS", "nps"), ("95 % interval, low", "low"), ("95 % interval, high", "high")):
        data.add_series(name, [None if value != value else round(float(value), 2) for value in rows[column]])
    top = min(100.0, 10.0 * (float(rows["high"].max()) // 10 + 2))
    data.add_series("Events", [top if any(e.day.startswith(month) for e in events) else None for month in months])
    chart = _added(slide, XL_CHART_TYPE.LINE_MARKERS, box, data)
    nps, low, high, marks = chart.plots[0].series
    _line(nps, _LINE, 2.5, marker=7)
    for edge in (low, high):
        _line(edge, NEUTRAL, 1.25, dashed=True)
    _line(marks, None, 0, marker=6)
    numbers = {event: str(i) for i, event in enumerate(events, 1)}
    for place, month in enumerate(months):
        if here := ", ".join(number for event, number in numbers.items() if event.day.startswith(month)):
            _label(marks.points[place], here)
    chart.value_axis.maximum_scale = top + 10
    chart.category_axis.tick_label_position = _low()
    _legend(chart)
    return True


def driver_dots(slide: Any, box: Box, drivers: Sequence[Driver], unit: str) -> None:
    """A dot and its interval for each complaint, names below; ``unit`` at the axis."""
    from pptx.chart.data import CategoryChartData
    from pptx.enum.chart import XL_CHART_TYPE

    data = CategoryChartData(number_format="0.0;−0.0;0")
    data.categories = [wording.shortened(driver.label, 44) for driver in drivers]
    known = [driver.effect.known or (0.0, 0.0, 0.0) for driver in drivers]
    data.add_series(f"Difference in {unit}", [round(value, 3) for value, _, _ in known])
    data.add_series("down to the interval's end", [round(value - low, 3) for value, low, _ in known])
    data.add_series("up to the interval's end", [round(high - value, 3) for value, _, high in known])
    chart = _added(slide, XL_CHART_TYPE.LINE_MARKERS, box, data)
    effect, *ends = chart.plots[0].series
    _line(effect, None, 0, marker=11, fill=TAKING)
    _error_bars(effect, len(drivers))
    for series in ends:  # they stay in the workbook, where the error bars read them
        series._element.getparent().remove(series._element)
    effect.data_labels.show_value = True
    effect.data_labels.position = _right()
    font(effect.data_labels.font, 12, bold=True)
    chart.has_legend = False
    chart.category_axis.tick_label_position = _low()
    ends_at = [end for _, low, high in known for end in (low, high, 0.0)]
    step = 10.0 ** math.floor(math.log10(max(max(ends_at) - min(ends_at), 1e-6)))
    chart.value_axis.minimum_scale = math.floor(min(ends_at) / step) * step  # programs look at the dots alone
    chart.value_axis.maximum_scale = math.ceil(max(ends_at) / step) * step
    chart.value_axis.has_title = True
    chart.value_axis.axis_title.text_frame.text = unit
    font(chart.value_axis.axis_title.text_frame.paragraphs[0].runs[0].font, 11)
    _plot_from_left(chart)


def stance_chart(slide: Any, box: Box, balance: Balance) -> bool:
    """The two blocks as bars of four parts. False where there is nothing to weigh."""
    from pptx.chart.data import CategoryChartData
    from pptx.enum.chart import XL_CHART_TYPE, XL_LABEL_POSITION

    rows = balance.blocks.frame()
    rows = rows.dropna(subset=["net"]) if len(rows) else rows
    if rows.empty:
        return False
    data = CategoryChartData(number_format=_PERCENT)
    data.categories = [_BLOCKS[block] for block in reversed(rows["by"].tolist())]
    for stance in STANCE_COLOURS:
        data.add_series(stance, [round(100 * float(share), 1) for share in reversed(rows[f"share_{stance}"].tolist())])
    chart = _added(slide, XL_CHART_TYPE.BAR_STACKED_100, box, data)
    chart.plots[0].gap_width = 60
    chart.plots[0].overlap = 100
    for series, (stance, colour) in zip(chart.plots[0].series, STANCE_COLOURS.items(), strict=True):
        _fill(series.format, colour)
        if max(rows[f"share_{stance}"]) >= 0.05:
            series.data_labels.show_value = True
            series.data_labels.number_format, series.data_labels.number_format_is_linked = _PERCENT, False
            series.data_labels.position = XL_LABEL_POSITION.CENTER
            font(series.data_labels.font, 11, colour="#ffffff" if stance in ("giving", "taking") else INK)
    chart.value_axis.visible = False
    chart.value_axis.has_major_gridlines = False
    _legend(chart)
    return True


def pair_chart(slide: Any, box: Box, balance: Balance) -> bool:
    """The seven pairs, taking to the left and giving to the right. False where there is nothing to show."""
    from pptx.chart.data import CategoryChartData
    from pptx.enum.chart import XL_CHART_TYPE, XL_LABEL_POSITION

    rows = balance.pairs.frame()
    rows = rows.dropna(subset=["share_giving"]) if len(rows) else rows
    if rows.empty:
        return False
    order = [pair for _, _, pairs in BLOCKS for pair in pairs]
    rows = rows.set_index("pair").loc[[pair for pair in reversed(order) if pair in set(rows["pair"])]]
    data = CategoryChartData(number_format=_PERCENT)
    data.categories = [
        f"{SIGNAL_NAMES[taking]} / {SIGNAL_NAMES[giving].lower()}"
        for taking, giving in zip(rows["taking_signal"], rows["giving_signal"], strict=True)
    ]
    data.add_series("taking", [round(-100 * float(share), 1) for share in rows["share_taking"]])
    data.add_series("giving", [round(100 * float(share), 1) for share in rows["share_giving"]])
    chart = _added(slide, XL_CHART_TYPE.BAR_STACKED, box, data)
    chart.plots[0].gap_width = 45
    chart.plots[0].overlap = 100
    for series, colour in zip(chart.plots[0].series, (TAKING, GIVING), strict=True):
        _fill(series.format, colour)
        series.invert_if_negative = False
        series.data_labels.show_value = True
        series.data_labels.number_format, series.data_labels.number_format_is_linked = _PERCENT, False
        series.data_labels.position = XL_LABEL_POSITION.INSIDE_END
        font(series.data_labels.font, 10, colour="#ffffff")
    chart.category_axis.tick_label_position = _low()
    chart.value_axis.tick_labels.number_format = _PERCENT
    chart.value_axis.tick_labels.number_format_is_linked = False
    _legend(chart)
    return True


def _added(slide: Any, kind: Any, box: Box, data: Any) -> Any:
    from pptx.util import Inches, Pt

    chart = slide.shapes.add_chart(kind, *(Inches(side) for side in box), data).chart
    font(chart.font, 11)
    chart.has_title = False
    chart.value_axis.major_gridlines.format.line.color.rgb = _rgb("#dfe2e4")
    chart.value_axis.major_gridlines.format.line.width = Pt(0.5)
    return chart


def _legend(chart: Any) -> None:
    from pptx.enum.chart import XL_LEGEND_POSITION

    chart.has_legend = True
    chart.legend.position = XL_LEGEND_POSITION.TOP
    chart.legend.include_in_layout = False
    font(chart.legend.font, 11)


def _line(
    series: Any, colour: str | None, width: float, *, marker: int = 0, fill: str = _LINE, dashed: bool = False
) -> None:
    from pptx.enum.chart import XL_MARKER_STYLE
    from pptx.enum.dml import MSO_LINE
    from pptx.util import Pt

    series.smooth = False
    if colour is None:
        series.format.line.fill.background()
        colour = fill if width else (fill if fill != _LINE else INK)
    else:
        series.format.line.color.rgb = _rgb(colour)
        series.format.line.width = Pt(width)
        if dashed:
            series.format.line.dash_style = MSO_LINE.DASH
    series.marker.style = XL_MARKER_STYLE.CIRCLE if marker else XL_MARKER_STYLE.NONE
    if marker:
        series.marker.size = marker
        series.marker.format.fill.solid()
        series.marker.format.fill.fore_color.rgb = _rgb(colour)
        series.marker.format.line.color.rgb = _rgb(colour)


def _label(point: Any, text: str) -> None:
    from pptx.enum.chart import XL_LABEL_POSITION

    frame = point.data_label.text_frame
    frame.text = text
    font(frame.paragraphs[0].runs[0].font, 12, bold=True)
    point.data_label.position = XL_LABEL_POSITION.ABOVE


def _error_bars(series: Any, n: int) -> None:
    """The interval, read from columns C (down) and D (up) of the chart's workbook: ECMA-376-1, 21.2.2.55."""
    from pptx.oxml import parse_xml
    from pptx.oxml.ns import nsdecls, qn

    values = {name: _values(series, column) for name, column in (("plus", 2), ("minus", 1))}
    ends = "".join(
        f"<c:{name}><c:numRef><c:f>Sheet1!${letter}$2:${letter}${n + 1}</c:f><c:numCache><c:formatCode>General"
        f'</c:formatCode><c:ptCount val="{n}"/>{points}</c:numCache></c:numRef></c:{name}>'
        for (name, points), letter in zip(values.items(), "DC", strict=True)
    )
    bars = parse_xml(
        f'<c:errBars {nsdecls("c", "a")}><c:errDir val="y"/><c:errBarType val="both"/><c:errValType val="cust"/>'
        f'<c:noEndCap val="0"/>{ends}<c:spPr><a:ln w="25400"><a:solidFill><a:srgbClr val="{TAKING[1:].upper()}"/>'
        "</a:solidFill></a:ln></c:spPr></c:errBars>"
    )
    series._element.find(qn("c:cat")).addprevious(bars)


def _values(series: Any, place: int) -> str:
    """The points of the series that stands at ``place`` beside this one, as XML."""
    from pptx.oxml.ns import qn

    beside = series._element.getparent().findall(qn("c:ser"))[place]
    found = beside.findall(f"{qn('c:val')}//{qn('c:pt')}")
    return "".join(f'<c:pt idx="{point.get("idx")}"><c:v>{point.find(qn("c:v")).text}</c:v></c:pt>' for point in found)


def _plot_from_left(chart: Any) -> None:
    """The inner plot from 8 % of the width to its right end, so that columns of a table can stand below the dots."""
    from pptx.oxml import parse_xml
    from pptx.oxml.ns import nsdecls, qn

    area = chart._chartSpace.find(f"{qn('c:chart')}/{qn('c:plotArea')}")
    for old in area.findall(qn("c:layout")):
        area.remove(old)
    area.insert(
        0,
        parse_xml(
            f'<c:layout {nsdecls("c")}><c:manualLayout><c:layoutTarget val="inner"/><c:xMode val="edge"/>'
            '<c:yMode val="edge"/><c:x val="0.08"/><c:y val="0.04"/><c:w val="0.92"/><c:h val="0.68"/>'
            "</c:manualLayout></c:layout>"
        ),
    )


def _fill(form: Any, colour: str) -> None:
    form.fill.solid()
    form.fill.fore_color.rgb = _rgb(colour)


def font(of: Any, size: float, *, bold: bool = False, colour: str = INK) -> None:
    """Give the font ``of`` some text its look; ``size`` in points."""
    from pptx.util import Pt

    of.size, of.bold, of.name = Pt(size), bold, "Arial"
    of.color.rgb = _rgb(colour)


def _rgb(colour: str) -> Any:
    from pptx.dml.color import RGBColor

    return RGBColor.from_string(colour.lstrip("#").upper())


def _low() -> Any:
    from pptx.enum.chart import XL_TICK_LABEL_POSITION

    return XL_TICK_LABEL_POSITION.LOW


def _right() -> Any:
    from pptx.enum.chart import XL_LABEL_POSITION

    return XL_LABEL_POSITION.RIGHT
