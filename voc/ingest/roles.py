"""Which column plays which role: what the user mapped, then the profile, then names and contents."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

from voc.ingest.columns import Column, share_of
from voc.ingest.dates import read_date
from voc.ingest.names import (
    CLOCK_NAMES,
    COMPANY_SPEAKERS,
    CUSTOMER_SPEAKERS,
    NAMES,
    SOURCE_ALIASES,
    Names,
    names_speaker,
)
from voc.ingest.plan import Mapped
from voc.ingest.profiles import Profile
from voc.ingest.score_column import Score, find_score, score_in
from voc.ingest.scores import UNKNOWN, Scale
from voc.ingest.tables import Cell
from voc.ingest.texts import find_texts
from voc.ingest.wording import is_other_date, is_question, is_weak_date

#: An export that holds every row twice has an id column with half of its cells different.
_ID_DISTINCT: Final = 0.3
_UNIQUE: Final = 0.98
_FEW_ROWS: Final = 10
#: Roles that names decide: keys, groups (never a rating or a text) and numbers.
_NUMBERS: Final = ("customer_value", "weight")
_GROUPS: Final = ("brand", "product", "customer_segment", "survey_type", "question", "touchpoint")
_BY_NAME: Final = ("response_id", "thread_id", "customer_id", *_GROUPS, *_NUMBERS)
_LONGEST_LABEL: Final = 25
_RIVALLED: Final = 0.75


@dataclass
class Roles:
    """Role → column, with a confidence each; ``score`` tells how the score's column is read.

    A confidence is *strength* × *share*: the strength of what speaks for the column (1 the user or the kind of export;
    0.95 a name known for the role; 0.75 a part of the name, or the wording of a question; 0.5 the contents alone),
    times the share of its filled cells that read as the role; a quarter less where another column could as well be it.
    """

    texts: list[str] = field(default_factory=list)
    instead: dict[str, str] = field(default_factory=dict)
    columns: dict[str, str] = field(default_factory=dict)
    confidence: dict[str, float] = field(default_factory=dict)
    score: Score = field(default_factory=Score)
    silent: dict[str, tuple[str, ...]] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    @property
    def scale(self) -> Scale:
        return self.score.scale if "score" in self.columns else UNKNOWN

    def give(self, role: str, column: str, strength: float, share: float = 1.0, *, rival: bool = False) -> None:
        self.columns[role] = column
        self.confidence[role] = round(strength * share * (_RIVALLED if rival else 1.0), 2)

    @property
    def taken(self) -> set[str]:
        return {*self.columns.values(), *self.texts}


def assign_roles(columns: Mapping[str, Column], profile: Profile, mapping: Mapping[str, Mapped]) -> Roles:
    """Which column plays which role: what the user mapped, then the profile, then names and contents.

    ``mapping``: role → columns of this table, or None for a role that no column shall have.
    """
    roles = Roles()
    for role, names in mapping.items():
        _give_mapped(roles, role, names)
        roles.warnings += [note for name in names or () if (note := _misfit(role, columns[name]))]
    for role, named in profile.columns.items():
        if role not in mapping:
            _give_known(roles, role, _named(columns, named, roles.taken))
    open_to = {role for role in NAMES if role not in profile.unmapped and role not in {*roles.columns, *mapping}}
    _find_date(roles, columns, open_to)
    _find_id(roles, columns, open_to)
    _find_score(roles, columns, open_to)
    if "text" in open_to and not roles.texts:
        _find_texts(roles, columns, survey=profile.source == "survey")
    _find_by_name(roles, columns, open_to)
    _find_title(roles, columns, open_to)
    _find_addresses(roles, columns, open_to)
    _find_speaker(roles, columns)
    _warn_of_names(roles, columns, open_to & {"date", "score"})
    return roles


def _give_mapped(roles: Roles, role: str, names: Mapped) -> None:
    if role == "text":
        roles.texts = list(names or ())
        roles.confidence |= {"text": 1.0} if names else {}
    elif names:
        roles.give(role, names[0], 1.0)


def _misfit(role: str, column: Column) -> str | None:
    """Why a column that the user mapped can hardly be what he says."""
    if not column.filled:
        return None
    if role == "score" and not (column.numeric or column.verdicts):
        return (
            f"Column '{column.name}' is mapped to score, but most of its cells are no numbers; their rows are rejected."
        )
    if role == "id" and column.distinct < _ID_DISTINCT:
        return f"Column '{column.name}' is mapped to id, but repeats; rows with one id count as the same comment."
    return None


def _give_known(roles: Roles, role: str, found: list[Column]) -> None:
    for column in found[:1]:
        if role == "text" and not roles.texts:
            roles.texts, roles.confidence["text"] = [column.name], 1.0
        elif role != "text" and role not in roles.columns:
            roles.give(role, column.name, 1.0)


def _named(columns: Mapping[str, Column], names: Collection[str], taken: Collection[str]) -> list[Column]:
    """Columns with one of these plain names, best name first."""
    by_name: dict[str, Column] = {}
    for column in columns.values():
        if column.name not in taken:
            by_name.setdefault(column.plain, column)
    return [by_name[name] for name in names if name in by_name]


def _find_date(roles: Roles, columns: Mapping[str, Column], open_to: set[str]) -> None:
    if "date" in open_to:
        named = [c for c in _named(columns, NAMES["date"], roles.taken) if c.dates]
        named.sort(key=lambda c: c.dates is not None and c.dates.share <= 0.5)
        others = [c for c in columns.values() if c.dates and c.name not in roles.taken and not is_other_date(c.plain)]
        others.sort(key=lambda c: is_weak_date(c.plain))
        for column in (named or others)[:1]:
            strength = 0.5 if not named else 0.75 if is_weak_date(column.plain) else 0.95
            roles.give(
                "date",
                column.name,
                strength,
                column.dates.share if column.dates else 1,
                rival=len(others) > 1 and not named,
            )
            if is_weak_date(column.plain):
                roles.warnings.append(f"Column '{column.name}' is the only date and is taken for the comment's.")
    if (dated := roles.columns.get("date")) and (column := columns[dated]).dates and not _has_clock(column):
        for clock in [
            c for c in columns.values() if c.plain in CLOCK_NAMES and c.is_clock and c.name not in roles.taken
        ][:1]:
            roles.give("time", clock.name, 0.95)


def _has_clock(column: Column) -> bool:
    numbers = column.dates is not None and column.dates.numbers
    reads = [read_date(cell, numbers=numbers) for cell in column.sample]
    return any(read and (read.value.hour or read.value.minute) for read in reads)


def _find_id(roles: Roles, columns: Mapping[str, Column], open_to: set[str]) -> None:
    if "id" not in open_to:
        return
    by_question = bool(_named(columns, NAMES["question"], roles.taken))
    for column in _named(columns, NAMES["id"], roles.taken):
        if not column.filled or column.dates or "id" in roles.columns:
            continue
        if by_question and column.distinct <= _UNIQUE and column.plain in NAMES["response_id"]:
            continue
        if column.distinct >= _ID_DISTINCT:
            roles.give("id", column.name, 0.95, 1.0 if column.distinct > _UNIQUE else 0.75)
        elif column.plain not in NAMES["thread_id"]:
            roles.warnings.append(f"Column '{column.name}' repeats too often to be the rows' id; it is carried.")


def _find_score(roles: Roles, columns: Mapping[str, Column], open_to: set[str]) -> None:
    if "score" in open_to:
        asked = bool(_named(columns, NAMES["question"], roles.taken))
        free = {n: c for n, c in columns.items() if n not in roles.taken and not (asked and c.is_mixed)}
        found = find_score(free, columns.values())
        roles.warnings += found.warnings
        if found.column:
            roles.score = found
            share = (
                found.share if found.scale.name is None else min(found.share, found.scale.confidence / found.strength)
            )
            roles.give("score", found.column, found.strength, share)
    elif name := roles.columns.get("score"):
        roles.score = score_in(columns[name])
    if name := roles.columns.get("score"):
        roles.warnings += roles.score.notes(columns[name])


def _find_texts(roles: Roles, columns: Mapping[str, Column], *, survey: bool) -> None:
    free = {name: column for name, column in columns.items() if name not in roles.taken}
    asked = any(c.filled and not c.numeric for c in _named(columns, NAMES["question"], roles.taken))
    survey = survey or any(is_question(c.name) for c in columns.values())
    only = len(columns) == 1 and not roles.columns
    for nested in [c for c in free.values() if c.is_nested]:
        roles.warnings.append(f"Column '{nested.name}' holds nested records, which are carried and not read.")
    found = find_texts(free, only=only, questions_in_rows=asked, survey=survey and not asked)
    roles.texts, roles.instead = found.names, found.instead
    roles.warnings += found.warnings
    if found.names:
        cells = [text for name in found.names for text in columns[name].texts]
        worded = share_of(cells, lambda text: any(map(str.isalpha, text))) if cells else 1.0
        roles.confidence["text"] = round(found.strength * worded * (_RIVALLED if found.rival else 1.0), 2)
    for name in found.left:
        roles.warnings.append(f"Column '{name}' may hold the customer's words too; --map text='{name}' reads it.")


def _find_by_name(roles: Roles, columns: Mapping[str, Column], open_to: set[str]) -> None:
    for role in _BY_NAME:
        if role in open_to:
            for column in [c for c in _named(columns, NAMES[role], roles.taken) if _can_be(role, c)][:1]:
                roles.give(role, column.name, 0.95)
    name = roles.columns.get("id")
    if name and "response_id" not in roles.columns and columns[name].plain in NAMES["response_id"]:
        roles.give("response_id", name, roles.confidence["id"])


def _can_be(role: str, column: Column) -> bool:
    if role in _NUMBERS:
        return column.numeric
    if role not in _GROUPS:
        return not column.dates
    is_rating = column.numeric and max(column.numbers, default=0) <= 10
    return not (is_rating or column.dates) and column.words <= _LONGEST_LABEL


def _find_title(roles: Roles, columns: Mapping[str, Column], open_to: set[str]) -> None:
    if "title" not in open_to or not roles.texts:
        return
    for column in _named(columns, NAMES["title"], roles.taken):
        if column.numeric or column.dates or "title" in roles.columns:
            continue
        if column.filled >= _FEW_ROWS and column.distinct < _ID_DISTINCT:
            roles.warnings.append(f"Column '{column.name}' repeats too often to be the comment's title; it is carried.")
        else:
            roles.give("title", column.name, 0.95)


def _find_addresses(roles: Roles, columns: Mapping[str, Column], open_to: set[str]) -> None:
    addresses: Names = {"url": (*NAMES["url"], *NAMES["source"]), "source": NAMES["source"]}
    for role, names in addresses.items():
        for column in _named(columns, names, roles.taken) if role in open_to else ():
            if column.sample and role not in roles.columns and _is_kind(role, column):
                roles.give(role, column.name, 0.95)


def _is_kind(role: str, column: Column) -> bool:
    def fits(cell: Cell) -> bool:
        text = str(cell).strip().lower()
        return text.startswith(("http://", "https://", "/", "www.")) if role == "url" else text in SOURCE_ALIASES

    return share_of(column.sample, fits) > 0.9


def _find_speaker(roles: Roles, columns: Mapping[str, Column]) -> None:
    """Of a conversation only the customer's part is the customer's words."""
    for column in columns.values():
        if not names_speaker(column.plain) or column.name in roles.taken:
            continue
        said = {text.lower() for text in column.texts}
        company = said & COMPANY_SPEAKERS
        if company and said & CUSTOMER_SPEAKERS and said <= COMPANY_SPEAKERS | CUSTOMER_SPEAKERS:
            roles.silent[column.name] = tuple(sorted(company))
            roles.warnings.append(
                f"Column '{column.name}' tells who speaks: "
                f"rows of {', '.join(sorted(company))} are not the customer's words."
            )


def _warn_of_names(roles: Roles, columns: Mapping[str, Column], open_to: set[str]) -> None:
    """Say of a column that is named like a role nothing else took why it has none."""
    for role in sorted(open_to - set(roles.columns)):
        named = [c for c in _named(columns, NAMES[role], roles.taken) if c.filled and not is_question(c.name)]
        named = [c for c in named if not any(note.startswith(f"Column '{c.name}'") for note in roles.warnings)]
        for column in named[:1]:
            roles.warnings.append(
                f"Column '{column.name}' is named like a {role} but most of its cells cannot be read as one; "
                f"it is carried (--map {role}='{column.name}' takes it all the same)."
            )
