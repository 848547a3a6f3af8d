"""Headings over themes: the second level, for reading; nothing is assigned to a heading itself."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from voc.encode import Encoder
from voc.themes.catalogue import PlainName, catalogue
from voc.themes.clusters import unit
from voc.themes.model import Floats, Theme, ThemeSet
from voc.themes.wording import word_stems

#: Fewer themes than this are read without headings.
MIN_THEMES: Final = 10
#: Cosine of a plain name to the mean of a heading's themes (both centred) from which on it names the heading.
MIN_FIT: Final = 0.38
#: Themes under a heading, on average.
THEMES_EACH: Final = 5
_HEADINGS: Final = Path(__file__).with_name("headings.txt")
_NAMESPACE: Final = uuid.UUID("3d1c7a52-6b0e-4f0a-8f53-90c1d7b9a1e4")


def with_headings(themes: ThemeSet, encoder: Encoder) -> ThemeSet:
    """Return the set with themes that are alike under a heading, about one heading to five themes.

    Average linkage over the mean prototypes, the themes' mean taken off; a theme that is like no other stands alone.
    Themes that have a parent already, parts of a split and hidden themes are left as they are. A heading is called by
    the plain name of ``headings.txt`` nearest to its themes' mean whose words they say, no name twice; where none is
    near, by its first themes.
    """
    from scipy.cluster.hierarchy import fcluster, linkage

    own = [theme for theme in themes.active if theme.prototypes and not theme.parent and not theme.split_from]
    if len(own) < MIN_THEMES:
        return themes
    means = np.stack([np.mean(theme.prototypes, axis=0) for theme in own]).astype(np.float32)
    centre: Floats = means.mean(axis=0)
    rows = unit(means - centre)
    groups = fcluster(linkage(rows.astype(np.float64), "average", metric="cosine"), len(own) // THEMES_EACH, "maxclust")
    members = [np.flatnonzero(groups == group) for group in np.unique(groups)]
    members = [rows_of for rows_of in members if len(rows_of) > 1]
    taken = [theme.label for theme in themes.themes]
    plain = _plain(own, taken)
    labels = _labels([unit(rows[at].mean(axis=0)) for at in members], centre, encoder, plain)
    labels = [label or composed([own[k].label for k in at.tolist()]) for at, label in zip(members, labels, strict=True)]
    headings = [
        Theme(
            id=str(uuid.uuid5(_NAMESPACE, " ".join([label, *sorted(own[k].id for k in at.tolist())]))),
            label=label,
            prototypes=(),
            threshold=1.0,
            description=about([own[k].label for k in at.tolist()]),
        )
        for at, label in zip(members, labels, strict=True)
    ]
    parent = {own[k].id: heading.id for at, heading in zip(members, headings, strict=True) for k in at.tolist()}
    listed = [replace(theme, parent=parent.get(theme.id, theme.parent)) for theme in themes.themes]
    return replace(themes, themes=(*listed, *headings))


def heading_names() -> tuple[PlainName, ...]:
    """Return the plain names of ``headings.txt``."""
    return catalogue(_HEADINGS)


def _plain(themes: Sequence[Theme], taken: Sequence[str]) -> list[PlainName]:
    """The plain names that the words of ``themes`` say, without those that say the same as one of ``taken``."""
    said = {stem for theme in themes for told in (theme.label, *theme.keywords) for stem in word_stems(told)}
    used = {word_stems(label) for label in taken}
    return [name for name in heading_names() if name.is_said(said) and word_stems(name.name) not in used]


def _labels(means: Sequence[Floats], centre: Floats, encoder: Encoder, plain: Sequence[PlainName]) -> list[str]:
    """One of the ``plain`` names for each mean, "" where none of a cosine of ``MIN_FIT`` is left. Each is used once:
    the pairs' summed cosine is the largest (Hungarian method, Kuhn 1955).
    """
    from scipy.optimize import linear_sum_assignment

    if not means or not plain:
        return [""] * len(means)
    phrases = sorted({phrase for name in plain for phrase in name.phrases})
    vectors = dict(zip(phrases, unit(encoder.encode(phrases).astype(np.float32) - centre), strict=True))
    cosines = np.stack(means) @ np.stack([name.place(vectors) for name in plain]).T
    cosines[cosines < MIN_FIT] = 0.0
    chosen = dict(zip(*(one.tolist() for one in linear_sum_assignment(-cosines)), strict=True))
    return [plain[chosen[k]].name if k in chosen and cosines[k, chosen[k]] else "" for k in range(len(means))]


def about(labels: Sequence[str]) -> str:
    """The description of a heading over themes with these labels."""
    return f"{len(labels)} themes: {', '.join(labels)}."


def composed(labels: Sequence[str]) -> str:
    """The name of a heading that no plain name fits: the first two of its themes' labels, and that there are more."""
    return ", ".join(labels[:2]) + (" …" if len(labels) > 2 else "")
