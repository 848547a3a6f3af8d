"""One pass over a table: what its columns hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from statistics import fmean
from typing import Any, Final

from voc.ingest.dates import DateEvidence, read_date
from voc.ingest.profiles import (
    NAMES,
    plain_name,
)
from voc.ingest.scores import read_number
from voc.ingest.tables import Broken, Cell, Table

_SAMPLE: Final = 1000
_MAX_DISTINCT: Final = 1000
_EMPTY_WORDS: Final = frozenset({"", "nan", "none", "null", "<na>", "n/a", "na", "-"})
#: So large a share of readable cells makes dates of a column that is named so; of others, more than half.
_DATED_BY_NAME: Final = 1 / 3
_DATE_NAMES: Final = frozenset(NAMES["date"])


def is_missing(cell: Cell) -> bool:
    """Whether a cell other than the text's says nothing (``NaN``, ``N/A``, ``-`` …)."""
    return cell is None or (isinstance(cell, str) and cell.strip().lower() in _EMPTY_WORDS) or cell != cell


@dataclass
class Column:
    """What a column holds: a sample of its cells, and over all rows its numbers and dates."""

    name: str
    filled: int = 0
    sample: list[Cell] = field(default_factory=list)
    numbers: Counter[float] = field(default_factory=Counter)
    dates: DateEvidence | None = None
    numeric: bool = False

    @property
    def plain(self) -> str:
        return plain_name(self.name)

    def add(self, cell: Cell) -> None:
        if is_missing(cell):
            return
        self.filled += 1
        if self.filled <= _SAMPLE:
            self.sample.append(cell)
            if self.filled == _SAMPLE:
                self.settle()
        else:
            self._follow(cell)

    def settle(self) -> None:
        """Decide from the sample whether the column is numbers or dates, to follow it to the last row."""
        self.numeric = share_of(self.sample, lambda cell: read_number(cell) is not None) > 0.5
        by_name = self.plain in _DATE_NAMES
        dated = share_of(self.sample, lambda cell: read_date(cell, numbers=by_name) is not None)
        if dated > 0.5 or (by_name and dated >= _DATED_BY_NAME):
            self.dates = DateEvidence(numbers=by_name)
            self.numeric = False
        for cell in self.sample:
            self._follow(cell)

    def _follow(self, cell: Cell) -> None:
        if self.dates:
            self.dates.add(cell)
        elif (
            self.numeric
            and (number := read_number(cell)) is not None
            and (len(self.numbers) < _MAX_DISTINCT or number in self.numbers)
        ):
            self.numbers[number] += 1

    @property
    def words(self) -> float:
        """Words in a mean cell of the sample; 0 where the cells are no words."""
        if self.numeric or self.dates or not self.sample:
            return 0.0
        texts = [str(cell) for cell in self.sample]
        if share_of(texts, lambda t: t.startswith(("http://", "https://", "www.", "/"))) > 0.5:
            return 0.0
        if share_of(texts, lambda t: sum(map(str.isalpha, t[:80])) > 0.4 * len(t[:80])) < 0.5:
            return 0.0
        return fmean(len(text.split()) for text in texts)

    @property
    def distinct(self) -> float:
        """Share of different cells in the sample, 0–1."""
        return len({str(cell) for cell in self.sample}) / len(self.sample) if self.sample else 0.0


def survey_columns(table: Table) -> tuple[dict[str, Column], int]:
    """Walk the table once: its columns in order of appearance, and the number of its rows."""
    columns: dict[str, Column] = {}
    rows = 0
    for record in table.records():
        rows += 1
        if isinstance(record, Broken):
            continue
        for name, cell in record.items():
            column = columns.get(name)
            if column is None:
                column = columns[name] = Column(name)
            column.add(cell)
    for column in columns.values():
        if column.filled < _SAMPLE:
            column.settle()
    return columns, rows


def share_of(cells: Collection[Any], test: Callable[[Any], bool]) -> float:
    """Share of cells that pass the test, 0–1."""
    return sum(map(test, cells)) / len(cells) if cells else 0.0
