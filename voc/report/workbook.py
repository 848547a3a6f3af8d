"""The brief as a workbook: every number with its interval, and the ids of the comments behind it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from voc.pipeline.spreadsheet import escaped, printable
from voc.report.evidence import MOST
from voc.report.model import Brief, Rows
from voc.report.packages import write_package

#: Rows of one sheet, the heading aside, that Excel can hold.
_ROWS = 1_048_575
_WIDTHS = {"A": 18, "B": 20, "C": 60, "D": 18}


def write_workbook(brief: Brief, target: Path) -> None:
    """Sheets: *Brief* (its sentences), *Numbers*, *Comments* (reference of a number, data set and id of each comment
    behind it), *Drivers*, *Explained* (where reckoned), *NPS by month* or *Tone by month*, *Manifest*.

    Raises:
        UsageError: the folder cannot be written to.
    """
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.active)
    _sheet(book, "Brief", ("part", "text"), _sentences(brief))
    numbers = ("number", "section", "name", "value", "low", "high", "unit", "n", "comments", "ids listed")
    _sheet(book, "Numbers", numbers, _numbers(brief))
    _sheet(book, "Comments", ("number", "dataset", "id"), _keys(brief))
    _table(book, "Drivers", brief.appendix.drivers)
    if brief.appendix.importance.values:
        _table(book, "Explained", brief.appendix.importance)
    _table(book, "NPS by month" if brief.score.kind == "nps" else "Tone by month", brief.score.trend)
    _sheet(book, "Manifest", ("name", "value"), brief.appendix.manifest)
    book.properties.creator = "voc"
    write_package(book.save, target, brief.moment)


def _sentences(brief: Brief) -> Iterable[tuple[str, str]]:
    yield "Title", brief.title
    yield "Span", brief.span
    yield "Answer", brief.answer
    yield "To decide", brief.decide
    yield "Score", f"{brief.score.sentence} {brief.score.change_sentence} {brief.score.why}".strip()
    for event in brief.events:
        yield "Event", f"{event.day} {event.name}"
    yield "Who answered", "; ".join(f"{step.n:,} {step.name}" for step in brief.who.steps)
    for line in (brief.base, *brief.who.mix):
        yield "Who answered", line
    yield "Complaints", brief.drivers_base
    for driver in brief.drivers:
        yield "Complaint", f"{driver.label}. {driver.sentence}"
        if driver.quote:
            yield "Quote", f"{driver.quote.text} ({driver.quote.origin} · {driver.quote.id})"
    for note in (brief.drivers_note, brief.companions):
        if note:
            yield "Complaints", note
    for item in brief.gratitude:
        yield "Gratitude", f"{item.label}. {item.sentence}"
        if item.quote:
            yield "Quote", f"{item.quote.text} ({item.quote.origin} · {item.quote.id})"
    if brief.gratitude_note:
        yield "Gratitude", brief.gratitude_note
    yield "Giving and taking", f"{brief.balance.sentence} {brief.balance.change_sentence}"
    for new in brief.emerging:
        yield "Emerging", f"{new.label}: {new.sentence}"
    yield "Emerging", brief.emerging_note
    for line in brief.unchanged:
        yield "Did not change", line
    for name, text in brief.trust:
        yield f"Trust: {name.lower()}", text
    for text in brief.appendix.method:
        yield "Method", text


def _numbers(brief: Brief) -> Iterable[tuple[Any, ...]]:
    for one in brief.evidence:
        figure = one.figure
        listed = len(one.keys) if one.comments <= MOST else f"the first {len(one.keys):,} by data set and id"
        estimates = (figure.value, figure.low, figure.high)
        yield (one.ref, one.section, one.name, *estimates, one.unit, figure.n, one.comments, listed)


def _keys(brief: Brief) -> Iterable[tuple[str, str, str]]:
    left = _ROWS
    for one in brief.evidence:
        for dataset, id_ in one.keys[:left]:
            yield one.ref, dataset, id_
        left = max(left - len(one.keys), 0)


def _table(book: Any, title: str, rows: Rows) -> None:
    _sheet(book, title, rows.columns, rows.values)


def _sheet(book: Any, title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    from openpyxl.styles import Alignment, Font

    sheet = book.create_sheet(title)
    sheet.append([_cell(column) for column in columns])
    for cell in sheet[1]:
        cell.font = Font(bold=True)
        cell.alignment = Alignment(wrap_text=True, vertical="top")
    for row in rows:
        sheet.append([_cell(value) for value in row])
    sheet.freeze_panes = "A2"
    widths = {"B": 120} if title == "Brief" else {"A": 44} if title in ("Drivers", "Explained") else _WIDTHS
    for letter, width in widths.items():
        sheet.column_dimensions[letter].width = width


def _cell(value: Any) -> Any:
    """Safe to open: no formula, no control character; plain numbers, four digits behind the point."""
    if isinstance(value, float):
        return round(value, 4)
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return printable(escaped(value))
