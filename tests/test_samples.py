"""The sample files hold what their README promises."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from datetime import date
from pathlib import Path
from statistics import mean, median
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

SAMPLES = Path(__file__).parent.parent / "data" / "samples"
QUESTION = "What is the main reason for your score?"
Row = dict[str, Any]


@pytest.fixture(scope="module")
def planted() -> Row:
    loaded: Row = json.loads((SAMPLES / "planted.json").read_text(encoding="utf-8"))
    return loaded


@pytest.fixture(scope="module")
def reviews() -> list[Row]:
    with (SAMPLES / "reviews.csv").open(encoding="utf-8", newline="") as file:
        return [
            {
                **row,
                "id": row["review_id"],
                "text": row["review"],
                "score": int(row["stars"]),
                "day": date.fromisoformat(row["date"]),
            }
            for row in csv.DictReader(file)
        ]


@pytest.fixture(scope="module")
def posts() -> list[Row]:
    lines = (SAMPLES / "forum.jsonl").read_text(encoding="utf-8").splitlines()
    return [
        {
            **row,
            "id": row["post_id"],
            "text": row["body"],
            "score": None,
            "day": date.fromisoformat(row["created_at"][:10]),
        }
        for row in map(json.loads, lines)
    ]


@pytest.fixture(scope="module")
def answers() -> list[Row]:
    sheet = CalamineWorkbook.from_path(SAMPLES / "survey.xlsx").get_sheet_by_name("Responses")
    header, *cells = sheet.to_python()
    rows = [dict(zip(map(str, header), line, strict=True)) for line in cells]
    return [
        {
            **row,
            "id": row["response_id"],
            "text": row[QUESTION],
            "score": None if row["nps"] == "" else row["nps"],
            "day": row["date"],
        }
        for row in rows
    ]


@pytest.fixture(scope="module")
def by_id(reviews: list[Row], posts: list[Row], answers: list[Row]) -> dict[str, Row]:
    return {row["id"]: row for row in (*reviews, *posts, *answers)}


def story_rows(story: Row, by_id: dict[str, Row]) -> list[Row]:
    return [by_id[i] for kind in ("response_ids", "review_ids", "post_ids") for i in story[kind]]


def test_counts(by_id: dict[str, Row], planted: Row) -> None:
    written = [row for row in by_id.values() if row["text"]]
    assert len(written) >= 1100
    scored = Counter(row["day"].isoformat()[:7] for row in written if row["id"].startswith("S-"))
    assert len(scored) == 14 and min(scored.values()) >= 35
    assert 20 <= median(len(row["text"].split()) for row in written if row["id"].startswith("S-")) <= 26
    assert {row["language"] for row in planted["other_language"]} == {"es", "de"}
    assert all(by_id[i]["text"] == "" and by_id[i]["score"] is not None for i in planted["score_only"])
    assert [(by_id[i]["text"], by_id[i]["score"]) for i in planted["empty"]] == [("", None)]


def test_survey_cells(answers: list[Row]) -> None:
    assert all(type(row["day"]) is date for row in answers)
    assert all(90 <= row["customer_value"] <= 900 and row["survey_type"] == "relationship" for row in answers)
    assert [row["day"] for row in answers] == sorted(row["day"] for row in answers)


def test_personal_data_is_made_up(by_id: dict[str, Row], planted: Row) -> None:
    texts = [by_id[row["id"]]["text"] for row in planted["personal_data"]]
    assert len(texts) == 3
    for sign, text in zip(("@example.com", "07700 900", "4111 1111 1111 1111"), texts, strict=True):
        assert sign in text
    others = " ".join(row["text"] for row in by_id.values() if row["text"] not in texts)
    assert not re.search(r"\S@\w+\.\w|\d{5} ?\d{6}|(\d{4} ){3}\d{4}", others)


def test_repeated_rows_and_no_other_equal_texts(
    reviews: list[Row], posts: list[Row], answers: list[Row], by_id: dict[str, Row], planted: Row
) -> None:
    for rows, kind in ((reviews, "review_ids"), (answers, "response_ids"), (posts, None)):
        seen = Counter(row["id"] for row in rows)
        assert sorted(i for i, n in seen.items() if n > 1) == (planted["duplicates"][kind] if kind else [])
        assert all(row == by_id[row["id"]] for row in rows)
    plain = Counter(
        re.sub(r"\W+", " ", row["text"]).strip().lower() or row["text"] for row in by_id.values() if row["text"]
    )
    assert [text for text, n in plain.items() if n > 1] == []


@pytest.mark.parametrize(
    ("name", "since", "nps", "stars"),
    [
        ("A", "2025-09-01", (0, 4), (1, 2)),
        ("C", "2026-03-25", (0, 4), (1, 2)),
        ("D", "2026-06-01", (8, 10), (4, 5)),
        ("E", "2026-09-20", (0, 5), (1, 2)),
    ],
)
def test_story_dates_and_scores(
    name: str, since: str, nps: tuple[int, int], stars: tuple[int, int], by_id: dict[str, Row], planted: Row
) -> None:
    rows = story_rows(planted["stories"][name], by_id)
    assert len(rows) > 30
    assert all(row["day"] >= date.fromisoformat(since) and row["text"] for row in rows)
    for row in rows:
        low, high = nps if row["id"].startswith("S-") else stars
        assert row["score"] is None or low <= row["score"] <= high, row["id"]
    if name == "C":
        assert {row["brand"] for row in rows} == {"Larkline"}


def test_log_outs_only_accompany_wrong_charges(by_id: dict[str, Row], planted: Row) -> None:
    wrong, log_outs = planted["stories"]["A"], planted["stories"]["B"]
    both, alone = log_outs["with_A"], log_outs["without_A"]
    assert set(both) == set(log_outs["response_ids"]) & set(wrong["response_ids"])
    assert set(both) | set(alone) == set(log_outs["response_ids"])
    assert 0.55 <= len(both) / len(log_outs["response_ids"]) <= 0.65
    only_wrong = set(wrong["response_ids"]) - set(both)
    score = {i: row["score"] for i, row in by_id.items()}
    assert abs(mean(score[i] for i in both) - mean(score[i] for i in only_wrong)) < 0.75
    assert all(7 <= score[i] <= 10 for i in alone)
    for row in story_rows(log_outs, by_id):
        for sentence in re.split(r"(?<=[.!?])\s+", row["text"]):
            assert not (
                re.search(r"\bapp\b|log|session|face", sentence, re.IGNORECASE)
                and re.search(r"\bbill|charged|refund", sentence, re.IGNORECASE)
            ), row["id"]


def test_area_gaps(answers: list[Row], planted: Row) -> None:
    gap = planted["gap"]
    rows = list({row["id"]: row for row in answers}.values())
    for area in gap["areas"]:
        pairs = [(row[f"{area} – now"], row[f"{area} – ideal"]) for row in rows]
        found = mean(ideal - now for now, ideal in pairs if now != "" and ideal != "")
        assert found >= gap["least"] if area == gap["area"] else found <= gap["others_at_most"], area


def test_threads_answer_earlier_posts(posts: list[Row], planted: Row) -> None:
    place = {post["id"]: (n, post["thread_id"]) for n, post in enumerate(posts)}
    replies = [post for post in posts if post["reply_to"]]
    assert len(replies) == len(posts) - len({post["thread_id"] for post in posts})
    for post in replies:
        before, thread = place[post["reply_to"]]
        assert before < place[post["id"]][0] and thread == post["thread_id"]
    assert [post["id"] for post in posts if post["text"].startswith("> ")] == planted["quoting_posts"]


def test_customers_cover_every_month_and_brand() -> None:
    with (SAMPLES / "customers.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    count = {(row["month"], row["brand"]): int(row["customers"]) for row in rows}
    assert len(rows) == len(count) == 28
    assert count["2025-09", "Larkline"] > count["2026-10", "Larkline"]
    assert count["2025-09", "Wrenly"] < count["2026-10", "Wrenly"]
