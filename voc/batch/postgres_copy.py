"""What both tables of tags share: columns with their types, COPY into a temporary table, upsert from there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import psycopg
import pyarrow as pa
from psycopg import sql

from voc.errors import UsageError
from voc.schema import SEGMENTS, TAGS

_TYPES: Final = {pa.string(): "text", pa.float32(): "real", pa.bool_(): "boolean", pa.int32(): "integer"}
_KNOWN: Final = {field.name: field.type for schema in (SEGMENTS, TAGS) for field in schema} | {
    "theme_labels": pa.list_(pa.string())
}


def kinds_of(columns: Sequence[str] | pa.Schema) -> dict[str, pa.DataType]:
    """Column → type: tag columns have their own, others hold text, unless a schema says what they hold."""
    if isinstance(columns, pa.Schema):
        return {field.name: field.type for field in columns}
    return {name: _KNOWN.get(name, pa.string()) for name in columns}


def columns_with_types(kinds: Mapping[str, pa.DataType]) -> sql.Composed:
    """For CREATE TABLE."""
    return sql.SQL(", ").join(
        sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(_type(kind))) for name, kind in kinds.items()
    )


def require_columns(connection: Any, table: sql.Identifier, shown: str, names: Iterable[str]) -> None:
    """Raise UsageError where a table, shown to users under a name, lacks one of these columns."""
    cursor = connection.execute(sql.SQL("SELECT * FROM {} LIMIT 0").format(table))
    present = {column.name for column in cursor.description or ()}
    if lacking := [name for name in names if name not in present]:
        raise UsageError(f"{shown} has no column {', '.join(map(repr, lacking))}: name another table, or add it")


def begin_stage(cursor: psycopg.Cursor[Any], table: sql.Identifier) -> None:
    """Make ``stage``, with the columns of ``table``; it goes with the transaction."""
    cursor.execute(sql.SQL("CREATE TEMP TABLE stage (LIKE {}) ON COMMIT DROP").format(table))


def copy_rows(cursor: psycopg.Cursor[Any], names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Copy cells, in order of ``names``, into ``stage``."""
    with cursor.copy(sql.SQL("COPY stage ({}) FROM STDIN").format(listed(names))) as copy:
        for row in rows:
            copy.write_row([_storable(cell) for cell in row])


def upsert_stage(
    cursor: psycopg.Cursor[Any], table: sql.Identifier, names: Sequence[str], unique: Sequence[str]
) -> None:
    """Insert what is in ``stage``; what ``table`` holds under the same ``unique`` columns is replaced. Of several rows
    in ``stage`` the last copied one counts."""
    updates = [sql.SQL("{0} = EXCLUDED.{0}").format(sql.Identifier(name)) for name in names if name not in unique]
    cursor.execute(
        sql.SQL(
            "INSERT INTO {} ({names}) SELECT DISTINCT ON ({unique}) {names} FROM stage ORDER BY {unique}, ctid DESC "
            "ON CONFLICT ({unique}) DO UPDATE SET {}"
        ).format(table, sql.SQL(", ").join(updates), names=listed(names), unique=listed(unique))
    )


def listed(names: Sequence[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, names))


def _type(kind: pa.DataType) -> Any:
    return f"{_TYPES[kind.value_type]}[]" if pa.types.is_list(kind) else _TYPES[kind]


def _storable(value: Any) -> Any:
    """PostgreSQL's texts hold no NUL."""
    if isinstance(value, str):
        return value.replace("\0", "")
    return [_storable(one) for one in value] if isinstance(value, list) else value
