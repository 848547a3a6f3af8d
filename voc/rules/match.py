"""Which comments a rule fits, and which of their words make it fit."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import reduce

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from voc.rules.postings import Postings
from voc.rules.regex import regex
from voc.rules.tree import LABELS, And, Label, Near, Not, Or, Rule, Words
from voc.rules.words import fold_all, placed_words, words_of

Mask = npt.NDArray[np.bool_]
#: Texts that are looked through at a time.
_PART = 250_000
_SHARE = 100_000
#: Numbers of the first and last word of a stretch.
_Stretch = tuple[int, int]


def matches(rule: Rule, rows: pd.DataFrame) -> Mask:
    """Which of ``rows`` the rule fits: one true or false each. ``rows`` have the column ``text`` (null fits no words)
    and those of ``LABELS`` that the rule asks for."""
    return _Search(rows).fits(rule)


def matches_each(rules: Sequence[Rule], rows: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """``matches`` of each rule, (rules, rows): all in one look, for rules of many words."""
    found = np.zeros((len(rules), len(rows)), dtype=bool)
    for start in range(0, len(rows), _PART):
        part = rows.iloc[start : start + _PART]
        search = _Lookup(part, rules)
        found[:, start : start + len(part)] = [search.fits(rule) for rule in rules]
    return found


def spans(rule: Rule, text: str) -> list[tuple[int, int]]:
    """Where the rule's words stand in ``text``, as (start, end), in order; of NEAR only those that are near. What a NOT
    forbids is not marked."""
    placed = placed_words(text)
    words = [word.text for word in placed]
    stretches = {stretch for part in _wanted(rule) for stretch in _stretches(part, words)}
    return [(placed[first].start, placed[last].end) for first, last in sorted(stretches)]


class _Fits:
    """Which rows a rule fits, by what its words are found by."""

    def __init__(self, rows: pd.DataFrame) -> None:
        self._rows = rows
        self._folded = fold_all(rows["text"])

    def fits(self, rule: Rule) -> Mask:
        match rule:
            case Words() | Near():
                return self._said(rule)
            case Label(name, value):
                return self._labelled(name, value)
            case Not(inner):
                return ~self.fits(inner)
            case And(rules):
                return reduce(np.logical_and, [self.fits(one) for one in rules])
            case Or(rules):
                return reduce(np.logical_or, [self.fits(one) for one in rules])

    def _said(self, rule: Words | Near) -> Mask:
        raise NotImplementedError

    def _labelled(self, name: str, value: str) -> Mask:
        given = self._rows[LABELS[name][0]]
        if name == "signal":
            return np.array([hasattr(own, "__len__") and value in own for own in given], dtype=bool)
        return given.eq(value).fillna(False).to_numpy(dtype=bool)


class _Lookup(_Fits):
    """Looks up where the words of all rules stand."""

    def __init__(self, rows: pd.DataFrame, rules: Sequence[Rule]) -> None:
        super().__init__(rows)
        self._postings = Postings(self._folded, rules)

    def _said(self, rule: Words | Near) -> Mask:
        return self._postings.fits(rule)


class _Search(_Fits):
    """Searches text by text: those in which the letters of a rule do not occur are set aside first."""

    def _said(self, rule: Words | Near) -> Mask:
        found = self._may_hold(rule)
        rows = np.flatnonzero(found)
        texts = self._folded.take(pa.array(rows)).to_pylist()
        pattern = regex(rule)
        if pattern is None:
            found[rows] = [bool(_stretches(rule, words_of(text))) for text in texts]
        else:
            search = re.compile(pattern).search
            found[rows] = [search(text) is not None for text in texts]
        return found

    def _may_hold(self, rule: Rule) -> Mask:
        """Which texts hold the letters of a rule of words at all: a quick look that never misses."""
        match rule:
            case Words(parts):
                return reduce(np.logical_and, [self._holds(part.removesuffix("*")) for part in parts])
            case Near(left, right):
                return self._may_hold(left) & self._may_hold(right)
            case Or(rules):
                return reduce(np.logical_or, [self._may_hold(one) for one in rules])
        raise TypeError(f"{rule} is no rule of words alone")

    def _holds(self, letters: str) -> Mask:
        """Which texts hold these letters: looked for on all cores, as pyarrow leaves Python free meanwhile."""
        n = len(self._folded)
        parts = [self._folded.slice(at, _SHARE) for at in range(0, n, _SHARE)]
        with ThreadPoolExecutor() as pool:
            held = list(pool.map(lambda part: pc.match_substring(part, letters).to_numpy(zero_copy_only=False), parts))
        return np.concatenate(held) if held else np.zeros(0, dtype=bool)


def _wanted(rule: Rule) -> list[Words | Near]:
    match rule:
        case Words() | Near():
            return [rule]
        case And(rules) | Or(rules):
            return [part for one in rules for part in _wanted(one)]
    return []


def _stretches(rule: Rule, words: Sequence[str]) -> list[_Stretch]:
    """The stretches of ``words`` that make a rule of words fit, in order."""
    match rule:
        case Words(parts):
            last = len(words) - len(parts)
            starts = [at for at in range(last + 1) if all(map(_same, parts, words[at : at + len(parts)]))]
            return [(at, at + len(parts) - 1) for at in starts]
        case Or(rules):
            return sorted({stretch for one in rules for stretch in _stretches(one, words)})
        case Near(left, right, apart):
            a, b = _stretches(left, words), _stretches(right, words)
            return sorted({*_close(a, b, apart), *_close(b, a, apart)})
    raise TypeError(f"{rule} is no rule of words alone")


def _close(stretches: list[_Stretch], others: list[_Stretch], apart: int) -> list[_Stretch]:
    """Those ``stretches`` that have one of ``others`` at most ``apart`` words before or behind, not overlapping."""
    starts, ends = sorted(first for first, _ in others), sorted(last for _, last in others)
    found = []
    for first, last in stretches:
        behind, before = bisect_right(starts, last), bisect_left(ends, first) - 1
        follows = behind < len(starts) and starts[behind] - last <= apart
        if follows or (before >= 0 and first - ends[before] <= apart):
            found.append((first, last))
    return found


def _same(part: str, word: str) -> bool:
    """``sim`` is also found in ``sim's``."""
    if part.endswith("*"):
        return word.startswith(part[:-1])
    return word == part or word == part + "'s"
