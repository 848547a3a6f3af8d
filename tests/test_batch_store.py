"""Batch jobs into and out of stores: one commit, only what is new or changed, re-tagging that keeps what was there."""

from __future__ import annotations

import importlib
import json
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import psutil
import pytest
from batch_taggers import DEADLY, FAILING, QuickTagger
from calling import call, one_line
from test_batch import kill, options, parts_in, rows_of, start, wait_for, write

from voc.batch import Summary, run_batch
from voc.errors import InputError, StoreError, UsageError
from voc.store import Store, Writer

Capsys = pytest.CaptureFixture[str]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write(tmp_path / "reviews.csv", 60)


def run(source: Path, store: Path, **more: Any) -> Summary:
    return run_batch([str(source)], f"store:{store}", options(**{"workers": 1, **more}))


def retag(store: Path, **more: Any) -> Summary:
    return run_batch([str(store)], None, options(**{"workers": 1, "retag": True, **more}))


def assert_whole(store: Path, count: int, model: str = "quick-1") -> None:
    """Each comment once, with its one segment and vector, all of one model; nothing is left beside the tables."""
    snapshot = Store.open(store).snapshot()
    comments = snapshot.comments(["id", "text", "model_version"]).to_pylist()
    assert sorted(row["id"] for row in comments) == sorted(f"k{i}" for i in range(count))
    assert {row["model_version"] for row in comments} == {model}
    texts = {row["id"]: row["text"] for row in comments if row["text"]}
    assert {row["id"]: row["end"] for row in snapshot.segments().to_pylist()} == {i: len(t) for i, t in texts.items()}
    keys, vectors = snapshot.vectors()
    assert {k: v[0] for k, v in zip(keys["id"].to_pylist(), vectors.tolist(), strict=True)} == {
        i: len(text) for i, text in texts.items()
    }
    assert not (store / "_parts").exists()


def test_all_comments_come_at_once_and_the_run_says_what_they_are(source: Path, tmp_path: Path) -> None:
    summary = run(source, tmp_path / "store")
    assert (summary.new_parts, summary.tagged, summary.by_status) == (6, 60, {"ok": 60})
    assert_whole(tmp_path / "store", 60)
    (row,) = Store.open(tmp_path / "store").snapshot().runs().to_pylist()
    counts = json.loads(row["counts"])
    assert row["command"] == "voc batch reviews.csv" and row["model_version"] == "quick-1"
    assert counts["files"][0]["new"] == 60 and counts["parts"] == 6 and counts["set_aside"] == 0


def test_of_a_grown_export_only_new_and_changed_comments_are_tagged(source: Path, tmp_path: Path) -> None:
    run(source, tmp_path / "store")
    grown = write(source, 72).read_text().replace("Number 5:", "Number 5 told otherwise:")
    source.write_text(grown)
    # The store is known by what is in it, without the prefix.
    summary = run_batch([str(source)], str(tmp_path / "store"), options(workers=1))
    assert (summary.tagged, summary.new_parts) == (13, 2)
    assert_whole(tmp_path / "store", 72)
    changed = Store.open(tmp_path / "store").snapshot().comments(["text"], where="id = 'k5'")["text"].to_pylist()
    assert "told otherwise" in changed[0]
    assert run(source, tmp_path / "store").tagged == 0


def test_an_export_whose_columns_were_renamed_is_noticed(tmp_path: Path) -> None:
    words = "parcel refund adviser signal bill counter shop app price staff queue letter phone box van door".split()
    said = {i: " ".join(Random(i).sample(words, 9)) for i in range(24)}
    run(write(tmp_path / "reviews.csv", 12, said), tmp_path / "store")
    assert run(write(tmp_path / "reviews.csv", 18, said), tmp_path / "store").notes == ()
    (note,) = run(write(tmp_path / "reviews.csv", 18, said, column="remark"), tmp_path / "store").notes
    assert note.startswith("most of the 18 new comments of the data set") and "--dataset" in note


def test_rows_that_cannot_be_tagged_are_kept_apart_and_not_tried_every_night(tmp_path: Path) -> None:
    source = write(tmp_path / "reviews.csv", 30, {7: FAILING, 14: DEADLY})
    assert run(source, tmp_path / "store").by_status == {"ok": 28, "rejected": 2}
    snapshot = Store.open(tmp_path / "store").snapshot()
    rejects = snapshot.rejects().to_pylist()
    assert sorted(row["reason"] for row in rejects) == [
        "cannot be tagged: it raises ValueError",
        "cannot be tagged: its worker died over it",
    ]
    assert FAILING not in str(rejects) and snapshot.run is not None and rejects[0]["run_id"] == snapshot.run["run_id"]
    assert_whole(tmp_path / "store", 30)
    assert run(source, tmp_path / "store").tagged == 0


def test_a_job_that_falls_shows_nothing_and_goes_on(tmp_path: Path) -> None:
    source, store = write(tmp_path / "reviews.csv", 200), tmp_path / "store"
    driver = start(source, Path(f"store:{store}"), seconds=0.01)
    staged = store / "_parts"
    wait_for(lambda: parts_in(staged) >= 5)
    # A worker that was at a part commits it before it ends.
    psutil.wait_procs(kill(driver), timeout=120)
    left = parts_in(staged)
    assert Store.open(store).snapshot().is_empty
    summary = run(source, store)
    assert summary.new_parts == 20 - left and summary.rows == 200
    assert_whole(store, 200)


def test_a_fall_in_the_commit_costs_no_tagging_unless_the_model_changed(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = tmp_path / "store"
    monkeypatch.setattr(Writer, "finish", lambda *arguments: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        run(source, store)
    assert parts_in(store / "_parts") == 6 and Store.open(store).snapshot().is_empty
    with pytest.raises(ZeroDivisionError):
        run(source, store, load=partial(QuickTagger, model_version="quick-2"))
    monkeypatch.undo()
    summary = run(source, store, load=partial(QuickTagger, model_version="quick-2"))
    assert (summary.tagged, summary.rows) == (0, 60)
    assert_whole(store, 60, "quick-2")


def test_another_writer_waits_or_stops_with_a_sentence(source: Path, tmp_path: Path) -> None:
    slow = start(source, Path(f"store:{tmp_path / 'store'}"), seconds=0.05)
    try:
        wait_for(lambda: parts_in(tmp_path / "store" / "_parts") >= 1)
        with (
            pytest.raises(StoreError, match=r"is being written by `voc batch reviews.csv`"),
            Store.open(tmp_path / "store").writer("test", timeout=0),
        ):
            pass
    finally:
        kill(slow)


# --- out of a store -----------------------------------------------------------------------------


def test_retagging_is_asked_for_and_keeps_the_tags_before(source: Path, tmp_path: Path) -> None:
    store, other = tmp_path / "store", partial(QuickTagger, model_version="quick-2")
    run(source, store)
    first = Store.open(store).snapshot().run
    assert first is not None
    with pytest.raises(UsageError, match="voc batch STORE --retag"):
        run_batch([str(store)], None, options())
    assert run(source, store, load=other).tagged == 0
    summary = retag(store, load=other)
    assert (summary.tagged, summary.parts, summary.model_version) == (60, 6, "quick-2")
    assert_whole(store, 60, "quick-2")
    before = Store.open(store).snapshot(first["run_id"])
    assert set(before.comments(["model_version"])["model_version"].to_pylist()) == {"quick-1"}
    *_, last = Store.open(store).snapshot().runs().to_pylist()
    assert json.loads(last["counts"])["retagged"] == {"quick-1": 60}
    assert retag(store, load=other).tagged == 0
    with pytest.raises(UsageError, match="No run 'nothing'"):
        Store.open(store).snapshot("nothing")


def test_a_store_is_tagged_into_a_folder(source: Path, tmp_path: Path) -> None:
    run(source, tmp_path / "store")
    run_batch([str(tmp_path / "store")], str(tmp_path / "out"), options(workers=1))
    rows = rows_of(tmp_path / "out")
    assert len({row["id"] for row in rows}) == len(rows) == 60
    assert {row["score"] for row in rows} == {"1.0", "2.0", "3.0", "4.0", "5.0"}


def test_what_does_not_fit_is_said(source: Path, tmp_path: Path) -> None:
    store = tmp_path / "store"
    Store.open(store, create=True)
    with pytest.raises(UsageError, match="A store assigns its own themes"):
        run(source, store, themes="shop")
    with pytest.raises(InputError, match="The store is empty"):
        retag(store)
    with pytest.raises(UsageError, match="voc batch STORE --retag"):
        run_batch([str(source)], str(store), options(retag=True))
    with pytest.raises(UsageError, match="no job leads"):
        run_batch([str(store)], f"store:{tmp_path / 'other'}", options())
    with pytest.raises(InputError, match="no such file"):
        run(tmp_path / "nowhere.csv", tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_voc_run_wants_files_or_retag(source: Path, tmp_path: Path, capsys: Capsys) -> None:
    assert "or give --retag" in one_line(call(capsys, "run", "--store", tmp_path / "store"))
    assert "or give --retag" in one_line(call(capsys, "run", source, "--retag", "--store", tmp_path / "store"))


def test_voc_run_tags_anew_when_asked(
    source: Path, tmp_path: Path, capsys: Capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = tmp_path / "store"
    run(source, store)
    for name in ("run", "retag"):
        module = importlib.import_module(f"voc.pipeline.{name}")
        monkeypatch.setattr(module, "load_tagger", lambda **named: QuickTagger(model_version="quick-2"))
    said = call(capsys, "run", write(tmp_path / "reviews.csv", 61), "--store", store)
    assert said.code == 0 and "60 stored comments have tags of another model" in said.err
    document = json.loads(call(capsys, "run", "--retag", "--store", store, "--json").out)
    assert (document["comments"], document["before"]) == (60, {"quick-1": 60})
    assert_whole(store, 61, "quick-2")
    assert "has tags of quick-2 already" in call(capsys, "run", "--retag", "--store", store).err
