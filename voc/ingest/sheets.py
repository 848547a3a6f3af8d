"""XLSX workbooks, by python-calamine."""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from voc.errors import InputError
from voc.ingest.header import find_header
from voc.ingest.places import Place
from voc.ingest.tables import Broken, Cell, Record, Table
from voc.ingest.workbooks import workbook_fault

if TYPE_CHECKING:
    from python_calamine import CalamineSheet

_HEADER_ROWS: Final = 50


def sheet_tables(place: Place) -> list[Table]:
    """One table per sheet that holds anything; title rows above the header are passed over.

    Raises ``InputError`` where the file is no workbook or all its sheets are empty.
    """
    sheets = [(sheet, head) for sheet in _sheets(place) if (head := list(itertools.islice(_rows(sheet), _HEADER_ROWS)))]
    if not sheets:
        raise InputError(f"{place.name}: all sheets are empty; give a file with at least one comment")
    if len(sheets) == 1:
        return [_table(place, *sheets[0], place.name)]
    return [_table(place, sheet, head, f"{place.name}[{sheet.name}]") for sheet, head in sheets]


def _table(place: Place, sheet: CalamineSheet, head: Sequence[Sequence[Cell]], name: str) -> Table:
    skip, names = find_header(head)
    title = sheet.name
    # The first walk takes the sheet as it lies here; it is read again for another, so that none is kept in memory.
    parsed = [sheet]

    def records() -> Iterator[Record | Broken]:
        rows = _rows(parsed.pop() if parsed else next(_sheets(place, title)))
        for row in itertools.islice(rows, skip, None):
            if _filled(row[len(names) :]):
                content = " ".join(str(cell) for cell in row)[:1000]
                yield Broken(f"row of {len(row)} fields where {len(names)} were expected", content)
            else:
                yield dict(zip(names, map(_cell, row), strict=False))

    return Table(name, "xlsx", None, records)


def _rows(sheet: CalamineSheet) -> Iterator[Sequence[Cell]]:
    return (row for row in sheet.iter_rows() if _filled(row))


def _sheets(place: Place, only: str | None = None) -> Iterator[CalamineSheet]:
    from python_calamine import CalamineError, load_workbook

    with place.open() as raw:
        content = raw.read()
    if not content:
        raise InputError(f"{place.name}: the file is empty; give a file with at least one comment")
    if fault := workbook_fault(content):
        raise InputError(f"{place.name}: {fault}")
    try:
        book = load_workbook(io.BytesIO(content))
        for name in book.sheet_names if only is None else [only]:
            yield book.get_sheet_by_name(name)
    except (CalamineError, OSError, ValueError) as error:
        raise InputError(
            f"{place.name}: not a readable .xlsx workbook; save it again from the program it comes from"
        ) from error


def _cell(cell: Cell) -> Cell:
    """Excel keeps 5 as 5.0, and nothing as an empty text."""
    if type(cell) is float and cell.is_integer() and abs(cell) < 1e15:
        return int(cell)
    return None if cell == "" else cell


def _filled(row: Sequence[Cell]) -> bool:
    return any(row) or any(cell is not None and cell != "" for cell in row)
