"""batch: unattended jobs over large inputs, in parts that are committed one by one."""

from __future__ import annotations

from typing import Annotated

import typer

from voc.cli.console import Bars, JsonOption, print_json, say, say_skipped
from voc.cli.data import (
    PARTLY,
    DatasetOption,
    DateOrderOption,
    EncoderOption,
    LensOption,
    MapOption,
    ProfileOption,
    SourceOption,
    reading_options,
)

#: As ``voc.batch.PART_SIZE``, which would load the pipeline.
PART_SIZE = 2000


def register(app: typer.Typer) -> None:
    app.command()(batch)


def batch(
    source: Annotated[
        str,
        typer.Argument(
            metavar="SOURCE",
            help="A file, a folder, a glob in quotes, an address such as s3://BUCKET/FOLDER, a store, or "
            "postgresql://HOST/DATABASE?table=NAME&key=COLUMN[&since=COLUMN].",
        ),
    ],
    sink: Annotated[
        str | None,
        typer.Argument(
            metavar="SINK",
            help="A folder, here or at an address; a store, or store:PLACE to make one; or "
            "postgresql://HOST/DATABASE?table=NAME (default for a table: NAME_tags beside it).",
        ),
    ] = None,
    engine: Annotated[str, typer.Option("--engine", help="local, or ray: a cluster.")] = "local",
    address: Annotated[str | None, typer.Option("--address", help="A running Ray cluster (default: one here).")] = None,
    workers: Annotated[int | None, typer.Option("--workers", min=1, help="Processes (default: one a core).")] = None,
    gpus: Annotated[float, typer.Option("--gpus", min=0, help="GPUs of each Ray actor.")] = 0.0,
    resume: Annotated[
        bool,
        typer.Option("--resume", help="Go on with what an earlier job left in SINK."),
    ] = False,
    retag: Annotated[
        bool,
        typer.Option("--retag", help="Tag a store's comments anew; no SINK."),
    ] = False,
    part_size: Annotated[int, typer.Option("--part-size", min=1, help="Comments a part.")] = PART_SIZE,
    written: Annotated[str, typer.Option("--format", help="parquet, jsonl or csv.")] = "parquet",
    themes: Annotated[
        str | None,
        typer.Option("--themes", metavar="DIR", help="Themes: an exported folder, or a store."),
    ] = None,
    lens: LensOption = None,
    profile: ProfileOption = "standard",
    mapping: MapOption = None,
    date_order: DateOrderOption = None,
    kind: SourceOption = None,
    dataset: DatasetOption = None,
    encoder: EncoderOption = "default",
    log: Annotated[
        str | None,
        typer.Option("--log", metavar="FILE", help="Append events as JSON Lines, without comments' text; '-': stderr."),
    ] = None,
    metrics: Annotated[
        str | None, typer.Option("--metrics", metavar="FILE", help="Keep counts in FILE as OpenMetrics text.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Tag a large input unattended: in parts, each committed whole; killed at any moment, it goes on with --resume."""
    from voc.batch import Bar, BatchOptions, JsonLog, Metrics, Watch, run_batch

    bars = Bars()
    watches: list[Watch] = [
        *([JsonLog(log)] if log else []),
        *([Metrics(metrics)] if metrics else []),
        Bar(bars, bars.note),
    ]
    options = BatchOptions(
        reading=reading_options(mapping, kind, dataset, date_order),
        themes=themes,
        encoder=encoder,
        own=tuple(lens or ()),
        profile=profile,
        engine=engine,
        workers=workers,
        address=address,
        gpus=gpus,
        part_size=part_size,
        format=written,
        resume=resume,
        retag=retag,
    )
    summary = run_batch([source], sink, options, watches=watches, progress=bars)
    say_skipped(summary.skipped)
    for note in summary.notes:
        say(f"Note: {note}")
    if as_json:
        print_json(summary.as_json())
    else:
        told = ", ".join(f"{n:,} {status}" for status, n in sorted(summary.by_status.items(), key=lambda one: -one[1]))
        new = f"{summary.new_parts:,} new part{'' if summary.new_parts == 1 else 's'}"
        more = summary.parts > summary.new_parts
        whole = f"; {summary.rows:,} rows in {summary.parts:,} parts in all" if more else ""
        say(f"{summary.tagged:,} rows tagged in {new} ({summary.seconds:.0f} s){whole}{': ' + told if told else ''}")
    if summary.set_aside:
        say(f"{summary.set_aside:,} row(s) could not be tagged and were set aside as rejected; 'reason' says why.")
    if summary.rejected:
        raise typer.Exit(PARTLY)
