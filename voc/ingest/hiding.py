"""Input columns as they may be stored beside a comment: repaired and masked."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from functools import lru_cache
from math import isfinite
from typing import Any, Final

from voc.ingest.cells import as_json, is_moment, plain_text
from voc.ingest.columns import is_missing
from voc.ingest.keys import customer_hash
from voc.ingest.names import personal_kind, plain_name
from voc.ingest.plan import FilePlan
from voc.ingest.tables import Cell, Record
from voc.text import clean, mask

_REJECTED_CHARS: Final = 500
_AS_GIVEN: Final = ("id", "date", "time", "score", "response_id", "thread_id", "customer_value", "weight")
_BROKEN_TEXT = re.compile(r"[ÂÃâ][\x80-\xbf€™œž‚„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜š›Ÿ]")
#: A rating of the agent, or whether somebody is an owner.
_NO_NAME = re.compile(r"\s*(?:\d{1,2}(?:\.\d+)?|yes|no|true|false|ja|nein|oui|non)\s*", re.IGNORECASE)
_DATE_WORDS: Final = frozenset({"date", "dates", "time", "times", "datetime", "timestamp", "at"})


class Hiding:
    """What of one file's cells may be stored. ``pii``: ``mask`` or ``off``."""

    def __init__(self, plan: FilePlan, pii: str) -> None:
        masking = pii == "mask"
        self._mask: Callable[[str], str] = _masked if masking else str
        self._texts = plan.texts
        self._roles = {column: role for role, column in plan.columns.items() if isinstance(column, str)}
        free = [c for c in plan.table_columns if c not in self._roles]
        self._personal = {c: f"[{kind}]" for c in free if masking and (kind := personal_kind(c))}
        self._timed = {c for c in plan.table_columns if _DATE_WORDS & set(plain_name(c).split())}

    def text(self, text: str) -> str:
        """A short text such as a brand or an address, masked."""
        return self._mask(_repaired(text))

    def carried(self, record: Record) -> tuple[str, str]:
        """``attributes`` (filled columns without a role) and ``carried`` (all but the text's own) as JSON."""
        carried = {name: self._shown(name, cell) for name, cell in record.items() if name not in self._texts}
        attributes = {name: cell for name, cell in carried.items() if name not in self._roles and cell is not None}
        return as_json(attributes), as_json(carried)

    def rejected(self, record: Mapping[str, Cell]) -> str:
        """All cells of a rejected row, masked and shortened, as JSON."""
        content = {name: self._shown(name, _cut(cell)) for name, cell in record.items()}
        return as_json({name: c[:_REJECTED_CHARS] if isinstance(c, str) else c for name, c in content.items()})

    def _shown(self, name: str, cell: Cell) -> Any:
        """A cell as it may be stored: masked, hashed where it is the customer's id, as JSON can hold it."""
        if cell is None or cell != cell:
            return None
        role = self._roles.get(name)
        if role == "customer_id":
            return None if is_missing(cell) else customer_hash(cell)
        if isinstance(cell, datetime | date | time):
            return cell.isoformat()
        if name in self._personal and not (self._personal[name] == "[name]" and _NO_NAME.fullmatch(str(cell))):
            return None if is_missing(cell) else self._personal[name]
        if isinstance(cell, float) and not isfinite(cell):
            return str(cell)
        if isinstance(cell, bool | float) or (isinstance(cell, int) and abs(cell) < 10**7):
            return cell
        text = cell if isinstance(cell, str) else plain_text(cell)
        if (role in _AS_GIVEN and "@" not in text) or (name in self._timed and is_moment(cell, text)):
            return cell if isinstance(cell, int) else text
        hidden = self.text(text)
        return cell if isinstance(cell, int) and hidden == text else hidden


def _cut(cell: Cell) -> Cell:
    return cell[: 2 * _REJECTED_CHARS] if isinstance(cell, str) else cell


def _repaired(text: str) -> str:
    return clean(text) if _BROKEN_TEXT.search(text) else text


def _masked(text: str) -> str:
    return _masked_short(text) if len(text) <= 80 else mask(text, answer=True).text


@lru_cache(maxsize=20_000)
def _masked_short(text: str) -> str:
    return mask(text, answer=True).text
