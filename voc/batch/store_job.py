"""Batch jobs with a store: tagged in parts beside it, which it then takes in one commit."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import PurePath
from typing import Any

import pyarrow as pa

from voc import ingest
from voc.batch.engines import BatchOptions, made_engine
from voc.batch.parts import Missing, numbered, regrouped
from voc.batch.places import store_place
from voc.batch.records import Record, Summary, by_status, voc_version
from voc.batch.stage import FOLDER, Stage
from voc.batch.watch import Watch
from voc.batch.worker import Setup
from voc.errors import UsageError
from voc.ingest.database import is_database, shown_address
from voc.pipeline import (
    Intake,
    Tagger,
    require_comments,
    require_some,
    stale,
    stale_by_model,
    stored_rows,
    stored_themes,
)
from voc.pipeline.tagger import STANDARD
from voc.progress import Progress
from voc.remote import shown
from voc.store import RETAGGED, Store, Writer
from voc.themes import ThemeSet


def tag_into_store(
    sources: Sequence[str], address: str, options: BatchOptions, watch: Watch, progress: Progress
) -> Summary:
    """Tag what is new or changed in files into a store, made where there is none; all comments appear at once.

    Raises as ``run_batch`` does. Parts that were tagged stay beside the store: called again, it goes on.
    """
    begun = time.monotonic()
    place = store_place(address)
    with progress.task("Looking at the input", None):
        plan = ingest.understand(sources, options.reading)
    store = Store.open(place, create=True)
    names = [shown_address(source) if is_database(source) else PurePath(source).name for source in sources]
    with store.writer(f"voc batch {' '.join(names)}") as writer:
        job = _Job(place, writer, options, progress)
        intake = Intake(writer)
        due = (intake.sift(rows)[0] for rows in ingest.read(plan, batch_size=options.part_size))
        new, records = job.tag(due, names, plan.rows, watch)
        job.keep(records, intake)
        files = intake.finish()
        require_comments(files)
        counts = [f.as_json() | {"file": PurePath(f.account.file).name} for f in files]
        writer.finish({"files": counts, **_told(records)}, *job.versions)
    job.stage.remove()
    summary = job.summary(new, records, begun, plan.skipped, tuple(intake.warnings()))
    watch.ended(summary)
    return summary


def retag_store(address: str, options: BatchOptions, watch: Watch, progress: Progress) -> Summary:
    """Tag anew those comments of a store that another model or theme set tagged; the tags change at once.

    Raises as ``run_batch`` does. Parts that were tagged stay beside the store: called again, it goes on.
    """
    begun = time.monotonic()
    place = store_place(address)
    store = Store.open(place)
    with store.writer("voc batch --retag") as writer:
        require_some(writer.base)
        job = _Job(place, writer, options, progress)
        before = stale_by_model(writer.base, *job.versions)
        due = stored_rows(writer.base, options.part_size, stale(*job.versions))
        new, records = job.tag(due, [shown(place)], sum(before.values()), watch)
        if records:
            intake = Intake(writer)
            job.keep(records, intake)
            intake.finish()
            writer.finish({RETAGGED: before, **_told(records)}, *job.versions)
    job.stage.remove()
    summary = job.summary(new, records, begun)
    watch.ended(summary)
    return summary


class _Job:
    """What both kinds share. ``versions``: of the model and of the store's themes."""

    def __init__(self, place: str, writer: Writer, options: BatchOptions, progress: Progress) -> None:
        if options.themes:
            raise UsageError("A store assigns its own themes: leave out --themes.")
        if options.own or options.profile != STANDARD:
            raise UsageError(
                "A store holds the tags of the shipped lenses and the vectors of every segment: leave out --lens and "
                "--profile, or name a folder or a table as SINK."
            )
        self._options, self._writer = options, writer
        self.stage = Stage(f"{place}/{FOLDER}")
        themes = stored_themes(writer.base)
        with progress.task("Loading the models", None):
            tagger = _with_themes(options.loader(theme_view=True), themes)
        self.versions = tagger.model_version, tagger.theme_version
        self._setup = Setup(
            partial(_with_themes, options.worker_loader(theme_view=True), themes), self.stage, *self.versions
        )

    def tag(
        self, due: Iterable[pa.Table], sources: Sequence[str], rows: int, watch: Watch
    ) -> tuple[list[Record], dict[int, Record]]:
        """Tag the tables that are ``due`` into the stage; the parts of this call, and all by number. ``rows``: of the
        source."""
        model, themes = self.versions
        size = self._options.part_size
        self.stage.make()
        done = {
            number: record
            for number, record in self.stage.records().items()
            if (record.model_version, record.theme_version) == self.versions
        }
        watch.begun(
            {"voc": voc_version(), "model_version": model, "theme_version": themes, "sources": list(sources),
             "part_size": size}, rows
        )  # fmt: skip
        missing = Missing(done)
        new = []
        for record in made_engine(self._options).run(missing.of(numbered(regrouped(due, size))), self._setup):
            new.append(record)
            watch.part(record)
        kept = {number: record for number, record in done.items() if number in missing.same}
        return new, kept | {record.part: record for record in new}

    def keep(self, records: dict[int, Record], intake: Intake) -> None:
        """Put the parts into the store's tables, in order of the input."""
        for number in sorted(records):
            staged = self.stage.staged(records[number])
            intake.keep(staged.comments, staged.segments, staged.vectors)
            self._writer.append_rejects(staged.rejects)

    def summary(
        self,
        new: Sequence[Record],
        records: dict[int, Record],
        begun: float,
        skipped: tuple[tuple[str, str], ...] = (),
        notes: tuple[str, ...] = (),
    ) -> Summary:
        model, themes = self.versions
        return Summary(
            parts=len(records),
            new_parts=len(new),
            rows=sum(record.rows for record in records.values()),
            tagged=sum(record.rows for record in new),
            by_status=by_status(records.values()),
            set_aside=sum(record.set_aside for record in records.values()),
            model_version=model,
            theme_version=themes,
            seconds=round(time.monotonic() - begun, 3),
            skipped=skipped,
            notes=notes,
        )


def _with_themes(load: Callable[[], Tagger], themes: ThemeSet | None) -> Tagger:
    return load().with_themes(themes)


def _told(records: dict[int, Record]) -> dict[str, Any]:
    """Of the parts, for the row in ``runs``."""
    return {
        "parts": len(records),
        "worker_seconds": round(sum(record.seconds for record in records.values()), 3),
        "set_aside": sum(record.set_aside for record in records.values()),
    }
