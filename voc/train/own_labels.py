"""Texts with the labels of one declared lens, from tables of the user's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from voc.errors import InputError
from voc.ingest.tables import Cell
from voc.lenses import Declaration
from voc.train.declaration import NO_CLASS, SEPARATOR
from voc.train.labelled_tables import labelled_rows, words_of

Bools = npt.NDArray[np.bool_]
#: Characters of an unknown label that a refusal shows: it may be a customer's text from a wrong column.
_SHOWN: Final = 30


@dataclass(frozen=True)
class OwnLabels:
    """Labelled texts as given: ``ids`` (None where the data have no ``id``), and for each text its ``labels``.

    A lens that chooses one class gives one label a text, one of several any number. ``left_out``: rows without text
    or without label.
    """

    texts: list[str]
    labels: list[tuple[str, ...]]
    ids: list[str | None]
    left_out: int

    def columns(self, classes: Sequence[str]) -> Bools:
        """0/1 columns, (n, classes)."""
        return np.array([[name in own for name in classes] for own in self.labels], dtype=np.bool_)


def read_own_labels(paths: Sequence[Path], lens: Declaration, text_column: str = "text") -> OwnLabels:
    """Read the labels of ``lens`` from tables. An empty label means that a row was not labelled.

    Raises InputError for a file that cannot be read, a missing column, an unknown class and where no row is labelled.
    """
    found = OwnLabels([], [], [], 0)
    left_out = 0
    advice = (
        f"the texts are looked for in {text_column!r} (another: --map text=COLUMN), "
        f"the labels in {lens.column!r} (another: column in the lens's TOML)."
    )
    for path in dict.fromkeys(paths):
        for where, cells in labelled_rows(path, (text_column, lens.column), advice):
            text, given = words_of(cells.get(text_column)), cells.get(lens.column)
            names = _names(given, several=lens.several)
            if not text or names is None:
                left_out += 1
                continue
            if complaint := _complaint(names, lens):
                raise InputError(f"{where}: {complaint}")
            found.texts.append(text)
            found.labels.append(tuple(names))
            found.ids.append(words_of(cells.get("id")) or None)
    if not found.texts:
        raise InputError(
            f"{', '.join(map(str, paths))}: none of {left_out:,} row(s) has a text and a label of {lens.name}; "
            f"write one of {', '.join(lens.classes)} into the column {lens.column!r}."
        )
    return OwnLabels(found.texts, found.labels, found.ids, left_out)


def _names(cell: Cell, *, several: bool) -> list[str] | None:
    """The labels in a cell, None where it holds none; ``none`` and an empty list say that no class fits."""
    if isinstance(cell, list) and several:
        return [words_of(one) for one in cell]
    if not (words := words_of(cell)):
        return None
    if not several:
        return [words]
    return [] if words == NO_CLASS else [name for part in words.split(SEPARATOR) if (name := part.strip())]


def _complaint(names: Sequence[str], lens: Declaration) -> str | None:
    if unknown := [name for name in names if name not in lens.classes]:
        several = f", several joined by {SEPARATOR!r}, or {NO_CLASS!r}" if lens.several else ""
        named = unknown[0] if len(unknown[0]) <= _SHOWN else f"{unknown[0][:_SHOWN]} …"
        return f"{named!r} is no class of {lens.name}; allowed are {', '.join(lens.classes)}{several}."
    return None
