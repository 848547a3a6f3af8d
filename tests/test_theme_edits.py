"""Edits of a store's themes: told before, committed whole, refused when somebody else was faster, undone."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from subjects import ENCODER, FIRST_DAY, TEXTS, SubjectEncoder, make_store

from voc.errors import ModelError, UsageError, VocError
from voc.pipeline import edit_themes, load_frames, move_edit, preview_edit, split_edit, stored_themes
from voc.pipeline.assigning import load_stored
from voc.pipeline.theme_edits import Edit, theme_log
from voc.schema import KEY
from voc.store import Store
from voc.themes import Theme, ThemeSet, assign
from voc.themes import registry as reg


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return make_store(tmp_path / "store")


def load() -> SubjectEncoder:
    return ENCODER


def themes_of(store: Store) -> ThemeSet:
    themes = stored_themes(store.snapshot())
    assert themes is not None
    return themes


def by_two(store: Store) -> Edit:
    return split_edit(store.snapshot(), "hold", load=load)


def contents(store: Store) -> tuple[list[dict[str, object]], list[dict[str, object]], bytes]:
    """Everything that is stored of the comments, in order."""
    stored = load_stored(store.snapshot())
    order = [(name, "ascending") for name in KEY]
    return stored.comments.sort_by(order).to_pylist(), stored.segments.to_pylist(), stored.vectors.tobytes()


def merged(themes: ThemeSet, log: list[reg.Event], who: str) -> tuple[ThemeSet, reg.Event]:
    return reg.merge(themes, log, who, "bill", "hold")


def test_a_split_assigns_stored_segments_as_new_ones_would_be(store: Store) -> None:
    before = load_stored(store.snapshot())
    edit_themes(store, by_two(store), "ann", load=load)
    themes, after = themes_of(store), load_stored(store.snapshot())
    ids, similarity = assign(after.vectors, themes)
    assert after.segments["theme"].to_pylist() == ids and len(themes.active) == 3
    assert after.segments["similarity"].to_numpy().tobytes() == similarity.tobytes()
    assert after.vectors.tobytes() == before.vectors.tobytes()
    for table in (after.comments, after.segments):
        assert set(table["theme_version"].to_pylist()) == {themes.version}
    own = {row["id"]: row["themes"] for row in after.comments.to_pylist()}
    assert own["c00"] == [ids[0]] and own["c25"] == ["bill"] and set(own["c40"]) == {ids[0], "bill"}


@pytest.mark.parametrize(
    "make",
    [
        by_two,
        lambda store: split_edit(store.snapshot(), "hold", phrase="hold music", load=load),
        lambda store: move_edit(store.snapshot(), "hold music", "hold", "bill", load=load),
        lambda store: merged,
    ],
    ids=["by k-means", "by a phrase", "moved", "merged"],
)
def test_the_preview_says_what_then_happens_and_undo_brings_all_back(
    store: Store, make: Callable[[Store], Edit]
) -> None:
    before, frames = contents(store), load_frames(store.snapshot())
    edit = make(store)
    told = preview_edit(store.snapshot(), edit, load)
    assert contents(store) == before, "a preview writes nothing"
    edit_themes(store, edit, "ann", load=load)
    after = load_frames(store.snapshot())
    moved = [one != two for one, two in zip(frames.segments["theme"], aligned(after), strict=True)]
    assert told.segments == sum(moved) > 0
    for effect in told.effects:
        assert effect.n_after == sum(effect.theme in own for own in after.comments["themes"])
        assert effect.n_before == sum(effect.theme in own for own in frames.comments["themes"])
    assert {effect.label for effect in told.effects} <= {*frames.themes["label"], *after.themes["label"]}
    edit_themes(store, reg.undo, "ann", load=load)
    assert contents(store) == before


def aligned(frames: object) -> list[str | None]:
    """Themes of the segments in the order in which the store was made."""
    rows = frames.segments.sort_values([*KEY, "segment_no"])  # type: ignore[attr-defined]
    found: list[str | None] = rows["theme"].tolist()
    return found


def test_the_preview_of_a_merge_gives_counts_and_scores(store: Store) -> None:
    told = preview_edit(store.snapshot(), merged, load)
    assert (told.segments, told.comments, told.score) == (30, 30, "nps")
    into, gone = told.effects
    assert (into.label, into.n_before, into.n_after) == ("Hold", 30, 50)
    assert (gone.label, gone.n_before, gone.n_after, gone.score_after) == ("Bill", 30, 0, None)
    answers = [number % 11 for number in range(50)]
    nps = 100 * (sum(a >= 9 for a in answers) - sum(a <= 6 for a in answers)) / 50
    assert into.score_after == pytest.approx(nps) and into.score_before != into.score_after


def test_a_rename_changes_no_comment(store: Store) -> None:
    told = preview_edit(store.snapshot(), lambda t, log, who: reg.rename(t, log, who, "hold", "Waiting"), load)
    assert (told.segments, told.comments, told.effects) == (0, 0, ())


def test_of_two_edits_from_the_same_position_one_is_refused(store: Store) -> None:
    seen = reg.position(theme_log(store.snapshot()))
    said: list[str] = []

    def edit(name: str) -> None:
        try:
            edit_themes(store, lambda t, log, who: reg.rename(t, log, who, "hold", f"By {who}"), name, seen=seen)
        except VocError as refusal:
            said.append(str(refusal))

    workers = [threading.Thread(target=edit, args=(name,)) for name in ("maria", "tom")]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    (event,) = theme_log(store.snapshot())[1:]
    assert themes_of(store).get("hold").label == f"By {event.author}"
    assert len(said) == 1 and f"{event.author} renamed Hold to By {event.author}" in said[0] and "\n" not in said[0]


def test_an_edit_that_is_refused_leaves_the_store_as_it_was(store: Store) -> None:
    before, events = contents(store), theme_log(store.snapshot())
    outdated = by_two(store)
    edit_themes(store, outdated, "ann", load=load)
    edit_themes(store, reg.undo, "ann", load=load)
    with pytest.raises(UsageError, match="changed meanwhile"):
        edit_themes(store, outdated, "bob", seen=1, load=load)
    with pytest.raises(UsageError, match="cannot be merged with itself"):
        edit_themes(store, lambda t, log, who: reg.merge(t, log, who, "hold", "hold"), "bob")
    assert contents(store) == before and theme_log(store.snapshot())[:1] == events


def test_themes_of_another_encoder_are_not_split_and_nothing_is_lost(store: Store) -> None:
    class Other(SubjectEncoder):
        name = "other"

    before = contents(store)
    with pytest.raises(ModelError, match="use that encoder"):
        split_edit(store.snapshot(), "hold", load=Other)
    edit = by_two(store)
    with pytest.raises(ModelError, match="use that encoder"):
        edit_themes(store, edit, "ann", load=Other)
    assert contents(store) == before


def test_a_hidden_theme_is_not_split(store: Store) -> None:
    edit_themes(store, merged, "ann")
    with pytest.raises(UsageError, match="is merged: restore it first"):
        split_edit(store.snapshot(), "bill", load=load)
    with pytest.raises(UsageError, match="is merged: restore it first"):
        move_edit(store.snapshot(), "refund", "bill", "hold", load=load)


def test_what_was_merged_in_is_moved_along(store: Store) -> None:
    edit_themes(store, merged, "ann")
    told = preview_edit(store.snapshot(), split_edit(store.snapshot(), "hold", phrase="refund", load=load), load)
    assert {(effect.label, effect.n_after) for effect in told.effects} == {("Hold", 40), ("Refund", 10)}


def test_an_old_report_can_be_read_by_the_themes_of_its_day(store: Store) -> None:
    then = load_frames(store.snapshot())
    edit_themes(store, by_two(store), "ann", load=load)
    edit_themes(store, lambda t, log, who: reg.rename(t, log, who, "bill", "Wrong charges"), "ann")
    now = store.snapshot()
    past = load_frames(now, stored_themes(now, until=FIRST_DAY + timedelta(days=1)), load)
    assert aligned(past) == aligned(then) != aligned(load_frames(now))
    assert past.themes["label"].tolist() == ["Hold", "Bill"]
    assert sorted(map(str, past.comments["theme_labels"])) == sorted(map(str, then.comments["theme_labels"]))
    with pytest.raises(UsageError, match="first are of 2026-01-05"):
        stored_themes(now, until=FIRST_DAY - timedelta(days=1))


def test_comments_that_come_after_a_split_get_its_parts(store: Store) -> None:
    edit_themes(store, by_two(store), "ann", load=load)
    ids, _ = assign(ENCODER.encode([f"{TEXTS[0]} Again!", f"{TEXTS[15]} Again!"]), themes_of(store))
    labels = themes_of(store).labels()
    assert None not in ids and len({labels[str(one)] for one in ids}) == 2 and "hold" not in ids
    assert np.isin(ids, load_stored(store.snapshot()).segments["theme"].to_pylist()).all()


def test_the_themes_of_a_past_day_are_one_set(store: Store) -> None:
    before = themes_of(store)
    edit_themes(store, by_two(store), "ann", load=load)
    assert themes_of(store).version != before.version
    frames = load_frames(store.snapshot(), before, load)
    assert set(frames.comments["theme_version"].dropna()) == {before.version}


# --- names and headings -----------------------------------------------------------------------


def theme(name: str, **more: str) -> Theme:
    return replace(Theme(name, name, ((1.0, 0.0),), 0.5), **more)


def test_a_heading_has_no_segments_to_merge_move_or_split() -> None:
    over = theme("over")
    made = ThemeSet((over, theme("under", parent="over"), theme("other")), "made-up")
    _, event = reg.record(made, [], "Ada")
    for edit in (
        lambda: reg.merge(made, [event], "Ada", "other", "over"),
        lambda: reg.merge(made, [event], "Ada", "over", "other"),
        lambda: reg.move(made, [event], "Ada", theme("part"), "other", "over"),
        lambda: reg.split(made, [event], "Ada", "over", [theme("part")]),
    ):
        with pytest.raises(UsageError, match="is a heading: name one of the themes under it"):
            edit()


def test_names_steer_no_terminal_and_read_like_no_id() -> None:
    made = ThemeSet((theme("16fb5740-aa", label="App"), theme("other")), "made-up")
    _, event = reg.record(made, [], "Ada")
    renamed, _ = reg.rename(made, [event], "Ada", "other", "two\x1b[31m \u202ered\x07")
    assert renamed.get("other").label == "two [31m red"
    for label in ("x" * 101, "\x07", "16FB5740"):
        with pytest.raises(UsageError):
            reg.rename(made, [event], "Ada", "other", label)
    with pytest.raises(UsageError, match="No edit has the number 99: the last is 1"):
        reg.require_position([event], 99)
