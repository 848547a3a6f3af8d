"""One writer at a time: upserts, then one row of ``runs`` as the commit point."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from voc.errors import StoreError, UsageError
from voc.schema import (
    ANNOTATIONS,
    COMMENTS,
    COPIES,
    FINGERPRINTS,
    KEY,
    REJECTS,
    RUNS,
    SEGMENTS,
    THEME_EVENTS,
    THEMES,
    TOPICS,
    vectors_schema,
)
from voc.store.snapshot import Snapshot
from voc.store.tables import ANNOTATIONS_TABLE, LATER, SCHEMAS, TOPICS_TABLE, VECTORS, Tables

if TYPE_CHECKING:
    import numpy as np

#: A table with more small fragments than this is compacted before the commit.
SMALL_FRAGMENTS: Final = 32
#: From so many vectors on an index finds the near ones faster than looking at all.
MANY_VECTORS: Final = 100_000
#: How long the versions of a superseded run stay readable.
KEEP: Final = timedelta(days=7)
#: How long those before a re-tagging do: a model is judged by comparing its tags with the earlier ones.
KEEP_TAGS: Final = timedelta(days=90)
#: Name in a run's counts that says that it re-tagged.
RETAGGED: Final = "retagged"

_REJECT_KEY: Final = ("file", "row", "reason", "content")


class Writer:
    """Changes that become visible together with ``finish``, or never.

    Made by ``Store.writer``, which holds the lock. ``base`` is the state committed before;
    ``run_id`` names this run.
    """

    def __init__(self, tables: Tables, base: Snapshot, command: str) -> None:
        self.base = base
        self.started = datetime.now(UTC)
        self.run_id = f"{self.started:%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"
        self._tables = tables
        self._command = command
        self._open = True
        self._rejects: set[int] | None = None
        self._roll_back()

    def put(self, comments: pa.Table, segments: pa.Table, vectors: np.ndarray, *, new: bool = False) -> None:
        """Insert comments or replace those with the same (dataset, id), with all that belongs to them.

        ``comments`` as COMMENTS with unique keys; ``segments`` as SEGMENTS, of these comments only;
        ``vectors`` (len(segments), dim), row i for segment row i, stored as float16. Segments and
        vectors stored earlier for these comments go. Call it once per batch, of thousands where there are many.
        ``new``: the caller knows that none of the keys is stored, so none is looked for.

        Raises ValueError for rows that do not fit together, StoreError for vectors of another
        length than the stored ones.
        """
        self._check_open()
        comments, segments = _as(COMMENTS, comments), _as(SEGMENTS, segments)
        _check_batch(comments, segments, vectors)
        self._check_dim(segments, vectors)
        if not comments.num_rows:
            return
        # Nothing half-matched can be read in between: readers stay on the committed versions.
        if new:
            self._tables.add("comments", comments)
        elif self._tables.upsert("comments", comments, KEY):
            stale = where_keys(_rows(comments, KEY))
            self._tables.delete("segments", stale)
            if VECTORS in self._tables.names():
                self._tables.delete(VECTORS, stale)
        if segments.num_rows:
            self._tables.add("segments", segments)
            self._add_vectors(segments, vectors)

    def put_fingerprints(self, fingerprints: pa.Table, *, new: bool = False) -> None:
        """Insert or replace rows of FINGERPRINTS, one for each comment put; ``new`` as in ``put``."""
        self._check_open()
        rows = _as(FINGERPRINTS, fingerprints)
        if new:
            self._tables.add("fingerprints", rows)
        else:
            self._tables.upsert("fingerprints", rows, KEY)

    def fingerprints(self, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """Some columns of all fingerprints, this writer's included; always in the same order until the next put."""
        return self._tables.scan("fingerprints", None, columns)

    def replace_copies(self, copies: pa.Table) -> None:
        """Make ``copies`` (COPIES) the whole table; nothing is written where it is that already."""
        self._check_open()
        copies = _as(COPIES, copies)
        if not copies.equals(self._tables.read("copies")):
            self._tables.add("copies", copies, replace=True)

    def replace_themes(self, themes: pa.Table) -> None:
        """Make ``themes`` (THEMES) the whole theme set."""
        self._check_open()
        self._tables.add("themes", _as(THEMES, themes), replace=True)

    def replace_topics(self, topics: pa.Table) -> None:
        """Make ``topics`` (TOPICS) all that is tracked by rule."""
        self._check_open()
        if TOPICS_TABLE not in self._tables.names():
            self._tables.create(TOPICS_TABLE, TOPICS)
        self._tables.add(TOPICS_TABLE, _as(TOPICS, topics), replace=True)

    def append_annotations(self, annotations: pa.Table) -> None:
        """Add to the log of what readers set down of single comments (ANNOTATIONS)."""
        self._check_open()
        if ANNOTATIONS_TABLE not in self._tables.names():
            self._tables.create(ANNOTATIONS_TABLE, ANNOTATIONS)
        self._tables.add(ANNOTATIONS_TABLE, _as(ANNOTATIONS, annotations))

    def index_for_search(self, many_vectors: int = MANY_VECTORS) -> None:
        """Index the comments' words and, from so many vectors on, the segments' vectors: fewer are looked through."""
        self._check_open()
        self._tables.index_words("comments", "text")
        if VECTORS in self.base.versions and self.base.count(VECTORS) >= many_vectors:
            self._tables.index_vectors(VECTORS, "vector")

    def stamp_themes(self, version: str) -> None:
        """Let every tagged row say that it is assigned by theme set ``version``."""
        self._check_open()
        for name in ("comments", "segments"):
            stale = f"theme_version != {_quoted(version)} OR (theme_version IS NULL AND model_version IS NOT NULL)"
            self._tables.update(name, stale, {"theme_version": version})

    def append_events(self, events: pa.Table) -> None:
        """Add to the log of theme edits; ``seq`` is the caller's.

        Raises StoreError where a ``seq`` is taken: somebody else edited the themes meanwhile.
        """
        self._check_open()
        events = _as(THEME_EVENTS, events)
        stored = set(self._tables.read("theme_events", columns=["seq"])["seq"].to_pylist())
        if taken := sorted(stored.intersection(events["seq"].to_pylist())):
            raise StoreError(
                f"theme edit {taken[0]} is already in the log: the themes were changed meanwhile; "
                "load them again and repeat the edit"
            )
        if events.num_rows:
            self._tables.add("theme_events", events)

    def append_rejects(self, rejects: pa.Table) -> None:
        """Add rows set aside, under this run's id; the same (file, row, reason, content) is stored once."""
        self._check_open()
        rejects = _with_run_id(rejects, self.run_id)
        if not rejects.num_rows:
            return
        if self._rejects is None:
            stored = self._tables.scan("rejects", None, _REJECT_KEY)
            self._rejects = {hash(key) for batch in stored for key in _rows(batch, _REJECT_KEY)}
        fresh = {
            hash(key): row for row, key in enumerate(_rows(rejects, _REJECT_KEY)) if hash(key) not in self._rejects
        }
        if fresh:
            self._tables.add("rejects", rejects.take(list(fresh.values())))
            self._rejects.update(fresh)

    def go_back(self, earlier: Snapshot | None) -> None:
        """Make every table what it was in ``earlier``, empty where it came later; None: before the first run.

        Raises UsageError, with nothing changed, where that is no longer kept.
        """
        self._check_open()
        then = earlier.versions if earlier else {}
        moved = {
            name: then.get(name, 1)
            for name in self._tables.names() - {"runs"}
            if self.base.versions.get(name, 1) != then.get(name, 1)
        }
        for name, version in moved.items():
            try:
                self._tables.count(name, version)
            except StoreError:
                raise UsageError(
                    f"What the store held then is no longer kept: states are for {KEEP.days} days, those before a "
                    f"re-tagging for {KEEP_TAGS.days}."
                ) from None
        for name, version in moved.items():
            self._tables.restore(name, version)

    def finish(self, counts: Mapping[str, Any], model_version: str, theme_version: str | None) -> str:
        """Commit: everything written so far becomes the state that readers see. Returns the run's id.

        ``counts`` is stored as JSON. A run that wrote nothing is recorded too.
        """
        self._check_open()
        data = [name for name in (*SCHEMAS, *LATER) if name != "runs" and name in self._tables.names()]
        # Compacting comes first: a version made after the commit would be taken for a leftover.
        crowded = [name for name in data if self._tables.small_fragments(name) > SMALL_FRAGMENTS]
        for name in crowded:
            self._tables.compact(name)
        versions = {name: self._tables.version(name) for name in data}
        row = {
            "run_id": self.run_id,
            "started": self.started,
            "finished": self._finish_time(),
            "command": self._command,
            "counts": json.dumps(dict(counts), sort_keys=True),
            "model_version": model_version,
            "theme_version": theme_version,
            "versions": json.dumps(versions, sort_keys=True),
        }
        self._tables.add("runs", pa.Table.from_pylist([row], schema=RUNS))
        self._open = False
        self._tidy(crowded)
        return self.run_id

    def close(self) -> None:
        """Accept nothing more; what was not finished is rolled back by the next writer."""
        self._open = False

    def _add_vectors(self, segments: pa.Table, vectors: np.ndarray) -> None:
        import numpy as np

        dim = int(vectors.shape[1])
        if VECTORS not in self._tables.names():
            self._tables.create(VECTORS, vectors_schema(dim))
        flat = pa.array(np.ascontiguousarray(vectors, dtype=np.float16).reshape(-1))
        keys = segments.select([*KEY, "segment_no"])
        rows = keys.append_column("vector", pa.FixedSizeListArray.from_arrays(flat, dim))
        self._tables.add(VECTORS, rows.cast(vectors_schema(dim)))

    def _check_dim(self, segments: pa.Table, vectors: np.ndarray) -> None:
        if not segments.num_rows or VECTORS not in self._tables.names():
            return
        stored = self._tables.schema(VECTORS).field("vector").type.list_size
        if stored != vectors.shape[1]:
            raise StoreError(
                f"the store holds vectors of {stored} numbers, these have {vectors.shape[1]}; "
                "use the encoder the store was made with, or a new store"
            )

    def _roll_back(self) -> None:
        """Undo what a writer left that never came to ``finish``."""
        for name in self._tables.names() - {"runs"}:
            committed = self.base.versions.get(name, 1 if name in SCHEMAS else None)
            if committed is None:
                self._tables.drop(name)
            elif self._tables.version(name) != committed:
                self._tables.restore(name, committed)

    def _finish_time(self) -> datetime:
        """Now, but after every earlier run even where the clock was set back."""
        earlier = self.base.run
        now = datetime.now(UTC)
        return now if earlier is None else max(now, earlier["finished"] + timedelta(microseconds=1))

    def _tidy(self, compacted: list[str]) -> None:
        """Free space that no snapshot younger than KEEP can need."""
        if self._tables.small_fragments("runs") > SMALL_FRAGMENTS:
            self._tables.compact("runs")
        if compacted:
            oldest = self._oldest_readable()
            for name in compacted:
                if name in oldest:
                    self._tables.prune(name, oldest[name])

    def _oldest_readable(self) -> dict[str, int]:
        """Versions of the newest run that was already superseded-to-be KEEP ago, or of the one before the first
        re-tagging since KEEP_TAGS ago; all later ones stay too."""
        now, runs = datetime.now(UTC), self.base.runs().to_pylist()
        old = sum(run["finished"] <= now - KEEP for run in runs)
        retagged = [
            at
            for at, run in enumerate(runs)
            if run["finished"] > now - KEEP_TAGS and RETAGGED in json.loads(run["counts"])
        ]
        kept = min([old, *retagged]) - 1
        return dict(json.loads(runs[kept]["versions"])) if kept >= 0 else {}

    def _check_open(self) -> None:
        if not self._open:
            raise RuntimeError("this writer is closed; open a new one")


def _as(schema: pa.Schema, table: pa.Table) -> pa.Table:
    return table.select(schema.names).cast(schema)


def _check_batch(comments: pa.Table, segments: pa.Table, vectors: np.ndarray) -> None:
    import numpy as np

    for table, key in ((comments, list(KEY)), (segments, [*KEY, "segment_no"])):
        keys = table.select(key)
        if any(keys[name].null_count for name in key):
            raise ValueError(f"a row without {', '.join(key)}")
        if keys.group_by(key).aggregate([]).num_rows != keys.num_rows:
            raise ValueError(f"two rows with the same {', '.join(key)} in one batch")
    strays = segments.select(KEY).join(comments.select(KEY), list(KEY), join_type="left anti").num_rows
    if strays:
        raise ValueError(f"{strays} segments belong to none of the comments")
    if len(vectors) != segments.num_rows:
        raise ValueError(f"{len(vectors)} vectors for {segments.num_rows} segments")
    if not (np.abs(vectors) <= np.finfo(np.float16).max).all():
        raise ValueError("a vector holds a number that float16 cannot")


def where_keys(keys: Iterable[tuple[str, str]]) -> str:
    """An SQL condition that is true for these keys (dataset, id); there must be one."""
    ids: dict[str, list[str]] = {}
    for dataset, id_ in keys:
        ids.setdefault(dataset, []).append(_quoted(id_))
    return " OR ".join(f"(dataset = {_quoted(d)} AND id IN ({', '.join(i)}))" for d, i in ids.items())


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _rows(table: pa.Table | pa.RecordBatch, columns: tuple[str, ...]) -> list[tuple[Any, ...]]:
    return list(zip(*(table[name].to_pylist() for name in columns), strict=True))


def _with_run_id(rejects: pa.Table, run_id: str) -> pa.Table:
    if "run_id" in rejects.column_names:
        rejects = rejects.drop_columns(["run_id"])
    return _as(REJECTS, rejects.append_column("run_id", pa.repeat(pa.scalar(run_id), rejects.num_rows)))
