from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voc import schema
from voc.errors import ModelError, UsageError
from voc.themes import Theme, ThemeSet, assign, calibrate, comment_themes, theme_text
from voc.themes import registry as reg
from voc.themes.model import as_prototypes
from voc.themes.rematch import rematch
from voc.themes.wording import says_enough

DIM = 16


def axis(*positions: int) -> np.ndarray:
    vector = np.zeros(DIM)
    vector[list(positions)] = 1.0
    return vector / np.linalg.norm(vector)


def theme(name: str, *positions: int, **rest: object) -> Theme:
    prototypes = as_prototypes([axis(*positions)])
    return Theme(name, name.capitalize(), prototypes, 0.5, **rest)  # type: ignore[arg-type]


@pytest.fixture
def themes() -> ThemeSet:
    small_talk = theme("talk", 5, status="background")
    return ThemeSet((theme("hold", 0), theme("bill", 1), theme("app", 2), small_talk), "toy", ("Acme",))


def vectors(n: int, seed: int = 0) -> np.ndarray:
    found = np.random.default_rng(seed).normal(size=(n, DIM))
    return (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float16)


def test_assign_takes_the_nearest_theme_over_its_threshold(themes: ThemeSet) -> None:
    ids, similarity = assign(np.stack([axis(0), axis(1, 2, 2), axis(9), axis(0, 5, 5, 5)]), themes)
    assert ids[0] == "hold"
    assert ids[1] in {"bill", "app"}
    assert ids[2] is None
    assert similarity[0] == pytest.approx(1.0, abs=1e-3)
    assert similarity.dtype == np.float32


def test_a_segment_nearer_to_small_talk_is_unthemed(themes: ThemeSet) -> None:
    towards_talk = (0.6 * axis(0) + 0.8 * axis(5))[None]
    ids, similarity = assign(towards_talk, themes)
    assert ids == [None]
    assert similarity[0] == pytest.approx(0.6, abs=1e-2)


@settings(max_examples=30, deadline=None)
@given(n=st.integers(1, 600), seed=st.integers(0, 1000))
def test_a_row_alone_equals_the_row_in_a_batch(n: int, seed: int) -> None:
    prototypes = vectors(7, seed + 1).astype(np.float32)
    numbered = [Theme(str(i), str(i), as_prototypes([p]), 0.2) for i, p in enumerate(prototypes)]
    found = ThemeSet(tuple(numbered), "toy")
    rows = vectors(n, seed)
    ids, similarity = assign(rows, found)
    for i in {0, n // 2, n - 1}:
        one, its_similarity = assign(rows[i : i + 1], found)
        assert one == [ids[i]]
        assert its_similarity.tobytes() == similarity[i : i + 1].tobytes()


def test_assign_to_nothing_and_of_nothing(themes: ThemeSet) -> None:
    assert assign(vectors(3), ThemeSet((), "toy"))[0] == [None, None, None]
    assert assign(np.empty((0, DIM)), themes)[0] == []
    with pytest.raises(UsageError, match="prototypes of 16"):
        assign(np.ones((1, 4)), themes)


def test_calibration_puts_the_threshold_between_members_and_others() -> None:
    found = ThemeSet((theme("hold", 0),), "toy")
    near = [np.cos(a) * axis(0) + np.sin(a) * axis(3) for a in (0.1, 0.3, 0.8)]
    far = [np.cos(a) * axis(0) + np.sin(a) * axis(4) for a in (1.2, 1.25, 1.3)]
    fitted = calibrate(found, np.stack([*near, *far]), [0, 0, 0, -1, -1, -1])
    assert assign(np.stack([*near, *far]), fitted)[0] == ["hold"] * 3 + [None] * 3
    with pytest.raises(UsageError):
        calibrate(found, np.stack(near), [0])


def test_comment_themes_are_ordered_by_characters_then_by_reading() -> None:
    assert comment_themes(["a", None, "b", "a", "c"], [10, 90, 25, 10, 20]) == ["b", "a", "c"]
    assert comment_themes([None], [3]) == []


def test_theme_text_masks_whole_names_in_any_case() -> None:
    assert theme_text("ACME's app beats Acmes, thanks acme", ("Acme",)) == (
        "the company app beats Acmes, thanks the company"
    )
    assert theme_text("nothing here", ()) == "nothing here"


@pytest.mark.parametrize(
    ("text", "enough"),
    [
        ("great service, thanks!!", False),
        ("Hello there", False),
        ("Absolutely love them, best ever", False),
        ("They charged my card twice in May", True),
    ],
)
def test_verdicts_and_greetings_found_no_theme(text: str, enough: bool) -> None:
    assert says_enough(text) is enough


def test_round_trips_keep_every_value(themes: ThemeSet, tmp_path: Path) -> None:
    table = themes.to_table()
    assert table.schema.equals(schema.THEMES)
    assert ThemeSet.from_table(table, "toy", ("Acme",)) == themes
    themes.to_folder(tmp_path / "set")
    written = {file.name for file in (tmp_path / "set").iterdir()}
    assert written == {"themes.json", "prototypes.npz", "manifest.json"}
    again = ThemeSet.from_folder(tmp_path / "set")
    assert (again, again.version) == (themes, themes.version)


def test_a_damaged_or_missing_folder_is_refused(themes: ThemeSet, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="voc themes export"):
        ThemeSet.from_folder(tmp_path)
    themes.to_folder(tmp_path)
    with np.load(tmp_path / "prototypes.npz") as arrays:
        np.savez(tmp_path / "prototypes.npz", vectors=arrays["vectors"] * 0.5, owners=arrays["owners"])
    with pytest.raises(ModelError, match="differs from its manifest"):
        ThemeSet.from_folder(tmp_path)
    with pytest.raises(ModelError, match="another"):
        themes.require_encoder("another")


def test_edits_keep_the_version_and_resolve_on_read(themes: ThemeSet) -> None:
    log: list[reg.Event] = []
    edited = themes
    for edit in (
        lambda now: reg.record(now, log, "ann"),
        lambda now: reg.rename(now, log, "ann", "hold", "Waiting on hold"),
        lambda now: reg.merge(now, log, "bob", "app", "hold"),
        lambda now: reg.retire(now, log, "bob", "bill"),
        lambda now: reg.pin(now, log, "bob", "hold"),
    ):
        edited, event = edit(edited)
        log.append(event)
    assert edited.version == themes.version
    assert (edited.resolve("app"), edited.resolve("bill"), edited.resolve("talk")) == ("hold", None, None)
    assert edited.labels() == {"hold": "Waiting on hold", "app": "Waiting on hold"}
    assert reg.replay(log) == edited
    assert [e.action for e in reg.history(log, "app")] == ["discover", "merge"]
    assert reg.from_table(reg.to_table(log)) == log


def test_undo_takes_back_the_last_standing_edit(themes: ThemeSet) -> None:
    _, first = reg.record(themes, [], "ann")
    merged, second = reg.merge(themes, [first], "ann", "app", "bill")
    log = [first, second]
    undone, third = reg.undo(merged, log, "bob")
    assert undone == themes
    assert (third.action, third.undoes) == ("undo", 2)
    with pytest.raises(UsageError, match="Nothing to undo"):
        reg.undo(undone, [*log, third], "bob")


def test_undo_of_an_edit_with_a_later_one_on_the_same_theme_is_refused(themes: ThemeSet) -> None:
    once, first = reg.rename(themes, [], "ann", "hold", "Queue")
    twice, second = reg.rename(once, [first], "ann", "hold", "On hold")
    with pytest.raises(UsageError, match="undo event 2 first"):
        reg.undo(twice, [first, second], "ann", 1)


def test_a_past_set_can_be_rebuilt(themes: ThemeSet) -> None:
    may, june = datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)
    _, first = reg.record(themes, [], "ann", at=may)
    renamed, second = reg.rename(themes, [first], "ann", "bill", "Wrong charges", at=june)
    assert reg.replay([first, second], until=may) == themes
    assert reg.replay([first, second]) == renamed
    with pytest.raises(UsageError, match="later date"):
        reg.replay([first, second], until=datetime(2026, 1, 1, tzinfo=UTC))


def test_impossible_edits_are_refused_in_one_line(themes: ThemeSet) -> None:
    for attempt in (
        lambda: reg.merge(themes, [], "ann", "app", "app"),
        lambda: reg.merge(themes, [], "ann", "app", "talk"),
        lambda: reg.rename(themes, [], "ann", "app", " BILL "),
        lambda: reg.rename(themes, [], "ann", "app", "  "),
        lambda: reg.rename(themes, [], "ann", "nowhere", "New"),
        lambda: reg.restore(themes, [], "ann", "app"),
    ):
        with pytest.raises(UsageError) as failure:
            attempt()
        assert "\n" not in str(failure.value)


def test_rematch_keeps_ids_and_names_that_people_gave() -> None:
    known = (theme("hold", 0), theme("bill", 1, pinned=True), theme("app", 2), theme("gone", 9))
    old = ThemeSet(known, "toy")
    old, event = reg.rename(old, [], "ann", "hold", "Waiting on hold")
    new = ThemeSet((theme("n1", 2), theme("n2", 0), theme("n3", 1), theme("n4", 12)), "toy")
    old_ids, new_ids = zip(
        *[("app", "n1"), ("hold", "n2"), ("bill", "n3"), (None, "n4"), ("gone", None)] * 3, strict=True
    )
    result = rematch(old, new, old_ids, new_ids, renamed=reg.renamed_ids([event]))
    by_id = {t.id: t for t in result.themes.themes}
    assert by_id["hold"].label == "Waiting on hold"
    assert (by_id["app"].label, by_id["bill"].label) == ("N1", "Bill")
    assert (result.new, result.gone) == (("n4",), ("gone",))
    assert set(result.kept) == {"hold", "bill", "app"}


def test_a_renamed_theme_that_nothing_matches_stays() -> None:
    old, _ = reg.rename(ThemeSet((theme("hold", 0), theme("bill", 1)), "toy"), [], "ann", "hold", "On hold")
    result = rematch(old, ThemeSet((theme("n1", 1),), "toy"), ["hold", "bill"], [None, "n1"], renamed=["hold"])
    assert {one.id: one.label for one in result.themes.active} == {"bill": "N1", "hold": "On hold"}
    assert (result.kept, result.gone) == (("bill", "hold"), ())


def test_headings_that_nobody_named_are_called_as_they_are_found_now() -> None:
    def heading(name: str, label: str) -> Theme:
        return Theme(name, label, (), 1.0, description="2 themes: Some, others.")

    def under(name: str, place: int, parent: str) -> Theme:
        return theme(name, place, parent=parent)

    old = ThemeSet(
        (
            *(under("hold", 0, "calls"), under("music", 1, "calls"), heading("calls", "Hold, Music")),
            *(under("bill", 2, "money"), under("fee", 3, "money"), heading("money", "What it costs")),
        ),
        "toy",
    )
    new = ThemeSet(
        (
            *(under("n0", 0, "h0"), under("n1", 1, "h0"), heading("h0", "N0, N1")),
            *(under("n2", 2, "h1"), under("n3", 3, "h1"), heading("h1", "Price")),
        ),
        "toy",
    )
    ids = [["hold", "music", "bill", "fee"], ["n0", "n1", "n2", "n3"]]

    def found(*renamed: str) -> dict[str, tuple[str, str]]:
        result = rematch(old, new, *ids, renamed=renamed)
        return {one.id: (one.label, one.description) for one in result.themes.active if not one.prototypes}

    assert found("music", "money") == {
        "calls": ("N0, Music", "2 themes: N0, Music."),
        "money": ("What it costs", "2 themes: Some, others."),
    }
    assert found()["money"] == ("Price", "2 themes: N2, N3.")


def test_importing_themes_loads_no_heavy_library() -> None:
    code = (
        "import voc.themes, voc.themes.registry, sys;"
        "print(sorted({'bertopic','umap','numba','torch','spacy','pandas','sklearn'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
