"""Careless writing: what customers do to words, so that the network has seen it."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from typing import Final

#: Share of the words of four letters and more that get a typing error.
_TYPOS: Final = 0.15
_WORD: Final = re.compile(r"[A-Za-z]{4,}")


def careless(text: str, source: random.Random) -> str:
    """``text`` with typing errors, without punctuation, or both; meaning as before."""
    changes = source.choice(((_typos,), (_typos,), (_unpunctuated,), (_unpunctuated, _typos)))
    for change in changes:
        text = change(text, source)
    return text


def _typos(text: str, source: random.Random) -> str:
    def wrong(match: re.Match[str]) -> str:
        return _typo(match[0], source) if source.random() < _TYPOS else match[0]

    return _WORD.sub(wrong, text)


def _typo(word: str, source: random.Random) -> str:
    """Two letters swapped, one left out, one doubled, or another vowel."""
    at = source.randrange(1, len(word) - 1)
    kinds: tuple[Callable[[], str], ...] = (
        lambda: word[:at] + word[at + 1] + word[at] + word[at + 2 :],
        lambda: word[:at] + word[at + 1 :],
        lambda: word[: at + 1] + word[at:],
        lambda: re.sub("[aeiou]", lambda _: source.choice("aeiou"), word, count=1),
    )
    return source.choice(kinds)()


def _unpunctuated(text: str, _: random.Random) -> str:
    """Without signs and capitals, as typed in a hurry."""
    return re.sub(r"[.,;:!?'’\"()]", "", text).lower()
