"""JSON Lines, by msgspec: one object per line."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

from voc.ingest.blocks import whole_lines
from voc.ingest.encoding import Encoding, detect_encoding
from voc.ingest.lines import Lines
from voc.ingest.places import Place
from voc.ingest.tables import Broken, Record, Table, flatten


def json_lines_tables(place: Place) -> list[Table]:
    """The table of a .jsonl file: one object per line; a line that is none costs one row."""
    encoding = detect_encoding(place)
    lines = Lines(_line_starts)

    def records() -> Iterator[Record | Broken]:
        lines.restart()
        return json_lines(place, encoding, lines)

    return [Table(place.name, "jsonl", encoding.name, records, line=lines.of)]


def json_lines(place: Place, encoding: Encoding, lines: Lines | None = None) -> Iterator[Record | Broken]:
    """The rows of the lines that hold anything; ``lines`` is told where they come from."""
    import msgspec

    read = msgspec.json.Decoder().decode_lines
    for block in whole_lines(encoding.blocks(place)):
        if isinstance(block, Broken):
            if lines:
                lines.enter(b"\n", 1)
            yield block
            continue
        try:
            values = read(block)
        except (ValueError, RecursionError):
            alone = list(filter(bytes.strip, block.splitlines()))
            if lines:
                lines.enter(block, len(alone))
            yield from map(_by_itself, alone)
        else:
            if lines:
                lines.enter(block, len(values))
            # As many braces as objects: none is nested in another.
            flat = block.count(b"{") == len(values) and set(map(type, values)) == {dict}
            yield from values if flat else map(json_record, values)


def _line_starts(text: str) -> list[int]:
    """Where the lines of ``text`` begin that hold anything."""
    starts, at = [], 0
    for line in io.StringIO(text, newline=""):
        if line.strip():
            starts.append(at)
        at += len(line)
    return starts


def json_record(value: Any) -> Record | Broken:
    """The row that a JSON value is: an object's fields, a text alone, or none."""
    if isinstance(value, str):
        return {"text": value}
    try:
        if isinstance(value, dict):
            return flatten(value)
        return Broken("not an object with named fields", json.dumps(value, default=str)[:1000])
    except RecursionError:
        return Broken("nested too deep", "")


def _by_itself(line: bytes) -> Record | Broken:
    """The row of a line; what msgspec refuses may be JSON as others write it: ``NaN``, half of a surrogate pair."""
    text = line.decode("utf-8", "replace")
    try:
        return json_record(json.loads(text))
    except (ValueError, RecursionError):
        return Broken("the line is not valid JSON", text.strip()[:1000])
