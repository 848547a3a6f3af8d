"""Plain names: what they are about, who says them, which side of them is told; and groups that nobody could name."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from subjects import theme
from test_themes_discover import MASKED, OPTIONS, SEGMENTS

from voc.encode import load_encoder
from voc.themes import ThemeSet, assign, names, theme_text
from voc.themes.catalogue import PlainName, catalogue, tone_of
from voc.themes.clusters import as_background, unit, without_likes
from voc.themes.discover import discover
from voc.themes.wording import word_stems

PAYMENT = PlainName("Speed of payment", ("Paid quickly", "Payment not received"), ("the money was there",))


def stems(*words: str) -> set[str]:
    return {stem for word in words for stem in word_stems(word)}


# --- the file ---------------------------------------------------------------------------------


def test_names_of_the_file_are_whole_and_different() -> None:
    names = catalogue()
    assert len(names) > 250
    labels = [label for name in names for label in (name.name, *name.sides)]
    assert len({label.casefold() for label in labels}) == len(labels)
    assert {len(name.sides) for name in names} == {0, 2}
    assert all(re.fullmatch(r"[A-Z0-9][^/:;]*[^\s.,/:;]", label) for label in labels)
    assert all(phrase == phrase.strip() and phrase for name in names for phrase in name.said)


# --- what is said -----------------------------------------------------------------------------


@pytest.mark.parametrize("words", [("payment",), ("paid", "quickly"), ("money",)])
def test_a_name_is_said_by_its_own_words_or_by_what_customers_say_of_it(words: tuple[str, ...]) -> None:
    assert PAYMENT.is_said(stems(*words))


def test_a_name_is_not_said_by_a_part_of_it() -> None:
    assert not PlainName("Lost luggage", said=("my suitcase never arrived",)).is_said(stems("lost", "suitcase"))
    assert not PAYMENT.is_said(stems("speed", "quickly"))


# --- praise and complaint ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pleased", "name"),
    [(10, "Paid quickly"), (8, "Paid quickly"), (5, "Speed of payment"), (2, "Payment not received")],
)
def test_a_side_is_told_only_where_most_members_take_it(pleased: int, name: str) -> None:
    up, down = np.array([0.6, 0.8], dtype=np.float32), np.array([0.6, -0.8], dtype=np.float32)
    vectors = {"Paid quickly": up, "Payment not received": down}
    members = np.stack([up] * pleased + [down] * (10 - pleased))
    tone, shares = np.zeros(2, dtype=np.float32), {"paid": 0.5, "payment": 0.4}
    assert PAYMENT.told_of(members, vectors, tone, shares) == name
    assert PAYMENT.told_of(members, vectors, tone, {"paid": 0.3, "payment": 0.3}) == "Speed of payment"
    assert PlainName("Parking").told_of(members, vectors, tone, shares) == "Parking"


def test_the_axis_of_tone_parts_praise_from_complaint() -> None:
    phrases = sorted({phrase for name in catalogue() for phrase in name.phrases})
    encoder = load_encoder()
    vectors = dict(zip(phrases, unit(encoder.encode(phrases)), strict=True))
    tone = tone_of(vectors)
    pleased = encoder.encode(["Lovely people, all done in a minute.", "Could not be happier.", "So easy, thank you!"])
    cross = encoder.encode(["Nobody ever rang me back.", "They kept my money.", "Useless, it broke after a day."])
    assert float((pleased @ tone).mean()) > float((cross @ tone).mean()) + 0.05


# --- groups -----------------------------------------------------------------------------------


def test_groups_that_cannot_be_told_apart_become_one() -> None:
    degrees = np.radians([0, 2, 20, 22, 90, 92])
    rows = np.stack([np.cos(degrees), np.sin(degrees)], axis=1).astype(np.float32)
    assert without_likes(rows, np.array([0, 0, 1, 1, 2, 2])).tolist() == [0, 0, 0, 0, 1, 1]
    assert without_likes(rows, np.zeros(6, dtype=np.int64)).tolist() == [0] * 6


def test_a_chain_of_likes_is_not_one_group() -> None:
    degrees = np.radians([0, 35, 70])
    rows = np.stack([np.cos(degrees), np.sin(degrees)], axis=1).astype(np.float32)
    assert len(set(without_likes(rows, np.arange(3)).tolist())) == 2


def test_themes_made_background_take_their_segments_along() -> None:
    themes = ThemeSet((theme("queue", 0), theme("music", 1)), "subjects")
    less = as_background(themes, {"music"})
    assert [one.id for one in less.leaves] == ["queue"]
    assert assign(np.eye(24, dtype=np.float32)[:2], less)[0] == ["queue", None]
    assert as_background(themes, ()) == themes


def test_a_group_without_a_name_is_shown_only_where_the_number_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    encoder = load_encoder()
    vectors = encoder.encode([theme_text(segment, MASKED) for segment in SEGMENTS])

    def found(themes: int | None) -> ThemeSet:
        options = replace(OPTIONS, themes=themes, min_themes=4)
        return discover(SEGMENTS, vectors, encoder=encoder, options=options)

    named, before = names.name_themes, found(None)

    def badly_named(*args: Any, **rest: Any) -> list[names.Name]:
        first, *others = named(*args, **rest)
        return [replace(first, fit=0.29), *others]

    monkeypatch.setattr(names, "name_themes", badly_named)
    (gone,) = {theme.id for theme in before.leaves} - {theme.id for theme in found(None).leaves}
    lost = [
        one for one, now in zip(assign(vectors, before)[0], assign(vectors, found(None))[0], strict=True) if not now
    ]
    assert set(lost) - {None} == {gone} and len(lost) > 10
    assert len(found(4).leaves) == 4


def test_a_word_that_many_themes_share_names_none_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    encoder = load_encoder()
    whens = ("today", "on Monday", "in May", "again", "all week", "last night")
    verbs = "saw heard drew flew filmed missed feared forgot praised sold met followed".split()
    said = {
        "zeppelin": tuple(f"We {verb} it{' by the lake' * (verb < 'g')}, the zeppelin" for verb in verbs),
        "tickets": ("Zeppelin tickets are dear", "The price of zeppelin tickets rose", "I bought zeppelin tickets"),
        "cooks": ("The zeppelin cooks were kind", "I thanked the zeppelin cooks", "Our zeppelin cooks sang"),
        "windows": ("The zeppelin windows leak", "Dirty zeppelin windows", "Cracks in the zeppelin windows"),
    }
    groups = []
    for starts in said.values():
        texts = tuple(f"{start} {when}." for start in starts for when in whens)
        groups.append(names.Group(texts, texts, encoder.encode(texts).astype(np.float32), ("seen",)))

    def labels() -> list[str]:
        return [name.label for name in names.name_themes(groups, encoder)]

    for weight, value in (("NEAR", 0.0), ("ELSEWHERE", 0.0), ("MIN_FIT", -1.0)):  # what most members say names a group
        monkeypatch.setattr(names, weight, value)
    assert "Zeppelin" not in labels() and len(set(labels())) == 4
    monkeypatch.setattr(names, "MOST_THEMES", 4)
    assert "Zeppelin" in labels()


def test_a_quality_that_few_members_tell_is_no_part_of_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    small = ["They have small zeppelins", "We saw small zeppelins", "Small zeppelins again"]
    large = [f"The zeppelins were {size} {when}" for size in ("huge", "vast", "giant") for when in ("then", "again")]
    monkeypatch.setattr(names, "SHARED", 0.0)  # or else a phrase that few say loses to a word that all say
    assert named_alone(small * 3) == "Small zeppelins"
    assert named_alone(small + large * 2) == "Zeppelins"
    monkeypatch.setattr(names, "MIN_QUALITY", 0.0)
    assert named_alone(small + large * 2) == "Small zeppelins"


def test_a_plural_without_its_apostrophe_is_still_a_company_s_name() -> None:
    texts = [f"The lamp that I bought from Quorvex came {when}" for when in ("today", "late", "in May", "at noon")] * 5
    told = [*texts, "quorvexs lamp shop", "the quorvexs lamp shop"]
    assert "quorvex" not in named_alone(told).lower()


def named_alone(texts: list[str]) -> str:
    """What members' own phrases call a group of these texts."""
    encoder = load_encoder()
    group = names.Group(tuple(texts), tuple(texts), encoder.encode(texts).astype(np.float32), ("seen",))
    other = names.Group(
        ("Bread is dear",) * 9, ("Bread is dear",) * 9, encoder.encode(["Bread is dear"] * 9), ("bread",)
    )
    return names.name_themes([group, other], encoder)[0].label
