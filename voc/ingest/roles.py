"""Which column plays which role: what the user mapped, then the profile, then names and contents."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

from voc.ingest.columns import Column, share_of
from voc.ingest.profiles import (
    NAMES,
    QUOTED_NAMES,
    SOURCE_ALIASES,
    TEXT_WORDS,
    Names,
    Profile,
    is_company_reply,
    is_open_question,
    is_question,
    plain_name,
)
from voc.ingest.scores import UNKNOWN, Scale, is_ten_point, scale_of
from voc.ingest.tables import Cell

#: An export that holds every row twice has an id column with half of its cells different.
_ID_DISTINCT: Final = 0.3
#: Roles that the names alone decide.
_BY_NAME: Final = (
    "response_id",
    "thread_id",
    "brand",
    "product",
    "customer_segment",
    "customer_id",
    "customer_value",
    "weight",
    "survey_type",
    "question",
    "touchpoint",
)


@dataclass
class Roles:
    """Role → column, with a confidence (0–1) each; ``scale`` is the score's."""

    texts: list[str] = field(default_factory=list)
    columns: dict[str, str] = field(default_factory=dict)
    confidence: dict[str, float] = field(default_factory=dict)
    scale: Scale = UNKNOWN
    warnings: list[str] = field(default_factory=list)

    def give(self, role: str, column: str, confidence: float) -> None:
        self.columns[role] = column
        self.confidence[role] = round(confidence, 2)

    @property
    def taken(self) -> set[str]:
        return {*self.columns.values(), *self.texts}


def assign_roles(columns: Mapping[str, Column], profile: Profile, mapping: Mapping[str, str]) -> Roles:
    """Which column plays which role: what the user mapped, then the profile, then names and contents."""
    roles = Roles()
    for role, name in mapping.items():
        _give_mapped(roles, role, name)
    for role, names in profile.columns.items():
        for column in _named(columns, names, roles.taken):
            if role == "text" and not roles.texts:
                roles.texts, roles.confidence["text"] = [column.name], 1.0
            elif role != "text" and role not in roles.columns:
                roles.give(role, column.name, 1.0)
    open_to = {role for role in NAMES if role not in profile.unmapped and role not in roles.columns}
    free = {name: column for name, column in columns.items() if name not in roles.taken}
    _find_keys(roles, free, open_to)
    _find_scores(roles, columns, open_to)
    _find_texts(roles, {n: c for n, c in free.items() if n not in roles.taken})
    _find_rest(roles, columns, open_to)
    _warn_of_names(roles, columns, open_to - {"text", "id"})
    return roles


def _give_mapped(roles: Roles, role: str, name: str) -> None:
    if role == "text":
        roles.texts, roles.confidence["text"] = [name], 1.0
    else:
        roles.give(role, name, 1.0)


def _named(columns: Mapping[str, Column], names: Collection[str], taken: Collection[str]) -> list[Column]:
    """Columns with one of these plain names, best name first."""
    by_name: dict[str, Column] = {}
    for column in columns.values():
        if column.name not in taken:
            by_name.setdefault(column.plain, column)
    return [by_name[name] for name in names if name in by_name]


def _find_keys(roles: Roles, columns: Mapping[str, Column], open_to: set[str]) -> None:
    """The date and the id."""
    if "date" in open_to:
        dated = [c for c in _named(columns, NAMES["date"], roles.taken) if c.dates]
        dated.sort(key=lambda c: c.dates is not None and c.dates.share <= 0.5)
        others = [c for c in columns.values() if c.dates and c.name not in roles.taken]
        for column in (dated or others)[:1]:
            roles.give("date", column.name, (0.95 if dated else 0.6) * (column.dates.share if column.dates else 1))
    if "id" in open_to:
        for column in _named(columns, NAMES["id"], roles.taken):
            if not column.filled or column.dates or "id" in roles.columns:
                continue
            if column.distinct < _ID_DISTINCT:
                roles.warnings.append(f"column '{column.name}' repeats too often to be the rows' id; it is carried")
            else:
                roles.give("id", column.name, 0.95 if column.distinct > 0.98 else 0.7)


def _find_scores(roles: Roles, columns: Mapping[str, Column], open_to: set[str]) -> None:
    if "score" in open_to:
        for column in _score_candidates(columns, roles.taken):
            scale = scale_of(column.plain, column.numbers)
            if scale.name or is_ten_point(column.numbers):
                roles.give("score", column.name, scale.confidence or 0.4)
                break
    if (name := roles.columns.get("score")) and name in columns:
        column = columns[name]
        roles.scale = scale_of(column.plain, column.numbers)
        roles.confidence["score"] = round(roles.scale.confidence, 2)
        if roles.scale.name is None and column.numbers:
            low, high = min(column.numbers), max(column.numbers)
            roles.warnings.append(
                f"column '{name}' runs from {low:g} to {high:g}, a scale that is not known: "
                "the score is kept without one"
            )


def _score_candidates(columns: Mapping[str, Column], taken: set[str]) -> list[Column]:
    named = _named(columns, NAMES["score"], taken)
    asked = [
        c
        for c in columns.values()
        if c.name not in taken
        and c not in named
        and is_question(c.name)
        and scale_of(c.plain, c.numbers).name in ("nps_0_10", "csat_1_5")
    ]
    return [column for column in [*named, *asked] if column.numeric]


def _find_texts(roles: Roles, columns: Mapping[str, Column]) -> None:
    """Customers' words: the column that names and contents speak for, and every open question."""
    if roles.texts:
        return
    fit = {name: _text_fit(column) for name, column in columns.items()}
    asked = [name for name, column in columns.items() if is_question(name) and _is_open(column)]
    best = max(fit, key=lambda name: fit[name], default=None)
    only = len(columns) == 1 and not roles.columns
    chosen = {best} if best is not None and (fit[best] > 0 or (only and columns[best].words)) else set()
    if asked:
        chosen |= set(asked)
        chosen = {name for name in chosen if name in asked or plain_name(name) in NAMES["text"]}
    roles.texts = [name for name in columns if name in chosen]
    if roles.texts:
        best_fit = max(fit[name] for name in roles.texts)
        roles.confidence["text"] = round(min(1.0, max(best_fit, 0.5) / 1.5), 2)


def _is_open(column: Column) -> bool:
    """Whether the cells are answers in own words, not one of a few choices."""
    if is_open_question(column.name):
        return column.words > 0
    return column.words >= 1.5 and (column.distinct > 0.3 or column.words >= 6)


def _text_fit(column: Column) -> float:
    """How much speaks for a column as the customer's words: 0 (nothing) to 2."""
    name = column.plain
    if is_company_reply(name) or name in QUOTED_NAMES or name in NAMES["title"]:
        return 0.0
    if name in NAMES["text"]:
        by_name = 1.0 - NAMES["text"].index(name) / 100
    elif is_question(column.name):
        by_name = 0.9 if is_open_question(column.name) else 0.7
    else:
        by_name = 0.6 if TEXT_WORDS & set(name.split()) else 0.0
    if not column.filled:
        return by_name / 10 if name in NAMES["text"] else 0.0
    words = column.words
    if words == 0 or any(name in NAMES[role] for role in _BY_NAME):
        return 0.0
    if by_name < 0.9 and not (words >= (1.5 if by_name else 4) and column.distinct > 0.3):
        return 0.0
    return by_name + min(1.0, words / 12)


def _find_rest(roles: Roles, columns: Mapping[str, Column], open_to: set[str]) -> None:
    for role in _BY_NAME:
        if role in open_to:
            for column in _named(columns, NAMES[role], roles.taken)[:1]:
                roles.give(role, column.name, 0.9)
    if roles.columns.get("id") and plain_name(roles.columns["id"]) in NAMES["response_id"]:
        roles.columns.setdefault("response_id", roles.columns["id"])
    if "title" in open_to and roles.texts:
        for column in _named(columns, NAMES["title"], roles.taken)[:1]:
            if not (column.numeric or column.dates):
                roles.give("title", column.name, 0.9)
    addresses: Names = {"url": (*NAMES["url"], *NAMES["source"]), "source": NAMES["source"]}
    for role, names in addresses.items():
        for column in _named(columns, names, roles.taken) if role in open_to else ():
            if column.sample and role not in roles.columns and _is_kind(role, column):
                roles.give(role, column.name, 0.9)


def _warn_of_names(roles: Roles, columns: Mapping[str, Column], open_to: set[str]) -> None:
    """Say of a column that is named like a role nothing else took why it has none."""
    for role in sorted(open_to - set(roles.columns)):
        for column in [c for c in _named(columns, NAMES[role], roles.taken) if c.filled][:1]:
            roles.warnings.append(
                f"column '{column.name}' is named like a {role} but most of its cells cannot be read as one; "
                f"it is carried (--map {role}={column.name} takes it all the same)"
            )


def _is_kind(role: str, column: Column) -> bool:
    def fits(cell: Cell) -> bool:
        text = str(cell).strip().lower()
        return text.startswith(("http://", "https://", "/", "www.")) if role == "url" else text in SOURCE_ALIASES

    return share_of(column.sample, fits) > 0.9
