"""From one cell to one value."""

from __future__ import annotations

import json
import re
from datetime import date, datetime, time
from typing import Any, Final

from voc.ingest.dates import read_date
from voc.ingest.keys import customer_hash
from voc.ingest.names import NO_ANSWERS
from voc.ingest.scores import read_number
from voc.ingest.tables import Cell

MAX_TEXT: Final = 100_000
_MISSING_TEXT: Final = frozenset({"nan", "null", "<na>"}) | NO_ANSWERS
_QUOTE = re.compile(
    r"<(blockquote|aside|pre|script|style)\b.*?</\1>|</?[a-zA-Z][^<>]*>|&nbsp;|^[ \t]*>[^\n]*$",
    re.DOTALL | re.MULTILINE,
)
_DATE_SHAPE = re.compile(r"\d{1,4}([./-])\d{1,2}\1\d{1,4}(?:[T ,]+[\d:.]+.{0,8})?")
_NOT_AMOUNT = re.compile(r"[^\d.\-]")


def text_in(cell: Cell, wrapped: bool = False) -> str:
    """What a cell says; nothing for ``NaN`` and the like. ``wrapped``: a second pair of quotes is taken off."""
    if cell is None or cell != cell:
        return ""
    text = (cell if isinstance(cell, str) else plain_text(cell)).strip()
    if wrapped and len(text) > 1 and text[0] == text[-1] == '"':
        text = text[1:-1].replace('""', '"').strip()
    return "" if text.lower() in _MISSING_TEXT else text


def text_fault(text: str) -> str | None:
    """Why a text cannot be read, or None."""
    if len(text) > MAX_TEXT:
        return f"text of {len(text):,} characters, over {MAX_TEXT:,}"
    return "null byte in the text" if "\0" in text else None


def has_words(text: str) -> bool:
    """Whether anything is left once markup and quoted lines are gone."""
    if "<" in text or ">" in text or "&" in text:
        return bool(_QUOTE.sub(" ", text).strip())
    return bool(text)


def with_title(title: str, text: str) -> str:
    """``Title. Text``, or the text alone where the title only repeats how it begins."""
    words = " ".join(title.split()).rstrip(".… ").casefold()
    if not words or " ".join(text.split()).casefold().startswith(words):
        return text
    if not text:
        return title
    return f"{title} {text}" if title.endswith((".", "!", "?", "…", ":")) else f"{title}. {text}"


def key_in(cell: Cell) -> str:
    """A key as given; hashed where it is somebody's address."""
    text = str(cell).strip()
    return customer_hash(text) if "@" in text else text


def amount_in(cell: Cell) -> float | None:
    if isinstance(cell, int | float):
        return float(cell)
    try:
        return float(_NOT_AMOUNT.sub("", str(cell)))
    except ValueError:
        return None


def is_moment(cell: Cell, text: str) -> bool:
    """Whether a cell of a column named for dates or times is one, though its digits might be a phone's."""
    if _DATE_SHAPE.fullmatch(text.strip()) or read_date(cell, numbers=True):
        return True
    return read_number(cell) is not None and not text.lstrip().startswith("0")


def plain_text(cell: Cell) -> str:
    return str(cell) if isinstance(cell, int | float | datetime | date | time) else as_json(cell)


def as_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
