"""From an input row to rows of ``voc.schema.READ``: one per answer in customers' words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from voc.ingest.cells import has_words, key_in, text_fault, text_in, with_title
from voc.ingest.columns import is_missing
from voc.ingest.hiding import Hiding
from voc.ingest.keys import CORE, RowIds, question_hash, row_hash
from voc.ingest.plan import FilePlan
from voc.ingest.scores import read_number, scale_asked
from voc.ingest.tables import Broken, Cell, Record
from voc.ingest.turns import customers_turns
from voc.ingest.values import Values
from voc.ingest.wording import is_question
from voc.schema import READ

Row = dict[str, Any]
#: Numbers from here on might be somebody's phone or card.
_SHORT: Final = 10_000
_BLANK: Final[Row] = dict.fromkeys(READ.names)


class RowBuilder:
    """Turns the rows of one file into rows of ``READ``.

    ``pii``: ``mask`` or ``off``. ``now``: dates more than a day after it are rejected.
    """

    def __init__(self, plan: FilePlan, *, pii: str, now: datetime) -> None:
        self._plan = plan
        self._ids = RowIds()
        self._hiding = Hiding(plan, pii)
        self._values = Values(plan, self._hiding, now)
        self._texts = plan.texts

    def build(self, number: int, record: Record | Broken) -> Iterator[Row]:
        """The rows of input row ``number`` (from 1): one, or one per answer of a wide survey row."""
        row = self._blank(number)
        if isinstance(record, Broken):
            yield self._rejected(row, record.reason, {"content": record.content}, row_hash([number, *record]))
            return
        texts = {name: self._said(record, name) for name in self._texts}
        row_id = self._row_id(record)
        given, reason = self._values.read(record)
        reason = next((r for t in texts.values() if (r := text_fault(t))), None) or reason
        if reason:
            yield self._rejected(row, reason, record, row_id)
            return
        row |= given
        row["attributes"], row["carried"] = self._hiding.carried(record)
        row["response_id"] = given.get("response_id") or row_id
        yield from self._answers(row, row_id, texts, record)

    def reject(self, row: Row, reason: str, record: Record) -> Row:
        """A row that ``build`` gave of ``record``, rejected: no values, its content carried."""
        return self._rejected(self._blank(row["row"]), reason, record, row["id"])

    def _blank(self, number: int) -> Row:
        return _BLANK | {
            "dataset": self._plan.dataset,
            "source": self._plan.source,
            "file": self._plan.file,
            "row": number,
            "status": "ok",
            "duplicate": False,
        }

    def _text_cell(self, record: Record, name: str) -> Cell:
        """The cell of a text column, or where it is empty of the one that stands in for it."""
        cell = record.get(name)
        other = self._plan.instead.get(name)
        return record.get(other) if other and not text_in(cell) else cell

    def _said(self, record: Record, name: str) -> str:
        """What the customer says in a text column."""
        text = text_in(self._text_cell(record, name), self._plan.wrapped)
        turns = customers_turns(text) if name in self._plan.conversations else None
        return text if turns is None else turns

    def _answers(self, row: Row, row_id: str, texts: Mapping[str, str], record: Record) -> Iterator[Row]:
        spoken = {name: text for name, text in texts.items() if has_words(text)}
        silent = any(str(record.get(name)).strip().lower() in values for name, values in self._plan.silent.items())
        title = text_in(self._values.cell(record, "title"))
        if title and not spoken and self._texts:
            spoken = {self._texts[0]: ""}
        if silent or not spoken:
            row["status"] = "score_only" if row["score"] is not None and not silent else "empty"
            row["reason"] = "written by the company, by the system, or deleted" if silent else None
            yield _storable(row | {"id": row_id})
            return
        wide = len(self._texts) > 1
        said = texts[self._texts[0]] if self._texts and not wide and row["question"] else ""
        if (number := read_number(said)) is not None:
            yield _storable(row | _numeric_answer(row, number) | {"id": row_id})
            return
        for name, text in spoken.items():
            answer = row | {"id": f"{row_id}-{question_hash(name)}" if wide else row_id}
            answer["text"], title = with_title(title, text), ""
            if answer["question"] is None and (wide or is_question(name)):
                answer["question"] = name
            yield _storable(answer)

    def _row_id(self, record: Record) -> str:
        given = self._values.cell(record, "id")
        if not is_missing(given):
            return key_in(given)
        said = [(role, cell) for role in CORE for cell in self._core_cells(record, role)]
        return self._ids.next(f"{role}={cell}" for role, cell in said if cell not in (None, ""))

    def _core_cells(self, record: Record, role: str) -> list[Cell]:
        if role == "text":
            return [self._text_cell(record, name) for name in self._texts]
        return [self._values.cell(record, role)]

    def _rejected(self, row: Row, reason: str, record: Mapping[str, Cell], row_id: str) -> Row:
        return _storable(
            row
            | {
                "id": row_id,
                "response_id": row_id,
                "status": "rejected",
                "reason": reason,
                "attributes": "{}",
                "carried": self._hiding.rejected(record),
            }
        )


def _numeric_answer(row: Row, number: float) -> Row:
    """A row of a survey with one row per answer, where the answer is only a number: a score, or nothing to read."""
    scale = scale_asked(row["question"], number)
    if scale is None or row["score"] is not None:
        shown = f": {number:g}" if abs(number) < _SHORT else ""
        return {"status": "empty", "reason": f"the answer is only a number{shown}"}
    return {"status": "score_only", "score": number, "score_scale": scale} | (
        {"nps": int(number)} if scale == "nps_0_10" else {}
    )


def _storable(row: Row) -> Row:
    """Lone surrogates, which no table can hold, become question marks."""
    for name, value in row.items():
        if isinstance(value, str) and not value.isascii():
            row[name] = value.encode("utf-8", "replace").decode()
    return row
