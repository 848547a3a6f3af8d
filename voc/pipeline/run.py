"""The main job: read, tag, store, and find themes where there are none yet."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import PurePath
from typing import Any

import pyarrow as pa

from voc import ingest
from voc.encode import SHIPPED
from voc.errors import InputError
from voc.pipeline.tagger import Tagged, Tagger, load_tagger, prepare_only
from voc.pipeline.theming import discover_themes, stored_themes, unthemed_share
from voc.progress import Progress, Silent
from voc.schema import COMMENTS, READ, REJECTS, TAGS
from voc.store import Snapshot, Store, Writer

BATCH = 500
#: What is said of each file, in this order.
ACCOUNT_COLUMNS = (
    "file",
    "read",
    "kept",
    "new",
    "updated",
    "unchanged",
    "duplicates",
    "empty",
    "rejected",
    "score_only",
)
#: How many rejected rows a summary names.
SHOWN_REASONS = 5
#: Fewer segments than this do not make themes.
MIN_SEGMENTS = 200

_COMMENT_NAMES = [name for name in COMMENTS.names if name in READ.names and name not in ("status", "file")]


@dataclass(frozen=True)
class RunOptions:
    """``reading``: how to read. ``tag``: off, comments are prepared and stored, and tagged when they come by again.
    ``discover``: find themes where the store has none. ``command``: named in the run.
    """

    reading: ingest.ReadOptions = field(default_factory=ingest.ReadOptions)
    encoder: str = SHIPPED
    threads: int | None = None
    tag: bool = True
    discover: bool = True
    command: str = "voc run"


@dataclass(frozen=True)
class FileSummary:
    """What became of one file's rows: read = kept + duplicates + empty + rejected, kept = new + updated + unchanged."""

    account: ingest.Account
    new: int
    updated: int
    unchanged: int

    def as_json(self) -> dict[str, Any]:
        counts = {"new": self.new, "updated": self.updated, "unchanged": self.unchanged}
        given = self.account.as_json()
        return {name: {**given, **counts}[name] for name in ACCOUNT_COLUMNS}


@dataclass(frozen=True)
class RunSummary:
    """The outcome of a run; ``comments``, ``segments``, ``themes`` count what the store now holds.

    ``warnings``: what the reader noticed, by file. ``reasons``: why the first rows were rejected.
    """

    files: tuple[FileSummary, ...]
    skipped: tuple[tuple[str, str], ...]
    comments: int
    segments: int
    themes: int
    unthemed_share: float | None
    seconds: float
    run_id: str
    warnings: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()

    @property
    def rejected(self) -> int:
        return sum(f.account.rejected for f in self.files)

    def as_json(self) -> dict[str, Any]:
        return {
            "files": [f.as_json() for f in self.files],
            "comments": self.comments,
            "segments": self.segments,
            "themes": self.themes,
            "unthemed_share": self.unthemed_share,
            "seconds": round(self.seconds, 2),
        }


def run(
    inputs: Sequence[str] | ingest.Plan,
    store: Store,
    options: RunOptions | None = None,
    progress: Progress | None = None,
) -> RunSummary:
    """Read ``inputs`` (or what ``ingest.understand`` made of them), tag what is new or changed, store it; find themes
    where the store has none.

    One commit for the comments, a second for first themes: a reader sees none, the comments, or both. Raises
    InputError when nothing usable is found, StoreError when the store cannot be written.
    """
    options, progress = options or RunOptions(), progress or Silent()
    started = time.monotonic()
    if isinstance(inputs, ingest.Plan):
        plan = inputs
    else:
        with progress.task("Looking at the input", None):
            plan = ingest.understand(inputs, options.reading)
    tagger = None
    if options.tag:
        tagger = load_tagger(stored_themes(store.snapshot()), encoder=options.encoder, threads=options.threads)
    with store.writer(options.command) as writer:
        files = _read_and_put(plan, tagger, writer, progress)
        if not any(f.account.kept for f in files):
            raise InputError(
                f"No usable comment in {len(files)} file(s): every row is empty or was rejected; "
                "see why with 'voc ingest --dry-run', or name the text column with --map text=COLUMN."
            )
        versions = (tagger.model_version, tagger.theme_version) if tagger else ("", None)
        counts = [f.as_json() | {"file": file_name(f.account.file)} for f in files]
        run_id = writer.finish({"files": counts}, *versions)
    snapshot = store.snapshot()
    if tagger and options.discover and tagger.themes is None and len(snapshot.segments(["id"])) >= MIN_SEGMENTS:
        discover_themes(store, tagger, progress=progress, command=f"{options.command} (first themes)")
        snapshot = store.snapshot()
    return _summary(files, plan, snapshot, time.monotonic() - started, run_id)


def _read_and_put(
    plan: ingest.Plan, tagger: Tagger | None, writer: Writer, progress: Progress
) -> tuple[FileSummary, ...]:
    known = writer.base.known()
    accounts: dict[str, ingest.Account] = {}
    changes: dict[str, Counter[str]] = {}
    with progress.task("Tagging comments" if tagger else "Reading comments", plan.rows) as advance:
        for rows in ingest.read(plan, batch_size=BATCH):
            batch = ingest.tally(rows)
            accounts = ingest.merge([accounts, batch])
            fresh = _take_fresh(rows, known, changes, tagging=tagger is not None)
            if fresh.num_rows:
                tagged = tagger.tag(fresh) if tagger else prepare_only(fresh)
                writer.put(as_comments(fresh, tagged), tagged.segments, tagged.vectors)
            writer.append_rejects(_rejects(rows))
            advance(sum(account.read for account in batch.values()))
    return tuple(
        FileSummary(account, *(changes.get(name, Counter())[kind] for kind in ("new", "updated", "unchanged")))
        for name, account in accounts.items()
    )


def _take_fresh(
    rows: pa.Table, known: dict[tuple[str, str], Any], changes: dict[str, Counter[str]], *, tagging: bool
) -> pa.Table:
    """Return the kept rows that are new or updated (or were never tagged, when ``tagging``), with their
    ``content_hash``; count input rows by what they are.
    """
    ranks = ("new", "updated", "unchanged")
    fresh, hashes = [], []
    per_row: dict[tuple[str, int], int] = {}
    for i, row in enumerate(rows.to_pylist()):
        if row["status"] not in ("ok", "score_only") or row["duplicate"]:
            continue
        key, digest = (row["dataset"], row["id"]), content_hash(row)
        rank = 0 if key not in known else 2 if known[key][0] == digest else 1
        place = (row["file"], row["row"])
        per_row[place] = min(per_row.get(place, 2), rank)
        if rank < 2 or (tagging and known[key][1] is None):
            fresh.append(i)
            hashes.append(digest)
    for (file, _), rank in per_row.items():
        changes.setdefault(file, Counter())[ranks[rank]] += 1
    return rows.take(pa.array(fresh, pa.int64())).append_column("content_hash", pa.array(hashes, pa.string()))


def content_hash(row: dict[str, Any]) -> str:
    """Hash of what a reader gave for a comment: tells an updated row from an unchanged one. 32 hex digits."""
    content = json.dumps([row[name] for name in _COMMENT_NAMES], default=str, ensure_ascii=False)
    return blake2b(content.encode(), digest_size=16).hexdigest()


def as_comments(rows: pa.Table, tagged: Tagged) -> pa.Table:
    """Join the reader's columns and the tags into the store's table of comments; the text is the masked one."""
    tags = tagged.comments
    columns = {name: rows[name] for name in rows.column_names if name in COMMENTS.names}
    columns |= {name: tags[name] for name in ("text", *TAGS.names)}
    columns["file"] = pa.array([file_name(path) for path in rows["file"].to_pylist()], pa.string())
    return pa.table([columns[name] for name in COMMENTS.names], schema=COMMENTS)


def file_name(path: str) -> str:
    """The last part of a path: what the store keeps of it, so that no folder of a person's machine enters."""
    return PurePath(path).name


def _rejects(rows: pa.Table) -> pa.Table:
    rejected = [
        {
            "file": file_name(row["file"]),
            "row": row["row"],
            "reason": row["reason"],
            "content": row["carried"],
            "run_id": None,
        }
        for row in rows.select(["file", "row", "reason", "carried", "status"]).to_pylist()
        if row["status"] == "rejected"
    ]
    return pa.Table.from_pylist(rejected, schema=REJECTS)


def _summary(
    files: Iterable[FileSummary],
    plan: ingest.Plan,
    snapshot: Snapshot,
    seconds: float,
    run_id: str,
) -> RunSummary:
    themes = stored_themes(snapshot)
    rejects = [row for row in snapshot.rejects().to_pylist() if row["run_id"] == run_id]
    return RunSummary(
        files=tuple(files),
        skipped=plan.skipped,
        warnings=tuple(f"{file_name(file.file)}: {warning}" for file in plan.files for warning in file.warnings),
        reasons=tuple(f"{row['file']}, row {row['row']}: {row['reason']}" for row in rejects[:SHOWN_REASONS]),
        comments=len(snapshot.comments(["id"])),
        segments=len(snapshot.segments(["id"])),
        themes=len(themes.active) if themes else 0,
        unthemed_share=unthemed_share(snapshot, themes),
        seconds=seconds,
        run_id=run_id,
    )
