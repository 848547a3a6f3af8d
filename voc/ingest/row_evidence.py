"""Where the rows of a nested document are: the repeated part that holds the words."""

from __future__ import annotations

from collections import Counter
from typing import Final

#: Different paths that are looked at; a document with more has no rows.
_MAX_PATHS: Final = 10_000
#: Rows are looked for further down where almost all the words are.
_MOST: Final = 0.8
#: What stands below is written by the company, not by customers.
_REPLIES: Final = frozenset({"reply", "replies", "response", "responses", "answer", "answers"})

Path = tuple[str, ...]


class RowEvidence:
    """Collects, over a walk through a document, which paths repeat and where the words are."""

    def __init__(self) -> None:
        self.repeated: set[Path] = set()
        self._words: Counter[Path] = Counter()

    @property
    def has_words(self) -> bool:
        """Whether words were found at or below something that repeats."""
        return any(words[: len(path)] == path for path in self.repeated for words in self._words)

    def add_words(self, path: Path, text: str | None) -> None:
        """Count a text of several words in the object at ``path``."""
        if text and " " in text.strip() and (path in self._words or len(self._words) < _MAX_PATHS):
            self._words[path] += len(text)

    def add_repeated(self, path: Path) -> None:
        """Note that objects at ``path`` repeat."""
        if len(self.repeated) < _MAX_PATHS:
            self.repeated.add(path)

    def rows(self) -> Path | None:
        """The path of the rows, or None where nothing repeats.

        It is the repeated path with the most words at and below it, or one further down that holds almost all of them
        (reviews grouped by product), unless that holds replies.
        """
        below = {path: sum(n for at, n in self._words.items() if at[: len(path)] == path) for path in self.repeated}
        best = min(self.repeated, key=lambda path: (-below[path], len(path), path), default=None)
        for path in sorted(self.repeated, key=lambda path: (len(path), path)):
            inside = best is not None and len(path) > len(best) and path[: len(best)] == best
            if best and inside and below[path] > _MOST * below[best] and not _REPLIES & {s.lower() for s in path}:
                best = path
        return best
