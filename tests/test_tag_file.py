"""The stateless job: a file in, a file out, one row per comment in input order, whole or not at all."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from python_calamine import CalamineWorkbook

from voc.errors import InputError, ModelError, UsageError
from voc.ingest import ReadOptions
from voc.pipeline import Tagger, load_tagger, tag_file
from voc.pipeline.tag_file import COMMENT_COLUMNS, SEGMENT_COLUMNS
from voc.themes import Theme, ThemeSet
from voc.themes.model import as_prototypes

HEADER = ("id", "status", "stars", "review", "note")
ROWS: tuple[tuple[Any, ...], ...] = (
    ("k1", "open", 1, "They charged me twice, but the lady on the phone was kind.", "=1+1"),
    ("k2", "open", 5, "The friendly adviser sorted it in two minutes. Thank you so much!", "+44 7700 900218"),
    ("k2", "shut", 5, "The friendly adviser sorted it in two minutes. Thank you so much!", ""),
    ("k3", "shut", 3, "", "@home"),
    ("k4", "", "", "", ""),
    ("k5", "", 1, "n/a", ""),
    ("k6", "", 8, "Eight of five stars", ""),
    ("k7", "", 4, "Escribo porque nadie me contesta el teléfono desde hace tres semanas.", ""),
    ("k8", "", 2, "=cmd|' /C calc'!A0 is what my bill says", "-5"),
)
STATUSES = ["ok", "ok", "ok", "score_only", "empty", "junk", "rejected", "unsupported_language", "ok"]


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    return load_tagger()


def write(path: Path, rows: Sequence[Sequence[Any]] = ROWS, header: Sequence[str] = HEADER) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return path


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write(tmp_path / "reviews.csv")


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def tagged(tagger: Tagger, source: Path, **options: Any) -> list[dict[str, Any]]:
    out = source.with_name("out.jsonl")
    tag_file([str(source)], str(out), tagger, **options)
    return lines(out)


# --- rows -------------------------------------------------------------------------------------


def test_one_row_per_comment_in_input_order(tagger: Tagger, source: Path) -> None:
    out = source.with_name("out.jsonl")
    counts = tag_file([str(source)], str(out), tagger)
    rows = lines(out)
    assert [row["id_input"] for row in rows] == [row[0] for row in ROWS]
    assert [row["status"] for row in rows] == STATUSES
    assert counts.rows == 9 and counts.by_status["ok"] == 4 and counts.rejected == 1 and counts.skipped == ()


def test_input_columns_first_and_renamed_where_a_tag_has_their_name(tagger: Tagger, source: Path) -> None:
    (first, *_) = tagged(tagger, source)
    assert list(first) == ["id_input", "status_input", "stars", "note", *COMMENT_COLUMNS]
    assert (first["id_input"], first["status_input"], first["stars"], first["note"]) == (
        "k1",
        "open",
        "1",
        "=1+1",
    )
    assert "review" not in first


def test_tags(tagger: Tagger, source: Path) -> None:
    rows = tagged(tagger, source)
    assert rows[1]["sentiment"] == "positive" and rows[1]["stance"] == "giving" and rows[1]["signals"]
    assert rows[1]["evidence"] in rows[1]["text"] and rows[1]["note"] == "[phone]"
    assert rows[0]["themes"] is None and rows[0]["theme_labels"] is None and rows[0]["theme_version"] is None
    assert {row["model_version"] for row in rows} == {tagger.model_version}
    for row, status in zip(rows, STATUSES, strict=True):
        assert (row["stance"] is not None) == (status == "ok")
        assert (row["text"] is None) == (status in ("score_only", "empty", "rejected"))
    assert rows[7]["language"] == "es"


def test_a_repeated_row_is_tagged_like_the_first(tagger: Tagger, source: Path) -> None:
    _, one, other, *_ = tagged(tagger, source)
    assert {**one, "status_input": "", "note": ""} == {**other, "status_input": "", "note": ""}


def test_segments(tagger: Tagger, source: Path) -> None:
    whole = {row["id"]: row for row in tagged(tagger, source)}
    rows = tagged(tagger, source, segments=True)
    assert list(rows[0]) == list(SEGMENT_COLUMNS)
    assert [(row["id"], row["segment_no"]) for row in rows][:3] == [("k1", 0), ("k1", 1), ("k2", 0)]
    assert {row["id"] for row in rows} == {"k1", "k2", "k8"}
    for row in rows:
        assert row["text"] == whole[row["id"]]["text"][row["start"] : row["end"]]
        assert row["stance"] and (row["evidence"] is None) == (not row["signals"])


# --- formats ----------------------------------------------------------------------------------


def test_csv(tagger: Tagger, source: Path) -> None:
    out = source.with_name("out.csv")
    tag_file([str(source)], str(out), tagger)
    with out.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    reference = tagged(tagger, source)
    assert list(rows[0]) == list(reference[0])
    assert [row["status"] for row in rows] == STATUSES
    assert rows[0]["signals"] == ";".join(reference[0]["signals"])
    assert [float(p) for p in rows[1]["signal_p"].split(";")] == reference[1]["signal_p"] != []
    assert rows[3]["text"] == "" and rows[3]["stance"] == ""


def test_spreadsheets_take_nothing_for_a_formula(tagger: Tagger, source: Path) -> None:
    out, book = source.with_name("out.csv"), source.with_name("out.xlsx")
    tag_file([str(source)], str(out), tagger)
    tag_file([str(source)], str(book), tagger)
    with out.open(encoding="utf-8", newline="") as file:
        cells = [[row["note"], row["text"]] for row in csv.DictReader(file)]
    assert cells[0][0] == "'=1+1" and cells[3][0] == "'@home"
    assert cells[8][1].startswith("'=cmd")
    header, *rows = CalamineWorkbook.from_path(book).get_sheet_by_index(0).to_python()
    assert header[:4] == ["id_input", "status_input", "stars", "note"] and len(rows) == len(ROWS)
    assert not any(isinstance(cell, str) and cell.startswith(("=", "+", "@")) for row in rows for cell in row)
    assert [row[header.index("status")] for row in rows] == STATUSES


def test_parquet(tagger: Tagger, source: Path) -> None:
    out = source.with_name("out.parquet")
    tag_file([str(source)], str(out), tagger)
    table = pq.read_table(out)
    assert table.column_names == ["id_input", "status_input", "stars", "note", *COMMENT_COLUMNS]
    assert table["status"].to_pylist() == STATUSES
    assert table["signals"].to_pylist()[1] == tagged(tagger, source)[1]["signals"]
    assert str(table.schema.field("signals").type) == "list<element: string>" and table["note"].to_pylist()[0] == "=1+1"
    assert table["abstained"].type == "bool" and table["sentiment_p"].type == "float"


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet", ".xlsx"])
def test_segments_in_every_format(tagger: Tagger, source: Path, suffix: str) -> None:
    out = source.with_name(f"out{suffix}")
    tag_file([str(source)], str(out), tagger, segments=True)
    assert out.stat().st_size > 100


def test_every_format_can_be_read_back(tagger: Tagger, source: Path) -> None:
    texts = [row["text"] for row in tagged(tagger, source) if row["status"] == "ok"]
    for suffix in (".csv", ".jsonl", ".parquet", ".xlsx"):
        out = source.with_name(f"once{suffix}")
        tag_file([str(source)], str(out), tagger)
        again = source.with_name(f"again{suffix}.jsonl")
        tag_file([str(out)], str(again), tagger, reading=ReadOptions({"text": "text"}))
        read = [row["text"] for row in lines(again) if row["status"] == "ok"]
        assert read == [("'" if t.startswith("=") and suffix in (".csv", ".xlsx") else "") + t for t in texts]


def test_standard_output(tagger: Tagger, source: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tag_file([str(source)], "-", tagger)
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == tagged(tagger, source)


# --- the law, file by file --------------------------------------------------------------------


def test_two_files_together_are_tagged_as_each_alone(
    tagger: Tagger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_module("voc.pipeline.tag_file"), "BATCH", 4)
    rows = [
        (f"m{i}", "", i % 5 + 1, f"Week {i}: still no card. The chat says day {i}, the shop says never.", "")
        for i in range(11)
    ]
    one, other = write(tmp_path / "one.csv", rows[:6]), write(tmp_path / "other.csv", rows[6:])
    out = tmp_path / "both.jsonl"
    tag_file([str(one), str(other)], str(out), tagger)
    assert lines(out) == tagged(tagger, one) + tagged(tagger, other)


# --- themes -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def themed(tagger: Tagger) -> Tagger:
    phrases = {
        "charged": "They charged me twice",
        "kind": "the lady on the phone was kind",
        "fast": "The friendly adviser sorted it in two minutes",
    }
    prototypes = {name: as_prototypes(tagger.encoder.encode([phrase])) for name, phrase in phrases.items()}
    themes = tuple(Theme(id=name, label=name.title(), prototypes=p, threshold=0.5) for name, p in prototypes.items())
    return tagger.with_themes(ThemeSet(themes, tagger.encoder.name))


def test_themes(themed: Tagger, source: Path) -> None:
    rows = tagged(themed, source)
    assert (rows[0]["themes"], rows[0]["theme_labels"]) == (["charged", "kind"], ["Charged", "Kind"]) or rows[0][
        "themes"
    ] == ["kind", "charged"]
    assert rows[1]["theme_labels"] == ["Fast"] and rows[8]["themes"] == [] and rows[3]["themes"] is None
    assert themed.themes and rows[0]["theme_version"] == themed.themes.version


def test_merged_and_retired_themes_are_resolved(themed: Tagger, source: Path) -> None:
    assert themed.themes
    charged, kind, fast = themed.themes.themes
    edited = ThemeSet(
        (charged, replace(kind, status="merged", merged_into="charged"), replace(fast, status="retired")),
        themed.themes.encoder,
    )
    rows = tagged(themed.with_themes(edited), source)
    assert rows[0]["themes"] == ["charged"] and rows[0]["theme_labels"] == ["Charged"]
    assert rows[1]["themes"] == [] and rows[1]["theme_labels"] == []
    found = {row["theme"] for row in tagged(themed.with_themes(edited), source, segments=True)}
    assert found == {"charged", None}


# --- whole or not at all ----------------------------------------------------------------------


class Breaking:
    """The real encoder, until the second batch."""

    def __init__(self, tagger: Tagger) -> None:
        self._encoder, self._calls = tagger.encoder, 0
        self.name, self.dim = tagger.encoder.name, tagger.encoder.dim

    def encode(self, texts: Sequence[str], progress: Any = None) -> Any:
        self._calls += 1
        if self._calls > 1:
            raise ModelError("the encoder broke: this is a test")
        return self._encoder.encode(texts, progress)


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet", ".xlsx"])
def test_a_failure_leaves_no_file_and_the_old_one_as_it_was(
    tagger: Tagger, source: Path, suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_module("voc.pipeline.tag_file"), "BATCH", 3)
    new, old = source.with_name(f"new{suffix}"), source.with_name(f"old{suffix}")
    old.write_bytes(b"last week's")
    before = set(os.listdir(source.parent))
    for out in (new, old):
        with pytest.raises(ModelError):
            tag_file([str(source)], str(out), Tagger(Breaking(tagger), tagger.heads))
    assert old.read_bytes() == b"last week's" and set(os.listdir(source.parent)) == before


@pytest.mark.parametrize("out", ["out.pdf", "out", "nowhere/out.csv"])
def test_an_output_that_cannot_be_written(tagger: Tagger, source: Path, out: str) -> None:
    with pytest.raises(UsageError, match="Cannot write"):
        tag_file([str(source)], str(source.with_name("x").parent / out), tagger)


def test_the_input_is_not_overwritten(tagger: Tagger, source: Path) -> None:
    with pytest.raises(UsageError, match="is the input as well"):
        tag_file([str(source)], str(source), tagger)
    assert source.read_text().startswith("id,status")


def test_an_empty_input(tagger: Tagger, tmp_path: Path) -> None:
    with pytest.raises(InputError):
        tag_file([str(write(tmp_path / "none.csv", []))], str(tmp_path / "out.csv"), tagger)
    assert not (tmp_path / "out.csv").exists()


def test_lines_keep_other_alphabets(tagger: Tagger, tmp_path: Path) -> None:
    (row,) = tagged(tagger, write(tmp_path / "in.csv", [("k1", "", 5, "Schöner Service, 👍 très bien", "ü")]))
    assert row["note"] == "ü" and row["text"] == "Schöner Service, 👍 très bien"
    assert "Schöner" in (tmp_path / "out.jsonl").read_text(encoding="utf-8")
