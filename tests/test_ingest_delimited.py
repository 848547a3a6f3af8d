"""CSV and text as they really come: a broken row costs itself, an odd file is read or refused in one line."""

from __future__ import annotations

import csv
import io
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voc.errors import InputError
from voc.ingest.blocks import LONGEST
from voc.ingest.delimited import delimited_records, delimited_tables
from voc.ingest.dialect import Dialect
from voc.ingest.places import find_places
from voc.ingest.tables import Broken, Table

NAMES = ("id", "text", "stars")
GOOD = ("{n},plain words,3\n", '{n},"quoted, {n}",4\n', '{n},"two\nlines, {n}",5\n', '"{n}","all ""quoted""","1"\n')


def cut(content: bytes, size: int) -> Iterator[bytes]:
    return (content[at : at + size] for at in range(0, len(content), size))


def records(text: str, size: int = 1 << 18, dialect: Dialect = Dialect(",")) -> list[Any]:  # noqa: B008
    return list(delimited_records(cut(text.encode(), size), dialect, NAMES))


def table_of(path: Path, content: bytes) -> Table:
    path.write_bytes(content)
    (place,) = find_places([str(path)])
    (table,) = delimited_tables(place)
    return table


@pytest.mark.parametrize("size", [64, 1 << 18])
@pytest.mark.parametrize("at", [0, 30, 59])
@pytest.mark.parametrize(
    ("row", "text"),
    [
        ('X,"never closed,3\n', '"never closed'),
        ('"X","never closed,"3"\n', None),
        ('X,words,"3\n', "words"),
        ('X,closed only",3\n', 'closed only"'),
        ('X,He said "hi" to me,3\n', 'He said "hi" to me'),
        ('X,"He said "hi" to me",3\n', 'He said "hi" to me'),
        ('X,"He said "hi", you",3\n', None),
        ('X,"He said\n"hi" there\nbye",3\n', 'He said\n"hi" there\nbye'),
        ('X,"12 inch,3\n', '"12 inch'),
        ("X,a,b,c,d\n", None),
        ("X,half\n", "half"),
        ("X,nu\0ll,3\n", "nu\0ll"),
        ("X,a lone return,3\r", "a lone return"),
    ],
)
def test_a_broken_row_costs_itself(row: str, text: str | None, at: int, size: int) -> None:
    good = [GOOD[n % len(GOOD)].format(n=n) for n in range(60)]
    whole = records("".join(good))
    found = records("".join([*good[:at], row, *good[at:]]), size)
    assert found[:at] + found[at + 1 :] == whole
    if text is None:
        assert isinstance(found[at], Broken) and found[at].content.startswith(("X", '"X"'))
    else:
        assert found[at]["id"] == "X" and found[at]["text"] == text


def test_a_quote_that_is_open_for_longer_than_any_comment() -> None:
    rows = "".join(f"{n},no other quote in the file,3\n" for n in range(LONGEST // 20))
    found = records(f'a,fine,5\nX,"never closed,3\n{rows}')
    assert [row["id"] for row in found[:4]] == ["a", "X", "0", "1"]
    assert len(found) == 2 + LONGEST // 20


@given(st.data())
def test_pyarrow_and_csv_read_the_same(data: st.DataObject) -> None:
    cell = st.text(st.sampled_from('ab,;"\n\r 🙂\0é'), max_size=6)
    rows = data.draw(st.lists(st.lists(cell, min_size=3, max_size=3), min_size=1, max_size=6))
    out = io.StringIO()
    quoting = data.draw(st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]))
    csv.writer(out, quoting=quoting).writerows(rows)
    text = out.getvalue()
    wanted = [dict(zip(NAMES, row, strict=True)) for row in csv.reader(io.StringIO(text, newline="")) if row]
    assert records(text, data.draw(st.integers(1, 40))) == wanted


LINES = ["id;text;stars", "1;fine, thank you;5", "2;not so good, sorry;2", "3;it will do, I think;3"]
CSV = "\n".join(LINES) + "\n"


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (CSV.encode(), "utf-8"),
        (CSV.rstrip("\n").encode(), "utf-8"),
        (CSV.replace("\n", "\r\n").encode(), "utf-8"),
        (CSV.replace("\n", "\r").encode(), "utf-8"),
        (CSV.replace("\n", "\r\n", 2).encode(), "utf-8"),
        (CSV.replace("\n", ";\n").encode(), "utf-8"),
        (b"sep=;\r\n" + CSV.encode(), "utf-8"),
        (b"\xef\xbb\xbfsep=;\r\n" + CSV.encode(), "utf-8-sig"),
        (CSV.replace("\n", "\n\n").encode(), "utf-8"),
        (CSV.encode("utf-8-sig"), "utf-8-sig"),
        (CSV.replace(";", "\t").encode("utf-16"), "utf-16"),
        (CSV.replace(";", "|").encode("utf-32"), "utf-32"),
        (CSV.encode("utf-16-be"), "utf-16-be"),
    ],
)
def test_the_same_rows_from_every_way_to_write_them(tmp_path: Path, content: bytes, encoding: str) -> None:
    table = table_of(tmp_path / "a.csv", content)
    found = [{name: row[name] for name in NAMES} for row in table.records() if isinstance(row, dict)]
    assert found == [dict(zip(NAMES, line.split(";"), strict=True)) for line in LINES[1:]]
    assert table.encoding == encoding


def test_quotes_escaped_by_a_backslash(tmp_path: Path) -> None:
    rows = r'1,"They said \"soon\", then nothing",2' + "\n" + r'2,"fine",5' + "\n"
    found = list(table_of(tmp_path / "a.csv", f"id,text,stars\n{rows}".encode()).records())
    assert [row["text"] for row in found if isinstance(row, dict)] == ['They said "soon", then nothing', "fine"]


def test_a_header_in_the_middle_is_no_row(tmp_path: Path) -> None:
    found = list(table_of(tmp_path / "a.csv", (CSV + CSV).encode()).records())
    assert [getattr(row, "reason", "row") for row in found] == ["row"] * 3 + ["the header once more"] + ["row"] * 3


def test_equal_names_are_told_apart(tmp_path: Path) -> None:
    (row,) = table_of(tmp_path / "a.csv", b"id,comment,comment,comment\n1,one,two,three\n").records()
    assert row == {"id": "1", "comment": "one", "comment_3": "two", "comment_4": "three"}


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Le café était fermé à Noël, très déçu", "cp1252"),
        ("Отличный сервис, буду обращаться ещё. Спасибо большое вашей компании!", "cp1251"),
        ("服务态度很好，但是等待时间太长了，希望可以改进一下。非常感谢！", "gb18030"),
        ("とても親切な対応でしたが、待ち時間が長すぎました。改善してください。", "shift_jis"),
    ],
)
def test_older_encodings(tmp_path: Path, text: str, encoding: str) -> None:
    rows = "".join(f"{n};{text}\n" for n in range(30))
    found = list(table_of(tmp_path / "a.csv", f"id;comment\n{rows}".encode(encoding)).records())
    assert {row["comment"] for row in found if isinstance(row, dict)} == {text}


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1"])
def test_a_letter_beyond_ascii_in_the_last_row_only(tmp_path: Path, encoding: str) -> None:
    rows = "".join(f"{n},plain words and no more\n" for n in range(20_000))
    *_, last = table_of(tmp_path / "a.csv", f"id,comment\n{rows}x,the café\n".encode(encoding)).records()
    assert last == {"id": "x", "comment": "the café"}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"\xff\xfe", "empty"),
        (b"\r\n\r\n", "empty"),
        (",".join(f"c{n}" for n in range(100_000)).encode() + b"\n" + b"1," * 99_999 + b"1\n", "100,000 columns"),
        (bytes(range(256)) * 40, "binary"),
    ],
)
def test_what_is_refused(tmp_path: Path, content: bytes, says: str) -> None:
    with pytest.raises(InputError, match=says):
        table_of(tmp_path / "a.csv", content)


def test_thousands_of_columns(tmp_path: Path) -> None:
    names = ["comment", *(f"answer {n}" for n in range(1, 5000))]
    content = "\n".join(",".join(line) for line in (names, ["yes"] * 5000, ["no"] * 5000))
    first, second = table_of(tmp_path / "a.csv", content.encode()).records()
    assert isinstance(first, dict) and list(first) == names and set(second.values()) == {"no"}  # type: ignore[union-attr]


@pytest.mark.parametrize("suffix", [".csv", ".txt", ".jsonl"])
def test_a_line_without_end_is_one_row_in_little_memory(tmp_path: Path, suffix: str) -> None:
    good = {".csv": ("id,comment\n1,before\n", "2,after\n"), ".txt": ("before\n", "after\n"),
            ".jsonl": ('{"comment": "before"}\n', '{"comment": "after"}\n')}[suffix]  # fmt: skip
    path = tmp_path / f"long{suffix}"
    with path.open("wb") as file:
        file.write(good[0].encode())
        for _ in range(300):
            file.write(b"endless " * 131_072)
        file.write(b"\n" + good[1].encode())
    program = (
        "import sys, resource\n"
        "from voc.ingest.places import find_places\n"
        "from voc.ingest.readers import READERS\n"
        "import pyarrow.csv, msgspec\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "(place,) = find_places(sys.argv[1:])\n"
        "(table,) = READERS[place.format](place)\n"
        "for row in table.records():\n"
        "    print(row if isinstance(row, dict) else row.reason)\n"
        "print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)\n"
    )
    ran = subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=True)
    before, long, after, grown = ran.stdout.splitlines()
    assert "before" in before and "after" in after and long == "line of over 10 MB"
    assert int(grown) < 150
