"""What somebody should look at before a proposed theme set is adopted, a sentence each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

from voc.encode import Encoder
from voc.themes import ThemeSet
from voc.themes.clusters import MIN_VOICES
from voc.themes.guided import seeded
from voc.themes.rematch import Rematch
from voc.themes.taxonomy import Entry


def of_seeds(seeds: Sequence[Entry], found: ThemeSet, encoder: Encoder) -> list[str]:
    """Which theme each seed's words go to."""
    label = {theme.id: theme.label for theme in found.themes}
    taken = seeded(seeds, found, encoder)
    return [
        f"Seed {seed.label!r}: {f'its words go to the theme {label[one]!r}' if one else 'no theme takes it up'}."
        for seed, one in zip(seeds, taken, strict=True)
    ]


def of_given(
    given: ThemeSet | None, found: ThemeSet, ids: Sequence[str | None], comment_of: Sequence[int]
) -> list[str]:
    """Given themes that hardly a comment goes to. ``ids``: each segment's theme; ``comment_of``: its comment."""
    if given is None:
        return []
    held = Counter(theme for theme, _ in set(zip(ids, comment_of, strict=True)))
    return [
        f"{held[theme.id]} comments go to the given theme {theme.label!r}: keywords and examples in customers' words "
        "help a theme to be found."
        for theme in found.leaves
        if theme.id in {one.id for one in given.leaves} and held[theme.id] < MIN_VOICES
    ]


def of_names(before: ThemeSet, matched: Rematch, renamed: Collection[str]) -> list[str]:
    """Themes that keep a name that people gave although they take in others."""
    was = {theme.id: theme.label for theme in before.themes}
    chosen = {*renamed, *(theme.id for theme in before.themes if theme.pinned)}
    now = {theme.id: theme.label for theme in matched.themes.themes}
    taken = {one: [was[part] for part in parts if part != one] for one, parts in matched.merged.items()}
    return [
        f"{now[one]!r} keeps the name it was given and takes in {', '.join(map(repr, others))}: see whether the name "
        "still fits."
        for one, others in taken.items()
        if one in chosen and others
    ]
