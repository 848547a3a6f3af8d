"""LanceDB behind a dozen verbs; the only file that knows it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from voc.errors import StoreError, UsageError
from voc.schema import COMMENTS, COPIES, FINGERPRINTS, REJECTS, RUNS, SEGMENTS, THEME_EVENTS, THEMES

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from lancedb.table import Table

VECTORS: Final = "segment_vectors"
TOPICS_TABLE: Final = "topics"
ANNOTATIONS_TABLE: Final = "annotations"
#: Tables that come with their first row: an older store opens without them.
LATER: Final = (VECTORS, TOPICS_TABLE, ANNOTATIONS_TABLE)

#: Tables that every store holds from its creation on.
SCHEMAS: Final[dict[str, pa.Schema]] = {
    "comments": COMMENTS,
    "segments": SEGMENTS,
    "fingerprints": FINGERPRINTS,
    "copies": COPIES,
    "rejects": REJECTS,
    "themes": THEMES,
    "theme_events": THEME_EVENTS,
    "runs": RUNS,
}

#: Rows read at a time: LanceDB's own 1,024 cost ten times the time.
_BATCH: Final = 1 << 16
#: Rows of a fragment that is one of many small commits, not a part of a large one.
FEW_ROWS: Final = 2000
_FOREVER: Final = timedelta(days=36_500)


def first_line(error: BaseException) -> str:
    """The first line of an error's message, shortened to what fits a terminal."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0][:200]


class Tables:
    """The Lance tables under one address. A handle follows its own writes: one instance per writer.

    Every method raises StoreError where a table is missing or cannot be read or written.
    """

    def __init__(self, uri: str) -> None:
        import lancedb

        self.uri = uri
        with self._failing("open the tables"):
            self._db = lancedb.connect(uri)
        self._handles: dict[str, Table] = {}

    def names(self) -> set[str]:
        with self._failing("list the tables"):
            return set(self._db.list_tables(limit=100).tables or ())

    def create(self, name: str, schema: pa.Schema) -> None:
        """A new, empty table in place of whatever an interrupted creation left."""
        if name in self.names():
            self.drop(name)
        with self._failing(f"create {name}"):
            self._handles[name] = self._db.create_table(name, schema=schema)

    def drop(self, name: str) -> None:
        self._handles.pop(name, None)
        with self._failing(f"drop {name}"):
            self._db.drop_table(name)

    def schema(self, name: str) -> pa.Schema:
        with self._failing(f"open {name}"):
            return self._latest(name).schema

    def version(self, name: str) -> int:
        with self._failing(f"open {name}"):
            return int(self._latest(name).version)

    def read(
        self,
        name: str,
        version: int | None = None,
        *,
        columns: Sequence[str] | None = None,
        where: str | None = None,
    ) -> pa.Table:
        """Rows of one version (None: the newest one), in the order they were written.

        Raises UsageError where ``columns`` or ``where`` do not fit the table.
        """
        with self._reading(name, where):
            return self._reader(name, version, columns, where).read_all()

    def scan(
        self, name: str, version: int | None, columns: Sequence[str], where: str | None = None
    ) -> Iterator[pa.RecordBatch]:
        """The same rows bit by bit, for what need not be in memory at once."""
        with self._reading(name, where):
            yield from self._reader(name, version, columns, where)

    def count(self, name: str, version: int) -> int:
        with self._failing(f"read {name}"):
            return int(self._db.open_table(name, version=version).count_rows())

    def indexed(self, name: str, version: int) -> set[str]:
        """The columns that have an index for searching."""
        with self._failing(f"read {name}"):
            return {
                column
                for index in self._db.open_table(name, version=version).list_indices()
                for column in index.columns
            }

    def index_words(self, name: str, column: str) -> None:
        """Index a column of texts for ``find_words``, as a further version."""
        from lancedb.index import FTS

        with self._failing(f"index {name}"):
            config = FTS(with_position=True, stem=True, remove_stop_words=False)
            self._latest(name).create_index(column, config=config, replace=True)

    def index_vectors(self, name: str, column: str) -> None:
        """Index a column of vectors for ``find_near``, as a further version; a million take minutes."""
        from lancedb.index import IvfSq

        with self._failing(f"index {name}"):
            self._latest(name).create_index(column, config=IvfSq(distance_type="cosine"), replace=True)

    def find_words(
        self,
        name: str,
        version: int,
        column: str,
        terms: Sequence[str],
        columns: Sequence[str],
        limit: int,
        where: str | None = None,
    ) -> pa.Table:
        """The ``limit`` rows that hold all ``terms`` (words, or phrases in a row), best first (BM25, ``_score``), of
        those that meet ``where``.

        The column must be indexed; rows written since are looked through too.
        """
        from lancedb import query as parts

        kinds: Any = parts  # its dataclasses have defaults that type checkers do not see
        musts = [
            (kinds.Occur.MUST, (kinds.PhraseQuery if " " in term else kinds.MatchQuery)(term, column)) for term in terms
        ]
        with self._reading(name, where):
            query: Any = self._db.open_table(name, version=version).search(kinds.BooleanQuery(musts), query_type="fts")
            if where is not None:
                query = query.where(where, prefilter=True)
            return query.select([*columns, "_score"]).limit(limit).to_arrow()

    def find_near(
        self, name: str, version: int, vector: npt.NDArray[np.floating], columns: Sequence[str], limit: int
    ) -> pa.Table:
        """The ``limit`` rows whose vectors are nearest, with the cosine distance ``_distance`` (0…2)."""
        with self._reading(name):
            query: Any = self._db.open_table(name, version=version).search(vector)
            return query.distance_type("cosine").select([*columns, "_distance"]).limit(limit).to_arrow()

    def add(self, name: str, rows: pa.Table, *, replace: bool = False) -> None:
        with self._failing(f"write {name}"):
            self._latest(name).add(rows, mode="overwrite" if replace else "append")

    def upsert(self, name: str, rows: pa.Table, on: Sequence[str]) -> int:
        """Insert or replace rows by key; returns how many were replaced."""
        with self._failing(f"write {name}"):
            merge = self._latest(name).merge_insert(list(on))
            result = merge.when_matched_update_all().when_not_matched_insert_all().execute(rows)
            return int(result.num_updated_rows)

    def update(self, name: str, where: str, values: dict[str, Any]) -> None:
        with self._failing(f"write {name}"):
            self._latest(name).update(where=where, values=values)

    def delete(self, name: str, where: str) -> None:
        with self._failing(f"write {name}"):
            self._latest(name).delete(where)

    def restore(self, name: str, version: int) -> None:
        """Make ``version`` the newest state again, as a further version."""
        with self._failing(f"roll {name} back to version {version}"):
            table = self._latest(name)
            table.checkout(version)
            table.restore()

    def small_fragments(self, name: str) -> int:
        """How many fragments are worth merging: none where three in four have ``FEW_ROWS`` or more.

        Those that one large run leaves are read nearly as fast as one, and merging them takes half a GB.
        """
        with self._failing(f"open {name}"):
            stats: Any = self._latest(name).stats()
            fragments = stats["fragment_stats"]
            return int(fragments["num_small_fragments"]) if fragments["lengths"]["p25"] < FEW_ROWS else 0

    def compact(self, name: str) -> None:
        """Merge small fragments into a further version; older versions stay readable."""
        with self._failing(f"compact {name}"):
            # Without a value LanceDB would also drop versions older than a week, committed ones among them.
            self._latest(name).optimize(cleanup_older_than=_FOREVER)

    def prune(self, name: str, keep: int) -> None:
        """Free the space of versions before ``keep``."""
        with self._failing(f"prune {name}"):
            table = self._latest(name)
            written = {v["version"]: v["timestamp"].astimezone(UTC) for v in table.list_versions()}
            if keep in written and min(written) < keep:
                # Cleaning goes by time alone; a clock that was set back must not cost a version.
                oldest = min(at for version, at in written.items() if version >= keep)
                table.optimize(cleanup_older_than=datetime.now(UTC) - oldest + timedelta(seconds=1))

    def _reader(
        self, name: str, version: int | None, columns: Sequence[str] | None, where: str | None
    ) -> pa.RecordBatchReader:
        table = self._latest(name) if version is None else self._db.open_table(name, version=version)
        known = table.schema.names
        if unknown := sorted(set(columns or ()) - set(known)):
            raise UsageError(f"{name} has no column {', '.join(unknown)}; columns: {', '.join(known)}")
        query = table.search()
        if columns is not None:
            query = query.select(list(columns))
        if where is not None:
            query = query.where(where)
        return query.to_batches(batch_size=_BATCH)

    @contextmanager
    def _reading(self, name: str, where: str | None = None) -> Iterator[None]:
        try:
            yield
        except (OSError, RuntimeError, ValueError) as error:
            if where is not None and "Invalid input" in str(error):
                reason = first_line(error).removeprefix("Invalid input, ")
                raise UsageError(f"cannot select {name} where {where!r}: {reason}") from error
            raise self._error(f"read {name}", error) from error

    def _latest(self, name: str) -> Table:
        if name not in self._handles:
            self._handles[name] = self._db.open_table(name)
        return self._handles[name]

    @contextmanager
    def _failing(self, doing: str) -> Iterator[None]:
        try:
            yield
        except (OSError, RuntimeError, ValueError) as error:
            raise self._error(doing, error) from error

    def _error(self, doing: str, error: Exception) -> StoreError:
        return StoreError(
            f"cannot {doing} in the store {self.uri}: {first_line(error)}; "
            "check the disk and its rights, else restore the store from a copy"
        )
