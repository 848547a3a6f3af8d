"""A rejected row is found again: its line number leads to where it begins in the file."""

from __future__ import annotations

from pathlib import Path

import pytest

from voc.ingest import encoding, read, understand
from voc.ingest.encoding import BLOCK

HEADER = "id,date,stars,review\n"
QUOTED = 'q{n},2025-03-04,4,"two\nlines, and ""more"" of it"\n'
PLAIN = "p{n},2025-03-04,5,came on the day it said\n"
OFF_SCALE = "bad{n},2025-03-04,77,no such number of stars\n"
WIDE = "wide{n},2025-03-04,3,one,two,three,four\n"
STRAY = 'stray{n},2025-03-04,2,"never closed\n'


def rejected(path: Path) -> list[tuple[int, str]]:
    rows = [row for table in read(understand([str(path)])) for row in table.to_pylist()]
    return [(row["line"], row["carried"]) for row in rows if row["status"] == "rejected"]


def begins_with_line(text: str, number: int) -> str:
    return text.replace("\r\n", "\n").split("\n")[number - 1]


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize("middle", [PLAIN, QUOTED, "\n", STRAY], ids=["plain", "quoted", "blank", "stray quote"])
@pytest.mark.parametrize("block", [BLOCK, 4096], ids=["one block", "several blocks"])
def test_line_of_a_rejected_row_of_csv(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int, middle: str, ends: str
) -> None:
    monkeypatch.setattr(encoding, "BLOCK", block)
    parts = [HEADER]
    for n in range(rows := 1000):
        odd = n % (rows // 5)
        parts.append((middle if odd == 3 else OFF_SCALE if odd == 5 else WIDE if odd == 4 else PLAIN).format(n=n))
    text = "".join(parts).replace("\n", ends)
    path = tmp_path / "reviews.csv"
    path.write_bytes(text.encode())
    found = rejected(path)
    assert len(found) >= 10
    for line, carried in found:
        name = begins_with_line(text, line).split(",")[0]
        assert name.startswith(("bad", "wide", "stray")) and name in carried


def test_title_rows_and_blank_lines_count_as_lines(tmp_path: Path) -> None:
    path = tmp_path / "reviews.csv"
    path.write_text("sep=,\n" + HEADER + "\n" + PLAIN * 20 + "\n\n" + OFF_SCALE)
    assert [line for line, _ in rejected(path)] == [26]


@pytest.mark.parametrize("last", ['{"id": "bad", "stars": 99, "review": "off its scale"}', "not json"])
def test_line_of_a_rejected_row_of_json_lines(tmp_path: Path, last: str) -> None:
    path = tmp_path / "reviews.jsonl"
    good = '{"id": "g%d", "stars": 4, "review": "came on the day it said, in one piece"}\n'
    path.write_text("\n" + "".join(good % n for n in range(20_000)) + "\n" + last + "\n")
    assert [line for line, _ in rejected(path)] == [20_003]


def test_a_workbook_has_rows_and_no_lines(tmp_path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    for row in [["id", "stars", "review"], *[[f"g{n}", 4, "came on time"] for n in range(20)], ["bad", 99, "off it"]]:
        book.active.append(row)
    book.save(tmp_path / "reviews.xlsx")
    assert [line for line, _ in rejected(tmp_path / "reviews.xlsx")] == [None]
