"""A rule as a tree, and the tree as a rule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias

from voc.schema import ADVOCACIES, INTENTS, SENTIMENTS, SIGNALS, STANCES

#: Labels that a rule can ask for, ``signal:delay``: name → (column of a comment, its values).
LABELS: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "signal": ("signals", SIGNALS),
    "stance": ("stance", STANCES),
    "sentiment": ("sentiment", SENTIMENTS),
    "intent": ("intent", INTENTS),
    "advocacy": ("advocacy", ADVOCACIES),
}


@dataclass(frozen=True)
class Words:
    """One folded word, or several in a row; ``activat*`` stands for every word that begins so."""

    parts: tuple[str, ...]


@dataclass(frozen=True)
class Label:
    """A comment has ``value`` among the labels of that ``name`` (of ``LABELS``)."""

    name: str
    value: str


@dataclass(frozen=True)
class Near:
    """``left`` and ``right`` stand at most ``apart`` words from each other, in any order (1: side by side)."""

    left: Rule
    right: Rule
    apart: int


@dataclass(frozen=True)
class Not:
    rule: Rule


@dataclass(frozen=True)
class And:
    rules: tuple[Rule, ...]


@dataclass(frozen=True)
class Or:
    rules: tuple[Rule, ...]


Rule: TypeAlias = Words | Label | Near | Not | And | Or
#: What binds tighter stands further behind.
_LOOSE: Final = (Or, And, Not, Near)


def show(rule: Rule) -> str:
    """The rule in writing; ``parse`` reads the same tree from it."""
    match rule:
        case Words(parts):
            return _written(parts)
        case Label(name, value):
            return f"{name}:{value}"
        case Near(left, right, apart):
            return f"{_inside(left, rule)} NEAR/{apart} {_inside(right, rule)}"
        case Not(inner):
            # NOT NOT needs no brackets
            return f"NOT {show(inner) if isinstance(inner, Not) else _inside(inner, rule)}"
        case And(rules):
            return " AND ".join(_inside(one, rule) for one in rules)
        case Or(rules):
            return " OR ".join(_inside(one, rule) for one in rules)


def _inside(part: Rule, whole: Rule) -> str:
    """``part`` in brackets where it would otherwise fall apart."""
    binds = {kind: place for place, kind in enumerate(_LOOSE)}
    loose = binds.get(type(part), len(_LOOSE)) <= binds[type(whole)]
    return f"({show(part)})" if loose else show(part)


def _written(parts: tuple[str, ...]) -> str:
    words = " ".join(parts)
    return words if len(parts) == 1 and words not in ("and", "or", "not") else f'"{words}"'
