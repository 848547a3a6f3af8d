"""Rejected rows: in the store they stay, into a file they go on request."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePath

import pyarrow as pa

from voc.ingest.database import is_database
from voc.pipeline.sinks import Sink, open_sink
from voc.schema import REJECTS
from voc.store import Store


def rejected_rows(rows: pa.Table, run_id: str) -> pa.Table:
    """The rejected ones among rows of READ, as REJECTS."""
    names = ("file", "row", "line", "reason", "carried", "status")
    rejected = (row for row in rows.select(names).to_pylist() if row["status"] == "rejected")
    shown = [row | {"file": file_name(row["file"]), "content": row["carried"], "run_id": run_id} for row in rejected]
    return pa.Table.from_pylist(shown, schema=REJECTS)


@contextmanager
def rejects_file(output: str | None) -> Iterator[Sink | None]:
    """Take rows of REJECTS into ``output`` (.csv, .jsonl, .parquet, .xlsx, or ``-``), or into nothing."""
    if output is None:
        yield None
        return
    with open_sink(output, REJECTS) as sink:
        yield sink


def write_rejects(store: Store, output: str) -> int:
    """Write every rejected row of a store to ``output``; returns how many. Raises UsageError as ``open_sink`` does."""
    rejects = store.snapshot().rejects().sort_by([(name, "ascending") for name in ("run_id", "file", "row")])
    with open_sink(output, REJECTS) as sink:
        sink.write(rejects.to_pylist())
    return int(rejects.num_rows)


def file_name(path: str) -> str:
    """The last part of a path: what the store keeps of it, so that no folder of a person's machine enters.

    A database is kept as it is shown, which says nothing of who reads it.
    """
    return path if is_database(path) else PurePath(path).name
