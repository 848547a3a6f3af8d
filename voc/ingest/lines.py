"""On which line of its file a row begins."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np


class Lines:
    """Line numbers of the walk over a file that began last, worked out only for the rows asked for.

    ``starts``: where the rows of a stretch of UTF-8 text begin in it (characters). A row asked for must lie
    in the stretch that the walk is in.
    """

    def __init__(self, starts: Callable[[str], Sequence[int]]) -> None:
        self._starts = starts
        self.restart()

    def restart(self, above: int = 0) -> None:
        """A new walk begins; its first ``above`` rows stand above the data."""
        self._row = -above
        self._line = 1
        self._stretch, self._rows = b"", 0

    def enter(self, stretch: bytes, rows: int) -> None:
        """The next ``rows`` rows come from ``stretch``, which begins with a line."""
        self._line += _line_ends(self._stretch)
        self._row += self._rows
        self._stretch, self._rows = stretch, rows

    def of(self, row: int) -> int:
        """The line (from 1) on which row ``row`` (from 1) begins."""
        text = self._stretch.decode("utf-8", "surrogateescape")
        start = self._starts(text)[row - self._row - 1]
        return self._line + _line_ends(text[:start].encode("utf-8", "surrogateescape"))


def _line_ends(text: bytes) -> int:
    """How many of ``\\n``, ``\\r`` and ``\\r\\n`` there are."""
    # numpy counts bytes five times as fast as bytes.count.
    signs = np.frombuffer(text, np.uint8)
    ends = np.count_nonzero(signs == ord("\n"))
    returns = np.count_nonzero(signs == ord("\r"))
    return int(ends + returns) - (text.count(b"\r\n") if returns else 0)
