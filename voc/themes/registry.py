"""Edits of a theme set as an append-only log of events: nothing is ever lost, any past set can be rebuilt."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

import pyarrow as pa

from voc import schema
from voc.errors import UsageError
from voc.text import mask
from voc.themes.model import ThemeSet

#: Events that hold a whole set; all others change fields of themes.
WHOLE: Final = ("discover", "import")
ACTIONS: Final = (*WHOLE, "rename", "merge", "retire", "restore", "pin", "unpin", "undo")

Fields = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Event:
    """One entry of the log; ``seq`` counts from 1.

    ``before``/``after`` are JSON: the changed fields by theme id, or for ``discover`` and ``import`` the
    whole set. ``undoes`` is the ``seq`` of the event that an ``undo`` takes back.
    """

    seq: int
    at: datetime
    author: str
    action: str
    theme: str | None
    before: str | None
    after: str
    undoes: int | None = None


def record(
    themes: ThemeSet,
    log: Sequence[Event],
    author: str,
    *,
    action: str = "discover",
    at: datetime | None = None,
) -> tuple[ThemeSet, Event]:
    """Return ``themes`` with the event that starts or replaces the set. Raises UsageError for another
    action.
    """
    if action not in WHOLE:
        raise UsageError(f"{action!r} does not replace a theme set: use one of {', '.join(WHOLE)}.")
    return themes, _event(log, author, action, None, None, themes.to_dict(), at)


def rename(
    themes: ThemeSet,
    log: Sequence[Event],
    author: str,
    theme_id: str,
    label: str,
    *,
    at: datetime | None = None,
) -> tuple[ThemeSet, Event]:
    """Give a theme another label. Raises UsageError when it is empty or another shown theme has it."""
    label = mask(" ".join(label.split())).text
    if not label:
        raise UsageError("A theme's name cannot be empty: give a short phrase.")
    themes.get(theme_id)
    for other in themes.active:
        if other.id != theme_id and other.label.casefold() == label.casefold():
            raise UsageError(f"Another theme is already called {other.label!r}: choose another name, or merge the two.")
    return _edit(themes, log, author, "rename", theme_id, {theme_id: {"label": label}}, at)


def merge(
    themes: ThemeSet,
    log: Sequence[Event],
    author: str,
    theme_id: str,
    into: str,
    *,
    at: datetime | None = None,
) -> tuple[ThemeSet, Event]:
    """Let ``theme_id`` count as ``into`` from now on. Raises UsageError for a merge with itself or a hidden
    theme.
    """
    if theme_id == into:
        raise UsageError(f"Theme {themes.get(into).label!r} cannot be merged with itself: name two themes.")
    _require_active(themes, theme_id)
    _require_active(themes, into)
    change = {theme_id: {"status": "merged", "merged_into": into}}
    return _edit(themes, log, author, "merge", theme_id, change, at)


def retire(
    themes: ThemeSet, log: Sequence[Event], author: str, theme_id: str, *, at: datetime | None = None
) -> tuple[ThemeSet, Event]:
    """Show a theme no more; its segments count as unthemed. Raises UsageError when it is not shown."""
    _require_active(themes, theme_id)
    return _edit(themes, log, author, "retire", theme_id, {theme_id: {"status": "retired"}}, at)


def restore(
    themes: ThemeSet, log: Sequence[Event], author: str, theme_id: str, *, at: datetime | None = None
) -> tuple[ThemeSet, Event]:
    """Show a retired or merged theme again as its own. Raises UsageError when it is neither."""
    theme = themes.get(theme_id)
    if theme.status not in ("retired", "merged"):
        raise UsageError(f"Theme {theme.label!r} is {theme.status}: only retired and merged themes can be restored.")
    change = {theme_id: {"status": "active", "merged_into": None}}
    return _edit(themes, log, author, "restore", theme_id, change, at)


def pin(
    themes: ThemeSet,
    log: Sequence[Event],
    author: str,
    theme_id: str,
    *,
    pinned: bool = True,
    at: datetime | None = None,
) -> tuple[ThemeSet, Event]:
    """Keep a theme, its id and name through re-discovery (or, with ``pinned=False``, no longer)."""
    themes.get(theme_id)
    action = "pin" if pinned else "unpin"
    return _edit(themes, log, author, action, theme_id, {theme_id: {"pinned": pinned}}, at)


def undo(
    themes: ThemeSet, log: Sequence[Event], author: str, seq: int | None = None, *, at: datetime | None = None
) -> tuple[ThemeSet, Event]:
    """Take back event ``seq`` (default: the last one that still stands) by a new event; the log keeps both.

    Raises UsageError when nothing is left to undo, when the event was undone already, or when a later event
    changed the same themes (undo that one first).
    """
    undone = {event.undoes for event in log if event.action == "undo"}
    standing = [e for e in log if e.seq not in undone and e.action not in ("undo", *WHOLE)]
    wanted = standing[-1].seq if seq is None and standing else seq
    event = next((e for e in standing if e.seq == wanted), None)
    if event is None:
        raise UsageError(
            "Nothing to undo: no edit stands since the themes were discovered."
            if seq is None
            else f"Event {seq} cannot be undone: it is unknown, was undone already, or replaced the whole set."
        )
    touched = set(json.loads(event.after))
    for later in log:
        whole = later.action in WHOLE
        if later.seq > event.seq and (whole or (later in standing and touched & set(json.loads(later.after)))):
            advice = "it cannot be taken back" if whole else f"undo event {later.seq} first"
            raise UsageError(f"Event {event.seq} was followed by event {later.seq} ({later.action}): {advice}.")
    change = json.loads(event.before or "{}")
    return _edit(themes, log, author, "undo", event.theme, change, at, undoes=event.seq)


def replay(events: Iterable[Event], *, until: datetime | None = None) -> ThemeSet:
    """Rebuild the set as it was at ``until`` (default: now). Raises UsageError when no event made one by
    then.
    """
    current: ThemeSet | None = None
    for event in sorted(events, key=lambda event: event.seq):
        if until is not None and event.at > until:
            break
        after = json.loads(event.after)
        if event.action in WHOLE:
            current = ThemeSet.from_dict(after)
        elif current is not None:
            current = _applied(current, after)
    if current is None:
        raise UsageError("No theme set was made by then: discover or import one, or ask for a later date.")
    return current


def history(events: Iterable[Event], theme_id: str) -> list[Event]:
    """Return the events that made, changed or received the theme, oldest first."""
    return [event for event in sorted(events, key=lambda event: event.seq) if _concerns(event, theme_id)]


def to_table(events: Sequence[Event]) -> pa.Table:
    """Return the events as a table of ``schema.THEME_EVENTS``."""
    return pa.Table.from_pylist([vars(event) for event in events], schema=schema.THEME_EVENTS)


def from_table(table: pa.Table) -> list[Event]:
    """Read what ``to_table`` wrote, in the order of ``seq``."""
    return sorted((Event(**row) for row in table.to_pylist()), key=lambda event: event.seq)


def renamed_ids(events: Iterable[Event]) -> set[str]:
    """Return the themes that somebody named by hand and whose renaming stands."""
    log = list(events)
    undone = {event.undoes for event in log if event.action == "undo"}
    return {event.theme for event in log if event.action == "rename" and event.theme and event.seq not in undone}


def _require_active(themes: ThemeSet, theme_id: str) -> None:
    theme = themes.get(theme_id)
    if theme.status != "active":
        raise UsageError(f"Theme {theme.label!r} is {theme.status}: restore it first with 'voc themes restore'.")


def _edit(
    themes: ThemeSet,
    log: Sequence[Event],
    author: str,
    action: str,
    theme_id: str | None,
    change: Fields,
    at: datetime | None,
    undoes: int | None = None,
) -> tuple[ThemeSet, Event]:
    before = {one: {name: getattr(themes.get(one), name) for name in named} for one, named in change.items()}
    return _applied(themes, change), _event(log, author, action, theme_id, before, change, at, undoes)


def _applied(themes: ThemeSet, change: Fields) -> ThemeSet:
    for theme_id, named in change.items():
        themes = themes.with_theme(replace(themes.get(theme_id), **named))
    return themes


def _event(
    log: Sequence[Event],
    author: str,
    action: str,
    theme_id: str | None,
    before: Any,
    after: Any,
    at: datetime | None,
    undoes: int | None = None,
) -> Event:
    return Event(
        seq=max((event.seq for event in log), default=0) + 1,
        at=at or datetime.now(UTC),
        author=author,
        action=action,
        theme=theme_id,
        before=None if before is None else json.dumps(before),
        after=json.dumps(after),
        undoes=undoes,
    )


def _concerns(event: Event, theme_id: str) -> bool:
    after = json.loads(event.after)
    if event.action in WHOLE:
        return any(theme["id"] == theme_id for theme in after["themes"])
    return theme_id in after or any(named.get("merged_into") == theme_id for named in after.values())
