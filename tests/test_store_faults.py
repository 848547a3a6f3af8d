"""Killed writers, writers that take turns and readers that look on: real processes.

Every run writes one *generation*: the same comments with as many segments as the generation is
odd or even, all marked with its number. A reader that sees two numbers has seen half a run.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from voc.schema import COMMENTS, SEGMENTS, THEMES
from voc.store import Snapshot, Store, Writer
from voc.store.tables import Tables

COMMENT_COUNT = 40
WAIT = 60.0


def write_generation(store: Store, number: int, dataset: str = "shop") -> None:
    mark = str(number)
    with store.writer(f"generation {number}", timeout=WAIT) as w:
        for half in (range(COMMENT_COUNT // 2), range(COMMENT_COUNT // 2, COMMENT_COUNT)):
            ids = [f"c{i}" for i in half]
            comments = [{"dataset": dataset, "id": i, "content_hash": mark} for i in ids]
            segments = [
                {"dataset": dataset, "id": i, "segment_no": no, "model_version": mark}
                for i in ids
                for no in range(1 + number % 2)
            ]
            w.put(
                pa.Table.from_pylist(comments, schema=COMMENTS),
                pa.Table.from_pylist(segments, schema=SEGMENTS),
                np.full((len(segments), 3), number, dtype=np.float16),
            )
        w.replace_themes(pa.Table.from_pylist([{"id": "t", "label": mark}], schema=THEMES))
        w.finish({"generation": number}, mark, mark)


def seen_generation(snapshot: Snapshot, dataset: str = "shop") -> int:
    """The one number a snapshot shows; fails where it shows two or the wrong number of rows."""
    comments = snapshot.comments(["content_hash"], f"dataset = '{dataset}'")["content_hash"].to_pylist()
    segments = snapshot.segments(["model_version"], f"dataset = '{dataset}'")["model_version"].to_pylist()
    keys, vectors = snapshot.vectors()
    mine = vectors[np.array([d == dataset for d in keys["dataset"].to_pylist()], dtype=bool)]
    numbers = {*map(int, comments), *map(int, segments), *map(int, np.unique(mine))}
    assert len(numbers) == 1, f"a mix of generations {sorted(numbers)}"
    (number,) = numbers
    assert len(comments) == COMMENT_COUNT
    assert len(segments) == len(mine) == COMMENT_COUNT * (1 + number % 2)
    return number


def start(*arguments: object) -> subprocess.Popen[str]:
    """This file as a program of its own (see ``main``)."""
    root = str(Path(__file__).parents[1])
    return subprocess.Popen(
        [sys.executable, __file__, *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": root},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(child: subprocess.Popen[str]) -> tuple[int, str]:
    try:
        _, complaints = child.communicate(timeout=WAIT)
    finally:
        child.kill()
    return child.returncode, complaints


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store.open(tmp_path / "store", create=True)
    write_generation(store, 0)
    return store


def check_next_writer(store: Store, themes: list[str]) -> None:
    """The next run starts from what is committed, then adds its own and nothing else."""
    before = seen_generation(store.snapshot())
    with store.writer("nothing", timeout=5.0) as w:
        w.finish({}, "m", "t")
    assert seen_generation(store.snapshot()) == before
    assert store.snapshot().themes()["label"].to_pylist() == themes
    write_generation(store, 8)
    assert seen_generation(store.snapshot()) == 8


# A run of one generation takes 2 × (comments, 2 deletions, segments, vectors), themes, runs = 12 steps.
@pytest.mark.parametrize("step", [1, 2, 4, 5, 6, 9, 11, 12])
def test_killed_before_a_step_of_the_run(store: Store, step: int) -> None:
    code, complaints = finish(start("die-at", store.path, step))
    assert code == -signal.SIGKILL, complaints
    assert seen_generation(store.snapshot()) == 0
    check_next_writer(store, ["0"])


def test_killed_right_after_the_commit(store: Store) -> None:
    code, complaints = finish(start("die-after-commit", store.path))
    assert code == -signal.SIGKILL, complaints
    assert seen_generation(store.snapshot()) == 1
    check_next_writer(store, ["1"])


def test_killed_while_the_next_writer_rolls_back(store: Store) -> None:
    assert finish(start("die-at", store.path, 12))[0] == -signal.SIGKILL
    assert finish(start("die-at", store.path, 2, "restore"))[0] == -signal.SIGKILL
    assert seen_generation(store.snapshot()) == 0
    check_next_writer(store, ["0"])


@pytest.mark.parametrize("delay", [0.0, 0.004, 0.011, 0.023, 0.041, 0.07])
def test_killed_from_outside_at_any_moment(store: Store, delay: float) -> None:
    with start("generations", store.path, 1, 1000) as child:  # leaving it waits and closes the pipes
        try:
            assert child.stdout is not None and child.stdout.readline() == "ready\n"
            time.sleep(0.3 + delay)
        finally:
            child.kill()
    assert child.returncode == -signal.SIGKILL
    last = seen_generation(store.snapshot())
    check_next_writer(store, [str(last)])


@pytest.mark.parametrize("step", [1, 4, 6])
def test_killed_while_the_store_is_made(tmp_path: Path, step: int) -> None:
    code, complaints = finish(start("die-at", tmp_path / "new", step, "create"))
    assert code == -signal.SIGKILL, complaints
    store = Store.open(tmp_path / "new", create=True)
    assert store.snapshot().is_empty
    write_generation(store, 1)
    assert seen_generation(store.snapshot()) == 1


def test_two_writers_taking_turns_lose_nothing(store: Store) -> None:
    children = [start("generations", store.path, 1, 7, dataset) for dataset in ("forum", "survey")]
    for child in children:
        code, complaints = finish(child)
        assert code == 0, complaints
    snapshot = store.snapshot()
    assert [seen_generation(snapshot, name) for name in ("shop", "forum", "survey")] == [0, 6, 6]
    assert snapshot.runs().num_rows == 1 + 2 * 6


def test_a_reader_sees_whole_runs_in_their_order(store: Store) -> None:
    child = start("generations", store.path, 1, 16)
    seen = [seen_generation(store.snapshot())]
    while child.poll() is None:
        seen.append(seen_generation(store.snapshot()))
    assert finish(child)[0] == 0
    seen.append(seen_generation(store.snapshot()))
    assert seen == sorted(seen) and seen[0] == 0 and seen[-1] == 15
    assert len(set(seen)) > 2


# --- the other process ------------------------------------------------------------------------


def die_before(step: int, verbs: tuple[str, ...]) -> None:
    """Make this process kill itself just before the ``step``-th call of one of ``verbs``."""
    calls = 0

    def deadly(verb: str) -> None:
        method = getattr(Tables, verb)

        def call(self: Tables, *args: object, **kwargs: object) -> object:
            nonlocal calls
            calls += 1
            if calls == step:
                os.kill(os.getpid(), signal.SIGKILL)
            return method(self, *args, **kwargs)

        setattr(Tables, verb, call)

    for verb in verbs:
        deadly(verb)


def main(task: str, path: str, first: str = "0", *rest: str) -> None:
    if task == "die-at" and rest == ("create",):
        die_before(int(first), ("create",))
        Store.open(path, create=True)
    elif task == "die-at":
        die_before(int(first), rest or ("upsert", "delete", "add"))
        write_generation(Store.open(path), 1)
    elif task == "die-after-commit":
        # Housekeeping is what follows the row of ``runs``.
        Writer._tidy = lambda *_: os.kill(os.getpid(), signal.SIGKILL)  # type: ignore[method-assign]
        write_generation(Store.open(path), 1)
    else:
        store = Store.open(path)
        print("ready", flush=True)
        for number in range(int(first), int(rest[0])):
            write_generation(store, number, *rest[1:])


if __name__ == "__main__":
    main(*sys.argv[1:])
