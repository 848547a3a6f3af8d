"""What ``--dry-run`` prints: how the columns of each file are understood, with the first rows as they will be read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from voc.cli.console import say, say_skipped

if TYPE_CHECKING:
    from voc.ingest import FilePlan, Plan

#: Characters in a line where the output is no terminal, and the most on one.
_WIDTH, _WIDEST = 100, 160
_NONE = "–"
#: Characters of the lines and spaces around four cells.
_FRAME = 13


def show_plan(plan: Plan, width: int | None = None) -> None:
    """Print a table for each file: role, column, confidence and the first rows, one line each; notes to stderr.

    ``width``: characters in a line; else as wide as the terminal, and 100 where the output is none.
    """
    for file in plan.files:
        _show_table(file, width)
        scale = f"Scores are on {file.score_scale}." if file.score_scale else ""
        dates = f"Dates are written {file.date_format}." if file.date_format else ""
        if scale or dates:
            say(f"{scale} {dates}".strip())
        for warning in file.warnings:
            say(f"Note: {warning}")
    say_skipped(plan.skipped)
    say("Something read wrongly? --map ROLE=COLUMN names another column, --map ROLE=- none.")


def _show_table(file: FilePlan, width: int | None) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console()
    console = Console(width=width or (min(console.width, _WIDEST) if console.is_terminal else _WIDTH))
    encoding = f", {file.encoding}" if file.encoding else ""
    title = f"{file.file}: {file.format}{encoding}, {file.rows:,} rows, read as {file.source}"
    rows = list(_rows(file))
    role = max(len(row[0]) for row in rows)
    column = max(len("column"), min(console.width // 3, max(len(name) for row in rows for name in row[1].split("\n"))))
    first = console.width - role - column - len("sure") - _FRAME
    table = Table(title=Text(title), title_justify="left", header_style="bold", show_lines=True)
    table.add_column("role", width=role)
    table.add_column("column", width=column, overflow="fold")
    table.add_column("sure", justify="right")
    table.add_column("first rows", width=first, no_wrap=True, overflow="ellipsis")
    for cells in rows:
        # Text, not markup: a comment may hold square brackets.
        table.add_row(*map(Text, cells))
    console.print(table)


def _rows(file: FilePlan) -> Iterator[tuple[str, str, str, str]]:
    for role, column in file.columns.items():
        names = [column] if isinstance(column, str) else column or []
        sure = file.confidence.get(role)
        first = "\n".join(_short(example.get(role)) for example in file.examples) if names else _NONE
        yield role, "\n".join(names) or _NONE, f"{sure:.0%}" if sure is not None and names else _NONE, first


def _short(value: object) -> str:
    """A value on one line."""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}".removesuffix(" 00:00")
    if isinstance(value, float):
        return f"{value:g}"
    return _NONE if value is None else " ".join(str(value).split())
