"""Words that tell a theme, and how many themes there are to tell."""

from __future__ import annotations

import numpy as np
import pytest
from subjects import ENCODER, TEXTS

from voc.themes.clusters import ThemeClusters, apart
from voc.themes.discover import content_terms
from voc.themes.keywords import Keywords, distinct
from voc.themes.terms import keyword_terms


def test_pairs_are_of_neighbours() -> None:
    found = keyword_terms("The pet insurance. Insurance paid my bills, bills of the vet; naïve café owner")
    assert "pet insurance" in found and "café owner" in found
    assert not {"insurance insurance", "bills bills", "paid bills", "bills vet"} & set(found)


def test_each_keyword_brings_a_word_of_its_own() -> None:
    assert distinct(["claim paid", "claims", "paid claim", "paid late"]) == ("claim paid", "paid late")
    assert distinct(["bill", "queue", "app", "shop"], most=3) == ("bill", "queue", "app")


def test_a_word_means_what_the_segments_say_that_use_it() -> None:
    vectors = ENCODER.encode(TEXTS).astype(np.float32)
    keywords = Keywords(TEXTS, vectors)
    refund, queue = (np.array(["refund" in t for t in TEXTS]), np.array(["queue" in t for t in TEXTS]))
    assert {"refund", "queue"} <= set(keywords.terms)
    place = keywords.places(["refund"])[0]
    centred = vectors - vectors.mean(axis=0)
    assert place @ centred[refund].mean(axis=0) > 0 > place @ centred[queue & ~refund].mean(axis=0)
    assert keywords.ranked(["queue", "refund"], refund) == ["refund", "queue"]


def test_groups_of_their_own_stand_apart() -> None:
    draw = np.random.default_rng(0)
    centres = np.eye(4, dtype=np.float32)
    rows = (np.repeat(centres, 30, axis=0) + draw.normal(scale=0.05, size=(120, 4))).astype(np.float32)
    true, halved = np.repeat(np.arange(4), 30), np.tile([0, 1], 60) + 2 * np.repeat(np.arange(4), 30)
    assert 0.8 < apart(rows, true) < 1 and apart(rows, halved) < 0.3


def test_as_many_groups_as_stand_apart() -> None:
    draw = np.random.default_rng(0)
    rows = np.repeat(np.eye(8, dtype=np.float32), 40, axis=0) + draw.normal(scale=0.05, size=(320, 8))
    docs = [f"subject{chr(97 + i // 40)} word" for i in range(320)]
    rows = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    for counts, themes in (((4, 8, 12), 8), ((12,), 12)):
        clusters = ThemeClusters(content_terms(docs), rows, np.arange(len(rows)), counts, 1).fit(rows)
        assert len(clusters.themes_.active) <= themes and clusters.labels_.max() + 1 == len(clusters.themes_.active)
        if themes == 8:
            assert [len(set(clusters.labels_[docs_of])) for docs_of in np.arange(320).reshape(8, 40)] == [1] * 8


@pytest.mark.parametrize("wanted", [2, 4, 6, 8])
def test_as_many_themes_as_were_asked_for_although_some_groups_have_no_subject(wanted: int) -> None:
    draw = np.random.default_rng(0)
    rows = np.repeat(np.eye(10, dtype=np.float32), 40, axis=0) + draw.normal(scale=0.05, size=(400, 10))
    rows = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    docs = [f"subject{chr(97 + i // 40)} word" if i < 320 else "so it goes" for i in range(400)]  # two groups of none
    clusters = ThemeClusters(content_terms(docs), rows, np.arange(400), (wanted,), 1, merge=False).fit(rows)
    assert len(clusters.themes_.active) == wanted == clusters.labels_.max() + 1


def in_groups(spread: float, comments: int = 320) -> ThemeClusters:
    """Four groups of 80 rows of two subjects each, ``spread`` about the subjects' own places."""
    draw = np.random.default_rng(0)
    rows = np.repeat(np.eye(8, 200), 40, axis=0) + draw.normal(scale=spread, size=(320, 200))
    rows = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    docs = [f"subject{chr(97 + i // 80)} word" for i in range(320)]
    reduced = np.repeat(np.eye(4), 80, axis=0)
    comment_of = np.arange(320) % 80 + 80 * (np.arange(320) // 80)
    comment_of[:80] %= comments
    return ThemeClusters(content_terms(docs), rows, comment_of, (4,), 1).fit(reduced)


def test_a_theme_in_parts_has_a_prototype_for_each_beside_its_mean() -> None:
    assert [len(theme.prototypes) for theme in in_groups(0.13).themes_.active] == [3] * 4


def test_themes_that_stand_well_apart_have_prototypes_for_as_many_parts_as_may_be() -> None:
    clusters = in_groups(0.05)
    assert [len(theme.prototypes) for theme in clusters.themes_.active] == [5] * 4
    assert [len(set(rows.tolist())) for rows in clusters.labels_.reshape(4, 80)] == [1] * 4


def test_a_theme_whose_segments_lie_about_one_place_has_one_prototype() -> None:
    assert {len(theme.prototypes) for theme in in_groups(1.0).themes_.active} == {1}


def test_a_theme_needs_five_comments() -> None:
    assert len(in_groups(0.1).themes_.active) == 4
    assert len(in_groups(0.1, comments=4).themes_.active) == 3
