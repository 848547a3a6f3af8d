"""What a workbook may hold before it is opened: it must not unpack without end, nor spread over more cells than fit."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO, Final

from voc.ingest.archives import unpacks_too_far

_MAX_BYTES: Final = 1_000_000_000
#: The reader lays out every cell between the first and the last, filled or not: 32 bytes each.
_MAX_CELLS: Final = 60_000_000
_OLD: Final = b"\xd0\xcf\x11\xe0"
_CELL = re.compile(rb'\br="([A-Z]{0,4})(\d{1,10})"')
#: Without such a cell a sheet is at most 702 columns wide and 99,999 rows long.
_FAR_CELL = re.compile(rb'\br="(?:[A-Z]{3,}\d|[A-Z]*\d{6,})')
_BLOCK: Final = 1 << 22
_LONGEST_CELL: Final = 24


def is_workbook(raw: IO[bytes]) -> bool:
    """Whether these bytes are a workbook of Excel, as its parts show."""
    content = io.BytesIO(raw.read(_MAX_BYTES))
    if content.getvalue()[:4] == _OLD:
        return True
    try:
        with zipfile.ZipFile(content) as book:
            return any(name.startswith("xl/workbook") and name.endswith(".xml") for name in book.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return False


def workbook_fault(content: bytes) -> str | None:
    """Why a workbook is not opened, or None."""
    if len(content) > _MAX_BYTES:
        return f"is over {_MAX_BYTES // 10**9} GB; save it as CSV"
    if content.startswith(_OLD):
        return None
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            infos = book.infolist()
            if refusal := unpacks_too_far(sum(info.file_size for info in infos), len(content)):
                return refusal
            for info in infos:
                if "/worksheets/" in info.filename and _cells(book, info) > _MAX_CELLS:
                    return f"a sheet spreads over more than {_MAX_CELLS:,} cells; save the filled ones as CSV"
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError, NotImplementedError, ValueError):
        return "not a readable .xlsx workbook; save it again from the program it comes from"
    return None


def _cells(book: zipfile.ZipFile, info: zipfile.ZipInfo) -> int:
    """Cells between the first and the last of a sheet; 0 where none lies far out."""
    if not any(_FAR_CELL.search(block) for block in _blocks(book, info)):
        return 0
    rows: set[bytes] = set()
    columns: set[bytes] = set()
    for block in _blocks(book, info):
        for column, row in _CELL.findall(block):
            columns.add(column)
            rows.add(row)
    return max(map(int, rows), default=0) * max(map(_column, columns), default=0)


def _blocks(book: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[bytes]:
    """A member in blocks that overlap, so that no cell's name is cut in all of them."""
    with book.open(info) as member:
        rest = b""
        while block := member.read(_BLOCK):
            yield rest + block
            rest = block[-_LONGEST_CELL:]


def _column(letters: bytes) -> int:
    """``A`` → 1, ``AA`` → 27."""
    number = 0
    for letter in letters:
        number = 26 * number + letter - 64
    return number
