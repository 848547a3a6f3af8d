"""Keys that stay the same from one export to the next, and never show a person."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from hashlib import blake2b
from typing import Final

from voc.ingest.seen import Seen

#: Of all mapped fields those that say what was said; so a column that appears next week changes no key.
CORE: Final = ("text", "title", "date", "score")
_SALT: Final = "voc-customer"


def dataset_name(recogniser: str, columns: Mapping[str, str | list[str] | None]) -> str:
    """The recogniser's name and a hash of the names of the text, date, score and id columns.

    Several open questions count as one, so that a question asked from next week on changes nothing.
    """
    text = columns.get("text")
    named = ["text=" + (text if isinstance(text, str) else "questions" if text else "")]
    named += [f"{role}={columns.get(role)}" for role in ("date", "score", "id")]
    return f"{recogniser}-{_digest(named, 4)}"


def customer_hash(value: object) -> str:
    """Salted hash of a customer's id or name, 16 hex digits. The salt is ``VOC_SALT`` where it is set."""
    salt = os.environ.get("VOC_SALT", _SALT).encode()
    return blake2b(str(value).strip().encode("utf-8", "replace"), digest_size=8, key=salt[:64]).hexdigest()


def question_hash(question: str) -> str:
    """Tells the answers of one response apart, 6 hex digits."""
    return _digest([question], 3)


def row_hash(fields: Iterable[object]) -> str:
    """Id of a row that is never told from its equals, 16 hex digits."""
    return _digest(fields, 8)


class RowIds:
    """Ids for rows that bring none: hash of what was said, with a number among equal rows of one file."""

    def __init__(self) -> None:
        self._seen: Seen | None = None

    def next(self, fields: Iterable[object]) -> str:
        base = row_hash(fields)
        self._seen = self._seen or Seen()
        number = self._seen.times(int(base, 16) - (1 << 63))
        return base if number == 1 else _digest([base, number], 8)


def _digest(parts: Iterable[object], size: int) -> str:
    joined = "\x1f".join("" if part is None else str(part) for part in parts)
    return blake2b(joined.encode("utf-8", "replace"), digest_size=size).hexdigest()
