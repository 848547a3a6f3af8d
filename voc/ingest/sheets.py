"""XLSX workbooks, by python-calamine."""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterator
from typing import Final

from voc.errors import InputError
from voc.ingest.header import find_header
from voc.ingest.places import Place
from voc.ingest.tables import Broken, Cell, Record, Table

_HEADER_ROWS: Final = 50


def sheet_tables(place: Place) -> list[Table]:
    """One table per sheet that holds anything; title rows above the header are passed over.

    Raises ``InputError`` where the file is no workbook or all its sheets are empty.
    """
    sheets = [name for name, rows in _sheets(place) if any(_filled(row) for row in rows)]
    if not sheets:
        raise InputError(f"{place.name}: all sheets are empty; give a file with at least one comment")
    return [_table(place, sheet, place.name if len(sheets) == 1 else f"{place.name}[{sheet}]") for sheet in sheets]


def _table(place: Place, sheet: str, name: str) -> Table:
    def rows() -> Iterator[list[Cell]]:
        cells = next(cells for found, cells in _sheets(place, sheet) if found == sheet)
        return (row for row in cells if _filled(row))

    skip, names = find_header(list(itertools.islice(rows(), _HEADER_ROWS)))

    def records() -> Iterator[Record | Broken]:
        for row in itertools.islice(rows(), skip, None):
            if _filled(row[len(names) :]):
                content = " ".join(str(cell) for cell in row)[:1000]
                yield Broken(f"row of {len(row)} fields where {len(names)} were expected", content)
            else:
                yield {name: _cell(cell) for name, cell in zip(names, row, strict=False)}

    return Table(name, "xlsx", None, records)


def _sheets(place: Place, only: str | None = None) -> Iterator[tuple[str, Iterator[list[Cell]]]]:
    from python_calamine import CalamineError, load_workbook

    with place.open() as raw:
        content = raw.read()
    if not content:
        raise InputError(f"{place.name}: the file is empty; give a file with at least one comment")
    try:
        book = load_workbook(io.BytesIO(content))
        for name in book.sheet_names if only is None else [only]:
            yield name, (list(row) for row in book.get_sheet_by_name(name).iter_rows())
    except (CalamineError, OSError, ValueError) as error:
        raise InputError(
            f"{place.name}: not a readable .xlsx workbook; save it again from the program it comes from"
        ) from error


def _cell(cell: Cell) -> Cell:
    """Excel keeps 5 as 5.0, and nothing as an empty text."""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return int(cell)
    return None if cell == "" else cell


def _filled(row: list[Cell]) -> bool:
    return any(cell is not None and cell != "" for cell in row)
