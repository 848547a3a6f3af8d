"""Split a text into segments: sentences, split again where they turn ("…, but …")."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

TURNS = frozenset({"but", "however", "although", "though", "yet", "except", "whereas", "unfortunately"})
MIN_WORDS = 3
MAX_WORDS = 60


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
def _nlp() -> Language:
    with _without_torch():
        import spacy
    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    nlp.max_length = 10_000_000
    return nlp


def segments(text: str) -> list[Span]:
    """Return the segments of ``text``, in order, without overlap, trimmed of white space.

    A segment ends at a sentence end or line break, before a turning word with at least three words on
    either side, and after 60 words at the latest. A stretch of under two words joins the one before it.
    An empty text has no segments.
    """
    if not text.strip():
        return []
    doc = _nlp()(text)
    borders = [0, *_borders(doc), len(doc)]
    spans: list[Span] = []
    for first, last in itertools.pairwise(borders):
        span = _trimmed(text, doc[first].idx, doc[last - 1].idx + len(doc[last - 1]))
        if span is None:
            continue
        words = sum(token.is_alpha for token in doc[first:last])
        if spans and words < 2:
            spans[-1] = Span(spans[-1].start, span.end)
        else:
            spans.append(span)
    return spans


def _borders(doc: Doc) -> list[int]:
    """Token positions at which a new segment begins (never the first)."""
    borders: list[int] = []
    start = words = 0
    ends = _words_to_sentence_end(doc)
    for i, token in enumerate(doc):
        new_line = i > 0 and "\n" in doc[i - 1].text
        turns = token.lower_ in TURNS and words >= MIN_WORDS and ends[i] > MIN_WORDS
        full = words >= MAX_WORDS and (doc[i - 1].is_punct or words >= MAX_WORDS + 10)
        if i > start and (token.is_sent_start or new_line or turns or full):
            borders.append(i)
            start, words = i, 0
        words += token.is_alpha
    return borders


def _words_to_sentence_end(doc: Doc) -> list[int]:
    """For each token, how many words remain in its sentence, itself included."""
    remaining = [0] * (len(doc) + 1)
    for i in range(len(doc) - 1, -1, -1):
        ends_here = i + 1 < len(doc) and (doc[i + 1].is_sent_start or "\n" in doc[i].text)
        remaining[i] = doc[i].is_alpha + (0 if ends_here else remaining[i + 1])
    return remaining


def _trimmed(text: str, start: int, end: int) -> Span | None:
    piece = text[start:end]
    start += len(piece) - len(piece.lstrip())
    end -= len(piece) - len(piece.rstrip())
    return Span(start, end) if start < end else None
