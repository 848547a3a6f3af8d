"""Counts of a job as an OpenMetrics text file, for a collector that reads files.

Format: OpenMetrics 1.0. The file is replaced whole, so that a collector never reads half of it.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from voc.batch.records import Record, Summary
from voc.files import write_whole

#: Seconds between two writings while a job runs.
_EVERY = 5.0


class Metrics:
    """Writes ``path`` at the begin, at the end and every few seconds. Counters are of this call alone."""

    def __init__(self, path: str, clock: Callable[[], float] = time.time) -> None:
        self._path, self._clock = Path(path), clock
        self._rows: Counter[str] = Counter()
        self._parts = self._set_aside = self._source_rows = 0
        self._seconds = 0.0
        self._versions: dict[str, Any] = {}
        self._last = self._begun = 0.0
        self._result: int | None = None

    def begun(self, job: dict[str, Any], rows: int) -> None:
        self._versions = {name: job.get(name) or "" for name in ("voc", "model_version", "theme_version")}
        self._source_rows, self._begun = rows, self._clock()
        self._write()

    def part(self, record: Record) -> None:
        self._rows.update(record.by_status)
        self._parts += 1
        self._set_aside += record.set_aside
        self._seconds += record.seconds
        if self._clock() - self._last >= _EVERY:
            self._write()

    def ended(self, summary: Summary) -> None:
        self._result = 4 if summary.rejected else 0
        self._write()

    def failed(self, kind: str, code: int) -> None:
        self._result = code
        self._write()

    def _write(self) -> None:
        self._last = self._clock()
        write_whole("\n".join([*self._lines(), "# EOF"]) + "\n", self._path)

    def _lines(self) -> list[str]:
        lines = ["# TYPE voc_batch_rows counter", "# HELP voc_batch_rows Comments committed, by status."]
        lines += [f"voc_batch_rows_total{_labels(status=s)} {n}" for s, n in sorted(self._rows.items())]
        lines += _one("counter", "voc_batch_parts", "Parts committed.", self._parts, "_total")
        lines += _one("counter", "voc_batch_set_aside", "Rows that could not be tagged.", self._set_aside, "_total")
        worked = "Time that workers spent on parts."
        lines += _one("counter", "voc_batch_worker_seconds", worked, round(self._seconds, 3), "_total", "seconds")
        lines += _one("gauge", "voc_batch_source_rows", "Input rows of the source.", self._source_rows)
        begun = "When the job began."
        lines += _one("gauge", "voc_batch_begun_timestamp_seconds", begun, round(self._begun, 3), unit="seconds")
        if self._result is not None:
            lines += _one(
                "gauge", "voc_batch_exit_code", "Exit code: 0 done, 4 with rejected rows, others failed.", self._result
            )
            ended = "When the job ended."
            lines += _one("gauge", "voc_batch_ended_timestamp_seconds", ended, round(self._last, 3), unit="seconds")
        lines += ["# TYPE voc_batch info", "# HELP voc_batch Versions.", f"voc_batch_info{_labels(**self._versions)} 1"]
        return lines


def _one(kind: str, name: str, told: str, value: float, suffix: str = "", unit: str = "") -> list[str]:
    head = [f"# TYPE {name} {kind}", *([f"# UNIT {name} {unit}"] if unit else []), f"# HELP {name} {told}"]
    return [*head, f"{name}{suffix} {value}"]


def _labels(**labels: str) -> str:
    escaped = {k: str(v).replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n") for k, v in labels.items()}
    return "{" + ",".join(f'{name}="{value}"' for name, value in escaped.items()) + "}"
