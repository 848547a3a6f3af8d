"""What people say beforehand of the themes to look for: seeds that groups are drawn to, themes that stand already."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np
import numpy.typing as npt

from voc.encode import Encoder
from voc.themes.assign import Positions, assign
from voc.themes.clusters import unit
from voc.themes.model import Floats, ThemeSet
from voc.themes.rematch import with_distinct_labels
from voc.themes.split import NEAR
from voc.themes.taxonomy import Entry, check, word_vectors

#: How much of a seed's direction is added to a segment that is near it, as in BERTopic's guided modelling.
PULL: Final = 1.0


def drawn_to(
    seen: Floats, alone: Floats, seeds: Sequence[Entry], encoder: Encoder, mask_terms: tuple[str, ...] = ()
) -> Floats:
    """Return the vectors that clustering sees, with those near a seed moved towards it.

    ``seen``: as grouped, ``alone``: as encoded, both shape (n, dim). A segment is near its nearest seed from a cosine
    of ``split.NEAR`` on. Raises InputError for seeds that do not hold together (``taxonomy.check``).
    """
    check(seeds)
    places = unit(np.stack([word_vectors(seed, encoder, mask_terms).mean(axis=0) for seed in seeds]))
    cosines = alone @ places.T
    nearest = cosines.argmax(axis=1)
    near = cosines[np.arange(len(alone)), nearest] >= NEAR
    directions = unit(places - alone.mean(axis=0))
    return unit(seen + np.float32(PULL) * near[:, None] * directions[nearest])


def seeded(seeds: Sequence[Entry], themes: ThemeSet, encoder: Encoder) -> list[str | None]:
    """Return the id of the theme of ``themes`` that each seed's own words go to; None where they go to none."""
    if not seeds:
        return []
    words = [unit(word_vectors(seed, encoder, themes.mask_terms).mean(axis=0)) for seed in seeds]
    return [themes.resolve(one) for one in assign(np.stack(words), themes)[0]]


def left_by(given: ThemeSet, vectors: npt.NDArray[np.floating]) -> Positions:
    """Positions of the segments that no given theme takes."""
    ids, _ = assign(vectors, given)
    return np.flatnonzero([one is None for one in ids])


def joined(given: ThemeSet, found: ThemeSet) -> ThemeSet:
    """Return the given themes, pinned so that they outlive the next discovery, and after them those that were found."""
    fixed = [replace(theme, pinned=True) if theme.status == "active" else theme for theme in given.themes]
    known = {theme.id for theme in fixed}
    both = [*fixed, *(theme for theme in found.themes if theme.id not in known)]
    return replace(found, themes=tuple(with_distinct_labels(both, known)))
