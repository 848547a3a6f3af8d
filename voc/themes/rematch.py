"""Match a re-discovered theme set to the one people know, so that ids and chosen names live on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from voc.themes.model import Theme, ThemeSet, by_itself

#: Least cosine of the mean prototypes, and least Jaccard index of the segments, of two themes that are one.
MIN_MATCH: Final = 0.80
MIN_SHARED: Final = 0.20
#: An old theme is split between new ones that each took this share of its segments; it is merged into one that took
#: this much and as much of another.
SPLIT_SHARE: Final = 0.25
MERGED_SHARE: Final = 0.50


@dataclass(frozen=True)
class Rematch:
    """A re-discovered set that keeps old ids where a theme came back.

    ``kept``: new set's ids that the old one had; ``new``: ids without a counterpart; ``gone``: old shown
    themes that did not come back (pinned ones are carried over and count as kept). ``split``: old theme's id → ids,
    in the new set, of those that share its segments; ``merged``: new set's id → old themes that it took in.
    """

    themes: ThemeSet
    kept: tuple[str, ...]
    new: tuple[str, ...]
    gone: tuple[str, ...]
    split: dict[str, tuple[str, ...]]
    merged: dict[str, tuple[str, ...]]


def rematch(
    old: ThemeSet,
    new: ThemeSet,
    old_ids: Sequence[str | None],
    new_ids: Sequence[str | None],
    *,
    renamed: Iterable[str] = (),
    min_similarity: float = MIN_MATCH,
    min_shared: float = MIN_SHARED,
) -> Rematch:
    """Give ``new``'s themes the ids of ``old``'s that they match.

    ``old_ids``, ``new_ids``: each segment's theme under either set. Two themes can be one when the cosine of their mean
    prototypes and the Jaccard index of their segments reach the least values; pairs maximise the sum of both
    (Hungarian method, Kuhn 1955). Pinned and ``renamed`` themes (see ``registry.renamed_ids``) keep their name,
    pinned ones their prototypes too, all of them the heading they stand under. Retired themes stay in the set as they
    are, merged ones while their target does.
    Raises ModelError when the two come from different encoders.
    """
    old.require_encoder(new.encoder)
    shared = _shared(old, new, old_ids, new_ids)
    pairs = _pairs(old.active, new.active, shared, min_similarity, min_shared)
    keep_label = {*renamed, *(theme.id for theme in old.active if theme.pinned)}
    names = {theme.id: pairs[theme.id].id if theme.id in pairs else theme.id for theme in new.themes}
    result = []
    for theme in new.themes:
        theme = replace(theme, parent=names.get(theme.parent or ""))
        previous = pairs.get(theme.id)
        if previous is None:
            result.append(theme)
        elif previous.pinned:
            result.append(replace(previous, verbatims=theme.verbatims, x=theme.x, y=theme.y))
        else:
            label = previous.label if previous.id in keep_label else theme.label
            result.append(replace(theme, id=previous.id, label=label, parent=previous.parent or theme.parent))
    left = _left(old, result)
    kept = [previous.id for previous in pairs.values()] + [theme.id for theme in left if theme.status == "active"]
    split, merged = _regrouped(old, new, shared, names)
    present = {theme.id for theme in (*result, *left)}
    whole = [by_itself(t, old) if t.split_from and t.split_from not in present else t for t in (*result, *left)]
    return Rematch(
        themes=replace(new, themes=tuple(_with_distinct_labels(whole, keep_label))),
        kept=tuple(kept),
        new=tuple(theme.id for theme in new.active if theme.id not in pairs),
        gone=tuple(theme.id for theme in old.active if theme.id not in kept),
        split=split,
        merged=merged,
    )


def _ids(themes: ThemeSet) -> list[str]:
    return [theme.id for theme in themes.active]


def _shared(
    old: ThemeSet, new: ThemeSet, old_ids: Sequence[str | None], new_ids: Sequence[str | None]
) -> npt.NDArray[np.int64]:
    """How many segments shown themes have in common, shape (old + 1, new + 1); the last row and column: no theme."""
    places = [{theme_id: i for i, theme_id in enumerate(_ids(themes))} for themes in (old, new)]
    rows = [places[0].get(old.resolve(one) or "", len(places[0])) for one in old_ids]
    columns = [places[1].get(new.resolve(one) or "", len(places[1])) for one in new_ids]
    counts = np.zeros((len(places[0]) + 1, len(places[1]) + 1), dtype=np.int64)
    np.add.at(counts, (rows, columns), 1)
    return counts


def _pairs(
    old: Sequence[Theme],
    new: Sequence[Theme],
    shared: npt.NDArray[np.int64],
    min_similarity: float,
    min_shared: float,
) -> dict[str, Theme]:
    from scipy.optimize import linear_sum_assignment

    if not old or not new:
        return {}
    cosines = _means(old) @ _means(new).T
    both = shared[:-1, :-1]
    either = shared.sum(axis=1)[:-1, None] + shared.sum(axis=0)[None, :-1] - both
    jaccard = both / np.maximum(either, 1)
    possible = (cosines >= min_similarity) & (jaccard >= min_shared)
    rows, columns = linear_sum_assignment(-np.where(possible, cosines + jaccard, 0.0))
    return {new[j].id: old[i] for i, j in zip(rows, columns, strict=True) if possible[i, j]}


def _means(themes: Sequence[Theme]) -> npt.NDArray[np.float64]:
    """Mean prototypes of length one, shape (k, dim); a theme without prototypes (a mere heading) has zeros."""
    dim = max((len(prototype) for theme in themes for prototype in theme.prototypes), default=1)
    means = np.stack([np.asarray(t.prototypes).mean(axis=0) if t.prototypes else np.zeros(dim) for t in themes])
    scaled: npt.NDArray[np.float64] = means / np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-12)
    return scaled


def _left(old: ThemeSet, result: Sequence[Theme]) -> list[Theme]:
    """The old themes that stay although nothing new matches them: pinned, retired, headings of themes that stay, or
    merged into one of these.
    """
    present = {theme.id for theme in result}
    others = [theme for theme in old.themes if theme.id not in present]
    staying = {t.id for t in others if t.status == "retired" or (t.pinned and t.status == "active")}
    above = [theme.parent for theme in (*result, *others) if theme.id in present | staying]
    headings = {theme.id: theme for theme in others if theme.status == "active" and not theme.prototypes}
    while above:
        heading = headings.pop(above.pop() or "", None)
        if heading:
            staying.add(heading.id)
            above.append(heading.parent)
    return [
        theme
        for theme in others
        if theme.id in staying or (theme.status == "merged" and old.resolve(theme.id) in present | staying)
    ]


def _regrouped(
    old: ThemeSet, new: ThemeSet, shared: npt.NDArray[np.int64], names: dict[str, str]
) -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
    """Which old themes came apart, and which new ones took in several; ``names``: new ids → those they go by now."""
    share = shared[:-1, :-1] / np.maximum(shared.sum(axis=1)[:-1, None], 1)
    olds, news = _ids(old), [names[one] for one in _ids(new)]
    split = {olds[i]: tuple(news[j] for j in np.flatnonzero(row >= SPLIT_SHARE)) for i, row in enumerate(share)}
    merged = {
        news[j]: tuple(olds[i] for i in np.flatnonzero(column >= MERGED_SHARE)) for j, column in enumerate(share.T)
    }
    return (
        {one: parts for one, parts in split.items() if len(parts) > 1},
        {one: parts for one, parts in merged.items() if len(parts) > 1},
    )


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
