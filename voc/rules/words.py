"""What counts as a word, and when two words are the same."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

#: What stands in a text for masked personal data: one word that no rule can name, so ``phone`` does not find it.
MASKS = ("address", "card", "email", "handle", "iban", "name", "phone", "reference")
_MASK = rf"\[(?:{'|'.join(MASKS)})\]"
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
    # Folded twice: a letter of mathematics becomes a plain capital only when it is taken apart.
    plain = unicodedata.normalize("NFKD", text.replace("’", "'").casefold()).casefold()
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


def fold_all(texts: pd.Series) -> pa.StringArray:
    """``fold`` of each text; of a missing one, no letters."""
    given = pc.fill_null(pa.array(texts, pa.large_string(), from_pandas=True), "")
    plain = pc.string_is_ascii(given)
    lower = pc.ascii_lower(given)
    if pc.all(plain).as_py():
        return lower
    odd = [fold(text) for text in given.filter(pc.invert(plain)).to_pylist()]
    return pc.replace_with_mask(lower, pc.invert(plain), pa.array(odd, pa.large_string()))


def words_of(folded: str) -> list[str]:
    """The words of a folded text, in order."""
    return _WORD.findall(folded)


def placed_words(text: str) -> list[Word]:
    """The words of ``text``, folded, with their places in ``text`` itself."""
    letters = [fold(letter) for letter in text]
    origin = [place for place, letter in enumerate(letters) for _ in letter]
    found = _WORD.finditer("".join(letters))
    return [Word(word[0], origin[word.start()], origin[word.end() - 1] + 1) for word in found]
