"""The store: upserts, commits, snapshots, errors."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from voc.errors import StoreError, UsageError, VocError
from voc.schema import COMMENTS, REJECTS, SEGMENTS, THEME_EVENTS, THEMES
from voc.store import FORMAT, Store, writer
from voc.store.tables import Tables

DIM = 4
Batch = tuple[pa.Table, pa.Table, np.ndarray]


def batch(texts: dict[tuple[str, str], list[str]], model: str = "m1") -> Batch:
    """Comments with their sentences as segments; a vector tells its comment and sentence apart."""
    comments = [
        {
            "dataset": d,
            "id": i,
            "text": " ".join(s),
            "content_hash": " ".join(s),
            "model_version": model,
            "theme_version": "t1",
            "status": "ok",
        }
        for (d, i), s in texts.items()
    ]
    segments: list[dict[str, Any]] = [
        {"dataset": d, "id": i, "segment_no": no, "evidence": sentence, "model_version": model}
        for (d, i), s in texts.items()
        for no, sentence in enumerate(s)
    ]
    vectors = [[float(len(row["evidence"])), float(row["segment_no"]), 0.5, -1.0] for row in segments]
    return (
        pa.Table.from_pylist(comments, schema=COMMENTS),
        pa.Table.from_pylist(segments, schema=SEGMENTS),
        np.array(vectors, dtype=np.float32).reshape(-1, DIM),
    )


def commit(store: Store, *batches: Batch) -> str:
    with store.writer("voc run test") as w:
        for one in batches:
            w.put(*one)
        return w.finish({"batches": len(batches)}, "m1", "t1")


def content(store: Store) -> dict[str, list[Any]]:
    """Everything a reader sees of comments, segments and vectors, in a fixed order."""
    snapshot = store.snapshot()
    keys, vectors = snapshot.vectors()
    rows = zip(keys.to_pylist(), vectors.tolist(), strict=True)
    return {
        "comments": sorted(map(repr, snapshot.comments().to_pylist())),
        "segments": sorted(map(repr, snapshot.segments().to_pylist())),
        "vectors": sorted(map(repr, rows)),
    }


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path / "store", create=True)


HELLO = batch({("shop", "1"): ["The till was closed.", "I left."], ("shop", "2"): ["Lovely staff."]})


# --- reading and writing --------------------------------------------------------------------


def test_a_new_store_reads_as_empty_tables(store: Store) -> None:
    snapshot = store.snapshot()
    assert snapshot.is_empty and snapshot.run is None and not len(snapshot.known())
    assert snapshot.comments().schema.equals(COMMENTS) and snapshot.comments().num_rows == 0
    assert snapshot.segments().num_rows == snapshot.themes().num_rows == snapshot.runs().num_rows == 0
    keys, vectors = snapshot.vectors()
    assert keys.column_names == ["dataset", "id", "segment_no"]
    assert vectors.shape == (0, 0) and vectors.dtype == np.float16
    assert snapshot.query("SELECT count(*) AS n FROM comments").to_pylist() == [{"n": 0}]


def test_what_was_put_is_read_back_after_finish_only(store: Store) -> None:
    with store.writer("voc run shop.csv") as w:
        w.put(*HELLO)
        assert store.snapshot().is_empty
        run_id = w.finish({"new": 2}, "m1", "t1")
    snapshot = store.snapshot()
    assert snapshot.comments().sort_by("id").equals(HELLO[0])
    assert snapshot.segments().sort_by([("id", "ascending"), ("segment_no", "ascending")]).equals(HELLO[1])
    keys, vectors = snapshot.vectors()
    found = {(k["id"], k["segment_no"]): v for k, v in zip(keys.to_pylist(), vectors.tolist(), strict=True)}
    assert vectors.dtype == np.float16 and vectors.shape == (3, DIM)
    assert found[("1", 1)] == [7.0, 1.0, 0.5, -1.0]
    known = snapshot.known()
    assert known.look_up(("shop", "2"), "Lovely staff.") == (True, True)
    assert known.look_up(("shop", "2"), "Other words.") == (False, True) and known.look_up(("shop", "9"), "") is None
    assert snapshot.run is not None
    assert snapshot.run["run_id"] == run_id and snapshot.run["command"] == "voc run shop.csv"
    assert json.loads(snapshot.run["counts"]) == {"new": 2}
    assert snapshot.run["started"] <= snapshot.run["finished"]


def test_a_comment_put_again_loses_its_old_segments_and_vectors(store: Store) -> None:
    commit(store, HELLO)
    commit(store, batch({("shop", "1"): ["Open again."]}, model="m2"))
    snapshot = store.snapshot()
    segments = snapshot.segments(columns=["id", "evidence"], where="id = '1'").to_pylist()
    assert segments == [{"id": "1", "evidence": "Open again."}]
    assert snapshot.comments().num_rows == 2 and len(snapshot.vectors()[1]) == 2


def test_the_later_of_two_batches_in_one_run_wins(store: Store) -> None:
    commit(store, HELLO, batch({("shop", "2"): ["Rude staff.", "Never again."]}))
    segments = store.snapshot().segments(where="id = '2'")
    assert segments["evidence"].to_pylist() == ["Rude staff.", "Never again."]


def test_the_same_id_in_another_dataset_is_another_comment(store: Store) -> None:
    commit(store, HELLO, batch({("forum", "1"): ["Different."]}))
    commit(store, batch({("forum", "1"): ["Changed."]}))
    assert store.snapshot().comments().num_rows == 3
    assert store.snapshot().segments(where="dataset = 'shop'").num_rows == 3


def test_a_comment_without_segments_is_kept(store: Store) -> None:
    commit(store, batch({("survey", "9"): []}))
    snapshot = store.snapshot()
    assert snapshot.comments()["id"].to_pylist() == ["9"] and snapshot.segments().num_rows == 0


def test_a_run_that_wrote_nothing_is_recorded(store: Store) -> None:
    commit(store, HELLO)
    before = store.snapshot()
    commit(store)
    after = store.snapshot()
    assert after.runs().num_rows == 2 and after.versions == before.versions
    assert after.run is not None and after.run["run_id"] != before.run["run_id"]  # type: ignore[index]


def test_a_snapshot_does_not_move(store: Store) -> None:
    commit(store, HELLO)
    old = store.snapshot()
    commit(store, batch({("shop", "1"): ["Open again."], ("shop", "3"): ["New."]}))
    assert old.comments().num_rows == 2 and old.segments().num_rows == 3 and len(old.vectors()[1]) == 3
    assert old.query("SELECT count(*) AS n FROM segments").to_pylist() == [{"n": 3}]
    assert store.snapshot().comments().num_rows == 3


def abandoned(store: Store) -> None:
    """A run that fails after it has written."""
    with store.writer("voc run bad") as w:
        w.put(*batch({("shop", "1"): ["Half."], ("shop", "7"): ["Written."]}))
        w.replace_themes(theme_rows("Half"))
        raise KeyError("somewhere else")


def test_leaving_without_finish_changes_nothing_and_is_rolled_back(store: Store) -> None:
    commit(store, HELLO)
    before = content(store)
    with pytest.raises(KeyError, match="somewhere else"):
        abandoned(store)
    assert content(store) == before
    commit(store)
    assert content(store) == before and store.snapshot().themes().num_rows == 0


def test_an_unfinished_first_run_leaves_no_vectors_of_its_size(store: Store) -> None:
    with store.writer("voc run") as w:
        w.put(HELLO[0], HELLO[1], np.zeros((3, 9)))
    commit(store, HELLO)
    assert store.snapshot().vectors()[1].shape == (3, DIM)


def test_a_closed_writer_accepts_nothing(store: Store) -> None:
    with store.writer("voc run") as w:
        w.finish({}, "m1", None)
        with pytest.raises(RuntimeError, match="closed"):
            w.put(*HELLO)
    with store.writer("voc run") as left:
        pass
    with pytest.raises(RuntimeError, match="closed"):
        left.finish({}, "m1", None)


_WORDS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=8)
_TEXTS = st.dictionaries(st.tuples(_WORDS, _WORDS), st.lists(_WORDS, max_size=3), min_size=1, max_size=4)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(first=_TEXTS, second=_TEXTS)
def test_putting_the_same_rows_twice_leaves_the_same_tables(first: Any, second: Any) -> None:
    folder = tempfile.mkdtemp()
    try:
        store = Store.open(f"{folder}/store", create=True)
        commit(store, batch(first), batch(second))
        once = content(store)
        expected = batch({**first, **second})
        assert once["comments"] == sorted(map(repr, expected[0].to_pylist()))
        assert once["segments"] == sorted(map(repr, expected[1].to_pylist()))
        assert len(once["vectors"]) == expected[1].num_rows
        commit(store, batch({**first, **second}))
        assert content(store) == once
    finally:
        shutil.rmtree(folder)


# --- themes, events, rejects ----------------------------------------------------------------


def theme_rows(*labels: str) -> pa.Table:
    rows = [{"id": label.lower(), "label": label, "prototypes": [[0.5] * DIM]} for label in labels]
    return pa.Table.from_pylist(rows, schema=THEMES)


def event_rows(*seqs: int) -> pa.Table:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    return pa.Table.from_pylist([{"seq": s, "at": at, "action": "rename"} for s in seqs], schema=THEME_EVENTS)


def test_themes_are_replaced_and_events_appended(store: Store) -> None:
    for labels, seq in ((("Waiting", "Price"), 1), (("Waiting",), 2)):
        with store.writer("voc themes") as w:
            w.replace_themes(theme_rows(*labels))
            w.append_events(event_rows(seq))
            w.finish({}, "m1", "t1")
    snapshot = store.snapshot()
    assert snapshot.themes().equals(theme_rows("Waiting"))
    assert snapshot.events().equals(event_rows(1, 2))


def test_an_event_number_that_is_taken_is_refused(store: Store) -> None:
    with store.writer("voc themes") as w:
        w.append_events(event_rows(1))
        with pytest.raises(StoreError, match="edit 1 is already in the log"):
            w.append_events(event_rows(1))


def test_the_same_reject_is_stored_once(store: Store) -> None:
    row = {"file": "a.csv", "row": 3, "line": 4, "reason": "score off its scale", "content": "11"}
    other = {**row, "row": None, "line": None, "content": None}
    rejects = pa.Table.from_pylist([row, row, other], schema=REJECTS)
    ids = []
    for table in (rejects, rejects.drop_columns(["run_id"])):
        with store.writer("voc run") as w:
            w.append_rejects(table)
            ids.append(w.finish({}, "m1", None))
    stored = store.snapshot().rejects().to_pylist()
    assert stored == [{**row, "run_id": ids[0]}, {**other, "run_id": ids[0]}]


# --- asking --------------------------------------------------------------------------------


def test_query_answers_sql_over_the_tables(store: Store) -> None:
    commit(store, HELLO)
    sql = """
        SELECT c.id, count(*) AS segments, min(date_trunc('month', r.finished)) AS month
        FROM comments c JOIN segments s USING (dataset, id) CROSS JOIN runs r GROUP BY 1 ORDER BY 1
    """
    rows = store.snapshot().query(sql).to_pylist()
    assert [(row["id"], row["segments"]) for row in rows] == [("1", 2), ("2", 1)]
    assert rows[0]["month"].day == 1


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("SELEC 1", "syntax error"),
        ("SELECT * FROM elsewhere", "elsewhere does not exist"),
        ("SELECT * FROM read_csv('/etc/hosts')", "Permission"),
        ("CREATE TABLE mine (a INT)", "not one SELECT"),
    ],
)
def test_query_refuses_in_one_line(store: Store, sql: str, says: str) -> None:
    with pytest.raises(UsageError, match=says) as caught:
        store.snapshot().query(sql)
    assert "\n" not in str(caught.value)


def test_unknown_columns_and_bad_conditions_are_named(store: Store) -> None:
    commit(store, HELLO)
    snapshot = store.snapshot()
    with pytest.raises(UsageError, match="no column mood; columns: dataset, id"):
        snapshot.comments(columns=["id", "mood"])
    with pytest.raises(UsageError, match="No field named mood"):
        snapshot.segments(where="mood = 1")
    with pytest.raises(UsageError, match="parser error"):
        snapshot.comments(where="id = ")


# --- rows that do not fit ---------------------------------------------------------------------


def test_put_refuses_rows_that_do_not_fit_together(store: Store) -> None:
    comments, segments, vectors = HELLO
    with store.writer("voc run") as w:
        with pytest.raises(ValueError, match="same dataset, id in"):
            w.put(pa.concat_tables([comments, comments]), segments, vectors)
        with pytest.raises(ValueError, match="same dataset, id, segment_no"):
            w.put(comments, pa.concat_tables([segments, segments]), np.vstack([vectors, vectors]))
        with pytest.raises(ValueError, match="2 segments belong to none"):
            w.put(comments.slice(1), segments, vectors)
        with pytest.raises(ValueError, match="2 vectors for 3 segments"):
            w.put(comments, segments, vectors[:2])
        with pytest.raises(ValueError, match="without dataset, id"):
            w.put(pa.Table.from_pylist([{"id": "1"}], schema=COMMENTS), segments[:0], vectors[:0])
        with pytest.raises(ValueError, match="float16 cannot"):
            w.put(comments, segments, vectors * 1e6)
        w.finish({}, "m1", None)
    assert store.snapshot().is_empty


def test_vectors_of_another_length_are_refused(store: Store) -> None:
    commit(store, HELLO)
    with store.writer("voc run") as w, pytest.raises(StoreError, match="vectors of 4 numbers, these have 6"):
        w.put(HELLO[0], HELLO[1], np.zeros((3, 6)))


# --- opening ----------------------------------------------------------------------------------


def one_line(error: pytest.ExceptionInfo[VocError]) -> str:
    text = str(error.value)
    assert "\n" not in text
    return text


def test_opening_what_is_not_there_or_not_a_store(tmp_path: Path) -> None:
    with pytest.raises(StoreError) as caught:
        Store.open(tmp_path / "nowhere")
    assert one_line(caught).startswith("no store at") and not (tmp_path / "nowhere").exists()
    (tmp_path / "notes.txt").write_text("hello")
    for create in (False, True):
        for path in (tmp_path, tmp_path / "notes.txt"):
            with pytest.raises(StoreError, match=r"is not a store|cannot create") as caught:
                Store.open(path, create=create)
            assert str(path) in one_line(caught)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["notes.txt"]


def test_opening_again_keeps_what_is_there(tmp_path: Path) -> None:
    commit(Store.open(tmp_path / "new" / "store", create=True), HELLO)
    again = Store.open(tmp_path / "new" / "store", create=True)
    assert again.snapshot().comments().num_rows == 2
    assert Store.open(f"file://{tmp_path}/new/store").snapshot().comments().num_rows == 2


@pytest.mark.parametrize(("found", "advice"), [(FORMAT + 1, "update voc"), (FORMAT - 1, "new store")])
def test_another_format_is_named(store: Store, found: int, advice: str) -> None:
    Path(store.path, "store.json").write_text(json.dumps({"format": found}))
    with pytest.raises(StoreError, match=f"has format {found}, .* reads {FORMAT}.*{advice}") as caught:
        Store.open(store.path)
    one_line(caught)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": null}', '{"format": "one"}', "\x00"])
def test_a_damaged_marker_is_named(store: Store, text: str) -> None:
    Path(store.path, "store.json").write_text(text)
    with pytest.raises(StoreError, match=r"damaged: store\.json") as caught:
        Store.open(store.path)
    one_line(caught)


def test_missing_tables_and_files_are_damage(store: Store) -> None:
    commit(store, HELLO)
    for data_file in Path(store.path, "comments.lance", "data").iterdir():
        data_file.unlink()
    with pytest.raises(StoreError, match="cannot read comments") as caught:
        store.snapshot().comments()
    one_line(caught)
    shutil.rmtree(Path(store.path, "segments.lance"))
    with pytest.raises(StoreError, match="damaged: table segments is missing") as caught:
        Store.open(store.path)
    one_line(caught)


def test_a_second_writer_is_told_who_writes(store: Store) -> None:
    with store.writer("voc run a.csv") as w:
        says = r"being written by `voc run a.csv` \(process \d+ on"
        with pytest.raises(StoreError, match=says) as caught, store.writer("voc run b.csv", timeout=0.1):
            raise AssertionError("two writers at once")
        one_line(caught)
        w.finish({}, "m1", None)
    commit(store, HELLO)
    assert store.snapshot().runs().num_rows == 2


def test_a_folder_that_cannot_be_written_is_named(store: Store) -> None:
    Path(store.path, "writer.json.part").mkdir()  # in the way of the holder's note, whoever runs the test
    with pytest.raises(StoreError, match="cannot write to the store") as caught, store.writer("voc run"):
        raise AssertionError("a writer without its note")
    one_line(caught)
    Path(store.path, "writer.json.part").rmdir()
    commit(store, HELLO)
    assert store.snapshot().comments().num_rows == 2


def test_the_store_module_does_not_load_lancedb() -> None:
    code = "import sys, voc.store; print({'lancedb', 'duckdb', 'pandas'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


# --- housekeeping -------------------------------------------------------------------------------


def test_many_small_commits_are_compacted_and_old_snapshots_stay(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "SMALL_FRAGMENTS", 3)
    snapshots = []
    for i in range(9):
        commit(store, batch({("shop", str(i)): [f"Comment {i}."]}))
        snapshots.append(store.snapshot())
    assert [s.comments().num_rows for s in snapshots] == list(range(1, 10))
    assert [s.segments().num_rows for s in snapshots] == list(range(1, 10))
    tables = Tables(store.path)
    assert max(tables.small_fragments(name) for name in ("comments", "segments", "segment_vectors", "runs")) <= 4


def test_the_parts_of_a_large_run_are_not_merged(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "SMALL_FRAGMENTS", 3)
    monkeypatch.setattr("voc.store.tables.FEW_ROWS", 20)
    commit(store, *(batch({("shop", f"{i}-{n}"): [f"Comment {n}."] for n in range(25)}) for i in range(6)))
    before = store.snapshot().versions["comments"]
    commit(store, batch({("shop", "one more"): ["Comment."]}))
    assert store.snapshot().versions["comments"] == before + 1
    assert store.snapshot().comments().num_rows == 151


def test_versions_are_freed_only_when_no_recent_snapshot_needs_them(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "SMALL_FRAGMENTS", 1)
    snapshots = []
    for i in range(4):
        commit(store, batch({("shop", str(i)): [f"Comment {i}."]}))
        snapshots.append(store.snapshot())
        if i == 2:
            time.sleep(1.1)  # versions less than a second apart are kept together
    monkeypatch.setattr(writer, "KEEP", timedelta(0))
    # Run 4 was the one to read until now: it stays, what came before it goes.
    commit(store, batch({("shop", "4"): ["One."], ("shop", "5"): ["Two."]}), batch({("shop", "6"): ["Three."]}))
    assert snapshots[3].comments().num_rows == 4
    with pytest.raises(StoreError, match="cannot read comments"):
        snapshots[0].comments()
    assert store.snapshot().comments().num_rows == 7
