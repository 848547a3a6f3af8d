"""The law: tag(a + b) == tag(a) + tag(b), for any batch size, order and thread count; shipped models, bit for bit."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voc.pipeline import Tagged, Tagger, load_tagger
from voc.pipeline.tagger import UNREAD
from voc.themes import Theme, ThemeSet, theme_text
from voc.themes.model import as_prototypes

_SAID = (
    "Forty minutes on hold and then the line went dead.",
    "The girl at the counter stayed ten minutes past closing to move my number across. Lovely.",
    "billed twice AGAIN, and the chat just sends me round in circles 😡😡",
    "ok",
    "👍",
    "Larkline put the price up; nobody wrote to me, but new people pay half.",
    "Refund came the very next day, however the first adviser had refused it outright.",
    "<p>Great &amp; easy</p><blockquote>what someone else wrote</blockquote><p>five minutes, done</p>",
    "n/a",
    "",
    "Je n'ai jamais reçu ma carte et personne ne me répond depuis deux semaines, c'est lamentable.",
    "My name is Rosa Field, mail me at rosa@example.org or ring 07700 900111, card 4111 1111 1111 1111.",
    "signal",
    "Why does the app forget who I am every single morning???",
    "It is fine I suppose, nothing special either way",
    "Cheap. Slow. Honest about being slow, though.",
    "> you said it was sorted\nIt is not sorted.\nStill one bar upstairs.",
    "Can I keep my number when I move house?",
    "They told me themselves that I was paying too much and moved me down a plan. Who does that?",
    "Wrenly Wrenly Wrenly, never again.",
)
_ENDINGS = ("", " Told my sister to avoid them.", " Thanks anyway!", " Three weeks now…")
_LONG = (
    "First they said Tuesday. Then they said the depot had it, although the depot had never heard of me. "
    "I rang again, was cut off, rang again, and a kind man found it in a minute. "
)


def own_texts() -> list[str]:
    """120 different texts: emoji, one word, markup, another language, personal data, far over 256 tokens."""
    texts = [said + end if said else end for end in _ENDINGS for said in _SAID]
    texts += [f"{_SAID[i]} {_SAID[(7 * i + 3) % len(_SAID)]}" for i in range(len(_SAID))]
    texts += [_LONG * n for n in range(1, 11)]
    texts += ["and then they passed me on to another desk which passed me back " * n for n in range(3, 12)]
    return [*texts, "supercalifragilistic " * 300]


TEXTS = own_texts()


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    return with_themes(load_tagger(threads=1))


@pytest.fixture(scope="module")
def two_threads() -> Tagger:
    return with_themes(load_tagger(threads=2))


def with_themes(tagger: Tagger) -> Tagger:
    """Themes from a few phrases; one of them says nothing and draws segments away."""
    phrases = {
        "wait": "waiting on hold on the phone",
        "bill": "wrong amount on the bill",
        "app": "the app logs me out",
        "price": "the price went up",
        "staff": "the lovely girl at the counter moved my number",
        "nothing": "ok fine thanks",
    }
    mask_terms = ("Larkline", "Wrenly")
    themes = [
        Theme(
            id=name,
            label=name,
            threshold=0.35,
            status="background" if name == "nothing" else "active",
            prototypes=as_prototypes(tagger.encoder.encode([theme_text(phrase, mask_terms)])),
        )
        for name, phrase in phrases.items()
    ]
    return tagger.with_themes(ThemeSet(tuple(themes), tagger.encoder.name, mask_terms))


def as_rows(numbers: Sequence[int]) -> pa.Table:
    """The texts with these numbers; now and then a row that a reader had set aside."""
    statuses = ["score_only" if i % 40 == 39 else "rejected" if i % 40 == 19 else "ok" for i in numbers]
    return pa.table(
        {
            "dataset": pa.array(["own"] * len(numbers), pa.string()),
            "id": pa.array([f"{i:03d}" for i in numbers], pa.string()),
            "text": pa.array([TEXTS[i] for i in numbers], pa.string()),
            "status": pa.array(statuses, pa.string()),
        }
    )


def tag_in_batches(tagger: Tagger, numbers: Sequence[int], size: int) -> Tagged:
    parts = [tagger.tag(as_rows(numbers[i : i + size])) for i in range(0, len(numbers), size)]
    return Tagged(
        pa.concat_tables([part.comments for part in parts]),
        pa.concat_tables([part.segments for part in parts]),
        np.concatenate([part.vectors for part in parts if len(part.vectors)]),
    )


def assert_same(found: Tagged, expected: Tagged) -> None:
    """Equal in every column and every vector, whatever the order of the comments."""
    assert found.comments.sort_by("id").equals(expected.comments.sort_by("id"))
    by_segment = [("id", "ascending"), ("segment_no", "ascending")]
    assert found.segments.sort_by(by_segment).equals(expected.segments.sort_by(by_segment))
    np.testing.assert_array_equal(*(tagged.vectors[in_order(tagged.segments)] for tagged in (found, expected)))


def in_order(segments: pa.Table) -> np.ndarray:
    return np.lexsort((segments["segment_no"].to_numpy(), segments["id"].to_numpy(zero_copy_only=False).astype(str)))


@pytest.fixture(scope="module")
def together(tagger: Tagger) -> Tagged:
    return tagger.tag(as_rows(range(len(TEXTS))))


def test_the_texts_are_varied(together: Tagged) -> None:
    rows = together.comments.to_pylist()
    assert len(rows) == len(TEXTS) == 120
    assert {row["status"] for row in rows} == {
        "ok",
        "empty",
        "junk",
        "rejected",
        "score_only",
        "unsupported_language",
    }
    assert {"giving", "taking", "neither"} <= {row["stance"] for row in rows}
    assert {kind for row in rows for kind in row["pii"] or ()} >= {"card", "email", "name", "phone"}
    assert {"wait", "bill", "app", "price", "staff"} == {theme for row in rows for theme in row["themes"] or ()}
    assert max(len(text.split()) for text in TEXTS) >= 300


def test_evidence_is_part_of_the_text(together: Tagged) -> None:
    shown = [(row["evidence"], row["text"], row["signals"]) for row in together.comments.to_pylist()]
    assert all((evidence is None) == (not signals) for evidence, _, signals in shown)
    assert all(evidence in text for evidence, text, _ in shown if evidence)


def test_rows_without_words_get_no_tags(together: Tagged) -> None:
    for row in together.comments.to_pylist():
        tags = [row[name] for name in ("sentiment", "stance", "signals", "themes", "evidence", "intent")]
        assert (row["status"] == "ok") or tags == [None] * 6
        assert row["status"] not in UNREAD or row["text"] is None


def test_one_at_a_time(tagger: Tagger, together: Tagged) -> None:
    assert_same(tag_in_batches(tagger, range(len(TEXTS)), 1), together)


@pytest.mark.parametrize("size", [7, 64])
def test_in_batches_and_on_two_threads(two_threads: Tagger, together: Tagged, size: int) -> None:
    assert_same(tag_in_batches(two_threads, range(len(TEXTS)), size), together)


@settings(max_examples=5)
@given(order=st.permutations(range(len(TEXTS))), size=st.integers(1, 120), threads=st.sampled_from([1, 2]))
def test_in_any_order(
    tagger: Tagger, two_threads: Tagger, together: Tagged, order: list[int], size: int, threads: int
) -> None:
    assert_same(tag_in_batches(tagger if threads == 1 else two_threads, order, size), together)


@settings(max_examples=5)
@given(st.lists(st.integers(0, len(TEXTS) - 1), min_size=1, max_size=12, unique=True))
def test_any_part_is_tagged_as_in_the_whole(two_threads: Tagger, together: Tagged, numbers: list[int]) -> None:
    wanted = {f"{i:03d}" for i in numbers}
    part = two_threads.tag(as_rows(numbers))
    expected = [row for row in together.comments.to_pylist() if row["id"] in wanted]
    assert part.comments.sort_by("id").to_pylist() == expected


def test_nothing_gives_nothing(tagger: Tagger) -> None:
    none = tagger.tag(as_rows([]))
    assert len(none.comments) == len(none.segments) == len(none.vectors) == 0
