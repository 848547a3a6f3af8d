"""One pass over a table: what its columns hold."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from functools import cached_property
from statistics import fmean
from typing import Any, Final

from voc.ingest.cells import as_json
from voc.ingest.date_column import DateEvidence
from voc.ingest.dates import read_clock, read_date
from voc.ingest.names import is_named_date, plain_name
from voc.ingest.scores import number_in, read_number
from voc.ingest.tables import Broken, Cell, Table
from voc.ingest.turns import customers_turns
from voc.ingest.verdicts import Verdicts, verdicts_in

_SAMPLE: Final = 1000
_MAX_DISTINCT: Final = 1000
_MAX_LABELS: Final = 30
_EMPTY_WORDS: Final = frozenset({"", "nan", "none", "null", "<na>", "n/a", "na", "-"})
_LONGEST_EMPTY: Final = 8
#: So large a share of readable cells makes dates of a column that is named so; of others, more than half.
_DATED_BY_NAME: Final = 1 / 3
#: Scripts without spaces between words: about two characters a word.
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f]")
_NESTED = re.compile(r"\[\s*\{")
#: So large a share of a column's cells are words where answers of all kinds stand below one another.
_SOME_WORDS: Final = 0.1
_BETWEEN_CHOICES = re.compile(r"\s*[;|,]\s*")


def is_missing(cell: Cell) -> bool:
    """Whether a cell other than the text's says nothing (``NaN``, ``N/A``, ``-`` …)."""
    if isinstance(cell, str):
        return (len(cell) <= _LONGEST_EMPTY or cell.isspace()) and cell.strip().lower() in _EMPTY_WORDS
    return cell is None or cell != cell


@dataclass
class Column:
    """What a column holds: a sample of its cells, and over all rows its numbers and dates.

    ``numbers``: value → how often. ``best``: the highest possible value, where most numbers name it (``4/5``).
    """

    name: str
    filled: int = 0
    sample: list[Cell] = field(default_factory=list)
    numbers: Counter[float] = field(default_factory=Counter)
    dates: DateEvidence | None = None
    numeric: bool = False
    best: int | None = None

    @cached_property
    def plain(self) -> str:
        """Its plain name; ``reviews.title`` counts as ``review title``."""
        return re.sub(r"^reviews (?=.)", "review ", plain_name(self.name))

    def add(self, cell: Cell) -> None:
        if is_missing(cell):
            return
        self.filled += 1
        if self.filled > _SAMPLE:
            if self.numeric or self.dates:
                self._follow(cell)
            return
        self.sample.append(cell)
        if self.filled == _SAMPLE:
            self.settle()

    def settle(self) -> None:
        """Decide from the sample whether the column is numbers or dates, to follow it to the last row."""
        numbers = [number for cell in self.sample if (number := number_in(cell))]
        self.numeric = len(numbers) > 0.5 * len(self.sample)
        if self.numeric:
            (best, times), *_ = Counter(number.best for number in numbers).most_common(1)
            self.best = best if times > 0.5 * len(numbers) else None
        by_name = is_named_date(self.plain)
        dated = share_of(self.sample, lambda cell: read_date(cell, numbers=by_name) is not None)
        if dated > 0.5 or (by_name and dated >= _DATED_BY_NAME):
            self.dates = DateEvidence(numbers=by_name)
            self.numeric = False
        if self.numeric or self.dates:
            for cell in self.sample:
                self._follow(cell)

    def _follow(self, cell: Cell) -> None:
        if self.dates:
            self.dates.add(cell)
        elif (number := read_number(cell)) is not None and (
            len(self.numbers) < _MAX_DISTINCT or number in self.numbers
        ):
            self.numbers[number] += 1

    @cached_property
    def texts(self) -> list[str]:
        """The sample as text; lists and records as JSON."""
        return [(as_json(cell) if isinstance(cell, list | dict) else str(cell)).strip() for cell in self.sample]

    @cached_property
    def words(self) -> float:
        """Words in a mean cell of the sample; 0 where the cells are no words."""
        if self.numeric or self.dates or not self.sample or self.is_nested:
            return 0.0
        if share_of(self.texts, lambda t: t.startswith(("http://", "https://", "www.", "/"))) > 0.5:
            return 0.0
        if share_of(self.texts, _is_wordy) < 0.5:
            return 0.0
        return fmean(max(len(text.split()), len(_UNSPACED.findall(text)) / 2) for text in self.texts)

    @cached_property
    def is_mixed(self) -> bool:
        """Whether words stand among its numbers."""
        return self.numeric and share_of(self.texts, _is_wordy) >= _SOME_WORDS

    @cached_property
    def is_nested(self) -> bool:
        """Whether its cells are lists of records."""
        return share_of(self.texts, lambda text: _NESTED.match(text) is not None) > 0.5

    @cached_property
    def is_conversation(self) -> bool:
        """Whether its cells give the turns of a customer and of the company."""
        return share_of(self.texts, lambda text: customers_turns(text) is not None) > 0.5

    @cached_property
    def distinct(self) -> float:
        """Share of different cells in the sample, 0–1."""
        return len(set(self.texts)) / len(self.texts) if self.texts else 0.0

    @cached_property
    def labels(self) -> Counter[str]:
        """Label (lower case) → how often, of a column of a few short labels; empty for other columns."""
        if self.numeric or self.dates:
            return Counter()
        labels = Counter(text.lower() for text in self.texts)
        return labels if len(labels) <= _MAX_LABELS and all(len(label) <= 40 for label in labels) else Counter()

    @cached_property
    def verdicts(self) -> Verdicts | None:
        """The words that the column's cells are, where they are ratings in words."""
        return verdicts_in(self.labels)

    @cached_property
    def is_choice(self) -> bool:
        """Whether the cells are picked from a list (one, or several with ``;``, ``|``, ``,`` between), not written."""
        if self.verdicts:
            return True
        picked = [choice for text in self.texts for choice in _BETWEEN_CHOICES.split(text) if choice]
        short = fmean(len(choice.split()) for choice in picked) <= 5 if picked else False
        return short and len(picked) >= 6 and len(set(picked)) <= 0.5 * len(picked)

    @cached_property
    def is_clock(self) -> bool:
        """Whether the cells are times of day."""
        return share_of(self.sample, lambda cell: read_clock(cell) is not None) > 0.9


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


def _is_wordy(text: str) -> bool:
    start = text[:80]
    return sum(map(str.isalpha, start)) > 0.4 * len(start)
