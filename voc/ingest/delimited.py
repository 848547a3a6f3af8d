"""CSV, TSV and text files: delimiter, quoting and header found from their own rows."""

from __future__ import annotations

import io
import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from voc.errors import InputError
from voc.ingest.blocks import LONGEST, line_end, pass_line, too_long
from voc.ingest.careful import careful_rows
from voc.ingest.dialect import Dialect, declared_delimiter, sniff
from voc.ingest.encoding import detect_encoding
from voc.ingest.fit import Fit
from voc.ingest.header import find_header
from voc.ingest.lines import Lines
from voc.ingest.places import Place
from voc.ingest.regular import MAX_WIDTH, regular_columns, regular_end
from voc.ingest.tables import Broken, Record, Table

_SAMPLE: Final = 1 << 17
#: Fewer lines tell little of a table, so that more is read of a file with very long ones.
_FEW_LINES: Final = 5
_LONG_SAMPLE: Final = 1 << 21
_HEADER_ROWS: Final = 50
#: As in Excel; a file with more is no table of comments.
_MAX_COLUMNS: Final = 16_384


def delimited_tables(place: Place) -> list[Table]:
    """The one table of a .csv, .tsv or .txt file. Raises ``InputError`` as ``detect_encoding`` does."""
    encoding = detect_encoding(place)
    with encoding.open(place) as text:
        sample = text.read(_SAMPLE)
        if len(sample.splitlines()) < _FEW_LINES:
            sample += text.read(_LONG_SAMPLE)
        whole = not text.read(1)
    dialect = sniff(sample, whole=whole, plain=place.format == "txt")
    first = [row for row in itertools.islice(dialect.rows(io.StringIO(sample, newline="")), _HEADER_ROWS) if row]
    if not whole and len(first) > 1:
        first = first[:-1] if len(first) < _HEADER_ROWS else first
    above = 1 if declared_delimiter(sample) else 0
    width = dialect.width or Counter(map(len, first[above:])).most_common(1)[0][0] if first[above:] else 0
    first = [split if len(split := dialect.unwrapped(row)) == width else row for row in first]
    if width > _MAX_COLUMNS:
        raise InputError(f"{place.name}: {width:,} columns, over {_MAX_COLUMNS:,}; give the columns that matter")
    skip, names = find_header([row[:width] for row in first[above:]])
    if not names:
        raise InputError(f"{place.name}: the file holds no rows; give a file with at least one comment")
    skip += above
    header = first[skip - 1] if skip > above else None

    lines = Lines(lambda text: careful_rows(text, dialect, len(names), final=True).starts)

    def records() -> Iterator[Record | Broken]:
        lines.restart(skip)
        rows = delimited_records(encoding.blocks(place), dialect, names, header, lines)
        return itertools.islice(rows, skip, None)

    stray = ("some bytes are not UTF-8 and are read as Windows-1252",) if encoding.stray else ()
    return [Table(place.name, place.format or "csv", encoding.name, records, stray, lines.of)]


def delimited_records(
    blocks: Iterable[bytes],
    dialect: Dialect,
    names: Sequence[str],
    header: Sequence[str] | None = None,
    lines: Lines | None = None,
) -> Iterator[Record | Broken]:
    """Rows of UTF-8 text that comes in blocks, blank lines left out and what stands above the data as well.

    Where all quotes are in place and all rows as wide as ``names``, pyarrow reads them; else the careful
    reader does. A row of over ``LONGEST`` bytes is ``Broken``, and so is ``header`` further down. ``lines`` is
    told where the rows come from.
    """
    fit = Fit(dialect, names, header)
    blocks = iter(blocks)
    width, quoted = len(names), dialect.quoted and not dialect.by_line
    fast = width <= MAX_WIDTH and not dialect.escaped
    rest, enough = b"", 0
    while True:
        block = next(blocks, None)
        final = block is None
        rest += block or b""
        if final and not rest:
            return
        if len(rest) < enough and not final:
            continue
        end = regular_end(rest, dialect.delimiter, quoted=quoted, final=final) if fast else 0
        if end and (columns := regular_columns(rest[:end], dialect.delimiter, width)):
            if lines:
                lines.enter(rest[:end], len(columns[0]))
            yield from fit.records(columns)
            rest = rest[end:]
            continue
        end = len(rest) if final else line_end(rest)
        text = rest[:end].decode("utf-8", "surrogateescape")
        rows, _, taken = careful_rows(text, dialect, width, final=final or len(rest) > LONGEST)
        end_of_rows = len(text[:taken].encode("utf-8", "surrogateescape"))
        if lines:
            lines.enter(rest[:end_of_rows], len(rows))
        yield from map(fit.record, rows)
        rest = rest[end_of_rows:]
        # A row that goes on is looked at again when there is twice as much of it, not with every block.
        enough = 0 if taken else min(2 * len(rest), LONGEST + 1)
        if not end and len(rest) > LONGEST:
            if lines:
                lines.enter(b"\n", 1)
            yield too_long(rest)
            rest = pass_line(blocks)
