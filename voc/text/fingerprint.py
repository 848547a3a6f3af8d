"""Fingerprints of texts: equal where the words are equal, alike where most of the words are.

A library (datasketch, rensa) would hash one text at a time; here all texts of a batch are hashed together,
which is ten times as fast, and stored fingerprints stay comparable whatever version of a library is installed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from hashlib import blake2b
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from voc.schema import BANDS

Hashes = npt.NDArray[np.uint64]

#: Characters (about eight words, in any script) from which on equal words are no coincidence.
SHORTEST: Final = 40
#: Minima in each band, and bits of a minimum that are kept.
ROWS: Final = 5
BITS: Final = 12

_SHINGLE: Final = 5
_WORDS = re.compile(r"\w+")
_MIX: Final = np.uint64(0x9E3779B97F4A7C15)
_KEPT: Final = np.uint64(2**BITS - 1)


class Fingerprints(NamedTuple):
    """One row per text.

    ``digest`` (n,): equal where the words are, in any case, spacing and punctuation; 0 without words.
    ``bands`` (n, bands): ``ROWS`` minima each; 0 for texts shorter than ``SHORTEST`` characters.
    """

    digest: Hashes
    bands: Hashes


def fingerprints(texts: Sequence[str | None]) -> Fingerprints:
    """Return the fingerprints of ``texts``; the same text has the same one in every batch, run and version.

    ``bands`` hold a MinHash signature (Broder 1997) of the text's stretches of 5 characters, under the hash
    h·a + b mod 2³² for each of 120 pairs (a, b) (multiply-shift, Dietzfelbinger et al. 1997), of which
    the lowest ``BITS`` bits are kept (b-bit minwise hashing, Li and König 2010).
    """
    plain = [" ".join(_WORDS.findall(text.lower())) if text else "" for text in texts]
    digest = np.array([_digest(words) for words in plain], dtype=np.uint64)
    bands = np.zeros((len(plain), len(BANDS)), dtype=np.uint64)
    long = [row for row, words in enumerate(plain) if len(words) >= SHORTEST]
    if long:
        bands[long] = _bands([plain[row] for row in long])
    return Fingerprints(digest, bands)


def agreeing(ours: Hashes, theirs: Hashes) -> npt.NDArray[np.int64]:
    """Count, for each pair of values of one band, the minima that agree (0…``ROWS``): their share over all bands
    estimates the Jaccard similarity of the two texts."""
    unlike = ours ^ theirs
    shifts = (np.uint64(BITS * row) for row in range(ROWS))
    agreed: npt.NDArray[np.int64] = np.sum([(unlike >> shift) & _KEPT == 0 for shift in shifts], axis=0)
    return agreed


def _digest(words: str) -> int:
    return int.from_bytes(blake2b(words.encode(), digest_size=8).digest(), "big") if words else 0


def _bands(texts: Sequence[str]) -> Hashes:
    """(n, bands) for texts that are long enough."""
    lengths = np.array([len(text) for text in texts])
    letters = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.uint64)
    ends = np.cumsum(lengths)
    hashes = np.zeros(len(letters) - _SHINGLE + 1, dtype=np.uint64)
    for place in range(_SHINGLE):
        hashes = hashes * _MIX + letters[place : place + len(hashes)]
    hashes ^= hashes >> np.uint64(29)
    low = (hashes * _MIX >> np.uint64(32)).astype(np.uint32)
    # Stretches that begin in one text and end in the next belong to neither.
    inside = np.ones(len(low), dtype=bool)
    for place in range(1, _SHINGLE):
        inside[ends[:-1] - place] = False
    starts = np.concatenate(([0], np.cumsum(lengths - _SHINGLE + 1)[:-1]))
    low = low[inside]
    bands = np.zeros((len(texts), len(BANDS)), dtype=np.uint64)
    for number, (factor, shift) in enumerate(_PAIRS):
        least = np.minimum.reduceat(low * factor + shift, starts).astype(np.uint64) & _KEPT
        band, row = divmod(number, ROWS)
        bands[:, band] |= least << np.uint64(BITS * row)
    return bands


def _pairs() -> list[tuple[np.uint32, np.uint32]]:
    """The factors (odd) and shifts, from hashes of their numbers: stored fingerprints depend on them for good."""
    drawn = (blake2b(f"voc {number}".encode(), digest_size=8).digest() for number in range(len(BANDS) * ROWS))
    return [(np.uint32(int.from_bytes(d[:4], "big") | 1), np.uint32(int.from_bytes(d[4:], "big"))) for d in drawn]


_PAIRS: Final = _pairs()
