"""What somebody should look at before a proposed theme set is adopted, a sentence each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from typing import Final

from voc.encode import Encoder
from voc.themes import Theme, ThemeSet
from voc.themes.clusters import MIN_VOICES
from voc.themes.guided import seeded
from voc.themes.rematch import Rematch
from voc.themes.taxonomy import Entry

#: So many themes that hardly a comment goes to are named.
NAMED: Final = 5


def of_number(wanted: int | None, found: ThemeSet, given: ThemeSet | None = None) -> list[str]:
    """That fewer themes were found, beside those ``given``, than were asked for."""
    if wanted is None or len(found.leaves) - len(given.leaves if given else ()) >= wanted:
        return []
    return [
        f"{wanted} themes were asked for: other groups of sentences share no subject, or come from fewer than "
        f"{MIN_VOICES} comments."
    ]


def of_seeds(seeds: Sequence[Entry], found: ThemeSet, encoder: Encoder) -> list[str]:
    """Which theme each seed's words go to."""
    label = {theme.id: theme.label for theme in found.themes}
    taken = seeded(seeds, found, encoder)
    return [
        f"Seed {seed.label!r}: {f'its words go to the theme {label[one]!r}' if one else 'no theme takes it up'}."
        for seed, one in zip(seeds, taken, strict=True)
    ]


def of_few(themes: Iterable[Theme], ids: Iterable[str | None], comment_of: Iterable[object]) -> list[str]:
    """Those of ``themes`` that hardly a comment goes to. ``ids``: each segment's theme; ``comment_of``: its comment."""
    held = Counter(theme for theme, _ in set(zip(ids, comment_of, strict=True)))
    few = [theme.label for theme in themes if held[theme.id] < MIN_VOICES]
    if not few:
        return []
    names = few if len(few) <= NAMED else [*few[:NAMED], f"{len(few) - NAMED} more"]
    return [
        f"Fewer than {MIN_VOICES} comments go to {', '.join(names)}: keywords and examples in customers' words help a "
        "theme to be found."
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
