"""Batch jobs into folders: parts, manifest, resuming, poison rows, kills of driver and workers. Real processes."""

from __future__ import annotations

import csv
import errno
import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import pyarrow.parquet as pq
import pytest
from batch_taggers import DEADLY, FAILING, QuickTagger

from voc.batch import BatchOptions, Summary, folder_sink, run_batch, worker
from voc.batch.folder_sink import FolderSink
from voc.batch.worker import Setup
from voc.errors import InputError, ModelError, StoreError, UsageError
from voc.pipeline import tag_file
from voc.store import Store

HERE = Path(__file__).parent
Row = dict[str, Any]


def write(path: Path, count: int, poison: dict[int, str] | None = None, column: str = "review") -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(["id", "stars", column])
        for i in range(count):
            said = (poison or {}).get(i, "the parcel came and was fine" + "!" * (i % 7))
            out.writerow([f"k{i}", 1 + i % 5, f"Number {i}: {said}"])
    return path


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write(tmp_path / "reviews.csv", 100)


def options(load: Any = QuickTagger, **more: Any) -> BatchOptions:
    return BatchOptions(**{"workers": 2, "part_size": 10, "load": load, **more})


def run(source: Path | str, sink: Path, **more: Any) -> Summary:
    return run_batch([str(source)], str(sink), options(**more))


def rows_of(sink: Path) -> list[Row]:
    """All rows that the manifest says are in the sink, in order of the input."""
    manifest = json.loads((sink / "_manifest" / "manifest.json").read_text())
    rows = [row for part in manifest["parts"] for row in pq.read_table(sink / part["file"]).to_pylist()]
    assert len(rows) == manifest["rows"] == sum(part["rows"] for part in manifest["parts"])
    assert {part["file"] for part in manifest["parts"]} == {file.name for file in sink.iterdir() if file.is_file()}
    assert not list(sink.glob("_manifest/.*"))
    return rows


def assert_whole(sink: Path, count: int) -> None:
    """No row lost, none doubled, all in order."""
    assert [row["id"] for row in rows_of(sink)] == [f"k{i}" for i in range(count)]


# --- parts ------------------------------------------------------------------------------------


def test_the_output_is_that_of_voc_tag(source: Path, tmp_path: Path) -> None:
    summary = run(source, tmp_path / "out")
    assert (summary.parts, summary.rows, summary.by_status) == (10, 100, {"ok": 100})
    tag_file([str(source)], str(tmp_path / "one.parquet"), QuickTagger())  # type: ignore[arg-type]
    assert rows_of(tmp_path / "out") == pq.read_table(tmp_path / "one.parquet").to_pylist()


def test_the_manifest_says_what_each_part_is(source: Path, tmp_path: Path) -> None:
    run(source, tmp_path / "out")
    manifest = json.loads((tmp_path / "out" / "_manifest" / "manifest.json").read_text())
    assert [part["part"] for part in manifest["parts"]] == list(range(10))
    for part in manifest["parts"]:
        assert part["model_version"] == "quick-1" and part["by_status"] == {"ok": 10} and len(part["input_hash"]) == 32
        assert part["bytes"] == (tmp_path / "out" / part["file"]).stat().st_size
    assert manifest["part_size"] == 10 and manifest["columns"][:2] == ["id_input", "stars"]
    assert "parcel" not in json.dumps(manifest)


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize("written", ["jsonl", "csv"])
def test_other_formats_and_numbers_of_workers(source: Path, tmp_path: Path, written: str, workers: int) -> None:
    run(source, tmp_path / "out", format=written, workers=workers)
    parts = sorted((tmp_path / "out").glob(f"*.{written}"))
    lines = [line for part in parts for line in part.read_text().splitlines()]
    assert len(parts) == 10 and len(lines) == 100 + (10 if written == "csv" else 0)


def test_folders_and_globs(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        write(tmp_path / name / "reviews.csv", 5)
    assert run(tmp_path / "a", tmp_path / "out1").rows == 5
    assert run(f"{tmp_path}/?/*.csv", tmp_path / "out2").rows == 10
    with pytest.raises(InputError, match="no file has such a name"):
        run(f"{tmp_path}/*/*.nothing", tmp_path / "out3")


# --- going on ---------------------------------------------------------------------------------


def test_resume_does_only_what_is_missing(source: Path, tmp_path: Path) -> None:
    run(source, tmp_path / "out")
    before = {file.name: file.stat().st_mtime_ns for file in (tmp_path / "out").glob("*.parquet")}
    for name in sorted(before)[3:5]:
        (tmp_path / "out" / name).unlink()
    summary = run(source, tmp_path / "out", resume=True, part_size=33)
    assert (summary.new_parts, summary.tagged, summary.parts, summary.rows) == (2, 20, 10, 100)
    after = {file.name: file.stat().st_mtime_ns for file in (tmp_path / "out").glob("*.parquet")}
    assert after.keys() == before.keys() and sum(after[name] == before[name] for name in before) == 8
    assert_whole(tmp_path / "out", 100)


def test_a_file_cut_short_is_written_again(source: Path, tmp_path: Path) -> None:
    run(source, tmp_path / "out")
    part = min((tmp_path / "out").glob("*.parquet"))
    part.write_bytes(part.read_bytes()[:100])
    assert run(source, tmp_path / "out", resume=True).new_parts == 1
    assert_whole(tmp_path / "out", 100)


def test_a_grown_export_costs_only_what_is_new(tmp_path: Path) -> None:
    source = write(tmp_path / "reviews.csv", 95)
    run(source, tmp_path / "out")
    summary = run(write(source, 112), tmp_path / "out", resume=True)
    assert (summary.new_parts, summary.tagged) == (3, 22)
    assert_whole(tmp_path / "out", 112)


def test_resume_without_an_earlier_job_begins_one(source: Path, tmp_path: Path) -> None:
    assert run(source, tmp_path / "out", resume=True).new_parts == 10


def test_a_shrunk_input_loses_nothing(source: Path, tmp_path: Path) -> None:
    run(source, tmp_path / "out")
    with pytest.raises(InputError, match="has 5 parts now, the sink holds 5 more"):
        run(write(source, 50), tmp_path / "out", resume=True)
    assert_whole(tmp_path / "out", 100)
    changed = source.read_text(encoding="utf-8").replace("Number 3:", "No. 3:")
    source.write_text(changed, encoding="utf-8")
    with pytest.raises(InputError, match="the sink holds 5 more from an earlier time, which stay"):
        run(source, tmp_path / "out", resume=True)
    assert pq.read_table(tmp_path / "out").num_rows == 100  # what was tagged again is not there twice


@pytest.mark.parametrize(
    ("change", "error", "says"),
    [
        ({}, UsageError, "--resume goes on with it"),
        ({"resume": True, "load": partial(QuickTagger, model_version="quick-2")}, UsageError, "model quick-1, this is"),
        ({"resume": True, "load": partial(QuickTagger, theme_version="t2")}, UsageError, "theme set"),
        ({"resume": True, "format": "csv"}, UsageError, "format parquet, this is csv"),
    ],
)
def test_a_sink_of_another_job_is_refused(
    source: Path, tmp_path: Path, change: dict[str, Any], error: type[Exception], says: str
) -> None:
    run(source, tmp_path / "out")
    with pytest.raises(error, match=says):
        run(source, tmp_path / "out", **change)
    assert_whole(tmp_path / "out", 100)


def test_a_renamed_column_is_refused(tmp_path: Path) -> None:
    source = write(tmp_path / "reviews.csv", 20)
    run(source, tmp_path / "out")
    source.write_text(source.read_text().replace("stars", "rating", 1))
    with pytest.raises(UsageError, match="gone: stars; new: rating"):
        run(source, tmp_path / "out", resume=True)


def test_a_folder_with_other_files_is_refused(source: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"holds other files \(reviews.csv\)"):
        run(source, tmp_path)


def test_a_sink_that_is_a_file_or_within_its_source_is_refused(source: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"out.csv reads like a file: SINK is a folder of parts"):
        run(source, tmp_path / "out.csv")
    with pytest.raises(UsageError, match="name a folder beside it"):
        run(tmp_path, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_job_at_the_same_sink_stops_with_a_sentence(source: Path, tmp_path: Path) -> None:
    slow = start(source, tmp_path / "out", seconds=0.02)
    try:
        wait_for(lambda: (tmp_path / "out" / "_manifest" / "job.json").exists())
        with pytest.raises(StoreError, match="another batch job is writing here"):
            run(source, tmp_path / "out", resume=True)
    finally:
        kill(slow)


# --- rows that cannot be tagged -----------------------------------------------------------------


def test_a_row_that_fails_is_set_aside(tmp_path: Path) -> None:
    source = write(tmp_path / "reviews.csv", 40, {7: FAILING, 23: FAILING})
    summary = run(source, tmp_path / "out")
    assert summary.set_aside == summary.rejected == 2 and summary.by_status["ok"] == 38
    assert_whole(tmp_path / "out", 40)
    rows = rows_of(tmp_path / "out")
    assert [i for i, row in enumerate(rows) if row["status"] == "rejected"] == [7, 23]
    assert rows[7]["reason"] == "cannot be tagged: it raises ValueError" and rows[7]["text"] is None


def test_a_row_that_kills_its_worker_twice_is_set_aside(tmp_path: Path) -> None:
    source = write(tmp_path / "reviews.csv", 30, {14: DEADLY})
    summary = run(source, tmp_path / "out", workers=1)
    assert summary.set_aside == 1 and summary.by_status == {"ok": 29, "rejected": 1}
    assert_whole(tmp_path / "out", 30)
    assert rows_of(tmp_path / "out")[14]["reason"] == "cannot be tagged: its worker died over it"


def test_when_all_rows_fail_it_is_not_the_rows(source: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="it is not the rows"):
        run(source, tmp_path / "out", load=partial(QuickTagger, failing="parcel"), part_size=50)


def die(driver: int) -> QuickTagger:
    if os.getpid() != driver:
        os.kill(os.getpid(), signal.SIGKILL)
    return QuickTagger()


def test_workers_that_never_start_end_the_job(source: Path, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="before they had loaded the models"):
        run(source, tmp_path / "out", load=partial(die, os.getpid()))


def other_model(driver: int) -> QuickTagger:
    return QuickTagger(model_version="a" if os.getpid() == driver else "b")


def test_a_worker_with_other_models_is_refused(source: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="a worker has model b, the job was begun with a"):
        run(source, tmp_path / "out", load=partial(other_model, os.getpid()))


def test_a_sink_that_cannot_be_made(source: Path) -> None:
    with pytest.raises(StoreError, match="Not a directory"):
        run(source, source / "out")


@pytest.mark.skipif(not Path("/sys").is_dir(), reason="no /sys: a folder that nobody may write to")
def test_a_sink_without_permission(source: Path) -> None:
    with pytest.raises(
        StoreError, match=r"cannot be written \((Operation not permitted|Permission denied|Read-only.*)\)"
    ):
        run(source, Path("/sys/voc-out"))


def test_a_worker_with_another_voc_is_refused(tmp_path: Path) -> None:
    setup = Setup(QuickTagger, FolderSink(str(tmp_path), "parquet"), "quick-1", None)  # type: ignore[arg-type]
    assert setup.loaded()
    with pytest.raises(ModelError, match=r"a worker has voc .*, the job was begun with 0\.0\.9"):
        replace(setup, voc="0.0.9").loaded()


def wrong_clock(driver: int) -> QuickTagger:
    """Workers live in 1999."""
    if os.getpid() != driver:
        worker.datetime = Long  # type: ignore[misc,assignment,attr-defined]
    return QuickTagger()


class Long:
    @staticmethod
    def now(zone: Any) -> datetime:
        return datetime(1999, 12, 31, tzinfo=zone)


def test_clocks_decide_nothing(source: Path, tmp_path: Path) -> None:
    run(source, tmp_path / "out", load=partial(wrong_clock, os.getpid()))
    manifest = json.loads((tmp_path / "out" / "_manifest" / "manifest.json").read_text())
    assert manifest["parts"][0]["written"].startswith("1999")
    source.touch()
    assert run(source, tmp_path / "out", resume=True).new_parts == 0
    assert_whole(tmp_path / "out", 100)


def test_a_part_without_a_word_is_a_part(tmp_path: Path) -> None:
    source = write(tmp_path / "reviews.csv", 30)
    lines = source.read_text().splitlines()
    lines[11:21] = [f"k{i},," for i in range(10, 20)]
    source.write_text("\n".join(lines))
    summary = run(source, tmp_path / "out")
    assert (summary.parts, summary.by_status) == (3, {"empty": 10, "ok": 20})
    assert_whole(tmp_path / "out", 30)


def test_a_full_disk_stops_the_job_and_costs_nothing(source: Path, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"No space left on device.*go on with --resume"):
        run(source, tmp_path / "out", load=partial(full_disk, os.getpid()), workers=1)
    summary = run(source, tmp_path / "out", resume=True)
    assert summary.new_parts == 7
    assert_whole(tmp_path / "out", 100)


def full_disk(driver: int) -> QuickTagger:
    """After three parts every further file of a worker finds the disk full."""
    if os.getpid() != driver:
        real, written = folder_sink.open_sink, 0

        def limited(*arguments: Any) -> Any:
            nonlocal written
            written += 1
            if written > 3:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return real(*arguments)

        folder_sink.open_sink = limited  # type: ignore[assignment]
    return QuickTagger()


# --- kills ------------------------------------------------------------------------------------


def start(source: Path, sink: Path, seconds: float, limit: int = 0) -> subprocess.Popen[bytes]:
    """A job as a process of its own; see ``main``."""
    environment = {**os.environ, "PYTHONPATH": f"{HERE.parent}:{HERE}:{os.environ.get('PYTHONPATH', '')}"}
    command = [sys.executable, __file__, str(source), str(sink), str(seconds), str(limit)]
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def wait_for(condition: Any, seconds: float = 300.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never came to pass"
        time.sleep(0.01)


def workers_of(driver: subprocess.Popen[bytes]) -> list[psutil.Process]:
    """None before the first has begun."""
    servers = [c for c in psutil.Process(driver.pid).children() if "forkserver" in " ".join(c.cmdline())]
    return [worker for server in servers for worker in server.children()]


def kill(driver: subprocess.Popen[bytes]) -> list[psutil.Process]:
    """Kill a driver; its workers, which must end by themselves."""
    workers = workers_of(driver)
    driver.kill()
    driver.wait()
    return workers


def parts_in(sink: Path) -> int:
    return len(list(sink.glob("_manifest/part-*.json")))


@pytest.mark.parametrize("after", [0, 2, 6])
def test_killed_driver(tmp_path: Path, after: int) -> None:
    source, sink = write(tmp_path / "reviews.csv", 200), tmp_path / "out"
    driver = start(source, sink, seconds=0.01)
    wait_for(lambda: (sink / "_manifest" / "job.json").exists() and parts_in(sink) >= after)
    workers = kill(driver)
    _, alive = psutil.wait_procs(workers, timeout=120)
    assert not alive, "workers outlive their driver"
    left = parts_in(sink)
    summary = run(source, sink, resume=True)
    assert summary.new_parts == 20 - left and left < 20
    assert_whole(sink, 200)


def test_killed_workers(tmp_path: Path) -> None:
    source, sink = write(tmp_path / "reviews.csv", 200), tmp_path / "out"
    driver = start(source, sink, seconds=0.01)
    for after in (1, 5, 9):
        wait_for(lambda after=after: parts_in(sink) >= after and workers_of(driver))
        workers_of(driver)[0].kill()
    assert driver.wait(timeout=300) == 0
    assert_whole(sink, 200)
    assert Counter(row["status"] for row in rows_of(sink)) == {"ok": 200}


@pytest.mark.parametrize("into", ["", "store:"])
def test_a_disk_that_fills_up(tmp_path: Path, into: str) -> None:
    """No file may grow beyond a size: of a folder, each part fails; of a store, its tables."""
    source, sink = write(tmp_path / "reviews.csv", 200), tmp_path / "out"
    driver = start(source, Path(f"{into}{sink}"), 0, limit=20_000 if into else 4_000)
    assert driver.wait(timeout=300) == 3
    if into:
        assert Store.open(sink).snapshot().is_empty and parts_in(sink / "_parts") == 20
    else:
        # What a worker was writing when the job stopped may be there under a hidden name.
        assert parts_in(sink) == 0 and not list(sink.glob("part-*"))
    summary = run_batch([str(source)], f"{into}{sink}", options(resume=True))
    assert (summary.rows, summary.new_parts) == (200, 0 if into else 20)


def main(source: str, sink: str, seconds: str, limit: str) -> None:
    if int(limit):
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), resource.RLIM_INFINITY))
    try:
        run(source, Path(sink), load=partial(QuickTagger, float(seconds)), resume=True)
    except StoreError as error:
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main(*sys.argv[1:])
