"""The measures alone: what holds for any labels, and figures worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voc.train.measures import (
    Tally,
    calibration_error,
    confusion,
    estimate,
    mean,
    one_hot,
    resampled,
    word_f1,
)

CLASSES = ("giving", "taking", "both", "neither")
LABELS = st.sampled_from(CLASSES)
PAIRS = st.lists(st.tuples(LABELS, st.none() | LABELS), min_size=1, max_size=60)
WORDS = st.lists(st.sampled_from("they kept me waiting on hold".split()), max_size=8).map(" ".join)


def tally(pairs: list[tuple[str, str | None]]) -> Tally:
    return Tally.of(one_hot([t for t, _ in pairs], CLASSES), one_hot([f for _, f in pairs], CLASSES))


@given(st.lists(LABELS, min_size=1, max_size=60))
def test_perfect_labels_have_f1_of_one(labels: list[str]) -> None:
    found = tally([(label, label) for label in labels])
    assert found.macro_f1() == found.micro_f1() == (1, 1, 1)


@given(PAIRS)
def test_an_interval_holds_its_figure(pairs: list[tuple[str, str | None]]) -> None:
    found = tally(pairs)
    for value, low, high in (found.macro_f1(), found.micro_f1(), mean([float(t == f) for t, f in pairs])):
        assert value is not None and low is not None and high is not None
        assert 0 <= low <= value <= high <= 1 + 1e-9


@given(PAIRS, st.randoms())
def test_the_order_of_texts_does_not_matter(pairs: list[tuple[str, str | None]], random: object) -> None:
    shuffled = list(pairs)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert tally(pairs).macro_f1() == tally(shuffled).macro_f1()
    assert np.array_equal(tally(pairs).f1(), tally(shuffled).f1(), equal_nan=True)


@given(PAIRS)
def test_f1_is_that_of_scikit_learn(pairs: list[tuple[str, str | None]]) -> None:
    from sklearn.metrics import f1_score, precision_recall_fscore_support

    truth = [CLASSES.index(t) for t, _ in pairs]
    found = [-1 if f is None else CLASSES.index(f) for _, f in pairs]
    ours = tally(pairs)
    theirs = precision_recall_fscore_support(truth, found, labels=range(4), zero_division=np.nan)
    for values, expected in zip((ours.precision(), ours.recall(), ours.f1()), theirs, strict=False):
        assert values[0] == pytest.approx(expected, nan_ok=True)
    macro = f1_score(truth, found, labels=sorted(set(truth)), average="macro")
    assert ours.macro_f1().value == pytest.approx(macro)


@given(PAIRS)
def test_a_confusion_counts_every_text_once(pairs: list[tuple[str, str | None]]) -> None:
    table = confusion([t for t, _ in pairs], [f for _, f in pairs], CLASSES)
    assert sum(sum(row.values()) for row in table.values()) == len(pairs)
    assert all(row[name] == pairs.count((name, name)) for name, row in table.items())
    assert any("untagged" in row for row in table.values()) == any(f is None for _, f in pairs)


def test_rare_classes_are_left_out_of_the_mean() -> None:
    found = tally([("giving", "giving")] * 10 + [("taking", "neither")] * 9)
    assert found.macro_f1(least=10).value == 1
    assert found.macro_f1().value == 0.5
    assert found.macro_f1(least=11) == (None, None, None)


def test_samples_are_drawn_with_replacement() -> None:
    sums = resampled(np.array([[0.0], [1.0], [1.0], [1.0]]))[:, 0]
    assert sums[0] == 3 and set(sums) <= {0, 1, 2, 3, 4}
    assert sums[1:].mean() == pytest.approx(3, abs=0.15) and sums[1:].var() == pytest.approx(0.75, abs=0.15)


def test_what_is_undefined_has_no_interval() -> None:
    assert mean([]) == estimate(np.array([np.nan, 0.5])) == (None, None, None)
    assert estimate(np.array([0.5, np.nan])) == (0.5, 0.5, 0.5)


# --- calibration ------------------------------------------------------------------------------


@given(st.integers(1, 200))
def test_sure_and_right_is_calibrated(n: int) -> None:
    assert calibration_error(np.ones(n), np.ones(n, dtype=bool)) == pytest.approx(0, abs=1e-9)


def test_sure_and_half_wrong_is_not() -> None:
    right = np.arange(200) % 2 == 0
    assert calibration_error(np.ones(200), right) == pytest.approx(0.5, abs=0.01)
    assert calibration_error(np.full(200, 0.5), right) == pytest.approx(0, abs=0.02)
    assert calibration_error(np.array([]), np.array([], dtype=bool)) is None


def test_chance_is_taken_off() -> None:
    random = np.random.default_rng(3)
    debiased, plain = [], []
    for _ in range(100):
        p = random.uniform(0.4, 1, 500)
        right = random.random(500) < p
        debiased.append(calibration_error(p, right) or 0)
        order = np.argsort(p)
        gaps = [abs(p[part].mean() - right[part].mean()) for part in np.array_split(order, 15)]
        plain.append(np.mean(gaps))
    assert np.mean(plain) > 0.05
    assert np.mean(debiased) < 0.7 * np.mean(plain)


def test_the_closed_form_is_the_simulated_estimator() -> None:
    random = np.random.default_rng(5)
    p = random.uniform(0.3, 1, 600)
    right = random.random(600) < p**2
    parts = np.array_split(np.argsort(p), 15)
    gap = np.array([p[part].mean() - right[part].mean() for part in parts])
    rate = np.array([right[part].mean() for part in parts])
    drawn = random.normal(gap, np.sqrt(rate * (1 - rate) / 40), (20_000, 15))
    assert calibration_error(p, right) == pytest.approx(2 * np.abs(gap).mean() - np.abs(drawn).mean(), abs=0.002)


@given(st.lists(st.tuples(st.sampled_from((0.3, 0.5, 0.9)), st.booleans()), min_size=1, max_size=80), st.randoms())
def test_calibration_does_not_depend_on_order(rows: list[tuple[float, bool]], random: object) -> None:
    def of(some: list[tuple[float, bool]]) -> float | None:
        return calibration_error(np.array([p for p, _ in some]), np.array([right for _, right in some]))

    shuffled = list(rows)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert of(rows) == pytest.approx(of(shuffled))
    assert 0 <= (of(rows) or 0) <= 1


# --- words in common --------------------------------------------------------------------------


@given(WORDS, WORDS)
def test_words_in_common(a: str, b: str) -> None:
    assert 0 <= word_f1(a, b) == word_f1(b, a) <= 1
    assert word_f1(a, a.upper() + "!") == 1


def test_words_in_common_by_hand() -> None:
    assert word_f1("kept me waiting", "They kept me on hold.") == pytest.approx(2 * 2 / (3 + 5))
    assert word_f1("waiting", "rude staff") == 0
    assert word_f1("no no", "no") == pytest.approx(2 / 3)
