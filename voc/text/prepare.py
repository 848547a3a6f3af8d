"""Prepare one text: the single entry that reader, batch and explorer share."""

from __future__ import annotations

import re
from typing import NamedTuple

from voc.text.clean import clean
from voc.text.language import UNDETERMINED, detect_language
from voc.text.pii import mask
from voc.text.segment import Span, segments

#: Part of the model version: changes whenever preparation can change a tag.
PREPARATION = "1"

SUPPORTED_LANGUAGES = frozenset({"en", UNDETERMINED})
_NON_ANSWERS = frozenset(
    {
        "na",
        "n a",
        "none",
        "nothing",
        "nil",
        "no comment",
        "no comments",
        "nothing to add",
        "not applicable",
        "null",
        "no answer",
        "no reason",
        "idk",
        "dont know",
        "don t know",
        "x",
        "xx",
        "xxx",
        "asdf",
        "test",
        "",
    }
)
_WORD = re.compile(r"[^\W_]+")
_KEYBOARD_MASH = re.compile(r"^(?:[bcdfghjklmnpqrstvwxz]{6,}|(.)\1{3,}|(?:asd|qwe|zxc)\w*)$", re.IGNORECASE)
_EMOJI = re.compile(r"[☀-➿⭐\U0001F000-\U0001FAFF]")


class Prepared(NamedTuple):
    """What tagging needs of a comment.

    ``text`` is clean and masked; ``segments`` are offsets into it. ``status`` is ``ok``, ``empty``, ``junk`` or
    ``unsupported_language``; segments are given for ``ok`` only.
    """

    text: str
    pii: tuple[str, ...]
    language: str
    status: str
    segments: tuple[Span, ...]


def prepare(raw: str | None) -> Prepared:
    """Clean and mask ``raw``, tell its language, split it into segments."""
    text, pii = mask(clean(raw or ""))
    if not text:
        return Prepared("", (), UNDETERMINED, "empty", ())
    if is_junk(text):
        return Prepared(text, pii, UNDETERMINED, "junk", ())
    language = detect_language(text)
    if language not in SUPPORTED_LANGUAGES:
        return Prepared(text, pii, language, "unsupported_language", ())
    return Prepared(text, pii, language, "ok", tuple(segments(text)))


def is_junk(text: str) -> bool:
    """Say whether ``text`` is a non-answer ("n/a", "-", keyboard mash). A lone emoji is an answer."""
    words = _WORD.findall(text.lower())
    if not words:
        return not _EMOJI.search(text)
    return " ".join(words) in _NON_ANSWERS or (len(words) == 1 and bool(_KEYBOARD_MASH.match(words[0])))
