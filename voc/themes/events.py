"""The log of theme edits: append-only, so nothing is ever lost and any past set can be rebuilt."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

import pyarrow as pa

from voc import schema
from voc.errors import UsageError
from voc.themes.model import ThemeSet, theme_from_dict

#: Events that hold a whole set; all others change fields of themes.
WHOLE: Final = ("discover", "import")
#: Events that say something of themes as they are: nothing to take back.
MEASURED: Final = ("measure",)

#: Changed fields by theme id; all fields of a theme that is new, None for one that goes.
Change = Mapping[str, Mapping[str, Any] | None]


@dataclass(frozen=True)
class Event:
    """One entry of the log; ``seq`` counts from 1.

    ``before``/``after`` are JSON: a ``Change``, or for ``discover`` and ``import`` the whole set. ``undoes`` is the
    ``seq`` of the event that an ``undo`` takes back.
    """

    seq: int
    at: datetime
    author: str
    action: str
    theme: str | None
    before: str | None
    after: str
    undoes: int | None = None


def replay(events: Iterable[Event], *, until: datetime | None = None) -> ThemeSet:
    """Rebuild the set as it was at ``until`` (default: now). Raises UsageError when no event made one by then."""
    current: ThemeSet | None = None
    first: datetime | None = None
    for event in sorted(events, key=lambda event: event.seq):
        first = first or event.at
        if until is not None and event.at > until:
            break
        after = json.loads(event.after)
        if event.action in WHOLE:
            current = ThemeSet.from_dict(after)
        elif current is not None:
            current = applied(current, after)
    if current is None:
        since = f"the first are of {first:%Y-%m-%d %H:%M} UTC" if first else "discover or import some"
        raise UsageError(f"There were no themes by then: {since}; give a later date.")
    return current


def applied(themes: ThemeSet, change: Change) -> ThemeSet:
    """Return the set with the change made."""
    known = {theme.id for theme in themes.themes}
    for theme_id, named in change.items():
        if named is None:
            themes = themes.without(theme_id)
        else:
            themes = themes.with_theme(
                replace(themes.get(theme_id), **named) if theme_id in known else theme_from_dict({**named})
            )
    return themes


def position(log: Sequence[Event]) -> int:
    """Where the log stands: the ``seq`` of its last event, 0 before the first."""
    return max((event.seq for event in log), default=0)


def require_position(log: Sequence[Event], seen: int) -> None:
    """Raise UsageError, with what changed, when the log has moved on since it stood at ``seen``; or never was there."""
    if seen > (now := position(log)):
        raise UsageError(f"No edit has the number {seen}: the last is {now}, see 'voc themes history'.")
    later = [event for event in log if event.seq > seen]
    if later:
        first = later[0]
        more = f", and more edits followed up to edit {later[-1].seq}" if len(later) > 1 else ""
        raise UsageError(
            f"The themes have changed meanwhile: {first.author} {told(log)[first.seq]} (edit {first.seq}, "
            f"{first.at:%Y-%m-%d %H:%M} UTC){more}. Nothing was done: look at the themes as they are now and try again."
        )


def standing(log: Sequence[Event]) -> list[Event]:
    """Return the edits that nobody took back, oldest first; events that hold a whole set or a measurement are none."""
    undone = {event.undoes for event in log if event.action == "undo"}
    return [event for event in log if event.seq not in undone and event.action not in ("undo", *WHOLE, *MEASURED)]


def renamed_ids(events: Iterable[Event]) -> set[str]:
    """Return the themes that somebody named by hand: those whose renaming stands, and those of an imported list."""
    log = list(events)
    listed = {theme_id for event in log if event.action == "import" for theme_id in _themes_of(event)}
    return listed | {event.theme for event in standing(log) if event.action == "rename" and event.theme}


def history(events: Iterable[Event], theme_id: str) -> list[Event]:
    """Return the events that made, changed or received the theme, oldest first."""
    return [event for event in sorted(events, key=lambda event: event.seq) if theme_id in mentioned(event)]


def changed(event: Event) -> set[str]:
    """Ids of the themes that an edit made, changed or took away."""
    return set(json.loads(event.after))


def mentioned(event: Event) -> set[str]:
    """Ids of the themes that an event made, changed or took away, or that others were merged into or split from."""
    return {*_themes_of(event), *_linked(event, "merged_into"), *divided(event)}


def divided(event: Event) -> set[str]:
    """Ids of the themes that an event offers to parts."""
    return _linked(event, "split_from")


def made(event: Event) -> set[str]:
    """Ids of the themes that an edit made."""
    return {theme_id for theme_id, named in json.loads(event.before or "{}").items() if named is None}


def told(events: Iterable[Event]) -> dict[int, str]:
    """Each event in a few words, by ``seq``: what was done to which theme, by the names that themes had then."""
    labels, found = dict[str, str](), dict[int, str]()
    for event in sorted(events, key=lambda event: event.seq):
        after = _themes_of(event)
        labels |= {one: fields["label"] for one, fields in after.items() if fields and "label" in fields}
        if event.action == "undo":
            undone = found.get(event.undoes or 0)
            found[event.seq] = f"took back: {undone}" if undone else "took back an edit"
        else:
            found[event.seq] = _told(event, after, labels)
    return found


def _told(event: Event, after: Mapping[str, Mapping[str, Any] | None], labels: Mapping[str, str]) -> str:
    if event.action in WHOLE:
        active = [theme for theme in after.values() if theme and theme["status"] == "active"]
        shown = {theme["id"] for theme in active} - {theme["parent"] for theme in active}
        return f"{'imported' if event.action == 'import' else 'discovered'} {len(shown)} themes"
    if event.action == "measure":
        return f"measured the stability of {len(after)} themes"
    before = json.loads(event.before or "{}").get(event.theme) or {}
    own = after.get(event.theme or "") or {}
    if event.action == "add":
        return f"added {labels.get(event.theme or '', 'a former theme')}"
    name = before.get("label") or labels.get(event.theme or "", "a former theme")
    parts = [
        fields for one, fields in after.items() if one in made(event) and fields and fields["split_from"] == event.theme
    ]
    if event.action == "rename":
        return f"renamed {name} to {own.get('label')}"
    if event.action == "merge":
        return f"merged {name} into {labels.get(str(own.get('merged_into')), 'a former theme')}"
    if event.action == "split":
        return f"split {name}: {', '.join(part['label'] for part in parts)}"
    if event.action == "move":
        (part,) = parts
        return f"moved {part['label']} from {name} to {labels.get(str(part['merged_into']), 'a former theme')}"
    return f"{event.action}d {name}" if event.action.endswith("e") else f"{event.action}ned {name}"


def to_table(events: Sequence[Event]) -> pa.Table:
    """Return the events as a table of ``schema.THEME_EVENTS``."""
    return pa.Table.from_pylist([vars(event) for event in events], schema=schema.THEME_EVENTS)


def from_table(table: pa.Table) -> list[Event]:
    """Read what ``to_table`` wrote, in the order of ``seq``."""
    return sorted((Event(**row) for row in table.to_pylist()), key=lambda event: event.seq)


def _linked(event: Event, link: str) -> set[str]:
    found = (named.get(link) for named in _themes_of(event).values() if named)
    return {str(theme_id) for theme_id in found if theme_id}


def _themes_of(event: Event) -> dict[str, dict[str, Any] | None]:
    """What an event says of each theme: its fields, or None for one that goes."""
    after = json.loads(event.after)
    return {theme["id"]: theme for theme in after["themes"]} if event.action in WHOLE else after
