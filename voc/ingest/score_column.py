"""Find the column of the customers' scores, and how it is read."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from voc.ingest.columns import Column
from voc.ingest.names import NAMES
from voc.ingest.scores import UNKNOWN, Scale, is_none_given, is_rating, off_scale, scale_of
from voc.ingest.verdicts import are_groups
from voc.ingest.wording import is_count, is_overall, is_question, speaks_of_score

#: What columns are called in a table without a header.
_UNNAMED: Final = re.compile(r"column_\d+")
_SURVEY: Final = ("nps_0_10", "csat_1_5")


@dataclass
class Score:
    """A column of scores, and how its cells are read.

    ``verdicts``: word → number, where ratings are given in words. ``strength``, ``share``: as in ``roles``.
    """

    column: str | None = None
    scale: Scale = UNKNOWN
    verdicts: Mapping[str, float] = field(default_factory=dict)
    strength: float = 0.0
    share: float = 1.0
    warnings: list[str] = field(default_factory=list)

    def notes(self, column: Column) -> list[str]:
        """What a reader of the scores must know, as sentences."""
        notes = []
        if self.verdicts:
            said = sorted({w for w in column.labels if w in self.verdicts}, key=lambda w: -self.verdicts[w])
            meaning = ", ".join(f"'{word}' as {self.verdicts[word]:g}" for word in said)
            notes.append(f"Column '{column.name}' rates in words: {meaning} ({self.scale.name}).")
        elif self.scale.name is None and column.numbers:
            low, high = min(column.numbers), max(column.numbers)
            notes.append(
                f"Column '{column.name}' runs from {low:g} to {high:g}, a scale that is not known: "
                "the score is kept without one."
            )
        elif zeros := sum(n for value, n in column.numbers.items() if is_none_given(value, self.scale.name)):
            notes.append(f"Column '{column.name}': {zeros:,} zeros lie below {self.scale.name} and count as no score.")
        return notes


def find_score(columns: Mapping[str, Column]) -> Score:
    """The column of scores among those without another role; ``column`` is None where there is none.

    In turn: a name known for scores, a question whose wording asks for one, a name with a word such as ``rating``.
    Counts, ages, votes, prices, averages and labels of machines are none, whatever their values.
    """
    by_name = {c.plain: c for c in reversed([*columns.values()])}
    for name in NAMES["score"]:
        if (column := by_name.get(name)) and (found := _read(column, 0.95, known=True)):
            return found
    asked = [f for c in columns.values() if is_question(c.name) and (f := _read(c, 0.75)) and f.scale.name in _SURVEY]
    told = [
        f for c in columns.values() if speaks_of_score(c.plain) and not is_question(c.name) and (f := _read(c, 0.75))
    ]
    for candidates in ([f for f in asked if f.scale.name == "nps_0_10"], asked, told):
        chosen = [f for f in candidates if len(candidates) == 1 or is_overall(columns[f.column or ""].plain)]
        if candidates:
            return chosen[0] if chosen else Score(warnings=[_undecided(candidates)])
    groups = next((c.name for c in columns.values() if are_groups(c.labels)), None)
    note = (
        f"Column '{groups}' gives the group only (promoter, passive, detractor): it is carried, no score is made of it."
    )
    unnamed = [c for c in columns.values() if _UNNAMED.fullmatch(c.name) and len(c.numbers) > 2 and _read(c, 0.5)]
    return Score(warnings=[*([note] if groups else []), *map(_maybe, unnamed)])


def score_in(column: Column) -> Score:
    """How the scores of a column are read that the user or the kind of export has named."""
    return _read(column, 1.0, known=True) or Score(column.name, strength=1.0)


def _read(column: Column, strength: float, *, known: bool = False) -> Score | None:
    if column.verdicts and not column.numeric:
        return Score(column.name, Scale(column.verdicts.scale, 0.75), column.verdicts.words, strength)
    if (
        not column.numeric
        or not column.numbers
        or (is_count(column.plain) and not known and not is_question(column.name))
    ):
        return None
    scale = scale_of(column.plain, column.numbers, column.best)
    if scale.name is None and not is_rating(column.numbers, highest=100 if known else 10):
        return None
    return Score(column.name, scale, strength=strength, share=_on_scale(column.numbers, scale) * _readable(column))


def _readable(column: Column) -> float:
    return min(1.0, column.numbers.total() / column.filled)


def _on_scale(numbers: Counter[float], scale: Scale) -> float:
    if scale.name is None:
        return 1.0
    return sum(n for value, n in numbers.items() if not off_scale(value, scale.name)) / numbers.total()


def _maybe(column: Column) -> str:
    low, high = min(column.numbers), max(column.numbers)
    return (
        f"Column '{column.name}' runs from {low:g} to {high:g}: if it is the score, --map score={column.name} takes it."
    )


def _undecided(candidates: list[Score]) -> str:
    names = ", ".join(f"'{found.column}'" for found in candidates[:4]) + (", …" if len(candidates) > 4 else "")
    return f"Several columns could be the score ({names}): none is taken; --map score=COLUMN names it."
