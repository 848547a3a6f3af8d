"""Which reader takes which file: by its suffix, and by its content where that says something else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from voc.errors import InputError
from voc.ingest.columnar import parquet_tables
from voc.ingest.database import Database
from voc.ingest.delimited import delimited_tables
from voc.ingest.documents import json_tables
from voc.ingest.json_lines import json_lines_tables
from voc.ingest.places import ALLOWED, Place
from voc.ingest.sheets import sheet_tables
from voc.ingest.tables import Table
from voc.ingest.workbooks import is_workbook
from voc.ingest.xml_rows import xml_tables

READERS: Final[Mapping[str, Callable[[Place], list[Table]]]] = {
    "csv": delimited_tables,
    "tsv": delimited_tables,
    "txt": delimited_tables,
    "xlsx": sheet_tables,
    "json": json_tables,
    "jsonl": json_lines_tables,
    "parquet": parquet_tables,
    "xml": xml_tables,
}
#: What files of a format begin with. Workbooks and Parquet files always do.
_MAGIC: Final = {"xlsx": (b"PK\x03\x04", b"\xd0\xcf\x11\xe0"), "parquet": (b"PAR1",), "xml": (b"<?xml",)}
_BINARY: Final = ("xlsx", "parquet")
_HEAD: Final = 4096


def tables_of(place: Place | Database) -> list[Table]:
    """The tables of one input. Raises ``InputError`` where it has none that can be read."""
    if isinstance(place, Database):
        return place.tables()
    if place.fault is None and place.format is None:
        raise InputError(f"{place.name}: suffix {place.suffix or 'none'} is not read; allowed are {ALLOWED}")
    content = _content(place)
    if content is None:
        return READERS[place.format or ""](place)
    warning = f"its suffix says {place.format}, its content {content}: it is read as {content}"
    tables = READERS[content](replace(place, content=content))
    return [replace(table, warnings=(warning, *table.warnings)) for table in tables]


def _content(place: Place) -> str | None:
    """The format that the first bytes show, where the suffix says another; None where they agree or say nothing."""
    with place.open() as raw:
        head = raw.read(_HEAD)
    shown = next((kind for kind, magic in _MAGIC.items() if head.startswith(magic)), None)
    if shown == "xlsx" != place.format:
        with place.open() as raw:
            return shown if is_workbook(raw) else None
    if shown is None and place.format in _BINARY and _is_delimited(head):
        return "csv"
    return shown if shown != place.format else None


def _is_delimited(head: bytes) -> bool:
    first = head.lstrip(b"\xef\xbb\xbf \r\n").partition(b"\n")[0]
    return b"\0" not in head and not first.startswith(b"<") and any(mark in first for mark in b",;\t|")
