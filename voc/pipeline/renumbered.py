"""Notice an export whose ids count from 1 again: its rows look like updates of comments of another export."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from voc.schema import KEY
from voc.store import Snapshot
from voc.store.writer import where_keys

#: So many updated rows of a file are compared with what they replaced.
_COMPARED: Final = 200
#: Fewer updated rows than this are edits, whatever they say.
_FEWEST: Final = 10
#: Share of the compared rows, and of a file's kept rows, from which on they are no edits.
_MOST: Final = 0.5
#: Two texts that share less of their words than this are different ones.
_OTHER: Final = 0.2
_WORDS = re.compile(r"\w+")

Key = tuple[str, str]
Content = tuple[str | None, datetime | None]


class Renumbered:
    """Keeps the first updated rows of each file, to compare them with the stored comments of the same id."""

    def __init__(self) -> None:
        self._rows: dict[str, dict[Key, Content]] = {}

    def note(self, file: str, row: Mapping[str, Any]) -> None:
        """An updated row of ``file`` (columns of READ)."""
        rows = self._rows.setdefault(file, {})
        if len(rows) < _COMPARED:
            rows[row["dataset"], row["id"]] = row["text"], row["date"]

    def files(self, before: Snapshot, updated: Mapping[str, int], kept: Mapping[str, int]) -> list[str]:
        """Files most of whose ids stood in the store for other words of another day."""
        found = []
        for file, rows in self._rows.items():
            if updated[file] < max(_FEWEST, _MOST * kept[file]):
                continue
            stored = before.comments([*KEY, "text", "date"], where=where_keys(rows)).to_pylist()
            unlike = sum(_unlike(rows[row["dataset"], row["id"]], (row["text"], row["date"])) for row in stored)
            if unlike > _MOST * len(rows):
                found.append(file)
        return found


def _unlike(ours: Content, theirs: Content) -> bool:
    (text, date), (stored_text, stored_date) = ours, theirs
    if not text or not stored_text or (date is not None and date == stored_date):
        return False
    a, b = set(_WORDS.findall(text.lower())), set(_WORDS.findall(stored_text.lower()))
    return len(a & b) < _OTHER * len(a | b)
