"""Where tagged rows go: CSV, JSON Lines, Parquet or XLSX by suffix; whole or not at all."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, Any, Protocol

import pyarrow as pa

from voc.errors import UsageError
from voc.files import written_whole
from voc.pipeline.spreadsheet import escaped, printable
from voc.schema import SEGMENTS, TAGS

Row = dict[str, Any]
SUFFIXES = (".csv", ".jsonl", ".parquet", ".xlsx")


class Sink(Protocol):
    def write(self, rows: Iterable[Row]) -> None: ...


@contextmanager
def open_sink(output: str, columns: Sequence[str] | pa.Schema) -> Iterator[Sink]:
    """Yield what takes rows with ``columns``; tag columns have their types, others hold text, unless a schema says what
    they hold. The file appears under its name when the block ends without error.

    Raises UsageError for a suffix that is not one of ``SUFFIXES`` or a folder that cannot be written.
    """
    if output == "-":
        yield _JsonLines(sys.stdout)
        return
    schema = columns if isinstance(columns, pa.Schema) else typed_columns(columns)
    target = Path(output)
    if target.suffix.lower() not in SUFFIXES:
        raise UsageError(
            f"Cannot write {target.suffix or 'a file without suffix'}: OUTPUT ends in {', '.join(SUFFIXES)}, or is '-'."
        )
    with written_whole(target) as part, _SINKS[target.suffix.lower()](part, schema) as sink:
        yield sink


class _JsonLines:
    def __init__(self, file: IO[str]) -> None:
        self._file = file

    def write(self, rows: Iterable[Row]) -> None:
        for row in rows:
            self._file.write(
                json.dumps({k: _rounded(v) for k, v in row.items()}, ensure_ascii=False, default=_told) + "\n"
            )


@contextmanager
def _jsonl(path: Path, schema: pa.Schema) -> Iterator[Sink]:
    with path.open("w", encoding="utf-8") as file:
        yield _JsonLines(file)


class _Csv:
    def __init__(self, file: IO[str], columns: Sequence[str]) -> None:
        self._writer = csv.writer(file)
        self._columns = columns
        self._writer.writerow([escaped(column) for column in columns])

    def write(self, rows: Iterable[Row]) -> None:
        self._writer.writerows([_cell(row[column]) for column in self._columns] for row in rows)


@contextmanager
def _csv(path: Path, schema: pa.Schema) -> Iterator[Sink]:
    with path.open("w", encoding="utf-8", newline="") as file:
        yield _Csv(file, schema.names)


class _Parquet:
    def __init__(self, writer: Any, schema: pa.Schema) -> None:
        self._writer, self._schema = writer, schema

    def write(self, rows: Iterable[Row]) -> None:
        plain = [{f.name: typed(row[f.name], f.type) for f in self._schema} for row in rows]
        if plain:
            self._writer.write_table(pa.Table.from_pylist(plain, schema=self._schema))


@contextmanager
def _parquet(path: Path, schema: pa.Schema) -> Iterator[Sink]:
    import pyarrow.parquet as pq

    with pq.ParquetWriter(path, schema) as writer:
        yield _Parquet(writer, schema)


class _Xlsx:
    def __init__(self, sheet: Any, columns: Sequence[str]) -> None:
        self._sheet, self._columns = sheet, columns
        sheet.append([printable(escaped(column)) for column in columns])

    def write(self, rows: Iterable[Row]) -> None:
        for row in rows:
            self._sheet.append([printable(_cell(row[column])) for column in self._columns])


@contextmanager
def _xlsx(path: Path, schema: pa.Schema) -> Iterator[Sink]:
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet("comments")
    try:
        yield _Xlsx(sheet, schema.names)
    except BaseException:
        sheet.close()  # or it complains of its unfinished file when it is collected
        raise
    book.save(path)


_SINKS = {".csv": _csv, ".jsonl": _jsonl, ".parquet": _parquet, ".xlsx": _xlsx}


def typed_columns(columns: Sequence[str], own: Sequence[pa.Field] = ()) -> pa.Schema:
    """Columns with the types that tag columns and ``own`` ones have; any other holds text."""
    known = {f.name: f for schema in (SEGMENTS, TAGS, own) for f in schema} | {
        "theme_labels": pa.field("theme_labels", pa.list_(pa.string()))
    }
    return pa.schema([known.get(name, pa.field(name, pa.string())) for name in columns])


def _cell(value: Any) -> Any:
    """A value as one cell: lists joined by ``;``, floats short, formulas escaped."""
    if isinstance(value, (list, tuple)):
        return escaped(";".join(str(_rounded(one)) for one in value))
    if isinstance(value, dict):
        return escaped(json.dumps(value, ensure_ascii=False))
    if isinstance(value, datetime):
        return _told(value)  # a workbook takes none with a zone
    return escaped(_rounded(value))


def _told(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _rounded(value: Any) -> Any:
    """Floats to six digits: a probability needs no more, and float32 has no more."""
    if isinstance(value, float):
        return round(value, 6)
    return [_rounded(one) for one in value] if isinstance(value, list) else value


def typed(value: Any, kind: pa.DataType) -> Any:
    """A value as a column of this type takes it: in columns of text, lists and objects are JSON."""
    if value is None or not pa.types.is_string(kind) or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, default=str) if isinstance(value, (list, dict)) else str(value)
