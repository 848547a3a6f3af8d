"""Properties of the readers: what is written comes back, and no byte string raises anything but VocError."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from damage import WHOLE, csv_bytes, damaged, jsonl_bytes, parquet_bytes, read_all, xlsx_bytes
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from voc.ingest import understand
from voc.ingest.places import find_places
from voc.ingest.readers import READERS

COLUMNS = ("id", "date", "stars", "review")
#: The examples share one folder: each writes its file anew.
SHARED = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])

signs = st.characters(blacklist_categories=("Cs", "Cc"))
cells = st.one_of(
    st.text(st.one_of(signs, st.sampled_from("\",;\t|\n'= ")), max_size=12),
    st.integers(-(10**9), 10**9),
    st.none(),
    st.sampled_from(["=cmd|' /C calc'!A0", "@home", "-5", '"', '""', 'a "b" c', "one\ntwo", "x\r\ny"]),
)


def tables(cell: st.SearchStrategy[Any] = cells) -> st.SearchStrategy[list[dict[str, Any]]]:
    """Tables under a header of known names, no row empty and none the header again."""
    row = st.tuples(*[cell] * len(COLUMNS)).filter(lambda row: row != COLUMNS and any(c not in (None, "") for c in row))
    return st.lists(row.map(lambda row: dict(zip(COLUMNS, row, strict=True))), min_size=1, max_size=8)


def records(content: bytes, suffix: str, folder: Path) -> list[Any]:
    path = folder / f"table{suffix}"
    path.write_bytes(content)
    (place,) = find_places([str(path)])
    (table,) = READERS[suffix[1:]](place)
    return list(table.records())


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@SHARED
@given(rows=tables(), encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32"]))
def test_csv_comes_back(tmp_path: Path, rows: list[dict[str, Any]], delimiter: str, encoding: str) -> None:
    found = records(csv_bytes(rows, delimiter, encoding), ".csv", tmp_path)
    assert found == [{name: "" if cell is None else str(cell) for name, cell in row.items()} for row in rows]


@SHARED
@given(rows=tables())
def test_json_lines_come_back(tmp_path: Path, rows: list[dict[str, Any]]) -> None:
    assert records(jsonl_bytes(rows), ".jsonl", tmp_path) == rows


@SHARED
@given(rows=tables(st.one_of(st.text(signs, max_size=12), st.none())))
def test_parquet_comes_back(tmp_path: Path, rows: list[dict[str, Any]]) -> None:
    rows = [row | {"stars": n} for n, row in enumerate(rows)]
    schema = pa.schema([(name, pa.int64() if name == "stars" else pa.string()) for name in COLUMNS])
    assert records(parquet_bytes(rows, schema), ".parquet", tmp_path) == rows


# Excel writes signs as _x0041_, and XML has one line end.
@SHARED
@given(rows=tables(cells.filter(lambda cell: not isinstance(cell, str) or not ("_x" in cell or "\r" in cell))))
def test_xlsx_comes_back(tmp_path: Path, rows: list[dict[str, Any]]) -> None:
    found = records(xlsx_bytes(rows), ".xlsx", tmp_path)
    assert found == [{name: None if cell == "" else cell for name, cell in row.items()} for row in rows]


@pytest.mark.parametrize("suffix", WHOLE)
@SHARED
@given(data=st.data())
def test_nothing_but_voc_errors(tmp_path: Path, suffix: str, data: st.DataObject) -> None:
    read_all(data.draw(damaged(suffix)), suffix, tmp_path)


@pytest.mark.parametrize("suffix", WHOLE)
def test_what_is_damaged_was_whole(tmp_path: Path, suffix: str) -> None:
    for content in WHOLE[suffix]():
        path = tmp_path / f"file{suffix}"
        path.write_bytes(content)
        assert all(file.rows >= 4 for file in understand([str(path)]).files)
