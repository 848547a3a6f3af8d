"""Stored comments tagged anew, where the models or the themes that tagged them are others than now."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Final

import pyarrow as pa

from voc.encode import SHIPPED
from voc.errors import InputError
from voc.pipeline.intake import Intake, as_comments
from voc.pipeline.tagger import UNREAD, load_tagger
from voc.pipeline.theming import stored_themes
from voc.progress import Progress, Silent
from voc.schema import COMMENTS, READ
from voc.store import RETAGGED, Snapshot, Store

BATCH: Final = 500
#: What of a stored comment an output carries beside its tags.
CARRIED: Final = tuple(
    name for name in READ.names[: READ.names.index("file")] if name not in ("dataset", "id", "response_id", "text")
)


@dataclass(frozen=True)
class Retagged:
    """``comments``: how many were tagged anew; ``before``: of them by the model that had tagged them ("" for none)."""

    comments: int
    before: dict[str, int]
    model_version: str
    theme_version: str | None
    run_id: str | None
    seconds: float

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def retag(
    store: Store,
    *,
    encoder: str = SHIPPED,
    threads: int | None = None,
    command: str = "voc run --retag",
    progress: Progress | None = None,
) -> Retagged:
    """Tag every stored comment anew that has tags of another model or theme set, or none; one commit, or no change.

    The state before stays readable: ``Store.snapshot`` of the run before. Raises InputError for an empty store,
    ModelError where the themes were made with another encoder.
    """
    begun, progress = time.monotonic(), progress or Silent()
    tagger = load_tagger(encoder=encoder, threads=threads)
    with store.writer(command) as writer:
        require_some(writer.base)
        tagger = tagger.with_themes(stored_themes(writer.base))
        versions = tagger.model_version, tagger.theme_version
        before = stale_by_model(writer.base, *versions)
        total, run_id = sum(before.values()), None
        if total:
            intake = Intake(writer)
            with progress.task("Tagging anew", total) as advance:
                for rows in stored_rows(writer.base, BATCH, stale(*versions)):
                    tagged = tagger.tag(rows)
                    intake.keep(as_comments(rows, tagged), tagged.segments, tagged.vectors)
                    advance(rows.num_rows)
            intake.finish()
            run_id = writer.finish({RETAGGED: before}, *versions)
    return Retagged(total, before, *versions, run_id, round(time.monotonic() - begun, 3))


def stored_rows(snapshot: Snapshot, size: int, where: str | None = None) -> Iterator[pa.Table]:
    """Stored comments as a reader gives rows (READ), at most ``size`` at a time, with the ``content_hash`` they have
    and the ``pii`` found in them: the text is masked already."""
    for batch in snapshot.scan_comments(where):
        for start in range(0, batch.num_rows, size):
            yield _as_read(batch.slice(start, size))


def stale(model_version: str, theme_version: str | None) -> str:
    """Condition for the comments that these versions did not tag."""
    model = model_version.replace("'", "''")
    told = f"model_version IS NULL OR model_version != '{model}'"
    return told if theme_version is None else f"{told} OR theme_version IS NULL OR theme_version != '{theme_version}'"


def stale_by_model(snapshot: Snapshot, model_version: str, theme_version: str | None) -> dict[str, int]:
    """How many comments these versions did not tag, by the model that did ("" for none)."""
    models = snapshot.comments(["model_version"], where=stale(model_version, theme_version))["model_version"]
    return dict(sorted(Counter(model or "" for model in models.to_pylist()).items()))


def require_some(snapshot: Snapshot) -> None:
    if snapshot.is_empty:
        raise InputError("The store is empty: add comments with 'voc run FILE'.")


def _as_read(comments: pa.RecordBatch) -> pa.Table:
    """Rows of COMMENTS as READ, with ``content_hash`` and ``pii``."""
    given = []
    for row in comments.to_pylist():
        carried = json.dumps({name: row[name] for name in CARRIED}, ensure_ascii=False, default=str)
        status = row["status"] if row["status"] in UNREAD else "ok"
        given.append(row | {"status": status, "duplicate": False, "carried": carried})
    schema = pa.schema([*READ, COMMENTS.field("content_hash"), COMMENTS.field("pii")])
    return pa.Table.from_pylist(given, schema=schema)
