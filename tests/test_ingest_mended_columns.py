"""Columns that were read as something else: votes, bracketed scales, short questions, speakers, answers in rows."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from test_ingest_columns import plan_of, rows_of, table, words

from voc.ingest import ReadOptions

Cells = Sequence[object]

VOTES = [0, 3, 8, 1, 6, 0, 2, 7]
TEN = [10, 0, 8, 7, 3, 9, 6, 2]
FIVE = [5, 1, 4, 2, 3, 5, 5, 1]
AGREED = ["Strongly agree", "Agree", "Neither agree nor disagree", "Disagree", "Strongly disagree", "Agree", "Agree"]
AGREED += ["Strongly agree"]
SIGNS = [1, -1, 1, 1, -1, 1, 1, -1]
THUMBS = ["thumbs_up", "thumbs_down"] * 4
PROSE = words(8)
OTHER = [f"number {n} could be quicker and cheaper" for n in range(8)]
THIRD = [f"a third remark for line {n} of this" for n in range(8)]


@pytest.mark.parametrize(
    "columns",
    [
        {"post_id": range(8), "thread_id": range(8), "post_text": PROSE, "post_score": VOTES, "upvotes": VOTES},
        {"id": range(8), "created": ["2024-03-01"] * 8, "author": range(8), "post": PROSE, "score": FIVE},
        {"comment": PROSE, "score": VOTES, "ups": VOTES, "downs": [0] * 8},
        {"text": PROSE, "source": ["forum"] * 8, "extra.score": VOTES},
        {"tweet_id": range(8), "text": PROSE, "score": FIVE},
        {"text": PROSE, "source": ["reddit"] * 8, "score": VOTES},
    ],
)
def test_votes_on_posts_are_no_score(tmp_path: Path, columns: Mapping[str, Cells]) -> None:
    plan = plan_of(table(tmp_path, columns))
    assert plan.column("score") is None
    assert any("posts and votes" in note for note in plan.warnings)


@pytest.mark.parametrize(
    ("columns", "scale"),
    [
        ({"comment": PROSE, "score": TEN}, None),
        ({"hotel": ["a", "b"] * 4, "review": PROSE, "score": TEN}, None),
        ({"comment": PROSE, "respondent": range(8), "score": TEN}, "nps_0_10"),
        ({"comment": PROSE, "respondent_id": range(8), "score": TEN}, "nps_0_10"),
        ({"comment": PROSE, "score": FIVE}, "stars_1_5"),
    ],
)
def test_a_score_is_a_net_promoter_score_in_a_survey_only(
    tmp_path: Path, columns: Mapping[str, Cells], scale: str | None
) -> None:
    plan = plan_of(table(tmp_path, columns))
    assert (plan.column("score"), plan.score_scale) == ("score", scale)


@pytest.mark.parametrize(
    ("name", "cells", "scale"),
    [
        ("Overall, how satisfied are you with us? (1-5)", FIVE, "csat_1_5"),
        ("Weiterempfehlung (0-10)", TEN, "nps_0_10"),
        ("¿Recomendaría Acme? (0-10)", TEN, "nps_0_10"),
        ("Recommend", TEN, "nps_0_10"),
        ("Q1. Recommend", TEN, "nps_0_10"),
        ("Score (0–10)", TEN, "nps_0_10"),
        ("Satisfaction", AGREED, "csat_1_5"),
        ("review_score", SIGNS, "thumbs"),
        ("rating", THUMBS, "thumbs"),
        ("Оценка", FIVE, "stars_1_5"),
        ("評価", FIVE, "stars_1_5"),
        ("Puan", FIVE, "stars_1_5"),
    ],
)
def test_scores_under_any_name_and_scale(tmp_path: Path, name: str, cells: Cells, scale: str) -> None:
    path = table(tmp_path, {"Comment": ["", *PROSE[1:]], name: cells})
    plan = plan_of(path)
    assert (plan.column("score"), plan.score_scale) == (name, scale)
    assert [row["status"] for row in rows_of(path)] == ["score_only", *["ok"] * 7]


def test_a_sign_is_read_as_a_thumb(tmp_path: Path) -> None:
    rows = rows_of(table(tmp_path, {"review": PROSE, "review_score": SIGNS}))
    assert [row["score"] for row in rows] == [max(sign, 0) for sign in SIGNS]


@pytest.mark.parametrize(("name", "cells"), [("Loyalty", TEN), ("How it went", FIVE)])
def test_a_column_that_might_be_the_score_is_said(tmp_path: Path, name: str, cells: Cells) -> None:
    plan = plan_of(table(tmp_path, {"comment": PROSE, name: cells}))
    assert plan.column("score") is None
    assert any(note.startswith(f"Column '{name}' runs from") for note in plan.warnings)


def test_agreement_with_a_statement_is_no_score(tmp_path: Path) -> None:
    columns: dict[str, Cells] = {"comment": PROSE, "Do you agree that the staff was kind?": AGREED}
    assert plan_of(table(tmp_path, columns)).column("score") is None


@pytest.mark.parametrize(
    "names",
    [
        ("What did you like?", "Anything else?"),
        ("Reason", "Improvement suggestion", "Anything else?"),
        ("Pourquoi ?", "Suggestions"),
        ("Warum?", "Verbesserungsvorschläge", "Sonstiges"),
        ("¿Qué le gustó?", "¿Qué mejoraría?"),
        ("prosText", "consText", "generalComments"),
        ("The best thing about us", "The worst thing about us"),
        ("Service Review", "Product Review"),
        ("Positive", "Negative"),
        ("Q2. Main reason for score", "Q3. What could we do better?"),
        ("What did you like?", "Room and garden"),
    ],
)
def test_every_open_question_is_read(tmp_path: Path, names: tuple[str, ...]) -> None:
    columns = dict(zip(names, (PROSE, OTHER, THIRD), strict=False))
    assert plan_of(table(tmp_path, {"NPS": TEN, **columns})).texts == names


def test_what_is_no_answer_stays_out_of_a_survey(tmp_path: Path) -> None:
    replies = [f"Dear guest {n}, thanks a lot for these words" for n in range(8)]
    columns: dict[str, Cells] = {
        "What did you like?": PROSE,
        "Company reply": replies,
        "Full name": OTHER,
        "Room?": ["yes", "no"] * 4,
        "NPS": TEN,
    }
    assert plan_of(table(tmp_path, columns)).texts == ("What did you like?",)


def test_outside_a_survey_every_other_column_of_prose_is_said(tmp_path: Path) -> None:
    plan = plan_of(table(tmp_path, {"review": PROSE, "garden": OTHER, "pool": THIRD}))
    assert plan.texts == ("review",)
    for name in ("garden", "pool"):
        assert any(f"--map text='{name}' reads it" in note for note in plan.warnings)


def test_ratings_side_by_side_are_said(tmp_path: Path) -> None:
    columns: dict[str, Cells] = {
        "review": PROSE,
        "rating_stars": FIVE,
        "rating_value": FIVE[::-1],
        "rating_service": FIVE,
    }
    assert any(
        "'rating_stars'" in note and "could be it" in note for note in plan_of(table(tmp_path, columns)).warnings
    )


@pytest.mark.parametrize(("role", "column"), [("score", "Respondent"), ("id", "Stay")])
def test_a_mapping_that_cannot_hold_is_said(tmp_path: Path, role: str, column: str) -> None:
    path = table(tmp_path, {"Respondent": [f"R-{n}" for n in range(8)], "Stay": [9, 10] * 4, "comment": PROSE})
    warnings = plan_of(path, ReadOptions({role: column})).warnings
    assert any(note.startswith(f"Column '{column}' is mapped to {role}, but") for note in warnings)


def test_a_date_order_that_no_date_has_is_said(tmp_path: Path) -> None:
    path = table(tmp_path, {"comment": PROSE, "date": ["02/06/2023"] * 8})
    plan = plan_of(path, ReadOptions(date_order="ymd"))
    assert plan.date_format == "d/m/Y"
    assert any("year last" in note for note in plan.warnings)
    assert {row["date"].strftime("%m-%d") for row in rows_of(path, ReadOptions(date_order="ymd"))} == {"06-02"}


def test_the_companys_messages_are_silent_and_their_epochs_are_dates(tmp_path: Path) -> None:
    columns: dict[str, Cells] = {
        "message_author_type": ["user", "admin"] * 4,
        "message_created_at": [1_714_780_800 + 60 * n for n in range(8)],
        "message_body": PROSE,
    }
    path = table(tmp_path, columns)
    assert plan_of(path).column("date") == "message_created_at"
    assert [row["status"] for row in rows_of(path)] == ["ok", "empty"] * 4


def test_of_a_transcript_the_customers_turns_are_read(tmp_path: Path) -> None:
    said = [f"Customer: My lamp {n} broke.\nAgent: I am sorry.\nCustomer: Send a new one." for n in range(8)]
    path = table(tmp_path, {"id": range(8), "transcript": said})
    assert any("customer's turns" in note for note in plan_of(path).warnings)
    assert rows_of(path)[1]["text"] == "My lamp 1 broke.\nSend a new one."


def long_survey() -> dict[str, list[Any]]:
    asked = ["How likely are you to recommend us?", "Why?", "How many nights did you stay?"]
    return {
        "response_id": [n for n in range(8) for _ in asked],
        "submitted_at": ["2024-05-04"] * 24,
        "question": asked * 8,
        "answer": [cell for n in range(8) for cell in (TEN[n], PROSE[n], 3)],
    }


def test_an_answer_that_is_only_a_number_is_a_score_or_nothing(tmp_path: Path) -> None:
    rows = rows_of(table(tmp_path, long_survey()))
    assert [row["status"] for row in rows] == ["score_only", "ok", "empty"] * 8
    assert [row["nps"] for row in rows[::3]] == TEN
    assert {row["reason"] for row in rows[2::3]} == {"the answer is only a number: 3"}


def test_answers_nested_in_a_row_are_said_and_no_comment(tmp_path: Path) -> None:
    path = tmp_path / "answers.jsonl"
    nested = [{"id": n, "comment": PROSE[n], "answers": [{"question": "Why?", "value": OTHER[n]}]} for n in range(8)]
    path.write_text("\n".join(map(json.dumps, nested)), encoding="utf-8")
    plan = plan_of(path)
    assert plan.texts == ("comment",)
    assert any("'answers'" in note and "nested" in note for note in plan.warnings)
