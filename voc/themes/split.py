"""Parts of a theme: by k-means of its segments, or by a phrase. They take segments of this theme and of no other."""

from __future__ import annotations

import math
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from voc.encode import Encoder
from voc.errors import UsageError
from voc.text import mask
from voc.themes import names
from voc.themes.clusters import kmeans
from voc.themes.model import ALWAYS, Floats, Prototype, Theme, ThemeSet, as_prototypes
from voc.themes.terms import keyword_vectorizer, typicality, vocabulary
from voc.themes.wording import theme_text

#: A part of fewer segments would have its estimates withheld everywhere.
MIN_PART: Final = 5
#: A segment belongs to a phrase from this cosine on: half of the sample data's segments that use a theme's keyword
#: reach it, and fewer than one in twenty of those that do not.
NEAR: Final = 0.45
KEYWORDS: Final = 10
#: How far from its whole a part stands on the map, which reaches from −1 to 1.
BESIDE: Final = 0.05
_NAMESPACE: Final = uuid.UUID("0d6c1f7e-3f0e-4a6a-9a2b-6a3f9a1d5b20")


@dataclass(frozen=True, eq=False)
class Members:
    """The segments of one theme, as written, with the vectors that themes compare: shape (n, dim)."""

    segments: tuple[str, ...]
    vectors: npt.NDArray[np.floating]


def into_parts(
    themes: ThemeSet, theme_id: str, members: Members, encoder: Encoder, parts: int = 2, seed: int = 42
) -> tuple[Theme, ...]:
    """Return ``parts`` themes, the largest first, that share out the theme: k-means of its segments' vectors.

    The same for the same input, seed and machine. Raises UsageError when there are too few segments, or a part would
    have fewer than ``MIN_PART``; ModelError for vectors of another encoder.
    """
    themes.require_encoder(encoder.name)
    whole, n = themes.get(theme_id), len(members.segments)
    if parts < 2:
        raise UsageError(f"A split into {parts} changes nothing: ask for 2 parts or more.")
    if n < parts * MIN_PART:
        raise UsageError(
            f"{whole.label!r} has {n} segments, too few for {parts} parts of {MIN_PART} or more: "
            "ask for fewer parts, or split by a phrase."
        )
    rows = _as_compared(members.vectors)
    if len(np.unique(rows, axis=0)) < parts:
        raise UsageError(
            f"The {n} segments of {whole.label!r} say the same, so they cannot be told apart: leave it whole."
        )
    groups = kmeans(rows, parts, seed)
    prototypes = [as_prototypes([rows[groups == group].mean(axis=0)]) for group in np.unique(groups)]
    nearest = (rows @ np.asarray(prototypes, dtype=np.float32)[:, 0].T).argmax(axis=1)
    sizes = np.bincount(nearest, minlength=parts)
    if sizes.min() < MIN_PART:
        raise UsageError(
            f"Of {parts} parts of {whole.label!r} one would hold {sizes.min()} of the {n} segments, "
            f"{MIN_PART} are the least: ask for fewer parts, or split by a phrase."
        )
    order = np.argsort(-sizes, kind="stable").tolist()
    described = groups_of([nearest == k for k in order], members, themes.mask_terms)
    taken = [theme.label for theme in themes.themes]
    named = names.name_themes(described, encoder, taken)
    return tuple(
        _part(whole, prototypes[k], ALWAYS, name, group, place / parts)
        for place, (k, group, name) in enumerate(zip(order, described, named, strict=True))
    )


def by_phrase(
    themes: ThemeSet,
    theme_id: str,
    members: Members,
    encoder: Encoder,
    phrase: str,
    near: float = NEAR,
    least: int = MIN_PART,
) -> Theme:
    """Return the part of a theme that ``phrase`` stands for: segments whose cosine to the phrase is ``near`` or more.

    Raises UsageError when the phrase is empty, fewer than ``least`` segments or all of them are near it; ModelError for
    vectors of another encoder.
    """
    themes.require_encoder(encoder.name)
    whole, n = themes.get(theme_id), len(members.segments)
    phrase = mask(" ".join(phrase.split())).text
    if not phrase:
        raise UsageError("The phrase is empty: give a few words that customers use.")
    prototypes = as_prototypes(encoder.encode([theme_text(phrase, themes.mask_terms)]))
    cosines = _as_compared(members.vectors) @ np.asarray(prototypes[0], dtype=np.float32)
    taken = cosines >= np.float32(near)
    if taken.sum() < least:
        best = f" (the nearest has a cosine of {cosines.max():.2f}, {near:g} is the least)" if n else ""
        raise UsageError(
            f"{taken.sum()} of the {n} segments of {whole.label!r} are near {phrase!r}{best}; "
            f"{least} or more are needed: use customers' own words, or lower --near."
        )
    if taken.all():
        raise UsageError(f"All {n} segments of {whole.label!r} are near {phrase!r}: rename or merge the theme instead.")
    group, _ = groups_of([taken, ~taken], members, themes.mask_terms)
    name = names.named(names.sentence_case(phrase), group)
    return _part(whole, prototypes, near, name, group)


def _as_compared(vectors: npt.NDArray[np.floating]) -> Floats:
    return np.asarray(vectors).astype(np.float16).astype(np.float32)


def groups_of(
    members_of: Sequence[npt.NDArray[np.bool_]], members: Members, mask_terms: tuple[str, ...]
) -> list[names.Group]:
    """What names are made of, for each part: its segments, and the words that tell it from the others."""
    texts = [theme_text(segment, mask_terms) for segment in members.segments]
    words = vocabulary(texts)
    counts = keyword_vectorizer(words, binary=True, dtype=np.float32).transform(texts) if words else None
    found = []
    for member in members_of:
        weights = typicality(counts, member) if counts is not None else np.empty(0)
        typical = [i for i in np.argsort(-weights, kind="stable").tolist() if weights[i] > 0]
        rows = np.flatnonzero(member).tolist()
        found.append(
            names.Group(
                texts=tuple(texts[i] for i in rows),
                segments=tuple(members.segments[i] for i in rows),
                vectors=_as_compared(members.vectors[rows]),
                keywords=tuple(words[i] for i in typical[:KEYWORDS]),
            )
        )
    return found


def _part(
    whole: Theme,
    prototypes: tuple[Prototype, ...],
    threshold: float,
    name: names.Name,
    group: names.Group,
    turn: float = 0.25,
) -> Theme:
    """A part of ``whole``, beside it on the map in the direction ``turn`` (0 … 1 for a full circle)."""
    content = whole.id + np.asarray(prototypes, dtype="<f4").tobytes().hex() + f"{threshold:.4f}"
    angle = math.tau * turn
    return Theme(
        id=str(uuid.uuid5(_NAMESPACE, content)),
        label=name.label,
        prototypes=prototypes,
        threshold=float(np.float32(threshold)),
        description=name.description,
        keywords=group.keywords,
        verbatims=name.verbatims,
        parent=whole.parent,
        split_from=whole.id,
        x=float(np.float32(whole.x + BESIDE * math.cos(angle))),
        y=float(np.float32(whole.y + BESIDE * math.sin(angle))),
    )
