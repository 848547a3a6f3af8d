"""Which words of a comment show what its reading says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from voc.encode import Encoded
from voc.lenses.decode import Reading
from voc.lenses.heads import Heads
from voc.schema import SIGNALS
from voc.text import Span

#: Word pieces that evidence has at most.
_LONGEST: Final = 40


def evidence_span(heads: Heads, encoded: Encoded, text: str, segments: Sequence[Span], reading: Reading) -> Span | None:
    """Return the stretch of ``text`` that shows the reading's strongest signal: the words that most probably start and
    end it, in the segment where these and the signal are most probable; where the encoder tells no words, the segment
    with the most probable signal. None without a signal.
    """
    if not reading.signals:
        return None
    strength = heads.signals_alone(encoded)[:, SIGNALS.index(reading.signals[0].label)]
    if not encoded.shown:
        return segments[int(np.argmax(strength))]
    found = [best_run(words[:, 2], words[:, 3]) for words in encoded.shown]
    weight = heads.rules.evidence_weight
    best = int(np.argmax([run.score + weight * own for run, own in zip(found, strength, strict=True)]))
    segment, words, run = segments[best], encoded.shown[best], found[best]
    if run.first > run.last:
        return segment
    span = Span(segment.start + int(words[run.first, 0]), segment.start + int(words[run.last, 1]))
    return whole_words(text, span, segment)


def evidence_by_words(heads: Heads, text: str, segments: Sequence[Span], reading: Reading) -> Span | None:
    """Return the segment of ``text`` whose words alone most probably show the reading's strongest signal; None without
    a signal.
    """
    if not reading.signals:
        return None
    at = SIGNALS.index(reading.signals[0].label)
    return max(segments, key=lambda s: float(heads.read_words(text[s.start : s.end])["signals"][at]))


class Run(NamedTuple):
    """First and last of some neighbours (first over last: none), and how much speaks for them."""

    first: int
    last: int
    score: float


def best_run(starts: npt.NDArray[np.float32], ends: npt.NDArray[np.float32]) -> Run:
    """Return the run of at most ``_LONGEST`` neighbours with the largest sum of the logits of its borders
    (Devlin et al. 2019, section 4.2).
    """
    if not len(starts):
        return Run(0, -1, -np.inf)
    both = starts[:, None] + ends[None, :]
    distance = np.arange(len(ends))[None, :] - np.arange(len(starts))[:, None]
    both = np.where((distance >= 0) & (distance < _LONGEST), both, -np.inf)
    first, last = np.unravel_index(int(both.argmax()), both.shape)
    return Run(int(first), int(last), float(both[first, last]))


def whole_words(text: str, span: Span, within: Span) -> Span:
    """Widen ``span`` to the borders of words, staying ``within``."""
    start, end = span
    while start > within.start and text[start - 1].isalnum() and text[start].isalnum():
        start -= 1
    while end < within.end and text[end].isalnum() and text[end - 1].isalnum():
        end += 1
    return Span(start, end)
