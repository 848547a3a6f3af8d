"""The lenses: decisions tested without a model, then the shipped heads on plain cases."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voc.config import models_folder
from voc.encode import Encoded, encode_comments, load_encoder
from voc.errors import ModelError
from voc.lenses import (
    LENSES,
    Decision,
    Heads,
    Reading,
    Rules,
    decode,
    evidence_span,
    features,
    load_heads,
    segment_features,
)
from voc.lenses.decode import choose, choose_signals, lean_of
from voc.lenses.evidence import best_run
from voc.lenses.heads import Linear, Scaling
from voc.lenses.ngrams import PLACES, NGrams, bag
from voc.schema import GIVING_SIGNALS, SENTIMENTS, SIGNALS, STANCES, TAKING_SIGNALS
from voc.text import Span

PLAIN = Rules(
    signals_from=0.3,
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
    assert choose(np.array([0.2, 0.5, 0.3], dtype=np.float32), "abc") == Decision("b", 0.5)
    assert choose(np.array([0.5, 0.5], dtype=np.float32), "ab").label == "a"


def test_signals_over_their_threshold_strongest_first() -> None:
    p = probabilities(signals={"care": 0.4, "speed": 0.9, "delay": 0.8, "honesty": 0.1})["signals"]
    assert [s.label for s in choose_signals("giving", p, PLAIN.signals_from)] == ["speed", "care"]
    assert [s.label for s in choose_signals("taking", p, PLAIN.signals_from)] == ["delay"]
    assert [s.label for s in choose_signals("both", p, PLAIN.signals_from)] == ["speed", "delay", "care"]
    assert choose_signals("neither", p, PLAIN.signals_from) == ()


def test_a_stance_never_stands_without_a_signal() -> None:
    p = probabilities(signals={"deceit": 0.2, "effort": 0.1})["signals"]
    assert [s.label for s in choose_signals("taking", p, PLAIN.signals_from)] == ["deceit"]


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
    """Heads over vectors of two numbers, without bias; those of single segments read ``delay`` off the mean."""
    alone = np.zeros((2, len(SIGNALS)), dtype=np.float32)
    alone[0, SIGNALS.index("delay")] = 5.0
    maps = [Linear(own, np.zeros(own.shape[1], dtype=np.float32)) for own in (alone, weights)]
    classes = sum(map(len, LENSES.values()))
    words = NGrams(
        np.ones(2 * PLACES, dtype=np.float16),
        np.zeros((2 * PLACES, classes), dtype=np.int8),
        np.ones(classes, dtype=np.float32),
        np.zeros(classes, dtype=np.float32),
    )
    ones, none = np.ones(classes, dtype=np.float32), np.zeros(classes, dtype=np.float32)
    return Heads(*maps, words, ones, Scaling(ones, none), PLAIN, "made-up", "v")


def read_as(
    *lens: tuple[float, float], tokens: tuple[int, ...] = (1, 1, 1), shown: Sequence[np.ndarray] = ()
) -> Encoded:
    """A comment as an encoder of one dimension gives it: mean and largest value of each segment."""
    return Encoded(
        np.ones((len(lens), 1), dtype=np.float16),
        np.array(lens, dtype=np.float16),
        np.array(tokens[: len(lens)]),
        tuple(shown),
    )


def test_features_are_mean_and_largest_over_the_tokens() -> None:
    np.testing.assert_array_equal(features(read_as((1, 2), (4, 5), tokens=(2, 1))), np.array([2, 5], dtype=np.float32))
    np.testing.assert_array_equal(segment_features(read_as((1, 2), (4, 5)), 1), np.array([4, 5], dtype=np.float32))


def test_a_comment_of_one_segment_has_the_features_of_the_segment() -> None:
    alone = read_as((0.25, 2))
    np.testing.assert_array_equal(features(alone), segment_features(alone, 0))


def test_probabilities_add_up() -> None:
    classes = sum(map(len, LENSES.values()))
    weights = np.random.default_rng(3).normal(size=(2 + len(SIGNALS), classes)).astype(np.float32)
    p = made_heads(weights).read(read_as((0.6, 0.8), (0.1, 0.3)), "words")
    assert {lens: len(values) for lens, values in p.items()} == {lens: len(c) for lens, c in LENSES.items()}
    for lens, values in p.items():
        assert ((values >= 0) & (values <= 1)).all()
        if lens != "signals":
            assert values.sum() == pytest.approx(1, abs=1e-5)


TEXT = "Nice shop. Waited two hours. Bye."
SEGMENTS = [Span(0, 10), Span(11, 28), Span(29, 33)]
DELAY = decode(probabilities(stance={"taking": 0.9}, signals={"delay": 0.9}), PLAIN)


HEADS = made_heads(np.zeros((2 + len(SIGNALS), sum(map(len, LENSES.values()))), dtype=np.float32))


def test_a_signal_of_one_segment_is_seen_in_the_comment() -> None:
    """The largest of the segments, not their mean."""
    weights = np.zeros((2 + len(SIGNALS), sum(map(len, LENSES.values()))), dtype=np.float32)
    weights[2 + SIGNALS.index("delay"), len(LENSES["sentiment"]) + STANCES.index("taking")] = 1.0
    heads = made_heads(weights)
    one, none = read_as((1, 1), (-1, 1)), read_as((0, 1), (0, 1))
    assert (
        heads.read(one, "")["stance"][STANCES.index("taking")] > heads.read(none, "")["stance"][STANCES.index("taking")]
    )
    np.testing.assert_array_equal(heads.read(read_as((1, 1)), "")["stance"], heads.read_segment(one, 0, "")["stance"])


def test_evidence_is_the_segment_with_the_strongest_signal() -> None:
    encoded = read_as((0, 1), (1, 1), (0.6, 1))
    assert evidence_span(HEADS, encoded, TEXT, SEGMENTS, DELAY) == SEGMENTS[1]
    neither = decode(probabilities(stance={"neither": 0.9}), PLAIN)
    assert evidence_span(HEADS, encoded, TEXT, SEGMENTS, neither) is None


def test_evidence_runs_from_where_it_most_probably_starts_to_where_it_ends() -> None:
    nothing = np.array([[0, 4, 0, 0]], dtype=np.float32)
    words = np.array([[0, 6, 0, 3], [7, 10, 4, 0], [11, 16, 1, 4], [16, 17, 0, 1]], dtype=np.float32)
    encoded = read_as((0, 1), (1, 1), (0.6, 1), shown=[nothing, words, nothing])
    found = evidence_span(HEADS, encoded, TEXT, SEGMENTS, DELAY)
    assert found is not None and TEXT[found.start : found.end] == "two hours"


LOGITS = st.floats(-9, 9, width=32)
SEGMENT = st.lists(st.tuples(LOGITS, LOGITS), max_size=6)


@given(st.lists(SEGMENT, min_size=1, max_size=3), st.lists(LOGITS, min_size=3, max_size=3))
def test_no_run_of_words_is_expected_to_fit_better(segments: list[list[tuple[float, float]]], own: list[float]) -> None:
    shown = [np.array([(0, 0, *pair) for pair in logits]).reshape(-1, 4) for logits in segments]
    runs = [(k, i, j) for k, words in enumerate(shown) for i in range(len(words)) for j in range(i, len(words))]
    found = best_run(shown, np.array(own[: len(shown)]))
    if not runs:
        assert found is None
        return
    weights = np.exp([shown[k][i, 2] + shown[k][j, 3] + own[k] for k, i, j in runs])
    p = weights / weights.sum()
    length = sum(share * (j - i + 1) for share, (_, i, j) in zip(p, runs, strict=True))

    def fit(k: int, i: int, j: int) -> float:
        common = [max(0, min(j, b) - max(i, a) + 1) if c == k else 0 for c, a, b in runs]
        return float(2 * (p * common).sum() / (j - i + 1 + length))

    assert found is not None
    assert found.expected_f1 == pytest.approx(max(fit(*run) for run in runs))
    assert found.expected_f1 == pytest.approx(fit(found.segment, found.first, found.last))


def test_a_bag_holds_words_pairs_and_stretches_of_letters() -> None:
    words, letters = (bag("Slow, slow!").places < PLACES, bag("Slow, slow!").places >= PLACES)
    assert bag("Slow, slow!").counts[words].tolist().count(2) == 1 and words.sum() == 4  # slow ×2, !, slow slow, slow !
    assert letters.sum() == len({" sl", "slo", "low", "ow ", " slo", "slow", "low ", " slow", "slow ", " ! "})
    assert [part.tolist() for part in bag("SLOW slow !")] == [part.tolist() for part in bag("Slow, slow!")]
    assert not len(bag("").places) and not len(bag("… – ,").places)


# --- the shipped ones -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shipped() -> Heads:
    return load_heads(models_folder() / "lenses", load_encoder().name)


def read_text(heads: Heads, text: str) -> Reading:
    return decode(heads.read(encode_comments(load_encoder(), [[text]])[0], text), heads.rules)


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


@pytest.mark.parametrize("kept", [0, 5000, -1])
def test_torn_lenses(tmp_path: Path, shipped: Heads, kept: int) -> None:
    folder = copied(tmp_path)
    raw = (folder / "heads.npz").read_bytes()
    (folder / "heads.npz").write_bytes(raw[:kept])
    with pytest.raises(ModelError, match=r"No usable lenses|differs from its manifest"):
        load_heads(folder, shipped.encoder)


@pytest.mark.parametrize(
    "harm",
    [
        lambda arrays: arrays | {"beside": arrays["beside"][:-1]},
        lambda arrays: arrays | {"lenses.weights": arrays["lenses.weights"] * np.nan},
        lambda arrays: {name: array for name, array in arrays.items() if name != "first.slope"},
    ],
)
def test_weights_that_do_not_fit(
    tmp_path: Path, shipped: Heads, harm: Callable[[dict[str, np.ndarray]], dict[str, np.ndarray]]
) -> None:
    folder = copied(tmp_path)
    with np.load(folder / "heads.npz") as arrays:
        np.savez(folder / "heads.npz", **harm(dict(arrays)))
    changed(folder, heads_sha256=hashlib.sha256((folder / "heads.npz").read_bytes()).hexdigest())
    with pytest.raises(ModelError, match="No usable lenses"):
        load_heads(folder, shipped.encoder)


def test_weights_other_than_the_manifest_says(tmp_path: Path, shipped: Heads) -> None:
    with pytest.raises(ModelError, match=r"heads\.npz differs from its manifest"):
        load_heads(changed(copied(tmp_path), heads_sha256="0" * 64), shipped.encoder)


@pytest.mark.parametrize("values", [{"rules": {}}, {"rules": {"signals_from": "x"}}, {"rules": None}, {"lenses": None}])
def test_a_damaged_manifest(tmp_path: Path, shipped: Heads, values: dict[str, object]) -> None:
    with pytest.raises(ModelError, match="No usable lenses"):
        load_heads(changed(copied(tmp_path), **values), shipped.encoder)


def test_a_manifest_of_another_kind(tmp_path: Path, shipped: Heads) -> None:
    folder = copied(tmp_path)
    (folder / "manifest.json").write_text("[]")
    with pytest.raises(ModelError, match="No usable lenses"):
        load_heads(folder, shipped.encoder)


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
