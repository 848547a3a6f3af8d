"""Comments as token numbers, and batches of them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from voc.text import Span

Ints = npt.NDArray[np.int64]
#: Batches of like length are drawn from so many batches at a time.
_POOL = 24


class Tokens(NamedTuple):
    """Tokens of one comment, each array (tokens,): number, place in its segment, number of its segment.

    ``starts``, ``ends``: where each stands in the text; both are 0 for a token that is no word.
    """

    ids: Ints
    places: Ints
    segments: Ints
    starts: Ints
    ends: Ints


class Batch(NamedTuple):
    """Tokens of some comments, each (comments, longest); segment −1 is padding."""

    ids: Tensor
    places: Tensor
    segments: Tensor


def tokenised(tokenizer: Any, text: str, spans: Sequence[Span], most: int) -> Tokens:
    """The first ``most`` tokens of a text, segment by segment."""
    rows = []
    for number, span in enumerate(spans):
        own = tokenizer.encode(text[span.start : span.end])
        for place, (token, (start, end)) in enumerate(zip(own.ids, own.offsets, strict=True)):
            word = (span.start + start, span.start + end) if end > start else (0, 0)
            rows.append((token, place, number, *word))
    return Tokens(*np.array(rows[:most], dtype=np.int64).T)


def segments_of(tokens: Tokens) -> list[Tokens]:
    """Each segment of a comment as a comment of its own."""
    borders = np.flatnonzero(np.diff(tokens.segments)) + 1
    parts = zip(*(np.split(field, borders) for field in tokens), strict=True)
    return [Tokens(*part)._replace(segments=np.zeros(len(part[0]), dtype=np.int64)) for part in parts]


def padded(tokens: Sequence[Tokens], device: torch.device) -> Batch:
    """Put comments side by side."""
    longest = max(len(one.ids) for one in tokens)

    def side_by_side(field: str, filler: int) -> Tensor:
        table = np.full((len(tokens), longest), filler)
        for row, one in zip(table, tokens, strict=True):
            row[: len(one.ids)] = getattr(one, field)
        return torch.from_numpy(table).to(device)

    return Batch(side_by_side("ids", 0), side_by_side("places", 0), side_by_side("segments", -1))


def batches(lengths: Sequence[int], size: int, source: random.Random) -> list[list[int]]:
    """Numbers of comments, shuffled, in batches of like length."""
    order = list(range(len(lengths)))
    source.shuffle(order)
    found = []
    for start in range(0, len(order), size * _POOL):
        pool = sorted(order[start : start + size * _POOL], key=lengths.__getitem__)
        found += [pool[i : i + size] for i in range(0, len(pool), size)]
    source.shuffle(found)
    return found
