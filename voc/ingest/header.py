"""Find the header among the first rows of a table of cells."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from voc.ingest.dates import read_date
from voc.ingest.names import NAMES, plain_name
from voc.ingest.profiles import PROFILES
from voc.ingest.scores import read_number
from voc.ingest.survey_header import survey_header
from voc.ingest.wording import is_question

Row = Sequence[object]
_KNOWN: Final = frozenset(name for names in NAMES.values() for name in names) | frozenset(
    name for profile in PROFILES for name in profile.needs
)
#: Title rows above a header are looked for in so many rows.
_TITLE_ROWS: Final = 15


def find_header(rows: Sequence[Row]) -> tuple[int, list[str]]:
    """Index of the first data row, and the column names.

    ``rows`` are the first rows of the table; survey tools use several of them for the header. Rows above the
    header (a title, a blank line) are passed over only where a header follows them; without a header the names
    are ``column_1``, ``column_2`` …
    """
    width = max((_width(row) for row in rows), default=0)
    for at, row in enumerate(rows[:_TITLE_ROWS]):
        if found := survey_header(rows[at : at + 4]):
            used, told = found
            return at + used, unique_names(told, width)
        filled = sum(not _blank(cell) for cell in row)
        if filled > width / 2 and _is_header(row, rows[at + 1 :]):
            return at + 1, unique_names(row, width)
        if filled > width / 2:
            break
    return 0, [f"column_{n}" for n in range(1, width + 1)]


def names_columns(cells: Sequence[str]) -> bool:
    """Whether a line is a header by its own words: short, different names, at least half of them known."""
    plain = [plain_name(cell) for cell in cells]
    known = sum(name in _KNOWN for name in plain)
    return all(plain) and len(set(plain)) == len(plain) and 2 * known >= len(plain)


def _is_header(row: Row, below: Sequence[Row]) -> bool:
    cells = [str(cell).strip() for cell in row if not _blank(cell)]
    plain = [plain_name(cell) for cell in cells]
    known = sum(name in _KNOWN for name in plain)
    if any(not isinstance(cell, str) for cell in row if not _blank(cell)):
        return False
    if any(_is_value(cell) for cell in cells) and known < 2:
        return False
    if known:
        return len(cells) > 1 or known == 1 or bool(below)
    if cells and all(map(is_question, cells)) and not any(is_question(str(cell)) for other in below for cell in other):
        return len(cells) > 1 or (bool(below) and cells[0].endswith("?"))
    if len(cells) < 2 or len(set(cells)) < len(cells) or not below:
        return False
    return _values_below(row, below) or _much_shorter(cells, below)


def _values_below(row: Row, below: Sequence[Row]) -> bool:
    """Whether some column is numbers or dates all the way down from its name."""
    for at, cell in enumerate(row):
        column = [other[at] for other in below if at < len(other) and not _blank(other[at])]
        if not _blank(cell) and column and sum(map(_is_value, column)) > 0.8 * len(column):
            return True
    return False


def _much_shorter(cells: list[str], below: Sequence[Row]) -> bool:
    lengths = [len(str(cell)) for row in below for cell in row if not _blank(cell)]
    return (
        bool(lengths)
        and max(map(len, cells)) <= 60
        and (sum(map(len, cells)) / len(cells) < 0.4 * sum(lengths) / len(lengths))
    )


def _is_value(cell: object) -> bool:
    return read_number(cell) is not None or read_date(cell) is not None


def unique_names(row: Row, width: int) -> list[str]:
    """Names for ``width`` columns: numbered where a cell says nothing or the same as one before."""
    names: dict[str, None] = {}
    for at in range(max(width, len(row))):
        cell = row[at] if at < len(row) else None
        name = f"column_{at + 1}" if _blank(cell) else " ".join(str(cell).split())
        while name in names:
            name = f"{name}_{at + 1}"
        names[name] = None
    return list(names)


def _width(row: Row) -> int:
    """Cells up to the last filled one."""
    return max((at for at, cell in enumerate(row, start=1) if not _blank(cell)), default=0)


def _blank(cell: object) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())
