"""What of a segment's wording counts for its theme: brand names masked, verdicts and function words set
apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final

#: Stands for a masked name, so that the sentence still reads.
MASK: Final = "the company"
MIN_WORDS: Final = 4
MIN_CONTENT_WORDS: Final = 1

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")

_FUNCTION: Final = """
a an the this that these those such same other another each every either neither any some no none all both
few many much more most less least own several enough i me my mine myself we us our ours ourselves you your
yours yourself he him his himself she her hers herself it its itself they them their theirs themselves who
whom whose which what whatever one ones anyone someone everyone nobody anybody somebody everybody anything
something everything nothing and or but nor so yet for of in on at by to from with without within into onto
over under about above below between through during before after since until till while against across along
around near per via upon off out up down as than like if unless because though although whether where when
why how then there here now again once twice ever never always often sometimes usually only just even still
also too very really quite rather pretty almost nearly already not don t s re ve ll d m isn aren wasn weren
hasn haven hadn doesn didn won wouldn can couldn shouldn mustn needn am is are was were be been being do
does did doing done have has had having will would shall should can could may might must ought let lets get
gets got gotten getting go goes went gone going come comes came coming make makes made making take takes
took taken give gives gave given put puts say says said saying tell tells told telling ask asks asked asking
know knows knew think thinks thought thinking see sees saw seen look looks looked looking want wants wanted
need needs needed feel feels felt seem seems seemed keep keeps kept use uses used using try tries tried
trying find finds found mean means meant happen happens happened else instead anyway however maybe perhaps
actually basically honestly literally simply exactly absolutely definitely certainly probably apparently
obviously finally eventually recently currently soon later ago today yesterday tomorrow week weeks month
months year years day days hour hours minute minutes time times bit lot lots thing things way ways stuff
kind sort yes yeah ok okay oh well please thank thanks hi hello dear cheers sorry back able away yet etc im
ive id ill dont doesnt didnt cant wont isnt wasnt couldnt wouldnt havent hasnt youre theyre thats theres
whats lets company companies guys
january february march april june july august september october november december monday
tuesday wednesday thursday friday saturday sunday morning afternoon evening night two three four five six
seven eight nine ten eleven twelve fifteen twenty thirty forty fifty hundred first second third last next
little big
""".split()

_VERDICT: Final = """
good great excellent amazing awesome fantastic wonderful brilliant superb perfect perfectly outstanding
lovely nice fine okay decent best better bad worse worst terrible awful horrible poor poorly rubbish useless
pathetic dreadful disappointing disappointed disgusting shocking appalling happy unhappy pleased satisfied
dissatisfied love loves loved like liked hate hated enjoy recommend recommended recommending highly
experience experiences star stars impressed impressive super top meh avoid beware overall far everything
service services right glad thankful grateful appreciate appreciated appreciative incredible incredibly exceeded
expectations hope hopefully hoping wish totally completely extremely truly choose chose chosen choosing
""".split()

FUNCTION_WORDS: Final = frozenset(_FUNCTION)
VERDICT_WORDS: Final = frozenset(_VERDICT)
#: Words that cannot make a theme: function words, small talk, bare verdicts.
THEME_STOP_WORDS: Final = FUNCTION_WORDS | VERDICT_WORDS

#: Of three letters or more: shorter ones come about by chance.
EVERYDAY_WORDS: Final = frozenset(word for word in THEME_STOP_WORDS if len(word) > 2)


def theme_text(segment: str, mask_terms: Iterable[str] = ()) -> str:
    """Return ``segment`` as encoded for its theme: each of ``mask_terms`` (whole words, any case) masked.

    Discovery and assignment must both encode this text; a set's terms are ``ThemeSet.mask_terms``.
    """
    terms = tuple(term for term in mask_terms if term.strip())
    return _pattern(terms).sub(MASK, segment) if terms else segment


@lru_cache(maxsize=16)
def _pattern(terms: tuple[str, ...]) -> re.Pattern[str]:
    longest_first = sorted(terms, key=lambda term: (-len(term), term))
    joined = "|".join(re.escape(term.strip()).replace(r"\ ", r"\s+") for term in longest_first)
    return re.compile(rf"(?<!\w)(?:the\s+)?(?:{joined})(?:['’]s)?(?!\w)", re.IGNORECASE)


def words(text: str) -> list[str]:
    """Return the words of ``text`` in lower case, straight apostrophes."""
    return [word.replace("’", "'") for word in _WORD.findall(text.lower())]


def content_words(text: str) -> list[str]:
    """Return the words that can tell a theme, in order."""
    return [word for word in words(text) if is_content(word)]


@lru_cache(maxsize=2**16)
def is_content(word: str) -> bool:
    """Say whether ``word`` (lower case) can tell a theme."""
    bare = word.split("'")[0] if word.endswith("'s") else word
    return len(bare) > 1 and bare not in THEME_STOP_WORDS and "'" not in bare


def says_enough(text: str) -> bool:
    """Say whether ``text`` may take part in discovery: greetings, verdicts and scraps may not."""
    said = words(text)
    return len(said) >= MIN_WORDS and len(set(filter(is_content, said))) >= MIN_CONTENT_WORDS


def stop_words() -> Sequence[str]:
    """Return the words left out of theme keywords, sorted (scikit-learn's English list among them)."""
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    return sorted(THEME_STOP_WORDS | ENGLISH_STOP_WORDS)


@lru_cache(maxsize=2**16)
def word_stems(phrase: str) -> frozenset[str]:
    """Return the stems of the words of ``phrase`` that can tell a theme."""
    return frozenset(stem(word) for word in words(phrase) if is_content(word))


@lru_cache(maxsize=2**16)
def stem(word: str) -> str:
    """Return ``word`` without a plural or verb ending, roughly: enough to tell "bills" and "billed" as one."""
    for ending in ("ing", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not word.endswith("ss"):
            return word.removesuffix(ending)
    return word.removesuffix("e") if len(word) > 4 else word
