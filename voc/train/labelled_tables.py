"""Labelled rows of a table in any format that is read: CSV, Excel, JSON Lines, Parquet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from voc.errors import InputError
from voc.ingest.places import find_places
from voc.ingest.readers import tables_of
from voc.ingest.tables import Broken, Cell, Record, Table
from voc.lenses import LENSES

#: Suffixes of labelled comments that are read as tables; any other is read as JSON Lines.
TABLES: Final = (".csv", ".tsv", ".xlsx", ".parquet")
#: Most columns that a refusal names.
_NAMED: Final = 12


class LabelledRow(NamedTuple):
    """A row and where it stands, as a user would look for it: ``labels.csv, line 7``."""

    where: str
    cells: Record


def labelled_rows(path: Path, needed: Sequence[str], advice: str) -> Iterator[LabelledRow]:
    """Yield the rows of every table in ``path`` that has the columns ``needed``.

    Raises InputError, ending in ``advice``, where no table has them; and for a file or row that cannot be read.
    """
    tables = [table for place in find_places([str(path)]) for table in tables_of(place)]
    columns = {table.file: _columns(table, needed) for table in tables}
    usable = [table for table in tables if columns[table.file].keys() >= set(needed)]
    if not usable:
        file, found = next(iter(columns.items()))
        missing = " and no column ".join(repr(name) for name in needed if name not in found)
        named = ", ".join(list(found)[:_NAMED]) + (", …" if len(found) > _NAMED else "")
        raise InputError(f"{file} has no column {missing} (it has {named or 'no rows'}): {advice}")
    for table in usable:
        yield from _rows(table)


def comment_rows(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """The comments of a table, labelled for every lens, and where each stands; signals joined by ``;``."""
    advice = "every labelled comment needs text and every lens; a lens of your own is named with --lens."
    for where, cells in labelled_rows(path, ("text", *LENSES), advice):
        row = {name: words_of(cells.get(name)) for name in cells}
        signals = [name for part in row["signals"].split(";") if (name := part.strip())]
        yield where, row | {"signals": signals}


def _columns(table: Table, needed: Sequence[str]) -> dict[str, None]:
    """The columns of a table in its order, read until the ``needed`` ones are found: a row may leave some out."""
    found: dict[str, None] = {}
    for record in table.records():
        if not isinstance(record, Broken):
            found |= dict.fromkeys(record)
        if found.keys() >= set(needed):
            break
    return found


def _rows(table: Table) -> Iterator[LabelledRow]:
    for number, record in enumerate(table.records(), 1):
        line = table.line(number)
        where = f"{table.file}, row {number}" if line is None else f"{table.file}, line {line}"
        if isinstance(record, Broken):
            raise InputError(f"{where}: {record.reason}; mend it, so that no label is lost.")
        yield LabelledRow(where, record)


def words_of(cell: Cell) -> str:
    """A cell as a trimmed text, empty for none."""
    return "" if cell is None else str(cell).strip()
