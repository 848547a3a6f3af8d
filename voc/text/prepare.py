"""Prepare one text: the single entry that reader, batch and explorer share."""

from __future__ import annotations

from typing import NamedTuple

from voc.text.clean import clean
from voc.text.junk import is_junk
from voc.text.language import NO_LANGUAGE, UNDETERMINED, detect_language
from voc.text.pii import mask
from voc.text.segment import Span, segments

#: Part of the model version: changes whenever preparation can change a tag.
PREPARATION = "5"

SUPPORTED_LANGUAGES = frozenset({"en", UNDETERMINED})


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


def prepare(raw: str | None, *, split: bool = True) -> Prepared:
    """Clean and mask ``raw``, tell its language, and ``split`` it into segments."""
    text, pii = mask(clean(raw or ""))
    if not text:
        return Prepared("", (), UNDETERMINED, "empty", ())
    if is_junk(text):
        return Prepared(text, pii, UNDETERMINED, "junk", ())
    language = detect_language(text)
    if language == NO_LANGUAGE:
        return Prepared(text, pii, UNDETERMINED, "junk", ())
    if language not in SUPPORTED_LANGUAGES:
        return Prepared(text, pii, language, "unsupported_language", ())
    return Prepared(text, pii, language, "ok", tuple(segments(text)) if split else ())
