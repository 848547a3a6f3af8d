"""Read planned inputs, batch by batch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from hashlib import blake2b

import pyarrow as pa

from voc.ingest.plan import Plan, ReadOptions
from voc.ingest.rows import Row, RowBuilder
from voc.schema import READ


def read(
    plan: Plan,
    options: ReadOptions | None = None,
    *,
    batch_size: int = 1000,
    progress: Callable[[int], None] | None = None,
) -> Iterator[pa.Table]:
    """Tables of schema ``READ`` in file and row order: every row of the plan, none left out.

    ``options`` are the plan's own unless given (only ``pii`` matters here). A table holds about
    ``batch_size`` rows and never splits an input row. ``progress`` is called with the number of input
    rows read since its last call. Raises ``InputError`` where a file can no longer be read as planned.
    """
    pii = (options or plan.options).pii
    keys = _Keys()
    rows: list[Row] = []
    pending = 0
    for file in plan.files:
        builder = RowBuilder(file, pii=pii, now=datetime.now(UTC))
        for number, record in enumerate(file.table.records(), start=1):
            rows += map(keys.mark, builder.build(number, record))
            pending += 1
            if len(rows) >= batch_size:
                yield _table(rows)
                if progress:
                    progress(pending)
                rows, pending = [], 0
    if rows:
        yield _table(rows)
        if progress:
            progress(pending)


class _Keys:
    """Marks further rows with a key already read; 8 bytes a key, so that long inputs fit in memory."""

    def __init__(self) -> None:
        self._seen: set[int] = set()

    def mark(self, row: Row) -> Row:
        if row["status"] in ("ok", "score_only"):
            name = f"{row['dataset']}\x1f{row['id']}".encode()
            key = int.from_bytes(blake2b(name, digest_size=8).digest(), "big")
            row["duplicate"] = key in self._seen
            self._seen.add(key)
        return row


def _table(rows: list[Row]) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=READ)
