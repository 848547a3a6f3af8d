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

Floats = npt.NDArray[np.floating]


def evidence_span(heads: Heads, encoded: Encoded, text: str, segments: Sequence[Span], reading: Reading) -> Span | None:
    """Return the stretch of ``text`` that shows the reading's strongest signal (see ``best_run``); where the encoder
    tells no words, the segment with the most probable signal. None without a signal.
    """
    if not reading.signals:
        return None
    strength = heads.signals_alone(encoded)[:, SIGNALS.index(reading.signals[0].label)]
    run = best_run(encoded.shown, heads.rules.evidence_weight * strength) if encoded.shown else None
    if run is None:
        return segments[int(np.argmax(strength))]
    segment, words = segments[run.segment], encoded.shown[run.segment]
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
    """Neighbouring word pieces of a segment, and how well they are expected to agree with what shows the signal."""

    expected_f1: float
    segment: int
    first: int
    last: int


def best_run(shown: Sequence[Floats], strength: Floats) -> Run | None:
    """Return the run of word pieces with the largest expected F1 to the run that shows the signal; None where no
    segment has any.

    ``shown``: for each segment (pieces, 4) as of ``Encoded``; ``strength``: (segments,), what speaks for each. Every
    run of at most ``_LONGEST`` pieces is it with a probability by the logits of its borders (Devlin et al. 2019,
    section 4.2) and the strength of its segment; F1 by the expected overlap and length (minimum Bayes risk).
    """
    logits = [_run_logits(words) + own for words, own in zip(shown, strength, strict=True)]
    largest = max((own.max() for own in logits if own.size), default=None)
    if largest is None:
        return None
    weights = [np.exp(own - largest) for own in logits]
    total = sum(own.sum() for own in weights)
    length = sum((own * _lengths(len(own))).sum() for own in weights) / total
    runs = [_best_within(own / total, length, segment) for segment, own in enumerate(weights) if own.size]
    return max(runs, key=lambda run: run.expected_f1)


def _best_within(p: Floats, length: float, segment: int) -> Run:
    """The best run of one segment, from the probability of each of its runs (first, last)."""
    covered = np.cumsum(p.sum(1)) - np.cumsum(p.sum(0)) + p.sum(0)
    ends, lengths = np.cumsum(covered), _lengths(len(p))
    overlap = ends[None, :] - (ends - covered)[:, None]
    expected = np.where(_may_be(lengths), 2 * overlap / (np.abs(lengths) + length), -1.0)
    first, last = np.unravel_index(int(expected.argmax()), expected.shape)
    return Run(float(expected[first, last]), segment, int(first), int(last))


def _run_logits(words: Floats) -> Floats:
    """Logits of the runs of a segment, (first, last); minus infinity where there is none."""
    return np.where(_may_be(_lengths(len(words))), words[:, 2][:, None] + words[:, 3][None, :], -np.inf)


def _may_be(lengths: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    return (lengths > 0) & (lengths <= _LONGEST)


def _lengths(pieces: int) -> npt.NDArray[np.int64]:
    """Lengths of the runs (first, last) of so many pieces; below 1 where the last is before the first."""
    places = np.arange(pieces)
    return places[None, :] - places[:, None] + 1


def whole_words(text: str, span: Span, within: Span) -> Span:
    """Widen ``span`` to the borders of words, staying ``within``."""
    start, end = span
    while start > within.start and text[start - 1].isalnum() and text[start].isalnum():
        start -= 1
    while end < within.end and text[end].isalnum() and text[end - 1].isalnum():
        end += 1
    return Span(start, end)
