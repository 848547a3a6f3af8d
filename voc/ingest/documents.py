"""JSON documents, streamed by ijson."""

from __future__ import annotations

import io
import itertools
import json
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final, NamedTuple, TextIO

from voc.errors import InputError
from voc.ingest.blocks import LONGEST
from voc.ingest.encoding import Encoding, detect_encoding
from voc.ingest.json_lines import json_lines, json_lines_tables, json_record
from voc.ingest.places import Place
from voc.ingest.profiles import PROFILES
from voc.ingest.row_evidence import RowEvidence
from voc.ingest.skeleton import Shape, find_shape, rows_of
from voc.ingest.tables import Broken, Cell, Record, Table

#: Characters of a document that may be mended in memory (``NaN``, which JSON does not have).
_MENDED: Final = 200_000_000
#: So many values show where the rows are, if there are words among them.
_EVIDENCE: Final = 500_000
#: A document of so many values without an array is no comment.
_ONE_OBJECT: Final = 100_000
#: So many values show the shape of rows that are no array of objects.
_BEGINNING: Final = 20_000
_MAX_DEPTH: Final = 200
#: The parser reads so many bytes before the depth is looked at: more would take long over a file of brackets.
_BUFFER: Final = 4096
_ITEM: Final = "item"
_TELLING: Final = frozenset({"start_map", "start_array", "string"})


class _Rows(NamedTuple):
    """``at``: path of the rows, ``item`` for a step into an array; ``replies``: steps from a row to rows below it;
    ``renamed``: field → the name that it gets. ``shape``: of rows that are no array of objects."""

    at: str
    replies: tuple[str, ...] = ()
    renamed: Mapping[str, str] = MappingProxyType({})
    shape: Shape | None = None


def json_tables(place: Place) -> list[Table]:
    """The table of a .json document: the array that a profile names or that holds the most words.

    Rows may also be objects under keys, columns, or arrays of cells. A document of one object per line is read as
    JSON Lines. Raises ``InputError`` where it is none of these.
    """
    encoding = detect_encoding(place)
    try:
        found = _look(place, encoding)
    except (ValueError, RecursionError) as error:
        raise _invalid(place, error) from error
    if found is None:
        return json_lines_tables(place)
    opened, rows = found

    def records() -> Iterator[Record | Broken]:
        import ijson

        try:
            with opened(place, encoding) as source:
                values = rows_of(rows.shape, source) if rows.shape else ijson.items(source, rows.at)
                for value in values:
                    yield from _unfolded(value, rows)
        except (ijson.JSONError, ValueError, RecursionError) as error:
            raise _invalid(place, error) from error

    return [Table(place.name, "json", encoding.name, records)]


def _invalid(place: Place, error: Exception) -> InputError:
    return InputError(f"{place.name}: not valid JSON ({' '.join(str(error).split())[:80]}); export it again")


class _Utf8:
    """A text as the UTF-8 bytes that ijson reads. Raises ``InputError`` within a string of over ``LONGEST`` bytes."""

    def __init__(self, text: TextIO, name: str) -> None:
        self._text = text
        self._name = name
        self._escape = b""
        self._inside = False
        self.length = 0

    def read(self, size: int = -1) -> bytes:
        # The parser reads a string from its start again for each block: blocks that grow keep that linear.
        block = self._text.read(max(size, self.length) if size > 0 else size).encode("utf-8", "replace")
        self._follow(block)
        return block

    def _follow(self, block: bytes) -> None:
        """Keep count of the string that goes on behind ``block``."""
        bare = (self._escape + block).replace(b"\\\\", b"").replace(b'\\"', b"")
        self._escape = b"\\" if bare.endswith(b"\\") else b""
        self._inside ^= bool(bare.count(b'"') % 2)
        last = bare.rfind(b'"')
        self.length = 0 if not self._inside else self.length + len(block) if last < 0 else len(bare) - last - 1
        if self.length > LONGEST:
            raise InputError(f"{self._name}: a text of over {LONGEST // 1_000_000} MB is no comment; take it out")


@contextmanager
def _whole(place: Place, encoding: Encoding) -> Iterator[_Utf8]:
    with encoding.open(place) as text:
        yield _Utf8(text, place.name)


@contextmanager
def _mended(place: Place, encoding: Encoding) -> Iterator[_Utf8]:
    """The document with null for NaN and Infinity. Raises ``ValueError`` where it is no JSON all the same."""
    with encoding.open(place) as text:
        document = text.read(_MENDED + 1)
    if len(document) > _MENDED:
        raise ValueError("and too large to be mended")
    yield _Utf8(io.StringIO(json.dumps(json.loads(document, parse_constant=lambda _: None))), place.name)


_Opened = Callable[[Place, Encoding], AbstractContextManager[_Utf8]]


def _look(place: Place, encoding: Encoding) -> tuple[_Opened, _Rows] | None:
    """How to open the document and where its rows are; None where every line is a document of its own."""
    try:
        return _whole, _find_rows(place, encoding, _whole)
    except ValueError:
        if isinstance(next(json_lines(place, encoding), None), dict):
            return None
        return _mended, _find_rows(place, encoding, _mended)


def _find_rows(place: Place, encoding: Encoding, opened: _Opened) -> _Rows:
    """Where the rows are. Raises ``ValueError`` for what is no JSON, ``InputError`` for a document without rows."""
    import ijson

    profiled = {at: profile for profile in PROFILES for at in profile.rows_at}
    evidence = RowEvidence()
    first, values = "", 0
    with opened(place, encoding) as source:
        try:
            for prefix, event, value in ijson.parse(source, buf_size=_BUFFER):
                first = first or event
                values += 1
                if values % _EVIDENCE == 0 and evidence.has_words:
                    break
                if event not in _TELLING and prefix != _ITEM:
                    continue
                steps = _steps(prefix)
                if event == "start_map" and prefix in profiled:
                    return _Rows(prefix, _steps(profiled[prefix].replies_at), profiled[prefix].renamed)
                if prefix == _ITEM or (event == "start_map" and steps[-1:] == (_ITEM,)):
                    evidence.add_repeated(steps)
                if event == "string":
                    evidence.add_words(steps if steps[-1:] == (_ITEM,) else steps[:-1], value)
                if len(steps) > _MAX_DEPTH:
                    raise InputError(f"{place.name}: nested over {_MAX_DEPTH} levels deep; export a flat table")
        except ijson.JSONError as error:
            raise ValueError(str(error)) from error
    try:
        shape = find_shape(_beginning(place, encoding, opened))
    except ValueError as error:
        raise InputError(f"{place.name}: {error}") from error
    if shape:
        return _Rows("", shape=shape)
    if (best := evidence.rows()) is not None:
        return _Rows(".".join(best), _replies_below(best, evidence.repeated))
    if first == "start_map" and 2 < values < _ONE_OBJECT:
        return _Rows("")
    what = "the array is empty" if first == "start_array" else "no array of objects in the document"
    raise InputError(f"{place.name}: {what}; give an array of comments, or one object per line")


def _beginning(place: Place, encoding: Encoding, opened: _Opened) -> Any:
    """The document as far as its first values go."""
    import ijson

    builder = ijson.ObjectBuilder()
    with opened(place, encoding) as source:
        for event, value in itertools.islice(ijson.basic_parse(source, buf_size=_BUFFER), _BEGINNING):
            builder.event(event, value)
    return builder.value


def _replies_below(rows: tuple[str, ...], repeated: Collection[tuple[str, ...]]) -> tuple[str, ...]:
    """Where rows hold further rows of their kind: comments with comments below them, and so on."""
    for key in {path[len(rows)] for path in repeated if path[: len(rows)] == rows and len(path) > len(rows)}:
        step = (key, _ITEM)
        if rows + step in repeated and (rows[-2:] == step or rows + step + step in repeated):
            return step
    return ()


@lru_cache(maxsize=10_000)
def _steps(path: str) -> tuple[str, ...]:
    return tuple(path.split(".")) if path else ()


def _unfolded(value: Any, rows: _Rows) -> Iterator[Record | Broken]:
    """A row and, in reading order, the rows below it."""
    waiting = [value]
    while waiting:
        row = waiting.pop()
        if isinstance(row, dict):
            if rows.replies:
                waiting += reversed(list(_at(row.pop(rows.replies[0], None), rows.replies[1:])))
            row = {rows.renamed.get(name, name): cell for name, cell in row.items()} if rows.renamed else row
        yield _record(row)


def _at(value: Any, steps: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """Every object at the end of these steps."""
    if not steps:
        if isinstance(value, dict):
            yield value
    elif steps[0] == _ITEM:
        for inner in value if isinstance(value, list) else ():
            yield from _at(inner, steps[1:])
    elif isinstance(value, dict):
        yield from _at(value.get(steps[0]), steps[1:])


def _record(value: Any) -> Record | Broken:
    record = value if isinstance(value, Broken) else json_record(value)
    return record if isinstance(record, Broken) else {name: _cell(cell) for name, cell in record.items()}


def _cell(cell: Cell) -> Cell:
    """ijson gives fractions as ``Decimal``."""
    if isinstance(cell, Decimal):
        return float(cell)
    return [_cell(inner) for inner in cell] if isinstance(cell, list) else cell
