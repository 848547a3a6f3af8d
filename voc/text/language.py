"""Tell a text's language, or say that it is undetermined."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

UNDETERMINED = "und"
#: ISO 639-2: no linguistic content. What the detector takes hammered keys for.
NO_LANGUAGE = "zxx"
MIN_LETTERS = 12
MIN_PROBABILITY = 0.7
#: The detector's time grows with the length, its answer changes no more after so many characters.
READ_CHARS = 200

_LETTERS = re.compile(r"[^\W\d_]")
_WORD = re.compile(r"[a-z']+")
_TYPED = re.compile(r"[a-z0-9]+")
#: Letters, and the marks on them, of scripts that no English is written in: Greek to Vedic, East Asian to Hangul.
#: Two together, as single ones are symbols and faces (µ, ツ).
_OTHER_SCRIPT = re.compile(
    r"[\u0370-\u1cff\u2e80-\u2fff\u3040-\ua71f\ua840-\uab2f\uabc0-\ud7ff\uf900-\ufaff\ufb1d-\ufdff\ufe70-\ufefc"
    r"\U00020000-\U0003ffff]{2,}"
)
#: Frequent words of English alone. Four different ones, a seventh of all words, need no detector.
_ENGLISH = frozenset(
    """the and was with they this that have had my not for you your were would which when what there their them been
    could from very than then because just really great good service it's don't didn't never again who how she
    get got like out about only""".split()
)
#: Words as people type them in a hurry: no words to the detector.
_SHORTHAND = frozenset(
    """thx thnx thks thanx tks ty pls plz plss rfnd msg txt asap btw tbh idk lol lmao omg wtf smh fml brb nvm nvr imo
    imho fyi gr8 m8 l8 luv lv ur yr cuz coz bcoz wknd dlvry cust svc rep appt acct pymt tmrw tmw tho thru dunno gonna
    wanna gotta kinda ok okay ppl bc rly srsly def prob probs""".split()
)


@cache
def _identifier() -> LanguageIdentifier:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def detect_language(text: str) -> str:
    """Return the ISO 639-1 code of ``text``'s language, ``und``, or ``zxx`` for letters that are no words.

    ``und`` for fewer than 12 letters or where the detector is less than 70 % sure: no language rather than a
    wrong one. Where at least half of the letters are of a script that no English is written in, English is out of the
    question, and the likeliest language is given however few or unsure. Only the first 200 characters are read.
    """
    head = text[:READ_CHARS]
    words = _WORD.findall(head.lower())
    known = _ENGLISH.intersection(words)
    if len(known) >= 4 and 7 * len(known) >= len(words):
        return "en"
    letters = len(_LETTERS.findall(head))
    foreign = len("".join(_OTHER_SCRIPT.findall(head))) * 2 >= letters > 0
    if letters < MIN_LETTERS and not foreign:
        return UNDETERMINED
    code, probability = _identifier().classify(head)
    if code == NO_LANGUAGE:
        return UNDETERMINED if _SHORTHAND.intersection(_TYPED.findall(head.lower())) else NO_LANGUAGE
    return str(code) if probability >= MIN_PROBABILITY or (foreign and code != "en") else UNDETERMINED
