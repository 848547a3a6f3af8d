"""From the reader into the store: each row counted, what is new or changed picked out and, once tagged, put."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from hashlib import blake2b
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from voc import ingest
from voc.errors import InputError
from voc.pipeline.accounting import FileSummary
from voc.pipeline.copies import find_copies, fingerprint_rows
from voc.pipeline.rejects import file_name, rejected_rows
from voc.pipeline.renamed import doubled_data_sets
from voc.pipeline.renumbered import Renumbered
from voc.pipeline.sinks import Sink
from voc.pipeline.tagger import Tagged, Vectors
from voc.schema import COMMENTS, KEY, READ, TAGS
from voc.store import Writer

#: Comments written at a time: every write is a further version of the table.
CHUNK: Final = 5000
#: How many rejected rows a summary names.
SHOWN_REASONS: Final = 5
#: From this share of comments on that say nothing, a summary tells of them.
WORTH_A_LINE: Final = 0.05

_COMMENT_NAMES = [name for name in COMMENTS.names if name in READ.names and name not in ("status", "file")]
_CHANGES: Final = ("new", "updated", "unchanged")

Key = tuple[str, str]


class Intake:
    """Sifts batch after batch of ``voc.ingest.read`` for a store that is being written, and keeps what was made of it.

    ``tagging``: stored comments that were never tagged are due as well. ``rejects``: gets every rejected row, those too
    that the store holds from an earlier run.
    """

    def __init__(self, writer: Writer, *, tagging: bool = True, rejects: Sink | None = None) -> None:
        self._writer, self._tagging, self._rejects_file = writer, tagging, rejects
        self._known = writer.base.known()
        self._accounts: dict[str, ingest.Account] = {}
        self._changes: dict[str, Counter[str]] = {}
        self._renumbered = Renumbered()
        self._fresh: Counter[str] = Counter()
        self._doubled: dict[str, str] = {}
        self._foreign: Counter[str] = Counter()
        self._kept = self._junk = 0
        self._new, self._changed = _Pending(writer, new=True), _Pending(writer, new=False)
        self._rejects: list[pa.Table] = []
        self.reasons: list[str] = []

    def sift(self, rows: pa.Table) -> tuple[pa.Table, int]:
        """Count a batch. Returns the rows to tag and keep (new, updated, never tagged), each with its ``content_hash``,
        and how many input rows it holds."""
        batch = ingest.tally(rows)
        self._accounts = ingest.merge([self._accounts, batch])
        self._set_aside(rows)
        hashes = self._due(rows)
        due = rows.take(pa.array(list(hashes), pa.int64()))
        due = due.append_column("content_hash", pa.array(list(hashes.values()), pa.string()))
        return due, sum(account.read for account in batch.values())

    def keep(self, comments: pa.Table, segments: pa.Table, vectors: Vectors) -> None:
        """Store comments (COMMENTS, unique keys) with their segments, as ``Writer.put`` takes them."""
        stored = _among(comments, lambda key: self._known.look_up(key, "") is not None)
        if stored.any() and not stored.all():
            keys = set(_keys(comments.filter(stored)))
            old = _among(segments, keys.__contains__)
            self.keep(comments.filter(stored), segments.filter(old), vectors[old])
            self.keep(comments.filter(~stored), segments.filter(~old), vectors[~old])
        elif len(comments):
            self._foreign.update(
                comments.filter(pc.equal(comments["status"], "unsupported_language"))["language"].to_pylist()
            )
            self._kept += len(comments)
            self._junk += pc.sum(pc.equal(comments["status"], "junk")).as_py() or 0
            (self._changed if stored.any() else self._new).add(comments, segments, vectors)

    def finish(self) -> tuple[FileSummary, ...]:
        """Write what is left and mark copies; returns the accounts by file."""
        for pending in (self._new, self._changed):
            pending.flush()
        if self._rejects:
            self._writer.append_rejects(pa.concat_tables(self._rejects))
        if self._new.written or self._changed.written:
            copies = find_copies(self._writer.fingerprints)
            self._writer.replace_copies(copies)
            self._doubled = doubled_data_sets(copies, self._fresh)
        return tuple(
            FileSummary(account, *(self._changes.get(name, Counter())[kind] for kind in _CHANGES))
            for name, account in self._accounts.items()
        )

    def warnings(self) -> list[str]:
        """What is odd about the rows, once all are read."""
        updated = {name: changes["updated"] for name, changes in self._changes.items()}
        kept = {name: account.kept for name, account in self._accounts.items()}
        overwritten = [
            f"{file_name(file)}: {updated[file]:,} of its ids stood in the store for other words of another day, which "
            "are replaced; where each export counts from 1 again, read each into a new store under its own --dataset"
            for file in self._renumbered.files(self._writer.base, updated, kept)
        ]
        renamed = [
            f"most of the {self._fresh[one]:,} new comments of the data set {one} stand in {other} word for word: if "
            f"columns were renamed, take the run back (voc runs undo) and read it again with --dataset {other}"
            for one, other in self._doubled.items()
        ]
        return self._untagged() + overwritten + renamed

    def _untagged(self) -> list[str]:
        said = []
        if self._junk >= max(WORTH_A_LINE * self._kept, 1):
            said.append(
                f"comments that say nothing, such as 'n/a' or hammered keys: {self._junk:,}, stored without tags"
            )
        if not self._foreign:
            return said
        languages = ", ".join(f"{code} {n:,}" for code, n in self._foreign.most_common(5))
        return [
            *said,
            f"comments in languages that the models do not know: {self._foreign.total():,} ({languages}), stored "
            "without tags and themes, and left out of shares",
        ]

    def _due(self, rows: pa.Table) -> dict[int, str]:
        """Positions of the kept rows that are new, updated, or were never tagged → their content hash; counts input
        rows by what they are."""
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
            if seen is None:
                self._fresh[row["dataset"]] += 1
            if rank == 1:
                self._renumbered.note(row["file"], row)
            if seen is None or rank == 1 or (self._tagging and not seen.tagged):
                hashes[i] = digest
        for (file, _), rank in ranks.items():
            self._changes.setdefault(file, Counter())[_CHANGES[rank]] += 1
        return hashes

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
        self._parts: list[tuple[pa.Table, pa.Table, Vectors]] = []
        self.written = 0

    def add(self, comments: pa.Table, segments: pa.Table, vectors: Vectors) -> None:
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


def require_comments(files: Sequence[FileSummary]) -> None:
    """Raise InputError where not a row of the files was kept."""
    if not any(f.account.kept for f in files):
        raise InputError(
            f"No usable comment in {len(files)} file(s): every row is empty or was rejected; "
            "see why with 'voc ingest --dry-run', or name the text column with --map text=COLUMN."
        )


def _keys(table: pa.Table) -> Iterable[Key]:
    return zip(*(table[name].to_pylist() for name in KEY), strict=True)


def _among(table: pa.Table, wanted: Callable[[Key], bool]) -> npt.NDArray[np.bool_]:
    return np.fromiter(map(wanted, _keys(table)), dtype=np.bool_, count=len(table))


def content_hash(row: dict[str, Any]) -> str:
    """Hash of what a reader gave for a comment: tells an updated row from an unchanged one. 32 hex digits."""
    content = json.dumps([row[name] for name in _COMMENT_NAMES], default=str, ensure_ascii=False)
    return blake2b(content.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def as_comments(rows: pa.Table, tagged: Tagged) -> pa.Table:
    """Join the reader's columns and the tags into the store's table of comments; the text is the masked one.

    ``rows``: READ with ``content_hash``; also with ``pii`` where the text was masked before.
    """
    tags = tagged.comments
    columns = {name: rows[name] for name in rows.column_names if name in COMMENTS.names}
    columns |= {name: tags[name] for name in ("text", *TAGS.names)}
    if "pii" in rows.column_names:
        found = zip(rows["pii"].to_pylist(), tags["pii"].to_pylist(), strict=True)
        both = [list(dict.fromkeys([*(before or ()), *(now or ())])) for before, now in found]
        columns["pii"] = pa.array(both, TAGS.field("pii").type)
    columns["file"] = pa.array([file_name(path) for path in rows["file"].to_pylist()], pa.string())
    return pa.table([columns[name] for name in COMMENTS.names], schema=COMMENTS)
