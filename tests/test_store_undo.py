"""``voc runs undo``: the store as it was before a run, and back again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from calling import call, one_line
from test_store import batch, commit, content, store  # noqa: F401

from voc.errors import UsageError
from voc.store import Store, standing, undo_run

Capsys = pytest.CaptureFixture[str]


def grow(store: Store, *ids: str) -> list[str]:  # noqa: F811
    """One run for each id; what a run changes: a new comment, and the words of the first."""
    return [commit(store, batch({("d", ids[0]): [f"Told with {one}."], ("d", one): [f"Words of {one}.", "More."]}))
            for one in ids]  # fmt: skip


def stand(store: Store) -> tuple[str, ...]:  # noqa: F811
    return standing(store.snapshot().runs().to_pylist())


def test_a_run_is_taken_back_and_had_back(store: Store) -> None:  # noqa: F811
    first = grow(store, "a", "b")
    before = content(store)
    (third,) = grow(store, "c")
    after = content(store)
    done = undo_run(store)
    assert (done.undone, done.restored, done.comments) == ((third,), (), 2)
    assert content(store) == before and stand(store) == tuple(first)
    again = undo_run(store, done.run_id)
    assert (again.undone, again.restored) == ((), (third,))
    assert content(store) == after and stand(store) == (*first, third)


def test_one_after_the_other_down_to_nothing_and_on(store: Store) -> None:  # noqa: F811
    runs = grow(store, "a", "b", "c")
    assert [undo_run(store).undone for _ in runs] == [(run,) for run in reversed(runs)]
    assert store.snapshot().is_empty and store.snapshot().vectors()[1].shape == (0, 4) and stand(store) == ()
    with pytest.raises(UsageError, match="that could be taken back"):
        undo_run(store)
    grow(store, "d")
    assert store.snapshot().count("comments") == 1 and store.snapshot().runs().num_rows == 7


def test_what_came_after_goes_too_when_that_is_meant(store: Store) -> None:  # noqa: F811
    runs = grow(store, "a", "b", "c")
    with pytest.raises(UsageError, match=f"2 later .* with {runs[0]} .*--later"):
        undo_run(store, runs[0])
    assert undo_run(store, runs[0], later=True).undone == tuple(reversed(runs))
    with pytest.raises(UsageError, match="taken back already"):
        undo_run(store, runs[1], later=True)
    with pytest.raises(UsageError, match="No run 'nothing'"):
        undo_run(store, "nothing")


def test_an_undoing_that_falls_changes_nothing(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    grow(store, "a", "b")
    before = content(store)
    monkeypatch.setattr("voc.store.writer.Writer.finish", lambda *arguments: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        undo_run(store)
    monkeypatch.undo()
    assert content(store) == before
    grow(store, "c")
    assert store.snapshot().count("comments") == 3


def test_a_state_that_is_no_longer_kept_is_said(store: Store) -> None:  # noqa: F811
    grow(store, "a")
    earlier = store.snapshot()
    earlier.__dict__["versions"] = dict.fromkeys(earlier.versions, 10_000)
    with store.writer("test") as writer, pytest.raises(UsageError, match="no longer kept"):
        writer.go_back(earlier)


def test_the_command_line(store: Store, capsys: Capsys) -> None:  # noqa: F811
    first, second = grow(store, "a", "b")
    place = Path(store.path)
    said = call(capsys, "runs", "undo", "--store", place)
    assert said.code == 0 and f"{second} taken back; the store holds 1 comments" in said.err and not said.out
    listed = json.loads(call(capsys, "runs", "list", "--store", place, "--json").out)["runs"]
    assert [run["stands"] for run in listed] == [False, False, True]
    table = call(capsys, "runs", "list", "--store", place).out
    assert "an undoing" in table and "taken back" in table
    document = json.loads(call(capsys, "runs", "undo", listed[0]["run_id"], "--store", place, "--json").out)
    assert (document["undone"], document["restored"], document["comments"]) == ([], [second], 2)
    assert "--later" in one_line(call(capsys, "runs", "undo", first, "--store", place))
