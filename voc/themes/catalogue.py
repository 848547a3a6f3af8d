"""Plain names for what customers of many trades talk about, and which of them fit a theme."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np

from voc.themes.clusters import unit
from voc.themes.model import Floats
from voc.themes.wording import word_stems

#: Members say this share of the words of a name, or of what customers say of it.
SAID: Final = 0.66
#: A praise or a complaint names a theme of whose members this share is nearer to it than to its contrary,
ONE_SIDED: Final = 0.8
#: and of whose members this share use one of its words: "no issues" is near to a complaint too.
VOICED: Final = 0.4

_FILE = Path(__file__).with_name("catalogue.txt")
#: Of neutral names ("Speed of claims"): the rest of the name must be said, these need not.
_FRAMES: Final = frozenset({"spe", "handl", "friendliness", "understand", "solv", "opinion", "quality", "choice"})


@dataclass(frozen=True)
class PlainName:
    """A name of the catalogue; ``sides``: its praise and its complaint, or none; ``said``: what customers say of it."""

    name: str
    sides: tuple[str, ...] = ()
    said: tuple[str, ...] = ()

    @property
    def phrases(self) -> tuple[str, ...]:
        """All that tells what it is about."""
        return (self.name, *self.sides, *self.said)

    def is_said(self, stems: Collection[str]) -> bool:
        """Whether words with these stems say one of its phrases, mostly; what has no subject is said everywhere."""
        told = [word_stems(phrase) - _FRAMES for phrase in self.phrases]
        return not told[0] or any(sum(stem in stems for stem in one) >= SAID * len(one) > 0 for one in told)

    def place(self, vectors: Mapping[str, Floats]) -> Floats:
        """Its direction, shape (dim,): the mean of those of its phrases."""
        return unit(np.mean([vectors[phrase] for phrase in self.phrases], axis=0))

    def told_of(self, members: Floats, vectors: Mapping[str, Floats], tone: Floats, shares: Mapping[str, float]) -> str:
        """The name for a theme with these members' directions, shape (n, dim): the praise or the complaint where most
        of them are nearer to it than to the other, by its own words and by ``tone`` together, and many use a word of
        it. ``shares``: the share (0–1) of the members that use each word stem.
        """
        if not self.sides:
            return self.name
        praise, complaint = self.sides
        pleased = float((members @ (unit(vectors[praise] - vectors[complaint]) + tone) > 0).mean())
        told = praise if pleased >= ONE_SIDED else complaint if 1 - pleased >= ONE_SIDED else self.name
        voiced = max((shares.get(stem, 0.0) for stem in word_stems(told)), default=0.0)
        return told if voiced >= VOICED else self.name


def tone_of(vectors: Mapping[str, Floats]) -> Floats:
    """Return the direction from complaint to praise, shape (dim,): the mean over the names that have both."""
    sided = [name.sides for name in catalogue() if name.sides]
    return unit(np.mean([vectors[praise] - vectors[complaint] for praise, complaint in sided], axis=0))


@cache
def catalogue(file: Path = _FILE) -> tuple[PlainName, ...]:
    """Return the names of ``catalogue.txt``, or of another file like it; its head tells how it is written."""
    lines = (line.strip() for line in file.read_text(encoding="utf-8").splitlines())
    return tuple(_read(line) for line in lines if line and not line.startswith("#"))


def _read(line: str) -> PlainName:
    names, _, said = line.partition(": ")
    name, *sides = names.split(" / ")
    return PlainName(name, tuple(sides), tuple(said.split("; ")) if said else ())
