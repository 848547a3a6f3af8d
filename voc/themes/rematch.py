"""Match a re-discovered theme set to the one people know, so that ids and chosen names live on."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from voc.themes.hierarchy import about, composed
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

    ``kept``: new set's ids that the old one had; ``new``: ids without a counterpart; ``gone``: old shown themes that
    did not come back (pinned and renamed ones are carried over and count as kept); mere headings are none of these.
    ``split``: old theme's id → ids, in the new set, of those that share its segments; ``merged``: new set's id → old
    themes that it took in.
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
    (Hungarian method, Kuhn 1955). Pinned and ``renamed`` themes (see ``registry.renamed_ids``) stay and keep their
    name, pinned ones their prototypes too, all of them their parts and the heading they stand under; a heading that
    nobody named is called as the new set calls it. Retired themes stay
    retired, whether they come back or not, and merged ones merged while their target stays.
    Raises ModelError when the two come from different encoders.
    """
    old.require_encoder(new.encoder)
    known = [theme for theme in old.themes if theme.status != "background"]
    jaccard = _jaccard(old, _ids(known), _ids(new.active), old_ids, new_ids)
    pairs = _pairs(known, new.active, jaccard, min_similarity, min_shared)
    keep_label = {*renamed, *(theme.id for theme in known if theme.pinned or theme.status != "active")}
    names = {theme.id: _name(theme, pairs, _ids(known)) for theme in new.themes}
    names |= (headings := _headings(new, pairs))
    result = []
    for theme in new.themes:
        if theme.id in headings:
            continue  # the heading that people know stays, by its id
        previous = pairs.get(theme.id)
        theme = replace(theme, id=names[theme.id], parent=names.get(theme.parent or ""))
        result.append(_come_back(theme, previous, keep_label) if previous else theme)
    left = _left(old, result, keep_label)
    present = {theme.id for theme in (*result, *left)}
    held = [_held(theme, old, present) for theme in (*result, *left)]
    held = _called_anew(held, new, names, keep_label)
    themes = replace(new, themes=tuple(with_distinct_labels(held, keep_label)))
    before, now = _ids(known), _ids(themes.active)
    found = [theme_id for theme_id in _ids(old.active) if theme_id not in _ids(left)]
    split, merged = _regrouped(old, found, themes, old_ids, [names.get(one or "") for one in new_ids])
    return Rematch(
        themes=themes,
        kept=tuple(theme_id for theme_id in _ids(themes.leaves) if theme_id in before),
        new=tuple(theme_id for theme_id in _ids(themes.leaves) if theme_id not in before),
        gone=tuple(theme_id for theme_id in _ids(old.leaves) if theme_id not in now),
        split=split,
        merged=merged,
    )


def _ids(themes: Iterable[Theme]) -> list[str]:
    return [theme.id for theme in themes]


def _shared(
    rows: Sequence[str], columns: Sequence[str], old_ids: Iterable[str | None], new_ids: Iterable[str | None]
) -> npt.NDArray[np.int64]:
    """How many segments themes have in common, shape (rows + 1, columns + 1); the last of each: none of them."""
    row_of, column_of = ({theme_id: i for i, theme_id in enumerate(ids)} for ids in (rows, columns))
    counts = np.zeros((len(rows) + 1, len(columns) + 1), dtype=np.int64)
    at = ([row_of.get(a or "", -1) for a in old_ids], [column_of.get(b or "", -1) for b in new_ids])
    np.add.at(counts, at, 1)
    return counts


def _jaccard(
    old: ThemeSet,
    known: Sequence[str],
    new: Sequence[str],
    old_ids: Iterable[str | None],
    new_ids: Iterable[str | None],
) -> npt.NDArray[np.float64]:
    """Shared segments over those of either theme (Jaccard 1912), shape (known, new); those of its parts are a theme's
    too.
    """
    counts = _shared(known, new, old_ids, new_ids)
    place = {theme_id: i for i, theme_id in enumerate(known)}
    wholes = np.zeros((len(known), len(new) + 1))
    for theme_id, i in place.items():
        wholes[i] = counts[[place[one] for one in old.below(theme_id)]].sum(axis=0)
    both = wholes[:, :-1]
    either = wholes.sum(axis=1)[:, None] + counts.sum(axis=0)[None, :-1] - both
    jaccard: npt.NDArray[np.float64] = both / np.maximum(either, 1)
    return jaccard


def _pairs(
    old: Sequence[Theme],
    new: Sequence[Theme],
    jaccard: npt.NDArray[np.float64],
    min_similarity: float,
    min_shared: float,
) -> dict[str, Theme]:
    """The old theme that a new one, by its id, is again."""
    from scipy.optimize import linear_sum_assignment

    if not old or not new:
        return {}
    cosines = _means(old) @ _means(new).T
    possible = (cosines >= min_similarity) & (jaccard >= min_shared)
    rows, columns = linear_sum_assignment(-np.where(possible, cosines + jaccard, 0.0))
    return {new[j].id: old[i] for i, j in zip(rows, columns, strict=True) if possible[i, j]}


def _means(themes: Sequence[Theme]) -> npt.NDArray[np.float64]:
    """Mean prototypes of length one, shape (k, dim); a theme without prototypes (a mere heading) has zeros."""
    dim = max((len(prototype) for theme in themes for prototype in theme.prototypes), default=1)
    means = np.stack([np.asarray(t.prototypes).mean(axis=0) if t.prototypes else np.zeros(dim) for t in themes])
    scaled: npt.NDArray[np.float64] = means / np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-12)
    return scaled


def _name(theme: Theme, pairs: Mapping[str, Theme], known: Sequence[str]) -> str:
    """The id that a new theme goes by: that of the theme it is again, and never that of one it is not."""
    if theme.id in pairs:
        return pairs[theme.id].id
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{theme.id} again")) if theme.id in known else theme.id


def _headings(new: ThemeSet, pairs: Mapping[str, Theme]) -> dict[str, str]:
    """By new heading, the old one that most of its themes that came back stand under."""
    found: dict[str, Counter[str]] = {}
    for theme in new.themes:
        if theme.parent and theme.id in pairs and (above := pairs[theme.id].parent):
            found.setdefault(theme.parent, Counter())[above] += 1
    return {heading: counts.most_common(1)[0][0] for heading, counts in found.items()}


def _come_back(theme: Theme, previous: Theme, keep_label: Collection[str]) -> Theme:
    """A new theme that is ``previous`` again, with what people decided about that."""
    if previous.pinned:
        return replace(previous, verbatims=theme.verbatims, x=theme.x, y=theme.y, stability=theme.stability)
    return replace(
        theme,
        label=previous.label if previous.id in keep_label else theme.label,
        parent=previous.parent or theme.parent,
        status=previous.status,
        merged_into=previous.merged_into,
    )


def _held(theme: Theme, old: ThemeSet, present: Collection[str]) -> Theme:
    """A theme by itself where the theme that it is a part of is gone, or that it was merged into."""
    if theme.split_from and theme.split_from not in present:
        theme = by_itself(theme, old)
    if theme.status == "merged" and theme.merged_into not in present:
        theme = replace(theme, status="active", merged_into=None)
    return theme


def _called_anew(
    themes: Sequence[Theme], new: ThemeSet, names: Mapping[str, str], fixed: Collection[str]
) -> list[Theme]:
    """``themes`` with each heading, but for the ``fixed``, called as ``new`` calls it: by a plain name, or by the
    themes that it stands over now. ``names``: by id in ``new``, the id that a theme goes by.
    """
    before, now = _under(new.active), _under(theme for theme in themes if theme.status == "active")
    called: dict[str, str] = {}
    for heading in new.themes:
        if (own := before.get(heading.id)) and (over := now.get(names[heading.id])):
            called.setdefault(names[heading.id], composed(over) if heading.label == composed(own) else heading.label)
    return [
        theme
        if theme.id in fixed or theme.id not in called
        else replace(theme, label=called[theme.id], description=about(now[theme.id]))
        for theme in themes
    ]


def _under(themes: Iterable[Theme]) -> dict[str, list[str]]:
    """By heading, the labels of its themes."""
    found: dict[str, list[str]] = {}
    for theme in themes:
        if theme.parent:
            found.setdefault(theme.parent, []).append(theme.label)
    return found


def _left(old: ThemeSet, result: Sequence[Theme], chosen: Collection[str]) -> list[Theme]:
    """The old themes that stay although nothing new matches them: shown ones among the ``chosen`` (pinned, renamed),
    retired ones, parts and headings of themes that stay, or merged into one of these.
    """
    present = {theme.id for theme in result}
    others = [theme for theme in old.themes if theme.id not in present]
    kept = {t.id for t in others if t.id in chosen and t.status == "active" and (t.pinned or t.prototypes)}
    staying = kept | {t.id for t in others if t.status == "retired"}
    more = {""}
    while more:
        here = present | staying
        parents = {theme.parent for theme in (*result, *others) if theme.id in here}
        more = {
            theme.id
            for theme in others
            if theme.id not in staying
            and theme.status in ("active", "split")
            and (theme.split_from in here or (not theme.prototypes and theme.id in parents))
        }
        staying |= more
    return [
        theme
        for theme in others
        if theme.id in staying or (theme.status == "merged" and old.resolve(theme.id) in present | staying)
    ]


def _regrouped(
    old: ThemeSet, olds: Sequence[str], new: ThemeSet, old_ids: Sequence[str | None], new_ids: Sequence[str | None]
) -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
    """Which of the old themes ``olds`` came apart, and which new ones took in several, by where segments count."""
    news = _ids(new.active)
    shared = _shared(olds, news, map(old.resolve, old_ids), map(new.resolve, new_ids))
    share = shared[:-1, :-1] / np.maximum(shared.sum(axis=1)[:-1, None], 1)
    split = {
        olds[i]: tuple(news[j] for j in np.flatnonzero(row >= SPLIT_SHARE).tolist()) for i, row in enumerate(share)
    }
    merged = {
        news[j]: tuple(olds[i] for i in np.flatnonzero(row >= MERGED_SHARE).tolist()) for j, row in enumerate(share.T)
    }
    return (
        {one: parts for one, parts in split.items() if len(parts) > 1},
        {one: parts for one, parts in merged.items() if len(parts) > 1},
    )


def with_distinct_labels(themes: Sequence[Theme], fixed: set[str]) -> list[Theme]:
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
