"""What is said about the quality and the stability of themes, on segments whose answer is known."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from subjects import DIM, ENCODER, TEXTS, VECTORS, SubjectEncoder, make_store, theme, two_themes
from test_themes_discover import MASKED, SEGMENTS, SUBJECT_OF

from voc.encode import load_encoder
from voc.errors import InputError, ModelError
from voc.pipeline import edit_themes, load_frames, stability_edit, stored_themes, theme_quality
from voc.store import Store
from voc.themes import Theme, ThemeSet, assign, registry, theme_text
from voc.themes.coherence import coherence, diversity, npmi
from voc.themes.model import UNSTABLE, as_prototypes, marked
from voc.themes.quality import Quality, balance, rate
from voc.themes.stability import best_jaccard, stability

SAID = ["late bus again", "the bus was late", "fare went up", "cheap fare", "a dirty seat"]


def load() -> SubjectEncoder:
    return ENCODER


def rated(themes: ThemeSet, close: float = 0.02) -> Quality:
    return rate(themes, TEXTS, VECTORS, assign(VECTORS, themes)[0], close)


# --- coherence and diversity ------------------------------------------------------------------


def test_npmi_of_terms_used_together_apart_and_by_chance() -> None:
    terms = csr_matrix([[1, 1, 1, 0, 0, 1], [1, 1, 0, 0, 0, 1], [0, 0, 1, 1, 0, 1], [0, 0, 0, 1, 0, 1]])
    together, chance, apart, unseen = (0, 1), (0, 2), (0, 3), (0, 4)
    values = npmi(terms)
    assert values[together] == pytest.approx(1) and values[chance] == pytest.approx(0) and values[apart] == -1
    assert np.isnan(values[unseen]) and values[5, 5] == 1
    assert values[0, 5] == pytest.approx(0)  # a term in all segments says nothing
    known = np.delete(np.delete(values, 4, 0), 4, 1)
    assert np.array_equal(known, known.T) and (np.abs(known) <= 1 + 1e-12).all()


def test_coherence_is_the_mean_over_pairs_that_say_something() -> None:
    late_bus, fare_seat, nested = coherence(SAID, [["Late", "bus"], ["fare", "seat", "bus"], ["late", "late bus"]])
    assert late_bus == pytest.approx(1) and fare_seat == -1 and nested is None
    assert coherence(SAID, [["late", "unheard"], [], ["late", "bus", "unheard"]]) == [None, None, pytest.approx(1)]
    assert coherence(SAID, [[]]) == [None] and coherence([], [["late", "bus"]]) == [None]
    eleven = [*"ab cd ef gh ij kl mn op qr st".split(), "late", "bus"]
    assert coherence(SAID, [eleven]) == [None]


def test_diversity_counts_each_word_once() -> None:
    assert diversity([["late", "bus"], ["late", "fare"]]) == 0.75
    assert diversity([["late", "bus"], ["fare"]]) == 1
    assert diversity([[], []]) is None


# --- the set ----------------------------------------------------------------------------------


def test_balance_is_one_for_equal_sizes_and_none_without_a_choice() -> None:
    assert balance(np.array([5, 5, 5])) == pytest.approx(1) and balance(np.array([9, 0])) == 0
    assert balance(np.array([3, 1])) == pytest.approx(0.8112781)
    assert balance(np.array([7])) is None and balance(np.array([0, 0])) is None


def test_two_clear_themes_share_out_all_segments() -> None:
    found = rated(two_themes())
    assert (found.segments, found.coverage, found.contested, found.duplicates) == (40, 1, 0, ())
    assert [(one.n, one.nearest, one.contested) for one in found.themes] == [(20, "bill", 0), (20, "hold", 0)]
    assert [one.cosine < -0.5 for one in found.themes] == [True, True]  # what both share is taken off
    assert found.balance == pytest.approx(1) and found.stability is None and found.coherence is None


def test_coverage_counts_segments_that_have_a_shown_theme() -> None:
    themes = ThemeSet((theme("hold", 0, 1), replace(theme("bill", 2, 3), status="retired")), ENCODER.name)
    found = rated(themes)
    assert found.coverage == 0.5 and [one.id for one in found.themes] == ["hold"]
    assert (found.balance, found.themes[0].nearest, found.themes[0].cosine) == (None, None, None)
    assert found.contested == 0


def test_segments_between_two_themes_are_contested() -> None:
    themes = ThemeSet((theme("hold", 0, 1), theme("line", 0, 2), theme("double", 3)), ENCODER.name)
    found = {one.id: one for one in rated(themes).themes}
    assert found["hold"].n == 20 and found["hold"].contested == 0.5  # "queue" is as near to "line", "music" is not
    assert found["line"].contested == 0 and found["double"].contested == 0
    assert rated(themes, close=0).contested == rated(themes).contested == 0.25
    assert rated(themes, close=2).contested == 1


def test_themes_that_mean_the_same_are_named_once_most_alike_first() -> None:
    axes = {"queue": (0,), "again": (2, 3), "refund": (2,), "once": (2, 3), "music": (1,)}
    found = rated(ThemeSet(tuple(theme(name, *own) for name, own in axes.items()), ENCODER.name))
    assert [(one, other) for one, other, _ in found.duplicates] == [("again", "once")]
    assert found.duplicates[0][2] == pytest.approx(1)
    assert {one.id: one.nearest for one in found.themes}["again"] == "once"


def test_what_was_merged_counts_as_its_target_and_a_heading_is_not_rated() -> None:
    merged = replace(theme("music", 1), status="merged", merged_into="queue")
    themes = ThemeSet((theme("queue", 0), merged, theme("bill", 2, 3), theme("service")), ENCODER.name)
    found = {one.id: one for one in rated(themes).themes}
    assert set(found) == {"queue", "bill"} and found["queue"].n == found["bill"].n == 20
    assert found["queue"].contested == 0


def test_without_segments_nothing_is_claimed() -> None:
    found = rate(two_themes(), [], np.empty((0, 0), dtype=np.float16), [])
    assert (found.coverage, found.coherence, found.balance, found.contested) == (None, None, None, None)
    assert [one.n for one in found.themes] == [0, 0] and found.themes[0].contested is None


# --- stability --------------------------------------------------------------------------------


def test_the_most_similar_group_counts_and_segments_of_none_do_not_match() -> None:
    own, found = np.array([0, 0, 0, 0, 1, 1, -1, -1]), np.array([0, 0, 0, 1, 1, -1, -1, 0])
    assert best_jaccard(own, found, 3).tolist() == [3 / 5, 1 / 3, 0]
    assert best_jaccard(own, own, 2).tolist() == [1, 1]
    assert best_jaccard(own, np.full(8, -1), 2).tolist() == [0, 0]


def test_real_subjects_come_back_and_an_arbitrary_theme_does_not() -> None:
    vectors = load_encoder().encode([theme_text(segment, MASKED) for segment in SEGMENTS])
    themes = [
        Theme(name, name, as_prototypes([vectors[[one == name for one in SUBJECT_OF]].mean(axis=0)]), 0.4)
        for name in ("hold", "bill", "parcel")
    ]
    themes.append(Theme("one", "One", as_prototypes([vectors[0]]), 0.9))
    part = Theme("part", "Part", as_prototypes([vectors[1]]), 0.9, split_from="hold")
    made = ThemeSet((*themes, part, theme("heading")), load_encoder().name, MASKED)
    told: list[int] = []
    found = stability(made, SEGMENTS, vectors, range(len(SEGMENTS)), refits=2, advance=told.append)
    assert set(found) == {"hold", "bill", "parcel", "one"} and told == [1, 1]
    assert all(0 <= score <= 1 for score in found.values())
    assert min(found["hold"], found["bill"], found["parcel"]) > UNSTABLE and found["one"] < 0.2


def test_too_little_to_look_again_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Only 40 different segments") as few:
        stability_edit(make_store(tmp_path / "store").snapshot(), load=load)
    vectors = np.zeros((len(SEGMENTS), DIM), dtype=np.float16)
    with pytest.raises(InputError, match="Only 2 comments") as two:
        stability(two_themes(), SEGMENTS, vectors, [i % 2 for i in range(len(SEGMENTS))])
    assert "\n" not in f"{few.value}{two.value}"


def test_the_mark_stands_on_what_was_measured_too_low() -> None:
    assert [marked("Bills", value) for value in (None, float("nan"), 0.5, 0.49)] == ["Bills"] * 3 + ["Bills (unstable)"]


# --- in a store -------------------------------------------------------------------------------


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return make_store(tmp_path / "store")


def measure(store: Store, **scores: float) -> None:
    edit_themes(store, lambda now, log, who: registry.measure(now, log, who, scores), "ann", load=load)


def test_stability_is_kept_with_the_theme_and_no_undo_takes_it_back(store: Store) -> None:
    edit_themes(store, lambda now, log, who: registry.rename(now, log, who, "bill", "Bills"), "ann", load=load)
    version = stored_themes(store.snapshot()).version  # type: ignore[union-attr]
    measure(store, hold=0.8, bill=0.3)
    edit_themes(store, lambda now, log, who: registry.undo(now, log, who), "ann", load=load)
    themes, frames = stored_themes(store.snapshot()), load_frames(store.snapshot())
    assert themes is not None and themes.version == version
    assert {one.id: (one.label, one.stability) for one in themes.themes} == {
        "hold": ("Hold", 0.8),
        "bill": ("Bill", 0.3),
    }
    assert frames.themes["label"].tolist() == ["Hold", "Bill"] and frames.themes["stability"].tolist() == [0.8, 0.3]
    assert frames.marked_themes["label"].tolist() == ["Hold", "Bill (unstable)"]
    events = registry.from_table(store.snapshot().events())
    assert registry.told(events)[events[2].seq] == "measured the stability of 2 themes"
    measure(store, hold=0.9)
    assert load_frames(store.snapshot()).themes["stability"].isna().tolist() == [False, True]


def test_the_quality_of_a_store_is_that_of_its_segments(store: Store) -> None:
    measure(store, hold=0.8, bill=0.3)
    found = theme_quality(store.snapshot(), load=load)
    assert (found.segments, found.coverage, found.stability) == (60, 1, pytest.approx(0.55))
    assert [(one.id, one.n, one.unstable) for one in found.themes] == [("hold", 30, False), ("bill", 30, True)]

    class Other(SubjectEncoder):
        name = "another"

    with pytest.raises(ModelError, match="another"):
        theme_quality(store.snapshot(), load=Other)


def test_a_set_written_before_there_was_stability_still_loads() -> None:
    data = two_themes().to_dict()
    for row in data["themes"]:
        del row["stability"]
    assert ThemeSet.from_dict(data) == two_themes()
