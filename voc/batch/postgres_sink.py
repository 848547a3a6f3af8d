"""A PostgreSQL table as sink: a part's tags and its record in one transaction."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import psycopg
import pyarrow as pa
from psycopg import sql
from psycopg.types.json import Jsonb

from voc.batch.parts import Part
from voc.batch.postgres_copy import (
    begin_stage,
    columns_with_types,
    copy_rows,
    kinds_of,
    listed,
    require_columns,
    upsert_stage,
)
from voc.batch.postgres_source import Seen
from voc.batch.records import Record
from voc.batch.worker import Batch, Recorded
from voc.errors import StoreError
from voc.ingest.database import Database
from voc.pipeline import comment_rows
from voc.pipeline.tag_file import COMMENT_COLUMNS

#: Behind the name of the tags' table, that of the runs.
RUNS: Final = "_runs"
#: Among the roles of a run's columns, the source's key: no role has this name.
SOURCE_KEY: Final = "source_key"
#: Types of whole numbers, the narrowest first.
_WIDTHS: Final = ("smallint", "integer", "bigint")
_UNIQUE: Final = ("key", "id", "model_version")


@dataclass(frozen=True)
class PostgresSink:
    """``address`` names database and table of the tags; ``key_type`` and ``seen_type`` are the source columns'.

    Two tables: the tags, keyed by source key, comment and model; and ``…_runs``, a row for each committed part.
    ``understood``: role → column, as this run reads the source; kept for the next. ``own``: the columns of own lenses.
    """

    address: str
    key_type: str
    seen_type: str
    run_id: str
    understood: str = "{}"
    own: tuple[pa.Field, ...] = ()

    # --- what workers do ----------------------------------------------------------------------

    @property
    def with_segments(self) -> bool:
        return False

    @property
    def columns(self) -> tuple[str, ...]:
        """All beside ``key``, ``seen``, ``run_id`` and ``tagged_at``."""
        return (*COMMENT_COLUMNS, *self._own_kinds)

    @property
    def _own_kinds(self) -> dict[str, pa.DataType]:
        return {field.name: field.type for field in self.own}

    def commit(self, part: Part, batches: Iterator[Batch], recorded: Recorded) -> Record:
        """See ``worker.Sink``. Tags of these keys and this model that were there before are replaced."""
        tagged = [row for rows, tags, tagger in batches for row in comment_rows(rows, tags, (), tagger)]
        record = recorded("", 0)
        keys: dict[int, Any] = part.keys
        seen = [keys[number] for number in part.rows["row"].to_pylist()]
        with self.connected() as connection, connection.transaction(), connection.cursor() as cursor:
            begin_stage(cursor, self.tags)
            names = ("key", "seen", "run_id", *self.columns)
            copy_rows(cursor, names, (self._cells(at, row) for at, row in zip(seen, tagged, strict=True)))
            self._replace(cursor)
            cursor.execute(
                sql.SQL(
                    "INSERT INTO {} (run_id, part, understood, record) VALUES (%s, %s, %s, %s) "
                    "ON CONFLICT (run_id, part) DO UPDATE SET record = EXCLUDED.record"
                ).format(self.runs),
                (self.run_id, part.number, self.understood, Jsonb(record.as_json())),
            )
        return record

    def _cells(self, at: Seen, row: dict[str, Any]) -> list[Any]:
        return [at.key, at.seen, self.run_id, *(row[name] for name in self.columns)]

    def _replace(self, cursor: psycopg.Cursor[Any]) -> None:
        same = sql.SQL("t.key = s.key AND t.model_version = s.model_version")
        cursor.execute(sql.SQL("UPDATE stage SET tagged_at = now()"))
        # An answer that is gone from its row loses its tags.
        cursor.execute(
            sql.SQL(
                "DELETE FROM {} t WHERE EXISTS (SELECT 1 FROM stage s WHERE {same}) "
                "AND NOT EXISTS (SELECT 1 FROM stage s WHERE {same} AND t.id = s.id)"
            ).format(self.tags, same=same)
        )
        names = ("key", "seen", "run_id", "tagged_at", *self.columns)
        upsert_stage(cursor, self.tags, names, _UNIQUE)

    # --- what the driver does -----------------------------------------------------------------

    def prepare(self) -> None:
        """Make the tables where they are not there, and the columns of own lenses: who may write need not create."""
        with self.connected() as connection, connection.transaction():
            if not _is_there(connection, self.tags):
                connection.execute(
                    sql.SQL(
                        "CREATE TABLE IF NOT EXISTS {} (key {} NOT NULL, {}, seen {}, run_id text, "
                        "tagged_at timestamptz, PRIMARY KEY ({}))"
                    ).format(
                        self.tags,
                        sql.SQL(self.key_type),
                        columns_with_types(kinds_of(COMMENT_COLUMNS)),
                        sql.SQL(self.seen_type),
                        listed(_UNIQUE),
                    )
                )
            # A table that holds something else, the source under another name among them, is left as it is.
            needed = ("key", "seen", "run_id", "tagged_at", *COMMENT_COLUMNS)
            require_columns(connection, self.tags, self.name, needed)
            self._require_width(connection)
            for name, kind in self._own_kinds.items():
                added = sql.SQL("ALTER TABLE {} ADD COLUMN IF NOT EXISTS {}")
                connection.execute(added.format(self.tags, columns_with_types({name: kind})))
            if not _is_there(connection, self.runs):
                connection.execute(
                    sql.SQL(
                        "CREATE TABLE IF NOT EXISTS {} (run_id text, part integer, "
                        "committed timestamptz DEFAULT now(), understood json, record jsonb, "
                        "PRIMARY KEY (run_id, part))"
                    ).format(self.runs)
                )

    def _require_width(self, connection: psycopg.Connection[Any]) -> None:
        """Raise StoreError where the source's keys have outgrown those of the tags: its first large one would fail."""
        name = self.tags.as_string(connection)
        asked = "SELECT format_type(atttypid, -1) FROM pg_attribute WHERE attrelid = %s::regclass AND attname = 'key'"
        own = (connection.execute(asked, (name,)).fetchone() or ("",))[0]
        if {own, self.key_type} <= set(_WIDTHS) and _WIDTHS.index(own) < _WIDTHS.index(self.key_type):
            raise StoreError(
                f"{self.name}: its keys are {own} and the source's are {self.key_type} now; widen them once with "
                f"ALTER TABLE {name} ALTER COLUMN key TYPE {self.key_type}, then run again"
            )

    @contextmanager
    def locked(self) -> Iterator[psycopg.Connection[Any]]:
        """A connection that holds the sink: one job at a time. Raises StoreError where another is at it."""
        with self.connected() as connection:
            connection.autocommit = True
            # The server ends a job's session a moment after the job: the next one may ask before that.
            connection.execute("SET lock_timeout = '3s'")
            try:
                connection.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", (self.name,))
            except psycopg.errors.LockNotAvailable:
                raise StoreError(f"{self.name}: another batch job is writing here; wait until it is done") from None
            connection.execute("RESET lock_timeout")
            yield connection

    def last_understood(self, connection: psycopg.Connection[Any]) -> dict[str, Any]:
        """Role → column as the last run read the source; empty before the first."""
        last = sql.SQL("SELECT understood FROM {} ORDER BY committed DESC LIMIT 1").format(self.runs)
        found = connection.execute(last).fetchone()
        understood: dict[str, Any] = found[0] if found else {}
        return understood

    @contextmanager
    def connected(self) -> Iterator[psycopg.Connection[Any]]:
        """A connection; what the database says against us is one sentence."""
        database = Database.at(self.address)
        with database.connect() as connection:
            try:
                yield connection
            except psycopg.Error as error:
                raise StoreError(
                    f"{self.name}: cannot be written ({database.said(error)}); see to it, then run the job again: "
                    "it goes on where it stopped"
                ) from None

    @property
    def name(self) -> str:
        return Database.at(self.address).name

    @property
    def tags(self) -> sql.Identifier:
        return sql.Identifier(*Database.at(self.address).table)

    @property
    def runs(self) -> sql.Identifier:
        *schema, table = Database.at(self.address).table
        return sql.Identifier(*schema, f"{table}{RUNS}")


def _is_there(connection: psycopg.Connection[Any], table: sql.Identifier) -> bool:
    found = connection.execute("SELECT to_regclass(%s)", (table.as_string(connection),)).fetchone()
    return bool(found and found[0])


def understood_json(columns: Any, key: str) -> str:
    return json.dumps({**dict(columns), SOURCE_KEY: key}, ensure_ascii=False)
