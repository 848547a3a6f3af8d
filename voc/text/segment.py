"""Split a text into segments: sentences, split again where they turn ("…, but …")."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import NamedTuple

MIN_WORDS = 3
MAX_WORDS = 60

EMOJI = "[\u2600-\u27bf\u2b50\u2b55\U0001f000-\U0001faff]"
_EMOJIS = rf"(?:{EMOJI}[\ufe0f\u200d\U0001f3fb-\U0001f3ff]*)+"
# A set of signs comes first in each branch, so that the search can leap to the next of them.
_EMOTICON = (
    r"(?:[:;=](?<!\d[:;=])[-'o]?[()]+|[:;=](?<!\w[:;=])[-'o]?[\[\]DPp/|3*]+|<(?<!\w<)3|[xX](?<!\w[xX])D\b)(?!\w)"
)
_FACES = rf"(?:{_EMOJIS}|{_EMOTICON})"
#: What may end a sentence, with the quotes, brackets and faces that belong to it.
_STOP = re.compile(
    rf"(?P<line>\n)|(?P<mark>[.!?…][.!?… ]*(?<! ))(?P<closed>[)\]\"”’']*)(?P<face>(?: ?{_FACES})*)"
    rf"|(?P<lone>(?:{_FACES} ?)+)|;(?= )"
)
_INITIALS = re.compile(r"(?:[^\W\d_]\.){2,}")
_SPACE = re.compile(r"\s*")
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_CHUNK = re.compile(r"[^\s(\[\"“]*\Z")
_NO_SPACE = re.compile(r"[^\W\d_]{2,}")
#: After these a stop never ends a sentence; after other shortened words it does before a capital letter.
_NEVER_LAST = frozenset(
    """mr mrs ms dr prof sgt capt lt gen rev hon st mt fig figs vs approx max min tel e.g i.e eg ie p.s al""".split()
)
_SHORTENED = frozenset(
    """etc inc ltd co corp dept est hr hrs wk wks yr yrs mo mos sec in ft oz lb lbs p.a mon tue tues wed thu thur
    thurs fri sat sun""".split()
)
#: "shop.com", "node.js": ends of names, not of sentences.
_NAME_ENDS = frozenset(
    """com net org edu gov io ai app dev co uk ie de fr es it nl eu us ca au js ts py php txt exe pdf html htm jpg
    png zip csv doc docx xls xlsx""".split()
)
_TURN = re.compile(
    r"(?<![\w'’-])(?:but|however|(?:even )?though|although|yet|except|whereas|unfortunately|(?P<run>and then))"
    r"(?![\w'’-])",
    re.IGNORECASE,
)
_NO_TURN_AFTER = frozenset("nothing anything everything all none choice option last help".split())
_NO_TURN_BEFORE = frozenset("also not to another again from".split())
_RUN_WORDS = 12


class Span(NamedTuple):
    """Character offsets into a text: ``text[start:end]``."""

    start: int
    end: int


@contextmanager
def _without_torch() -> Iterator[None]:
    """Keep ``import spacy`` from importing torch, which rules need not: 1.6 s and 150 MB of every start."""
    present = "torch" in sys.modules
    if not present:
        sys.modules["torch"] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        if not present:
            del sys.modules["torch"]


@cache
def _shortened_words() -> frozenset[str]:
    """Return what spaCy's English tokenizer keeps together with its stop: "Mr.", "Jan.", "p.m."."""
    with _without_torch():
        from spacy.lang.en import English
    return frozenset(word for word in English.Defaults.tokenizer_exceptions or () if word.endswith("."))


def segments(text: str) -> list[Span]:
    """Return the segments of ``text``, in order, without overlap, trimmed of white space.

    A segment ends at a sentence end or line break, before a turning word with at least three words on
    either side (two where a comma stands before it), and after 60 words at the latest. A stretch of under two
    words joins the one before it. An empty text has no segments.
    """
    spans: list[Span] = []
    for start, end in _sentences(text):
        for piece in _turned(text, start, end):
            if spans and _words(text, piece) < 2:
                spans[-1] = Span(spans[-1].start, piece.end)
            else:
                spans.append(piece)
    return spans


def _words(text: str, span: tuple[int, int], most: int = 2) -> int:
    """Count the words in a span, up to ``most``."""
    count = 0
    for _ in _WORD.finditer(text, *span):
        count += 1
        if count >= most:
            break
    return count


def _sentences(text: str) -> Iterator[Span]:
    stops = list(_STOP.finditer(text))
    start = _after(text, 0)
    for i, stop in enumerate(stops):
        following = stops[i + 1].start() if i + 1 < len(stops) else len(text)
        if stop.end() > start and _ends_sentence(text, start, stop, following):
            yield _trimmed(text, start, stop.end())
            start = _after(text, stop.end())
    if start < len(text):
        yield _trimmed(text, start, len(text))


def _near(start: int, at: int) -> int:
    """Return where to begin to count words before ``at``: not far back, so that time grows with the length alone."""
    return max(start, at - 200)


def _after(text: str, at: int) -> int:
    space = _SPACE.match(text, at)
    return space.end() if space else at


def _trimmed(text: str, start: int, end: int) -> Span:
    return Span(start, start + len(text[start:end].rstrip()))


def _ends_sentence(text: str, start: int, stop: re.Match[str], following: int) -> bool:
    """Say whether a sentence that began at ``start`` ends with ``stop``; the next stop is at ``following``."""
    if stop["line"] is not None:
        return True
    then = _after(text, stop.end())
    if then == len(text):
        return True
    after = text[then]
    if stop["mark"] is None:  # a semicolon or a face without a stop: between phrases alone
        least = 2 if stop["lone"] else MIN_WORDS
        return (
            _words(text, (_near(start, stop.start()), stop.start()), least) >= least
            and _words(text, (stop.end(), following), least) >= least
        )
    if stop["closed"] and not stop["face"] and (after.islower() or after in ",;"):
        return False
    mark, at = stop["mark"].replace(" ", ""), stop.start()
    if mark == ".":
        return _full_stop_ends(text, stop, then, after)
    if set(mark) <= {".", "…"}:
        if not after.islower():
            return after.isupper()
        linked = text.startswith(("and ", "or ", "then "), then)
        return (
            not linked
            and _words(text, (_near(start, stop.start()), stop.start()), 3) == 3
            and _words(text, (then, following), 2) == 2
        )
    inside_a_link = then == stop.end() and "/" in text[_near(start, at) : at].rpartition(" ")[2]
    return after not in ",;" and not inside_a_link


def _full_stop_ends(text: str, stop: re.Match[str], then: int, after: str) -> bool:
    at = stop.start()
    if then == stop.end():
        return _stop_without_space(text, at, then, after)
    chunk = _CHUNK.search(text, max(0, at - 20), at)
    word = chunk[0].lower() if chunk else ""
    if word in _NEVER_LAST or (len(word) == 1 and word.isalpha() and text[at - 1] not in "aiI"):
        return False
    if word == "no":
        return not after.isdigit()
    written = text[at - len(word) : at + 1]
    if word in _SHORTENED or _INITIALS.fullmatch(written) or written in _shortened_words():
        return after.isupper()
    return True


def _stop_without_space(text: str, at: int, then: int, after: str) -> bool:
    """Say whether "shop.would" are two sentences, as "shop.com", "2.5" and "e.g." are not."""
    before = _CHUNK.search(text, max(0, at - 40), at)
    word = _NO_SPACE.match(text, then)
    if not after.isalpha() or before is None or word is None or any(sign in before[0] for sign in "/@:."):
        return False
    return (
        bool(re.search(r"[^\W\d_]{2}\Z", before[0]))
        and word[0].lower() not in _NAME_ENDS
        and before[0].lower() not in _NEVER_LAST
    )


def _turned(text: str, start: int, end: int) -> Iterator[Span]:
    """Split a sentence before its turning words, and where it is longer than it may be."""
    for turn in _TURN.finditer(text, start + 1, end):
        if _turns(text, start, turn, end):
            yield from _cut(text, _trimmed(text, start, turn.start()))
            start = turn.start()
    yield from _cut(text, Span(start, end))


def _turns(text: str, start: int, turn: re.Match[str], end: int) -> bool:
    before = text[_near(start, turn.start()) : turn.start()].rstrip()
    comma = not before[-1:].isalnum()
    least = _RUN_WORDS if turn["run"] else 2 if comma else MIN_WORDS
    if _words(text, (_near(start, turn.start()), turn.start()), least) < least:
        return False
    after = [word[0].lower() for _, word in zip(range(MIN_WORDS), _WORD.finditer(text, turn.end(), end), strict=False)]
    if len(after) < (2 if comma else MIN_WORDS) or (not comma and (after[0] in _NO_TURN_BEFORE)):
        return False
    return comma or before.rpartition(" ")[2].lower() not in _NO_TURN_AFTER


def _cut(text: str, span: Span) -> Iterator[Span]:
    """Cut what is longer than 60 words: at the next punctuation, or ten words later."""
    start, end = span
    count = 0
    if end - start > 2 * MAX_WORDS:
        for word in _WORD.finditer(text, start, end):
            stops = text[word.start() - 2 : word.start()].strip()[-1:] in (",", ":", "-", "–", ")")
            if (count >= MAX_WORDS and stops) or count >= MAX_WORDS + 10:
                yield _trimmed(text, start, word.start())
                start, count = word.start(), 0
            count += 1
    yield Span(start, end)
