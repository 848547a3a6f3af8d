"""Input that cannot be used: one clear line and exit 3, or a rejected row with its reason; never half a store."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from calling import call, one_line

from voc.store import Store

GOOD = "g1,2026-05-01,5,They sorted my new number in the shop"
HEADER = "review_id,date,stars,review"
Capsys = pytest.CaptureFixture[str]


def store_counts(store: Path) -> tuple[int, int, int]:
    """Comments, rejects and runs that a reader sees."""
    snapshot = Store.open(store).snapshot()
    return len(snapshot.comments()), len(snapshot.rejects()), len(snapshot.runs())


@pytest.fixture
def store(tmp_path: Path, capsys: Capsys) -> Path:
    """A store with one good comment in it."""
    good = tmp_path / "good.csv"
    good.write_text(f"{HEADER}\n{GOOD}\n")
    assert call(capsys, "run", good, "--store", tmp_path / "store").code == 0
    return tmp_path / "store"


UNUSABLE = {
    "empty.csv": b"",
    "blank.csv": b" \n\r\n \n",
    "header.csv": b"review_id,date,stars,review\n",
    "numbers.csv": b"month,brand,customers\n2026-01,Larkline,400000\n2026-02,Larkline,399000\n",
    "picture.csv": b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20,
    "binary.txt": bytes(range(256)) * 40,
    "torn.xlsx": b"PK\x03\x04 torn off",
    "torn.parquet": b"PAR1 torn off PAR1",
    "torn.json": b'{"reviews": [{"text": "cut he',
    "torn.csv.gz": b"\x1f\x8b\x08\x00 torn off",
    "torn.zip": b"PK\x03\x04 torn off",
    "letter.pdf": b"%PDF-1.7 hello",
}


@pytest.mark.parametrize("command", ["run", "ingest", "tag"])
@pytest.mark.parametrize("name", UNUSABLE)
def test_a_file_that_cannot_be_used(store: Path, tmp_path: Path, capsys: Capsys, command: str, name: str) -> None:
    file = tmp_path / name
    file.write_bytes(UNUSABLE[name])
    target = ["-o", tmp_path / "out.csv"] if command == "tag" else ["--store", store]
    said = call(capsys, command, file, *target)
    assert said.code == 3 and name in one_line(said)
    assert store_counts(store) == (1, 0, 1) and not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize("command", ["run", "ingest", "tag"])
def test_a_missing_file(tmp_path: Path, capsys: Capsys, command: str) -> None:
    target = ["-o", tmp_path / "out.csv"] if command == "tag" else ["--store", tmp_path / "new"]
    said = call(capsys, command, tmp_path / "nowhere.csv", *target)
    assert said.code == 3 and "nowhere.csv: no such file or folder" in one_line(said)
    assert not (tmp_path / "new" / "store.json").exists() or store_counts(tmp_path / "new") == (0, 0, 0)


def test_an_empty_folder(tmp_path: Path, capsys: Capsys) -> None:
    (tmp_path / "nothing").mkdir()
    said = call(capsys, "run", tmp_path / "nothing", "--store", tmp_path / "store")
    assert said.code == 3 and "holds no files" in one_line(said)


def test_an_address_that_nobody_reads(tmp_path: Path, capsys: Capsys) -> None:
    said = call(capsys, "run", "pigeon://ann:hush@loft/reviews.csv", "--store", tmp_path / "store")
    assert said.code == 3 and "pigeon://loft/reviews.csv: no file system for pigeon://" in one_line(said)
    assert "hush" not in said.err


def test_side_tables_and_notes_are_skipped_with_a_line(tmp_path: Path, capsys: Capsys) -> None:
    folder = tmp_path / "delivery"
    folder.mkdir()
    (folder / "reviews.csv").write_text(f"{HEADER}\n{GOOD}\n")
    (folder / "README.md").write_text("What these files are")
    (folder / "customers.csv").write_bytes(UNUSABLE["numbers.csv"])
    said = call(capsys, "run", folder, "--store", tmp_path / "store", "--json")
    assert said.code == 0 and len(json.loads(said.out)["files"]) == 1
    skipped = [line for line in said.err.splitlines() if line.startswith("Skipped ")]
    assert len(skipped) == 2 and all(name in said.err for name in ("README.md", "customers.csv"))


TOMORROW = datetime.now(UTC) + timedelta(days=40)
REJECTED = {
    "too long": (f'b1,2026-05-02,4,"{"very slow " * 100_000}"', "text of 999,999 characters"),
    "null byte": ("b1,2026-05-02,4,they said \x00 nothing", "null byte"),
    "future": (f"b1,{TOMORROW:%Y-%m-%d},4,a comment from the future", "is in the future"),
    "off scale": ("b1,2026-05-02,7,seven of five stars", "score 7 is off its scale stars_1_5"),
    "no number": ("b1,2026-05-02,many,many stars", "score"),
}


@pytest.mark.parametrize("fault", REJECTED)
def test_a_row_that_cannot_be_used(tmp_path: Path, capsys: Capsys, fault: str) -> None:
    row, reason = REJECTED[fault]
    file = tmp_path / "reviews.csv"
    others = "\n".join(f"g{i},2026-05-0{i},{i},Day {i} and the line is still dead" for i in range(1, 6))
    file.write_text(f"{HEADER}\n{others}\n{row}\n")
    said = call(capsys, "run", file, "--store", tmp_path / "store", "--json")
    (counts,) = json.loads(said.out)["files"]
    assert said.code == 4 and "Traceback" not in said.err and "1 row(s) rejected" in said.err
    assert (counts["read"], counts["kept"], counts["rejected"]) == (6, 5, 1)
    snapshot = Store.open(tmp_path / "store").snapshot()
    (reject,) = snapshot.rejects().to_pylist()
    assert reason in reject["reason"] and reject["row"] == 6 and len(reject["content"]) < 2000
    assert len(snapshot.comments()) == 5
    assert call(capsys, "run", file, "--store", tmp_path / "store").code == 4
    assert store_counts(tmp_path / "store") == (5, 1, 2)


@pytest.mark.parametrize("fault", REJECTED)
def test_a_rejected_row_is_not_lost_by_tag(tmp_path: Path, capsys: Capsys, fault: str) -> None:
    row, _ = REJECTED[fault]
    file, out = tmp_path / "reviews.csv", tmp_path / "out.jsonl"
    others = "\n".join(f"g{i},2026-05-0{i},{i},Day {i} and the line is still dead" for i in range(1, 6))
    file.write_text(f"{HEADER}\n{others}\n{row}\n")
    assert call(capsys, "tag", file, "-o", out).code == 4
    statuses = [json.loads(line)["status"] for line in out.read_text().splitlines()]
    assert statuses == ["ok"] * 5 + ["rejected"]


@pytest.mark.parametrize(
    ("encoding", "word"), [("utf-8-sig", "Café"), ("utf-16", "Café"), ("cp1252", "Café"), ("latin-1", "Café")]
)
def test_other_encodings_are_read(tmp_path: Path, capsys: Capsys, encoding: str, word: str) -> None:
    file = tmp_path / "reviews.csv"
    file.write_bytes(f"{HEADER}\ng1,2026-05-01,5,{word} staff were kind\n".encode(encoding))
    assert call(capsys, "run", file, "--store", tmp_path / "store").code == 0
    assert Store.open(tmp_path / "store").snapshot().comments(["text"])["text"].to_pylist() == [
        f"{word} staff were kind"
    ]


@pytest.mark.parametrize(
    "command", ["drivers", "nps", "changes", "gaps", "themes list", "themes discover", "runs list", "report"]
)
def test_stores_that_are_none(tmp_path: Path, capsys: Capsys, command: str) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "notes.txt").write_text("mine")
    extra = ["-o", tmp_path / "brief.html"] if command == "report" else []
    for folder, what in (("none", "no store at"), ("other", "is not a store")):
        said = call(capsys, *command.split(), *extra, "--store", tmp_path / folder)
        assert said.code == 3 and what in one_line(said)
    assert not (tmp_path / "none").exists() and not (tmp_path / "brief.html").exists()


@pytest.mark.parametrize("command", ["drivers", "nps", "changes", "gaps"])
def test_an_empty_store(tmp_path: Path, capsys: Capsys, command: str) -> None:
    Store.open(tmp_path / "store", create=True)
    said = call(capsys, command, "--store", tmp_path / "store")
    assert said.code == 3 and "is empty: add comments with 'voc run FILE" in one_line(said)


def test_comments_that_say_one_thing_alone_are_stored_without_themes(tmp_path: Path, capsys: Capsys) -> None:
    same = tmp_path / "same.csv"
    same.write_text("\n".join([HEADER, *(f"s{i},2026-05-01,1,They charged my card twice" for i in range(250))]) + "\n")
    said = call(capsys, "run", same, "--store", tmp_path / "same")
    assert said.code == 0 and "themes were not looked for" in said.err and "Traceback" not in said.err
    assert store_counts(tmp_path / "same") == (250, 0, 1)
