"""Reading alone: voc's readers beside the fastest libraries on the same files.

    python benchmarks/bench_read.py [--quick] [--rounds 3]

Every reader is brought to the same end: all rows walked as Python dicts, column → cell. voc's time holds
finding encoding, delimiter and header as well. Libraries that leave columns are measured a second time as they
leave them: rows of Python objects cost more than any of them takes to parse. Wall time, best of the rounds,
which alternate. CSV of 200 MB, JSON Lines and Parquet of 300,000 rows, XLSX of 40,000; a fifth with ``--quick``.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import json
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import orjson
import pandas as pd
import polars as pl
import pyarrow.csv
import pyarrow.json
import pyarrow.parquet
from exports import made_rows, write_csv, write_jsonl, write_parquet, write_xlsx
from machine import keep
from python_calamine import load_workbook

from voc.ingest.places import find_places
from voc.ingest.readers import READERS

WANTED = 2.0
Reader = Callable[[Path], object]


def ours(path: Path) -> int:
    """Return the number of rows, every one of them made."""
    (place,) = find_places([str(path)])
    (table,) = READERS[path.suffix[1:]](place)
    return walked(table.records())


def walked(rows: Iterable[object]) -> int:
    return sum(1 for _ in rows)


def csv_reader(path: Path) -> int:
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        names = next(rows)
        return walked(dict(zip(names, row, strict=True)) for row in rows)


def csv_pyarrow(path: Path) -> Any:
    return pyarrow.csv.read_csv(path, parse_options=pyarrow.csv.ParseOptions(newlines_in_values=True))


def csv_pandas(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, engine="c", dtype=str)


def sheet(path: Path) -> list[list[Any]]:
    return load_workbook(path).get_sheet_by_index(0).to_python()


def sheet_rows(path: Path) -> int:
    names, *rows = sheet(path)
    return walked(dict(zip(names, row, strict=True)) for row in rows)


def by_line(read: Callable[[bytes], object]) -> Reader:
    def reader(path: Path) -> int:
        with path.open("rb") as file:
            return walked(map(read, file))

    return reader


ROWS: Mapping[str, Mapping[str, Reader]] = {
    "csv": {
        "voc": ours,
        "csv.reader": csv_reader,
        "pandas": lambda path: walked(csv_pandas(path).to_dict("records")),
        "polars": lambda path: walked(pl.read_csv(path, infer_schema=False).iter_rows(named=True)),
        "pyarrow": lambda path: walked(csv_pyarrow(path).to_pylist()),
    },
    "jsonl": {
        "voc": ours,
        "json": by_line(json.loads),
        "orjson": by_line(orjson.loads),
        "polars": lambda path: walked(pl.read_ndjson(path).iter_rows(named=True)),
        "pyarrow": lambda path: walked(pyarrow.json.read_json(path).to_pylist()),
    },
    "parquet": {
        "voc": ours,
        "pandas": lambda path: walked(pd.read_parquet(path).to_dict("records")),
        "polars": lambda path: walked(pl.read_parquet(path).iter_rows(named=True)),
        "pyarrow": lambda path: walked(pyarrow.parquet.read_table(path).to_pylist()),
    },
    "xlsx": {
        "voc": ours,
        "calamine": sheet_rows,
        "pandas": lambda path: walked(pd.read_excel(path, engine="calamine").to_dict("records")),
    },
}
COLUMNS: Mapping[str, Mapping[str, Reader]] = {
    "csv": {"polars": lambda path: pl.read_csv(path, infer_schema=False), "pyarrow": csv_pyarrow, "pandas": csv_pandas},
    "jsonl": {"polars": pl.read_ndjson, "pyarrow": pyarrow.json.read_json},
    "parquet": {"polars": pl.read_parquet, "pyarrow": pyarrow.parquet.read_table, "pandas": pd.read_parquet},
    "xlsx": {},
}


def best_of(readers: Mapping[str, Reader], path: Path, rounds: int) -> dict[str, float]:
    """Return reader → shortest wall time in seconds."""
    times: dict[str, list[float]] = {name: [] for name in readers}
    for _ in range(rounds):
        for name, reader in readers.items():
            begun = time.perf_counter()
            reader(path)
            times[name].append(time.perf_counter() - begun)
    return {name: round(min(seconds), 3) for name, seconds in times.items()}


def main() -> None:
    layout = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=layout)
    parser.add_argument("--quick", action="store_true", help="files of a fifth of the size")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of all readers (default 3)")
    args = parser.parse_args()

    share = 5 if args.quick else 1
    result: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        files = {name: Path(folder, f"reviews.{name}") for name in ROWS}
        write_csv(files["csv"], 200_000_000 // share)
        write_jsonl(files["jsonl"], itertools.islice(made_rows(), 300_000 // share))
        write_parquet(files["parquet"], itertools.islice(made_rows(), 300_000 // share))
        write_xlsx(files["xlsx"], itertools.islice(made_rows(), 40_000 // share))
        for name, path in files.items():
            rows = best_of(ROWS[name], path, args.rounds)
            columns = best_of(COLUMNS[name], path, args.rounds)
            fastest = min(seconds for reader, seconds in rows.items() if reader != "voc")
            result[name] = {
                "mb": round(path.stat().st_size / 1e6, 1),
                "rows": ours(path),
                "seconds_to_rows": rows,
                "seconds_to_columns": columns,
                "ratio": round(rows["voc"] / fastest, 2),
                "ratio_to_columns": round(rows["voc"] / min(columns.values()), 2) if columns else None,
            }
            print(f"{name}: {json.dumps(result[name])}", flush=True)
    result["ratio_wanted_at_most"] = WANTED
    result["reached"] = all(result[name]["ratio"] <= WANTED for name in ROWS)
    keep("read-quick" if args.quick else "read", result)


if __name__ == "__main__":
    main()
