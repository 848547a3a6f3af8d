"""Splitting a theme and moving a phrase: only that theme's segments move, for stored and for new comments alike."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from subjects import DIM, ENCODER, TEXTS, VECTORS, theme, two_themes

from voc.errors import ModelError, UsageError
from voc.themes import Theme, ThemeSet, assign
from voc.themes import registry as reg
from voc.themes.assign import reopened
from voc.themes.model import ALWAYS, as_prototypes
from voc.themes.split import Members, by_phrase, into_parts


@pytest.fixture
def themes() -> ThemeSet:
    return two_themes()


def members(themes: ThemeSet, theme_id: str) -> Members:
    rows = [i for i, own in enumerate(assign(VECTORS, themes)[0]) if themes.resolve(own) == theme_id]
    return Members(tuple(TEXTS[i] for i in rows), VECTORS[rows])


def counted(themes: ThemeSet) -> dict[str, int]:
    """How many segments count under each name today."""
    labels = themes.labels()
    found = [labels.get(one or "", "none") for one in assign(VECTORS, themes)[0]]
    return {label: found.count(label) for label in sorted(set(found))}


def by_two(themes: ThemeSet, log: list[reg.Event], theme_id: str = "hold") -> ThemeSet:
    parts = into_parts(themes, theme_id, members(themes, theme_id), ENCODER)
    edited, event = reg.split(themes, log, "ann", theme_id, parts)
    log.append(event)
    return edited


def taken_off(themes: ThemeSet, log: list[reg.Event], phrase: str, theme_id: str = "hold") -> ThemeSet:
    part = by_phrase(themes, theme_id, members(themes, theme_id), ENCODER, phrase)
    edited, event = reg.split(themes, log, "ann", theme_id, [part])
    log.append(event)
    return edited


# --- parts ------------------------------------------------------------------------------------


def test_kmeans_parts_follow_the_subjects_and_are_named_apart(themes: ThemeSet) -> None:
    parts = into_parts(themes, "hold", members(themes, "hold"), ENCODER)
    split, _ = reg.split(themes, [], "ann", "hold", parts)
    ids = assign(VECTORS, split)[0]
    assert len({*ids[:10]}) == len({*ids[10:20]}) == 1 and ids[0] != ids[10]
    assert ids[20:] == ["bill"] * 20
    by_id = {part.id: part for part in parts}
    assert "queue" in by_id[str(ids[0])].keywords and "music" in by_id[str(ids[10])].keywords
    labels = [theme.label.casefold() for theme in split.active]
    assert len(set(labels)) == len(labels) == 3


def test_the_same_split_gives_the_same_parts(themes: ThemeSet) -> None:
    assert by_two(themes, []) == by_two(themes, [])


def test_a_phrase_takes_what_is_near_it_and_the_rest_keeps_id_and_name(themes: ThemeSet) -> None:
    split = taken_off(themes, [], "hold music")
    assert counted(split) == {"Bill": 20, "Hold": 10, "Hold music": 10}
    part = next(theme for theme in split.active if theme.label == "Hold music")
    assert part.split_from == "hold" and set(part.verbatims) <= set(TEXTS[10:20])


def test_parts_of_parts_and_several_phrases_leave_other_themes_alone(themes: ThemeSet) -> None:
    whole = ThemeSet((theme("calls", 0, 1, 2), theme("double", 3)), ENCODER.name)
    log = [reg.record(whole, [], "ann")[1]]
    first = taken_off(whole, log, "queue", "calls")
    second = taken_off(first, log, "music", "calls")
    assert counted(second) == {"Calls": 10, "Double": 10, "Music": 10, "Queue": 10}
    (queue,) = (theme.id for theme in second.active if theme.label == "Queue")
    third = by_two(second, log, queue)
    sizes = counted(third)
    assert (sizes.pop("Calls"), sizes.pop("Double"), sizes.pop("Music")) == (10, 10, 10)
    assert len(sizes) == 2 and sum(sizes.values()) == 10 and "Queue" not in sizes
    assert reg.replay(log) == third


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), n=st.integers(1, 600))
def test_a_split_moves_no_segment_of_another_theme_and_a_row_is_alone_as_in_a_batch(seed: int, n: int) -> None:
    draw = np.random.default_rng(seed)
    rows = draw.normal(size=(n + 9, DIM))
    rows = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float16)
    own = [Theme(f"t{i}", f"T {i}", as_prototypes([row]), 0.1) for i, row in enumerate(rows[n : n + 4])]
    before = ThemeSet(tuple(own), "any")
    thirds = [
        Theme(f"p{i}", f"P {i}", as_prototypes([row]), (0.2, ALWAYS, ALWAYS)[i])
        for i, row in enumerate(rows[n + 4 : n + 7])
    ]
    after, _ = reg.split(before, [], "ann", "t0", thirds)
    after, _ = reg.split(after, [], "ann", "p1", [Theme("q", "Q", as_prototypes([rows[n + 8]]), 0.1)])
    (old, _), (new, cosines) = assign(rows[:n], before), assign(rows[:n], after)
    assert [one for one in old if one != "t0"] == [two for one, two in zip(old, new, strict=True) if one != "t0"]
    assert {two for one, two in zip(old, new, strict=True) if one == "t0"} <= {"p0", "p1", "p2", "q"}
    for i in {0, n // 2, n - 1}:
        alone, its_cosine = assign(rows[i : i + 1], after)
        assert alone == [new[i]] and its_cosine.tobytes() == cosines[i : i + 1].tobytes()
    assert reopened(before, after) == {"t0"} and reopened(after, before) == {"t0", "p0", "p1", "p2", "q"}


def test_a_split_set_travels_in_a_folder(themes: ThemeSet, tmp_path: Path) -> None:
    split = by_two(taken_off(themes, [], "hold music"), [])
    split.to_folder(tmp_path / "set")
    again = ThemeSet.from_folder(tmp_path / "set")
    assert again == split and assign(VECTORS, again)[0] == assign(VECTORS, split)[0]
    assert ThemeSet.from_table(split.to_table(), split.encoder) == split
    assert len({themes.version, split.version}) == 2


def test_only_sets_that_differ_by_splits_leave_assignments_alone(themes: ThemeSet) -> None:
    assert reopened(themes, themes) == frozenset()
    assert reopened(themes, themes.with_theme(theme("bill", 2))) is None
    assert reopened(themes, ThemeSet(themes.themes, "another")) is None


def test_segments_that_share_no_word_have_no_keywords() -> None:
    texts = ("queue", "hold music")
    part = by_phrase(two_themes(), "hold", Members(texts, ENCODER.encode(texts)), ENCODER, "queue", least=1)
    assert (part.label, part.keywords, part.verbatims) == ("Queue", (), ("queue",))


# --- moving -----------------------------------------------------------------------------------


def test_a_moved_phrase_counts_under_the_other_theme_until_it_is_undone(themes: ThemeSet) -> None:
    part = by_phrase(themes, "hold", members(themes, "hold"), ENCODER, "hold music", least=1)
    _, found = reg.record(themes, [], "ann")
    moved, event = reg.move(themes, [found], "ann", part, "hold", "bill")
    assert counted(moved) == {"Bill": 30, "Hold": 10}
    _, renamed = reg.rename(moved, [found, event], "ann", "bill", "Wrong bills")
    words = reg.told([found, event, renamed])
    assert words == {
        1: "discovered 2 themes",
        2: "moved Hold music from Hold to Bill",  # as it was called then
        3: "renamed Bill to Wrong bills",
    }
    back, _ = reg.undo(moved, [found, event], "bob")
    assert back == themes


@pytest.mark.parametrize("into", ["hold", "nowhere", "old"])
def test_a_move_to_itself_or_to_a_hidden_theme_is_refused(themes: ThemeSet, into: str) -> None:
    themes = themes.with_theme(theme("old", 9, status="retired"))
    part = by_phrase(themes, "hold", members(themes, "hold"), ENCODER, "hold music")
    with pytest.raises(UsageError) as refused:
        reg.move(themes, [], "ann", part, "hold", into)
    assert "\n" not in str(refused.value)


# --- together with other edits ----------------------------------------------------------------


def test_what_was_merged_in_is_split_along(themes: ThemeSet) -> None:
    themes = ThemeSet((theme("queue", 0), theme("music", 1), theme("bill", 2, 3)), ENCODER.name)
    merged, merge = reg.merge(themes, [], "ann", "music", "queue")
    log = [merge]
    split = by_two(merged, log, "queue")
    assert sorted(counted(split).values()) == [10, 10, 20] and "Queue" not in counted(split)
    with pytest.raises(UsageError, match="take that split back"):
        reg.restore(split, log, "ann", "music")
    with pytest.raises(UsageError, match="undo event 2 first"):
        reg.undo(split, log, "ann", 1)
    back, undo = reg.undo(split, log, "ann")
    assert back == merged and reg.undo(back, [*log, undo], "ann")[0] == themes


def test_undoing_a_split_waits_for_what_was_built_on_it(themes: ThemeSet) -> None:
    log: list[reg.Event] = []
    split = by_two(themes, log)
    part = next(theme.id for theme in split.active if theme.split_from)
    merged, event = reg.merge(split, log, "ann", "bill", part)
    with pytest.raises(UsageError, match="undo event 2 first"):
        reg.undo(merged, [*log, event], "ann", 1)
    assert reg.undo(split, log, "ann")[0] == themes


def test_a_split_theme_is_neither_edited_nor_restored(themes: ThemeSet) -> None:
    split = by_two(themes, [])
    for attempt in (
        lambda: reg.split(split, [], "ann", "hold", [theme("part", 1)]),
        lambda: reg.merge(split, [], "ann", "hold", "bill"),
        lambda: reg.restore(split, [], "ann", "hold"),
    ):
        with pytest.raises(UsageError, match="voc themes undo") as refused:
            attempt()
        assert "\n" not in str(refused.value)


def test_a_restored_theme_whose_name_is_taken_is_refused(themes: ThemeSet) -> None:
    retired, first = reg.retire(themes, [], "ann", "hold")
    renamed, second = reg.rename(retired, [first], "ann", "bill", "hold")
    with pytest.raises(UsageError, match="already called"):
        reg.restore(renamed, [first, second], "ann", "hold")


# --- what cannot be split ---------------------------------------------------------------------


def refused(message: str, *, k: int = 2, phrase: str | None = None, rows: slice = slice(0, 20)) -> None:
    given = two_themes(), "hold", Members(tuple(TEXTS[rows]), VECTORS[rows]), ENCODER
    with pytest.raises(UsageError, match=message) as failure:
        into_parts(*given, k) if phrase is None else by_phrase(*given, phrase)
    assert "\n" not in str(failure.value)


def test_too_little_to_split_is_said_in_one_line() -> None:
    refused("has 5 segments, too few for 2 parts of 5", rows=slice(0, 5))
    refused("has 20 segments, too few for 5 parts", k=5)
    refused("changes nothing", k=1)
    refused("phrase is empty", phrase="  ")
    refused("0 of the 20 segments of 'Hold' are near 'refund'", phrase="refund")
    refused("All 10 segments of 'Hold' are near 'queue'", phrase="queue", rows=slice(0, 10))


def test_identical_segments_cannot_be_told_apart() -> None:
    themes = ThemeSet((theme("hold", 0, 1),), ENCODER.name)
    same = Members((TEXTS[0],) * 300, np.repeat(VECTORS[:1], 300, axis=0))
    with pytest.raises(UsageError, match="say the same"):
        into_parts(themes, "hold", same, ENCODER)


def test_a_part_of_one_segment_is_refused() -> None:
    refused("one would hold 1 of the 11 segments", rows=slice(0, 11))


def test_a_set_of_another_encoder_is_refused(themes: ThemeSet) -> None:
    foreign = ThemeSet(themes.themes, "another")
    for attempt in (
        lambda: into_parts(foreign, "hold", members(themes, "hold"), ENCODER),
        lambda: by_phrase(foreign, "hold", members(themes, "hold"), ENCODER, "queue"),
    ):
        with pytest.raises(ModelError, match="use that encoder"):
            attempt()


# --- two at once ------------------------------------------------------------------------------


def test_an_edit_made_from_an_outdated_set_is_refused_with_what_changed(themes: ThemeSet) -> None:
    _, first = reg.record(themes, [], "voc")
    _, second = reg.rename(themes, [first], "maria", "hold", "Waiting on hold")
    log = [first, second]
    reg.require_position(log, reg.position(log))
    with pytest.raises(UsageError, match="maria renamed Hold to Waiting on hold") as refusal:
        reg.require_position(log, 1)
    assert "try again" in str(refusal.value) and "\n" not in str(refusal.value)
