"""Parquet files, by pyarrow, batch by batch."""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any, Final

from voc.errors import InputError
from voc.ingest.places import Place
from voc.ingest.tables import Broken, Cell, Record, Table, flatten

_BATCH: Final = 8192


def parquet_tables(place: Place) -> list[Table]:
    """The table of a .parquet file. Raises ``InputError`` where it is none or has no rows."""
    with ExitStack() as stack:
        if not _open(place, stack).metadata.num_rows:
            raise InputError(f"{place.name}: the table has no rows; give a file with at least one comment")

    def records() -> Iterator[Record | Broken]:
        with ExitStack() as stack:
            yield from _rows(_open(place, stack), place)

    return [Table(place.name, "parquet", None, records)]


def _rows(file: Any, place: Place) -> Iterator[Record]:
    import pyarrow as pa

    try:
        for batch in file.iter_batches(batch_size=_BATCH):
            columns = [_cells(column) for column in batch.columns]
            rows = map(dict, map(zip, itertools.repeat(batch.schema.names), zip(*columns, strict=True)))
            yield from map(flatten, rows) if any(pa.types.is_struct(kind) for kind in batch.schema.types) else rows
    except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
        raise _unreadable(place) from error


def _cells(column: Any) -> list[Cell]:
    import pyarrow as pa

    # The way by numpy makes the same texts in half the time.
    plain = pa.types.is_string(column.type) or pa.types.is_large_string(column.type)
    cells: list[Cell] = column.to_numpy(zero_copy_only=False).tolist() if plain else column.to_pylist()
    return cells


def _open(place: Place, stack: ExitStack) -> Any:
    import pyarrow as pa
    import pyarrow.parquet as pq

    raw = stack.enter_context(place.open())
    packed = place.member is not None or place.path.suffix.lower() == ".gz"
    try:
        return pq.ParquetFile(io.BytesIO(raw.read()) if packed else raw)
    except (pa.ArrowException, OSError) as error:
        raise _unreadable(place) from error


def _unreadable(place: Place) -> InputError:
    return InputError(f"{place.name}: not a readable .parquet file; write it again")
