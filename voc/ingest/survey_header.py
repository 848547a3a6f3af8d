"""Headers of several rows, as survey tools write them: found by their shape, joined into one name per column."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from voc.ingest.names import plain_name

Row = Sequence[object]
_IMPORT_ID = re.compile(r"""\{\s*['"]ImportId['"]""")
_QUESTION_ID = re.compile(r"""['"]_?QID""")
_TAG = re.compile(r"<[^<>]*>|&nbsp;")
#: What stands under a question that has one answer.
_ANSWER: Final = frozenset({"response", "open ended response", "selected choice"})
_ANSWER_END = re.compile(r"\s+-\s+(?:Selected Choice|Open-Ended Response|Response)$")
#: So many columns must be named twice, as ``RecordedDate`` and ``Recorded Date``, to make the second row a header too.
_SAID_TWICE: Final = 3
_QUESTION_WORDS: Final = 3


def survey_header(rows: Sequence[Row]) -> tuple[int, list[str | None]] | None:
    """How many of these rows are the header, and the name of each column; None where one row is.

    Qualtrics writes names, question texts and ids (the ids may be cut off); SurveyMonkey writes questions, then
    under each its choices. The wording of a question becomes its column's name.
    """
    return _names_and_ids(rows) or _names_said_twice(rows) or _questions_and_choices(rows)


def _names_and_ids(rows: Sequence[Row]) -> tuple[int, list[str | None]] | None:
    at = next((n for n, row in enumerate(rows[1:3], start=1) if _is_ids(row)), None)
    if at is None:
        return None
    short, long, ids = rows[0], rows[at - 1], rows[at]
    asked = [bool(_QUESTION_ID.search(_cell(ids, n))) for n in range(len(ids))]
    names = [_said(long, n) if is_asked else _said(short, n) for n, is_asked in enumerate(asked)]
    return at + 1, _told_apart(names, short)


def _is_ids(row: Row) -> bool:
    filled = [str(cell) for cell in row if cell]
    return len(filled) > 1 and sum(bool(_IMPORT_ID.match(cell.strip())) for cell in filled) > len(filled) / 2


def _names_said_twice(rows: Sequence[Row]) -> tuple[int, list[str | None]] | None:
    if len(rows) < 2:
        return None
    short, long = rows[0], rows[1]
    pairs = [(plain_name(_cell(short, n)), plain_name(_cell(long, n))) for n in range(len(short))]
    if sum(bool(one) and one == other for one, other in pairs) < _SAID_TWICE:
        return None
    names = [
        _said(long, n) if one != other and len(other.split()) >= _QUESTION_WORDS else _said(short, n)
        for n, (one, other) in enumerate(pairs)
    ]
    return 2, _told_apart(names, short)


def _questions_and_choices(rows: Sequence[Row]) -> tuple[int, list[str | None]] | None:
    if len(rows) < 3 or not _cell(rows[0], 0) or _cell(rows[1], 0) or not _cell(rows[2], 0):
        return None
    above, below = rows[0], rows[1]
    width = max(len(above), len(below))
    under = [n for n in range(width) if _cell(below, n)]
    if len(under) < 1 or not _cell(above, under[0]):
        return None
    spans = any(not _cell(above, n) for n in under)
    if not spans and not any(plain_name(_cell(below, n)) in _ANSWER for n in under):
        return None
    names: list[str | None] = []
    question: str | None = None
    for n in range(width):
        choice = _said(below, n)
        question = _said(above, n) or (question if choice else None)
        alone = choice is None or plain_name(choice) in _ANSWER
        names.append(question if alone else f"{question} - {choice}")
    return 2, names


def _told_apart(names: list[str | None], short: Row) -> list[str | None]:
    """Names that are there twice, with the short name behind."""
    return [
        f"{name} ({_said(short, n)})" if name is not None and names.index(name) < n and _said(short, n) else name
        for n, name in enumerate(names)
    ]


def _said(row: Row, at: int) -> str | None:
    text = " ".join(_TAG.sub(" ", _cell(row, at)).split())
    return _ANSWER_END.sub("", text) or None


def _cell(row: Row, at: int) -> str:
    cell = row[at] if at < len(row) else None
    return "" if cell is None else str(cell).strip()
