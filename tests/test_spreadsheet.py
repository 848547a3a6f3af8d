"""No cell of a file that voc writes is run as a formula, wherever it is written."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pandas as pd
import pytest
from calling import call
from python_calamine import CalamineWorkbook

from voc.pipeline.sinks import open_sink
from voc.pipeline.spreadsheet import escaped
from voc.ui.export import to_csv

FORMULAS = ["=cmd|' /C calc'!A0", "+44 call me", "-1+2", "- slow", "@SUM(A1)", "\t=1", "\r=1", "=", "-"]
PLAIN = ["-5", "+3.5", "-1,234.56", "-12%", "5", "a=b", "", " kind", "e-mail", "'=1"]


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_becomes_text(text: str) -> None:
    assert escaped(text) == f"'{text}"


@pytest.mark.parametrize("value", [*PLAIN, -5, -0.5, None, True])
def test_everything_else_stays(value: object) -> None:
    assert escaped(value) == value


def test_every_file_with_cells(tmp_path: Path) -> None:
    for suffix in (".csv", ".xlsx"):
        with open_sink(str(tmp_path / f"out{suffix}"), ["=name", "text"]) as sink:
            sink.write({"=name": text, "text": [text, "two"]} for text in FORMULAS)
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    assert header == ["'=name", "text"]
    assert rows == [[f"'{text}", f"'{text};two"] for text in FORMULAS]
    header, *rows = CalamineWorkbook.from_path(tmp_path / "out.xlsx").get_sheet_by_index(0).to_python()
    assert header == ["'=name", "text"]
    assert all(cell.startswith("'") for row in rows for cell in row) and len(rows) == len(FORMULAS)


def test_a_workbook_holds_what_xml_cannot(tmp_path: Path) -> None:
    with open_sink(str(tmp_path / "out.xlsx"), ["text"]) as sink:
        sink.write([{"text": "bell \a rung"}])
    assert CalamineWorkbook.from_path(tmp_path / "out.xlsx").get_sheet_by_index(0).to_python()[1] == ["bell   rung"]


def test_the_download_of_the_explorer() -> None:
    comments = pd.DataFrame({"id": FORMULAS, "text": FORMULAS, "score": [-5.0] * len(FORMULAS)})
    rows = list(csv.DictReader(io.StringIO(to_csv(comments).decode("utf-8-sig"), newline="")))
    assert [row["text"] for row in rows] == [row["id"] for row in rows] == [f"'{text}" for text in FORMULAS]
    assert {row["score"] for row in rows} == {"-5.0"}


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_rejected_rows(tmp_path: Path, capsys: pytest.CaptureFixture[str], suffix: str) -> None:
    source, rejects = tmp_path / "=reviews.csv", tmp_path / f"rejected{suffix}"
    source.write_text("id,stars,review\n1,5,=1+1 is what they charge\n2,3,fine\n3,=9+9,too many\n")
    said = call(capsys, "ingest", source, "--store", tmp_path / "store", "--rejects", rejects)
    assert said.code == 4
    if suffix == ".csv":
        with rejects.open(encoding="utf-8", newline="") as file:
            _, *rows = csv.reader(file)
    else:
        _, *rows = CalamineWorkbook.from_path(rejects).get_sheet_by_index(0).to_python()
    (row,) = rows
    assert row[0] == "'=reviews.csv" and not any(str(cell).startswith(("=", "+", "@", "-")) for cell in row)
