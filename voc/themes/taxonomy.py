"""A theme set in words, as people keep it in a list: checked, and made into a set."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from voc.encode import Encoder
from voc.errors import InputError
from voc.text import clean, mask
from voc.themes.model import Prototype, Theme, ThemeSet, as_prototypes, by_itself
from voc.themes.wording import theme_text

#: A segment belongs to a theme given in words from this cosine on, as to a phrase (``voc.themes.split.NEAR``).
THRESHOLD: Final = float(np.float32(0.45))
_NAMESPACE: Final = uuid.UUID("b1d4e9a0-52c7-4f0e-8c0b-7a5e2d9c6f13")


@dataclass(frozen=True)
class Entry:
    """A theme in words. ``id``: empty for a theme that is new; ``parent``: id or label of another entry, or empty."""

    id: str
    label: str
    description: str = ""
    parent: str = ""
    keywords: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()


def check(entries: Sequence[Entry]) -> None:
    """Raise InputError for no theme at all, an empty or double label or id, a missing parent, a cycle of parents."""
    if not entries:
        raise InputError("The theme list is empty: give one theme or more, each with a label.")
    if nameless := [i for i, entry in enumerate(entries, 1) if not entry.label]:
        raise InputError(f"Theme {nameless[0]} of the list has no label: give it a short phrase.")
    _require_single("are called", (entry.label for entry in entries))
    _require_single("have the id", (entry.id for entry in entries if entry.id))
    parents = _parents(entries)
    for entry in entries:
        line = [entry.label]
        while (above := parents[line[-1]]) is not None:
            line.append(above)
            if above in line[:-1]:
                way = " → ".join(line[line.index(above) :])
                raise InputError(f"The parents of {above!r} go in a circle ({way}): let one of them have no parent.")


def to_entries(themes: ThemeSet) -> list[Entry]:
    """Return the shown themes in words."""
    return [
        Entry(
            id=theme.id,
            label=theme.label,
            description=theme.description,
            parent=theme.parent or "",
            keywords=theme.keywords,
            examples=tuple(" ".join(verbatim.split()) for verbatim in theme.verbatims),
        )
        for theme in themes.active
    ]


def to_themes(
    entries: Sequence[Entry], present: ThemeSet | None, encoder: Encoder, mask_terms: Iterable[str] = ()
) -> ThemeSet:
    """Return the set that the list makes of the ``present`` one.

    An entry with the id of a present theme keeps its prototypes and takes the list's words. Another gets a prototype:
    the mean direction of its label, description, keywords and examples, encoded; a mere heading, that is the parent of
    others, gets none. Shown themes that the list leaves out are retired. Raises ModelError when the present set was
    made with another encoder.
    """
    check(entries)
    if present is not None:
        present.require_encoder(encoder.name)
        mask_terms = present.mask_terms
    terms = tuple(mask_terms)
    known = {theme.id: theme for theme in present.themes} if present else {}
    ids = {entry.label: entry.id or str(uuid.uuid5(_NAMESPACE, entry.label.casefold())) for entry in entries}
    parents = _parents(entries)
    headings = {parent for parent in parents.values() if parent}
    themes = []
    for entry in entries:
        theme = known.get(ids[entry.label])
        if theme is None:
            theme = Theme(ids[entry.label], entry.label, _prototypes(entry, encoder, terms), THRESHOLD)
        above = parents[entry.label]
        themes.append(
            replace(
                theme,
                label=mask(clean(entry.label)).text,
                description=mask(entry.description).text,
                keywords=entry.keywords,
                verbatims=tuple(mask(example).text for example in entry.examples),
                parent=ids[above] if above else None,
                prototypes=() if entry.label in headings else theme.prototypes,
                status="active" if theme.status in ("retired", "merged") else theme.status,
                merged_into=None,
            )
        )
    listed = {theme.id for theme in themes}
    left = [theme for theme in known.values() if theme.id not in listed]
    hidden = [replace(theme, status="retired") if theme.status == "active" else theme for theme in left]
    undivided = {theme.id for theme in themes if not theme.prototypes}
    whole = [by_itself(t, present) if present and t.split_from in undivided else t for t in (*themes, *hidden)]
    place = {theme_id: i for i, theme_id in enumerate(known)}
    return ThemeSet(tuple(sorted(whole, key=lambda theme: place.get(theme.id, len(place)))), encoder.name, terms)


def _prototypes(entry: Entry, encoder: Encoder, mask_terms: tuple[str, ...]) -> tuple[Prototype, ...]:
    return as_prototypes([word_vectors(entry, encoder, mask_terms).mean(axis=0)])


def word_vectors(entry: Entry, encoder: Encoder, mask_terms: tuple[str, ...] = ()) -> npt.NDArray[np.float64]:
    """Return vectors of what an entry says: label, description, keywords, each example; shape (1 or more, dim)."""
    said = [entry.label, entry.description, ", ".join(entry.keywords), *entry.examples]
    return np.asarray(encoder.encode([theme_text(text, mask_terms) for text in said if text]), dtype=np.float64)


def _parents(entries: Sequence[Entry]) -> dict[str, str | None]:
    """Label of each entry's parent by its own label. Raises InputError for a parent that is not in the list."""
    labels = {entry.label.casefold(): entry.label for entry in entries} | {e.id: e.label for e in entries if e.id}
    found: dict[str, str | None] = {}
    for entry in entries:
        above = labels.get(entry.parent) or labels.get(entry.parent.casefold()) if entry.parent else None
        if entry.parent and above is None:
            raise InputError(
                f"{entry.label!r} has the parent {entry.parent!r}, which is not in the list: "
                "name a label or id of the list, or leave it empty."
            )
        found[entry.label] = above
    return found


def _require_single(what: str, values: Iterable[str]) -> None:
    seen: set[str] = set()
    for value in values:
        if value.casefold() in seen:
            raise InputError(f"Two themes of the list {what} {value!r}: let each have its own.")
        seen.add(value.casefold())
