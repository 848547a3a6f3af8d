"""The brief as slides: text to edit, charts that PowerPoint draws, nothing that runs over its box."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from voc.charts.theme import GIVING, INK, MUTED
from voc.pipeline.spreadsheet import printable
from voc.report import native, wording
from voc.report.model import Brief, Quote, told
from voc.report.native import Box
from voc.report.packages import write_package

WIDTH, HEIGHT = 13.333, 7.5
_LEFT, _RIGHT = 0.6, 12.733
_ACROSS = _RIGHT - _LEFT
#: Mean width of a character and height of a line, in font sizes: Arial in running text takes some .47 and 1.15.
_CHARACTER, _LINE = 0.52, 1.22
_SMALLEST = 9
_TABLE_ROWS, _TABLE_SLIDES = 15, 6


def write_slides(brief: Brief, target: Path) -> None:
    """Five slides (answer and score; complaints; gratitude, giving and taking; what is new and what is not; trust),
    then the appendix.

    Raises:
        UsageError: the folder cannot be written to.
    """
    from pptx import Presentation
    from pptx.util import Inches

    deck = Presentation()
    deck.slide_width, deck.slide_height = Inches(WIDTH), Inches(HEIGHT)
    for part in (_score, _complaints, _giving, _news, _trust, _drivers, _manifest):
        part(deck, brief)
    deck.core_properties.author, deck.core_properties.title = "voc", brief.title
    deck.core_properties.last_modified_by = "voc"
    write_package(deck.save, target, brief.moment)


def lines_needed(text: str, width: float, size: float) -> int:
    """Lines that ``text`` takes at ``size`` points in ``width`` inches, by the mean width of a character."""
    room = max(int(width * 72 / (size * _CHARACTER)), 1)
    return sum(max(math.ceil(len(line) / room), 1) for line in text.split("\n"))


def fitted(text: str, width: float, height: float, largest: float) -> tuple[str, float]:
    """``text`` and the largest size in points, at most ``largest``, at which it fits the box; where even 9 points do
    not do, the text is cut at a word."""
    size = largest
    while size > _SMALLEST and lines_needed(text, width, size) * size * _LINE / 72 > height:
        size -= 0.5
    while lines_needed(text, width, size) * size * _LINE / 72 > height and " " in text:
        text = text.rstrip("…").rstrip().rsplit(" ", 1)[0] + "…"
    return text, size


def _score(deck: Any, brief: Brief) -> None:
    slide = _slide(deck, brief.title)
    _text(slide, (_LEFT, 1.1, _ACROSS, 1.05), brief.answer, 20, bold=True)
    _text(slide, (_LEFT, 2.2, _ACROSS, 0.75), brief.decide, 15, colour=GIVING)
    score = brief.score
    _text(
        slide, (_LEFT, 3.05, 4.1, 2.5), "\n".join(filter(None, (score.sentence, score.change_sentence, score.why))), 14
    )
    if not native.score_chart(slide, (4.9, 2.95, 7.85, 3.2), score, brief.events):
        _text(slide, (4.9, 3.05, 7.8, 0.6), "No period with enough dated rows to show.", 14, colour=MUTED)
    events = "; ".join(f"{i} = {event.day} {event.name}" for i, event in enumerate(brief.events, 1))
    _text(slide, (4.9, 6.15, 7.8, 0.4), f"Events: {events}" if events else "", 11, colour=MUTED)
    steps = " → ".join(f"{step.n:,} {step.name}" for step in brief.who.steps)
    _text(
        slide,
        (_LEFT, 6.55, _ACROSS, 0.65),
        "\n".join((f"Who answered: {steps}. {brief.base}.", " ".join(brief.who.mix))),
        11,
    )


def _complaints(deck: Any, brief: Brief) -> None:
    slide = _slide(deck, "What customers complain of, and what goes with it")
    drivers = brief.drivers
    notes = " ".join(filter(None, (brief.drivers_base, brief.drivers_note, brief.companions)))
    note = f"{notes} Associations, which overlap: do not add them up. Fixing one may gain more or less."
    _text(slide, (_LEFT, 6.45, _ACROSS, 0.8), note, 11, colour=MUTED)
    if not drivers:
        return
    scored = brief.score.kind != "sentiment"
    if scored:
        native.driver_dots(slide, (_LEFT, 1.05, _ACROSS, 3.2), drivers, wording.UNITS[brief.score.kind])
    left, top = (_LEFT + 0.08 * _ACROSS, 4.3) if scored else (_LEFT, 1.2)
    width = (_RIGHT - left) / len(drivers)
    for place, driver in enumerate(drivers):
        x = left + place * width
        name = (
            f"{wording.percent(driver.share)} ({driver.n:,})"
            if scored
            else f"{driver.label}: {wording.percent(driver.share)}"
        )
        share = f"now {wording.moved(driver.change)}" if driver.change else "too few to compare two periods"
        _text(slide, (x + 0.05, top, width - 0.1, 0.85), f"{name}\n{share}", 12, bold=True)
        _text(slide, (x + 0.05, top + 0.85, width - 0.1, 1.25), _said(driver.quote), 11, italic=True)


def _giving(deck: Any, brief: Brief) -> None:
    slide = _slide(deck, "What customers are grateful for; giving and taking")
    width = _ACROSS / 3
    for place, item in enumerate(brief.gratitude):
        x = _LEFT + place * width
        _text(slide, (x, 1.1, width - 0.2, 0.4), wording.shortened(item.label), 15, bold=True, colour=GIVING)
        _text(
            slide,
            (x, 1.5, width - 0.2, 0.75),
            f"{wording.percent(item.share)} praise it ({item.n:,}). {item.sentence}",
            11,
        )
        _text(slide, (x, 2.25, width - 0.2, 0.65), _said(item.quote), 11, italic=True)
    _text(slide, (_LEFT, 2.92, _ACROSS, 0.35), brief.gratitude_note, 11, colour=MUTED)
    text = f"{brief.balance.sentence} {brief.balance.change_sentence}"
    _text(slide, (_LEFT, 3.3, _ACROSS, 0.65), text, 13)
    shown = native.stance_chart(slide, (_LEFT, 3.95, 5.9, 2.75), brief.balance)
    shown = native.pair_chart(slide, (6.6, 3.95, 6.1, 2.75), brief.balance) and shown
    foot = "Shares of the tagged comments; a comment can show several. Customers' accounts, not findings of intent."
    _text(slide, (_LEFT, 6.75, _ACROSS, 0.45), foot if shown else "Too few tagged comments to weigh.", 11, colour=MUTED)


def _news(deck: Any, brief: Brief) -> None:
    slide = _slide(deck, "What is emerging, and what did not change")
    for place, item in enumerate(brief.emerging):
        top = 1.2 + 2.3 * place
        _text(slide, (_LEFT, top, 5.8, 0.4), wording.shortened(item.label), 15, bold=True)
        _text(slide, (_LEFT, top + 0.4, 5.8, 0.8), item.sentence, 13)
        _text(slide, (_LEFT, top + 1.2, 5.8, 1.0), _said(item.quote), 12, italic=True)
    _text(slide, (_LEFT, 6.0 if brief.emerging else 1.2, 5.8, 0.7), brief.emerging_note, 12, colour=MUTED)
    _text(slide, (6.9, 1.2, 5.8, 5.5), "\n\n".join(brief.unchanged), 14)


def _trust(deck: Any, brief: Brief) -> None:
    slide = _slide(deck, "Trust this how far?")
    for place, (name, text) in enumerate(brief.trust):
        top = 1.2 + 1.15 * place
        _text(slide, (_LEFT, top, 1.7, 0.45), name, 14, bold=True)
        _text(slide, (2.4, top, _RIGHT - 2.4, 1.1), text, 14)


def _drivers(deck: Any, brief: Brief) -> None:
    rows = told(brief.appendix)
    heads = ("Theme", "", "Share (n)", "Without these", "Alone", "Adjusted (95 %)", "Mark")
    kind = brief.score.kind
    pages = [rows[start : start + _TABLE_ROWS] for start in range(0, len(rows), _TABLE_ROWS)]
    for number, page in enumerate(pages[:_TABLE_SLIDES], 1):
        slide = _slide(deck, f"Appendix: all themes ({number} of {len(pages)})")
        _table(slide, heads, [_driver_cells(row, kind) for row in page])
        if number == len(pages) and brief.appendix.too_few:
            _text(slide, (_LEFT, 6.9, _ACROSS, 0.35), brief.appendix.too_few, 11, colour=MUTED)
        if number == _TABLE_SLIDES < len(pages):
            _text(slide, (_LEFT, 6.9, _ACROSS, 0.35), "The others stand in the workbook.", 11, colour=MUTED)


def _driver_cells(row: dict[str, Any], kind: str) -> list[str]:
    share = f"{wording.percent(row['share'])} ({row['n']:,})"
    label = wording.shortened(row["label"], 52)
    if row["effect"] is None:
        return [label, row["polarity"], share, "", "", "", ""]
    out, alone, value, low, high = (
        wording.effect(row[name], kind) for name in ("leave_out", "alone", "effect", "low", "high")
    )
    mark = "clear of chance" if row["named"] else "co-mentioned" if row["co_mentioned"] else ""
    return [label, row["polarity"], share, out, alone, f"{value} ({low} to {high})", mark]


def _manifest(deck: Any, brief: Brief) -> None:
    slide = _slide(deck, "Appendix: method and manifest")
    _text(slide, (_LEFT, 1.1, _ACROSS, 3.1), "\n".join(brief.appendix.method), 12)
    text = "\n".join(f"{name}: {value}" for name, value in brief.appendix.manifest)
    _text(slide, (_LEFT, 4.25, _ACROSS, 3.0), text, 11, colour=MUTED)


def _slide(deck: Any, title: str) -> Any:
    """A slide with its title alone."""
    from pptx.util import Inches

    slide = deck.slides.add_slide(deck.slide_layouts[5])
    shape = slide.shapes.title
    shape.left, shape.top, shape.width, shape.height = (Inches(side) for side in (_LEFT, 0.35, _ACROSS, 0.7))
    _write(shape.text_frame, *fitted(title, _ACROSS, 0.6, 26), bold=True)
    return slide


def _text(
    slide: Any, box: Box, text: str, largest: float, *, bold: bool = False, italic: bool = False, colour: str = INK
) -> None:
    from pptx.util import Inches

    if not text:
        return
    frame = slide.shapes.add_textbox(*(Inches(side) for side in box)).text_frame
    _write(frame, *fitted(text, box[2], box[3], largest), bold=bold, italic=italic, colour=colour)


def _write(frame: Any, text: str, size: float, *, bold: bool = False, italic: bool = False, colour: str = INK) -> None:
    from pptx.enum.text import MSO_ANCHOR, PP_ALIGN

    frame.word_wrap, frame.vertical_anchor = True, MSO_ANCHOR.TOP
    frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0
    for place, line in enumerate(text.split("\n")):
        paragraph = frame.paragraphs[0] if place == 0 else frame.add_paragraph()
        paragraph.alignment = PP_ALIGN.LEFT
        run = paragraph.add_run()
        run.text = printable(line)
        native.font(run.font, size, bold=bold, colour=colour)
        run.font.italic = italic


def _table(slide: Any, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from pptx.util import Inches

    widths = (4.1, 1.1, 1.2, 1.2, 1.0, 2.2, 1.333)
    row_height = 0.34
    box = (_LEFT, 1.2, sum(widths), row_height * (len(rows) + 1))
    table = slide.shapes.add_table(len(rows) + 1, len(heads), *(Inches(side) for side in box)).table
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Inches(width)
    for place, cells in enumerate((heads, *rows)):
        table.rows[place].height = Inches(row_height)
        for cell, text, width in zip(table.rows[place].cells, cells, widths, strict=True):
            cell.margin_left = cell.margin_right = Inches(0.05)
            cell.margin_top = cell.margin_bottom = Inches(0.02)
            _write(
                cell.text_frame,
                *fitted(text, width - 0.1, row_height - 0.04, 11),
                bold=not place,
                colour="#ffffff" if not place else INK,
            )


def _said(quote: Quote | None) -> str:
    return f"“{quote.text}” {quote.origin}" if quote else "No short verbatim of this tone."
