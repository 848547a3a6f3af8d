"""Find the columns of customers' words among all that hold text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from voc.ingest.columns import Column
from voc.ingest.names import ANSWER_NAMES, CONS_NAMES, NAMES, PERSONAL_NAMES, PROS_NAMES, personal_kind
from voc.ingest.wording import (
    is_answer,
    is_company_reply,
    is_derived,
    is_open_question,
    is_original,
    is_other_date,
    is_question,
    is_quoted,
    is_translation,
    names_thing,
    speaks_of_text,
)
from voc.text import detect_language

_NOT_TEXT: Final = ("brand", "product", "customer_segment", "survey_type", "question", "touchpoint", "source", "url")
_ENGLISH: Final = "en"
#: Words in a mean cell, and share of different cells, of a column of sentences.
_PROSE_WORDS: Final = 3
_PROSE_DISTINCT: Final = 0.5


@dataclass
class Texts:
    """Columns of customers' words in file order, and how sure that is.

    ``instead``: column → the one that is read in rows where it is empty (a translation → what was translated).
    ``strength``: what speaks for the choice, as in ``roles``. ``rival``: another column could as well be it.
    ``left``: columns with words of their own that are not read.
    """

    names: list[str] = field(default_factory=list)
    instead: dict[str, str] = field(default_factory=dict)
    strength: float = 0.0
    rival: bool = False
    left: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def find_texts(columns: Mapping[str, Column], *, only: bool, questions_in_rows: bool, survey: bool) -> Texts:
    """The columns of customers' words: one, or all where several questions were asked (in a ``survey``: all prose).

    Never what the company wrote, what others had written before, a worked-over copy, or a label. ``only``: the table
    has no other column. ``questions_in_rows``: another column names the question.
    """
    own = {name: column for name, column in columns.items() if not _is_other_peoples(column, questions_in_rows)}
    fit = {name: _fit(column, questions_in_rows) for name, column in own.items()}
    best = max(fit, key=lambda name: fit[name], default=None)
    if best is None or (fit[best] <= 0 and not (only and own[best].words)):
        return _titles_alone(columns)
    several = {name for name, column in own.items() if _is_answer(column)}
    prose = [name for name in own if _is_prose(own[name])]
    if survey or any(is_question(own[name].name) for name in several):
        several |= {*prose, best}
    versions = _Versions(own)
    found = Texts(strength=_strength(own[best], questions_in_rows))
    if several:
        found.names = [n for n in own if n in several or (n == best and own[n].plain in NAMES["text"])]
        found.names = [n for n in found.names if n == versions.chosen(n)]
    else:
        found.names = [versions.chosen(best)]
        rivals = [n for n in fit if n != best and fit[n] >= 0.9 * fit[best] and not versions.same(n, best)]
        found.rival, prose = bool(rivals), [*rivals, *(n for n in prose if n not in rivals)]
    read = {*found.names, best}
    found.left = [n for n in prose if n not in read and not any(versions.same(n, other) for other in read)]
    for name in found.names:
        versions.tell(name, found)
    return found


def _titles_alone(columns: Mapping[str, Column]) -> Texts:
    """Headlines, where a table has nothing else in customers' words."""
    titles = [c for c in columns.values() if c.plain in NAMES["title"] and c.words >= 1.5 and c.distinct > 0.3]
    return Texts([c.name for c in titles[:1]], strength=0.5) if titles else Texts()


def _is_other_peoples(column: Column, questions_in_rows: bool) -> bool:
    name = column.plain
    if is_question(column.name):
        return False
    if questions_in_rows and name in ANSWER_NAMES:
        return False
    return (
        is_company_reply(name) or is_quoted(name) or is_derived(name) or name in ANSWER_NAMES or name in NAMES["title"]
    )


def _is_answer(column: Column) -> bool:
    """Whether a column is one of several answers in own words: to an open question, pros, cons, a topic's comment."""
    if is_question(column.name):
        if is_open_question(column.name):
            return column.words > 0 and not column.verdicts
        return column.words >= 1.5 and not column.is_choice and (column.distinct > 0.3 or column.words >= 6)
    if column.plain in PROS_NAMES or column.plain in CONS_NAMES:
        return column.words >= 1 and not column.is_choice
    version = is_translation(column.plain) or is_original(column.plain) or is_other_date(column.plain)
    return is_answer(column.plain) and not version and column.words >= 2 and not column.is_choice


def _is_prose(column: Column) -> bool:
    """Whether cells are sentences of their own, each another, under a name that says nothing else of them."""
    named = (
        personal_kind(column.name)
        or names_thing(column.plain)
        or any(column.plain in NAMES[role] for role in NAMES if role != "text" and column.plain not in NAMES["text"])
    )
    version = is_translation(column.plain) or is_original(column.plain) or is_other_date(column.plain)
    return (
        not (named or version or column.verdicts or column.is_choice)
        and column.words >= _PROSE_WORDS
        and column.distinct >= _PROSE_DISTINCT
    )


def _fit(column: Column, questions_in_rows: bool) -> float:
    """How much speaks for a column as the customer's words: 0 (nothing) to 2."""
    name = column.plain
    by_name = _by_name(column, questions_in_rows)
    if not column.filled:
        return by_name / 10 if name in NAMES["text"] else 0.0
    words = column.words
    if questions_in_rows and column.is_mixed and (name in ANSWER_NAMES or name in NAMES["text"]):
        return by_name
    if (
        words == 0
        or name in PERSONAL_NAMES
        or any(name in NAMES[role] for role in _NOT_TEXT if name not in NAMES["text"])
    ):
        return 0.0
    if by_name < 0.9 and not (words >= (1.5 if by_name else 4) and column.distinct > 0.3 and not column.verdicts):
        return 0.0
    return by_name + min(1.0, words / 12)


def _by_name(column: Column, questions_in_rows: bool) -> float:
    name = column.plain
    if name in NAMES["text"]:
        return 1.0 - min(50, NAMES["text"].index(name)) / 500
    if (questions_in_rows and name in ANSWER_NAMES) or name in PROS_NAMES:
        return 0.95
    if is_question(column.name):
        return 0.9 if is_open_question(column.name) else 0.7
    return 0.6 if speaks_of_text(name) else 0.0


def _strength(column: Column, questions_in_rows: bool) -> float:
    by_name = _by_name(column, questions_in_rows)
    return 0.95 if by_name >= 0.9 else 0.75 if by_name else 0.5


class _Versions:
    """One text in several columns: as written, and translated.

    The lenses know English only. So an English translation is read where there is one, and the customer's own words in
    the rows that it leaves empty; without an English one the customer's own words are read.
    """

    def __init__(self, columns: Mapping[str, Column]) -> None:
        texts = [
            c
            for c in columns.values()
            if (c.plain in NAMES["text"] or speaks_of_text(c.plain)) and (c.words or not c.filled)
        ]
        self._translated = next((c for c in texts if is_translation(c.plain)), None)
        self._original = next((c for c in texts if is_original(c.plain)), None)
        plain = [c for c in texts if c not in (self._translated, self._original)]
        plain.sort(key=lambda c: (c.plain not in NAMES["text"], -c.words))
        self._plain = plain[0] if plain and (self._translated or self._original) else None

    def same(self, one: str, other: str) -> bool:
        return one in self._names and other in self._names

    @property
    def _all(self) -> list[Column]:
        found = [c for c in (self._translated, self._plain, self._original) if c]
        return found if len(found) > 1 else []

    @property
    def _names(self) -> set[str]:
        return {column.name for column in self._all}

    def chosen(self, name: str) -> str:
        """The version to read of the text that a column holds."""
        if name not in self._names:
            return name
        english = next((c for c in self._all if _reads_english(c)), None)
        return (english or self._as_written).name

    @property
    def _as_written(self) -> Column:
        return self._original or self._plain or self._all[0]

    def tell(self, name: str, found: Texts) -> None:
        """Say which version is read, and what stands in for it."""
        if name not in self._names:
            return
        written = self._as_written.name
        if name == written:
            others = ", ".join(f"'{c.name}'" for c in self._all if c.name != name)
            found.warnings.append(
                f"Column '{name}' is read as written; {others} holds it in another form and is carried."
            )
            return
        found.instead[name] = written
        found.warnings.append(
            f"Column '{name}' is read, as the models know English, and '{written}' where it is empty; "
            f"--map text='{written}' reads the customer's own words."
        )


def _reads_english(column: Column) -> bool:
    return bool(column.texts) and detect_language(" ".join(column.texts[:30])[:3000]) == _ENGLISH
