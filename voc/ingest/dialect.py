"""How the cells of a CSV, TSV or text file are set apart, found from its own rows."""

from __future__ import annotations

import csv
import io
import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from voc.ingest.header import names_columns

_DELIMITERS: Final = (",", ";", "\t", "|")
_NO_DELIMITER: Final = "\x1f"
#: Below this share of rows with the same number of cells a delimiter is none.
_REGULAR: Final = 0.8
_DECLARED = re.compile(r"\s*sep=([^\w\s\"]|\t)\r?\n", re.IGNORECASE)

csv.field_size_limit(min(sys.maxsize, 2**31 - 1))


@dataclass(frozen=True)
class Dialect:
    """How cells are set apart.

    ``quoted``: a cell in double quotes may hold delimiters and line ends. ``by_line``: a row ends with its
    line, and a quote that is not closed on it is a plain character. ``escaped``: a quote inside a quoted cell
    is written ``\\"``. ``width``: cells of the header, where the header alone shows the delimiter.
    """

    delimiter: str
    quoted: bool = True
    by_line: bool = False
    escaped: bool = False
    width: int | None = None

    def rows(self, text: Iterator[str]) -> Iterator[list[str]]:
        """Rows of cells, blank lines as empty rows; quotes out of place are taken as they come."""
        return map(self.line, text) if self.by_line else self.reader(text)

    def reader(self, text: Iterator[str], *, strict: bool = False) -> Iterator[list[str]]:
        """``csv.reader`` of this dialect; ``strict``: a quote out of place raises ``csv.Error``."""
        options: dict[str, Any] = {"escapechar": "\\"} if self.escaped else {}
        if not self.quoted:
            options["quoting"] = csv.QUOTE_NONE
        return csv.reader(text, delimiter=self.delimiter, strict=strict, **options)

    def line(self, line: str) -> list[str]:
        """The cells of one line; its quotes are plain characters where they are not closed on it."""
        try:
            return next(self.reader(iter([line]), strict=True), [])
        except csv.Error:
            return line.rstrip("\r\n").split(self.delimiter)

    def unwrapped(self, row: list[str]) -> list[str]:
        """The cells of a row that was put in quotes as a whole; any other row as it is."""
        return self.line(row[0]) if len(row) == 1 and self.delimiter in row[0] else row


def declared_delimiter(sample: str) -> str | None:
    """The delimiter of a first line ``sep=;``, as Excel writes and reads it."""
    found = _DECLARED.match(sample)
    return found[1] if found else None


def sniff(sample: str, *, whole: bool = True, plain: bool = False) -> Dialect:
    """The dialect under which the sample's rows are most alike.

    ``whole``: the sample is the whole file, so its last row is complete. ``plain``: a .txt file, whose
    lines are comments, quotes and all, where no delimiter fits. Elsewhere a header that names known columns
    settles the delimiter, however many rows are broken.
    """
    if declared := declared_delimiter(sample):
        return _among(sample, declared, whole)[0]
    best, best_key = Dialect(_NO_DELIMITER, quoted=not plain), (0.0, 0)
    for delimiter in _DELIMITERS:
        if delimiter not in sample:
            continue
        dialect, shape = _among(sample, delimiter, whole)
        key = (round(shape.share, 2), shape.width)
        if shape.width > 1 and shape.share >= _REGULAR and key > best_key:
            best, best_key = dialect, key
    if best.delimiter == _NO_DELIMITER and not plain:
        return _by_header(sample, whole) or best
    return best


@dataclass(frozen=True)
class _Shape:
    width: int
    share: float
    multiline: bool


def _among(sample: str, delimiter: str, whole: bool) -> tuple[Dialect, _Shape]:
    """How quotes are meant in the rows of one delimiter."""
    plain, by_line = Dialect(delimiter), Dialect(delimiter, by_line=True)
    quoted = _shape(sample, plain, whole)
    if '"' not in sample:
        return plain, quoted
    clean = _is_clean(sample, plain, whole)
    if '\\"' in sample and not clean:
        escaped = Dialect(delimiter, escaped=True)
        if _is_clean(sample, escaped, whole) and (shape := _shape(sample, escaped, whole)).share >= quoted.share:
            return escaped, shape
    lines = _shape(sample, by_line, whole)
    # A stray quote swallows lines: then reading line by line is the more regular.
    if lines.width > 1 and (
        lines.share > quoted.share
        or (quoted.multiline and not clean and lines.share == 1.0)
        or (whole and lines.share >= _REGULAR and _is_left_open(sample, delimiter))
    ):
        return by_line, lines
    return plain, quoted


def _shape(sample: str, dialect: Dialect, whole: bool) -> _Shape:
    rows = [row for row in dialect.rows(io.StringIO(sample, newline="")) if row]
    if not whole and len(rows) > 1:
        rows.pop()
    widths = Counter(len(row) for row in rows)
    if not widths:
        return _Shape(0, 0.0, False)
    width, count = widths.most_common(1)[0]
    multiline = any("\n" in cell for row in rows for cell in row)
    return _Shape(width, count / len(rows), multiline)


def _is_clean(sample: str, dialect: Dialect, whole: bool) -> bool:
    """Whether every quote is in its place; the end of a sample may cut a cell."""
    text = io.StringIO(sample, newline="")
    try:
        for _ in dialect.reader(text, strict=True):
            pass
    except csv.Error:
        return not whole and text.tell() == len(sample)
    return True


def _is_left_open(sample: str, delimiter: str) -> bool:
    """Whether a quote swallows the rest of the text: a line put behind it is no row then."""
    *_, last = csv.reader(io.StringIO(f"{sample}\nend", newline=""), delimiter=delimiter)
    return last != ["end"]


def _by_header(sample: str, whole: bool) -> Dialect | None:
    first = next((line for line in sample.splitlines() if line.strip()), "")
    for delimiter in sorted(_DELIMITERS, key=first.count, reverse=True):
        cells = Dialect(delimiter).unwrapped(next(csv.reader([first], delimiter=delimiter), []))
        if len(cells) > 1 and names_columns(cells):
            by_line = whole and _is_left_open(sample, delimiter)
            return Dialect(delimiter, by_line=by_line, width=len(cells))
    return None
