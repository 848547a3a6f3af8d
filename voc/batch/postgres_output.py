"""A table of PostgreSQL as the output of ``voc tag``: all rows in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import psycopg
import pyarrow as pa
from psycopg import sql

from voc.batch.postgres_copy import (
    begin_stage,
    columns_with_types,
    copy_rows,
    kinds_of,
    listed,
    require_columns,
    upsert_stage,
)
from voc.errors import StoreError, UsageError
from voc.ingest.database import Database
from voc.pipeline.sinks import typed

#: What names a row, where the output has it.
_UNIQUE: Final = ("dataset", "id", "segment_no", "model_version")


@contextmanager
def open_table(address: str, columns: Sequence[str] | pa.Schema) -> Iterator[_Table]:
    """Yield what takes rows with ``columns``, as ``voc.pipeline.open_sink`` does. The table is made where there is
    none; a row with the same data set, id (and segment) and model is replaced. All appears when the block ends without
    error.

    Raises UsageError for an address without a table, or a table with other columns or without this key; StoreError
    where the database fails.
    """
    database = Database.at(address)
    if not database.table:
        raise UsageError(f"{database.name}: name the table to write to, as postgresql://HOST/DATABASE?table=NAME.")
    kinds = kinds_of(columns)
    unique = [name for name in _UNIQUE if name in kinds]
    table = sql.Identifier(*database.table)
    with database.connect() as connection:
        try:
            with connection.transaction(), connection.cursor() as cursor:
                cursor.execute(
                    sql.SQL(
                        "CREATE TABLE IF NOT EXISTS {} ({}, tagged_at timestamptz DEFAULT now(), PRIMARY KEY ({}))"
                    ).format(table, columns_with_types(kinds), listed(unique))
                )
                require_columns(cursor, table, database.name, [*kinds, "tagged_at"])
                begin_stage(cursor, table)
                yield _Table(cursor, kinds)
                cursor.execute("UPDATE stage SET tagged_at = now()")
                upsert_stage(cursor, table, [*kinds, "tagged_at"], unique)
        except psycopg.errors.InvalidColumnReference:
            raise UsageError(
                f"{database.name} is no table of 'voc tag': it has no key ({', '.join(unique)}); name another"
            ) from None
        except psycopg.Error as error:
            raise StoreError(f"{database.name}: cannot be written ({database.said(error)}); nothing was") from None


@dataclass(frozen=True)
class _Table:
    cursor: psycopg.Cursor[Any]
    kinds: Mapping[str, pa.DataType]

    def write(self, rows: Iterable[dict[str, Any]]) -> None:
        cells = ([typed(row[name], kind) for name, kind in self.kinds.items()] for row in rows)
        copy_rows(self.cursor, list(self.kinds), cells)
