"""A log of events as JSON Lines: names, numbers and versions, no text of a comment."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from voc.batch.records import Record, Summary
from voc.errors import UsageError


class JsonLog:
    """Appends one line an event to a file; ``-`` is stderr. Every line has ``time`` (ISO 8601, UTC) and ``event``."""

    def __init__(self, output: str) -> None:
        """Raises UsageError where the file cannot be written."""
        self._output = output
        self._append("")

    def begun(self, job: dict[str, Any], rows: int) -> None:
        self._write("job_begun", **job, source_rows=rows)

    def part(self, record: Record) -> None:
        self._write("part_committed", **record.as_json())

    def ended(self, summary: Summary) -> None:
        self._write("job_ended", **summary.as_json())

    def failed(self, kind: str, code: int) -> None:
        self._write("job_failed", error=kind, exit_code=code)

    def _write(self, event: str, **fields: Any) -> None:
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        self._append(json.dumps({"time": now, "event": event, **fields}, default=str) + "\n")

    def _append(self, text: str) -> None:
        if self._output == "-":
            sys.stderr.write(text)
            sys.stderr.flush()
            return
        try:
            with Path(self._output).open("a", encoding="utf-8") as file:
                file.write(text)
        except OSError as error:
            raise UsageError(f"Cannot write the log {self._output}: {error.strerror}.") from None
