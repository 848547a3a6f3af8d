"""Non-answers: what people type to get past a question, and hammered keys."""

from __future__ import annotations

import re

from voc.text.segment import EMOJI

_NON_ANSWERS = frozenset(
    line.strip()
    for line in """
        as above|as before|as stated|as stated above|ditto|see above|see below|see previous|see previous answer|same
        same again|same as above|same as before|same answer|same reason|already answered|already said|answered above
        previous answer|dont know|don t know|do not know|i dont know|i don t know|i do not know|idk|dunno|no idea
        not sure|unsure|dk|unknown|n a|na|nan|nil|null|none|none at all|none really|none that i can think of|nothing
        nothing at all|nothing else|nothing in particular|nothing really|nothing specific|nothing to add
        nothing to report|nothing to say|nothing comes to mind|not applicable|not relevant|no answer|no comment
        no comments|no comments at all|no further comment|no further comments|no other comments|no reason
        no reason given|no response|no feedback|no suggestions|no opinion|nope|nah|cant think of anything
        can t think of anything|i have no comments|i have none|i have nothing to add|prefer not to say
        rather not say|skip|pass|no thanks|no thank you|left blank|blank|empty|test|testing|test test|just testing
        tbc|tbd|x|xx|xxx|no text|not answered|not available|decline to answer|declined
        keine|keine angabe|keine angaben|k a|keinen kommentar|kein kommentar|nichts|weiß nicht|rien
        rien à signaler|rien à dire
        aucun|aucune|aucun commentaire|sans commentaire|ras|nada|nada más|ninguno|ninguna|sin comentarios|sin comentario
        ningún comentario|niente|nessuno|nessuna|nessun commento|geen|geen opmerkingen|niets|nvt|n v t|nenhum|nenhuma
        sem comentários
    """.split("\n")
    for line in line.split("|")
    if line.strip()
)
_WORD = re.compile(r"[^\W_]+")
_LONGEST = 200
#: What share of the letters is hammered where all of it counts as that.
_MASHED = 0.6
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
#: Four neighbouring keys, and the three that begin most hammering.
_RUNS = frozenset(
    [run[i : i + 4] for row in _ROWS for run in (row, row[::-1]) for i in range(len(row) - 3)]
    + "asd sdf dfg fgh ghj hjk jkl zxc xcv cvb qwe".split()
)
_SOUND = re.compile(r"br{2,}|gr{2,}|h+m+|m+h+m+|m{2,}|pf{2,}t*|ps{2,}t*|sh+|(?:tsk)+|u+gh+|arg+h+|a+h+|u+h+|o+h+|e+w+")
_CONSONANTS = re.compile(r"[bcdfghjklmnpqrstvwxz]{6,}")
_VOWEL = re.compile(r"[aeiouy]")
_REPEATED = re.compile(r"(.)\1{3,}|([^aeiouy]{2,3})\2+")


def is_junk(text: str) -> bool:
    """Say whether ``text`` is a non-answer: "n/a", "-", "see above", hammered keys.

    A short verdict ("no", "ok"), a sound ("hmm", "brrr"), a number, a lone emoji and other scripts are answers.
    """
    if len(text) > _LONGEST:
        return False
    words = _WORD.findall(text.lower().replace("’", "'"))
    if not words:
        return not re.search(EMOJI, text) and not _is_face(text)
    mashed = sum(len(word) for word in words if _is_mash(word))
    return mashed >= _MASHED * sum(map(len, words)) or " ".join(words) in _NON_ANSWERS


def _is_face(text: str) -> bool:
    return bool(re.search(r"[:;=][-'o]?[()\[\]/|*<]|<3", text))


def _is_mash(word: str) -> bool:
    """Say whether a word is hammered keys: a run along the keyboard, one sign or group repeated, no vowels."""
    if not word.isascii() or not word.isalpha() or len(word) < 4 or _SOUND.fullmatch(word):
        return False
    if _REPEATED.fullmatch(word) or word in _RUNS:
        return True
    near = sum(any(run in word[max(0, i - 3) : i + 4] for run in _RUNS) for i in range(len(word)))
    few_vowels = len(_VOWEL.findall(word)) < len(word) / 5
    return (len(word) > 4 and near >= 0.6 * len(word)) or (few_vowels and _CONSONANTS.search(word) is not None)
