"""A batch job into a folder: understand, cut, tag what is missing, write down."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path, PurePath
from typing import Any

from voc import ingest
from voc.batch.engines import BatchOptions, made_engine
from voc.batch.folder_sink import FolderSink
from voc.batch.parts import Missing, Part, cut, numbered, regrouped
from voc.batch.places import is_store, store_place
from voc.batch.records import Record, Summary, voc_version
from voc.batch.watch import Watch
from voc.batch.worker import Setup
from voc.errors import InputError, UsageError
from voc.ingest.database import shown_address
from voc.pipeline import CARRIED, require_some, stored_rows
from voc.pipeline.sinks import SUFFIXES
from voc.pipeline.tag_file import carried_columns
from voc.progress import Progress
from voc.remote import shown
from voc.store import Store


def tag_into_folder(
    sources: Sequence[str], address: str, options: BatchOptions, watch: Watch, progress: Progress
) -> Summary:
    """Tag files, part by part, into a folder. Raises as ``run_batch`` does."""
    begun = time.monotonic()
    _check_place(sources, address)
    sink = FolderSink(address, options.format)
    with progress.task("Looking at the input", None):
        given = _given(sources, options)  # before the folder is made: a mistyped source leaves none
    with sink.locked():
        before = sink.job()
        _check_sink(sink, before, options)
        check_alone = sink.claim()
        with progress.task("Loading the models", None):
            tagger = options.loader()()
        sink = FolderSink(address, options.format, given.carried, tuple(tagger.own_fields))
        setup = Setup(options.worker_loader(), sink, tagger.model_version, tagger.theme_version)
        del tagger
        size = before["part_size"] if before else options.part_size
        job = _job(sources, setup, sink, size)
        if before is None:
            sink.begin(job)
        else:
            _check_same(before, job, shown(address))
        done = sink.records() if before else {}
        records = dict(done)
        watch.begun(job, given.rows)
        missing = Missing(done)
        new: list[Record] = []
        for record in made_engine(options).run(missing.of(given.parts(size)), setup):
            records[record.part] = record
            new.append(record)
            watch.part(record)
            check_alone()
        check_alone()
        sink.finish(job, records)
        if lost := sorted(records.keys() - missing.seen):
            raise InputError(
                f"the input has {len(missing.seen)} parts now, the sink holds {len(lost)} more from an earlier time, "
                "which stay: give the whole input again, or another sink"
            )
    replaced = sum(record.part in done for record in new)
    notes = (f"{replaced} of {len(done)} parts that were there held other input and are replaced",) if replaced else ()
    summary = Summary.of(
        records.values(),
        new,
        setup.model_version,
        setup.theme_version,
        time.monotonic() - begun,
        given.skipped,
        notes,
    )
    watch.ended(summary)
    if not summary.by_status.keys() - {"empty", "rejected"}:
        raise InputError(
            f"No usable comment among {summary.rows:,} row(s): every row is empty or was rejected; "
            "see how the columns are understood with 'voc ingest --dry-run'."
        )
    return summary


@dataclass(frozen=True)
class _Given:
    """An input. ``rows``: how many; ``parts``: cut at about so many; ``carried``: its columns that the output keeps;
    ``skipped``: (file, why it holds no comments)."""

    rows: int
    carried: tuple[str, ...]
    parts: Callable[[int], Iterator[Part]]
    skipped: tuple[tuple[str, str], ...] = ()


def _given(sources: Sequence[str], options: BatchOptions) -> _Given:
    if len(sources) == 1 and is_store(sources[0]):
        snapshot = Store.open(store_place(sources[0])).snapshot()
        require_some(snapshot)
        return _Given(
            snapshot.count("comments"), CARRIED, lambda size: numbered(regrouped(stored_rows(snapshot, size), size))
        )
    plan = ingest.understand(sources, options.reading)
    return _Given(plan.rows, carried_columns(plan), partial(cut, plan), plan.skipped)


def _job(sources: Sequence[str], setup: Setup, sink: FolderSink, part_size: int) -> dict[str, Any]:
    """What a job is begun with, for its manifest and its log."""
    return {
        "voc": voc_version(),
        "model_version": setup.model_version,
        "theme_version": setup.theme_version,
        "sources": [shown(shown_address(source)) for source in sources],
        "format": sink.format,
        "part_size": part_size,
        "columns": sink.columns.names,
        "begun": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _check_place(sources: Sequence[str], address: str) -> None:
    """Raise UsageError where the sink seems meant as a file, or lies in a folder that is read: the next job would read
    its own parts."""
    sink = _place(address)
    if PurePath(sink).suffix.lower() in SUFFIXES:
        raise UsageError(f"{shown(address)} reads like a file: SINK is a folder of parts; one file: 'voc tag -o'.")
    for source in sources:
        folder = "://" in source or Path(source).is_dir()
        if folder and not is_store(source) and sink.startswith(f"{_place(source)}/"):
            raise UsageError(f"{shown(address)} lies within {shown(source)}: name a folder beside it as SINK.")


def _place(address: str) -> str:
    return address.partition("?")[0].rstrip("/") if "://" in address else str(Path(address).resolve())


def _check_sink(sink: FolderSink, before: dict[str, Any] | None, options: BatchOptions) -> None:
    where = shown(sink.address)
    if before is None and (found := sink.strangers()):
        raise UsageError(f"{where} holds other files ({found[0]}): name an empty folder or a new one.")
    if before is not None and not options.resume:
        raise UsageError(f"{where} holds parts of an earlier job: --resume goes on with it, or name another folder.")


def _check_same(before: dict[str, Any], job: dict[str, Any], where: str) -> None:
    """Raise UsageError where parts of this job would not fit to those in the sink."""
    for name, told in (("model_version", "model"), ("theme_version", "theme set"), ("format", "format")):
        if before[name] != job[name]:
            raise UsageError(
                f"{where} was written with the {told} {before[name]}, this is {job[name]}: to tag everything anew, "
                "name another sink; the earlier tags stay where they are."
            )
    if before["columns"] != job["columns"]:
        gone = [name for name in before["columns"] if name not in job["columns"]]
        come = [name for name in job["columns"] if name not in before["columns"]]
        raise UsageError(
            f"The input has other columns than the parts in {where} (gone: {', '.join(gone) or 'none'}; new: "
            f"{', '.join(come) or 'none'}): rename them back, or name another sink."
        )
