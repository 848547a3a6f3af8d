"""Themes under headings, drawn to seeds, beside given ones; the places that groups are found in."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from test_themes_discover import MASKED, OPTIONS, SEGMENTS, SUBJECT_OF

from voc.encode import load_encoder
from voc.errors import InputError, ModelError
from voc.pipeline.theme_remarks import of_few, of_seeds
from voc.themes import Theme, ThemeSet, assign, hierarchy, theme_text
from voc.themes.discover import discover
from voc.themes.guided import drawn_to
from voc.themes.hierarchy import MIN_THEMES, heading_names, with_headings
from voc.themes.layout import lay_out, neighbour_graph
from voc.themes.model import as_prototypes
from voc.themes.rematch import rematch
from voc.themes.taxonomy import Entry, to_themes

ENCODER = load_encoder()
VECTORS = ENCODER.encode([theme_text(segment, MASKED) for segment in SEGMENTS])
HOLD = Entry("", "Hanging on the line", keywords=("on hold", "phone queue", "waiting on the phone"))
PHRASES = [
    *("Waiting on hold", "Kept in the phone queue", "Nobody answers the telephone", "Hold music all day"),
    *("Charged twice on the bill", "Wrong amount on the invoice", "Hidden fees on the bill", "Bill hard to read"),
    *("Parcel left with a neighbour", "Delivery came a week late", "Package never arrived", "Courier lost my parcel"),
]


def many() -> ThemeSet:
    vectors = ENCODER.encode(PHRASES)
    return ThemeSet(
        tuple(Theme(f"t{k}", phrase, as_prototypes([vectors[k]]), 0.5) for k, phrase in enumerate(PHRASES)),
        ENCODER.name,
    )


def test_themes_that_are_alike_stand_under_one_heading() -> None:
    found = with_headings(many(), ENCODER)
    headings = [theme for theme in found.active if not theme.prototypes]
    assert 1 <= len(headings) <= len(PHRASES) // 4
    assert found.leaves == tuple(theme for theme in found.active if theme.prototypes)
    under = {theme.label: theme.parent for theme in found.leaves}
    assert under[PHRASES[8]] == under[PHRASES[10]] != under[PHRASES[4]] == under[PHRASES[6]]
    assert assign(VECTORS, found)[0] == assign(VECTORS, many())[0] and with_headings(many(), ENCODER) == found


def test_a_heading_has_a_plain_name_where_one_fits_and_those_of_its_themes_otherwise(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    called = [theme.label for theme in with_headings(many(), ENCODER).active if not theme.prototypes]
    assert "Delivery and returns" in called
    monkeypatch.setattr(hierarchy, "MIN_FIT", 2.0)
    found = with_headings(many(), ENCODER)
    for heading in [theme for theme in found.active if not theme.prototypes]:
        below = [theme.label for theme in found.leaves if theme.parent == heading.id]
        assert heading.label == ", ".join(below[:2]) + " …" * (len(below) > 2)


def test_few_themes_and_themes_with_parents_get_no_heading() -> None:
    few = ThemeSet(many().themes[: MIN_THEMES - 1], ENCODER.name)
    assert with_headings(few, ENCODER) == few
    once = with_headings(many(), ENCODER)
    assert with_headings(once, ENCODER) == once


def test_headings_outlive_a_second_discovery() -> None:
    old = with_headings(many(), ENCODER)
    again = [replace(theme, id=f"n{k}") for k, theme in enumerate(many().themes)]
    new = with_headings(ThemeSet(tuple(again), ENCODER.name), ENCODER)
    matched = rematch(old, new, assign(VECTORS, old)[0], assign(VECTORS, new)[0], min_shared=0.0)
    assert {theme.id for theme in matched.themes.active} == {theme.id for theme in old.active}
    assert matched.new == () and matched.gone == ()


def test_names_of_headings_are_apart() -> None:
    names = [name.name for name in heading_names()]
    assert len(set(names)) == len(names) > 60 // 5


def test_a_given_theme_stands_and_the_rest_is_searched() -> None:
    given = to_themes([HOLD], None, ENCODER, MASKED)
    found = discover(SEGMENTS, VECTORS, encoder=ENCODER, options=replace(OPTIONS, themes=3), given=given)
    first = found.themes[0]
    assert (first.id, first.label, first.prototypes) == (given.themes[0].id, HOLD.label, given.themes[0].prototypes)
    assert first.pinned and len(found.leaves) > 1
    ids = assign(VECTORS, found)[0]
    own = [one == first.id for one, subject in zip(ids, SUBJECT_OF, strict=True) if subject == "hold"]
    others = [one == first.id for one, subject in zip(ids, SUBJECT_OF, strict=True) if subject != "hold"]
    assert sum(own) >= len(own) // 5 and not any(others), "by its few words alone: it reaches some, and only its own"
    with pytest.raises(ModelError, match="use that encoder"):
        discover(SEGMENTS, VECTORS, encoder=ENCODER, given=replace(given, encoder="another"))


def test_given_themes_that_take_nearly_all_leave_nothing_to_search() -> None:
    given = to_themes([HOLD], None, ENCODER, MASKED)
    assert discover(SEGMENTS[:70], VECTORS[:70], encoder=ENCODER, given=given) == given


def test_segments_near_a_seed_are_drawn_together() -> None:
    alone = VECTORS.astype(np.float32)
    moved = drawn_to(alone, alone, [HOLD], ENCODER, MASKED)
    changed = np.flatnonzero(np.abs(moved - alone).max(axis=1) > 1e-3)
    assert len(changed) >= 8 and {SUBJECT_OF[i] for i in changed} == {"hold"}
    closer = (moved[changed] @ moved[changed].T).mean() - (alone[changed] @ alone[changed].T).mean()
    assert closer > 0.1
    with pytest.raises(InputError, match="are called"):
        drawn_to(alone, alone, [HOLD, HOLD], ENCODER)


def test_seeds_guide_discovery() -> None:
    found = discover(SEGMENTS, VECTORS, encoder=ENCODER, options=OPTIONS, seeds=[HOLD])
    assert len(found.leaves) >= 3


def test_the_neighbour_graph_is_symmetric_and_finds_the_nearest() -> None:
    rows = np.array([[1, 0], [0.9, 0.1], [0, 1], [0.1, 0.9]], dtype=np.float32)
    graph = neighbour_graph(rows / np.linalg.norm(rows, axis=1, keepdims=True), 1).toarray()
    assert np.array_equal(graph, graph.T)
    assert np.array_equal(graph > 0, [[0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 1], [0, 0, 1, 0]])


def test_places_keep_groups_apart_and_do_not_change() -> None:
    draw = np.random.default_rng(3)
    centres = np.eye(12, dtype=np.float32)[:3]
    rows = np.repeat(centres, 30, axis=0) + draw.normal(scale=0.05, size=(90, 12)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    places = lay_out(rows, 4, 10, 42)
    assert places.shape == (90, 4) and np.isfinite(places).all()
    centres = np.stack([places[k : k + 30].mean(axis=0) for k in (0, 30, 60)])
    spread = max(places[k : k + 30].std(axis=0).max() for k in (0, 30, 60))
    assert min(np.linalg.norm(centres[a] - centres[b]) for a, b in ((0, 1), (0, 2), (1, 2))) > 3 * spread
    assert lay_out(rows, 4, 10, 42).tobytes() == places.tobytes()
    assert lay_out(rows, 4, 10, 1).tobytes() != places.tobytes()
    assert lay_out(rows[:5], 30, 15, 42).shape == (5, 3)


def test_what_became_of_seeds_and_given_themes_is_told() -> None:
    found = discover(SEGMENTS, VECTORS, encoder=ENCODER, options=OPTIONS, seeds=[HOLD])
    label = {theme.id: theme.label for theme in found.themes}
    ids, _ = assign(VECTORS, found)
    own = [ids[i] for i, subject in enumerate(SUBJECT_OF) if subject == "hold" and ids[i]]
    leading = label[max(set(own), key=own.count) or ""]
    nowhere = Entry("", "Volcanoes", keywords=("lava", "eruption"))
    first, second = of_seeds([HOLD, nowhere], found, ENCODER)
    assert repr(leading) in first and "no theme takes it up" in second
    given = to_themes([HOLD, nowhere], None, ENCODER, MASKED)
    ids, _ = assign(VECTORS, given)
    (said,) = of_few(given.leaves, ids, range(len(ids)))
    assert said.startswith("Fewer than 5 comments go to Volcanoes: ")
