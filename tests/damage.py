"""Files of every format that voc reads, and ways to damage them."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import strategies as st

from voc.errors import VocError
from voc.ingest import merge, read, tally, understand

ROWS: list[dict[str, Any]] = [
    {"id": "1", "date": "2025-03-04", "stars": 5, "review": "Kept my number, no fuss"},
    {"id": "2", "date": "2025-03-15", "stars": 1, "review": 'Two weeks without a "signal"\nand no answer; none'},
    {"id": "3", "date": "2025-04-01", "stars": 3, "review": "Café “naïve” 😀, it is all right I suppose"},
    {"id": "4", "date": "", "stars": 4, "review": "=1+1 is what they charge"},
]

_MOMENT = re.compile(rb"\d{4}-\d\d-\d\dT[\d:]+Z")


def csv_bytes(rows: list[dict[str, Any]] = ROWS, delimiter: str = ",", encoding: str = "utf-8") -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode(encoding, "replace")


def xlsx_bytes(rows: list[dict[str, Any]] = ROWS) -> bytes:
    """A workbook in which every text is text, whatever Excel would make of it."""
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for at, values in enumerate([list(rows[0]), *(list(row.values()) for row in rows)], start=1):
        for column, value in enumerate(values, start=1):
            cell = sheet.cell(at, column, value)
            if isinstance(value, str):
                cell.data_type = "s"
    out = io.BytesIO()
    book.save(out)
    with zipfile.ZipFile(out) as parts:
        # Without the time of day, so that the same rows give the same bytes.
        return zip_bytes({name: _MOMENT.sub(b"2025-01-01T00:00:00Z", parts.read(name)) for name in parts.namelist()})


def jsonl_bytes(rows: list[dict[str, Any]] = ROWS) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def parquet_bytes(rows: list[dict[str, Any]] = ROWS, schema: pa.Schema | None = None) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), out)
    return out.getvalue()


def zip_bytes(members: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _topic() -> bytes:
    posts = [{"id": n, "post_number": n, "topic_id": 7, "username": "ann", "cooked": f"<p>{row['review']}</p>"}
             for n, row in enumerate(ROWS)]  # fmt: skip
    return json.dumps({"post_stream": {"posts": posts}, "id": 7, "title": "Parcels"}).encode()


def _xml() -> bytes:
    lines = (
        f'<row Id="{row["id"]}" Score="{row["stars"]}" Text="{row["review"]}" />'.replace('"signal"', "")
        for row in ROWS
    )
    return ("<?xml version='1.0' encoding='utf-8'?>\n<comments>\n" + "\n".join(lines) + "\n</comments>").encode()


#: Suffix → whole files of that kind.
WHOLE: Mapping[str, Callable[[], list[bytes]]] = {
    ".csv": lambda: [
        csv_bytes(),
        csv_bytes(delimiter=";", encoding="utf-16"),
        csv_bytes(encoding="cp1252"),
        b"sep=;\r\n" + csv_bytes(delimiter=";", encoding="utf-8-sig"),
        csv_bytes().replace(b'""', b'\\"'),
    ],
    ".tsv": lambda: [csv_bytes(delimiter="\t"), csv_bytes(delimiter="\t", encoding="utf-16")],
    ".txt": lambda: [csv_bytes(delimiter="|"), "\n".join(str(row["review"]) for row in ROWS).encode()],
    ".xlsx": lambda: [xlsx_bytes()],
    ".json": lambda: [json.dumps({"reviews": ROWS}).encode(), json.dumps(ROWS).encode(), _topic()],
    ".jsonl": lambda: [jsonl_bytes()],
    ".parquet": lambda: [
        parquet_bytes(),
        parquet_bytes([{"review": row["review"], "user": {"id": row["id"]}} for row in ROWS]),
    ],
    ".xml": lambda: [_xml()],
    ".csv.gz": lambda: [gzip.compress(csv_bytes(), mtime=0)],
    ".zip": lambda: [
        zip_bytes({"may/reviews.csv": csv_bytes(), "june.jsonl": jsonl_bytes(), "book.xlsx": xlsx_bytes()}),
    ],
}
_TOKENS = [
    *(bytes([sign]) for sign in b'",;\t\n\r\0\xff{}[]-'),
    *(b'""', b'\\"', b"\r\n", b"\xfe\xff", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"PK\x03\x04", b"PAR1"),
    *(b"null", b"NaN", b"1e999", b"9" * 30, b"[" * 2000, b"<a>", b"</row>", b"<!ENTITY a 'b'>", b"&a;"),
]


@st.composite
def damaged(draw: st.DrawFn, suffix: str) -> bytes:
    """A whole file with bits turned, bytes cut, tokens put in, or spliced with another; at times any bytes at all."""
    whole = WHOLE[suffix]()
    if draw(st.integers(0, 9)) == 0:
        return draw(st.binary(max_size=300))
    data = bytearray(draw(st.sampled_from(whole)))
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, max(0, len(data) - 1)))
        match draw(st.sampled_from(("bit", "cut", "token", "drop", "splice", "double"))):
            case "bit" if data:
                data[at] ^= 1 << draw(st.integers(0, 7))
            case "cut":
                del data[at:]
            case "token":
                data[at:at] = draw(st.sampled_from(_TOKENS))
            case "drop":
                del data[at : at + draw(st.integers(1, 40))]
            case "splice":
                other = draw(st.sampled_from(whole))
                data[at:] = other[draw(st.integers(0, len(other))) :]
            case "double":
                data[at:at] = data[at : at + draw(st.integers(1, 200))]
    return bytes(data)


def read_all(data: bytes, suffix: str, folder: Path) -> None:
    """Read ``data`` as a file of this kind. Raises whatever is no VocError, AssertionError where a row is lost."""
    path = folder / f"file{suffix}"
    path.write_bytes(data)
    said = None
    try:
        plan = understand([str(path)])
        accounts = merge(map(tally, read(plan)))
    except VocError as error:
        said = str(error)
    if said is not None:
        assert said and "\n" not in said, f"not one line: {said!r}"
        return
    for file in plan.files:
        found = accounts[file.file]
        assert found.read == found.kept + found.duplicates + found.empty + found.rejected == file.rows
