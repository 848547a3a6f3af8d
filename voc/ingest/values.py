"""The values of an input row's mapped columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from voc.ingest.cells import amount_in, key_in
from voc.ingest.columns import is_missing
from voc.ingest.dates import read_clock, read_date
from voc.ingest.hiding import Hiding
from voc.ingest.keys import customer_hash
from voc.ingest.names import SOURCE_ALIASES
from voc.ingest.plan import FilePlan
from voc.ingest.scores import is_none_given, off_scale, read_number
from voc.ingest.tables import Cell, Record
from voc.ingest.verdicts import NO_SCORE

_FUTURE: Final = timedelta(days=1)
_PLAIN: Final = ("brand", "product", "customer_segment", "survey_type", "question", "touchpoint")
_READERS: Final[Mapping[str, Callable[[Cell], Any]]] = {
    "response_id": key_in,
    "thread_id": key_in,
    "customer_value": amount_in,
    "weight": amount_in,
    "customer_id": customer_hash,
}


class Values:
    """Reads the mapped columns of one file's rows. ``now``: dates more than a day after it are faults."""

    def __init__(self, plan: FilePlan, hiding: Hiding, now: datetime) -> None:
        self._plan = plan
        self._hiding = hiding
        self._latest = now + _FUTURE
        self._columns = {role: name for role, name in plan.columns.items() if isinstance(name, str)}
        self._readers = [(role, name, read) for role, name in self._columns.items() if (read := self._reader(role))]

    def cell(self, record: Record, role: str) -> Cell:
        """The cell of the one column of a role; None without one."""
        name = self._columns.get(role)
        return None if name is None else record.get(name)

    def read(self, record: Record) -> tuple[dict[str, Any], str | None]:
        """Column of ``READ`` → value, and why the row must be rejected (or None)."""
        values: dict[str, Any] = {}
        for role, name, read_cell in self._readers:
            if not is_missing(cell := record.get(name)):
                values[role] = read_cell(cell)
        if (said := str(self.cell(record, "source")).strip().lower()) in SOURCE_ALIASES:
            values["source"] = SOURCE_ALIASES[said]
        return values, self._score(record, values) or self._date(record, values)

    def _reader(self, role: str) -> Callable[[Cell], Any] | None:
        """How the cells of a role are read that need no look at others."""
        if role in _PLAIN:
            return lambda cell: self._hiding.text(str(cell).strip())
        if role == "url":
            return lambda cell: self._hiding.text(str(cell)) if "@" in str(cell) else str(cell)
        return _READERS.get(role)

    def _score(self, record: Record, values: dict[str, Any]) -> str | None:
        cell = self.cell(record, "score")
        said = str(cell).strip().lower()
        if is_missing(cell) or said in NO_SCORE:
            return None
        number, scale = self._plan.verdicts.get(said), self._plan.score_scale
        if number is None:
            number = read_number(cell)
        if number is None:
            return f"score '{self._hiding.text(str(cell)[:40])}' is not a number"
        if is_none_given(number, scale):
            return None
        if scale and off_scale(number, scale):
            return f"score {number:g} is off its scale {scale}"
        values |= {"score": number, "score_scale": scale}
        if scale == "nps_0_10" and number.is_integer():
            values["nps"] = int(number)
        return None

    def _date(self, record: Record, values: dict[str, Any]) -> str | None:
        cell = self.cell(record, "date")
        read = read_date(cell, self._plan.date_order, numbers=self._plan.date_numbers)
        if read is None:
            return None
        if read.value > self._latest:
            return f"date {read.value:%Y-%m-%d} is in the future"
        values["date"] = read.value + (read_clock(self.cell(record, "time")) or timedelta())
        return None
