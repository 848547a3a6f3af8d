"""Headings over themes: the second level, for reading; nothing is assigned to a heading itself."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from voc.encode import Encoder
from voc.themes.clusters import unit
from voc.themes.model import Floats, Theme, ThemeSet
from voc.themes.wording import word_stems

#: Fewer themes than this are read without headings.
MIN_THEMES: Final = 10
#: Themes under a heading, on average.
THEMES_EACH: Final = 5
_HEADINGS: Final = Path(__file__).with_name("headings.txt")
_NAMESPACE: Final = uuid.UUID("3d1c7a52-6b0e-4f0a-8f53-90c1d7b9a1e4")


def with_headings(themes: ThemeSet, encoder: Encoder) -> ThemeSet:
    """Return the set with themes that are alike under a heading, about one heading to five themes.

    Average linkage over the mean prototypes, the themes' mean taken off; a theme that is like no other stands alone.
    Themes that have a parent already, parts of a split and hidden themes are left as they are. A heading is called by
    the plain name of ``headings.txt`` nearest to its themes' mean, no name twice.
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
    labels = _labels([rows[at].mean(axis=0) for at in members], centre, encoder, taken)
    headings = [
        Theme(
            id=str(uuid.uuid5(_NAMESPACE, " ".join([label, *sorted(own[k].id for k in at.tolist())]))),
            label=label,
            prototypes=(),
            threshold=1.0,
            description=f"{len(at)} themes: {', '.join(own[k].label for k in at.tolist())}.",
        )
        for at, label in zip(members, labels, strict=True)
    ]
    parent = {own[k].id: heading.id for at, heading in zip(members, headings, strict=True) for k in at.tolist()}
    listed = [replace(theme, parent=parent.get(theme.id, theme.parent)) for theme in themes.themes]
    return replace(themes, themes=(*listed, *headings))


def heading_names() -> list[str]:
    """Return the plain names of ``headings.txt``."""
    lines = _HEADINGS.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def _labels(means: Sequence[Floats], centre: Floats, encoder: Encoder, taken: Sequence[str]) -> list[str]:
    """A name for each mean, each used once: the pairs' summed cosine is the largest (Hungarian method, Kuhn 1955)."""
    from scipy.optimize import linear_sum_assignment

    if not means:
        return []
    used = {word_stems(label) for label in taken}
    plain = [name for name in heading_names() if word_stems(name) not in used]
    cosines = np.stack(means) @ unit(encoder.encode(plain).astype(np.float32) - centre).T
    rows, columns = linear_sum_assignment(-cosines)
    chosen = dict(zip(rows.tolist(), columns.tolist(), strict=True))
    return [plain[chosen[k]] if k in chosen else f"Heading {k + 1}" for k in range(len(means))]
