"""From files as they come to rows of one schema, every row accounted for."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import voc.ingest
from voc.errors import InputError, UsageError, VocError
from voc.ingest import Account, Plan, ReadOptions, merge, read, tally, understand
from voc.schema import READ

REVIEWS = [
    {
        "review_id": "r1",
        "date": "2025-03-04",
        "stars": 5,
        "title": "Lovely",
        "review": "Kept my number, no fuss",
    },
    {
        "review_id": "r2",
        "date": "2025-03-15",
        "stars": 1,
        "title": "",
        "review": "Two weeks without a signal",
    },
    {"review_id": "r3", "date": "2025-04-01", "stars": 3, "title": "", "review": "It is all right I suppose"},
]


def rows_of(plan: Plan, **kwargs: Any) -> list[dict[str, Any]]:
    return [row for table in read(plan, **kwargs) for row in table.to_pylist()]


def rows_in(path: Path, options: ReadOptions | None = None) -> list[dict[str, Any]]:
    return rows_of(understand([str(path)], options))


def csv_text(rows: list[dict[str, Any]], delimiter: str = ",") -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=list(rows[0]), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def write_reviews(folder: Path, suffix: str) -> Path:
    path = folder / f"reviews{suffix}"
    if suffix == ".xlsx":
        import openpyxl

        book = openpyxl.Workbook()
        sheet = book.active
        assert sheet is not None
        sheet.append(["Reviews of the quarter"])
        sheet.append([])
        sheet.append(list(REVIEWS[0]))
        for row in REVIEWS:
            sheet.append(list(row.values()))
        book.save(path)
    elif suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist(REVIEWS), path)
    elif suffix == ".json":
        write(path, json.dumps({"page": 1, "results": REVIEWS, "tags": [{"tag": "x"}]}))
    elif suffix in (".jsonl", ".ndjson"):
        write(path, "".join(json.dumps(row) + "\n" for row in REVIEWS))
    elif suffix == ".csv.gz":
        write(path, gzip.compress(csv_text(REVIEWS).encode()))
    elif suffix == ".zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("export of may/reviews.csv", csv_text(REVIEWS))
    else:
        write(path, csv_text(REVIEWS, "\t" if suffix == ".tsv" else ","))
    return path


def test_exported_members() -> None:
    assert voc.ingest.__all__ == sorted(voc.ingest.__all__, key=lambda n: (n[0].islower(), n))
    assert all(hasattr(voc.ingest, name) for name in voc.ingest.__all__)


@pytest.mark.parametrize(
    "suffix", [".csv", ".tsv", ".txt", ".xlsx", ".json", ".jsonl", ".ndjson", ".parquet", ".csv.gz", ".zip"]
)
def test_the_same_reviews_come_out_of_every_format(tmp_path: Path, suffix: str) -> None:
    rows = rows_in(write_reviews(tmp_path, suffix))
    assert [row["id"] for row in rows] == ["r1", "r2", "r3"]
    assert [row["text"] for row in rows] == ["Lovely. " + str(REVIEWS[0]["review"])] + [
        row["review"] for row in REVIEWS[1:]
    ]
    assert [row["score"] for row in rows] == [5.0, 1.0, 3.0]
    assert {row["score_scale"] for row in rows} == {"stars_1_5"}
    assert [row["date"] for row in rows] == [
        datetime(2025, 3, 4, tzinfo=UTC), datetime(2025, 3, 15, tzinfo=UTC), datetime(2025, 4, 1, tzinfo=UTC),
    ]  # fmt: skip
    assert {row["source"] for row in rows} == {"review"}
    assert {row["nps"] for row in rows} == {None}
    assert len({row["dataset"] for row in rows}) == 1


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters(tmp_path: Path, delimiter: str) -> None:
    rows = [dict(row, review=f"one, two; three | {n}\nnext line") for n, row in enumerate(REVIEWS)]
    found = rows_in(write(tmp_path / "a.csv", csv_text(rows, delimiter)))
    assert found[1]["text"] == "one, two; three | 1\nnext line"
    assert len(found) == 3


@pytest.mark.parametrize(
    ("encoding", "reported"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("cp1252", "cp1252"),
    ],
)
def test_encodings(tmp_path: Path, encoding: str, reported: str) -> None:
    text = csv_text([dict(row, review=f"Café “señor” was naïve, £5 for nothing {n}") for n, row in enumerate(REVIEWS)])
    plan = understand([str(write(tmp_path / "a.csv", text.encode(encoding)))])
    assert plan.files[0].encoding == reported
    assert rows_of(plan)[2]["text"] == "Café “señor” was naïve, £5 for nothing 2"


def test_a_stray_byte_costs_no_row(tmp_path: Path) -> None:
    raw = (
        csv_text([dict(row, review="Ça coûte très cher, à éviter") for row in REVIEWS]).encode()
        + b"r4,,2,,caf\xe9 closed\r\n"
    )
    plan = understand([str(write(tmp_path / "a.csv", raw))])
    assert rows_of(plan)[3]["text"] == "café closed"
    assert any("not UTF-8" in note for note in plan.files[0].warnings)


def test_lines_of_text_without_header(tmp_path: Path) -> None:
    path = write(tmp_path / "a.txt", 'Cheap, cheerful\n" never again, said nobody\nFine\n')
    assert [row["text"] for row in rows_in(path)] == ["Cheap, cheerful", '" never again, said nobody', "Fine"]


def test_second_pair_of_quotes_is_taken_off(tmp_path: Path) -> None:
    lines = [f'{n}_1,"""please add a ""dark"" mode to it, number {n}""",1' for n in range(5)]
    assert rows_in(write(tmp_path / "a.csv", "\n".join(lines)))[0]["text"] == 'please add a "dark" mode to it, number 0'


def test_dry_run_shape(tmp_path: Path) -> None:
    plan = understand([str(write_reviews(tmp_path, ".csv"))])
    shape = plan.files[0].as_json()
    assert list(shape) == [
        "file", "format", "encoding", "rows", "columns", "score_scale", "date_format", "confidence",
        "warnings",
    ]  # fmt: skip
    assert shape["columns"] == {
        "text": "review", "date": "date", "score": "stars", "id": "review_id", "title": "title",
    }  # fmt: skip
    assert shape["rows"] == 3 == len(plan.files[0].examples)
    assert all(0 <= value <= 1 for value in shape["confidence"].values())
    json.dumps(shape)


@pytest.mark.parametrize(
    ("dates", "form", "first"),
    [
        (["03/04/2025", "25/04/2025"], "d/m/Y", datetime(2025, 4, 3, tzinfo=UTC)),
        (["03/04/25", "04/25/25"], "m/d/Y", datetime(2025, 3, 4, tzinfo=UTC)),
        (["3.4.2025", "5.6.2025"], "d.m.Y", datetime(2025, 4, 3, tzinfo=UTC)),
        (
            ["2025-04-03T10:00:00+02:00", "2025-05-03T10:00:00Z"],
            "ISO 8601",
            datetime(2025, 4, 3, 8, tzinfo=UTC),
        ),
        (["3-Apr-25", "31-Jul-24"], "d Month Y", datetime(2025, 4, 3, tzinfo=UTC)),
        (["April 3, 2025", "July 31, 2024"], "Month d Y", datetime(2025, 4, 3, tzinfo=UTC)),
        (["2025-03-04 1:05 PM", "2025-31-05 1:05 PM"], "Y-d-m", datetime(2025, 4, 3, 13, 5, tzinfo=UTC)),
        (["1743638400", "1743638500"], "seconds since 1970", datetime(2025, 4, 3, tzinfo=UTC)),
    ],
)
def test_dates_are_decided_over_the_whole_column(tmp_path: Path, dates: list[str], form: str, first: datetime) -> None:
    text = csv_text([{"date": date, "review": f"word number {n} of it"} for n, date in enumerate(dates)])
    plan = understand([str(write(tmp_path / "a.csv", text))])
    assert plan.files[0].date_format == form
    assert rows_of(plan)[0]["date"] == first


def test_an_unreadable_date_costs_the_date_only(tmp_path: Path) -> None:
    rows = [*REVIEWS, dict(REVIEWS[0], review_id="r4", date="last Tuesday")]
    plan = understand([str(write(tmp_path / "a.csv", csv_text(rows)))])
    assert rows_of(plan)[3]["date"] is None
    assert rows_of(plan)[3]["status"] == "ok"
    assert any("1 of 4 dates" in note for note in plan.files[0].warnings)


def test_ambiguous_dates_are_said_aloud(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "date,review\n03/04/2025,good enough for me\n05/04/2025,not good at all\n")
    assert any(
        "read day first because nothing in the column decides" in note
        for note in understand([str(path)]).files[0].warnings
    )


@pytest.mark.parametrize(
    ("column", "values", "scale", "nps"),
    [
        ("nps", ["0", "10", "7"], "nps_0_10", [0, 10, 7]),
        ("How likely are you to recommend us?", ["3", "10", "9"], "nps_0_10", [3, 10, 9]),
        ("stars", ["1", "5", "1"], "stars_1_5", [None] * 3),
        ("rating", ["4/5", "★★☆☆☆", "5 stars"], "stars_1_5", [None] * 3),
        ("overall satisfaction", ["1", "5", "3"], "csat_1_5", [None] * 3),
        ("score_percent", ["40%", "95", "100"], "percent", [None] * 3),
        ("rating", ["1", "10", "8"], None, [None] * 3),
    ],
)
def test_score_scales(tmp_path: Path, column: str, values: list[str], scale: str | None, nps: list[int | None]) -> None:
    text = csv_text([{column: value, "comment": f"some words about it {n}"} for n, value in enumerate(values)])
    rows = rows_in(write(tmp_path / "a.csv", text))
    assert {row["score_scale"] for row in rows} == {scale}
    assert [row["nps"] for row in rows] == nps
    assert all(row["score"] is not None for row in rows)


def test_a_flag_is_no_score(tmp_path: Path) -> None:
    rows = rows_in(write(tmp_path / "a.csv", "feedback,verified_reviews\n1,love it so much\n0,broke on day two\n"))
    assert [row["score"] for row in rows] == [None, None]
    assert rows[0]["text"] == "love it so much"


def test_every_fault_is_one_rejected_row_with_its_reason(tmp_path: Path) -> None:
    future = (datetime.now(UTC) + timedelta(days=3)).strftime("%Y-%m-%d")
    bad: list[tuple[str, dict[str, Any], str]] = [
        ("off scale", {"stars": 9}, "score 9 is off its scale stars_1_5"),
        ("words", {"stars": "loads"}, "score 'loads' is not a number"),
        ("future", {"date": future}, f"date {future} is in the future"),
        ("null", {"review": "nu\0ll"}, "null byte in the text"),
        (
            "long",
            {"review": "mail jo@example.org " + "x" * 1_000_000},
            "text of 1,000,020 characters, over 100,000",
        ),
    ]
    rows = REVIEWS * 8 + [dict(REVIEWS[0], review_id=name, **change) for name, change, _ in bad]
    rows = [dict(row, review_id=f"{n}") for n, row in enumerate(rows)]
    path = write(tmp_path / "a.csv", csv_text(rows) + "1,2,3,4,5,six cells jo@example.org\n")
    found = rows_in(path)[24:]
    assert [row["reason"] for row in found] == [
        *(reason for _, _, reason in bad),
        "row of 6 fields where 5 were expected",
    ]
    assert {row["status"] for row in found} == {"rejected"}
    assert all(row["text"] is None for row in found)
    assert all(len(row["carried"]) < 1200 and "example.org" not in row["carried"] for row in found)


def test_broken_json_line_costs_one_row(tmp_path: Path) -> None:
    lines = [json.dumps(REVIEWS[0]), "{oops", "[1]", json.dumps(REVIEWS[1])]
    rows = rows_in(write(tmp_path / "a.jsonl", "\n".join(lines)))
    assert [row["status"] for row in rows] == ["ok", "rejected", "rejected", "ok"]
    assert [row["row"] for row in rows] == [1, 2, 3, 4]


def test_score_without_text_is_kept_and_nothing_at_all_is_empty(tmp_path: Path) -> None:
    text = "date,nps,comment\n2025-01-01,9,\n2025-01-02,,\n2025-01-03,2,never on time at all\n2025-01-04,,  \n"
    table = next(read(understand([str(write(tmp_path / "a.csv", text))])))
    assert table["status"].to_pylist() == ["score_only", "empty", "ok", "empty"]
    assert list(tally(table).values()) == [
        Account(str(tmp_path / "a.csv"), read=4, kept=2, duplicates=0, empty=2, rejected=0, score_only=1)
    ]


def test_scores_alone_are_usable_with_a_date(tmp_path: Path) -> None:
    plan = understand([str(write(tmp_path / "a.csv", "date,nps\n2025-01-01,9\n2025-01-02,0\n"))])
    assert plan.files[0].columns["text"] is None
    assert [row["nps"] for row in rows_of(plan)] == [9, 0]


def test_equal_rows_stay_two_and_an_extra_column_changes_no_key(tmp_path: Path) -> None:
    first = [{"date": "2025-01-01", "stars": 5, "review": "Love it!"}] * 2 + [
        {"date": "2025-01-02", "stars": 1, "review": "Hate it, all of it"}
    ]
    week = rows_in(write(tmp_path / "a.csv", csv_text(first)))
    assert len({row["id"] for row in week}) == 3
    assert not any(row["duplicate"] for row in week)
    later = rows_in(write(tmp_path / "b.csv", csv_text([dict(row, region="north") for row in first])))
    assert [(row["dataset"], row["id"]) for row in week] == [(row["dataset"], row["id"]) for row in later]


def test_the_same_file_twice_is_duplicates(tmp_path: Path) -> None:
    path = str(write_reviews(tmp_path, ".csv"))
    copy = str(write(tmp_path / "copy.csv", Path(path).read_bytes()))
    accounts = merge(map(tally, read(understand([path, copy]), batch_size=2)))
    assert accounts[path].kept == 3
    assert accounts[copy].duplicates == 3
    assert accounts[copy].kept == 0


def test_ids_that_restart_in_another_file_lose_no_row_without_a_word(tmp_path: Path) -> None:
    leeds = str(write(tmp_path / "leeds.csv", "id,comment\n1,warm in Leeds\n2,dear in Leeds\n"))
    york = str(write(tmp_path / "york.csv", "id,comment\n1,warm in Leeds\n2,dear in York jo@example.org\n"))
    plan = understand([leeds, york])
    tables = list(read(plan))
    same, other = pa.concat_tables(tables).to_pylist()[2:]
    assert (same["status"], same["duplicate"]) == ("ok", True)
    assert (other["status"], other["text"], other["duplicate"]) == ("rejected", None, False)
    assert other["reason"].startswith("id '2' was read before with other content") and "--dataset" in other["reason"]
    assert json.loads(other["carried"]) == {"id": "2", "comment": "dear in York [email]"}
    assert merge(map(tally, tables))[york] == Account(york, read=2, duplicates=1, rejected=1)
    assert merge(map(tally, read(plan, unique=False)))[york] == Account(york, read=2, kept=2)


@pytest.mark.parametrize("good", [0, 20])
def test_broken_rows_keep_the_columns_of_the_header(tmp_path: Path, good: int) -> None:
    text = "id,comment\n" + "".join(f'g{n},"well, fine {n}"\n' for n in range(good))
    text += '1,fine service\n2\n3,too,many,fields,here\n4,"never closed\n5,good enough\n'
    rows = rows_in(write(tmp_path / "a.csv", text))
    assert [row["text"] for row in rows[:good]] == [f"well, fine {n}" for n in range(good)]
    assert [(row["status"], row["text"]) for row in rows[good:]] == [
        ("ok", "fine service"), ("empty", None), ("rejected", None), ("ok", '"never closed'), ("ok", "good enough"),
    ]  # fmt: skip
    assert rows[good + 2]["reason"] == "row of 5 fields where 2 were expected"


def test_half_the_dates_of_a_column_named_so_are_kept(tmp_path: Path) -> None:
    dates = ["2025-01-02", "32/13/2025 10:11", "soon", "2025-02-03"]
    text = csv_text([{"id": n, "date": date, "comment": f"words {n}"} for n, date in enumerate(dates)])
    plan = understand([str(write(tmp_path / "a.csv", text))])
    assert [row["date"] is not None for row in rows_of(plan)] == [True, False, False, True]
    assert any("2 of 4 dates are unreadable" in note for note in plan.files[0].warnings)


def test_a_column_named_like_a_role_but_not_taken_is_said_and_no_phone_number(tmp_path: Path) -> None:
    dates = ["2025-01-02", "32/13/2025 10:11", "20250102112233", "soon", "later", "never", "01632 960123"]
    text = csv_text([{"id": n, "date": date, "comment": f"words {n}"} for n, date in enumerate(dates)])
    plan = understand([str(write(tmp_path / "a.csv", text))])
    assert any("'date' is named like a date" in note for note in plan.files[0].warnings)
    shown = [json.loads(row["attributes"])["date"] for row in rows_of(plan)]
    assert shown == [*dates[:-1], "[phone]"]


def test_wide_survey_gives_a_comment_per_answer(tmp_path: Path) -> None:
    why, better = "Why did you give this score?", "What could we do better?"
    rows = [
        {"response_id": f"s{n}", "nps": n, why: why_said, better: better_said, "Price - now": 2}
        for n, (why_said, better_said) in enumerate([("too dear", "answer the phone"), ("", "nothing"), ("", "")])
    ]
    plan = understand([str(write(tmp_path / "a.csv", csv_text(rows)))])
    assert plan.files[0].columns["text"] == [why, better]
    table = pa.concat_tables(read(plan))
    found = table.to_pylist()
    assert [(r["response_id"], r["question"], r["text"], r["nps"]) for r in found] == [
        ("s0", why, "too dear", 0), ("s0", better, "answer the phone", 0), ("s1", better, "nothing", 1),
        ("s2", None, None, 2),
    ]  # fmt: skip
    assert len({row["id"] for row in found}) == 4
    assert {row["source"] for row in found} == {"survey"}
    assert json.loads(found[0]["attributes"]) == {"Price - now": "2"}
    account = tally(table)[str(tmp_path / "a.csv")]
    assert (account.read, account.kept, account.score_only) == (3, 3, 1)


def test_one_open_question_is_the_question(tmp_path: Path) -> None:
    question = "What is the main reason for your score?"
    rows = rows_in(write(tmp_path / "a.csv", csv_text([{"nps": 3, question: "ok"}, {"nps": 9, question: "ok"}])))
    assert [(row["text"], row["question"]) for row in rows] == [("ok", question)] * 2


def test_company_replies_and_people_are_not_customers_words(tmp_path: Path) -> None:
    rows = [
        {
            "comment": f"still waiting {n}",
            "company_response": "Thank you so much for your valued words, write to a@b.org",
            "username": "jo.bloggs", "Email": "jo@example.org",
            "parent_text": "what somebody else had written before",
        }
        for n in range(3)
    ]  # fmt: skip
    row = rows_in(write(tmp_path / "a.csv", csv_text(rows)))[0]
    assert row["text"] == "still waiting 0"
    attributes = json.loads(row["attributes"])
    assert attributes["company_response"].endswith("write to [email]")
    assert attributes["Email"] == "[email]"
    assert "jo" not in row["attributes"] + row["carried"].replace("[email]", "")
    assert len(row["customer_id"]) == 16
    assert json.loads(row["carried"])["username"] == row["customer_id"]


def test_salt_changes_the_hash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "a.csv", "customer_id,comment\nc1,words about it all\n")
    before = rows_in(path)[0]["customer_id"]
    monkeypatch.setenv("VOC_SALT", "another")
    assert rows_in(path)[0]["customer_id"] != before


def test_words_after_a_quoted_line_are_words(tmp_path: Path) -> None:
    posts = ["> is it off?\n\nYes, since Monday", "> is it off?", "I > you & me"]
    text = "".join(json.dumps({"post_id": n, "body": body}) + "\n" for n, body in enumerate(posts))
    rows = rows_in(write(tmp_path / "a.jsonl", text))
    assert [row["status"] for row in rows] == ["ok", "empty", "ok"]


def test_title_is_joined_unless_it_repeats_the_text(tmp_path: Path) -> None:
    text = "title,review\nSo slow,took an age to come\nTook an...,Took an age to come\n"
    text += "Never!,took an age\nOnly this,\n"
    assert [row["text"] for row in rows_in(write(tmp_path / "a.csv", text))] == [
        "So slow. took an age to come", "Took an age to come", "Never! took an age", "Only this",
    ]  # fmt: skip


def test_discourse_topic(tmp_path: Path) -> None:
    def post(number: int, cooked: str, **more: Any) -> dict[str, Any]:
        return {"id": 70 + number, "post_number": number, "topic_id": 7, "post_type": 1, "username": "ann",
                "created_at": "2024-05-01T10:00:00.000Z", "cooked": cooked, "score": 9.8} | more  # fmt: skip

    posts = [
        post(1, "<p>My parcel is lost &amp; gone</p>"),
        post(2, "<blockquote><p>My parcel</p></blockquote>"),
        post(3, "<p>closed this topic</p>", post_type=3),
        post(4, "<p>(post deleted by author)</p>", user_deleted=True),
    ]
    decoys = [{"title": "A long and wordy decoy title with many many words in it " * 20, "id": 1}]
    document = {"post_stream": {"posts": posts}, "suggested_topics": decoys, "title": "Parcels", "id": 7}
    rows = rows_in(write(tmp_path / "a.json", json.dumps(document)))
    assert [row["status"] for row in rows] == ["ok", "empty", "empty", "empty"]
    assert (rows[0]["id"], rows[0]["thread_id"], rows[0]["source"], rows[0]["score"]) == (
        "71",
        "7",
        "forum",
        None,
    )
    assert rows[0]["dataset"].startswith("discourse-")


def test_side_tables_and_readme_are_skipped_with_a_line(tmp_path: Path) -> None:
    write_reviews(tmp_path, ".csv")
    write(tmp_path / "customers.csv", "month,brand,customers\n2025-01,Fern,1200\n2025-02,Fern,1300\n")
    write(tmp_path / "README.md", "# About")
    write(tmp_path / "picture.csv", b"\x89PNG\r\n\x1a\n" + bytes(200))
    plan = understand([str(tmp_path)])
    assert [Path(file.file).name for file in plan.files] == ["reviews.csv"]
    reasons = {Path(file).name: reason for file, reason in plan.skipped}
    assert "no column of customers' words" in reasons["customers.csv"]
    assert "suffix .md" in reasons["README.md"]
    assert "a picture" in reasons["picture.csv"]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.csv", b"", "empty"),
        ("a.csv", b"\n \n", "empty"),
        ("a.csv", b"month,customers\n2025-01,3\n", "no column of customers' words"),
        ("a.csv", bytes(range(256)) * 40, "binary"),
        ("a.xlsx", b"not a workbook", "workbook"),
        ("a.json", b"{", "not valid JSON"),
        ("a.json", b"[]", "empty"),
        ("a.parquet", b"PAR1", "parquet"),
        ("a.csv.gz", b"\x1f\x8b\x08nonsense", "cannot be read"),
        ("a.zip", b"PK", "zip"),
        ("a.xml", b"<a/>", "no element repeats"),
        ("a.dat", b"words", "allowed are .csv"),
    ],
)
def test_bad_input_is_one_clear_line(tmp_path: Path, name: str, content: bytes, says: str) -> None:
    with pytest.raises(InputError) as caught:
        understand([str(write(tmp_path / name, content))])
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)
    assert name in str(caught.value)


@pytest.mark.parametrize("address", ["nowhere.csv", "memory://bucket/key.csv", "*.nowhere"])
def test_what_is_not_there(address: str) -> None:
    with pytest.raises(InputError, match=r"no such file|no file has such a name"):
        understand([address])


def test_mapping_overrides_and_is_checked(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "comment,Notes on it,when\nok,the words that matter here,2025-01-01\n")
    rows = rows_in(path, ReadOptions({"text": "notes on it", "date": "when"}, source="chat", dataset="mine"))
    assert (rows[0]["text"], rows[0]["source"], rows[0]["dataset"]) == (
        "the words that matter here",
        "chat",
        "mine",
    )
    with pytest.raises(UsageError, match="no input has a column 'nope'"):
        understand([str(path)], ReadOptions({"text": "nope"}))
    refused: list[dict[str, Any]] = [{"mapping": {"colour": "x"}}, {"source": "fax"}, {"pii": "maybe"}]
    for wrong in refused:
        with pytest.raises(UsageError):
            ReadOptions(**wrong)


def test_batches_and_progress(tmp_path: Path) -> None:
    rows = [dict(REVIEWS[0], review_id=str(n)) for n in range(25)]
    seen: list[int] = []
    plan = understand([str(write(tmp_path / "a.csv", csv_text(rows)))])
    tables = list(read(plan, batch_size=10, progress=seen.append))
    assert [table.num_rows for table in tables] == [10, 10, 5] == seen
    assert all(table.schema == READ for table in tables)


def test_accounts_add_up_only_for_one_file() -> None:
    assert Account("a", read=1, kept=1) + Account("a", read=2, empty=2) == Account("a", read=3, kept=1, empty=2)
    with pytest.raises(ValueError, match="different files"):
        Account("a") + Account("b")


CELL = st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cc"], include_characters="\n\t"), max_size=30)
ROW = st.fixed_dictionaries({
    "id": st.sampled_from(["", "a", "b", "c", "d", "e", "f"]),
    "date": st.sampled_from(["", "2025-01-02", "31/12/2024", "2099-01-01", "soon"]),
    "nps": st.sampled_from(["", "0", "7", "10", "11", "-1", "x"]),
    "comment": st.one_of(CELL, st.just("so far so good")),
})  # fmt: skip
CHECKS = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@CHECKS
@given(
    rows=st.lists(ROW, min_size=1, max_size=30),
    batch=st.integers(1, 7),
    suffix=st.sampled_from(["csv", "jsonl"]),
)
def test_read_is_kept_and_duplicates_and_empty_and_rejected(
    tmp_path: Path, rows: list[dict[str, str]], batch: int, suffix: str
) -> None:
    rows = [{"id": "first", "date": "2025-01-01", "nps": "10", "comment": "so far so good"}, *rows]
    text = csv_text(rows) if suffix == "csv" else "".join(json.dumps(row) + "\n" for row in rows)
    path = write(tmp_path / f"a.{suffix}", text)
    plan = understand([str(path)], ReadOptions({"text": "comment", "score": "nps"}))
    account = merge(map(tally, read(plan, batch_size=batch)))[str(path)]
    assert account.read == len(rows) == plan.rows
    assert account.read == account.kept + account.duplicates + account.empty + account.rejected
    assert account.score_only <= account.kept


@CHECKS
@given(
    content=st.one_of(st.binary(max_size=400), st.text(max_size=200).map(lambda t: t.encode("utf-8", "replace"))),
    suffix=st.sampled_from(["csv", "tsv", "txt", "json", "jsonl", "xlsx", "parquet", "csv.gz", "zip"]),
)
def test_no_bytes_raise_anything_but_a_voc_error(tmp_path: Path, content: bytes, suffix: str) -> None:
    path = write(tmp_path / f"a.{suffix}", content)
    try:
        plan = understand([str(path)])
        read_rows = sum(a.read for a in merge(map(tally, read(plan))).values())
    except VocError as error:
        message, complete = str(error), True
    else:
        message, complete = "", read_rows == plan.rows
    assert complete
    assert "\n" not in message
