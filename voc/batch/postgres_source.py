"""A PostgreSQL table as source: the rows that have no tags of this model yet, each with its key."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final, NamedTuple
from urllib.parse import unquote

import psycopg
from psycopg import sql

from voc import ingest
from voc.batch.parts import Part, numbered
from voc.errors import UsageError
from voc.ingest import Plan
from voc.ingest.database import Database
from voc.ingest.tables import Broken, Record, Table

_OWN: Final = ("key", "since")
#: Columns that travel with a row and are taken off before anybody reads it.
_KEY, _SEEN = "voc_key_", "voc_seen_"


class Seen(NamedTuple):
    """A row's key and the value of its ``since`` column, as PostgreSQL writes them."""

    key: str
    seen: str | None


@dataclass(frozen=True)
class Column:
    name: str
    type: str


@dataclass(frozen=True)
class TableSource:
    """``address``: without ``key`` and ``since``. ``key``: the column that names a row; ``since``: one that changes
    whenever the row does, or None."""

    address: str
    key: str
    since: str | None

    @classmethod
    def at(cls, address: str) -> TableSource:
        """Raises UsageError where table or key are missing."""
        base, _, rest = address.partition("?")
        pairs = [part.partition("=") for part in rest.split("&") if part]
        own = {name: unquote(value) for name, _, value in pairs if name in _OWN}
        plain = f"{base}?{'&'.join(''.join(pair) for pair in pairs if pair[0] not in _OWN)}"
        database = Database.at(plain)
        if not database.table or not own.get("key"):
            raise UsageError(
                f"{database.name}: to tag a table give its name and the column that names a row: "
                "postgresql://HOST/DATABASE?table=NAME&key=COLUMN"
            )
        return cls(plain, own["key"], own.get("since"))

    @property
    def database(self) -> Database:
        return Database.at(self.address)

    def columns(self, connection: psycopg.Connection[Any]) -> dict[str, Column]:
        """Every column of the table. Raises UsageError where ``key`` or ``since`` is none, or a key two rows';
        InputError where the table cannot be read."""
        name = sql.Identifier(*self.database.table)
        try:
            cursor = connection.execute(sql.SQL("SELECT * FROM {} LIMIT 0").format(name))
        except psycopg.Error as error:
            raise self.database.unreadable(error) from None
        found = {
            column.name: Column(column.name, connection.execute(_TYPE, (column.type_code, -1)).fetchone()[0])  # type: ignore[index]
            for column in cursor.description or ()
        }
        for wanted in filter(None, (self.key, self.since)):
            if wanted not in found:
                one = "; key= and since= take one column each, for several make a view" if "," in wanted else ""
                raise UsageError(
                    f"{self.database.name} has no column '{wanted}'{one}; columns are {', '.join(list(found)[:20])}"
                )
        if taken := [own for own in (_KEY, _SEEN) if own in found]:
            raise UsageError(f"{self.database.name} has a column '{taken[0]}', which means something here: rename it")
        twice = sql.SQL("SELECT 1 FROM {} WHERE {k} IS NOT NULL GROUP BY {k} HAVING count(*) > 1 LIMIT 1")
        unique = connection.execute(_UNIQUE, (name.as_string(connection), self.key)).fetchone()
        if not unique and connection.execute(twice.format(name, k=sql.Identifier(self.key))).fetchone():
            raise UsageError(f"{self.database.name}: column '{self.key}' is no key: some rows share it; give another")
        return found

    def untagged(self, tags: sql.Identifier, model_version: str) -> sql.Composed:
        """FROM … WHERE …: the rows, as ``s``, that have no tags of this model, or changed since they got them."""
        changed = sql.SQL("")
        if self.since:
            changed = sql.SQL(" AND t.seen IS NOT DISTINCT FROM s.{}").format(sql.Identifier(self.since))  # type: ignore[assignment]
        return sql.SQL(
            " FROM {} s WHERE s.{k} IS NOT NULL AND NOT EXISTS "
            "(SELECT 1 FROM {} t WHERE t.key = s.{k} AND t.model_version = {}{})"
        ).format(sql.Identifier(*self.database.table), tags, model_version, changed, k=sql.Identifier(self.key))

    def rows(self, which: sql.Composed, connection: psycopg.Connection[Any]) -> Database:
        """The rows as an input for ``ingest.understand``, named as the table is."""
        seen = sql.Identifier("s", self.since) if self.since else sql.SQL("NULL")
        select = sql.SQL("SELECT s.*, s.{}::text AS {}, {}::text AS {}").format(
            sql.Identifier(self.key), sql.Identifier(_KEY), seen, sql.Identifier(_SEEN)
        )
        plain = self.database
        return _Untagged(plain.name, plain.options, (), (select + which).as_string(connection))


class _Untagged(Database):
    def tables(self) -> list[Table]:
        return [replace(table, records=partial(_stripped, table, None)) for table in super().tables()]


def cut_keyed(plan: Plan, rows: Database, size: int) -> Iterator[Part]:
    """As ``parts.cut``, each part with the keys of its rows."""
    keys: dict[int, Seen] = {}
    (raw,) = Database.tables(rows)
    kept = replace(raw, records=partial(_stripped, raw, keys))
    plan = replace(plan, files=(replace(plan.files[0], table=kept),))
    for part in numbered(ingest.read(plan, batch_size=size, unique=False)):
        own = sorted(set(part.rows["row"].to_pylist()))
        yield replace(part, keys={number: keys.pop(number) for number in own})


def _stripped(table: Table, keys: dict[int, Seen] | None) -> Iterator[Record | Broken]:
    """A walk without the columns of ours; what they held goes to ``keys`` by the number of the row."""
    for number, record in enumerate(table.records(), start=1):
        if isinstance(record, dict):
            key, seen = record.pop(_KEY), record.pop(_SEEN)
            if keys is not None:
                keys[number] = Seen(str(key), None if seen is None else str(seen))
        yield record


_TYPE: Final = "SELECT format_type(%s::oid, %s)"
#: Whether a unique index covers just this column, whole.
_UNIQUE: Final = """
SELECT 1 FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
WHERE i.indrelid = %s::regclass AND i.indisunique AND i.indnkeyatts = 1 AND i.indpred IS NULL AND a.attname = %s
"""
