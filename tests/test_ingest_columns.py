"""Which column is what, and how its cells are read."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from calling import call
from export_tables import Export, exports
from hypothesis import given
from hypothesis import strategies as st

from voc.cli.understanding import show_plan
from voc.errors import UsageError
from voc.ingest import FilePlan, ReadOptions, read, understand
from voc.ingest.dates import is_relative, read_clock, read_date
from voc.ingest.scores import number_in, read_number
from voc.ingest.wording import is_answer, is_company_reply, is_open_question, is_question

EXPORTS = exports()
#: Roles that a table must not have where none is named.
STRICT = ("text", "title", "date", "score", "id", "scale")


def write_table(path: Path, rows: Sequence[Mapping[str, object]]) -> Path:
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    path.write_text(out.getvalue(), encoding="utf-8")
    return path


def table(folder: Path, columns: Mapping[str, Sequence[object]]) -> Path:
    rows = [dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]
    return write_table(folder / "table.csv", rows)


def plan_of(path: Path, options: ReadOptions | None = None) -> FilePlan:
    return understand([str(path)], options).files[0]


def rows_of(path: Path, options: ReadOptions | None = None) -> list[dict[str, Any]]:
    return [row for part in read(understand([str(path)], options)) for row in part.to_pylist()]


def words(n: int) -> list[str]:
    return [f"some words about visit number {number}" for number in range(n)]


def misread(folder: Path, export: Export) -> list[str]:
    """What is not as expected, as ``name: role is A, not B``."""
    plan = plan_of(write_table(folder / "export.csv", export.rows()))
    found = dict(plan.columns) | {"scale": plan.score_scale}
    wanted = dict.fromkeys(STRICT) | export.roles
    return [f"{export.name}: {r} is {found.get(r)}, not {name}" for r, name in wanted.items() if found.get(r) != name]


def test_columns_of_known_exports_are_understood(tmp_path: Path) -> None:
    faults = {export.name: found for export in EXPORTS if (found := misread(tmp_path, export))}
    right = len(EXPORTS) - len(faults)
    assert len(EXPORTS) >= 60
    assert not faults, f"{right} of {len(EXPORTS)} exports understood\n" + "\n".join(chain(*faults.values()))


DAY = datetime(2024, 5, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("cell", "value", "form"),
    [
        ("2024-05-04", DAY, "ISO 8601"),
        ("2024-05-04T10:00:00+02:00", DAY + timedelta(hours=8), "ISO 8601"),
        ("2024-05-04 10:00:00 -0500", DAY + timedelta(hours=15), "ISO 8601"),
        ("2024-05-04 10:00:00 UTC", DAY + timedelta(hours=10), "Y-m-d"),
        ("2024/05/04 10:00:00 AM GMT+2", DAY + timedelta(hours=8), "Y/m/d"),
        ("04/05/2024, 10:15 PM", DAY + timedelta(hours=22, minutes=15), "d/m/Y"),
        ("4.5.2024 14:30 Uhr", DAY + timedelta(hours=14, minutes=30), "d.m.Y"),
        ("04/05/24", DAY, "d/m/Y"),
        ("2024. 5. 4.", DAY, "Y.m.d"),
        ("2024年5月4日", DAY, "Y-m-d"),
        ("May 4th, 2024", DAY, "Month d Y"),
        ("May 04, 2024 at 5:30 PM", DAY + timedelta(hours=17, minutes=30), "Month d Y"),
        ("Reviewed in the United States on May 4, 2024", DAY, "Month d Y"),
        ("Rezension aus Deutschland vom 4. Mai 2024", DAY, "d Month Y"),
        ("04-MAY-24", DAY, "d Month Y"),
        ("4 de mayo de 2024", DAY, "d Month Y"),
        ("4 mai 2024 à 14h30", DAY + timedelta(hours=14, minutes=30), "d Month Y"),
        ("4 maggio 2024", DAY, "d Month Y"),
        ("4 mei 2024", DAY, "d Month Y"),
        ("4 maio 2024", DAY, "d Month Y"),
        ("Sat May 04 10:00:00 -0800 2024", DAY + timedelta(hours=18), "Month d time Y"),
        ("Sat, 04 May 2024 10:00:00 GMT", DAY + timedelta(hours=10), "d Month Y"),
        ("05 04, 2024", datetime(2024, 4, 5, tzinfo=UTC), "d m Y"),
        ("2024-05", datetime(2024, 5, 1, tzinfo=UTC), "month"),
        ("May 2024", datetime(2024, 5, 1, tzinfo=UTC), "month"),
        ("2024-Q2", datetime(2024, 4, 1, tzinfo=UTC), "quarter"),
        ("20240504", DAY, "YYYYmmdd"),
        ("1714780800", DAY, "seconds since 1970"),
        ("1714780800000", DAY, "seconds since 1970"),
        (45416, DAY, "spreadsheet day number"),
        (DAY, DAY, "date cell"),
    ],
)
def test_dates_are_read_as_exports_write_them(cell: object, value: datetime, form: str) -> None:
    assert read_date(cell, numbers=True) == (value, form)


@pytest.mark.parametrize(
    "cell",
    [
        "",
        None,
        True,
        "soon",
        "3 days ago",
        "version 3.2.1",
        "31/02/2024",
        "1970-01-01",
        "1900-01-01",
        "01/01/1900",
        "2024-13-45",
        "mayonnaise 12, 2024",
        "9" * 400,
        "4/5",
        "12:30",
    ],
)
def test_what_is_no_date_is_none(cell: object) -> None:
    assert read_date(cell, numbers=True) is None


def test_times_of_day_and_relative_dates() -> None:
    assert read_clock("2:05 PM") == timedelta(hours=14, minutes=5)
    assert [read_clock(cell) for cell in ("14", "25:10", "late", 14)] == [None] * 4
    assert all(map(is_relative, ["3 days ago", "a week ago", "yesterday", "vor 3 Tagen", "il y a 2 mois"]))
    assert not is_relative("two days without power")


@pytest.mark.parametrize(
    ("dates", "asked", "first", "says"),
    [
        (["01/02/2024", "25/03/2024"], None, (2024, 2, 1), None),
        (["01/02/2024", "03/25/2024"], None, (2024, 1, 2), None),
        (["2024-02-01", "2024-25-03"], None, (2024, 1, 2), None),
        (["1.2.2024", "3.4.2024"], None, (2024, 2, 1), "read day first because points stand between"),
        (["01/02/2024", "05/04/2024"], None, (2024, 2, 1), "decides. --date-order mdy changes it"),
        (["01/02/2024", "05/04/2024"], "mdy", (2024, 1, 2), None),
        (["01/02/2024", "25/03/2024"], "mdy", (2024, 1, 2), "1 dates are impossible month first"),
        (["01/02/2024", "25/03/2024", "26/03/2024", "04/28/2024"], None, (2024, 2, 1), "(2 d-m-Y, 1 m-d-Y); 1 more"),
        (
            [f"{month:02}/{day:02}/2024" for month in (1, 2, 3, 4) for day in (2, 5, 8, 11)],
            None,
            (2024, 1, 2),
            "read month first because only so are the rows in the order of time",
        ),
    ],
)
def test_the_order_of_day_and_month(
    tmp_path: Path, dates: list[str], asked: str | None, first: tuple[int, int, int], says: str | None
) -> None:
    path = table(tmp_path, {"date": dates, "comment": words(len(dates))})
    options = ReadOptions(date_order=asked)
    assert rows_of(path, options)[0]["date"] == datetime(*first, tzinfo=UTC)
    notes = [note for note in plan_of(path, options).warnings if "first" in note]
    assert len(notes) == (says is not None)
    assert says is None or says in notes[0]


def test_dates_that_only_one_order_puts_in_the_past(tmp_path: Path) -> None:
    soon = datetime.now(UTC) - timedelta(days=20)
    day = soon.replace(day=min(soon.day, 12))
    later = f"{day.month:02}/{day.day:02}/{day.year}"
    path = table(tmp_path, {"date": [later] * 3 + ["01/12/" + str(day.year)], "comment": words(4)})
    plan = plan_of(path)
    if plan.date_order == "mdy":
        assert any("puts dates in the future" in note for note in plan.warnings)
    assert all(row["status"] == "ok" for row in rows_of(path))


def test_dates_that_name_no_day_are_said_aloud(tmp_path: Path) -> None:
    dates = ["2024-05-04", "May 2024", "2 weeks ago", "1900-01-01", "who knows", "2024-05-09"]
    path = table(tmp_path, {"date": dates, "comment": words(6)})
    assert [row["date"] and row["date"].day for row in rows_of(path)] == [4, 1, None, None, None, 9]
    notes = " ".join(plan_of(path).warnings)
    assert "1 dates name only a month or a quarter" in notes
    assert "1 dates such as '3 days ago' name no day" in notes
    assert "2 of 6 dates are unreadable" in notes


def test_a_time_of_day_in_its_own_column(tmp_path: Path) -> None:
    path = table(tmp_path, {"Date": ["25/03/2024", "26/03/2024"], "Time": ["10:31", ""], "Comment": words(2)})
    assert [row["date"].hour for row in rows_of(path)] == [10, 0]
    assert plan_of(path).column("time") == "Time"


@pytest.mark.parametrize(
    ("cell", "value", "best"),
    [
        ("4", 4, None),
        ("4,5", 4.5, None),
        ("4/5", 4, 5),
        ("7 / 10", 7, 10),
        ("4 out of 5 stars", 4, 5),
        ("80 %", 80, 100),
        ("4,0 von 5 Sternen", 4, 5),
        ("5 of 5 bubbles", 5, 5),
        ("★★★☆☆", 3, 5),
        ("⭐⭐", 2, 5),
        ("5 stars", 5, 5),
        ("10 - Extremely likely", 10, None),
        ("1 (Not at all)", 1, None),
        ("Rated 4 out of 5", 4, 5),
        (True, 1, None),
    ],
)
def test_numbers_in_scores(cell: object, value: float, best: int | None) -> None:
    assert number_in(cell) == (value, best)


@pytest.mark.parametrize("cell", ["", "good", "4 May 2024", "3 days ago", "v2.1.0", "4 people, 2 dogs", None, "12-14"])
def test_what_is_no_number(cell: object) -> None:
    assert read_number(cell) is None


@pytest.mark.parametrize(
    ("name", "cells", "scale", "scores"),
    [
        ("Overall satisfaction", ["Very satisfied", "Dissatisfied", "N/A", "Neutral"], "csat_1_5", [5, 2, None, 3]),
        ("Rating", ["Excellent", "Poor", "Good", "Excellent"], "csat_1_5", [5, 1, 3, 5]),
        ("Rating", ["Excellent", "Poor", "Terrible", "Very good"], "csat_1_5", [5, 2, 1, 4]),
        ("Zufriedenheit", ["sehr zufrieden", "unzufrieden", "zufrieden", "zufrieden"], "csat_1_5", [5, 2, 4, 4]),
        ("Thumbs", ["👍", "👎", "👍", "👍"], "thumbs", [1, 0, 1, 1]),
        ("Stars", ["5", "0", "4", "3"], "stars_1_5", [5, None, 4, 3]),
        ("Rating", ["9/10", "2/10", "4/10", "1/10"], None, [9, 2, 4, 1]),
        ("Rating", ["45/100", "90/100", "70/100", "10/100"], "percent", [45, 90, 70, 10]),
        ("CSAT", ["95", "80", "100", "60"], "percent", [95, 80, 100, 60]),
        ("NPS", ["10", "Don't know", "7", "0"], "nps_0_10", [10, None, 7, 0]),
        ("Sentiment", ["positive", "negative", "positive", "negative"], None, [None] * 4),
        ("Rating", ["0", "1", "1", "0"], None, [None] * 4),
        ("Helpful votes", ["5", "1", "4", "3"], None, [None] * 4),
        ("NPS group", ["Promoter", "Passive", "Detractor", "Promoter"], None, [None] * 4),
    ],
)
def test_scores_and_scales(
    tmp_path: Path, name: str, cells: list[str], scale: str | None, scores: list[float | None]
) -> None:
    path = table(tmp_path, {"id": range(4), name: cells, "comment": words(4)})
    assert plan_of(path).score_scale == scale
    rows = rows_of(path)
    assert [row["score"] for row in rows] == scores
    assert {row["status"] for row in rows} == {"ok"}


def test_what_was_made_of_scores_is_said_aloud(tmp_path: Path) -> None:
    def notes(name: str, cells: list[str]) -> str:
        return " ".join(plan_of(table(tmp_path, {"id": range(4), name: cells, "comment": words(4)})).warnings)

    assert "'good' as 1, 'bad' as 0 (thumbs)" in notes("Score", ["Good", "Bad", "offered", "Good"])
    assert "1 zeros lie below stars_1_5 and count as no score" in notes("Stars", ["5", "0", "4", "3"])
    assert "gives the group only" in notes("NPS group", ["Promoter", "Passive", "Detractor", "Promoter"])
    several = {"How satisfied are you with the price?": [4, 5], "How satisfied are you with the staff?": [1, 2]}
    plan = plan_of(table(tmp_path, {"id": range(2), **several, "comment": words(2)}))
    assert plan.columns["score"] is None
    assert any("Several columns could be the score" in note for note in plan.warnings)
    assert json.loads(rows_of(tmp_path / "table.csv")[0]["attributes"]) == {
        name: str(cells[0]) for name, cells in several.items()
    }


def test_pros_and_cons_are_two_answers_and_no_negative_is_none(tmp_path: Path) -> None:
    columns = {
        "id": [1, 2, 3],
        "Headline": ["Well", "", "So so"],
        "Pros": ["Kind people at the desk", "No Positive", "A warm room"],
        "Cons": ["No Negative", "No Negative", "The lift was broken"],
        "Overall rating": [5, 1, 3],
    }
    found = [(row["status"], row["question"], row["text"]) for row in rows_of(table(tmp_path, columns))]
    assert found == [
        ("ok", "Pros", "Well. Kind people at the desk"), ("score_only", None, None),
        ("ok", "Pros", "So so. A warm room"), ("ok", "Cons", "The lift was broken"),
    ]  # fmt: skip


def test_an_english_translation_is_read_and_else_what_the_customer_wrote(tmp_path: Path) -> None:
    german = ["Das Paket kam leider viel zu spät an", "Der Mann am Telefon war sehr freundlich", "Fine, thank you all"]
    english = ["Sadly the parcel arrived far too late", "The man on the phone was very friendly", ""]
    path = table(tmp_path, {"Review": german, "Review (translated)": english, "Stars": [1, 5, 4]})
    rows = rows_of(path)
    assert [row["text"] for row in rows] == [*english[:2], german[2]]
    assert json.loads(rows[0]["attributes"]) == {"Review": german[0]}
    assert any("models know English" in note for note in plan_of(path).warnings)
    own = rows_of(path, ReadOptions({"text": "Review"}))
    assert [row["text"] for row in own] == german


def test_of_a_conversation_the_customers_part_is_read(tmp_path: Path) -> None:
    columns = {"message_id": range(4), "sender": ["customer", "agent", "customer", "bot"], "body": words(4)}
    rows = rows_of(table(tmp_path, columns))
    assert [row["status"] for row in rows] == ["ok", "empty", "ok", "empty"]
    assert rows[1]["reason"] == "written by the company, by the system, or deleted"


def test_one_question_a_row(tmp_path: Path) -> None:
    columns = {"respondent id": [1, 1], "question": ["What was good?", "What was bad?"], "response": words(2)}
    rows = rows_of(table(tmp_path, columns))
    assert [(row["question"], row["text"]) for row in rows] == list(
        zip(columns["question"], columns["response"], strict=True)
    )


def test_mapping_several_texts_no_column_and_any_case(tmp_path: Path) -> None:
    columns = {"Note A": ["first words of it", ""], "Note B": ["second words", "third words"], "stars": [1, 5],
               "title": ["Head", "Line"]}  # fmt: skip
    path = table(tmp_path, columns)
    options = ReadOptions({"text": ("note b", "NOTE A"), "score": None, "title": ()})
    assert plan_of(path, options).texts == ("Note A", "Note B")
    rows = rows_of(path, options)
    assert [(row["question"], row["text"]) for row in rows] == [
        ("Note A", "first words of it"), ("Note B", "second words"), ("Note B", "third words"),
    ]  # fmt: skip
    assert {row["score"] for row in rows} == {None}
    with pytest.raises(UsageError, match="only text can have several"):
        ReadOptions({"score": ("a", "b")})
    with pytest.raises(UsageError, match="unknown date order 'd-m'; orders are ymd, dmy, mdy, ydm"):
        ReadOptions(date_order="d-m")
    with pytest.raises(UsageError, match="no input has a column 'Note C'"):
        plan_of(path, ReadOptions({"text": ("Note A", "Note C")}))


def test_a_confidence_is_strength_times_share(tmp_path: Path) -> None:
    columns = {"date": ["2024-05-04", "2024-05-05", "soon", "2024-05-07"], "my remark on it": words(4), "xyz": [1] * 4}
    plan = plan_of(table(tmp_path, columns))
    assert plan.confidence == {"date": pytest.approx(0.95 * 0.75, abs=0.01), "text": 0.75}
    assert plan_of(tmp_path / "table.csv", ReadOptions({"text": "my remark on it"})).confidence["text"] == 1.0


@pytest.mark.parametrize(
    ("header", "question", "is_open"),
    [
        ("Why did you choose us?", True, True),
        ("Q3 - What could we do better", True, True),
        ("Other (please specify)", True, True),
        ("Q7_4_TEXT", True, True),
        ("12. Which branch did you visit?", True, False),
        ("Please tell us more about it", True, True),
        ("¿Qué podríamos mejorar?", True, True),
        ("Warum haben Sie das gesagt?", True, True),
        ("review_text", False, False),
        ("Comment", False, False),
        ("What now", False, False),
        ("Anything? - Open-Ended Response", True, False),
    ],
)
def test_questions_are_told_by_their_wording(header: str, question: bool, is_open: bool) -> None:
    assert (is_question(header), is_open_question(header)) == (question, is_open)


@pytest.mark.parametrize(
    ("name", "company"),
    [
        ("reply text", True),
        ("owner response", True),
        ("response from owner text", True),
        ("antwort des unternehmens", True),
        ("internal comments", True),
        ("comments about staff", False),
        ("hotel review", False),
        ("response", False),
    ],
)
def test_company_replies_are_told_by_their_name(name: str, company: bool) -> None:
    assert is_company_reply(name) is company


@pytest.mark.parametrize("width", [80, 100, 120])
def test_a_dry_run_fits_the_terminal_and_names_columns_whole(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], width: int
) -> None:
    question = "What is the one thing that we should do better next time?"
    columns = {"survey_response_id": range(3), "nps": [1, 9, 10], question: ["write to jo@example.org " * 9] * 3}
    show_plan(understand([str(table(tmp_path, columns))]), width)
    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert max(map(len, lines)) <= width
    assert "survey_response_id" in out
    assert out.count("write to [email]") >= 3 and "example.org" not in out
    assert "Scores are on nps_0_10." in err


def test_the_command_line_maps_orders_and_drops(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = table(tmp_path, {"when": ["01/02/2024", "03/04/2024"], "A": words(2), "B": words(2), "stars": [1, 5]})
    options = ["--map", "text=a", "--map", "text=B", "--map", "score=-", "--map", "date=when", "--date-order", "mdy"]
    found = json.loads(call(capsys, "ingest", path, "--dry-run", "--json", *options).out)["files"][0]
    assert found["columns"] == {"text": ["A", "B"], "date": "when", "score": None, "id": None}
    assert found["date_format"] == "m/d/Y"


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("delivery comment", True),
        ("nps feedback", True),
        ("comment 2", True),
        ("comments on the staff", True),
        ("comment", False),
        ("comment author", False),
        ("feedback type", False),
        ("comment created at", False),
    ],
)
def test_several_comments_are_told_by_their_name(name: str, answer: bool) -> None:
    assert is_answer(name) is answer


def test_a_column_without_a_name_that_might_be_the_score_is_said(tmp_path: Path) -> None:
    path = tmp_path / "plain.csv"
    path.write_text("".join(f"{n % 5 + 1},{text}\n" for n, text in enumerate(words(12))), encoding="utf-8")
    assert any("--map score=column_1 takes it" in note for note in plan_of(path).warnings)


@given(st.text(max_size=120))
def test_no_text_breaks_the_reading_of_cells(text: str) -> None:
    read = read_date(text, numbers=True)
    assert read is None or read.value.year >= 1990
    assert (number_in(text) is None) == (read_number(text) is None)
    assert is_question(text) or not is_open_question(text)
    assert not (is_relative(text) and read_clock(text))


@given(
    st.datetimes(datetime(1990, 1, 1), datetime(2068, 12, 31)),
    st.sampled_from(
        [("dmy", "%d/%m/%Y"), ("mdy", "%m/%d/%Y"), ("ymd", "%Y-%m-%d"), ("ydm", "%Y-%d-%m"), ("dmy", "%d.%m.%y")]
    ),
    st.sampled_from(["", " %H:%M:%S", " %I:%M:%S %p"]),
)
def test_a_date_comes_back_in_the_order_it_was_written(value: datetime, written: tuple[str, str], clock: str) -> None:
    order, form = written
    value = value.replace(microsecond=0, tzinfo=UTC)
    read = read_date(value.strftime(form + clock), order)
    assert read is not None
    assert read.value == (value if clock else value.replace(hour=0, minute=0, second=0))
