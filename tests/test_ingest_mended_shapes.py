"""Exports bent on their way: rows in quotes as a whole, JSON without an array of objects, files beside comments."""

from __future__ import annotations

import io
import json
import time
from pathlib import Path
from typing import Any

import pytest
from exports import REVIEWS, WORDS, refused, texts, understood, workbook, write

from voc.errors import InputError
from voc.ingest import understand
from voc.ingest.documents import _Utf8
from voc.ingest.skeleton import find_shape

# --- rows of CSV that do not fit ---------------------------------------------------------------------------

MIXED = [
    ("Good room and staff", 4),
    ("Nice, but the wifi was slow", 3),
    ("Rude waiter at dinner", 1),
    ("Dirty, loud", 1),
]


def wrapped(line: str) -> str:
    return '"' + line.replace('"', '""') + '"'


@pytest.mark.parametrize("which", ["where it has a comma", "rows", "header and rows"])
def test_rows_quoted_as_a_whole_are_split_again(tmp_path: Path, which: str) -> None:
    lines = ["id,review,stars"]
    for n, (text, stars) in enumerate(MIXED):
        line = f'{n},"{text}",{stars}' if "," in text else f"{n},{text},{stars}"
        lines.append(wrapped(line) if "," in text or which != "where it has a comma" else line)
    if which == "header and rows":
        lines[0] = wrapped(lines[0])
    plan, rows = understood(write(tmp_path / "a.csv", "\n".join(lines)))
    assert plan.files[0].columns == {"text": "review", "date": None, "score": "stars", "id": "id"}
    assert [(row["text"], row["score"]) for row in rows] == MIXED


def test_a_row_of_one_field_that_cannot_be_split_is_rejected_with_its_line(tmp_path: Path) -> None:
    content = 'id,review,stars\n1,Good room,4\n"2,Nice, but slow, indeed,3"\n"Nice room, but, slow"\n3,Rude waiter,1\n'
    _, rows = understood(write(tmp_path / "a.csv", content))
    assert [(row["line"], row["reason"]) for row in rows if row["status"] == "rejected"] == [
        (3, "row of one field where 3 were expected"),
        (4, "row of one field where 3 were expected"),
    ]
    assert texts(rows) == ["Good room", "Rude waiter"]


def test_a_stray_quote_before_a_line_break_costs_no_other_row(tmp_path: Path) -> None:
    content = 'id,review,stars\r\n1,Good room,4\r"\n2,"Nice"\n3,Rude waiter,1\r\n4,Fine,5\r\n'
    _, rows = understood(write(tmp_path / "a.csv", content))
    assert texts(rows) == ["Good room", "Rude waiter", "Fine"]


def test_commas_of_a_text_that_comes_last_need_no_quotes(tmp_path: Path) -> None:
    content = "rating,review\n4,Good room, nice staff, cheap\n5,Fine\n"
    content += "so so,no number, but words, here\n1,Bad, and cold\n1,a,b,c\n"
    _, rows = understood(write(tmp_path / "a.csv", content))
    assert texts(rows) == ["Good room, nice staff, cheap", "Fine", "Bad, and cold"]
    assert [(row["line"], row["reason"]) for row in rows if row["status"] == "rejected"] == [
        (4, "row of 4 fields where 2 were expected"),
        (6, "row of 4 fields where 2 were expected"),
    ]


def test_one_wide_row_among_regular_ones_is_rejected(tmp_path: Path) -> None:
    content = "rating,review\n" + "4,came on time\n" * 20 + "4,late, and broken\n"
    _, rows = understood(write(tmp_path / "a.csv", content))
    assert [row["reason"] for row in rows if row["status"] == "rejected"] == ["row of 3 fields where 2 were expected"]


def test_a_table_without_a_whole_row_says_what_is_wrong(tmp_path: Path) -> None:
    said = refused(
        write(tmp_path / "a.csv", "rating,review,date\n4,Good, nice, cheap,2025-01-01\n1,Bad, and,c,2025-01-03\n")
    )
    assert "none of 2 rows can be read (the first: row of 5 fields where 3 were expected)" in said


# --- JSON that is no array of objects ----------------------------------------------------------------------

STARS = [4, 1, 2]
OBJECTS = [{"review": word, "rating": stars} for word, stars in zip(WORDS, STARS, strict=True)]
CELLS = [[word, stars] for word, stars in zip(WORDS, STARS, strict=True)]
SHAPES: dict[str, Any] = {
    "columns of pandas": {
        "review": dict(zip("012", WORDS, strict=True)),
        "rating": dict(zip("012", STARS, strict=True)),
    },
    "columns by key": {"review": dict(zip("abc", WORDS, strict=True)), "rating": dict(zip("abc", STARS, strict=True))},
    "columns as arrays": {"review": WORDS, "rating": STARS},
    "rows by number": dict(zip("012", OBJECTS, strict=True)),
    "rows by key": dict(zip(("rev0", "rev1", "rev2"), OBJECTS, strict=True)),
    "rows by key further down": {
        "users": {"u1": {"name": "A B"}, "u2": {"name": "C D"}},
        "reviews": {f"-N{n}": row | {"photos": [{"of": "x"}, {"of": "y"}]} for n, row in enumerate(OBJECTS)},
    },
    "arrays by key": {"kettle": OBJECTS[:2], "lamp": OBJECTS[2:]},
    "split": {"columns": ["review", "rating"], "index": [0, 1, 2], "data": CELLS},
    "cells": [["review", "rating"], *CELLS],
    "cells further down": {"range": "A1:B4", "values": [["review", "rating"], *CELLS]},
}


@pytest.mark.parametrize("name", SHAPES)
def test_every_row_of_a_document_without_an_array_of_objects_is_read(tmp_path: Path, name: str) -> None:
    plan, rows = understood(write(tmp_path / "a.json", json.dumps(SHAPES[name])))
    assert (plan.files[0].columns["text"], plan.files[0].columns["score"]) == ("review", "rating")
    assert [(row["text"], row["score"]) for row in rows] == list(zip(WORDS, STARS, strict=True))


@pytest.mark.parametrize(
    "document",
    [
        {"id": 1, "text": WORDS[0], "rated": {"room": {"score": 1, "max": 5}, "food": {"score": 2, "max": 5}}},
        {"text": WORDS[0], "tags": ["very good", "quite nice"]},
        {"author": {"id": 1, "name": "A B"}, "review": {"id": 2, "text": WORDS[0]}},
        {"users": [{"name": "A B"}, {"name": "C D"}], "reviews": OBJECTS},
        OBJECTS,
    ],
)
def test_one_comment_and_an_array_of_objects_have_no_other_shape(document: Any) -> None:
    assert find_shape(document) is None


def test_arrays_below_several_keys_are_refused(tmp_path: Path) -> None:
    document = {key: {"name": key, "reviews": OBJECTS} for key in ("kettle", "lamp")}
    assert "several keys ('kettle', 'lamp'); put them into one array" in refused(
        write(tmp_path / "a.json", json.dumps(document))
    )


def test_a_row_of_too_many_cells_is_rejected(tmp_path: Path) -> None:
    document = {"columns": ["review", "rating"], "data": [*CELLS, ["a", 1, "b", 2]]}
    _, rows = understood(write(tmp_path / "a.json", json.dumps(document)))
    assert [row["reason"] for row in rows if row["status"] == "rejected"] == ["not an array of 2 cells"]


# --- texts without an end ----------------------------------------------------------------------------------


@pytest.mark.parametrize("unit", ["a b c ", "a \\ b ", 'say "no" '])
def test_an_endless_text_is_refused_soon(tmp_path: Path, unit: str) -> None:
    document = [{"text": WORDS[0]}, {"text": unit * (30_000_000 // len(unit))}]
    path = write(tmp_path / "a.json", json.dumps(document))
    began = time.monotonic()
    assert "a text of over 10 MB is no comment" in refused(path)
    assert time.monotonic() - began < 10


def test_a_text_too_long_for_a_comment_costs_its_row_alone(tmp_path: Path) -> None:
    path = write(tmp_path / "a.json", json.dumps([{"text": WORDS[0]}, {"text": "a b c d e " * 400_000}]))
    _, rows = understood(path)
    assert [row["status"] for row in rows] == ["ok", "rejected"]


@pytest.mark.parametrize("size", [1, 2, 3, 64])
def test_escapes_and_quotes_are_followed_over_blocks(size: int) -> None:
    document = json.dumps([r"ends in \ ", "\\", '"', '\\"', "plain", "é"], ensure_ascii=False)
    source = _Utf8(io.StringIO(document + '"open'), "a.json")
    while source.read(size):
        pass
    assert source.length == len("open")


def test_an_endless_text_in_xml_is_refused_soon(tmp_path: Path) -> None:
    path = write(tmp_path / "a.xml", f"<all><r><t>some words</t></r><r><t>{'a b c ' * 5_000_000}</t></r></all>")
    began = time.monotonic()
    refused(path)
    assert time.monotonic() - began < 10


# --- files and sheets beside the comments ------------------------------------------------------------------

BESIDE = {
    "README.txt": "These are the reviews of May.\nAsk us if something is missing.\n",
    "LICENSE.txt": "Anybody may use these words\nwithout any warranty at all\n",
    "requirements.txt": "one thing we need\nanother thing we need\n",
    "notes.txt": "The file came late this week\nand two rows were missing\n",
    "about.txt": "The file came late this week\nand two rows were missing\n",
    "config.json": '{"a": 1, "b": "some words of settings"}',
    "one.json": '{"a": 1, "b": "some words of settings"}',
    "products.csv": "sku,name,description,price\n"
    + "".join(f"k{n},Kettle,A kettle of {n} litres that boils very fast,{n}9.90\n" for n in range(1, 30)),
}


@pytest.mark.parametrize("name", BESIDE)
def test_a_file_beside_comments_is_skipped_with_a_line_and_read_where_it_is_named(tmp_path: Path, name: str) -> None:
    write(tmp_path / "reviews.csv", REVIEWS)
    side = write(tmp_path / name, BESIDE[name])
    plan = understand([str(tmp_path)])
    assert [Path(file.file).name for file in plan.files] == ["reviews.csv"]
    ((skipped, reason),) = plan.skipped
    assert Path(skipped).name == name and reason.endswith("give the file itself to read it")
    assert [Path(f.file).name for f in understand([str(tmp_path / "reviews.csv"), str(side)]).files][1:] == [name]


def test_a_folder_of_notes_alone_says_so(tmp_path: Path) -> None:
    write(tmp_path / "notes.txt", BESIDE["notes.txt"])
    with pytest.raises(InputError, match="give the file itself"):
        understand([str(tmp_path)])


def test_comments_without_a_header_are_read_where_nothing_else_is(tmp_path: Path) -> None:
    write(tmp_path / "may.txt", "\n".join(WORDS))
    write(tmp_path / "june.txt", "\n".join(WORDS))
    assert len(understand([str(tmp_path)]).files) == 2


def test_a_cover_sheet_is_skipped(tmp_path: Path) -> None:
    data: list[list[Any]] = [["date", "stars", "review"], *[["2025-03-01", 4, word] for word in WORDS]]
    cover: list[list[Any]] = [["Customer feedback report"], ["prepared by the survey team"]]
    plan = understand([str(workbook(tmp_path / "a.xlsx", {"Cover": cover, "Data": data}))])
    assert [file.file.rpartition("[")[2] for file in plan.files] == ["Data]"]
    assert [file.rpartition("[")[2] for file, _ in plan.skipped] == ["Cover]"]
