"""What commands print: tables, JSON, progress bars, one-line failures."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from voc.config import DEFAULT_STORE
from voc.errors import UsageError
from voc.progress import Advance

if TYPE_CHECKING:
    import pandas as pd

    from voc.charts import Chart

StoreOption = Annotated[str, typer.Option("--store", metavar="DIR", help="Folder of the store.", envvar="VOC_STORE")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
WhereOption = Annotated[
    str | None,
    typer.Option("--where", metavar="EXPR", help="SQL condition on the comments' columns, e.g. \"brand = 'Wrenly'\"."),
]
AtOption = Annotated[
    str | None,
    typer.Option("--at", metavar="DATE", help="With the themes as they were at the end of that day, e.g. 2026-09-30."),
]
ChartOption = Annotated[Path | None, typer.Option("--chart", metavar="FILE", help="Also draw it, as .svg or .png.")]
STORE = DEFAULT_STORE
#: Most skipped files that are named for one reason.
_NAMED = 8


def moment(given: str) -> datetime:
    """A date or second, meant to its end, or a time (ISO 8601, UTC where it names no zone). Raises UsageError."""
    try:
        time = datetime.fromisoformat(given)
        if len(given) <= len("2026-09-30"):
            time += timedelta(days=1, microseconds=-1)
        elif not time.microsecond:  # history lists seconds: an edit is part of its own
            time += timedelta(seconds=1, microseconds=-1)
    except (ValueError, OverflowError):
        raise UsageError(
            f"{given!r} is no date: give one such as 2026-09-30, or a time such as 2026-09-30T17:00."
        ) from None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


class Bars:
    """Progress bars with rate and time left, on stderr; silent where stderr is no terminal."""

    def __init__(self) -> None:
        self._noted: Callable[[str], None] = lambda text: None

    def note(self, text: str) -> None:
        """Show a few words beside the bar that is open."""
        self._noted(text)

    @contextmanager
    def task(self, label: str, total: int | None) -> Iterator[Advance]:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            SpinnerColumn,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )

        console = Console(stderr=True)
        if not console.is_terminal:
            done = 0

            def count(n: int) -> None:
                nonlocal done
                done += n

            print(f"{label} …", file=sys.stderr)
            yield count
            return
        known = (
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TextColumn("left"),
            TimeRemainingColumn(),
            TextColumn("{task.fields[note]}"),
        )
        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}"),
            *(known if total else ()),
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=console) as bar:
            task = bar.add_task(label, total=total, rate="", note="")
            self._noted = lambda text: bar.update(task, note=text)

            def advance(n: int) -> None:
                bar.advance(task, n)
                speed = bar.tasks[0].finished_speed or bar.tasks[0].speed
                bar.update(task, rate=f"{speed:,.0f}/s" if speed else "")

            yield advance


def fail(message: str, code: int) -> NoReturn:
    """Print one line to stderr and exit."""
    print("voc: " + " ".join(message.split()), file=sys.stderr)
    raise SystemExit(code)


def say(message: str) -> None:
    """A message that is no result: stderr."""
    print(message, file=sys.stderr)


def say_skipped(skipped: Iterable[tuple[str, str]]) -> None:
    """Say which files were left out, one line for each reason; the help has the list of formats."""
    files: dict[str, list[str]] = {}
    for file, reason in skipped:
        files.setdefault(reason.partition("; allowed are ")[0], []).append(file)
    for reason, names in files.items():
        more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
        say(f"Skipped {', '.join(short_names(names)[:_NAMED])}{more}: {reason}")


def short_names(paths: Sequence[str]) -> list[str]:
    """The last part of each path; as many more as it takes to tell them apart."""
    parts = [path.split("/") for path in paths]
    for length in range(1, max(map(len, parts), default=1)):
        names = ["/".join(part[-length:]) for part in parts]
        if len(set(names)) == len(set(paths)):
            return names
    return list(paths)


def print_json(document: Any) -> None:
    """Print one JSON document; missing numbers as null."""
    print(json.dumps(_plain(document), indent=2, ensure_ascii=False))


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Print a table to stdout; numbers to the right."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    rows = [list(row) for row in rows]
    table = Table(title=title, title_justify="left", header_style="bold")
    for i, name in enumerate(columns):
        numeric = bool(rows) and all(isinstance(row[i], (int, float)) or shown(row[i]) in ("", "–") for row in rows)
        table.add_column(name, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        # Text, not markup: a comment may hold square brackets.
        table.add_row(*(Text(shown(cell)) for cell in row))
    console = Console()
    if not console.is_terminal:
        console = Console(width=160)
    console.print(table)


def print_frame(title: str, frame: pd.DataFrame, columns: Sequence[str], *, empty: str) -> None:
    """Print some columns of an analytics table, or ``empty`` (else the table's own note) when it has no row."""
    if frame.empty:
        say(str(frame.attrs.get("note") or empty))
        return
    print_table(title, columns, frame[list(columns)].itertuples(index=False))


def save_chart(chart: Chart, path: Path) -> None:
    """Draw a chart into a file, .svg or .png by its suffix. Raises UsageError."""
    from voc.charts import to_png, to_svg
    from voc.files import written_whole

    if path.suffix.lower() not in (".svg", ".png"):
        raise UsageError(f"--chart {path}: charts are drawn as .svg or .png; name a file that ends so")
    drawn = to_png(chart) if path.suffix.lower() == ".png" else to_svg(chart).encode()
    with written_whole(path) as part:
        part.write_bytes(drawn)
    say(f"Drew {path}.")


def records(frame: pd.DataFrame, columns: Sequence[str]) -> list[dict[str, Any]]:
    """Rows of an analytics table for JSON."""
    return [dict(zip(columns, row, strict=True)) for row in frame[list(columns)].itertuples(index=False)]


def shown(value: Any) -> str:
    """A value as a reader wants it: – for none, one decimal from 10 on, two below."""
    value = _plain(value)
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else ""
    if isinstance(value, float):
        return f"{value:,.1f}" if abs(value) >= 10 else f"{value:.2f}"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value))
    return str(value)


def _plain(value: Any) -> Any:
    """Python values of numpy and pandas ones; NaN and NaT are None."""
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    if hasattr(value, "tolist"):
        return _plain(value.tolist())
    if value is None or isinstance(value, (str, int, bool)):
        return value
    if isinstance(value, float):
        return None if value != value else value
    return None if str(value) in ("NaT", "<NA>") else str(value)
