"""From the reader into the store: each row counted, what is new or changed prepared, tagged and put."""

from __future__ import annotations

import json
from collections import Counter
from hashlib import blake2b
from typing import Any, Final

import numpy as np
import pyarrow as pa

from voc import ingest
from voc.pipeline.accounting import FileSummary
from voc.pipeline.copies import find_copies, fingerprint_rows
from voc.pipeline.rejects import file_name, rejected_rows
from voc.pipeline.renumbered import Renumbered
from voc.pipeline.sinks import Sink
from voc.pipeline.tagger import Tagged, Tagger, prepare_only
from voc.schema import COMMENTS, READ, TAGS
from voc.store import Writer

#: Comments written at a time: every write is a further version of the table.
CHUNK: Final = 5000
#: How many rejected rows a summary names.
SHOWN_REASONS: Final = 5

_COMMENT_NAMES = [name for name in COMMENTS.names if name in READ.names and name not in ("status", "file")]
_CHANGES: Final = ("new", "updated", "unchanged")

Key = tuple[str, str]


class Intake:
    """Takes batch after batch of ``voc.ingest.read`` into a store that is being written.

    Without ``tagger`` comments are prepared and masked only. ``rejects``: gets every rejected row, those too that the
    store holds from an earlier run.
    """

    def __init__(self, writer: Writer, tagger: Tagger | None, rejects: Sink | None = None) -> None:
        self._writer, self._tagger, self._rejects_file = writer, tagger, rejects
        self._known = writer.base.known()
        self._accounts: dict[str, ingest.Account] = {}
        self._changes: dict[str, Counter[str]] = {}
        self._renumbered = Renumbered()
        self._new, self._changed = _Pending(writer, new=True), _Pending(writer, new=False)
        self._rejects: list[pa.Table] = []
        self.reasons: list[str] = []

    def take(self, rows: pa.Table) -> int:
        """Count, tag and keep a batch; returns how many input rows it holds."""
        batch = ingest.tally(rows)
        self._accounts = ingest.merge([self._accounts, batch])
        new, changed = self._fresh(rows)
        for pending, fresh in ((self._new, new), (self._changed, changed)):
            if fresh.num_rows:
                tagged = self._tagger.tag(fresh) if self._tagger else prepare_only(fresh)
                pending.add(as_comments(fresh, tagged), tagged.segments, tagged.vectors)
        self._set_aside(rows)
        return sum(account.read for account in batch.values())

    def finish(self) -> tuple[FileSummary, ...]:
        """Write what is left and mark copies; returns the accounts by file."""
        for pending in (self._new, self._changed):
            pending.flush()
        if self._rejects:
            self._writer.append_rejects(pa.concat_tables(self._rejects))
        if self._new.written or self._changed.written:
            self._writer.replace_copies(find_copies(self._writer.fingerprints))
        return tuple(
            FileSummary(account, *(self._changes.get(name, Counter())[kind] for kind in _CHANGES))
            for name, account in self._accounts.items()
        )

    def warnings(self) -> list[str]:
        """What is odd about the rows, once all are read."""
        updated = {name: changes["updated"] for name, changes in self._changes.items()}
        kept = {name: account.kept for name, account in self._accounts.items()}
        return [
            f"{file_name(file)}: {updated[file]:,} of its ids stood in the store for other words of another day, which "
            "are replaced; where each export counts from 1 again, read each into a new store under its own --dataset"
            for file in self._renumbered.files(self._writer.base, updated, kept)
        ]

    def _fresh(self, rows: pa.Table) -> tuple[pa.Table, pa.Table]:
        """The kept rows that are new, and those that are updated (or were never tagged, with a tagger), each with its
        ``content_hash``; counts input rows by what they are."""
        fresh: tuple[list[int], list[int]] = ([], [])
        hashes: dict[int, str] = {}
        ranks: dict[tuple[str, int], int] = {}
        for i, row in enumerate(rows.to_pylist()):
            if row["status"] not in ("ok", "score_only") or row["duplicate"]:
                continue
            digest = content_hash(row)
            seen = self._known.look_up((row["dataset"], row["id"]), digest)
            rank = 0 if seen is None else 2 if seen.same else 1
            place = row["file"], row["row"]
            ranks[place] = min(ranks.get(place, 2), rank)
            if rank == 1:
                self._renumbered.note(row["file"], row)
            if seen is None or rank == 1 or (self._tagger and not seen.tagged):
                fresh[seen is not None].append(i)
                hashes[i] = digest
        for (file, _), rank in ranks.items():
            self._changes.setdefault(file, Counter())[_CHANGES[rank]] += 1
        new, changed = (
            rows.take(pa.array(at, pa.int64())).append_column(
                "content_hash", pa.array([hashes[i] for i in at], pa.string())
            )
            for at in fresh
        )
        return new, changed

    def _set_aside(self, rows: pa.Table) -> None:
        rejected = rejected_rows(rows, self._writer.run_id)
        if not rejected.num_rows:
            return
        self._rejects.append(rejected)
        if sum(table.num_rows for table in self._rejects) >= CHUNK:
            self._writer.append_rejects(pa.concat_tables(self._rejects))
            self._rejects = []
        shown = rejected.to_pylist()
        if self._rejects_file:
            self._rejects_file.write(shown)
        self.reasons += [
            f"{row['file']}, row {row['row']}: {row['reason']}" for row in shown[: SHOWN_REASONS - len(self.reasons)]
        ]


class _Pending:
    """Comments that wait to be written together."""

    def __init__(self, writer: Writer, *, new: bool) -> None:
        self._writer, self._is_new = writer, new
        self._parts: list[tuple[pa.Table, pa.Table, np.ndarray]] = []
        self.written = 0

    def add(self, comments: pa.Table, segments: pa.Table, vectors: np.ndarray) -> None:
        self._parts.append((comments, segments, vectors))
        if sum(part[0].num_rows for part in self._parts) >= CHUNK:
            self.flush()

    def flush(self) -> None:
        if not self._parts:
            return
        comments, segments, vectors = zip(*self._parts, strict=True)
        rows = pa.concat_tables(comments)
        self._writer.put(rows, pa.concat_tables(segments), np.concatenate(vectors), new=self._is_new)
        self._writer.put_fingerprints(fingerprint_rows(rows), new=self._is_new)
        self.written += rows.num_rows
        self._parts = []


def content_hash(row: dict[str, Any]) -> str:
    """Hash of what a reader gave for a comment: tells an updated row from an unchanged one. 32 hex digits."""
    content = json.dumps([row[name] for name in _COMMENT_NAMES], default=str, ensure_ascii=False)
    return blake2b(content.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def as_comments(rows: pa.Table, tagged: Tagged) -> pa.Table:
    """Join the reader's columns and the tags into the store's table of comments; the text is the masked one."""
    tags = tagged.comments
    columns = {name: rows[name] for name in rows.column_names if name in COMMENTS.names}
    columns |= {name: tags[name] for name in ("text", *TAGS.names)}
    columns["file"] = pa.array([file_name(path) for path in rows["file"].to_pylist()], pa.string())
    return pa.table([columns[name] for name in COMMENTS.names], schema=COMMENTS)
