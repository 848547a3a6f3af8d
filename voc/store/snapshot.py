"""What a reader sees: the tables as one run left them, whatever is written meanwhile."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from voc.errors import UsageError
from voc.schema import ANNOTATIONS, KEY, TOPICS
from voc.store.kept import Kept, kept
from voc.store.known import Known
from voc.store.tables import ANNOTATIONS_TABLE, SCHEMAS, TOPICS_TABLE, VECTORS, Tables, first_line

if TYPE_CHECKING:
    import numpy as np


_VECTOR_KEY: Final = (*KEY, "segment_no")


@dataclass(frozen=True, eq=False)
class Snapshot:
    """Fixed versions of all tables: those of the last run when ``Store.snapshot`` was called.

    Row order is not part of the promise: join on the key. Reading raises StoreError where the
    store is damaged and UsageError for a column or condition that does not fit.
    """

    _tables: Tables
    _runs: pa.Table

    @cached_property
    def run(self) -> dict[str, Any] | None:
        """The last row of ``runs`` (``counts`` and ``versions`` are JSON), or None before the first."""
        if not self._runs.num_rows:
            return None
        # "finished" rises strictly from run to run; the order of rows need not.
        last: dict[str, Any] = self._runs.sort_by("finished").slice(self._runs.num_rows - 1).to_pylist()[0]
        return last

    @cached_property
    def versions(self) -> dict[str, int]:
        """Table name → version; empty before the first run."""
        return {} if self.run is None else dict(json.loads(self.run["versions"]))

    @property
    def only(self) -> str:
        """The condition that every comment of this snapshot meets; empty where it holds all of them."""
        return ""

    @property
    def is_empty(self) -> bool:
        """True while no comment was ever committed."""
        return not self.count("comments")

    def count(self, name: str) -> int:
        """Rows of a table; nothing is read."""
        return self._tables.count(name, self._version(name))

    def comments(self, columns: Sequence[str] | None = None, where: str | None = None) -> pa.Table:
        """Rows of COMMENTS, or some ``columns`` of it; ``where`` is an SQL condition on its columns."""
        return self._read("comments", columns, where)

    def scan_comments(self, where: str | None = None) -> Iterator[pa.RecordBatch]:
        """Rows of COMMENTS bit by bit, in an order that is this snapshot's own."""
        return self._tables.scan("comments", self._version("comments"), SCHEMAS["comments"].names, self._only(where))

    def segments(self, columns: Sequence[str] | None = None, where: str | None = None) -> pa.Table:
        """Rows of SEGMENTS, or some ``columns`` of it; ``where`` is an SQL condition on its columns."""
        return self._read("segments", columns, where)

    def vectors(self) -> tuple[pa.Table, np.ndarray]:
        """Keys (dataset, id, segment_no) and their vectors: float16 (n, dim); (0, 0) when there are none."""
        import numpy as np

        if VECTORS not in self.versions:
            keys = pa.schema([SCHEMAS["segments"].field(name) for name in _VECTOR_KEY]).empty_table()
            return keys, np.empty((0, 0), dtype=np.float16)
        table = self._tables.read(VECTORS, self.versions[VECTORS])
        dim = table.schema.field("vector").type.list_size
        chunks = [chunk.flatten().to_numpy(zero_copy_only=False) for chunk in table["vector"].chunks]
        flat = np.concatenate(chunks) if chunks else np.empty(0, dtype=np.float16)
        return table.select(_VECTOR_KEY), flat.reshape(-1, dim)

    def scan_vectors(self) -> Iterator[tuple[pa.Table, np.ndarray]]:
        """The same bit by bit: a million comments have two GB of vectors."""
        if VECTORS in self.versions:
            for batch in self._tables.scan(VECTORS, self.versions[VECTORS], [*_VECTOR_KEY, "vector"]):
                rows = pa.Table.from_batches([batch])
                flat = batch["vector"].flatten().to_numpy(zero_copy_only=False)
                yield rows.select(_VECTOR_KEY), flat.reshape(len(rows), -1)

    def themes(self) -> pa.Table:
        """Rows of THEMES: the theme set."""
        return self._read("themes")

    def events(self) -> pa.Table:
        """Rows of THEME_EVENTS, in order of ``seq``."""
        return self._read("theme_events").sort_by("seq")

    def topics(self) -> pa.Table:
        """Rows of TOPICS: what is tracked by rule, by name."""
        if TOPICS_TABLE not in self.versions:
            return TOPICS.empty_table()
        return self._read(TOPICS_TABLE).sort_by("name")

    def annotations(self) -> pa.Table:
        """Rows of ANNOTATIONS, oldest first."""
        if ANNOTATIONS_TABLE not in self.versions:
            return ANNOTATIONS.empty_table()
        return self._read(ANNOTATIONS_TABLE).sort_by("at")

    @property
    def indexed(self) -> tuple[bool, bool]:
        """Whether words, and whether vectors, have an index for searching."""
        words = "text" in self._tables.indexed("comments", self._version("comments"))
        return words, VECTORS in self.versions and bool(self._tables.indexed(VECTORS, self.versions[VECTORS]))

    def with_words(self, terms: Sequence[str], limit: int) -> pa.Table:
        """Keys of the comments whose texts hold all ``terms``, best first; asks for an index of words."""
        version = self._version("comments")
        return self._tables.find_words("comments", version, "text", terms, KEY, limit, self._only(None))

    def near(self, vector: np.ndarray, limit: int) -> pa.Table:
        """Keys of the segments whose vectors are nearest to ``vector`` (dim,), with the cosine distance ``_distance``
        (0…2); without an index of vectors all are looked through."""
        if VECTORS not in self.versions:
            columns = [SCHEMAS["segments"].field(name) for name in _VECTOR_KEY]
            return pa.schema([*columns, pa.field("_distance", pa.float32())]).empty_table()
        return self._tables.find_near(VECTORS, self.versions[VECTORS], vector, _VECTOR_KEY, limit)

    def copies(self) -> pa.Table:
        """Rows of COPIES: comments whose words stand in an earlier one already."""
        return self._read("copies")

    def rejects(self) -> pa.Table:
        """Rows of REJECTS: what was set aside, with the reason."""
        return self._read("rejects")

    def runs(self) -> pa.Table:
        """Rows of RUNS, oldest first."""
        return self._runs.sort_by("finished")

    def known(self) -> Known:
        """What tells a comment that is read from those that are here: no texts, 17 bytes a comment."""
        columns = (*KEY, "content_hash", "model_version")
        return Known(self._tables.scan("comments", self._version("comments"), columns, self._only(None)))

    def kept(self, of: Sequence[str], form: int, make: Callable[[], Kept]) -> Kept:
        """What ``make`` works out of the tables ``of``, kept as files in the store's folder until one of them changes.

        ``form``: a number that changes with what ``make`` gives. One thing at a time is kept.
        """
        first = next(run["run_id"] for run in self.runs().to_pylist() if self._same(run, of))
        return kept(self._tables.uri, f"{first}-{form}", make)

    def _same(self, run: dict[str, Any], of: Sequence[str]) -> bool:
        """Whether an earlier run left these tables as this one did."""
        then = json.loads(run["versions"])
        return all(then.get(name) == self.versions.get(name) for name in of)

    def query(self, sql: str) -> pa.Table:
        """The answer of DuckDB to one SELECT over comments, segments, copies, themes, theme_events, rejects, runs.

        Only tables whose name occurs in it are read, each as a whole; files and the network are out of its
        reach. Times are UTC without a zone. Raises UsageError with DuckDB's first line.
        """
        import duckdb

        config: dict[str, str | bool | int | float | list[str]] = {
            "enable_external_access": "false",
            "python_enable_replacements": "false",
        }
        with duckdb.connect(":memory:", config=config) as connection:
            try:
                statements = connection.extract_statements(sql)
                if [statement.type for statement in statements] != [duckdb.StatementType.SELECT]:
                    raise UsageError("this is not one SELECT; write a single statement that returns rows")
                # A word too many costs a read; DuckDB's own list of names fails on joins with USING.
                for name in SCHEMAS.keys() & set(re.findall(r"\w+", sql.lower())):
                    table = self._runs if name == "runs" else self._read(name)
                    connection.register(name, _without_zones(table))
                return connection.sql(sql).to_arrow_table()
            except duckdb.Error as error:
                tables = ", ".join(SCHEMAS)
                raise UsageError(f"query not understood: {first_line(error)}; tables: {tables}") from error

    def _read(self, name: str, columns: Sequence[str] | None = None, where: str | None = None) -> pa.Table:
        return self._tables.read(name, self._version(name), columns=columns, where=where)

    def _only(self, where: str | None) -> str | None:
        """``where``, a condition on comments, joined with ``only``."""
        return " AND ".join(f"({part})" for part in (self.only, where) if part) or None

    def _version(self, name: str) -> int:
        # Before the first run nothing but the empty first version counts.
        return self.versions.get(name, 1)


def _without_zones(table: pa.Table) -> pa.Table:
    """Timestamps without their zone (UTC): for zones DuckDB would have to download an extension."""
    fields = [pa.field(f.name, pa.timestamp(f.type.unit)) if pa.types.is_timestamp(f.type) else f for f in table.schema]
    return table.cast(pa.schema(fields))
