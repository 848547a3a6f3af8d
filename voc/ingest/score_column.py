"""Find the column of the customers' scores, and how it is read."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from shlex import quote
from typing import Final

from voc.ingest.columns import Column
from voc.ingest.names import NAMES, SOURCE_ALIASES, plain_name
from voc.ingest.scores import UNKNOWN, Scale, is_none_given, is_rating, off_scale, scale_of
from voc.ingest.verdicts import AGREEMENT, are_groups
from voc.ingest.wording import (
    counts_votes,
    is_bare_score,
    is_count,
    is_overall,
    is_question,
    names_ten,
    question_in,
    speaks_of_score,
    speaks_of_survey,
)

#: What columns are called in a table without a header.
_UNNAMED: Final = re.compile(r"column_\d+")
_SURVEY: Final = ("nps_0_10", "csat_1_5")
_UP_AND_DOWN: Final = {"1": 1.0, "1.0": 1.0, "-1": 0.0, "-1.0": 0.0}
#: So many columns are named that may be the score.
_HINTS: Final = 3


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
            cells = {text.lower() for text in column.texts}
            said = sorted(cells & set(self.verdicts), key=lambda w: -self.verdicts[w])
            meaning = ", ".join(f"'{word}' as {self.verdicts[word]:g}" for word in said)
            how = "by its sign" if column.numeric else "in words"
            notes.append(f"Column '{column.name}' rates {how}: {meaning} ({self.scale.name}).")
        elif self.scale.name is None and column.numbers:
            low, high = min(column.numbers), max(column.numbers)
            notes.append(
                f"Column '{column.name}' runs from {low:g} to {high:g}, a scale that is not known: "
                "the score is kept without one."
            )
        elif zeros := sum(n for value, n in column.numbers.items() if is_none_given(value, self.scale.name)):
            notes.append(f"Column '{column.name}': {zeros:,} zeros lie below {self.scale.name} and count as no score.")
        return notes


def find_score(columns: Mapping[str, Column], table: Collection[Column]) -> Score:
    """The column of scores among those without another role; ``column`` is None where there is none.

    In turn: a name known for scores, a question whose wording asks for one, a name with a word such as ``rating``.
    ``table``: all its columns, which tell votes and surveys. Counts, ages, votes, prices, averages and labels of
    machines are none, whatever their values.
    """
    votes = _votes(columns, table)
    surveyed = any(is_question(c.name) or speaks_of_survey(c.plain) for c in table)
    columns = {name: c for name, c in columns.items() if c not in votes}
    for column in _known(columns):
        if found := _read(column, 0.95, known=True, surveyed=surveyed):
            return _told_apart(found, column, columns)
    asked = [f for c in columns.values() if is_question(c.name) and (f := _read(c, 0.75)) and f.scale.name in _SURVEY]
    asking = {f.column for f in asked}
    told = [
        f
        for c in columns.values()
        if speaks_of_score(_asked(c)) and c.name not in asking and (f := _read(c, 0.75, surveyed=surveyed))
    ]
    for candidates in ([f for f in asked if f.scale.name == "nps_0_10"], asked, told):
        chosen = [f for f in candidates if len(candidates) == 1 or is_overall(columns[f.column or ""].plain)]
        if candidates:
            return chosen[0] if chosen else Score(warnings=[_undecided(candidates)])
    groups = next((c.name for c in columns.values() if are_groups(c.labels)), None)
    note = (
        f"Column '{groups}' gives the group only (promoter, passive, detractor): it is carried, no score is made of it."
    )
    unsure = [c for c in columns.values() if _may_be(c)][:_HINTS]
    return Score(warnings=[*([note] if groups else []), *map(_not_taken, votes), *map(_maybe, unsure)])


def _votes(columns: Mapping[str, Column], table: Collection[Column]) -> list[Column]:
    """The columns called ``score`` in a table of posts, where it adds up what others voted."""
    scores = [c for c in columns.values() if is_bare_score(c.plain) and c.numeric]
    voted = any(counts_votes(c.plain) or _tells_forum(c) for c in table if c not in scores)
    return scores if voted else []


def _tells_forum(column: Column) -> bool:
    named = plain_name(column.name).split()[-1:] in (["source"], ["channel"], ["platform"])
    said = {SOURCE_ALIASES.get(label) for label in column.labels} if named else set()
    return bool(said) and said <= {"forum", "social"}


def _known(columns: Mapping[str, Column]) -> list[Column]:
    """The columns with a name known for scores, best first; a question's number and a bracket behind do not count."""
    exact = {c.plain: c for c in reversed([*columns.values()])}
    asked = Counter(_asked(c) for c in columns.values())
    bare = {plain: c for c in columns.values() if asked[plain := _asked(c)] == 1}
    return [column for name in NAMES["score"] if (column := exact.get(name) or bare.get(name))]


def _asked(column: Column) -> str:
    """A column's plain name without a question's number and a bracket behind it."""
    return plain_name(question_in(column.name))


def _told_apart(found: Score, column: Column, columns: Mapping[str, Column]) -> Score:
    """The score with a warning where columns of its kind stand beside it: ``rating_value`` and ``rating_service``."""
    kind = column.plain.split()
    if len(kind) == 1 or is_overall(column.plain):
        return found
    others = [
        c.name
        for c in columns.values()
        if c is not column and c.plain.split()[:1] == kind[:1] and speaks_of_score(c.plain) and _read(c, 0.75)
    ]
    if others:
        named = ", ".join(f"'{name}'" for name in others)
        found.share *= 0.75
        found.warnings.append(
            f"Column '{column.name}' is taken for the score, though {named} could be it; --map score=COLUMN changes it."
        )
    return found


def _may_be(column: Column) -> bool:
    """Whether the numbers of a column without a telling name could be scores: whole, 1 to 5 or up to 10."""
    if len(column.numbers) < 3 or is_count(column.plain) or not all(v.is_integer() for v in column.numbers):
        return False
    return min(column.numbers) >= 0 and (max(column.numbers) == 10 or _read(column, 0.5) is not None)


def score_in(column: Column) -> Score:
    """How the scores of a column are read that the user or the kind of export has named."""
    return _read(column, 1.0, known=True) or Score(column.name, strength=1.0)


def _read(column: Column, strength: float, *, known: bool = False, surveyed: bool = True) -> Score | None:
    if column.verdicts and not column.numeric:
        if column.verdicts is AGREEMENT and not (known or speaks_of_score(_asked(column))):
            return None
        return Score(column.name, Scale(column.verdicts.scale, 0.75), column.verdicts.words, strength)
    if (
        not column.numeric
        or not column.numbers
        or (is_count(column.plain) and not known and not is_question(column.name))
    ):
        return None
    if known and set(column.numbers) == {-1.0, 1.0}:
        return Score(column.name, Scale("thumbs", 0.75), _UP_AND_DOWN, strength)
    to_ten = True if names_ten(column.name) else None if surveyed else False
    scale = scale_of(column.plain, column.numbers, column.best, to_ten=to_ten)
    if scale.name is None and not is_rating(column.numbers, highest=100 if known else 10):
        return None
    return Score(column.name, scale, strength=strength, share=_on_scale(column.numbers, scale) * _readable(column))


def _readable(column: Column) -> float:
    return min(1.0, column.numbers.total() / column.filled)


def _on_scale(numbers: Counter[float], scale: Scale) -> float:
    if scale.name is None:
        return 1.0
    return sum(n for value, n in numbers.items() if not off_scale(value, scale.name)) / numbers.total()


def _not_taken(column: Column) -> str:
    return (
        f"Column '{column.name}' stands beside posts and votes and may count them: it is carried; "
        f"--map score={quote(column.name)} takes it for the customer's score."
    )


def _maybe(column: Column) -> str:
    low, high = min(column.numbers), max(column.numbers)
    taken = f"--map score={quote(column.name)} takes it"
    return f"Column '{column.name}' runs from {low:g} to {high:g}: if it is the score, {taken}."


def _undecided(candidates: list[Score]) -> str:
    names = ", ".join(f"'{found.column}'" for found in candidates[:4]) + (", …" if len(candidates) > 4 else "")
    return f"Several columns could be the score ({names}): none is taken; --map score=COLUMN names it."
