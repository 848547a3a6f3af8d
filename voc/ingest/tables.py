"""What every reader of a format gives: a table whose rows can be walked again and again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

Cell = object
Record = dict[str, Cell]


class Broken(NamedTuple):
    """An input row that is no row of its table."""

    reason: str
    content: str


@dataclass(frozen=True)
class Table:
    """One table of a file.

    ``file``: the name users see. ``records`` starts a new walk over the rows, in file order; a row is a
    column → cell mapping (cells are text, numbers, dates or None) or ``Broken``. ``line``: the line of the
    file on which row n (from 1) of the walk begins that is at this row; None where the format has no lines.
    """

    file: str
    format: str
    encoding: str | None
    records: Callable[[], Iterator[Record | Broken]]
    warnings: tuple[str, ...] = ()
    line: Callable[[int], int | None] = lambda row: None


def flatten(value: dict[str, Cell]) -> Record:
    """Nested objects as dotted columns: ``{"user": {"name": 1}}`` → ``{"user.name": 1}``; lists stay."""
    if dict not in map(type, value.values()):
        return value
    flat: Record = {}
    for name, cell in value.items():
        if isinstance(cell, dict):
            for inner, inner_cell in flatten(cell).items():
                flat[f"{name}.{inner}"] = inner_cell
        else:
            flat[name] = cell
    return flat
