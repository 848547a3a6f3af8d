"""A batch job from begin to end: understand, cut, tag what is missing, write down."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from voc import ingest
from voc.batch.engines import BatchOptions, made_engine, voc_version
from voc.batch.folder_sink import FolderSink
from voc.batch.parts import Part, cut
from voc.batch.records import Record, Summary, by_status
from voc.batch.watch import Watch, Watches
from voc.batch.worker import Setup
from voc.errors import InputError, UsageError, VocError
from voc.ingest.database import is_database, shown_address
from voc.pipeline import output_columns
from voc.pipeline.tag_file import carried_columns
from voc.progress import Progress, Silent
from voc.remote import shown


def run_batch(
    sources: Sequence[str],
    sink: str | None = None,
    options: BatchOptions | None = None,
    *,
    watches: Iterable[Watch] = (),
    progress: Progress | None = None,
) -> Summary:
    """Tag ``sources`` (files, folders, globs, URLs) into the folder ``sink``, part by part, each committed whole.

    One source that is a PostgreSQL table with a ``key`` goes into a table of its database, by default one beside it.

    Raises InputError for unusable input, UsageError for a sink that holds something else, StoreError where it cannot
    be written or another job is at it. What was committed before stays; call it with ``resume`` to go on.
    """
    options = options or BatchOptions()
    watch = Watches(watches)
    try:
        return _run(sources, sink, options, watch, progress or Silent())
    except VocError as error:
        watch.failed(type(error).__name__, error.exit_code)
        raise
    except BaseException as error:
        watch.failed(type(error).__name__, 130 if isinstance(error, KeyboardInterrupt) else 1)
        raise


def _run(sources: Sequence[str], sink: str | None, options: BatchOptions, watch: Watch, progress: Progress) -> Summary:
    if sink is not None and not is_database(sink):
        return _into_folder(sources, sink, options, watch, progress)
    if len(sources) == 1 and is_database(sources[0]):
        from voc.batch.table_job import tag_table

        return tag_table(sources[0], sink, options, watch, progress)
    raise UsageError("Only a PostgreSQL table is tagged into a table: name a folder as SINK.")


def _into_folder(
    sources: Sequence[str], address: str, options: BatchOptions, watch: Watch, progress: Progress
) -> Summary:
    begun = time.monotonic()
    sink = FolderSink(address, options.format)
    with sink.locked():
        before = sink.job()
        _check_sink(sink, before, options)
        with progress.task("Looking at the input", None):
            plan = ingest.understand(sources, options.reading)
        carried = carried_columns(plan)
        sink = FolderSink(address, options.format, carried)
        load = options.loader()
        with progress.task("Loading the models", None):
            tagger = load()
        setup = Setup(load, sink, carried, tagger.model_version, tagger.theme_version)
        del tagger
        size = before["part_size"] if before else options.part_size
        job = _job(sources, setup, options.format, size)
        if before is None:
            sink.begin(job)
        else:
            _check_same(before, job, shown(address))
        done = sink.records() if before else {}
        records = dict(done)
        watch.begun(job, plan.rows)
        missing = _Missing(done)
        new: list[Record] = []
        for record in made_engine(options).run(missing.of(cut(plan, size)), setup):
            records[record.part] = record
            new.append(record)
            watch.part(record)
        if lost := sorted(records.keys() - missing.seen):
            raise InputError(
                f"the input has {len(missing.seen)} parts now, the sink holds {len(lost)} more from an earlier time: "
                "give the whole input again, or another sink"
            )
        sink.finish(job, records)
    summary = _summary(records.values(), new, setup, time.monotonic() - begun, plan.skipped)
    watch.ended(summary)
    if not summary.by_status.keys() - {"empty", "rejected"}:
        raise InputError(
            f"No usable comment among {summary.rows:,} row(s): every row is empty or was rejected; "
            "see how the columns are understood with 'voc ingest --dry-run'."
        )
    return summary


class _Missing:
    """Lets those parts through that are not done yet. ``seen``: the numbers of all that came by."""

    def __init__(self, done: dict[int, Record]) -> None:
        self._done = done
        self.seen: set[int] = set()

    def of(self, parts: Iterable[Part]) -> Iterator[Part]:
        for part in parts:
            self.seen.add(part.number)
            record = self._done.get(part.number)
            if record is None or record.input_hash != part.input_hash:
                yield part


def _job(sources: Sequence[str], setup: Setup, written: str, part_size: int) -> dict[str, Any]:
    """What a job is begun with, for its manifest and its log."""
    return {
        "voc": voc_version(),
        "model_version": setup.model_version,
        "theme_version": setup.theme_version,
        "sources": [shown(shown_address(source)) for source in sources],
        "format": written,
        "part_size": part_size,
        "columns": output_columns(setup.carried),
        "begun": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _check_sink(sink: FolderSink, before: dict[str, Any] | None, options: BatchOptions) -> None:
    where = shown(sink.address)
    if before is None and (found := sink.strangers()):
        raise UsageError(f"{where} holds other files ({found[0]}): name an empty folder or a new one.")
    if before is not None and not options.resume:
        raise UsageError(f"{where} holds parts of an earlier job: --resume goes on with it, or name another folder.")


def _check_same(before: dict[str, Any], job: dict[str, Any], where: str) -> None:
    """Raise UsageError where parts of this job would not fit to those in the sink."""
    if before["columns"] != job["columns"]:
        gone = [name for name in before["columns"] if name not in job["columns"]]
        come = [name for name in job["columns"] if name not in before["columns"]]
        raise UsageError(
            f"The input has other columns than the parts in {where} (gone: {', '.join(gone) or 'none'}; new: "
            f"{', '.join(come) or 'none'}): rename them back, or name another sink."
        )
    for name, told in (("model_version", "model"), ("theme_version", "theme set"), ("format", "format")):
        if before[name] != job[name]:
            raise UsageError(
                f"{where} was written with the {told} {before[name]}, this is {job[name]}: to tag everything anew, "
                "name another sink; the earlier tags stay where they are."
            )


def _summary(
    records: Iterable[Record], new: Sequence[Record], setup: Setup, seconds: float, skipped: tuple[tuple[str, str], ...]
) -> Summary:
    records = list(records)
    return Summary(
        parts=len(records),
        new_parts=len(new),
        rows=sum(record.rows for record in records),
        tagged=sum(record.rows for record in new),
        by_status=by_status(records),
        set_aside=sum(record.set_aside for record in records),
        model_version=setup.model_version,
        theme_version=setup.theme_version,
        seconds=round(seconds, 3),
        skipped=skipped,
    )
