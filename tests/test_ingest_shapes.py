"""Exports as their makers shape them: several header rows, workbooks, archives, folders of anything, real files."""

from __future__ import annotations

import gzip
import json
import os
import socket
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from exports import REVIEWS, WORDS, delimited, refused, texts, understood, workbook, write
from hypothesis import given
from hypothesis import strategies as st

from voc.errors import VocError
from voc.ingest import merge, read, tally, understand
from voc.ingest.header import find_header

# --- several header rows -----------------------------------------------------------------------------------

WHY = "What is the main reason for your score?"
BETTER = "Please tell us in your own words what we could do better"
QUALTRICS = [
    ["StartDate", "EndDate", "Status", "IPAddress", "Progress", "Duration (in seconds)", "Finished", "RecordedDate",
    "ResponseId",
     "RecipientLastName", "RecipientEmail", "DistributionChannel", "UserLanguage", "Q1_NPS_GROUP", "Q1", "Q2", "Q3",
     "Q4_1", "Q4_3_TEXT", "Tier"],
    ["Start Date", "End Date", "Response Type", "IP Address", "Progress", "Duration (in seconds)", "Finished",
    "Recorded Date", "Response ID",
     "Recipient Last Name", "Recipient Email", "Distribution Channel", "User Language",
     "How likely are you to recommend <b>Larch</b> to a friend? - Group",
     "How likely are you to recommend <b>Larch</b> to a friend?", WHY, BETTER,
     "Where did you meet us? - Selected Choice", "Where did you meet us? - Other - Text", "Tier"],
    [json.dumps({"ImportId": key}) for key in ["startDate", "endDate", "status", "ipAddress", "progress", "duration",
    "finished", "recordedDate",
     "_recordId", "recipientLastName", "recipientEmail", "distributionChannel", "userLanguage", "QID1_NPS_GROUP",
     "QID1", "QID2_TEXT", "QID3_TEXT",
     "QID4", "QID4_3_TEXT", "Tier"]],
]  # fmt: skip
QUALTRICS_ROWS = [
    [f"2025-03-0{n + 1} 10:00:00", f"2025-03-0{n + 1} 10:04:00", status, "203.0.113.7", "100", "240", "True",
    f"2025-03-0{n + 1} 10:04:01", f"R_{n}x",
     "Lee", "ann@example.com", channel, "EN", "Detractor", str(2 * n), word, more, "In a shop", "", "Gold"]
    for n, (status, channel, word, more) in enumerate([
        ("IP Address", "anonymous", WORDS[0], "Answer the phone in the evening"), ("IP Address", "anonymous", WORDS[1],
        ""),
        ("IP Address", "email", "", "Tell us the fee before we sign"), ("Survey Preview", "preview",
        "testing this survey now", "a test"),
        ("IP Address", "email", WORDS[2], "Fewer mails, they come every day"),
    ])
]  # fmt: skip
MONKEY = [
    ["Respondent ID", "Collector ID", "Date Created", "Date Modified", "IP Address", "Email Address", "First Name",
    "Last Name", "Custom Data 1",
     "How satisfied are you with our service?", "Which of these have you used?", "", "", BETTER],
    ["", "", "", "", "", "", "", "", "", "Response", "Shop", "App", "Other (please specify)", "Open-Ended Response"],
]  # fmt: skip
MONKEY_ROWS = [
    [str(118000 + n), "4471", f"03/1{n}/2025 10:00:00 AM", f"03/1{n}/2025 10:05:00 AM", "203.0.113.7", "", "", "", "",
    str(n + 2), "Shop", "",
     "the kiosk at the station" if n == 1 else "", word] for n, word in enumerate(WORDS)
]  # fmt: skip


def as_file(folder: Path, suffix: str, rows: list[list[Any]]) -> Path:
    if suffix == ".xlsx":
        return workbook(folder / "survey.xlsx", {"Sheet": [[cell or None for cell in row] for row in rows]})
    if suffix == ".tsv":
        return write(folder / "survey.tsv", delimited(rows, "\t").encode("utf-16"))
    return write(folder / "survey.csv", delimited(rows))


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".xlsx"])
@pytest.mark.parametrize("cut", [False, True])
def test_qualtrics_three_header_rows(tmp_path: Path, suffix: str, cut: bool) -> None:
    header = QUALTRICS[:2] if cut else QUALTRICS
    plan, rows = understood(as_file(tmp_path, suffix, header + QUALTRICS_ROWS))
    (file,) = plan.files
    assert (file.profile.name, file.rows, file.score_scale, file.source) == ("qualtrics", 5, "nps_0_10", "survey")
    assert [file.columns[role] for role in ("id", "date")] == ["ResponseId", "RecordedDate"]
    assert file.columns["score"] == "How likely are you to recommend Larch to a friend?"
    assert file.texts[:2] == (WHY, BETTER)
    found = [(row["response_id"], row["question"], row["text"]) for row in rows if row["status"] == "ok"]
    assert found[:2] == [("R_0x", WHY, WORDS[0]), ("R_0x", BETTER, "Answer the phone in the evening")]
    assert [row["status"] for row in rows if row["response_id"] == "R_3x"] == ["empty"]
    assert [row["nps"] for row in rows if row["response_id"] == "R_2x"] == [4]
    assert not any(secret in row["carried"] for row in rows for secret in ("ann@", "203.0.113.7", "Lee"))


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_surveymonkey_two_header_rows(tmp_path: Path, suffix: str) -> None:
    plan, rows = understood(as_file(tmp_path, suffix, MONKEY + MONKEY_ROWS))
    (file,) = plan.files
    other = "Which of these have you used? - Other (please specify)"
    assert (file.profile.name, file.rows, file.source) == ("surveymonkey", 3, "survey")
    assert [file.columns[role] for role in ("id", "date", "score")] == ["Respondent ID", "Date Created", MONKEY[0][9]]
    assert BETTER in file.texts and set(file.texts) <= {BETTER, other}
    assert {"Which of these have you used? - Shop", other} <= set(file.table_columns)
    assert [row["text"] for row in rows if row["question"] in (BETTER, None)] == WORDS


@pytest.mark.parametrize(
    ("rows", "skip", "names"),
    [
        ([["id", "review"], ["", "no id here"], ["2", "more words"]], 1, ["id", "review"]),
        ([["", "date", "review"], ["0", "2025-01-01", "words of a kind"]], 1, ["column_1", "date", "review"]),
        ([["Report"], ["", "date", "review"], ["0", "2025-01-01", "words"], ["1", "2025-01-01", "words"]], 2,
        ["column_1", "date", "review"]),
        ([["Why is it so slow?"], ["Fine by me"], ["Why does it cost so much?"]], 0, ["column_1"]),
        ([["Please add a dark mode to it"], ["Fine by me"]], 0, ["column_1"]),
        ([["What would you change?"], ["The colour"], ["Nothing at all"]], 1, ["What would you change?"]),
        ([["Q1", "Q2"], ['{"ImportId":"QID1"}', '{"ImportId":"QID2"}'], ["5", "words"]], 2, ["Q1", "Q2"]),
    ],
)  # fmt: skip
def test_one_header_row_or_none_stays_so(rows: list[list[str]], skip: int, names: list[str]) -> None:
    assert find_header(rows) == (skip, names)


CONSOLE = ["Package Name", "App Version Code", "App Version Name", "Reviewer Language", "Device",
"Review Submit Date and Time",
           "Review Submit Millis Since Epoch", "Review Last Update Date and Time",
           "Review Last Update Millis Since Epoch", "Star Rating",
           "Review Title", "Review Text", "Developer Reply Date and Time", "Developer Reply Millis Since Epoch",
           "Developer Reply Text",
           "Review Link"]  # fmt: skip


def test_play_console_csv_in_utf16(tmp_path: Path) -> None:
    cells = [["app.larch", "31", "3.1", "en", "tin", f"2024-05-0{n + 1}T10:00:00Z", "1714557600000",
    f"2024-05-0{n + 1}T10:00:00Z", "1714557600000",
              str(n + 1), "", word, "2024-06-01T10:00:00Z", "1717236000000",
              "Dear Ann, we are so very sorry about all this",
              f"https://example.com/?reviewId={n}"] for n, word in enumerate([*WORDS, ""])]  # fmt: skip
    plan, rows = understood(write(tmp_path / "reviews_202405.csv", delimited([CONSOLE, *cells]).encode("utf-16")))
    assert plan.files[0].profile.name == "google_play_console" and plan.files[0].encoding == "utf-16"
    assert texts(rows) == WORDS and [row["score"] for row in rows] == [1, 2, 3, 4] and rows[3]["status"] == "score_only"
    assert {row["product"] for row in rows} == {"app.larch"} and rows[0]["url"] == "https://example.com/?reviewId=0"


# --- workbooks ---------------------------------------------------------------------------------------------


def test_sheets_titles_merged_cells_and_formulas(tmp_path: Path) -> None:
    from datetime import datetime

    book = openpyxl.Workbook()
    notes = book.worksheets[0]
    notes.title = "Notes"
    notes.append(["month", "customers"])
    notes.append(["2025-01", 400])
    sheet = book.create_sheet("Reviews")
    sheet["B2"] = "Reviews of the quarter"
    sheet.merge_cells("B2:F2")
    for column, name in enumerate(["id", "date", "stars", "review", "shout"], start=2):
        sheet.cell(4, column, name)
    for n, word in enumerate(WORDS):
        for column, value in enumerate(
            [f"r{n}", datetime(2025, 3, n + 1, 12, 30), n + 2, word, f"=UPPER(E{5 + n})"], start=2
        ):
            sheet.cell(5 + n, column, value)
    sheet.cell(9, 5, "=cmd|'/c calc'!A1").data_type = "s"
    sheet.cell(9, 2, "r9")
    book.create_sheet("Empty")
    path = tmp_path / "book.xlsm"
    book.save(path)
    plan, rows = understood(path)
    (file,) = plan.files
    assert file.file.endswith("book.xlsm[Reviews]") and [name for name, _ in plan.skipped] == [f"{path}[Notes]"]
    assert [file.columns[role] for role in ("id", "text", "date", "score")] == ["id", "review", "date", "stars"]
    assert texts(rows) == [*WORDS, "=cmd|'/c calc'!A1"]
    assert rows[0]["date"].hour == 12 and rows[0]["score"] == 2


@pytest.mark.parametrize(
    ("name", "made", "kind"),
    [
        ("reviews.xlsx", lambda path: write(path, REVIEWS), "csv"),
        ("reviews.csv", lambda path: workbook(path.with_suffix(".xlsx"),
        {"S": [line.split(",") for line in REVIEWS.splitlines()]}).rename(path), "xlsx"),
        ("reviews.txt", lambda path: write(path,
        '<?xml version="1.0"?><c>' + "".join(f"<r><review>{w}</review></r>" for w in WORDS) + "</c>"), "xml"),
        ("reviews.parquet", lambda path: write(path, REVIEWS), "csv"),
    ],
)  # fmt: skip
def test_a_wrong_suffix_is_read_by_content(tmp_path: Path, name: str, made: Callable[[Path], Path], kind: str) -> None:
    plan, rows = understood(made(tmp_path / name))
    assert plan.files[0].format == kind and texts(rows) == WORDS
    assert any("suffix says" in note for note in plan.files[0].warnings)


def test_a_workbook_that_spreads_over_too_many_cells(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for cell, value in {"A1": "id", "B1": "review", "A2": "1", "B2": WORDS[0], "B200000": WORDS[1]}.items():
        sheet[cell] = value
    book.save(tmp_path / "long.xlsx")
    assert texts(understood(tmp_path / "long.xlsx")[1]) == WORDS[:2]
    sheet["XFD1048576"] = "stray"
    book.save(tmp_path / "far.xlsx")
    assert "spreads over more than" in refused(tmp_path / "far.xlsx")


# --- archives ----------------------------------------------------------------------------------------------


def test_members_of_an_archive(tmp_path: Path) -> None:
    path = tmp_path / "week.zip"
    part = [
        f"id,review\n{n},{word}\n{n}b,And another comment {n}\n"
        for n, word in enumerate([*WORDS, "Five of them", "Six of them", "Seven of us"])
    ]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a/b/one.csv", part[0])
        archive.writestr("a/two.csv.gz", gzip.compress(part[1].encode()))
        archive.writestr("../../escape.csv", part[2])
        archive.writestr("/root/absolute.csv", part[3])
        archive.writestr("C:\\users\\drive.csv", part[4])
        archive.writestr("line\nbreak.csv", part[5])
        archive.writestr("inner.zip", b"PK\x03\x04")
        archive.writestr("__MACOSX/._one.csv", b"\0\0")
        archive.writestr("notes/readme.md", "Words about it")
        archive.writestr("picture.csv", b"\x89PNG\r\n\x1a\n" + bytes(200))
    plan, rows = understood(path)
    names = [file.file.removeprefix(f"{path}/") for file in plan.files]
    assert names == [
        "a/b/one.csv",
        "a/two.csv.gz",
        "escape.csv",
        "line break.csv",
        "root/absolute.csv",
        "users/drive.csv",
    ]
    assert len(rows) == 12 and not (tmp_path.parent / "escape.csv").exists()
    reasons = {name.removeprefix(f"{path}/"): reason for name, reason in plan.skipped}
    assert "an archive inside an archive" in reasons["inner.zip"]
    assert "suffix .md" in reasons["notes/readme.md"] and "a picture" in reasons["picture.csv"] and len(reasons) == 3


def test_members_of_one_name_are_all_read(tmp_path: Path) -> None:
    path = tmp_path / "twice.zip"
    with zipfile.ZipFile(path, "w") as archive, warnings.catch_warnings(action="ignore"):
        for n, word in enumerate(WORDS):
            archive.writestr("a.csv", f"id,review\n{n},{word}\n")
    plan, rows = understood(path)
    assert sorted(map(str, texts(rows))) == sorted(WORDS) and len({file.file for file in plan.files}) == 3


def encrypted(path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.csv", REVIEWS)
    content = bytearray(path.read_bytes())
    content[6] |= 1
    content[content.find(b"PK\x01\x02") + 8] |= 1
    return write(path, bytes(content))


def bomb(path: Path, copies: int = 1) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("small.csv", REVIEWS)
        for n in range(copies):
            with archive.open(f"big{n}.csv", "w") as member:
                for _ in range(120):
                    member.write(b"0" * 1_000_000)
    return path


def gzip_bomb(path: Path) -> Path:
    with gzip.open(path, "wb") as file:
        file.write(REVIEWS.encode())
        for _ in range(120):
            file.write(b"no " * 400_000)
    return path


@pytest.mark.parametrize(
    ("name", "made", "says"),
    [
        ("a.zip", encrypted, "is encrypted"),
        ("a.zip", bomb, "over 200 times its size"),
        ("a.csv.gz", gzip_bomb, "over 200 times its size"),
        ("a.zip", lambda path: write(path, b"PK\x05\x06" + bytes(18)), "the archive is empty"),
        ("a.zip", lambda path: write(path, b"PK\x03\x04 torn off"), "not a readable .zip archive"),
        ("a.csv.gz", lambda path: write(path, gzip.compress(REVIEWS.encode() * 9)[:-20]), "cannot be read"),
        ("a.csv.gz", lambda path: write(path, gzip.compress(REVIEWS.encode()) + b"trailing"), "cannot be read"),
    ],
)  # fmt: skip
def test_archives_that_are_refused(tmp_path: Path, name: str, made: Callable[[Path], Path], says: str) -> None:
    assert says in refused(made(tmp_path / name))


def test_a_workbook_may_be_a_bomb_too(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", {"S": [["review"], ["some words about it"]]})
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive, archive.open("xl/media/x.xml", "w") as member:
        for _ in range(120):
            member.write(b"0" * 1_000_000)
    assert "over 200 times its size" in refused(path)


# --- folders -----------------------------------------------------------------------------------------------


def test_a_folder_of_anything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "delivery"
    write(folder / "b/reviews.csv", REVIEWS)
    write(
        folder / "a.jsonl",
        '{"id": "x", "review": "It came in a box of its own"}\n{"id": "y", "review": "It never came at all"}\n',
    )
    write(folder / "noise.csv", os.urandom(4000))
    write(folder / "empty.csv", b"")
    write(folder / "tool.exe", b"MZ\x90\0")
    write(folder / ".hidden/reviews.csv", REVIEWS)
    encrypted(folder / "locked.zip")
    write(folder / "torn.zip", b"PK\x03\x04 torn off")
    (folder / "loop").symlink_to(folder)
    (folder / "gone.csv").symlink_to(folder / "nowhere.csv")
    (folder / "self.csv").symlink_to(folder / "self.csv")
    os.mkfifo(folder / "pipe.csv")
    monkeypatch.chdir(folder)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket.csv")
        plan, rows = understood(folder)
    assert [Path(file.file).name for file in plan.files] == ["a.jsonl", "reviews.csv"] and len(rows) == 5
    reasons = {str(Path(name).relative_to(folder)): reason for name, reason in plan.skipped}
    assert {name: next((w for w in said if w in reasons.get(name, "")), reasons.get(name)) for name, said in {
        "noise.csv": ["binary data", "neither UTF-8"], "empty.csv": ["the file is empty"], "tool.exe": ["suffix .exe"],
        "locked.zip/a.csv": ["is encrypted"], "torn.zip": ["not a readable .zip"], "loop": ["a link to a folder"],
        "gone.csv": ["cannot be opened"], "self.csv": ["cannot be opened"], "pipe.csv": ["no file but"],
        "socket.csv": ["no file but"],
    }.items()}.keys() == reasons.keys()  # fmt: skip
    assert all("\n" not in reason for reason in reasons.values())


def test_files_that_may_not_be_read_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "a.csv", REVIEWS)
    secret = write(tmp_path / "secret.csv", REVIEWS)
    opened = Path.open

    def guarded(path: Path, *args: Any, **kwargs: Any) -> Any:
        if path == secret:
            raise PermissionError(13, "Permission denied", str(path))
        return opened(path, *args, **kwargs)

    monkeypatch.setattr(Path, "open", guarded)
    plan = understand([str(tmp_path)])
    assert len(plan.files) == 1 and "Permission denied" in plan.skipped[0][1]


HEADS = (b"", b"<a><b>some words</b>", b"[{", b"PK\x03\x04", b'{"a": [{"b": "c d"}', b"<?xml version='1.0'?>")


@given(
    head=st.sampled_from(HEADS),
    content=st.binary(max_size=300),
    suffix=st.sampled_from(["xml", "json", "xlsx", "xlsm", "zip", "xml.gz", "parquet"]),
)
def test_no_bytes_raise_anything_but_a_voc_error(
    tmp_path_factory: pytest.TempPathFactory, head: bytes, content: bytes, suffix: str
) -> None:
    path = write(tmp_path_factory.getbasetemp() / f"bytes.{suffix}", head + content)
    try:
        message, rows = "", sum(table.num_rows for table in read(understand([str(path)])))
    except VocError as error:
        message, rows = str(error), 1
    assert rows and "\n" not in message


# --- real files --------------------------------------------------------------------------------------------

FILES: dict[str, tuple[tuple[str | None, ...], str | None, tuple[int, int, int, int]]] = {
    "BankReviews.xlsx": (("Reviews", "Date", "Stars", None), "stars_1_5", (505, 505, 0, 0)),
    "amazon_alexa.tsv": (("verified_reviews", "date", "rating", None), "stars_1_5", (3150, 3150, 0, 79)),
    "cfpb_small.csv": (("Consumer complaint narrative", "Date received", None, "Complaint ID"), None, (131, 131, 0, 0)),
    "imdb_labelled.txt": (("column_1", None, None, None), None, (1000, 1000, 0, 0)),
    "pet_insurance_lemonade.csv": (("text", "published", "rating", "id"), "stars_1_5", (1302, 1302, 0, 0)),
    "semeval_suggestions_noheader_doublequoted.csv": (("column_2", None, None, None), None, (8500, 8500, 0, 0)),
    "trustpilot_AEA000201011.xlsx": (("Review Text", "Review Time", "Rating", "Review ID"), "stars_1_5", (400, 200,
    200, 0)),
    "womens_clothing_reviews.csv.zip": (("Review Text", None, "Rating", None), "stars_1_5", (23486, 23486, 0, 844)),
    "derived/bank_reviews_semicolon_cp1252.csv": (("Reviews", "Date", "Stars", None), "stars_1_5", (505, 505, 0, 0)),
    "derived/pet_insurance_lemonade.csv.gz": (("text", "published", "rating", "id"), "stars_1_5", (1302, 1302, 0, 0)),
}  # fmt: skip
NO_TABLES = ("README.md", "mams_three_line.dat")


@pytest.mark.needs_raw
@pytest.mark.parametrize("name", FILES)
def test_a_real_file(raw: Path, name: str) -> None:
    columns, scale, counts = FILES[name]
    plan, _ = understood(raw / name)
    (file,) = plan.files
    assert tuple(file.columns[role] for role in ("text", "date", "score", "id")) == columns
    assert file.score_scale == scale
    (account,) = merge(map(tally, read(plan))).values()
    assert (account.read, account.kept, account.duplicates, account.score_only) == counts


@pytest.mark.needs_raw
def test_the_real_forum_folder(raw: Path) -> None:
    plan, rows = understood(raw / "discourse_topics")
    assert (len(plan.files), len(rows), len({row["thread_id"] for row in rows})) == (30, 198, 30)
    assert {row["status"] for row in rows} == {"ok"} and {row["score"] for row in rows} == {None}
    assert len({row["dataset"] for row in rows}) == 1 and all(row["date"] for row in rows)


@pytest.mark.needs_raw
@pytest.mark.parametrize("name", NO_TABLES)
def test_a_real_file_without_a_table(raw: Path, name: str) -> None:
    assert f"suffix {Path(name).suffix} is not read" in refused(raw / name)


@pytest.mark.needs_raw
def test_all_real_files_are_in_these_tests(raw: Path) -> None:
    found = {str(path.relative_to(raw)) for path in raw.rglob("*") if path.is_file()}
    assert {name for name in found if not name.startswith("discourse_topics/")} == {*FILES, *NO_TABLES}


@pytest.mark.needs_raw
def test_all_real_files_at_once(raw: Path) -> None:
    plan = understand([str(raw)])
    assert len(plan.files) == len(FILES) + 30
    assert sorted(Path(name).name for name, _ in plan.skipped) == sorted(NO_TABLES)
