"""run, ingest, tag: from files to a store or to another file."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from voc.cli.console import STORE, Bars, JsonOption, StoreOption, print_json, print_table, say, say_skipped, short_names
from voc.errors import InputError, UsageError

if TYPE_CHECKING:
    from voc.ingest import ReadOptions
    from voc.pipeline import RunOptions, RunSummary
    from voc.pipeline.tag_file import OpenSink

Inputs = Annotated[
    list[str],
    typer.Argument(
        metavar="INPUT...",
        help="Files (.csv .tsv .txt .xlsx .json .jsonl .ndjson .xml .parquet, also .gz or in .zip), folders, "
        "or postgresql://HOST/DATABASE?table=NAME.",
    ),
]
OptionalInputs = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="INPUT...",
        help="Files (.csv .tsv .txt .xlsx .json .jsonl .ndjson .xml .parquet, also .gz or in .zip), folders, "
        "or postgresql://HOST/DATABASE?table=NAME.",
    ),
]
MapOption = Annotated[
    list[str] | None,
    typer.Option(
        "--map",
        metavar="ROLE=COLUMN",
        help="Say which column holds text, date, score, …; ROLE=- for none. Repeatable; text can have several.",
    ),
]
DateOrderOption = Annotated[
    str | None,
    typer.Option("--date-order", metavar="ORDER", help="dmy, mdy, ymd or ydm, where 01/02/2024 could be either."),
]
SourceOption = Annotated[
    str | None,
    typer.Option("--source", help="review, forum, survey, complaint, social, chat, email or other."),
]
DatasetOption = Annotated[
    str | None, typer.Option("--dataset", help="Name of the data set: first part of every comment's key.")
]
EncoderOption = Annotated[str, typer.Option("--encoder", help="'default', a folder, or a sentence-transformers model.")]
LensOption = Annotated[
    list[str] | None,
    typer.Option(
        "--lens", metavar="DIR", help="A lens of your own to read with too, made by 'voc train --lens'. Repeatable."
    ),
]
ProfileOption = Annotated[
    str,
    typer.Option(
        "--profile",
        help="'standard', or 'fast': the words alone decide where they are sure enough; lens tags only.",
    ),
]
RejectsOption = Annotated[
    str | None,
    typer.Option(
        "--rejects", metavar="FILE", help="Write the rejected rows to FILE (.csv, .jsonl, .parquet or .xlsx) as well."
    ),
]
ThreadsOption = Annotated[
    int | None, typer.Option("--threads", min=1, help="Texts encoded at a time (default: as many as cores).")
]

PARTLY = 4
#: Most files with a line of their own in the table of rows.
_LISTED_FILES = 12
#: What ``--map ROLE=-`` gives a role.
NO_COLUMN = "-"


def register(app: typer.Typer) -> None:
    app.command()(run)
    app.command()(ingest)
    app.command()(tag)


def run(
    inputs: OptionalInputs = None,
    store: StoreOption = STORE,
    mapping: MapOption = None,
    date_order: DateOrderOption = None,
    source: SourceOption = None,
    dataset: DatasetOption = None,
    encoder: EncoderOption = "default",
    threads: ThreadsOption = None,
    rejects: RejectsOption = None,
    retag: Annotated[
        bool, typer.Option("--retag", help="Without INPUT: tag anew what other models or themes have tagged.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Read files, tag every new comment, find or assign themes, store it all, say what became of each row."""
    from voc.pipeline import RunOptions

    if retag == bool(inputs):
        raise UsageError("Name the files to read; or give --retag without any, to tag the store's comments anew.")
    if not inputs:
        _retag(store, encoder, threads, as_json)
        return
    command = "voc run " + " ".join(map(shown_path, inputs))
    options = RunOptions(
        reading_options(mapping, source, dataset, date_order), encoder, threads, command=command, rejects=rejects
    )
    report_run(_run(inputs, store, options), store, as_json)


def ingest(
    inputs: OptionalInputs = None,
    store: StoreOption = STORE,
    mapping: MapOption = None,
    date_order: DateOrderOption = None,
    source: SourceOption = None,
    dataset: DatasetOption = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show how the columns are understood; store nothing.")
    ] = False,
    rejects: RejectsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Read files into the store without tagging them ('voc run' does), or only show how they are understood.

    Without INPUT, --rejects writes all rejected rows of the store.
    """
    from voc.ingest import understand

    if not inputs:
        _write_rejects(store, rejects)
        return
    reading = reading_options(mapping, source, dataset, date_order)
    if dry_run:
        from voc.cli.understanding import show_plan

        plan = understand(inputs, reading)
        if as_json:
            print_json({"files": [file.as_json() for file in plan.files]})
        else:
            show_plan(plan)
        return
    from voc.pipeline import RunOptions

    command = "voc ingest " + " ".join(map(shown_path, inputs))
    options = RunOptions(reading, tag=False, command=command, rejects=rejects)
    report_run(_run(inputs, store, options), store, as_json)


def _retag(place: str, encoder: str, threads: int | None, as_json: bool) -> None:
    from voc.pipeline import retag
    from voc.store import Store

    done = retag(Store.open(place), encoder=encoder, threads=threads, progress=Bars())
    if as_json:
        print_json(done.as_json())
    elif not done.comments:
        say(f"Every comment of the store {place} has tags of {done.model_version} already.")
    else:
        before = ", ".join(f"{n:,} of {model or 'none'}" for model, n in done.before.items())
        say(f"{done.comments:,} comments tagged anew by {done.model_version}; their tags were {before}.")


def _write_rejects(store: str, output: str | None) -> None:
    from voc.pipeline import write_rejects
    from voc.store import Store

    if output is None:
        raise UsageError("Name the files to read, or with --rejects FILE where to write the store's rejected rows.")
    count = write_rejects(Store.open(store), output)
    say(f"Wrote the {count:,} rejected row(s) of the store {store} to {output}.")


def _run(inputs: list[str], store: str, options: RunOptions) -> RunSummary:
    """Look at the input first, so that a mistyped name leaves no empty store behind."""
    from voc.ingest import understand
    from voc.pipeline import run as run_pipeline
    from voc.store import Store

    progress = Bars()
    with progress.task("Looking at the input", None):
        plan = understand(inputs, options.reading)
    return run_pipeline(plan, Store.open(store, create=True), options, progress)


def tag(
    inputs: Inputs,
    output: Annotated[
        str,
        typer.Option(
            "-o",
            "--output",
            metavar="OUTPUT",
            help=".csv, .jsonl, .parquet or .xlsx by suffix; '-' for JSON Lines on stdout; or "
            "postgresql://HOST/DATABASE?table=NAME.",
        ),
    ],
    themes: Annotated[
        str | None,
        typer.Option(
            "--themes",
            metavar="DIR",
            help="Theme set to assign: a folder of 'voc themes export', or a store.",
        ),
    ] = None,
    lens: LensOption = None,
    segments: Annotated[
        bool, typer.Option("--segments", help="One row per segment instead of one per comment.")
    ] = False,
    mapping: MapOption = None,
    date_order: DateOrderOption = None,
    source: SourceOption = None,
    dataset: DatasetOption = None,
    encoder: EncoderOption = "default",
    threads: ThreadsOption = None,
    profile: ProfileOption = "standard",
) -> None:
    """Tag a file into another: one row per comment, in input order. '-' reads JSON Lines from stdin."""
    from voc.ingest.database import shown_address
    from voc.pipeline import load_tagger, load_themes, tag_file

    with _stdin_as_file(inputs) as files:
        found = load_themes(themes) if themes else None
        tagger = load_tagger(
            found,
            encoder=encoder,
            own=lens or (),
            threads=threads,
            profile=profile,
            theme_view=False,
        )
        if segments and tagger.fast:
            raise UsageError("--profile fast reads no segments: leave out --segments or --profile.")
        counts = tag_file(
            files,
            output,
            tagger,
            reading=reading_options(mapping, source, dataset, date_order),
            segments=segments,
            progress=Bars(),
            opened=_opener(output),
        )
    say_skipped(counts.skipped)
    by_status = ", ".join(
        f"{n:,} {status}" for status, n in sorted(counts.by_status.items(), key=lambda item: -item[1])
    )
    say(f"{counts.rows:,} rows: {by_status} → {'stdout' if output == '-' else shown_address(output)}")
    if counts.rejected:
        raise typer.Exit(PARTLY)


def _opener(output: str) -> OpenSink:
    from voc.ingest.database import is_database
    from voc.pipeline import open_sink

    if not is_database(output):
        return open_sink
    from voc.batch.postgres_output import open_table

    return open_table


def reading_options(
    mapping: list[str] | None, source: str | None, dataset: str | None, date_order: str | None = None
) -> ReadOptions:
    """The reader's options from the command line. Raises UsageError for a ``--map`` without '='."""
    from voc.ingest import ReadOptions

    columns: dict[str, list[str]] = {}
    for item in mapping or ():
        role, equals, column = item.partition("=")
        if not equals:
            raise UsageError(f"--map {item} is not understood: write ROLE=COLUMN, such as --map text=Review.")
        named = columns.setdefault(role.strip(), [])
        if column.strip() not in ("", NO_COLUMN):
            named.append(column.strip())
    return ReadOptions(columns, source, dataset, date_order=date_order)


def text_column(mapping: list[str] | None) -> str:
    """The one column of texts that ``--map text=COLUMN`` names, else ``text``. Raises UsageError for anything else."""
    columns = reading_options(mapping, None, None).mapped
    if set(columns) - {"text"} or len(columns.get("text", ("text",)) or ()) != 1:
        raise UsageError("Labelled data have one column of texts: write --map text=COLUMN, once, and no other role.")
    return (columns.get("text") or ("text",))[0]


def report_run(summary: RunSummary, store: str, as_json: bool) -> None:
    """Print what a run did; exit 4 when rows were rejected."""
    say_skipped(summary.skipped)
    for warning in summary.warnings:
        say(f"Note: {warning}")
    if as_json:
        print_json(summary.as_json())
    else:
        _print_account(summary)
        unthemed = "" if summary.unthemed_share is None else f", {summary.unthemed_share:.0%} of comments unthemed"
        say(
            f"The store {store} holds {summary.comments:,} comments in {summary.segments:,} segments "
            f"and {summary.themes} themes"
            f"{unthemed} ({summary.seconds:.0f} s)."
        )
        if copies := summary.copies.told():
            say(copies)
    if summary.rejected:
        for reason in summary.reasons:
            say(f"Rejected: {reason}")
        say(
            f"{summary.rejected:,} row(s) rejected; they and the reasons are kept in the store's table 'rejects': "
            f"voc ingest --rejects FILE --store {store}"
        )
        raise typer.Exit(PARTLY)


def _print_account(summary: RunSummary) -> None:
    """Print what became of each file's rows, without the columns that are 0 for every file."""
    counts = [file.as_json() for file in summary.files]
    names = [f"{len(counts)} files"] if len(counts) > _LISTED_FILES else short_names([c["file"] for c in counts])
    if len(counts) > _LISTED_FILES:
        counts = [{column: sum(c[column] for c in counts) for column in counts[0] if column != "file"}]
    columns = [column for column in counts[0] if column != "file"]
    columns = [column for column in columns if column in ("read", "kept") or any(c[column] for c in counts)]
    print_table(
        "Rows: read = kept + duplicates + empty + rejected; kept = new + updated + unchanged",
        ["file", *(column.replace("_", " ") for column in columns)],
        [[name, *(c[column] for column in columns)] for name, c in zip(names, counts, strict=True)],
    )


def shown_path(path: str) -> str:
    """An input as it is named in a run: a path's last part, an address without user and password."""
    from voc.ingest.database import is_database, shown_address

    return shown_address(path) if is_database(path) else Path(path).name or path


@contextmanager
def _stdin_as_file(inputs: list[str]) -> Iterator[list[str]]:
    """Stand in for '-': stdin is read twice (to understand it, then to tag it), so it goes to a file first."""
    import shutil
    import tempfile

    if "-" not in inputs:
        yield inputs
        return
    with tempfile.TemporaryDirectory(prefix="voc-") as folder:
        spool = Path(folder, "stdin.jsonl")
        with spool.open("wb") as file:
            shutil.copyfileobj(sys.stdin.buffer, file)
        if not spool.stat().st_size:
            raise InputError("Nothing came in on stdin: pipe JSON Lines in, or name a file.")
        try:
            yield [str(spool) if given == "-" else given for given in inputs]
        except InputError as error:
            raise InputError(str(error).replace(str(spool), "stdin")) from error
