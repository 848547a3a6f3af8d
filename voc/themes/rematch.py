"""Match a re-discovered theme set to the one people know, so that ids and chosen names live on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from voc.themes.model import Theme, ThemeSet

MIN_MATCH: Final = 0.80


@dataclass(frozen=True)
class Rematch:
    """A re-discovered set that keeps old ids where a theme came back.

    ``kept``: new set's ids that the old one had; ``new``: ids without a counterpart; ``gone``: old shown
    themes that did not come back (pinned ones are carried over and count as kept).
    """

    themes: ThemeSet
    kept: tuple[str, ...]
    new: tuple[str, ...]
    gone: tuple[str, ...]


def rematch(old: ThemeSet, new: ThemeSet, *, renamed: Iterable[str] = (), min_similarity: float = MIN_MATCH) -> Rematch:
    """Give ``new``'s themes the ids of ``old``'s that they match.

    Similarity: cosine of the themes' mean prototypes; pairing: Hungarian method (Kuhn 1955), pairs under
    ``min_similarity`` dropped. Pinned and ``renamed`` themes (see ``registry.renamed_ids``) keep their name,
    pinned ones their prototypes too. Retired and merged themes stay in the set as they are.
    Raises ModelError when the two come from different encoders.
    """
    old.require_encoder(new.encoder)
    pairs = _pairs(old.active, new.active, min_similarity)
    keep_label = {*renamed, *(theme.id for theme in old.active if theme.pinned)}
    result = []
    for theme in new.themes:
        previous = pairs.get(theme.id)
        if previous is None:
            result.append(theme)
        elif previous.pinned:
            result.append(replace(previous, verbatims=theme.verbatims, x=theme.x, y=theme.y))
        else:
            label = previous.label if previous.id in keep_label else theme.label
            result.append(replace(theme, id=previous.id, label=label))
    present = {theme.id for theme in result}
    left = [
        theme
        for theme in old.themes
        if theme.id not in present and (theme.pinned or theme.status in ("retired", "merged"))
    ]
    kept = [previous.id for previous in pairs.values()] + [theme.id for theme in left if theme.status == "active"]
    result = _with_distinct_labels([*result, *left], keep_label)
    return Rematch(
        themes=replace(new, themes=tuple(result)),
        kept=tuple(kept),
        new=tuple(theme.id for theme in new.active if theme.id not in pairs),
        gone=tuple(theme.id for theme in old.active if theme.id not in kept),
    )


def _pairs(old: Sequence[Theme], new: Sequence[Theme], min_similarity: float) -> dict[str, Theme]:
    from scipy.optimize import linear_sum_assignment

    if not old or not new:
        return {}
    cosines = _means(new) @ _means(old).T
    rows, columns = linear_sum_assignment(-cosines)
    return {new[i].id: old[j] for i, j in zip(rows, columns, strict=True) if cosines[i, j] >= min_similarity}


def _means(themes: Sequence[Theme]) -> npt.NDArray[np.float64]:
    means = np.stack([np.asarray(theme.prototypes).mean(axis=0) for theme in themes])
    scaled: npt.NDArray[np.float64] = means / np.linalg.norm(means, axis=1, keepdims=True)
    return scaled


def _with_distinct_labels(themes: Sequence[Theme], fixed: set[str]) -> list[Theme]:
    """Number the machine's labels where one equals a name that stays."""
    active = [theme for theme in themes if theme.status == "active"]
    taken = {theme.label.casefold() for theme in active if theme.id in fixed}
    result = []
    for theme in themes:
        if theme.status == "active" and theme.id not in fixed:
            label, number = theme.label, 2
            while label.casefold() in taken:
                label, number = f"{theme.label} ({number})", number + 1
            taken.add(label.casefold())
            theme = replace(theme, label=label)
        result.append(theme)
    return result
