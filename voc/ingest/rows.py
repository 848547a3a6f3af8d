"""From an input row to rows of ``voc.schema.READ``: one per answer in customers' words."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from math import isfinite
from typing import Any, Final

from voc.ingest.columns import is_missing
from voc.ingest.dates import read_date
from voc.ingest.keys import CORE, RowIds, customer_hash, question_hash
from voc.ingest.plan import FilePlan
from voc.ingest.profiles import PERSONAL_NAMES, SOURCE_ALIASES, is_question, plain_name
from voc.ingest.scores import off_scale, read_number
from voc.ingest.tables import Broken, Cell, Record
from voc.schema import READ
from voc.text import clean, mask

Row = dict[str, Any]
MAX_TEXT: Final = 100_000
_REJECTED_CHARS: Final = 500
_FUTURE: Final = timedelta(days=1)
_PLAIN: Final = ("brand", "product", "customer_segment", "survey_type", "question", "touchpoint")
_KEYS: Final = ("response_id", "thread_id")
_AMOUNTS: Final = ("customer_value", "weight")
_AS_GIVEN: Final = ("id", "date", "score", *_KEYS, *_AMOUNTS)
_MISSING_TEXT: Final = frozenset({"nan", "null", "<na>"})
_QUOTE = re.compile(
    r"<(blockquote|aside|pre|script|style)\b.*?</\1>|</?[a-zA-Z][^<>]*>|&nbsp;|^[ \t]*>[^\n]*$",
    re.DOTALL | re.MULTILINE,
)
_BROKEN_TEXT = re.compile(r"[ÂÃâ][\x80-\xbf€™œž‚„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜š›Ÿ]")
_DATE_WORDS: Final = frozenset({"date", "dates", "time", "times", "datetime", "timestamp", "at"})
_DATE_SHAPE = re.compile(r"\d{1,4}([./-])\d{1,2}\1\d{1,4}(?:[T ,]+[\d:.]+.{0,8})?")
_NOT_AMOUNT = re.compile(r"[^\d.\-]")
_BLANK: Final[Row] = dict.fromkeys(READ.names)


class RowBuilder:
    """Turns the rows of one file into rows of ``READ``.

    ``pii``: ``mask`` or ``off``. ``now``: dates more than a day after it are rejected.
    """

    def __init__(self, plan: FilePlan, *, pii: str, now: datetime) -> None:
        self._plan = plan
        self._latest = now + _FUTURE
        self._ids = RowIds()
        self._hide: Callable[[str], str] = _masked if pii == "mask" else _same
        self._roles = {column: role for role, column in plan.columns.items() if isinstance(column, str)}
        self._texts = plan.texts
        self._personal = {}
        if pii == "mask":
            self._personal = {
                c: f"[{kind}]"
                for c in plan.table_columns
                if c not in self._roles and (kind := PERSONAL_NAMES.get(plain_name(c)))
            }
        self._timed = {c for c in plan.table_columns if _DATE_WORDS & set(plain_name(c).split())}
        self._silent = {
            column: values for column in plan.table_columns if (values := plan.profile.silent.get(plain_name(column)))
        }

    def build(self, number: int, record: Record | Broken) -> Iterator[Row]:
        """The rows of input row ``number`` (from 1): one, or one per answer of a wide survey row."""
        row = self._blank(number)
        if isinstance(record, Broken):
            yield self._rejected(row, record.reason, {"content": record.content}, RowIds().next([number, *record]))
            return
        texts = {name: _text(record.get(name), self._plan.wrapped) for name in self._texts}
        row_id = self._row_id(record)
        given, reason = self._values(record)
        reason = next((r for t in texts.values() if (r := _text_fault(t))), None) or reason
        if reason:
            yield self._rejected(row, reason, record, row_id)
            return
        row |= given
        row["attributes"], row["carried"] = self._carry(record)
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

    def _answers(self, row: Row, row_id: str, texts: Mapping[str, str], record: Record) -> Iterator[Row]:
        spoken = {name: text for name, text in texts.items() if _has_words(text)}
        silent = any(str(record.get(name)).lower() in values for name, values in self._silent.items())
        title = self._title(record)
        if title and not spoken and self._texts:
            spoken = {self._texts[0]: ""}
        if silent or not spoken:
            row["status"] = "score_only" if row["score"] is not None and not silent else "empty"
            row["reason"] = "written by the system or deleted" if silent else None
            yield _storable(row | {"id": row_id})
            return
        wide = len(self._texts) > 1
        for name, text in spoken.items():
            answer = row | {"id": f"{row_id}-{question_hash(name)}" if wide else row_id}
            answer["text"] = _with_title(title, text)
            if answer["question"] is None and (wide or is_question(name)):
                answer["question"] = name
            yield _storable(answer)

    def _row_id(self, record: Record) -> str:
        given = self._cell(record, "id")
        if not is_missing(given):
            return _key(given)
        named = [(role, name) for role in CORE for name in self._core_columns(role)]
        return self._ids.next(f"{role}={cell}" for role, name in named if (cell := record.get(name)) not in (None, ""))

    def _core_columns(self, role: str) -> tuple[str, ...]:
        column = self._plan.column(role)
        return self._texts if role == "text" else (column,) if column else ()

    def _values(self, record: Record) -> tuple[Row, str | None]:
        """The values of the mapped columns, and why the row must be rejected (or None)."""
        values: Row = {}
        for role in _PLAIN:
            if not is_missing(cell := self._cell(record, role)):
                values[role] = self._hide(_repaired(str(cell).strip()))
        for role in _KEYS:
            if not is_missing(cell := self._cell(record, role)):
                values[role] = _key(cell)
        for role in _AMOUNTS:
            if not is_missing(cell := self._cell(record, role)):
                values[role] = _amount(cell)
        if not is_missing(cell := self._cell(record, "customer_id")):
            values["customer_id"] = customer_hash(cell)
        if not is_missing(cell := self._cell(record, "url")):
            values["url"] = self._hide(str(cell)) if "@" in str(cell) else str(cell)
        if (said := str(self._cell(record, "source")).strip().lower()) in SOURCE_ALIASES:
            values["source"] = SOURCE_ALIASES[said]
        return values, self._score(record, values) or self._date(record, values)

    def _score(self, record: Record, values: Row) -> str | None:
        cell = self._cell(record, "score")
        if is_missing(cell):
            return None
        number, scale = read_number(cell), self._plan.score_scale
        if number is None:
            return f"score '{self._hide(str(cell)[:40])}' is not a number"
        if scale and off_scale(number, scale):
            return f"score {number:g} is off its scale {scale}"
        values |= {"score": number, "score_scale": scale}
        if scale == "nps_0_10" and number.is_integer():
            values["nps"] = int(number)
        return None

    def _date(self, record: Record, values: Row) -> str | None:
        cell = self._cell(record, "date")
        read = read_date(cell, self._plan.date_order, numbers=self._plan.date_numbers)
        if read and read.value > self._latest:
            return f"date {read.value:%Y-%m-%d} is in the future"
        values["date"] = read.value if read else None
        return None

    def _title(self, record: Record) -> str:
        return _text(self._cell(record, "title"), False)

    def _cell(self, record: Record, role: str) -> Cell:
        column = self._plan.column(role)
        return record.get(column) if column else None

    def _carry(self, record: Record) -> tuple[str, str]:
        """``attributes`` (filled columns without a role) and ``carried`` (all but the text's own) as JSON."""
        carried = {name: self._shown(name, cell) for name, cell in record.items() if name not in self._texts}
        attributes = {name: cell for name, cell in carried.items() if name not in self._roles and cell is not None}
        return _json(attributes), _json(carried)

    def _shown(self, name: str, cell: Cell) -> Any:
        """A cell as it may be stored: masked, hashed where it is the customer's id, as JSON can hold it."""
        if cell is None or cell != cell:
            return None
        role = self._roles.get(name)
        if role == "customer_id":
            return None if is_missing(cell) else customer_hash(cell)
        if isinstance(cell, datetime | date | time):
            return cell.isoformat()
        if name in self._personal:
            return None if is_missing(cell) else self._personal[name]
        if isinstance(cell, float) and not isfinite(cell):
            return str(cell)
        if isinstance(cell, bool | float) or (isinstance(cell, int) and abs(cell) < 10**7):
            return cell
        text = cell if isinstance(cell, str) else _plain_text(cell)
        if role in _AS_GIVEN and "@" not in text:
            return cell if isinstance(cell, int) else text
        if name in self._timed and _is_moment(cell, text):
            return cell if isinstance(cell, int) else text
        hidden = self._hide(_repaired(text))
        return cell if isinstance(cell, int) and hidden == text else hidden

    def _rejected(self, row: Row, reason: str, record: Mapping[str, Cell], row_id: str) -> Row:
        content = {name: self._shown(name, _cut(cell)) for name, cell in record.items()}
        short = {name: cell[:_REJECTED_CHARS] if isinstance(cell, str) else cell for name, cell in content.items()}
        return _storable(
            row
            | {
                "id": row_id,
                "response_id": row_id,
                "status": "rejected",
                "reason": reason,
                "attributes": "{}",
                "carried": _json(short),
            }
        )


def _text(cell: Cell, wrapped: bool) -> str:
    if cell is None or cell != cell:
        return ""
    text = (cell if isinstance(cell, str) else _plain_text(cell)).strip()
    if wrapped and len(text) > 1 and text[0] == text[-1] == '"':
        text = text[1:-1].replace('""', '"').strip()
    return "" if text.lower() in _MISSING_TEXT else text


def _text_fault(text: str) -> str | None:
    if len(text) > MAX_TEXT:
        return f"text of {len(text):,} characters, over {MAX_TEXT:,}"
    return "null byte in the text" if "\0" in text else None


def _has_words(text: str) -> bool:
    """Whether anything is left once markup and quoted lines are gone."""
    if "<" in text or ">" in text or "&" in text:
        return bool(_QUOTE.sub(" ", text).strip())
    return bool(text)


def _with_title(title: str, text: str) -> str:
    """``Title. Text``, or the text alone where the title only repeats how it begins."""
    words = " ".join(title.split()).rstrip(".… ").casefold()
    if not words or " ".join(text.split()).casefold().startswith(words):
        return text
    if not text:
        return title
    return f"{title} {text}" if title.endswith((".", "!", "?", "…", ":")) else f"{title}. {text}"


def _key(cell: Cell) -> str:
    """A key as given; hashed where it is somebody's address."""
    text = str(cell).strip()
    return customer_hash(text) if "@" in text else text


def _amount(cell: Cell) -> float | None:
    if isinstance(cell, int | float):
        return float(cell)
    try:
        return float(_NOT_AMOUNT.sub("", str(cell)))
    except ValueError:
        return None


def _is_moment(cell: Cell, text: str) -> bool:
    """Whether a cell of a column named for dates or times is one, though its digits might be a phone's."""
    if _DATE_SHAPE.fullmatch(text.strip()) or read_date(cell, numbers=True):
        return True
    return read_number(cell) is not None and not text.lstrip().startswith("0")


def _cut(cell: Cell) -> Cell:
    return cell[: 2 * _REJECTED_CHARS] if isinstance(cell, str) else cell


def _repaired(text: str) -> str:
    return clean(text) if _BROKEN_TEXT.search(text) else text


def _same(text: str) -> str:
    return text


def _masked(text: str) -> str:
    return _masked_short(text) if len(text) <= 80 else mask(text).text


@lru_cache(maxsize=20_000)
def _masked_short(text: str) -> str:
    return mask(text).text


def _plain_text(cell: Cell) -> str:
    return str(cell) if isinstance(cell, int | float | datetime | date | time) else _json(cell)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def _storable(row: Row) -> Row:
    """Lone surrogates, which no table can hold, become question marks."""
    for name, value in row.items():
        if isinstance(value, str) and not value.isascii():
            row[name] = value.encode("utf-8", "replace").decode()
    return row
