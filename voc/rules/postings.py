"""Where the words of some rules stand in many texts: all rules in one look, whatever their number of words."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from voc.rules.tree import And, Label, Near, Not, Or, Rule, Words
from voc.rules.words import words_of

Places = npt.NDArray[np.int64]
#: First and last word of each stretch.
Stretches = tuple[Places, Places]
#: Places that no text's words take lie between those of one text and of the next: more than NEAR may bridge.
_GAP = 256


class Postings:
    """The words of ``rules`` in folded ``texts``: a word's place counts the words before it in all texts together."""

    def __init__(self, texts: pa.Array, rules: Iterable[Rule]) -> None:
        pieces = pc.utf8_split_whitespace(texts)
        coded = pieces.flatten().dictionary_encode()
        codes = coded.indices.to_numpy(zero_copy_only=False)
        # what stands between two spaces is mostly one word, but "(sign-up)" is two
        words = [words_of(piece) for piece in coded.dictionary.to_pylist()]
        spelt: dict[str, list[tuple[int, int]]] = {}
        for piece, own in enumerate(words):
            for within, word in enumerate(own):
                spelt.setdefault(word, []).append((piece, within))
        known = sorted(spelt)
        self._spelt = {
            part: [place for word in _spellings(part, known) for place in spelt[word]] for part in _parts(rules)
        }
        needed = np.zeros(len(words), dtype=bool)
        needed[[piece for places in self._spelt.values() for piece, _ in places]] = True
        kept = np.flatnonzero(needed[codes])
        many = np.array([len(own) for own in words], np.int64)[codes]
        row = np.searchsorted(pieces.offsets.to_numpy(), kept, side="right") - 1
        self._row_of, self._place = row, (np.cumsum(many) - many)[kept] + _GAP * row
        self._order = np.argsort(codes[kept], kind="stable")
        self._starts = np.concatenate([[0], np.bincount(codes[kept], minlength=len(words)).cumsum()])
        self._size = len(texts)

    def fits(self, rule: Words | Near) -> npt.NDArray[np.bool_]:
        """Which texts a rule of words fits."""
        found = np.zeros(self._size, dtype=bool)
        first, _ = self._stretches(rule)
        found[self._row_of[np.searchsorted(self._place, first, side="right") - 1]] = True
        return found

    def _stretches(self, rule: Rule) -> Stretches:
        match rule:
            case Words(parts):
                start = self._places(parts[0])
                for after, part in enumerate(parts[1:], start=1):
                    start = start[_among(start + after, np.sort(self._places(part)))]
                return start, start + len(parts) - 1
            case Or(rules):
                first, last = zip(*(self._stretches(one) for one in rules), strict=True)
                return np.concatenate(first), np.concatenate(last)
            case Near(left, right, apart):
                a, b = self._stretches(left), self._stretches(right)
                first, last = zip(_close(a, b, apart), _close(b, a, apart), strict=True)
                return np.concatenate(first), np.concatenate(last)
        raise TypeError(f"{rule} is no rule of words alone")

    def _places(self, part: str) -> Places:
        """Where a word stands."""
        found = [np.empty(0, np.int64)]
        for piece, within in self._spelt[part]:
            found.append(self._place[self._order[self._starts[piece] : self._starts[piece + 1]]] + within)
        return np.concatenate(found)


def _among(places: Places, known: Places) -> npt.NDArray[np.bool_]:
    """Which of the ``places`` are among the ``known``, which are in order."""
    at = np.searchsorted(known, places)
    found: npt.NDArray[np.bool_] = np.append(known, -1)[at] == places
    return found


def _close(stretches: Stretches, others: Stretches, apart: int) -> Stretches:
    """Those ``stretches`` that have one of ``others`` at most ``apart`` words before or behind, not overlapping."""
    (first, last), starts, ends = stretches, np.sort(others[0]), np.sort(others[1])
    far = np.int64(2**60)
    behind = np.append(starts, far)[np.searchsorted(starts, last, side="right")]
    before = np.insert(ends, 0, -far)[np.searchsorted(ends, first)]
    near = (behind - last <= apart) | (first - before <= apart)
    return first[near], last[near]


def _spellings(part: str, known: list[str]) -> list[str]:
    """Which of the ``known`` words, in order, a part of a rule stands for."""
    if part.endswith("*"):
        return known[bisect_left(known, part[:-1]) : bisect_left(known, part[:-1] + "\U0010ffff")]
    at = (bisect_left(known, word) for word in (part, part + "'s"))
    return [known[i] for i, word in zip(at, (part, part + "'s"), strict=True) if i < len(known) and known[i] == word]


def _parts(rules: Iterable[Rule]) -> Iterator[str]:
    """Every word that rules look for."""
    for rule in rules:
        match rule:
            case Words(parts):
                yield from parts
            case Near(left, right):
                yield from _parts((left, right))
            case And(inner) | Or(inner):
                yield from _parts(inner)
            case Not(one):
                yield from _parts((one,))
            case Label():
                pass
