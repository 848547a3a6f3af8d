"""Tell a text's language, or say that it is undetermined."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

UNDETERMINED = "und"
MIN_LETTERS = 12
MIN_PROBABILITY = 0.7
#: The detector's time grows with the length, its answer changes no more after so many characters.
READ_CHARS = 200

_LETTERS = re.compile(r"[^\W\d_]")
_WORD = re.compile(r"[a-z']+")
#: Frequent words of English alone. Four different ones, a seventh of all words, need no detector.
_ENGLISH = frozenset(
    """the and was with they this that have had my not for you your were would which when what there their them been
    could from very than then because just really great good service it's don't didn't never again who how she
    get got like out about only""".split()
)


@cache
def _identifier() -> LanguageIdentifier:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def detect_language(text: str) -> str:
    """Return the ISO 639-1 code of ``text``'s language, or ``und``.

    ``und`` for fewer than 12 letters or where the detector is less than 70 % sure: no language rather than a
    wrong one. Only the first 200 characters are read.
    """
    head = text[:READ_CHARS]
    words = _WORD.findall(head.lower())
    known = _ENGLISH.intersection(words)
    if len(known) >= 4 and 7 * len(known) >= len(words):
        return "en"
    if len(_LETTERS.findall(head)) < MIN_LETTERS:
        return UNDETERMINED
    code, probability = _identifier().classify(head)
    return str(code) if probability >= MIN_PROBABILITY else UNDETERMINED
