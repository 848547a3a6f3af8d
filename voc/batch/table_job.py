"""A batch job from a PostgreSQL table into the table of its tags: what has tags of this model is never read."""

from __future__ import annotations

import secrets
import time
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from psycopg import sql

from voc import ingest
from voc.batch.engines import BatchOptions, made_engine
from voc.batch.postgres_sink import RUNS, SOURCE_KEY, PostgresSink, understood_json
from voc.batch.postgres_source import TableSource, cut_keyed
from voc.batch.records import Record, Summary, voc_version
from voc.batch.watch import Watch
from voc.batch.worker import Setup
from voc.errors import UsageError
from voc.ingest import ReadOptions
from voc.ingest.database import Database
from voc.progress import Progress
from voc.schema import MAPPABLE

_LONGEST_NAME: Final = 63


def tag_table(
    source_address: str, sink_address: str | None, options: BatchOptions, watch: Watch, progress: Progress
) -> Summary:
    """Tag the rows of a table that have no tags of this model yet, in parts, each committed with its record.

    Raises as ``run_batch`` does. What was committed stays; called again, it goes on.
    """
    begun = time.monotonic()
    source = TableSource.at(source_address)
    address = _sink_address(source, sink_address)
    with progress.task("Loading the models", None):
        tagger = options.loader()()
    model, themes, own = tagger.model_version, tagger.theme_version, tuple(tagger.own_fields)
    del tagger
    _check_names(source, Database.at(address))
    run_id = f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"
    sink = PostgresSink(address, "text", "text", run_id, own=own)
    with sink.locked() as connection:
        columns = source.columns(connection)
        seen_type = columns[source.since].type if source.since else "text"
        sink = replace(sink, key_type=columns[source.key].type, seen_type=seen_type)
        sink.prepare()
        before = sink.last_understood(connection)
        _check_key(source, sink, before)
        which = source.untagged(sink.tags, model)
        (count,) = connection.execute(sql.SQL("SELECT count(*)") + which).fetchone() or (0,)
        notes = _notes(source, connection)
        job: dict[str, Any] = {"voc": voc_version(), "model_version": model, "theme_version": themes,
                               "sources": [source.database.name], "run_id": run_id}  # fmt: skip
        new: list[Record] = []
        skipped: tuple[tuple[str, str], ...] = ()
        if count:
            rows = source.rows(which, connection)
            reading = _as_before(options.reading, before, columns, source)
            # The snapshot ends with the job, however the job ends.
            with closing(rows):
                with progress.task("Looking at the input", None):
                    plan = ingest.understand([rows], reading)
                skipped = plan.skipped
                sink = replace(sink, understood=understood_json(plan.files[0].columns, source.key))
                watch.begun(job, plan.rows)
                parts = cut_keyed(plan, rows, options.part_size)
                for record in made_engine(options).run(parts, Setup(options.worker_loader(), sink, model, themes)):
                    new.append(record)
                    watch.part(record)
        else:
            watch.begun(job, 0)
    summary = Summary.of(new, new, model, themes, time.monotonic() - begun, skipped, notes)
    watch.ended(summary)
    return summary


def _sink_address(source: TableSource, given: str | None) -> str:
    """Where the tags go: the table named, or one beside the source. Raises UsageError for another database."""
    database = source.database
    if given is None:
        *schema, table = database.table
        name = ".".join('"' + part.replace('"', '""') + '"' for part in (*schema, f"{table}_tags"))
        pairs = source.address.partition("?")[2].split("&")
        others = [pair for pair in pairs if not pair.startswith("table=")]
        encoded = "".join(f"%{byte:02x}" for byte in name.encode())
        return f"{source.address.partition('?')[0]}?{'&'.join([f'table={encoded}', *others])}"
    sink = Database.at(given)
    where = ("host", "port", "dbname")
    if not sink.table or any(sink.options.get(name) != database.options.get(name) for name in where):
        raise UsageError(
            f"{sink.name}: the tags of a table go to a table of the same database, or to a folder; "
            "write postgresql://HOST/DATABASE?table=NAME"
        )
    if sink.table == database.table:
        raise UsageError(f"{sink.name} is the source as well: name another table for the tags.")
    return given


def _check_names(source: TableSource, sink: Database) -> None:
    """Raise UsageError where PostgreSQL would cut a name short, or take the source for the table of the runs."""
    *schema, table = sink.table
    if len(f"{table}{RUNS}".encode()) > _LONGEST_NAME:
        raise UsageError(
            f"{sink.name}: the name is too long, PostgreSQL reads {_LONGEST_NAME} bytes and '{RUNS}' comes behind it: "
            "name another table as SINK"
        )
    if (*schema, f"{table}{RUNS}") == source.database.table:
        raise UsageError(f"{sink.name}: its runs would go into the source: name another table as SINK")


def _check_key(source: TableSource, sink: PostgresSink, before: dict[str, Any]) -> None:
    """Raise UsageError where the tags are keyed by another column: equal values would be taken for the same row."""
    if (key := before.get(SOURCE_KEY, source.key)) != source.key:
        raise UsageError(
            f"{sink.name} is keyed by '{key}', not by '{source.key}': give key={key}, or name another table as SINK"
        )


def _notes(source: TableSource, connection: Any) -> tuple[str, ...]:
    query = sql.SQL("SELECT count(*) FROM {} WHERE {} IS NULL").format(
        sql.Identifier(*source.database.table), sql.Identifier(source.key)
    )
    (count,) = connection.execute(query).fetchone()
    return (f"{count:,} rows without a '{source.key}' are left out",) if count else ()


def _as_before(
    reading: ReadOptions, before: dict[str, Any], columns: dict[str, Any], source: TableSource
) -> ReadOptions:
    """Read columns as the last run did, unless told otherwise: a night's few rows may look like something else.

    Raises UsageError where one of them is gone.
    """
    given = reading.mapped
    mapping: dict[str, Any] = {role: name for role, name in before.items() if role in MAPPABLE and role not in given}
    for role, names in mapping.items():
        for name in [names] if isinstance(names, str) else names or []:
            if name.partition(".")[0] not in columns:
                raise UsageError(
                    f"{source.database.name} has no column '{name}' any more, from which {role} was read: "
                    f"say which one with --map {role}=COLUMN"
                )
    return ReadOptions({**mapping, **given}, reading.source, reading.dataset, reading.pii, reading.date_order)
