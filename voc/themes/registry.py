"""Edits of a theme set as an append-only log of events: nothing is ever lost, any past set can be rebuilt."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, Final

from voc.errors import UsageError
from voc.text import clean, mask
from voc.themes.events import (
    WHOLE,
    Change,
    Event,
    applied,
    changed,
    divided,
    from_table,
    history,
    made,
    mentioned,
    position,
    renamed_ids,
    replay,
    require_position,
    standing,
    to_table,
    told,
)
from voc.themes.model import ALWAYS, Theme, ThemeSet

__all__ = [
    "WHOLE",
    "Event",
    "add",
    "from_table",
    "history",
    "measure",
    "merge",
    "move",
    "pin",
    "position",
    "record",
    "rename",
    "renamed_ids",
    "replay",
    "require_active",
    "require_position",
    "require_theme",
    "restore",
    "retire",
    "split",
    "to_table",
    "told",
    "undo",
]

LONGEST_NAME: Final = 100
_ID: Final = re.compile(r"[0-9a-fA-F]{4,}[0-9a-fA-F-]*")
_NAMESPACE: Final = uuid.UUID("6f1c9c5e-9d67-4f5c-8a55-3c1d1a0b7e42")


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
    label = mask(" ".join(clean(label).split())).text
    if not label or len(label) > LONGEST_NAME:
        raise UsageError(f"A theme's name has 1 to {LONGEST_NAME} characters: give a short phrase.")
    if _ID.fullmatch(label) and any(theme.id.startswith(label.lower()) for theme in themes.themes):
        raise UsageError(f"{label!r} reads like the id of a theme: give a short phrase.")
    themes.get(theme_id)
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
    require_theme(themes, theme_id)
    require_theme(themes, into)
    change = {theme_id: {"status": "merged", "merged_into": into}}
    return _edit(themes, log, author, "merge", theme_id, change, at)


def retire(
    themes: ThemeSet, log: Sequence[Event], author: str, theme_id: str, *, at: datetime | None = None
) -> tuple[ThemeSet, Event]:
    """Show a theme no more; its segments count as unthemed. Raises UsageError when it is not shown."""
    require_active(themes, theme_id)
    return _edit(themes, log, author, "retire", theme_id, {theme_id: {"status": "retired"}}, at)


def restore(
    themes: ThemeSet, log: Sequence[Event], author: str, theme_id: str, *, at: datetime | None = None
) -> tuple[ThemeSet, Event]:
    """Show a retired or merged theme again as its own. Raises UsageError when it is neither."""
    theme = themes.get(theme_id)
    if theme.status not in ("retired", "merged"):
        raise UsageError(
            f"Theme {theme.label!r} is {theme.status}: only retired and merged themes can be restored"
            + (", a split is taken back with 'voc themes undo'." if theme.status == "split" else ".")
        )
    if any(part.split_from == theme_id and part.threshold <= ALWAYS for part in themes.themes):
        raise UsageError(
            f"{theme.label!r} was split with the theme it was merged into: take that split back with 'voc themes undo'."
        )
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


def split(
    themes: ThemeSet,
    log: Sequence[Event],
    author: str,
    theme_id: str,
    parts: Sequence[Theme],
    *,
    at: datetime | None = None,
) -> tuple[ThemeSet, Event]:
    """Let ``parts`` (of ``voc.themes.split``) take segments of a theme, and of no other.

    Parts that share it out leave the theme without segments and hidden; it keeps what a part made by a phrase does not
    take. Raises UsageError when the theme is not shown, or a part is there already.
    """
    require_theme(themes, theme_id)
    _require_new(themes, parts)
    change: dict[str, dict[str, Any] | None] = {part.id: asdict(part) | {"split_from": theme_id} for part in parts}
    for part in parts:
        change |= _counterparts(themes, theme_id, part, part.id)
    if any(part.threshold <= ALWAYS for part in parts):
        change[theme_id] = {"status": "split"}
    return _edit(themes, log, author, "split", theme_id, change, at)


def move(
    themes: ThemeSet,
    log: Sequence[Event],
    author: str,
    part: Theme,
    theme_id: str,
    into: str,
    *,
    at: datetime | None = None,
) -> tuple[ThemeSet, Event]:
    """Let the segments of ``theme_id`` that ``part`` (a phrase, of ``voc.themes.split``) stands for count as ``into``.

    A split and a merge in one: the part lives on as a merged theme. Raises UsageError for a move to the same or a
    hidden theme.
    """
    if theme_id == into:
        raise UsageError(
            f"{part.label!r} is in theme {themes.get(into).label!r} already: name another theme to move to."
        )
    require_theme(themes, theme_id)
    require_theme(themes, into)
    _require_new(themes, [part])
    moved = asdict(part) | {"split_from": theme_id, "status": "merged", "merged_into": into}
    change = {part.id: moved} | _counterparts(themes, theme_id, part, into)
    return _edit(themes, log, author, "move", theme_id, change, at)


def add(
    themes: ThemeSet, log: Sequence[Event], author: str, theme: Theme, *, at: datetime | None = None
) -> tuple[ThemeSet, Event]:
    """Take up a new theme (``voc.themes.candidates``). Raises UsageError when it is there already, or its name is
    another's.
    """
    _require_new(themes, [theme])
    return _edit(themes, log, author, "add", theme.id, {theme.id: asdict(theme)}, at)


def measure(
    themes: ThemeSet,
    log: Sequence[Event],
    author: str,
    stability: Mapping[str, float],
    *,
    at: datetime | None = None,
) -> tuple[ThemeSet, Event]:
    """Keep the stability measured of themes, by id (``voc.themes.stability``); all others have none from now on."""
    change = {theme.id: {"stability": stability.get(theme.id)} for theme in themes.themes}
    return _edit(themes, log, author, "measure", None, change, at)


def undo(
    themes: ThemeSet, log: Sequence[Event], author: str, seq: int | None = None, *, at: datetime | None = None
) -> tuple[ThemeSet, Event]:
    """Take back event ``seq`` (default: the last one that still stands) by a new event; the log keeps both.

    Raises UsageError when nothing is left to undo, when the event was undone already, or when a later event
    changed the same themes or built on those that it made (undo that one first).
    """
    stand = standing(log)
    wanted = stand[-1].seq if seq is None and stand else seq
    event = next((e for e in stand if e.seq == wanted), None)
    if event is None:
        raise UsageError(
            "Nothing to undo: no edit stands since the themes were found or imported ('voc runs undo' takes that back)."
            if seq is None
            else f"Event {seq} cannot be undone: it is unknown, was undone already, or replaced or measured all themes."
        )
    for later in log:
        if later.seq <= event.seq:
            continue
        if later.action in WHOLE:
            raise UsageError(
                f"All themes were replaced after event {event.seq} (event {later.seq}, {later.action}): undo does not "
                "reach back; bring the set of a time before it back with 'voc themes export DIR --at TIME' and "
                "'voc themes import DIR'."
            )
        if later in stand and (changed(event) & (changed(later) | divided(later)) or made(event) & mentioned(later)):
            raise UsageError(
                f"Event {event.seq} was followed by event {later.seq} ({later.action}): undo event {later.seq} first."
            )
    change = json.loads(event.before or "{}")
    return _edit(themes, log, author, "undo", event.theme, change, at, undoes=event.seq)


def require_active(themes: ThemeSet, theme_id: str) -> None:
    """Raise UsageError when a theme is not shown."""
    theme = themes.get(theme_id)
    if theme.status == "split":
        raise UsageError(
            f"Theme {theme.label!r} is split: edit its parts, or take the split back with 'voc themes undo'."
        )
    if theme.status != "active":
        raise UsageError(f"Theme {theme.label!r} is {theme.status}: restore it first with 'voc themes restore'.")


def require_theme(themes: ThemeSet, theme_id: str) -> None:
    """Raise UsageError when a theme is not shown, or only a heading over others: no segment is its own."""
    require_active(themes, theme_id)
    if not themes.get(theme_id).prototypes or any(theme.parent == theme_id for theme in themes.active):
        raise UsageError(f"{themes.get(theme_id).label!r} is a heading: name one of the themes under it.")


def _counterparts(themes: ThemeSet, theme_id: str, part: Theme, into: str) -> dict[str, dict[str, Any] | None]:
    """What takes the part's share of every theme that was merged into this one: themes merged into ``into``."""
    sources = [theme.id for theme in themes.themes if theme.id != theme_id and themes.resolve(theme.id) == theme_id]
    ids = {source: str(uuid.uuid5(_NAMESPACE, part.id + source)) for source in sources}
    merged = {"status": "merged", "merged_into": into}
    return {ids[source]: asdict(part) | merged | {"id": ids[source], "split_from": source} for source in sources}


def _require_new(themes: ThemeSet, parts: Sequence[Theme]) -> None:
    known = {theme.id: theme for theme in themes.themes}
    for part in parts:
        if part.id in known:
            raise UsageError(f"{part.label!r} is there already, as {known[part.id].label!r}: choose something else.")


def _edit(
    themes: ThemeSet,
    log: Sequence[Event],
    author: str,
    action: str,
    theme_id: str | None,
    change: Change,
    at: datetime | None,
    undoes: int | None = None,
) -> tuple[ThemeSet, Event]:
    before = {one: _before(themes, one, named) for one, named in change.items()}
    edited = applied(themes, change)
    _require_distinct_labels(edited, [one for one, named in change.items() if named and {"label", "status"} & {*named}])
    return edited, _event(log, author, action, theme_id, before, change, at, undoes)


def _require_distinct_labels(themes: ThemeSet, ids: Collection[str]) -> None:
    """Raise UsageError where a shown theme among ``ids`` has the name of another shown one."""
    owners: dict[str, set[str]] = {}
    for theme in themes.active:
        owners.setdefault(theme.label.casefold(), set()).add(theme.id)
    for theme in themes.active:
        if theme.id in ids and len(owners[theme.label.casefold()]) > 1:
            raise UsageError(
                f"Another theme is already called {theme.label!r}: choose another name, merge the two, or rename the "
                "other first ('voc themes rename', by its id)."
            )


def _before(themes: ThemeSet, theme_id: str, named: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """What ``named`` replaces: the same fields; all of a theme that goes; None for one that is new."""
    theme = next((theme for theme in themes.themes if theme.id == theme_id), None)
    if theme is None:
        return None
    return {name: value for name, value in asdict(theme).items() if named is None or name in named}


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
        seq=position(log) + 1,
        at=at or datetime.now(UTC),
        author=author,
        action=action,
        theme=theme_id,
        before=None if before is None else json.dumps(before),
        after=json.dumps(after),
        undoes=undoes,
    )
