"""Exports to measure with: made comments with the columns and the odd signs of real ones, in every format."""

from __future__ import annotations

import csv
import itertools
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from texts import made_comments

COLUMNS = ("review_id", "date", "stars", "product", "region", "review")
_BLOCK = 1000


def made_rows(comments: int = 1) -> Iterator[dict[str, Any]]:
    """Yield rows without end; ``comments`` are joined to one text (about 170 characters each)."""
    texts = itertools.chain.from_iterable(made_comments(100_000, seed) for seed in itertools.count())
    for n in itertools.count():
        text = " ".join(itertools.islice(texts, comments))
        if n % 7 == 0:
            text = text.replace(". ", ".\n", 1)
        if n % 11 == 0:
            text += " Café “naïve” 😀"
        if n % 13 == 0:
            text = f'They said "soon", {text}'
        region = "North, upper" if n % 9 == 0 else "South"
        date = f"2025-{n % 12 + 1:02d}-{n % 28 + 1:02d}"
        yield dict(
            zip(COLUMNS, (f"r{n:08d}", date, n % 5 + 1, ("Broadband", "Mobile")[n % 2], region, text), strict=True)
        )


def write_csv(path: Path, size: int, comments: int = 1, broken: str = "") -> int:
    """Write a CSV of ``size`` bytes and return how many rows it has; ``broken`` is put in the middle as it is."""
    written = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        for n, row in enumerate(made_rows(comments)):
            writer.writerow(row)
            if n % _BLOCK:
                continue
            if broken and file.tell() > size / 2:
                file.write(broken)
                broken, written = "", 1
            if file.tell() > size:
                return n + 1 + written
    raise AssertionError("made_rows never ends")


def write_jsonl(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def write_parquet(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.Table.from_pylist(list(rows)), path)


def write_xlsx(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet("Reviews")
    sheet.append(list(COLUMNS))
    for row in rows:
        sheet.append(list(row.values()))
    book.save(path)
