"""CSV, TSV and text files: delimiter, quoting and header found from their own rows."""

from __future__ import annotations

import csv
import io
import itertools
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from voc.errors import InputError
from voc.ingest.encoding import detect_encoding
from voc.ingest.header import find_header, names_columns
from voc.ingest.places import Place
from voc.ingest.tables import Broken, Record, Table

_SAMPLE: Final = 1 << 17
_HEADER_ROWS: Final = 50
_DELIMITERS: Final = (",", ";", "\t", "|")
_NO_DELIMITER: Final = "\x1f"
#: Below this share of rows with the same number of cells a delimiter is none.
_REGULAR: Final = 0.8

csv.field_size_limit(min(sys.maxsize, 2**31 - 1))


@dataclass(frozen=True)
class Dialect:
    """How cells are set apart.

    ``quoted``: a cell in double quotes may hold delimiters and line ends. ``by_line``: a row ends with its
    line, and a quote that is not closed on it is a plain character. ``width``: cells of the header, where
    the header alone shows the delimiter.
    """

    delimiter: str
    quoted: bool = True
    by_line: bool = False
    width: int | None = None

    def rows(self, text: Iterator[str]) -> Iterator[list[str]]:
        try:
            if self.by_line:
                yield from map(self._line, text)
            elif self.quoted:
                yield from csv.reader(text, delimiter=self.delimiter)
            else:
                yield from csv.reader(text, delimiter=self.delimiter, quoting=csv.QUOTE_NONE)
        except csv.Error as error:
            raise InputError(f"rows cannot be told apart ({error}); save the file as CSV again") from error

    def _line(self, line: str) -> list[str]:
        try:
            return next(csv.reader([line], delimiter=self.delimiter, strict=True), [])
        except csv.Error:
            return next(csv.reader([line], delimiter=self.delimiter, quoting=csv.QUOTE_NONE), [])


def delimited_tables(place: Place) -> list[Table]:
    """The one table of a .csv, .tsv or .txt file. Raises ``InputError`` as ``detect_encoding`` does."""
    encoding = detect_encoding(place)
    with encoding.open(place) as text:
        sample = text.read(_SAMPLE)
        whole = not text.read(1)
    dialect = sniff(sample, whole=whole, plain=place.format == "txt")
    first = [row for row in itertools.islice(dialect.rows(io.StringIO(sample, newline="")), _HEADER_ROWS) if row]
    if not whole and len(first) > 1:
        first = first[:-1] if len(first) < _HEADER_ROWS else first
    width = dialect.width or Counter(map(len, first)).most_common(1)[0][0] if first else 0
    skip, names = find_header([row[:width] for row in first])
    if not names:
        raise InputError(f"{place.name}: the file holds no rows; give a file with at least one comment")

    def records() -> Iterator[Record | Broken]:
        with encoding.open(place) as text:
            rows = (row for row in dialect.rows(text) if row)
            for row in itertools.islice(rows, skip, None):
                yield _record(names, row)

    stray = ("some bytes are not UTF-8 and are read as Windows-1252",) if encoding.stray else ()
    return [Table(place.name, place.format or "csv", encoding.name, records, stray)]


def _record(names: Sequence[str], row: list[str]) -> Record | Broken:
    if len(row) > len(names) and any(cell.strip() for cell in row[len(names) :]):
        return Broken(f"row of {len(row)} fields where {len(names)} were expected", " ".join(row)[:1000])
    return dict(itertools.zip_longest(names, row[: len(names)]))


def sniff(sample: str, *, whole: bool = True, plain: bool = False) -> Dialect:
    """The dialect under which the sample's rows are most alike.

    ``whole``: the sample is the whole file, so its last row is complete. ``plain``: a .txt file, whose
    lines are comments, quotes and all, where no delimiter fits. Elsewhere a header that names known columns
    settles the delimiter, however many rows are broken.
    """
    best, best_key = Dialect(_NO_DELIMITER, quoted=not plain), (0.0, 0)
    for delimiter in _DELIMITERS:
        if delimiter not in sample:
            continue
        quoted = _regularity(sample, Dialect(delimiter), whole)
        lines = _regularity(sample, Dialect(delimiter, by_line=True), whole)
        # A stray quote swallows lines: then reading line by line is the more regular.
        by_line = (
            '"' in sample
            and lines.width > 1
            and (
                lines.share > quoted.share
                or (quoted.multiline and lines.share == 1.0)
                or (whole and lines.share >= _REGULAR and _is_left_open(sample, delimiter))
            )
        )
        found = lines if by_line else quoted
        key = (round(found.share, 2), found.width)
        if found.width > 1 and found.share >= _REGULAR and key > best_key:
            best, best_key = Dialect(delimiter, by_line=by_line), key
    if best.delimiter == _NO_DELIMITER and not plain:
        return _by_header(sample, whole) or best
    return best


def _by_header(sample: str, whole: bool) -> Dialect | None:
    first = next((line for line in sample.splitlines() if line.strip()), "")
    for delimiter in sorted(_DELIMITERS, key=first.count, reverse=True):
        cells = next(csv.reader([first], delimiter=delimiter), [])
        if len(cells) > 1 and names_columns(cells):
            by_line = whole and _is_left_open(sample, delimiter)
            return Dialect(delimiter, by_line=by_line, width=len(cells))
    return None


def _is_left_open(sample: str, delimiter: str) -> bool:
    """Whether a quote swallows the rest of the text: a line put behind it is no row then."""
    *_, last = csv.reader(io.StringIO(f"{sample}\nend", newline=""), delimiter=delimiter)
    return last != ["end"]


@dataclass(frozen=True)
class _Shape:
    width: int
    share: float
    multiline: bool


def _regularity(sample: str, dialect: Dialect, whole: bool) -> _Shape:
    rows = [row for row in dialect.rows(io.StringIO(sample, newline="")) if row]
    if not whole and len(rows) > 1:
        rows.pop()
    widths = Counter(len(row) for row in rows)
    if not widths:
        return _Shape(0, 0.0, False)
    width, count = widths.most_common(1)[0]
    multiline = any("\n" in cell for row in rows for cell in row)
    return _Shape(width, count / len(rows), multiline)
