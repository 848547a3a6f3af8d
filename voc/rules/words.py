"""What counts as a word, and when two words are the same."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

#: What stands in a text for masked personal data: one word that no rule can name, so ``phone`` does not find it.
_MASK = r"\[(?:address|card|email|handle|iban|name|phone|reference)\]"
_WORD = re.compile(rf"{_MASK}|\w+(?:'\w+)*")


class Word(NamedTuple):
    """A folded word and where it stands in the text it was found in."""

    text: str
    start: int
    end: int


def fold(text: str) -> str:
    """``text`` without case, accents and compatibility forms, with straight apostrophes: ``Café’s`` → ``cafe's``.

    Each character is folded on its own, so the fold of a part is a part of the fold.
    """
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", text.replace("’", "'").casefold())
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


def words_of(folded: str) -> list[str]:
    """The words of a folded text, in order."""
    return _WORD.findall(folded)


def placed_words(text: str) -> list[Word]:
    """The words of ``text``, folded, with their places in ``text`` itself."""
    letters = [fold(letter) for letter in text]
    origin = [place for place, letter in enumerate(letters) for _ in letter]
    found = _WORD.finditer("".join(letters))
    return [Word(word[0], origin[word.start()], origin[word.end() - 1] + 1) for word in found]
