"""Accounting: read = kept + duplicates + empty + rejected in every file, and the store holds each row once."""

from __future__ import annotations

import csv
import gzip
import json
import random
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from calling import call
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from voc.errors import InputError, UsageError
from voc.ingest import ReadOptions
from voc.pipeline import RunOptions, RunSummary, run
from voc.pipeline import intake as intake_module
from voc.store import Store

HEADER = ("review_id", "date", "stars", "review", "contact")
EMAIL, PHONE, CARD, IBAN = (
    "nell.ash@post.example.org",
    "07700 900417",
    "4012 8888 8888 1881",
    "GB29 NWBK 6016 1331 9268 19",
)

Row = tuple[Any, ...]


def write(path: Path, rows: Sequence[Row], header: Sequence[str] = HEADER) -> str:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return str(path)


def said(n: int, words: str = "The engineer came on time and was gone in ten minutes") -> Row:
    return (f"r{n}", f"2026-03-{n % 28 + 1:02}", n % 5 + 1, f"{words}, visit {n}.", "")


def ingest(store: Store, *files: str, rejects: str | None = None, reading: ReadOptions | None = None) -> RunSummary:
    options = RunOptions(reading or ReadOptions(), tag=False, command="voc ingest", rejects=rejects)
    return run(list(files), store, options)


def counts(summary: RunSummary) -> list[tuple[int, ...]]:
    """read, kept, new, updated, unchanged, duplicates, empty, rejected of each file; both sums hold."""
    rows = [list(file.as_json().values())[1:9] for file in summary.files]
    for read, kept, new, updated, unchanged, duplicates, empty, rejected in rows:
        assert read == kept + duplicates + empty + rejected
        assert kept == new + updated + unchanged
    return [tuple(row) for row in rows]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path / "store", create=True)


# --- the law -------------------------------------------------------------------------------------

#: An input row by what is to become of it: a number stands for the comment of that id.
kinds = st.one_of(
    st.tuples(st.just("comment"), st.integers(0, 12)),
    st.tuples(st.just("score only"), st.integers(20, 24)),
    st.tuples(st.sampled_from(["empty", "in the future", "too many cells"]), st.integers(30, 99)),
)
tables = st.lists(st.lists(kinds, min_size=1, max_size=10), min_size=1, max_size=3)


def as_row(kind: str, n: int) -> Row:
    id_, date, stars, words, contact = said(n)
    return {
        "comment": (id_, date, stars, words, contact),
        "score only": (id_, date, stars, "", ""),
        "empty": (id_, date, "", "", ""),
        "in the future": (id_, "2199-01-01", stars, words, EMAIL),
        "too many cells": (id_, date, stars, words, contact, "one", "too many"),
    }[kind]


#: Every kind of row, ids that come twice within a file and in two files.
EVERY_KIND = [
    [("comment", 1), ("comment", 1), ("score only", 20), ("empty", 30), ("in the future", 31), ("too many cells", 32)],
    [("comment", 1), ("comment", 2), ("score only", 20), ("too many cells", 32), ("too many cells", 33)],
]


@example(EVERY_KIND, random.Random(0))
@settings(max_examples=4, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(tables, st.randoms(use_true_random=False))
def test_sums_hold_and_the_store_holds_the_same_in_one_call_or_several(given: Any, draw: Any) -> None:
    # Enough plain rows for every file to be understood alike.
    base = [("comment", n) for n in range(100, 130)]
    with tempfile.TemporaryDirectory() as folder:
        rows = [[as_row(*one) for one in [*base, *table]] for table in given]
        files = [write(Path(folder, f"{number}.csv"), table) for number, table in enumerate(rows)]
        together = Store.open(Path(folder, "together"), create=True)
        one_by_one = Store.open(Path(folder, "one by one"), create=True)
        summary = ingest(together, *files)
        draw.shuffle(files)
        apart = [ingest(one_by_one, file) for file in files]
        found = counts(summary)
        assert [row[0] for row in found] == [len(table) for table in rows]
        assert [row[6] for row in found] == [sum(kind == "empty" for kind, _ in table) for table in given]
        bad = ("in the future", "too many cells")
        assert [row[7] for row in found] == [sum(kind in bad for kind, _ in table) for table in given]
        distinct = {n for table in [base, *given] for kind, n in table if kind in ("comment", "score only")}
        assert sum(row[2] for row in found) == summary.comments == len(distinct)
        for one in apart:
            counts(one)
        assert contents(together) == contents(one_by_one)
        again = ingest(together, *files)
        assert sum(row[2] + row[3] for row in counts(again)) == 0
        assert together.snapshot().count("rejects") == len({(r["file"], r["row"]) for r in rejects(together)})


def contents(store: Store) -> list[tuple[Any, ...]]:
    names = ("dataset", "id", "text", "date", "score", "status", "content_hash")
    rows = store.snapshot().comments(list(names)).to_pylist()
    return sorted(tuple(str(row[name]) for name in names) for row in rows)


def rejects(store: Store) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = store.snapshot().rejects().to_pylist()
    return found


# --- the same again ------------------------------------------------------------------------------


def test_a_week_later_only_the_new_rows_are_added(store: Store, tmp_path: Path) -> None:
    first = [said(n) for n in range(300)]
    ingest(store, write(tmp_path / "week1.csv", first))
    later = [*(said(n) for n in range(300, 500)), *first]
    assert counts(ingest(store, write(tmp_path / "week2.csv", later))) == [(500, 500, 200, 0, 300, 0, 0, 0)]
    assert store.snapshot().count("comments") == 500


def test_without_ids_too_and_an_extra_column_changes_no_key(store: Store, tmp_path: Path) -> None:
    first = [said(n)[1:] for n in range(40)]
    ingest(store, write(tmp_path / "week1.csv", first, HEADER[1:]))
    later = [(*row, "shop 3") for row in [*first, *(said(n)[1:] for n in range(40, 60))]]
    found = counts(ingest(store, write(tmp_path / "week2.csv", later, (*HEADER[1:], "branch"))))
    assert found == [(60, 60, 20, 40, 0, 0, 0, 0)]  # the further column is content: those rows are updated
    assert store.snapshot().count("comments") == 60


def test_the_same_file_under_two_names_and_a_folder_with_a_file_of_it(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "exports"
    folder.mkdir()
    one = write(folder / "a.csv", [said(n) for n in range(20)])
    shutil.copy(one, folder / "b.csv")
    assert counts(ingest(store, one, str(folder / "b.csv"))) == [
        (20, 20, 20, 0, 0, 0, 0, 0),
        (20, 0, 0, 0, 0, 20, 0, 0),
    ]
    for row in counts(ingest(store, str(folder), one)):
        assert row[2] == row[3] == 0
    assert store.snapshot().count("comments") == 20


def test_changed_rows_are_updated(store: Store, tmp_path: Path) -> None:
    rows = [said(n) for n in range(20)]
    ingest(store, write(tmp_path / "a.csv", rows))
    rows[3] = (*rows[3][:3], "They paid it all back, with an apology.", "")
    summary = ingest(store, write(tmp_path / "a.csv", rows))
    assert counts(summary) == [(20, 20, 0, 1, 19, 0, 0, 0)] and not summary.warnings
    (row,) = store.snapshot().comments(where="id = 'r3'").to_pylist()
    assert row["text"] == "They paid it all back, with an apology."


def test_a_numbering_that_starts_again_is_said(store: Store, tmp_path: Path) -> None:
    ingest(store, write(tmp_path / "spring.csv", [said(n) for n in range(40)]))
    other = [(f"r{n}", f"2026-09-{n % 28 + 1:02}", 2, f"Parcel {n} never arrived at all", "") for n in range(40)]
    summary = ingest(store, write(tmp_path / "autumn.csv", other))
    assert counts(summary) == [(40, 40, 0, 40, 0, 0, 0, 0)]
    (warning,) = [warning for warning in summary.warnings if "ids" in warning]
    assert warning.startswith("autumn.csv: 40 of its ids stood in the store for other words of another day")
    assert "--dataset" in warning and "\n" not in warning
    # Under a name of its own nothing is replaced.
    apart = ingest(store, str(tmp_path / "spring.csv"), reading=ReadOptions(dataset="spring"))
    assert counts(apart) == [(40, 40, 40, 0, 0, 0, 0, 0)]
    # Answers that customers edited keep their day and most of their words.
    edited = [(*row[:3], f"{row[3]} Still waiting.", "") for row in other]
    assert not [w for w in ingest(store, write(tmp_path / "autumn.csv", edited)).warnings if "ids" in w]


# --- files that break ----------------------------------------------------------------------------


def test_a_file_that_breaks_in_the_middle_is_named_and_the_others_are_read(store: Store, tmp_path: Path) -> None:
    good = write(tmp_path / "good.csv", [said(n) for n in range(20)])
    packed = gzip.compress(Path(write(tmp_path / "all.csv", [said(n) for n in range(500, 900)])).read_bytes())
    (tmp_path / "torn.csv.gz").write_bytes(packed[: len(packed) // 2])
    summary = ingest(store, good, str(tmp_path / "torn.csv.gz"))
    named = {Path(file.account.file).name for file in summary.files} | {Path(name).name for name, _ in summary.skipped}
    assert named == {"good.csv", "torn.csv.gz"}
    counts(summary)


def test_a_file_that_is_gone_when_it_is_read_leaves_nothing(store: Store, tmp_path: Path) -> None:
    from voc.ingest import understand

    files = [write(tmp_path / f"{name}.csv", [said(n) for n in range(20)]) for name in "ab"]
    plan = understand(files)
    Path(files[1]).unlink()
    with pytest.raises((InputError, OSError)):
        run(plan, store, RunOptions(tag=False))
    assert store.snapshot().is_empty


# --- rejected rows -------------------------------------------------------------------------------


@pytest.fixture
def faulty(tmp_path: Path) -> str:
    """A file with three rejected rows that hold personal data."""
    bad = [
        ("x1", "2026-03-01", 77, f"Write to {EMAIL} or ring {PHONE}, card {CARD}.", ""),
        ("x2", "2199-03-01", 3, f"=cmd|' /C calc'!A0 {IBAN}", CARD),
        ("x3", "2026-03-01", 1, "Too many cells here.", PHONE, EMAIL, CARD),
    ]
    good = [(*said(n)[:4], f"{EMAIL}, {PHONE}; {CARD}") for n in range(20)]
    return write(tmp_path / "faulty.csv", [*good, *bad])


def read_back(path: Path) -> list[dict[str, Any]]:
    if path.suffix == ".csv":
        with path.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))
    if path.suffix == ".jsonl":
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    if path.suffix == ".parquet":
        table: list[dict[str, Any]] = pq.read_table(path).to_pylist()
        return table
    names, *rows = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
    return [dict(zip(map(str, names), row, strict=True)) for row in rows]


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet", ".xlsx"])
def test_rejected_rows_of_a_run_in_a_file(store: Store, tmp_path: Path, faulty: str, suffix: str) -> None:
    output = tmp_path / f"rejected{suffix}"
    for _ in range(2):  # again, they are the run's rejected rows again, though the store has them already
        summary = ingest(store, faulty, rejects=str(output))
        rows = read_back(output)
        assert [int(row["row"]) for row in rows] == [21, 22, 23] and summary.rejected == 3
        assert {row["file"] for row in rows} == {"faulty.csv"} and {row["run_id"] for row in rows} == {summary.run_id}
        assert len(summary.reasons) == 3
    assert store.snapshot().count("rejects") == 3
    assert not any(str(cell).startswith(("=", "+", "-", "@")) for row in rows for cell in row.values())


def test_personal_data_of_every_kind_is_masked(store: Store, tmp_path: Path, faulty: str) -> None:
    ingest(store, faulty, rejects=str(tmp_path / "rejected.jsonl"))
    kept = (tmp_path / "rejected.jsonl").read_text(encoding="utf-8")
    stored = " ".join(str(row) for row in [*rejects(store), *store.snapshot().comments().to_pylist()])
    on_disk = b"".join(path.read_bytes() for path in Path(store.path).rglob("*") if path.is_file())
    for secret in (EMAIL, PHONE, CARD, IBAN):
        for form in (secret, secret.replace(" ", "")):
            assert form not in kept + stored and form.encode() not in on_disk
    assert all(f"[{kind}]" in kept for kind in ("email", "phone", "card", "iban"))
    assert all(f"[{kind}]" in stored for kind in ("email", "phone", "card"))


def test_without_a_rejected_row_the_file_is_empty(store: Store, tmp_path: Path) -> None:
    output = tmp_path / "rejected.csv"
    ingest(store, write(tmp_path / "a.csv", [said(n) for n in range(20)]), rejects=str(output))
    assert output.read_text() == "file,row,line,reason,content,run_id\n"


def test_rejected_rows_are_kept_in_the_file_even_where_nothing_is_usable(store: Store, tmp_path: Path) -> None:
    output = tmp_path / "rejected.csv"
    file = write(tmp_path / "a.csv", [(f"r{n}", "2199-01-01", 3, f"From the far future, {n}", "") for n in range(12)])
    with pytest.raises(InputError, match="No usable comment"):
        ingest(store, file, rejects=str(output))
    assert len(read_back(output)) == 12 and store.snapshot().is_empty


def test_many_rejected_rows_are_written_in_parts(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake_module, "CHUNK", 7)
    rows = [(f"r{n}", "2026-01-01" if n % 3 else "2199-01-01", 3, f"Words of customer {n}.", "") for n in range(90)]
    summary = ingest(store, write(tmp_path / "a.csv", rows))
    assert counts(summary) == [(90, 60, 60, 0, 0, 0, 0, 30)] and len(summary.reasons) == 5
    assert store.snapshot().count("rejects") == 30


def test_a_file_that_cannot_be_written_is_named(store: Store, tmp_path: Path, faulty: str) -> None:
    with pytest.raises(UsageError, match=r"Cannot write \.doc"):
        ingest(store, faulty, rejects=str(tmp_path / "rejected.doc"))
    assert store.snapshot().is_empty


# --- the command -----------------------------------------------------------------------------------


def test_the_command_exits_with_4_and_says_where_they_are(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, faulty: str
) -> None:
    folder = tmp_path / "store"
    told = call(capsys, "ingest", faulty, "--store", folder, "--rejects", tmp_path / "run.csv")
    assert told.code == 4 and "3 row(s) rejected" in told.err and "Rejected: faulty.csv, row 21" in told.err
    assert len(read_back(tmp_path / "run.csv")) == 3
    listed = call(capsys, "ingest", "--store", folder, "--rejects", tmp_path / "all.jsonl")
    assert listed.code == 0 and "Wrote the 3 rejected row(s)" in listed.err
    assert [row["row"] for row in read_back(tmp_path / "all.jsonl")] == [21, 22, 23]
    assert call(capsys, "ingest", "--store", folder).code == 2
    assert call(capsys, "ingest", "--store", tmp_path / "none", "--rejects", tmp_path / "x.csv").code == 3
