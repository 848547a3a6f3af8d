"""The rows of CSV whose quotes are not all in place: a broken row costs itself and no other."""

from __future__ import annotations

import csv
import io
import re
from functools import lru_cache
from typing import Final, NamedTuple

from voc.ingest.dialect import Dialect
from voc.ingest.tables import Broken

#: Characters in which the end of a row with a quote out of place is looked for.
_WINDOW: Final = 1 << 16
_SHOWN: Final = 1000
_LINE_END: Final = re.compile(r"\r\n|\r|\n")


class Taken(NamedTuple):
    """``rows``, the character at which each of them begins (``starts``), and how many ``characters`` they take."""

    rows: list[list[str] | Broken]
    starts: list[int]
    characters: int


def careful_rows(text: str, dialect: Dialect, width: int, *, final: bool) -> Taken:
    """Rows of ``text``, blank lines left out.

    ``text`` begins with a row and ends with a line end, or with the file where ``final``; then all of it is
    taken, else a row that may go on behind its end is left. A row with a quote out of place is read as it
    was meant where that gives ``width`` cells; else it is ``Broken``, up to the next line that is a row.
    """
    source = io.StringIO(text, newline="")
    rows: list[list[str] | Broken] = []
    starts: list[int] = []
    at = 0
    if dialect.by_line:
        for line in source:
            if row := dialect.line(line):
                rows.append(row)
                starts.append(at)
            at += len(line)
        return Taken(rows, starts, len(text))
    while at < len(text):
        source.seek(at)
        try:
            for row in dialect.reader(source, strict=True):
                if row:
                    rows.append(row)
                    starts.append(at)
                at = source.tell()
        except csv.Error:
            if source.tell() == len(text) and not final:
                break
            starts.append(at)
            mended, at = _mended(source, at, dialect, width)
            rows.append(mended)
    return Taken(rows, starts, at)


def _mended(source: io.StringIO, at: int, dialect: Dialect, width: int) -> tuple[list[str] | Broken, int]:
    """The row that begins at ``at``, and where the next one does."""
    text = source.getvalue()
    first_end = _line_end(text, at)
    for limit in (min(len(text), at + _WINDOW), first_end):
        row, end = _as_meant(text, at, limit, dialect.delimiter)
        if len(row) == width and _next_row(source, first_end, end, dialect, width) == end:
            return row, end
    end = _next_row(source, first_end, len(text), dialect, width)
    return Broken("a quote is not closed, or not doubled inside a cell", text[at:end][:_SHOWN].strip()), end


def _next_row(source: io.StringIO, at: int, end: int, dialect: Dialect, width: int) -> int:
    """Where the first line between ``at`` and ``end`` begins that begins a whole row, else ``end``."""
    text = source.getvalue()
    while at < end:
        source.seek(at)
        try:
            if len(next(dialect.reader(source, strict=True), [])) == width:
                return at
        except csv.Error:
            pass
        at = _line_end(text, at)
    return end


def _as_meant(text: str, at: int, limit: int, delimiter: str) -> tuple[list[str], int]:
    """Cells of the row at ``at`` where only a quote before a delimiter or a line end closes a cell."""
    pattern = _cell(delimiter)
    cells = []
    while True:
        found = pattern.match(text, at, limit)
        assert found is not None  # the pattern matches nothing at all, too
        quoted, plain, after = found.groups()
        cells.append(plain if quoted is None else quoted.replace('""', '"'))
        at = found.end()
        if after != delimiter:
            return cells, at


@lru_cache
def _cell(delimiter: str) -> re.Pattern[str]:
    d = re.escape(delimiter)
    # Each alternative begins otherwise, so nothing is tried twice. Possessive quantifiers fail before Python 3.11.5.
    return re.compile(rf'(?:"((?:[^"]|""|"(?!"|{d}|[\r\n]|\Z))*)"|([^{d}\r\n]*))({d}|\r\n|\r|\n|\Z)')


def _line_end(text: str, at: int) -> int:
    """Where the line behind the one at ``at`` begins."""
    end = _LINE_END.search(text, at)
    return end.end() if end else len(text)
