"""Who looks on while a job runs: bars, a log, a file of metrics. None of them ever sees a comment."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import ExitStack
from typing import Any, Protocol

from voc.batch.records import Record, Summary
from voc.progress import Progress


class Watch(Protocol):
    """Told of a job's events, in their order."""

    def begun(self, job: dict[str, Any], rows: int) -> None:
        """The job begins; the source has ``rows`` input rows. ``job``: names and versions."""
        ...

    def part(self, record: Record) -> None:
        """A part is committed."""
        ...

    def ended(self, summary: Summary) -> None: ...

    def failed(self, kind: str, code: int) -> None:
        """The job stops with an error of this class and exit code. Its message may quote the input: it is not told."""
        ...


class Watches:
    """Several as one."""

    def __init__(self, watches: Iterable[Watch]) -> None:
        self._watches = tuple(watches)

    def begun(self, job: dict[str, Any], rows: int) -> None:
        for watch in self._watches:
            watch.begun(job, rows)

    def part(self, record: Record) -> None:
        for watch in self._watches:
            watch.part(record)

    def ended(self, summary: Summary) -> None:
        for watch in self._watches:
            watch.ended(summary)

    def failed(self, kind: str, code: int) -> None:
        for watch in self._watches:
            watch.failed(kind, code)


class Bar:
    """Shows rows done, rate and time left by a ``Progress``; ``note`` is told of rejected rows."""

    def __init__(self, progress: Progress, note: Callable[[str], None] = lambda text: None) -> None:
        self._progress, self._note = progress, note
        self._open = ExitStack()
        self._rejected = 0

    def begun(self, job: dict[str, Any], rows: int) -> None:
        self._advance = self._open.enter_context(self._progress.task("Tagging", rows))

    def part(self, record: Record) -> None:
        self._advance(record.rows)
        self._rejected += record.by_status.get("rejected", 0)
        if self._rejected:
            self._note(f"{self._rejected:,} rejected")

    def ended(self, summary: Summary) -> None:
        self._open.close()

    def failed(self, kind: str, code: int) -> None:
        self._open.close()
