"""The main job: read, tag, store, and find themes where there are none yet."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from voc import ingest
from voc.encode import SHIPPED
from voc.errors import InputError, StoreError
from voc.pipeline.accounting import FileSummary, RunSummary
from voc.pipeline.copies import count_copies
from voc.pipeline.intake import Intake, as_comments, require_comments
from voc.pipeline.rejects import file_name, rejects_file
from voc.pipeline.retag import stale_by_model
from voc.pipeline.tagger import load_tagger, prepare_only
from voc.pipeline.theming import discover_themes, stored_themes, unthemed_share
from voc.progress import Progress, Silent
from voc.store import Snapshot, Store

BATCH = 500
#: Fewer segments than this do not make themes.
MIN_SEGMENTS = 200


@dataclass(frozen=True)
class RunOptions:
    """``reading``: how to read. ``tag``: off, comments are prepared and stored, and tagged when they come by again.
    ``discover``: find themes where the store has none. ``command``: named in the run. ``rejects``: file (.csv, .jsonl,
    .parquet, .xlsx) to write the rows to that this run rejects.
    """

    reading: ingest.ReadOptions = field(default_factory=ingest.ReadOptions)
    encoder: str = SHIPPED
    threads: int | None = None
    tag: bool = True
    discover: bool = True
    command: str = "voc run"
    rejects: str | None = None


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
    tagger = load_tagger(encoder=options.encoder, threads=options.threads) if options.tag else None
    with store.writer(options.command) as writer:
        if tagger:
            tagger = tagger.with_themes(stored_themes(writer.base))
        with (
            rejects_file(options.rejects) as rejects,
            progress.task("Tagging comments" if tagger else "Reading comments", plan.rows) as advance,
        ):
            intake = Intake(writer, tagging=tagger is not None, rejects=rejects)
            for rows in ingest.read(plan, batch_size=BATCH):
                due, read = intake.sift(rows)
                if due.num_rows:
                    tagged = tagger.tag(due) if tagger else prepare_only(due)
                    intake.keep(as_comments(due, tagged), tagged.segments, tagged.vectors)
                advance(read)
            files = intake.finish()
        require_comments(files)
        versions = (tagger.model_version, tagger.theme_version) if tagger else ("", None)
        counts = [f.as_json() | {"file": file_name(f.account.file)} for f in files]
        warnings = (*_said(plan), *intake.warnings())
        run_id = writer.finish({"files": counts}, *versions)
    snapshot = store.snapshot()
    if tagger and (others := sum(stale_by_model(snapshot, *versions).values())):
        warnings = (*warnings, f"{others:,} stored comments have tags of another model, or none: voc run --retag")
    if tagger and options.discover and tagger.themes is None and snapshot.count("segments") >= MIN_SEGMENTS:
        try:
            discover_themes(
                store, tagger, progress=progress, command=f"{options.command} (first themes)", only_first=True
            )
        except (InputError, StoreError) as error:
            warnings = (*warnings, f"the comments are stored, themes were not looked for: {error}")
        snapshot = store.snapshot()
    elif tagger and options.discover and tagger.themes is None:
        n = snapshot.count("segments")
        warnings = (
            *warnings,
            f"no themes were looked for: {n:,} segments are there, {MIN_SEGMENTS} are needed here, "
            "60 by 'voc themes discover'",
        )
    return _summary(snapshot, files, plan, warnings, tuple(intake.reasons), time.monotonic() - started, run_id)


def _said(plan: ingest.Plan) -> list[str]:
    return [f"{file_name(file.file)}: {warning}" for file in plan.files for warning in file.warnings]


def _summary(
    snapshot: Snapshot,
    files: tuple[FileSummary, ...],
    plan: ingest.Plan,
    warnings: tuple[str, ...],
    reasons: tuple[str, ...],
    seconds: float,
    run_id: str,
) -> RunSummary:
    themes = stored_themes(snapshot)
    return RunSummary(
        files=files,
        skipped=plan.skipped,
        comments=snapshot.count("comments"),
        segments=snapshot.count("segments"),
        themes=len(themes.leaves) if themes else 0,
        unthemed_share=unthemed_share(snapshot, themes),
        seconds=seconds,
        run_id=run_id,
        warnings=warnings,
        reasons=reasons,
        copies=count_copies(snapshot),
    )
