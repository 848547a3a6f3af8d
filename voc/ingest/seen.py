"""What was read before, for any number of rows: in a file of its own once it outgrows a little memory."""

from __future__ import annotations

import sqlite3
from typing import Final

#: SQLite keeps so many KiB in memory, and the rest in a temporary file that goes with the connection.
_CACHE: Final = 32_768


class Seen:
    """Keys, each with a number. Both are signed 64-bit integers; a key is usually a hash."""

    def __init__(self) -> None:
        # The explorer reads in one thread and lets go of it in another.
        self._db = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        for setting in ("journal_mode = OFF", "synchronous = OFF", f"cache_size = -{_CACHE}"):
            self._db.execute(f"PRAGMA {setting}")
        self._db.execute("CREATE TABLE seen (key INTEGER PRIMARY KEY, number INTEGER)")
        self._db.execute("BEGIN")

    def __del__(self) -> None:
        self._db.close()

    def before(self, key: int, number: int) -> int | None:
        """The number that ``key`` came with first; None where it is new, which it is no more."""
        if self._db.execute("INSERT OR IGNORE INTO seen VALUES (?, ?)", (key, number)).rowcount:
            return None
        found: tuple[int] = self._db.execute("SELECT number FROM seen WHERE key = ?", (key,)).fetchone()
        return found[0]

    def times(self, key: int) -> int:
        """How often ``key`` was counted, this time included."""
        counting = "INSERT INTO seen VALUES (?, 1) ON CONFLICT DO UPDATE SET number = number + 1 RETURNING number"
        found: tuple[int] = self._db.execute(counting, (key,)).fetchone()
        return found[0]
