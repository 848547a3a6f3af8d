"""Copies of comments: planted ones are found, other words on the same topic are not, whatever the order of files."""

from __future__ import annotations

import csv
import itertools
import random
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voc.pipeline import CopyCounts, RunOptions, RunSummary, load_frames, run
from voc.pipeline.copies import find_copies, fingerprint_rows
from voc.schema import BANDS
from voc.store import Store
from voc.text.fingerprint import ROWS, SHORTEST, agreeing, fingerprints
from voc.ui.verbatims import Verbatims

SAMPLES = Path(__file__).parent.parent / "data" / "samples"
DAY = datetime(2026, 3, 1, tzinfo=UTC)
WORDS = "Your new price list helps nobody but yourselves: please keep the old plan for loyal customers."
NEARLY = "Your new price list helps nobody but yourselves! Please keep the old plan for us loyal customers."
OTHER = "The shop in Oakfield opens at ten, which is no use to anybody who starts work at eight."

Row = dict[str, Any]


@pytest.fixture(scope="module")
def reviews() -> list[str]:
    """The different texts of the sample reviews that are long enough to have copies."""
    with (SAMPLES / "reviews.csv").open(encoding="utf-8", newline="") as file:
        texts = dict.fromkeys(row["review"] for row in csv.DictReader(file))
    return [text for text in texts if len(text) >= 60]


def links(rows: Sequence[Row]) -> dict[str, tuple[str, str]]:
    """id → (id of the first one, kind), of comments given as rows with text, and id, date and status if they matter."""
    whole = [{"dataset": "d", "id": f"{n:06}", "date": DAY, "status": "ok"} | row for n, row in enumerate(rows)]
    names = ("dataset", "id", "date", "text", "status")
    schema = pa.schema([(n, pa.timestamp("us", tz="UTC") if n == "date" else pa.string()) for n in names])
    table = fingerprint_rows(pa.Table.from_pylist(whole, schema=schema))
    found = find_copies(lambda columns: iter(table.select(columns).to_batches(max_chunksize=7)))
    return {row["id"]: (row["of_id"], row["kind"]) for row in found.to_pylist()}


def texts(*given: str) -> list[Row]:
    return [{"text": text} for text in given]


# --- edits: what becomes of a text that is passed on -------------------------------------------


def typos(text: str, draw: random.Random) -> str:
    """Two letters change places in every tenth word."""
    words = text.split()
    for at in draw.sample(range(len(words)), max(1, len(words) // 10)):
        if len(word := words[at]) > 3:
            i = draw.randrange(len(word) - 1)
            words[at] = word[:i] + word[i + 1] + word[i] + word[i + 2 :]
    return " ".join(words)


def name_swapped(text: str, draw: random.Random) -> str:
    words = text.split()
    words[draw.randrange(len(words))] = draw.choice(["Marta", "Oakfield", "Jonathan", "yesterday"])
    return " ".join(words)


def sentence_added(text: str, draw: random.Random) -> str:
    return draw.choice([f"{text} Please do something about it.", f"Hello all. {text}", f"{text} Thanks for nothing!"])


def shouted(text: str, draw: random.Random) -> str:
    return f"  {text.upper().replace(' ', '  ')}!!! "


EDITS: dict[str, tuple[Callable[[str, random.Random], str], float]] = {
    "typos": (typos, 0.99),
    "a name swapped": (name_swapped, 0.98),
    "a sentence added": (sentence_added, 0.97),
    "a name swapped and typos": (lambda text, draw: name_swapped(typos(text, draw), draw), 0.97),
    "shouted": (shouted, 1.0),
}


@pytest.mark.parametrize("edit", EDITS)
def test_planted_copies_are_found(reviews: list[str], edit: str) -> None:
    change, recall = EDITS[edit]
    draw = random.Random(11)
    rows = [*texts(*reviews), *texts(*(change(text, draw) for text in reviews))]
    found = links(rows)
    right = [found.get(f"{n + len(reviews):06}", ("", ""))[0] == f"{n:06}" for n in range(len(reviews))]
    print(f"{edit}: {np.mean(right):.3f} of {len(right)} planted copies found")
    assert np.mean(right) >= recall


def test_how_many_pairs_are_compared_at_a_time_changes_nothing(
    reviews: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    draw = random.Random(5)
    given = texts(*reviews, *(name_swapped(text, draw) for text in reviews), *(typos(text, draw) for text in reviews))
    whole = links(given)
    monkeypatch.setattr("voc.pipeline.copies.MOST_PAIRS", 20)
    monkeypatch.setattr("voc.pipeline.copies._BLOCK", 3)
    assert links(given) == whole and len(whole) > len(reviews)


def test_other_words_on_the_same_topic_are_no_copies(reviews: list[str]) -> None:
    assert len(reviews) > 300 and links(texts(*reviews)) == {}


def test_alike_is_measured_as_it_says(reviews: list[str]) -> None:
    """The share of minima that agree estimates the Jaccard similarity of the stretches of five characters."""

    def stretches(text: str) -> set[str]:
        plain = " ".join(re.findall(r"\w+", text.lower()))
        return {plain[i : i + 5] for i in range(len(plain) - 4)}

    draw, errors = random.Random(3), []
    for text in reviews:
        words = text.split()
        half = draw.randrange(1, len(words))
        other = " ".join([*words[:half], *(word[::-1] for word in words[half:])])
        a, b = stretches(text), stretches(other)
        bands = fingerprints([text, other]).bands
        errors.append(agreeing(bands[0], bands[1]).sum() / (len(BANDS) * ROWS) - len(a & b) / len(a | b))
    assert abs(np.mean(errors)) < 0.005
    assert np.std(errors) < 0.05  # the standard error of a share of 120 is .046 at most


# --- which is the first one ----------------------------------------------------------------------


def test_the_earliest_is_the_first_one_then_the_key_and_no_date_comes_last() -> None:
    rows: list[Row] = [
        {"id": "a", "date": None, "text": WORDS},
        {"id": "b", "date": DAY.replace(day=9), "text": WORDS},
        {"id": "c", "date": DAY.replace(day=2), "text": NEARLY},
        {"id": "d", "date": DAY.replace(day=2), "text": WORDS.upper()},
        {"id": "e", "date": DAY, "text": OTHER},
    ]
    assert links(rows) == {"a": ("c", "near"), "b": ("c", "near"), "d": ("c", "near")}
    assert links([row for row in rows if row["id"] != "c"]) == {"a": ("d", "exact"), "b": ("d", "exact")}


@pytest.mark.parametrize(
    ("said", "kinds"),
    [
        (("Love it!", "love it", "LOVE  it!!"), ["short", "short"]),
        (("Great phone, bad shop.", "Great phone, sad shop."), []),  # short texts are never near copies
        (("👍👍", "👍👍"), []),
        (("", "", " ... "), []),
        ((WORDS[:SHORTEST], WORDS[:SHORTEST]), ["exact"]),
    ],
)
def test_few_words_are_no_campaign(said: Sequence[str], kinds: list[str]) -> None:
    assert [kind for _, kind in links(texts(*said)).values()] == kinds


def test_what_was_not_said_is_no_copy() -> None:
    rows: list[Row] = [{"text": WORDS, "status": status} for status in ("junk", "rejected", "score_only", "empty")]
    assert links([*rows, {"text": None}]) == {}
    assert len(links([{"text": WORDS, "status": "unsupported_language"}, {"text": WORDS}])) == 1


def test_a_chain_of_small_changes_is_one_group() -> None:
    draw, chain = random.Random(4), [WORDS + " " + OTHER]
    for _ in range(12):
        chain.append(name_swapped(chain[-1], draw))
    found = links(texts(*chain))
    assert {of for of, _ in found.values()} == {"000000"} and len(found) == 12


said = st.lists(st.sampled_from([WORDS, NEARLY, OTHER, OTHER + " Sort it out!", "Love it!", "", None]), max_size=14)


@given(said, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(given: list[str | None], draw: random.Random) -> None:
    rows: list[Row] = [
        {"id": f"{n:03}", "text": text, "date": draw.choice([None, DAY])} for n, text in enumerate(given)
    ]
    before = links(rows)
    draw.shuffle(rows)
    assert links(rows) == before
    assert not {of for of, _ in before.values()} & set(before)  # a first one is nobody's copy


@given(st.lists(st.text(max_size=80), max_size=8))
def test_a_fingerprint_does_not_depend_on_the_batch(given: list[str]) -> None:
    whole = fingerprints(given)
    for n, text in enumerate(given):
        alone = fingerprints([text])
        assert alone.digest[0] == whole.digest[n] and (alone.bands[0] == whole.bands[n]).all()


def test_fingerprints_stay_as_they_are() -> None:
    """Stored ones are compared with new ones: another number here needs another format of the store."""
    found = fingerprints([WORDS])
    pinned = (13742569127899932129, 930999114342356805, 1024258212840502973)
    assert (int(found.digest[0]), int(found.bands[0, 0]), int(found.bands[0, -1])) == pinned


# --- in a store --------------------------------------------------------------------------------


def write(path: Path, rows: Sequence[tuple[Any, ...]]) -> str:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("review_id", "date", "stars", "review"), *rows])
    return str(path)


def ingest(store: Store, *files: str) -> RunSummary:
    return run(list(files), store, RunOptions(tag=False, command="voc ingest"))


@pytest.fixture
def exports(tmp_path: Path) -> list[str]:
    """Three exports of different weeks in which a campaign goes on."""
    return [
        write(
            tmp_path / "1.csv", [("a1", "2026-03-02", 1, WORDS), ("a2", "2026-03-02", 4, OTHER), ("a3", "", 5, "Good")]
        ),
        write(tmp_path / "2.csv", [("b1", "2026-03-09", 1, NEARLY), ("b2", "2026-03-10", 1, WORDS)]),
        write(tmp_path / "3.csv", [("c1", "2026-03-01", 1, WORDS.lower()), ("c2", "2026-03-16", 5, "good!")]),
    ]


def test_copies_are_linked_across_exports_in_any_order(tmp_path: Path, exports: list[str]) -> None:
    found = []
    for number, order in enumerate([*itertools.permutations(exports), None]):
        store = Store.open(tmp_path / f"store{number}", create=True)
        for files in [[file] for file in order] if order else [exports]:
            summary = ingest(store, *files)
        found.append(store.snapshot().copies().to_pylist())
    assert all(copies == found[0] for copies in found)
    of = {row["id"]: (row["of_id"], row["kind"]) for row in found[0]}
    assert of == {"a1": ("c1", "exact"), "b1": ("c1", "near"), "b2": ("c1", "exact"), "a3": ("c2", "short")}
    assert summary.copies == CopyCounts(2, 1, 4, WORDS.lower())
    assert summary.as_json()["copies"] == {"exact": 2, "near": 1, "largest_campaign": 4}
    assert "stands 4 times: “your new price list" in summary.copies.told()


def test_again_is_the_same_and_an_edit_is_followed(tmp_path: Path, exports: list[str]) -> None:
    store = Store.open(tmp_path / "store", create=True)
    ingest(store, *exports)
    before, version = store.snapshot().copies(), store.snapshot().versions["copies"]
    ingest(store, *exports)
    assert store.snapshot().copies().equals(before) and store.snapshot().versions["copies"] == version
    write(
        tmp_path / "3.csv",
        [
            ("c1", "2026-03-01", 1, "The parcel came late and wet, and the box was torn."),
            ("c2", "2026-03-16", 5, "good!"),
        ],
    )
    ingest(store, exports[2])
    of = {row["id"]: row["of_id"] for row in store.snapshot().copies().to_pylist()}
    assert of == {"b1": "a1", "b2": "a1", "a3": "c2"}
    assert store.snapshot().count("fingerprints") == store.snapshot().count("comments")


def test_copies_are_counted_and_shown_once(tmp_path: Path, exports: list[str]) -> None:
    store = Store.open(tmp_path / "store", create=True)
    ingest(store, *exports)
    frames = load_frames(store.snapshot())
    assert len(frames.comments) == 7 and len(frames.where("copy_of IS NULL").comments) == 3
    once, repeats = Verbatims(frames, np.arange(7)).once
    assert len(once) == 3 and sorted(repeats) == [0, 1, 3]
    part = np.flatnonzero(frames.comments["id"].isin(["a1", "b1", "b2"]))  # a filter left the first one out
    assert len(Verbatims(frames, part).once[0]) == 1


@settings(max_examples=5)
@given(st.integers(2, 60))
def test_a_campaign_gives_as_many_pairs_as_texts(size: int) -> None:
    """Every variant is linked, and none of them needs to be compared with all others."""
    found = links(texts(*(f"{WORDS} {OTHER} Signed, customer number {n}." for n in range(size))))
    assert len(found) == size - 1 and {kind for _, kind in found.values()} == {"near"}
