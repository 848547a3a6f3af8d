"""Read planned inputs, batch by batch."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Final

import pyarrow as pa

from voc.ingest.plan import Plan, ReadOptions
from voc.ingest.rows import Row, RowBuilder
from voc.ingest.seen import Seen
from voc.ingest.tables import Broken, Record
from voc.schema import READ

#: The mapped fields. What the reader concludes from a whole file (scale, kind of source) is no content.
_CONTENT: Final = ("text", "date", "score", "brand", "product", "customer_segment", "customer_id",
    "customer_value", "weight", "survey_type", "question", "touchpoint", "thread_id", "url")  # fmt: skip


def read(
    plan: Plan,
    options: ReadOptions | None = None,
    *,
    batch_size: int = 1000,
    progress: Callable[[int], None] | None = None,
    unique: bool = True,
) -> Iterator[pa.Table]:
    """Tables of schema ``READ`` in file and row order: every row of the plan, none left out.

    ``options`` are the plan's own unless given (only ``pii`` matters here). A table holds about
    ``batch_size`` rows and never splits an input row. ``progress`` is called with the number of input
    rows read since its last call. ``unique``: a row whose key was read before is a duplicate, or rejected
    where it holds other content; without it every row stands for itself. Raises ``InputError`` where a
    file can no longer be read as planned.
    """
    pii = (options or plan.options).pii
    keys = _Keys() if unique else None
    rows: list[Row] = []
    pending = 0
    for file in plan.files:
        builder = RowBuilder(file, pii=pii, now=datetime.now(UTC))
        for number, record in enumerate(file.table.records(), start=1):
            for row in builder.build(number, record):
                told = keys.checked(row, record, builder) if keys else row
                if told["status"] == "rejected":
                    told["line"] = file.table.line(number)
                rows.append(told)
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
    """Tells rows by a key already read."""

    def __init__(self) -> None:
        self._seen = Seen()

    def checked(self, row: Row, record: Record | Broken, builder: RowBuilder) -> Row:
        """The row as it came, marked as a duplicate, or rejected: its key stands for other content."""
        if row["status"] not in ("ok", "score_only") or isinstance(record, Broken):
            return row
        content = _hash(row[name] for name in _CONTENT)
        before = self._seen.before(_hash((row["dataset"], row["id"])), content)
        if before is None:
            return row
        if before == content:
            return row | {"duplicate": True}
        return builder.reject(
            row,
            f"id '{row['id']}' was read before with other content; name the files apart with --dataset",
            record,
        )


def _hash(parts: Iterable[object]) -> int:
    joined = "\x1f".join(map(str, parts))
    return int.from_bytes(blake2b(joined.encode(), digest_size=8).digest(), "big", signed=True)


def _table(rows: list[Row]) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=READ)
