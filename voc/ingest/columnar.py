"""Parquet files, by pyarrow, batch by batch."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any, Final

from voc.errors import InputError
from voc.ingest.places import Place
from voc.ingest.tables import Broken, Record, Table, flatten

_BATCH: Final = 1000


def parquet_tables(place: Place) -> list[Table]:
    """The table of a .parquet file. Raises ``InputError`` where it is none or has no rows."""
    with ExitStack() as stack:
        if not _open(place, stack).metadata.num_rows:
            raise InputError(f"{place.name}: the table has no rows; give a file with at least one comment")

    def records() -> Iterator[Record | Broken]:
        with ExitStack() as stack:
            for row in _rows(_open(place, stack), place):
                yield flatten(row)

    return [Table(place.name, "parquet", None, records)]


def _rows(file: Any, place: Place) -> Iterator[dict[str, Any]]:
    import pyarrow as pa

    try:
        for batch in file.iter_batches(batch_size=_BATCH):
            yield from batch.to_pylist()
    except (pa.ArrowException, OSError, ValueError) as error:
        raise _unreadable(place) from error


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
