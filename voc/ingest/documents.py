"""JSON documents and JSON Lines."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from voc.errors import InputError
from voc.ingest.encoding import Encoding, detect_encoding
from voc.ingest.places import Place
from voc.ingest.profiles import PROFILES
from voc.ingest.tables import Broken, Record, Table, flatten


def json_tables(place: Place) -> list[Table]:
    """The table of a .json document: an array, or the array a profile names or that holds the most text.

    A document of one object per line is read as JSON Lines. Raises ``InputError`` where it is neither.
    """
    encoding = detect_encoding(place)
    try:
        _find_rows(_load(place, encoding), place.name)
    except (ValueError, RecursionError) as error:
        if next(_parsed_lines(place, encoding), None) is None:
            raise InputError(
                f"{place.name}: not valid JSON ({' '.join(str(error).split())[:80]}); export it again"
            ) from error
        return json_lines_tables(place)

    def records() -> Iterator[Record | Broken]:
        for value in _find_rows(_load(place, encoding), place.name):
            yield _record(value)

    return [Table(place.name, "json", encoding.name, records)]


def json_lines_tables(place: Place) -> list[Table]:
    """The table of a .jsonl file: one object per line; a line that is none costs one row."""
    encoding = detect_encoding(place)

    def records() -> Iterator[Record | Broken]:
        with encoding.open(place) as text:
            for line in text:
                if line.strip():
                    yield _parse_line(line)

    return [Table(place.name, "jsonl", encoding.name, records)]


def _parsed_lines(place: Place, encoding: Encoding) -> Iterator[Record]:
    """The first line, if it is an object."""
    with encoding.open(place) as text:
        record = _parse_line(next((line for line in text if line.strip()), ""))
        if isinstance(record, dict):
            yield record


def _parse_line(line: str) -> Record | Broken:
    try:
        return _record(json.loads(line))
    except (ValueError, RecursionError):
        return Broken("the line is not valid JSON", line.strip()[:1000])


def _load(place: Place, encoding: Encoding) -> Any:
    with encoding.open(place) as text:
        return json.load(text)


def _record(value: Any) -> Record | Broken:
    if isinstance(value, dict):
        return flatten(value)
    if isinstance(value, str):
        return {"text": value}
    return Broken("not an object with named fields", json.dumps(value)[:1000])


def _find_rows(document: Any, name: str) -> list[Any]:
    if isinstance(document, list):
        if document:
            return document
        raise InputError(f"{name}: the array is empty; give a file with at least one comment")
    for profile in PROFILES:
        rows = _at(document, profile.rows_at) if profile.rows_at else None
        if isinstance(rows, list):
            return rows
    found = max(_arrays(document), key=_words, default=None)
    if found is not None:
        return found
    if isinstance(document, dict) and document:
        return [document]
    raise InputError(f"{name}: no array of objects in the document; give an array or one object per line")


def _at(document: Any, path: str) -> Any:
    for step in path.split("."):
        document = document.get(step) if isinstance(document, dict) else None
    return document


def _arrays(document: Any, depth: int = 4) -> Iterator[list[Any]]:
    """Arrays of objects anywhere in a document."""
    if isinstance(document, list) and document and all(isinstance(item, dict) for item in document):
        yield document
    elif isinstance(document, dict) and depth:
        for value in document.values():
            yield from _arrays(value, depth - 1)


def _words(rows: list[Any]) -> int:
    """Length of the words in an array's own fields."""
    return sum(len(cell) for row in rows for cell in row.values() if isinstance(cell, str) and " " in cell)
