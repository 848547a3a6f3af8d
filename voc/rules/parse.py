"""Reading a rule: a small grammar, and errors that point at the place.

    rule    = and { OR and }
    and     = not { AND not }
    not     = { NOT } near
    near    = atom [ NEAR/k atom ]           (atoms of words alone)
    atom    = word | "several words" | label:value | ( rule )

Operators are written in capitals. Words count whole, without case and accents; ``activat*`` takes every ending.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final, NamedTuple

from voc.errors import UsageError
from voc.rules.tree import LABELS, And, Label, Near, Not, Or, Rule, Words
from voc.rules.words import fold, words_of

#: Most words that NEAR may lie apart.
MOST_APART: Final = 100
LONGEST: Final = 2000
DEEPEST: Final = 40

_QUOTES: Final = '"“”„'
_LEXEME = re.compile(rf"\s+|(?P<sign>[()])|[{_QUOTES}](?P<quoted>[^{_QUOTES}]*)[{_QUOTES}]|(?P<bare>[^\s(){_QUOTES}]+)")
_NEAR = re.compile(r"NEAR/(\d+)", re.IGNORECASE)
_OPERATORS: Final = ("AND", "OR", "NOT")
_KEYWORD = re.compile("and|or|not|near", re.IGNORECASE)
_AROUND: Final = 24


class RuleError(UsageError):
    """A rule that cannot be read. ``position``: where, counted from 0; ``reason``: why, without the place."""

    def __init__(self, rule: str, position: int, reason: str) -> None:
        self.position, self.reason = position, reason
        before, after = rule[max(0, position - _AROUND) : position], rule[position : position + _AROUND]
        super().__init__(f"Rule not understood at character {position + 1}, at ▸ in “{before}▸{after}”: {reason}.")


class _Lexeme(NamedTuple):
    """``kind``: ``(``, ``)``, AND, OR, NOT, NEAR, ``quoted``, ``bare`` or ``end``."""

    kind: str
    text: str
    position: int


def parse(rule: str) -> Rule:
    """Read ``rule``. Raises RuleError, which says where and why it cannot be read."""
    if len(rule) > LONGEST:
        raise RuleError(rule, LONGEST, f"a rule has {LONGEST:,} characters at most; make two of it")
    return _Parser(rule).whole()


def all_of_these(terms: Iterable[str]) -> str:
    """The rule for comments that hold all of ``terms``, each a word or several in a row; signs are left out.

    >>> all_of_these(["refund", "or", "on hold", "(credit"])
    'refund AND "or" AND "on hold" AND credit'
    """
    found = [" ".join(words_of(fold(term))) for term in terms]
    return " AND ".join(f'"{term}"' if " " in term or _KEYWORD.fullmatch(term) else term for term in found if term)


def _lexemes(rule: str) -> Iterator[_Lexeme]:
    at = 0
    while at < len(rule):
        match = _LEXEME.match(rule, at)
        if match is None:
            raise RuleError(rule, at, "these quotes are never closed")
        if sign := match["sign"]:
            yield _Lexeme(sign, sign, at)
        elif match["quoted"] is not None:
            yield _Lexeme("quoted", match["quoted"], at)
        elif bare := match["bare"]:
            if bare.upper() != bare and (bare.upper() in _OPERATORS or _NEAR.fullmatch(bare)):
                raise RuleError(rule, at, f'write {bare.upper()} in capitals, or "{bare}" in quotes to look for it')
            yield _Lexeme(_kind(bare), bare, at)
        at = match.end()
    yield _Lexeme("end", "", at)


def _kind(bare: str) -> str:
    if bare in _OPERATORS:
        return bare
    return "NEAR" if bare == "NEAR" or bare.startswith("NEAR/") else "bare"


class _Parser:
    """Goes through the lexemes once, from left to right."""

    def __init__(self, rule: str) -> None:
        self._rule = rule
        self._lexemes = list(_lexemes(rule))
        self._at = 0
        self._depth = 0

    def whole(self) -> Rule:
        if self._next.kind == "end":
            raise self._error(self._next, "there is nothing in it; give a word, such as refund")
        tree = self._either()
        self._require("end")
        return tree

    def _either(self) -> Rule:
        rules = self._joined("OR", self._both)
        return rules[0] if len(rules) == 1 else Or(rules)

    def _both(self) -> Rule:
        rules = self._joined("AND", self._negated)
        return rules[0] if len(rules) == 1 else And(rules)

    def _joined(self, operator: str, read: Callable[[], Rule]) -> tuple[Rule, ...]:
        rules = [read()]
        while self._next.kind == operator:
            self._take()
            rules.append(read())
        return tuple(rules)

    def _negated(self) -> Rule:
        times = 0
        while self._next.kind == "NOT":
            times += 1
            if times > DEEPEST:
                raise self._error(self._next, f"NOT stands here more than {DEEPEST} times")
            self._take()
        tree = self._near()
        for _ in range(times):
            tree = Not(tree)
        return tree

    def _near(self) -> Rule:
        first = self._next
        left = self._atom()
        if self._next.kind != "NEAR":
            return left
        self._require_words(left, first)
        apart = self._distance(self._take())
        second = self._next
        right = self._atom()
        self._require_words(right, second)
        return Near(left, right, apart)

    def _atom(self) -> Rule:
        lexeme = self._take()
        if lexeme.kind == "quoted":
            return self._words(lexeme.text.split(), lexeme)
        if lexeme.kind == "bare":
            return self._bare(lexeme)
        if lexeme.kind == "(":
            return self._bracketed(lexeme)
        found = {"end": "the rule ends", ")": "the bracket closes"}.get(lexeme.kind, f"{lexeme.kind} stands")
        raise self._error(lexeme, f"{found} where a word is wanted")

    def _bracketed(self, opened: _Lexeme) -> Rule:
        self._depth += 1
        if self._depth > DEEPEST:
            raise self._error(opened, f"more than {DEEPEST} brackets stand in each other")
        tree = self._either()
        if self._next.kind == "end":
            raise self._error(opened, "this bracket is never closed")
        self._require(")")
        self._take()
        self._depth -= 1
        return tree

    def _bare(self, lexeme: _Lexeme) -> Rule:
        name, colon, value = lexeme.text.partition(":")
        if not colon:
            return self._words([lexeme.text], lexeme)
        if name not in LABELS:
            raise self._error(lexeme, f"no label {name!r}: choose {', '.join(LABELS)}, or put quotes around it")
        _, values = LABELS[name]
        if value not in values:
            raise self._error(lexeme, f"no {name} {value!r}: choose one of {', '.join(values)}")
        return Label(name, value)

    def _words(self, pieces: list[str], lexeme: _Lexeme) -> Words:
        parts: list[str] = []
        for piece in pieces:
            stem = fold(piece.removesuffix("*"))
            found = words_of(stem)
            if "*" in stem:
                raise self._error(lexeme, "* may only end a word, as in activat*")
            if piece.endswith("*"):
                if not found or len(found[-1]) < 2 or not stem.endswith(found[-1]):
                    raise self._error(lexeme, "* needs two letters or more before it, as in activat*")
                found[-1] += "*"
            parts += found
        if not parts:
            raise self._error(lexeme, "no letter or digit stands here; give a word")
        return Words(tuple(parts))

    def _distance(self, lexeme: _Lexeme) -> int:
        found = _NEAR.fullmatch(lexeme.text)
        if not found:
            raise self._error(lexeme, "NEAR needs a distance in words, as in NEAR/5")
        # nine digits are more than enough to be too many
        apart = int(found[1][:9])
        if not 1 <= apart <= MOST_APART:
            raise self._error(lexeme, f"words can be 1 to {MOST_APART} apart, as in NEAR/5")
        return apart

    def _require_words(self, rule: Rule, lexeme: _Lexeme) -> None:
        """NEAR is about where words stand: labels stand nowhere."""
        choice = rule.rules if isinstance(rule, Or) else (rule,)
        if not all(isinstance(part, Words) for part in choice):
            raise self._error(lexeme, "NEAR takes words, words in quotes, or (one OR other) of these")

    def _require(self, kind: str) -> None:
        """What stands next, after a whole rule, must be this."""
        if self._next.kind == kind:
            return
        reasons = {
            ")": "this bracket was never opened",
            "NEAR": "NEAR joins two; write: a NEAR/5 b AND b NEAR/5 c",
        }
        otherwise = "AND, OR or NEAR/5 is missing before this; put quotes around words in a row"
        raise self._error(self._next, reasons.get(self._next.kind, otherwise))

    @property
    def _next(self) -> _Lexeme:
        return self._lexemes[self._at]

    def _take(self) -> _Lexeme:
        lexeme = self._next
        if lexeme.kind != "end":
            self._at += 1
        return lexeme

    def _error(self, lexeme: _Lexeme, reason: str) -> RuleError:
        return RuleError(self._rule, lexeme.position, reason)
