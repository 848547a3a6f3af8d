"""How long work tells how far it is; who shows it (terminal, browser, nobody) is the caller's choice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

Advance = Callable[[int], None]


class Progress(Protocol):
    """Shows the progress of one step at a time."""

    def task(self, label: str, total: int | None) -> AbstractContextManager[Advance]:
        """Begin a step of ``total`` items (None: unknown) and return what to call with each number done."""
        ...


class Silent:
    """Shows nothing."""

    @contextmanager
    def task(self, label: str, total: int | None) -> Iterator[Advance]:
        yield lambda done: None
