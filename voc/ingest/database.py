"""Tables and queries of PostgreSQL, by psycopg: walked through a server-side cursor, all walks in one snapshot."""

from __future__ import annotations

import re
import weakref
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from hashlib import blake2b
from itertools import count
from typing import TYPE_CHECKING, Any, Final, Self
from urllib.parse import unquote

from voc.errors import InputError, UsageError
from voc.ingest.header import unique_names
from voc.ingest.tables import Broken, Cell, Record, Table, flatten
from voc.text import mask

if TYPE_CHECKING:
    import psycopg

_SCHEMES: Final = ("postgresql://", "postgres://")
_USAGE: Final = (
    "write postgresql://USER:PASSWORD@HOST/DATABASE?table=SCHEMA.NAME or ?query=SELECT…, "
    "with special characters percent-encoded (@ is %40)"
)
_ADDRESS = re.compile(
    r"postgres(?:ql)?://(?:(?P<user>[^:@/?#]*)(?::(?P<password>[^@/?#]*))?@)?"
    r"(?P<host>\[[^\]/?#@]*\]|[^:@/?#]*)(?::(?P<port>\d+))?(?:/(?P<dbname>[^@/?#]*))?(?:\?(?P<rest>[^#]*))?"
)
_OPTION = re.compile(r"[a-z_]+")
_IDENTIFIER = re.compile(r'(?:^|\.)(?:"((?:[^"]|"")+)"|([^".]+))')
_SHOWN_QUERY: Final = 80
_CONNECT_SECONDS: Final = "10"
_FETCH: Final = 2000
_NESTED: Final = ("json", "jsonb")
#: Cells that stay as they come.
_PLAIN: Final = frozenset({type(None), str, bool, int, float, datetime, date, time})


def is_database(text: str) -> bool:
    """Whether an input is the address of a database."""
    return text.startswith(_SCHEMES)


def shown_address(text: str) -> str:
    """An input as it may be shown and stored: an address without user, password and further options."""
    if not is_database(text):
        return text
    try:
        return Database.at(text).name
    except InputError:
        return _SCHEMES[0] + "…"


@dataclass(frozen=True, eq=False)
class Database:
    """One table or query. ``name`` is what users see: where it is and what is read, never who reads it.

    ``table``: the parts of its name; ``query``: one SELECT. ``options``: libpq's keywords. One read-only
    transaction stays open from the first walk to the end of this object, so that all walks see the same rows.
    """

    name: str
    options: Mapping[str, str] = field(repr=False)
    table: tuple[str, ...] = ()
    query: str = ""
    _open: list[psycopg.Connection[Any]] = field(default_factory=list, repr=False)
    _numbers: Iterator[int] = field(default_factory=count, repr=False)

    @classmethod
    def at(cls, address: str) -> Self:
        """The table or query at an address. Raises ``InputError``, without a word of it, where it is none."""
        found = _ADDRESS.fullmatch(address)
        pairs = [part.partition("=") for part in (found["rest"] or "").split("&") if part] if found else []
        given = {key: unquote(value) for key, _, value in pairs}
        table, query = given.pop("table", ""), given.pop("query", "").strip().rstrip(";").strip()
        parts = tuple(quoted.replace('""', '"') or bare for quoted, bare in _IDENTIFIER.findall(table))
        if not found or bool(table) == bool(query) or (table and not parts) or not all(map(_OPTION.fullmatch, given)):
            raise InputError(f"the postgresql:// address cannot be read; {_USAGE}")
        options = {key: unquote(found[key]) for key in ("user", "password", "host", "port", "dbname") if found[key]}
        options["host"] = options.get("host", "").strip("[]")
        options = {key: value for key, value in (options | given).items() if value}
        where = f"{options.get('host', 'localhost')}{':' + found['port'] if found['port'] else ''}"
        what = f"table={table}" if table else f"query={_shown_query(query)}"
        return cls(f"{_SCHEMES[0]}{where}/{options.get('dbname', '')}?{what}", options, parts, query)

    def tables(self) -> list[Table]:
        """The one table. Its walks raise ``InputError`` where the database cannot be reached or read."""
        return [Table(self.name, "postgresql", None, self._records)]

    def _records(self) -> Iterator[Record | Broken]:
        connection = self._connection()
        import psycopg
        from psycopg import sql

        statement = (
            sql.SQL("SELECT * FROM {}").format(sql.Identifier(*self.table)) if self.table else self.query.encode()
        )
        try:
            with connection.cursor(name=f"voc_{next(self._numbers)}") as cursor:
                cursor.itersize = _FETCH
                cursor.execute(statement)
                columns = cursor.description or []
                names = unique_names([column.name for column in columns], len(columns))
                nested = any(column.type_display in _NESTED for column in columns)
                for row in cursor:
                    cells = (cell if type(cell) in _PLAIN else _cell(cell) for cell in row)
                    record = dict(zip(names, cells, strict=True))
                    yield flatten(record) if nested else record
        except (psycopg.Error, UnicodeDecodeError) as error:
            self.close()
            raise self.unreadable(error) from None

    def unreadable(self, error: Exception) -> InputError:
        """What to tell of an error while reading: the cause and what to do."""
        return InputError(f"{self.name}: cannot be read ({self.said(error)}); {self._advice(error)}")

    def connect(self) -> psycopg.Connection[Any]:
        """A connection of the caller's own, which may write. Raises ``InputError`` where there is none to be had."""
        try:
            import psycopg
        except ImportError:
            raise InputError(f"{self.name}: needs the PostgreSQL driver; pip install 'voc[postgres]'") from None
        given: dict[str, Any] = {"connect_timeout": _CONNECT_SECONDS, "application_name": "voc", **self.options}
        try:
            return psycopg.connect(**given | {"client_encoding": "utf8"})
        except (psycopg.Error, ValueError, UnicodeError) as error:
            said = self.said(error)
            if isinstance(error, psycopg.ProgrammingError):  # libpq does not know an option
                raise UsageError(
                    f"{self.name}: {said}; the address takes table or query, for tags key and since, and libpq's own "
                    "options such as sslmode"
                ) from None
            raise InputError(f"{self.name}: no connection ({said}); check host, database, user and password") from None

    def _connection(self) -> psycopg.Connection[Any]:
        if self._open:
            return self._open[0]
        connection = self.connect()
        import psycopg

        connection.read_only = True
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        _keep_odd_dates(connection)
        self._open.append(connection)
        weakref.finalize(self, connection.close)
        return connection

    def close(self) -> None:
        """End the transaction, if one is open; the next walk begins another."""
        while self._open:
            self._open.pop().close()

    def said(self, error: Exception) -> str:
        """The first line of an error, without the password should it be in it."""
        told = getattr(getattr(error, "diag", None), "message_primary", None) or str(error)
        line = next(iter(told.strip().splitlines()), type(error).__name__).strip()
        secret = self.options.get("password")
        return line.replace(secret, "…") if secret else line

    def _advice(self, error: Exception) -> str:
        from psycopg import errors

        if isinstance(error, errors.UndefinedTable | errors.InvalidSchemaName):
            return "name it as ?table=SCHEMA.NAME; upper and lower case count"
        if isinstance(error, errors.InsufficientPrivilege):
            return "give a user that may read it"
        if isinstance(error, errors.OperationalError):
            return "try again"
        return "check the table or query: one SELECT, nothing that writes"


def _shown_query(query: str) -> str:
    """A query on one line, masked, cut where it is long, and then told apart by a hash."""
    shown = mask(" ".join(query.split())).text
    if shown == query and len(query) <= _SHOWN_QUERY:
        return query
    return f"{shown[:_SHOWN_QUERY]}… ({blake2b(query.encode(), digest_size=4).hexdigest()})"


def _cell(value: object) -> Cell:
    if isinstance(value, Decimal):
        return int(value) if value.is_finite() and value == value.to_integral_value() else float(value)
    if isinstance(value, dict):
        return {str(name): _cell(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_cell(inner) for inner in value]
    if isinstance(value, bytes | memoryview):
        return f"{len(value)} bytes"
    return value if type(value) in _PLAIN else str(value)


def _keep_odd_dates(connection: psycopg.Connection[Any]) -> None:
    """Dates that Python does not have (infinity, before the year 1) stay text: they cost the date, not the walk."""
    from psycopg import pq

    for name in ("date", "timestamp", "timestamptz"):
        oid = connection.adapters.types[name].oid
        if strict := connection.adapters.get_loader(oid, pq.Format.TEXT):
            connection.adapters.register_loader(oid, _or_text(strict))


def _or_text(strict: type[Any]) -> type[psycopg.adapt.Loader]:
    """A loader that gives the text of what ``strict`` cannot load."""
    from psycopg import DataError
    from psycopg.adapt import Loader

    class OrText(Loader):
        def __init__(self, oid: int, context: Any = None) -> None:
            super().__init__(oid, context)
            self._load = strict(oid, context).load

        def load(self, data: Any) -> object:
            try:
                return self._load(data)
            except DataError:
                return bytes(data).decode()

    return OrText
