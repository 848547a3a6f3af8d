"""What grew of late among the segments that no theme holds: found where it is planted, silent by chance."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from calling import call, one_line
from subjects import ENCODER, FIRST_DAY, TEXTS, VECTORS, SubjectEncoder, make_store, theme, two_themes

from voc.errors import ModelError, UsageError
from voc.pipeline import add_edit, edit_themes, emerging_themes, stored_themes
from voc.pipeline import emerging as module
from voc.pipeline.theme_edits import theme_log
from voc.store import Store
from voc.themes import ThemeSet, assign
from voc.themes import registry as reg
from voc.themes.candidates import candidates, loose

ONE_THEME = ThemeSet((theme("hold", 0, 1),), ENCODER.name)
LATE = FIRST_DAY + timedelta(days=100)
#: Of 50 comments the last 20 say "double", and are the only ones of the last days.
PLANTED = [FIRST_DAY + timedelta(days=number * 7 % 30) for number in range(30)] + [LATE] * 20


def load() -> SubjectEncoder:
    return ENCODER


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return make_store(tmp_path / "store", ONE_THEME, PLANTED)


def test_what_is_planted_is_found_with_its_figures(store: Store) -> None:
    found = emerging_themes(store.snapshot(), load=load)
    (one,) = found.found
    assert set(one.theme.verbatims) <= set(TEXTS[30:]) and "double" in one.theme.keywords
    assert (one.n_recent, one.n_before, one.share_recent, one.share_before) == (20, 0, 1.0, 0.0)
    assert one.q < 1e-6 and one.low > 1 and one.novelty > 0.2 and one.nearest == "Hold"
    assert one.first_seen == f"{LATE:%Y-%m-%d}"
    assert found.candidates == 2  # the refunds are as large and as new, but did not grow
    assert emerging_themes(store.snapshot(), load=load) == found


def test_before_the_planted_days_nothing_emerges(store: Store) -> None:
    before = emerging_themes(store.snapshot(), as_of=f"{FIRST_DAY + timedelta(days=29):%Y-%m-%d}", days=14, load=load)
    assert before.found == () and before.candidates


def test_what_the_themes_hold_does_not_emerge(tmp_path: Path) -> None:
    known = make_store(tmp_path / "known", two_themes(), PLANTED)
    found = emerging_themes(known.snapshot(), load=load)
    assert all(set(one.theme.verbatims).isdisjoint(TEXTS[30:]) for one in found.found)


def test_dates_dealt_out_by_chance_seldom_make_anything_emerge(tmp_path: Path) -> None:
    draw, named = np.random.default_rng(5), 0
    for number in range(12):
        dates: list[datetime] = [PLANTED[i] for i in draw.permutation(50)]
        shuffled = make_store(tmp_path / str(number), ONE_THEME, dates)
        named += bool(emerging_themes(shuffled.snapshot(), load=load).found)
    assert named <= 2


def test_groups_are_formed_of_loose_segments_and_without_dates() -> None:
    ids, similarity = assign(VECTORS, ONE_THEME)
    rows = loose([*TEXTS[:39], "great!!"], ids, similarity, ONE_THEME)
    assert rows.tolist() == list(range(20, 39))
    found = candidates(VECTORS, rows, np.arange(40), ONE_THEME)
    assert [one.rows.tolist() for one in found] == [list(range(20, 30)), list(range(30, 39))]
    assert candidates(VECTORS, rows, np.zeros(40, dtype=int), ONE_THEME) == []  # one comment is no group
    assert candidates(VECTORS, rows, np.arange(40), ThemeSet((theme("refund", 2),), ENCODER.name))[0].rows[0] == 30
    assert candidates(VECTORS, rows[:3], np.arange(40), ONE_THEME) == []


def test_copies_are_one_voice_and_many_segments_are_drawn_from(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_SEGMENTS", 16)
    found = emerging_themes(store.snapshot(), load=load)
    assert found.segments <= 16 and found == emerging_themes(store.snapshot(), load=load)


def test_an_adopted_theme_holds_its_comments_and_can_be_undone(store: Store) -> None:
    (one,) = emerging_themes(store.snapshot(), load=load).found
    before = stored_themes(store.snapshot())
    edit_themes(store, add_edit(one.theme), "ann", load=load)
    log, segments = theme_log(store.snapshot()), store.snapshot().segments()
    assert set(segments["theme"].to_pylist()).issuperset({one.theme.id, "hold"})
    assert segments["theme"].to_pylist().count(one.theme.id) == 20
    assert reg.told(log)[log[-1].seq] == f"added {one.theme.label}"
    assert emerging_themes(store.snapshot(), load=load).found == ()
    with pytest.raises(UsageError, match="there already"):
        edit_themes(store, add_edit(one.theme), "ann", load=load)
    edit_themes(store, reg.undo, "ann", load=load)
    assert stored_themes(store.snapshot()) == before


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda s: emerging_themes(s, days=0, load=load), "recent_days 0"),
        (lambda s: emerging_themes(s, as_of="soon", load=load), "'soon' is no date"),
    ],
)
def test_what_makes_no_sense_is_refused(store: Store, ask: Callable[[object], object], message: str) -> None:
    with pytest.raises(UsageError, match=message) as refused:
        ask(store.snapshot())
    assert "\n" not in str(refused.value)


def test_without_themes_and_with_another_encoder_it_is_said(tmp_path: Path, store: Store) -> None:
    with pytest.raises(UsageError, match="voc themes discover"):
        emerging_themes(Store.open(tmp_path / "empty", create=True).snapshot(), load=load)
    other = SubjectEncoder()
    other.name = "another"
    with pytest.raises(ModelError, match="use that encoder"):
        emerging_themes(store.snapshot(), load=lambda: other)


def test_one_day_only_is_no_past(tmp_path: Path) -> None:
    told = emerging_themes(make_store(tmp_path / "s", ONE_THEME).snapshot(), load=load)
    assert told.found == () and told.note and not told.candidates


# --- the sample data --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def without_cards(sample_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample store, the theme of the missing SIM cards (story E) taken out: of all, the one with the best F1."""
    from voc.config import samples_folder

    folder = tmp_path_factory.mktemp("emerging") / "store"
    shutil.copytree(sample_store, folder)
    story = json.loads((samples_folder() / "planted.json").read_text())["stories"]["E"]
    own = {*story["response_ids"], *story["review_ids"], *story["post_ids"]}
    opened = Store.open(folder)
    rows = opened.snapshot().comments(["id", "response_id", "themes"]).to_pylist()
    told = Counter(one for row in rows for one in row["themes"] or [])
    of_cards = Counter(one for row in rows if {row["id"], row["response_id"]} & own for one in row["themes"] or [])
    best = max(of_cards, key=lambda one: 2 * of_cards[one] / (told[one] + len(own)))
    edit_themes(opened, lambda themes, log, author: reg.retire(themes, log, author, best), "ann")
    return folder


def test_the_missing_cards_emerge_and_before_them_nothing(
    without_cards: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = call(capsys, "themes", "emerging", "--store", without_cards, "--json")
    document = json.loads(said.out)
    assert said.code == 0 and document["rows"], document
    words = " ".join(word for row in document["rows"] for word in (row["label"], *row["keywords"], *row["verbatims"]))
    assert any(word in words.lower() for word in ("card", "sim"))
    assert all(row["q"] < 0.05 and row["n_recent"] >= 6 and row["novelty"] >= 0.2 for row in document["rows"])
    early = call(capsys, "themes", "emerging", "--store", without_cards, "--as-of", "2026-09-19", "--json")
    assert json.loads(early.out)["rows"] == [] and json.loads(early.out)["candidates"] > 10


def test_the_command_shows_and_adopts(without_cards: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(without_cards, tmp_path / "store")
    assert "no number 9" in one_line(call(capsys, "themes", "emerging", "--store", tmp_path / "store", "--adopt", 9))
    said = call(capsys, "themes", "emerging", "--store", tmp_path / "store", "--adopt", 1)
    assert said.code == 0 and "is a theme now" in said.err and "What emerges" in said.out
    again = call(capsys, "themes", "emerging", "--store", tmp_path / "store")
    assert again.code == 0
