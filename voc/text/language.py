"""Tell a text's language, or say that it is undetermined."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

UNDETERMINED = "und"
MIN_LETTERS = 25
MIN_PROBABILITY = 0.95

_LETTERS = re.compile(r"[^\W\d_]")


@cache
def _identifier() -> LanguageIdentifier:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def detect_language(text: str) -> str:
    """Return the ISO 639-1 code of ``text``'s language, or ``und``.

    ``und`` for fewer than 25 letters or where the detector is less than 95 % sure:
    no language rather than a wrong one.
    """
    if len(_LETTERS.findall(text)) < MIN_LETTERS:
        return UNDETERMINED
    code, probability = _identifier().classify(text)
    return str(code) if probability >= MIN_PROBABILITY else UNDETERMINED
