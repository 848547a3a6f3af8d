"""Rows of a JSON document that are no array of objects: objects under keys, columns, arrays of cells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from voc.ingest.header import find_header, names_columns, unique_names
from voc.ingest.tables import Broken, Record

#: Rows that are compared; the beginning of a document does not hold more of each.
_COMPARED: Final = 50
#: Fields of rows of one kind that two of them share, of all that they have.
_ALIKE: Final = 0.5
#: Rows hold almost all the words of the document.
_MOST: Final = 0.8
_MAX_DEPTH: Final = 4
_HEADER_ROWS: Final = 50

Path = tuple[str, ...]


class Shape(NamedTuple):
    """``kind``: ``keyed`` (objects under keys), ``grouped`` (arrays of objects under keys), ``columns`` or ``cells``
    (arrays, one for each row). ``at``: path of the object or array that holds them. ``names``: of the columns of
    ``cells``, where the document tells them."""

    kind: str
    at: Path
    names: tuple[str, ...] = ()


def find_shape(document: Any) -> Shape | None:
    """The shape of the rows in the beginning of a document, or None where they are an array of objects, or one object.

    Raises ``ValueError`` where rows of one kind are spread over arrays further down.
    """
    best, most = None, _MOST * _words(document)
    for at, part in _parts(document, ()):
        shape = _shape(part, at)
        if shape and _words(part) >= most:
            best = shape
            break
    if best and best.kind == "keyed":
        _refuse_groups_inside(part, _words(part))
    return best


def rows_of(shape: Shape, source: Any) -> Iterator[Record | Broken | dict[str, Any]]:
    """The rows of a document of this shape; ``source``: its bytes. Columns are held in memory, rows are not."""
    import ijson

    at = ".".join(shape.at)
    if shape.kind == "keyed":
        yield from (row for _, row in ijson.kvitems(source, at))
    elif shape.kind == "grouped":
        yield from (
            row for _, rows in ijson.kvitems(source, at) for row in (rows if isinstance(rows, list) else [rows])
        )
    elif shape.kind == "columns":
        yield from _transposed(next(ijson.items(source, at)))
    else:
        yield from _named(ijson.items(source, ".".join((*shape.at, "item"))), shape.names)


def _parts(value: Any, at: Path) -> Iterator[tuple[Path, Any]]:
    """The document and the objects and arrays in it, outer ones first."""
    yield at, value
    if isinstance(value, dict) and len(at) < _MAX_DEPTH:
        for name, inner in list(value.items())[:_COMPARED]:
            if isinstance(inner, dict | list):
                yield from _parts(inner, (*at, name))


def _shape(part: Any, at: Path) -> Shape | None:
    if isinstance(part, list):
        rows = part[:_COMPARED]
        cells = bool(rows) and all(isinstance(row, list) and row and not _holds(row) for row in rows)
        return Shape("cells", at) if cells and len(part) > 1 else None
    if not isinstance(part, dict) or not part:
        return None
    names, values = list(part)[:_COMPARED], list(part.values())[:_COMPARED]
    told = part.get("columns")
    if isinstance(told, list) and all(isinstance(name, str) for name in told) and {"index", "data"} & set(part):
        return Shape("cells", (*at, "data"), tuple(told))
    if all(isinstance(value, dict) and value and not _holds(value.values()) for value in values):
        inner = list(values[0])
        if all(name.isdecimal() for name in inner[:_COMPARED]) and not all(map(str.isdecimal, names)):
            return Shape("columns", at)
    if len(values) > 1 and all(isinstance(value, list) and len(value) > 1 and not _holds(value) for value in values):
        return Shape("columns", at) if names_columns(names) else None
    if len(values) < 2:
        return None
    if all(isinstance(value, dict) for value in values):
        if names_columns(names) and _are_alike(values) and not _holds(cell for v in values for cell in v.values()):
            return Shape("columns", at)
        return Shape("keyed", at) if _are_alike(values) else None
    if all(isinstance(value, list) and value and isinstance(value[0], dict) for value in values):
        return Shape("grouped", at) if _are_alike([value[0] for value in values]) else None
    return None


def _are_alike(rows: Sequence[Mapping[str, Any]]) -> bool:
    """Whether objects have their fields in common, but for the last, which the beginning of a document may cut."""
    fields = [set(row) for row in rows if row]
    if len(fields) > 2:
        fields.pop()
    first = max(fields, key=len, default=set())
    return bool(fields) and all(len(first & other) >= _ALIKE * len(first | other) for other in fields)


def _refuse_groups_inside(rows: Mapping[str, Any], words: int) -> None:
    lists = [inner for row in rows.values() for inner in row.values() if isinstance(inner, list) and _holds(inner)]
    if len(lists) > 1 and sum(map(_words, lists)) >= _MOST * words > 0:
        keys = ", ".join(f"'{key}'" for key in list(rows)[:3])
        raise ValueError(f"rows lie in arrays under several keys ({keys}); put them into one array")


def _holds(values: Any) -> bool:
    """Whether any of these is an object or an array."""
    return any(isinstance(value, dict | list) for value in values)


def _words(value: Any) -> int:
    """Characters of texts of several words."""
    if isinstance(value, str):
        return len(value) if " " in value.strip() else 0
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return sum(map(_words, inner))


def _transposed(columns: Mapping[str, Any]) -> Iterator[Record]:
    """The rows of columns that are arrays, or objects of row → cell; a column may have no cell for a row."""
    cells = {name: dict(enumerate(c)) if isinstance(c, list) else c for name, c in columns.items()}
    for row in dict.fromkeys(row for column in cells.values() for row in column):
        yield {name: column.get(row) for name, column in cells.items()}


def _named(rows: Iterator[Any], names: Sequence[str]) -> Iterator[Record | Broken]:
    """Arrays of cells under the names of their columns: ``names``, or what the first rows say."""
    waiting: list[Any] = []
    if not names:
        for row in rows:
            waiting.append(row)
            if len(waiting) == _HEADER_ROWS:
                break
        skip, names = find_header([row for row in waiting if isinstance(row, list)])
        waiting = waiting[skip:]
    names = unique_names(names, len(names))
    for row in (*waiting, *rows):
        if not isinstance(row, list) or len(row) > len(names):
            yield Broken(f"not an array of {len(names)} cells", str(row)[:1000])
        else:
            yield dict(zip(names, row, strict=False))
