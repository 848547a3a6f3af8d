"""Who may see and change what in the explorer: section ``[access]`` of ``voc.toml``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from voc.config import settings_section
from voc.errors import UsageError

#: Each may what those before it may: read; edit themes, labels, notes, views; add data and see all runs.
ROLES: Final = ("viewer", "editor", "admin")
#: Columns of a comment by which rows are kept from a user: tagging never changes them.
COLUMNS: Final = ("dataset", "source", "brand", "product", "customer_segment", "survey_type", "touchpoint")

Rows = tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True)
class Visitor:
    """``name``: what edits are signed with, empty for one who was not asked. ``rows``: column → the values that a row
    must have one of; empty for all rows."""

    name: str = ""
    role: str = "admin"
    rows: Rows = ()

    def may(self, role: str) -> bool:
        """Whether the visitor may what ``role`` may."""
        return ROLES.index(self.role) >= ROLES.index(role)

    @property
    def condition(self) -> str:
        """The rows as an SQL condition over a comment's columns; empty for all. A row without a value meets none."""
        return " AND ".join(f"{column} IN ({', '.join(map(_quoted, values))})" for column, values in self.rows)


@dataclass(frozen=True)
class AccessSettings:
    """``users``: e-mail address in small letters → visitor. ``others``: the role of those who sign in and are not
    named, who see all rows; None turns them away. ``provider``: of ``[auth]`` in Streamlit's secrets, where it names
    several."""

    users: Mapping[str, Visitor] = field(default_factory=dict)
    others: str | None = None
    provider: str | None = None

    def visitor(self, email: str) -> Visitor | None:
        """Who signed in with that address; None for one who may not in."""
        if known := self.users.get(email.casefold()):
            return known
        return Visitor(email, self.others) if self.others and email else None


def access_settings(file: Path | None = None) -> AccessSettings | None:
    """Read ``[access]`` of ``file`` (default: ``$VOC_CONFIG``, else ``voc.toml`` in the working folder).

    None where there is no such file or section. Raises UsageError, with what is allowed, for anything else than it
    must hold: a wrong word never opens a door.
    """
    section, file = settings_section("access", file)
    if section is None:
        return None
    place = f"[access] of {file}"
    keys = _table(section, place, ("users", "others", "provider"))
    others, provider = keys.get("others"), keys.get("provider")
    if others is not None and others not in ROLES:
        raise UsageError(f"{place}: others = {others!r}: choose one of {', '.join(ROLES)}, or leave it out.")
    if provider is not None and not isinstance(provider, str):
        raise UsageError(f"{place}: provider = {provider!r}: give the name it has in Streamlit's secrets.")
    users = {
        email.casefold(): _user(email, one, f"{place}, user {email!r}")
        for email, one in _table(keys.get("users", {}), f"{place}, users").items()
    }
    if not users and not others:
        raise UsageError(f'{place} lets nobody in: name users, as in [access.users."ada@example.org"] role = "admin".')
    return AccessSettings(users, others, provider)


def _user(email: str, given: Any, place: str) -> Visitor:
    keys = _table(given, place, ("role", "rows"))
    role = keys.get("role")
    if role not in ROLES:
        raise UsageError(f"{place}: role = {role!r}: choose one of {', '.join(ROLES)}.")
    rows = tuple((column, _values(values, f"{place}, rows.{column}")) for column, values in
                 _table(keys.get("rows", {}), f"{place}, rows", COLUMNS).items())  # fmt: skip
    if "rows" in keys and not rows:
        raise UsageError(f"{place}: rows is empty: name a column and its values, or leave it out.")
    if rows and role == "admin":
        raise UsageError(f"{place}: an admin sees all rows: leave rows out, or choose another role.")
    return Visitor(email, role, rows)


def _table(given: Any, place: str, allowed: tuple[str, ...] = ()) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise UsageError(f"{place} holds {given!r}: write it as a table.")
    if allowed and (unknown := sorted(set(given) - set(allowed))):
        raise UsageError(f"{place} has the key {unknown[0]!r}: allowed are {', '.join(allowed)}.")
    return given


def _values(given: Any, place: str) -> tuple[str, ...]:
    if not isinstance(given, list) or not given or not all(isinstance(value, str) for value in given):
        raise UsageError(f'{place} = {given!r}: give a list of values, such as ["Wrenly"].')
    return tuple(given)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
