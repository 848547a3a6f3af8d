"""What the words alone say: a bag of words, pairs of words and stretches of letters, hashed, in one linear map."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, NamedTuple
from zlib import crc32

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

#: Words and stretches of letters are sorted into so many places each.
PLACES: Final = 1 << 15
_PLACES: Final = np.uint32(PLACES)
_WORD: Final = re.compile(r"[^\W_]+(?:['’][^\W_]+)?|[!?]+")
_LENGTHS: Final = (3, 4, 5)
_FACTOR: Final = np.uint32(0x9E3779B1)


class Bag(NamedTuple):
    """Places that a text fills and how often, words and pairs before ``PLACES``, stretches of letters after it."""

    places: npt.NDArray[np.int64]
    counts: npt.NDArray[np.int64]


def bag(text: str) -> Bag:
    """Sort the words, pairs of words and stretches of 3 to 5 letters (inside words, borders marked) of a text."""
    words = _WORD.findall(text.lower().replace("’", "'"))
    singles = np.fromiter(map(_hash, words), np.uint32, len(words))
    hashes = np.concatenate([singles, _mixed(singles[:-1] * _FACTOR ^ singles[1:])]) % _PLACES
    stretches = _stretches(f" {' '.join(words)} ") + _PLACES
    return Bag(*np.unique(np.concatenate([hashes, stretches]).astype(np.int64), return_counts=True))


@lru_cache(maxsize=1 << 16)
def _hash(word: str) -> int:
    return crc32(word.encode())


def _mixed(hashes: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint32]:
    return hashes ^ hashes >> np.uint32(15)


def _stretches(text: str) -> npt.NDArray[np.uint32]:
    """Hashes of the stretches of letters that no border of a word parts, below ``PLACES``."""
    letters = np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32)
    border = letters == ord(" ")
    hashed, parted, found = letters, np.zeros(len(letters), dtype=bool), []
    for length in range(2, _LENGTHS[-1] + 1):
        hashed = _mixed((hashed[:-1] ^ letters[length - 1 :]) * _FACTOR)
        parted = parted[:-1]
        if length in _LENGTHS:
            parted = parted | border[length - 2 : -1]
            found.append(hashed[~parted] % _PLACES)
    return np.concatenate(found)


class NGrams(NamedTuple):
    """``rarity``: inverse document frequency of each place, (2 × PLACES,). ``weights``: int8, (2 × PLACES, classes), to
    be multiplied by ``scale`` (classes,). ``bias``: (classes,).
    """

    rarity: npt.NDArray[np.float16]
    weights: npt.NDArray[np.int8]
    scale: Floats
    bias: Floats

    def __call__(self, text: str) -> Floats:
        """The logits of all classes for a text."""
        places, values = weighed(bag(text), self.rarity)
        # einsum, not BLAS: its sums do not depend on the thread count.
        found = np.einsum("i,ij->j", values, self.weights[places].astype(np.float32))
        return np.asarray(found * self.scale + self.bias, dtype=np.float32)


def weighed(filled: Bag, rarity: npt.NDArray[np.float16]) -> tuple[npt.NDArray[np.int64], Floats]:
    """Places and values, (1 + log count) × rarity (Salton & Buckley 1988), words and letters each of length one."""
    values = (1 + np.log(filled.counts)) * rarity[filled.places]
    words = filled.places < PLACES
    for part in (words, ~words):
        length = np.sqrt(np.square(values[part]).sum())
        values[part] /= length if length else 1.0
    return filled.places, values.astype(np.float32)
