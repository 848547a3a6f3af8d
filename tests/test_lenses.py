"""The lenses: decisions tested without a model, then the shipped heads on plain cases."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voc.config import models_folder
from voc.encode import encode_views, load_encoder
from voc.errors import ModelError
from voc.lenses import LENSES, Decision, Heads, Reading, Rules, decode, evidence_segment, features, load_heads
from voc.lenses.decode import choose, choose_signals, lean_of
from voc.schema import GIVING_SIGNALS, SENTIMENTS, SIGNALS, STANCES, TAKING_SIGNALS

PLAIN = Rules(
    offsets={lens: (0.0,) * len(classes) for lens, classes in LENSES.items() if lens != "signals"},
    signal_thresholds=(0.3,) * len(SIGNALS),
    abstain_below=0.4,
)


def probabilities(**given: Mapping[str, float]) -> dict[str, np.ndarray]:
    """What the heads would say: the given classes as named, the rest sharing what is left (signals: 0)."""
    found = {}
    for lens, classes in LENSES.items():
        named = given.get(lens, {})
        rest = 0.0 if lens == "signals" else (1 - sum(named.values())) / max(1, len(classes) - len(named))
        found[lens] = np.array([named.get(name, rest) for name in classes], dtype=np.float32)
    return found


# --- decisions --------------------------------------------------------------------------------


def test_the_most_probable_class_wins_and_the_first_among_equals() -> None:
    assert choose(np.array([0.2, 0.5, 0.3], dtype=np.float32), "abc", (0, 0, 0)) == Decision("b", 0.5)
    assert choose(np.array([0.5, 0.5], dtype=np.float32), "ab", (0, 0)).label == "a"


def test_an_offset_favours_a_class_but_leaves_its_probability() -> None:
    label, p = choose(np.array([0.6, 0.4], dtype=np.float32), "ab", (0.0, 1.0))
    assert label == "b" and p == pytest.approx(0.4)


def test_impossible_classes_do_no_harm() -> None:
    assert choose(np.array([0.0, 1.0], dtype=np.float32), "ab", (3.0, 0.0)).label == "b"


def test_signals_over_their_threshold_strongest_first() -> None:
    p = probabilities(signals={"care": 0.4, "speed": 0.9, "delay": 0.8, "honesty": 0.1})["signals"]
    assert [s.label for s in choose_signals("giving", p, PLAIN.signal_thresholds)] == ["speed", "care"]
    assert [s.label for s in choose_signals("taking", p, PLAIN.signal_thresholds)] == ["delay"]
    assert [s.label for s in choose_signals("both", p, PLAIN.signal_thresholds)] == ["speed", "delay", "care"]
    assert choose_signals("neither", p, PLAIN.signal_thresholds) == ()


def test_a_stance_never_stands_without_a_signal() -> None:
    p = probabilities(signals={"deceit": 0.2, "effort": 0.1})["signals"]
    assert [s.label for s in choose_signals("taking", p, PLAIN.signal_thresholds)] == ["deceit"]


@pytest.mark.parametrize(
    ("signals", "lean"),
    [
        ({"care": 0.9, "delay": 0.3}, "giving"),
        ({"care": 0.3, "delay": 0.4, "effort": 0.5}, "taking"),
        ({"care": 0.5, "delay": 0.6}, "even"),
        ({}, "even"),
    ],
)
def test_lean(signals: dict[str, float], lean: str) -> None:
    assert lean_of([Decision(name, p) for name, p in signals.items()], 0.15) == lean


def test_decode() -> None:
    read = decode(
        probabilities(
            sentiment={"negative": 0.7, "positive": 0.1},
            stance={"taking": 0.6, "giving": 0.2},
            signals={"refusal": 0.8},
            intent={"complaint": 0.9},
            advocacy={"warns_off": 0.8},
        ),
        PLAIN,
    )
    assert (read.sentiment.label, read.stance.label, read.intent, read.advocacy) == (
        "negative",
        "taking",
        "complaint",
        "warns_off",
    )
    assert read.sentiment_score == pytest.approx(-0.6) and read.stance_score == pytest.approx(-0.4)
    assert read.lean is None and not read.abstained and [s.label for s in read.signals] == ["refusal"]


def test_an_unsure_stance_is_given_and_marked() -> None:
    read = decode(probabilities(stance={"giving": 0.3, "taking": 0.25, "both": 0.25, "neither": 0.2}), PLAIN)
    assert read.stance.label == "giving" and read.abstained


@st.composite
def any_probabilities(draw: st.DrawFn) -> dict[str, np.ndarray]:
    found = {}
    for lens, classes in LENSES.items():
        drawn = draw(st.lists(st.floats(2**-10, 1, width=32), min_size=len(classes), max_size=len(classes)))
        values = np.array(drawn, dtype=np.float32)
        found[lens] = values if lens == "signals" else values / values.sum()
    return found


@given(any_probabilities())
def test_signals_always_agree_with_the_stance(p: dict[str, np.ndarray]) -> None:
    read = decode(p, PLAIN)
    sides = {bool(set(found) & {s.label for s in read.signals}) for found in (GIVING_SIGNALS, TAKING_SIGNALS)}
    expected = {"giving": {True, False}, "taking": {True, False}, "both": {True}, "neither": {False}}
    assert sides == expected[read.stance.label]
    assert not (read.stance.label == "giving" and set(TAKING_SIGNALS) & {s.label for s in read.signals})
    assert (read.lean is not None) == (read.stance.label == "both")
    assert [s.p for s in read.signals] == sorted((s.p for s in read.signals), reverse=True)
    assert -1 <= read.sentiment_score <= 1 and -1 <= read.stance_score <= 1
    assert read.stance.label in STANCES and read.sentiment.label in SENTIMENTS


def test_rules_survive_json() -> None:
    assert Rules.from_json(json.loads(json.dumps(PLAIN.to_json()))) == PLAIN


# --- heads ------------------------------------------------------------------------------------


def made_heads(weights: np.ndarray) -> Heads:
    """Heads over vectors of two numbers, without bias."""
    return Heads(weights, np.zeros(weights.shape[1], dtype=np.float32), PLAIN, "made-up", "v")


def test_features_are_mean_largest_and_smallest() -> None:
    vectors = np.array([[1, 0], [0, -1]], dtype=np.float16)
    np.testing.assert_array_equal(features(vectors), np.array([0.5, -0.5, 1, 0, 0, -1], dtype=np.float32))


def test_probabilities_add_up() -> None:
    classes = sum(map(len, LENSES.values()))
    weights = np.random.default_rng(3).normal(size=(6, classes)).astype(np.float32)
    p = made_heads(weights).apply(np.array([[0.6, 0.8], [1, 0]], dtype=np.float16))
    assert {lens: len(values) for lens, values in p.items()} == {lens: len(c) for lens, c in LENSES.items()}
    for lens, values in p.items():
        assert ((values >= 0) & (values <= 1)).all()
        if lens != "signals":
            assert values.sum() == pytest.approx(1, abs=1e-5)


def test_evidence_is_the_segment_with_the_strongest_signal() -> None:
    weights = np.zeros((6, sum(map(len, LENSES.values()))), dtype=np.float32)
    at = len(LENSES["sentiment"]) + len(LENSES["stance"]) + SIGNALS.index("delay")
    weights[0, at] = 5.0
    heads = made_heads(weights)
    vectors = np.array([[0, 1], [1, 0], [0.6, 0.8]], dtype=np.float16)
    read = decode(probabilities(stance={"taking": 0.9}, signals={"delay": 0.9}), PLAIN)
    assert evidence_segment(heads, vectors, read) == 1
    assert evidence_segment(heads, vectors, decode(probabilities(stance={"neither": 0.9}), PLAIN)) is None


# --- the shipped ones -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shipped() -> Heads:
    return load_heads(models_folder() / "lenses", load_encoder().name)


def read_text(heads: Heads, text: str) -> Reading:
    return decode(heads.apply(encode_views(load_encoder(), [text]).lens), heads.rules)


@pytest.mark.parametrize(
    ("text", "sentiment", "stance", "intent"),
    [
        (
            "Friendly staff who patiently helped my father for an hour, thank you so much!",
            "positive",
            "giving",
            "praise",
        ),
        ("They charged me twice and flatly refuse to pay it back.", "negative", "taking", "complaint"),
        (
            "Worst company ever, three weeks of waiting and nobody answers the phone.",
            "negative",
            "taking",
            "complaint",
        ),
        ("Where can I find my PUK code?", "neutral", "neither", "question"),
    ],
)
def test_plain_cases(shipped: Heads, text: str, sentiment: str, stance: str, intent: str) -> None:
    read = read_text(shipped, text)
    assert (read.sentiment.label, read.stance.label, read.intent) == (sentiment, stance, intent)


def copied(tmp_path: Path) -> Path:
    shutil.copytree(models_folder() / "lenses", tmp_path / "lenses")
    return tmp_path / "lenses"


def changed(folder: Path, **values: object) -> Path:
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps({**manifest, **values}))
    return folder


@pytest.mark.parametrize("lost", ["manifest.json", "heads.npz"])
def test_missing_lenses(tmp_path: Path, lost: str) -> None:
    folder = copied(tmp_path)
    (folder / lost).unlink()
    with pytest.raises(ModelError, match="No usable lenses"):
        load_heads(folder, "any")


def test_damaged_lenses(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    (folder / "heads.npz").write_bytes(b"not an archive")
    with pytest.raises(ModelError, match="No usable lenses"):
        load_heads(folder, "any")


def test_lenses_that_do_not_fit(tmp_path: Path, shipped: Heads) -> None:
    folder = copied(tmp_path)
    with pytest.raises(ModelError, match="trained on vectors of"):
        load_heads(folder, "another encoder")
    with pytest.raises(ModelError, match="other classes"):
        load_heads(changed(folder, lenses={"sentiment": ["good", "bad"]}), shipped.encoder)
    with pytest.raises(ModelError, match="format 99"):
        load_heads(changed(folder, format=99), shipped.encoder)


def test_another_rule_is_another_version(tmp_path: Path, shipped: Heads) -> None:
    folder = copied(tmp_path)
    rules = json.loads((folder / "manifest.json").read_text())["rules"]
    other = load_heads(changed(folder, rules={**rules, "abstain_below": 0.99}), shipped.encoder)
    assert other.version != shipped.version and other.rules.abstain_below == 0.99
