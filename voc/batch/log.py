"""A log of events as JSON Lines: names, numbers and versions, no text of a comment."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from voc.batch.records import Record, Summary
from voc.errors import UsageError


class JsonLog:
    """Appends one line an event to a file; ``-`` is stderr. Every line has ``time`` (ISO 8601, UTC) and ``event``."""

    def __init__(self, output: str) -> None:
        """Raises UsageError where the file cannot be written."""
        try:
            self._file: IO[str] = sys.stderr if output == "-" else Path(output).open("a", encoding="utf-8")  # noqa: SIM115
        except OSError as error:
            raise UsageError(f"Cannot write the log {output}: {error.strerror}.") from None

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
        print(json.dumps({"time": now, "event": event, **fields}, default=str), file=self._file, flush=True)
