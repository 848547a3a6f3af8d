"""Rows of cells under the names of their columns; a row that does not fit is mended where it is clear how."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Final

from voc.ingest.dates import read_date
from voc.ingest.dialect import Dialect
from voc.ingest.names import NAMES, plain_name
from voc.ingest.scores import read_number
from voc.ingest.tables import Broken, Record

_SHOWN: Final = 1000


class Fit:
    """``names``: of the columns. ``header``: the row that named them, which may come once more further down."""

    def __init__(self, dialect: Dialect, names: Sequence[str], header: Sequence[str] | None) -> None:
        self._dialect = dialect
        self._names = names
        self._header = list(header) if header else None
        # Only where rows of many widths are the rule: else a wider row is an accident, and cannot be trusted.
        self._text_is_last = dialect.width is not None and plain_name(names[-1]) in NAMES["text"]

    def records(self, columns: Sequence[Sequence[str]]) -> Iterator[Record | Broken]:
        """The rows of columns that are all there."""
        rows = zip(*columns, strict=True)
        if self._header and self._header[0] in columns[0]:
            return map(self.record, map(list, rows))
        return map(dict, map(zip, itertools.repeat(self._names), rows))

    def record(self, row: list[str] | Broken) -> Record | Broken:
        """A row of any width: a shorter one is filled up, a longer one that holds something there is broken.

        A row that was put in quotes as a whole is split again. Where customers' words come last and the commas in
        them are not quoted, what is too much belongs to them.
        """
        if isinstance(row, Broken):
            return row
        width = len(self._names)
        if len(row) == 1 < width and self._dialect.delimiter in row[0]:
            whole, row = row[0], self._dialect.unwrapped(row)
            if len(row) != width or any(cell[:1] == " " for cell in row):
                return Broken(f"row of one field where {width} were expected", whole[:_SHOWN])
        if self._header and row[0] == self._header[0] and row == self._header:
            return Broken("the header once more", " ".join(row)[:_SHOWN])
        if len(row) > width and any(cell.strip() for cell in row[width:]):
            if not (self._text_is_last and _goes_on(row, width)):
                return Broken(f"row of {len(row)} fields where {width} were expected", " ".join(row)[:_SHOWN])
            row = [*row[: width - 1], self._dialect.delimiter.join(row[width - 1 :])]
        return dict(itertools.zip_longest(self._names, row[:width]))


def _goes_on(row: list[str], width: int) -> bool:
    """Whether the last of ``width`` cells is prose cut at its own commas, which have a space behind them."""
    return any(cell[:1] == " " for cell in row[width:]) and all(map(_is_short, row[: width - 1]))


def _is_short(cell: str) -> bool:
    """Whether a cell is no prose: a number, a date or one word."""
    return cell[:1] != " " and (" " not in cell.strip() or read_number(cell) is not None or bool(read_date(cell)))
