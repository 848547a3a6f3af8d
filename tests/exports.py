"""Write exports and read them back: what the tests of reading share."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from voc.errors import InputError
from voc.ingest import Plan, merge, read, tally, understand

Row = dict[str, Any]


def understood(path: Path) -> tuple[Plan, list[Row]]:
    """The plan of one input and its rows, each of which is accounted for."""
    plan = understand([str(path)])
    tables = list(read(plan))
    accounts = merge(map(tally, tables)).values()
    assert sum(a.read for a in accounts) == plan.rows
    assert all(a.read == a.kept + a.duplicates + a.empty + a.rejected for a in accounts)
    return plan, [row for table in tables for row in table.to_pylist()]


def refused(path: Path) -> str:
    """The one line that an input is refused with."""
    with pytest.raises(InputError) as caught:
        understand([str(path)])
    assert "\n" not in str(caught.value)
    return str(caught.value)


def texts(rows: list[Row]) -> list[str | None]:
    return [row["text"] for row in rows if row["status"] == "ok"]


def write(path: Path, content: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def delimited(rows: list[list[Any]], delimiter: str = ",") -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows(rows)
    return out.getvalue()


def workbook(path: Path, sheets: dict[str, list[list[Any]]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


WORDS = ["The courier rang twice and waited", "Nobody answers the phone after five", "It broke on the second day"]
REVIEWS = "review_id,date,stars,review\n" + "".join(f"r{n},2025-03-0{n + 1},{n + 2},{w}\n" for n, w in enumerate(WORDS))
