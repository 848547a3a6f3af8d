"""``voc batch``: two workers against one, Ray against processes, the cost of a part, memory, and a plan for millions.

    python benchmarks/bench_batch.py [--n 3000] [--part-size 150] [--data FILE.jsonl] [--memory 20000,200000]
                                     [--machines 1,2,4,8] [--rows 600] [--rounds 1] [--engines]
    python benchmarks/bench_batch.py --whole --n 1000000 --profile fast --part-size 2000 --name batch-fast

``--whole`` runs one job with two workers to its end instead, and tells its seconds and memory.
The figures that a plan rests on: ``--n 50000 --part-size 2000`` (an hour on two cores, with a quiet machine).

Each job is a process of its own. Its rate is that between a fifth and nine tenths of its parts: workers do not begin
together, nor end. What comes before the first part (Python, the models, Ray) is told apart, as it does not grow with
the input. Every comment is read: ``voc batch`` does not look for copies. Cost of a part, memory and machines are
measured with taggers that do nothing or sleep, so that the engine alone is seen.

Where others use the cores too, rates tell little of two workers. Processor time a row tells what two free cores would
give (the loading of models included), and ``cores_taken_by_others_before`` how busy they were when each job began.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

os.environ["HF_HUB_OFFLINE"] = "1"

import numpy as np
import psutil
import pyarrow as pa
from machine import cores, keep
from texts import made_comments, read_comments, token_counts, write_comments

MILLION = 1_000_000
WANTED = {"two_workers": 1.7, "ray": 0.9, "machines": 0.9, "memory": 1.2}


@dataclass(frozen=True)
class Idle:
    """Tags nothing, and sleeps ``seconds`` over each row, as a worker does whose processor is elsewhere."""

    seconds: float = 0.0
    model_version: str = "idle"
    theme_version: str | None = None
    themes: Any = None
    own_fields: tuple[Any, ...] = ()

    def tag(self, comments: pa.Table, advance: Any = None, *, with_segments: bool = True) -> Any:
        from voc.pipeline.tagger import TAGGED, Tagged
        from voc.schema import SEGMENTS

        time.sleep(self.seconds * comments.num_rows)
        rows = comments.select(["dataset", "id", "text", "status"]).to_pylist()
        vectors = np.empty((0, 1), dtype=np.float16)
        return Tagged(pa.Table.from_pylist(rows, schema=TAGGED), SEGMENTS.empty_table(), vectors)


def run_job(job: dict[str, Any]) -> dict[str, Any]:
    """Run one job in this process; what it took, by its log."""
    from voc.batch import BatchOptions, JsonLog, run_batch

    load = None if job.get("idle") is None else partial(Idle, job["idle"])
    given = {name: job[name] for name in ("workers", "part_size", "engine", "profile") if name in job}
    with machines(job.get("machines", 0)) as address:
        log = str(Path(job["sink"]).with_suffix(".log"))
        options = BatchOptions(**given, address=address, load=load)
        run_batch([job["source"]], job["sink"], options, watches=[JsonLog(log)])
    used = resource.getrusage(resource.RUSAGE_SELF)
    return measured(Path(log), Path(job["sink"])) | {"driver_cpu_seconds": used.ru_utime + used.ru_stime}


def measured(log: Path, sink: Path) -> dict[str, Any]:
    events = [json.loads(line) for line in log.read_text().splitlines()]
    at = {event["event"]: datetime.fromisoformat(event["time"]).timestamp() for event in events}
    parts = [event for event in events if event["event"] == "part_committed"]
    begun = min(datetime.fromisoformat(part["written"]).timestamp() - part["seconds"] for part in parts)
    records = sink.glob("_manifest/part-*.json")
    return {
        "rows": sum(part["rows"] for part in parts),
        "rate": rate_of(parts),
        "parts": len(parts),
        "seconds": at["job_ended"] - begun,
        "seconds_before": begun - at["job_begun"],
        "worker_seconds": sum(part["seconds"] for part in parts),
        "manifest_bytes_a_part": sum(file.stat().st_size for file in records) / len(parts),
    }


def rate_of(parts: list[dict[str, Any]]) -> float | None:
    """Rows a second between a fifth and nine tenths of the parts, by when they were committed; None for too few."""
    ended = sorted((datetime.fromisoformat(part["written"]).timestamp(), part["rows"]) for part in parts)
    first, last = len(ended) // 5, len(ended) * 9 // 10
    if last <= first:
        return None
    return sum(rows for _, rows in ended[first + 1 : last + 1]) / (ended[last][0] - ended[first][0])


@contextmanager
def machines(count: int) -> Iterator[str | None]:
    """A Ray cluster of so many machines with one processor each, all of them here; None for none."""
    if not count:
        yield None
        return
    from ray.cluster_utils import Cluster

    os.environ |= {"RAY_USAGE_STATS_ENABLED": "0", "RAY_worker_niceness": "0"}
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
    for _ in range(count):
        cluster.add_node(num_cpus=1)
    try:
        yield cluster.address
    finally:
        cluster.shutdown()


class Peaks(threading.Thread):
    """Watches the resident memory of a process (the driver) and of the largest of those below it, in MiB, and the
    processor time of all below it, in seconds."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._process = psutil.Process(pid)
        self.driver = self.worker = 0.0
        self._times: dict[int, float] = {}

    @property
    def seconds(self) -> float:
        return sum(self._times.values())

    def run(self) -> None:
        while True:
            try:
                self.driver = max(self.driver, self._process.memory_info().rss / 2**20)
                for child in self._process.children(recursive=True):
                    self.worker = max(self.worker, child.memory_info().rss / 2**20)
                    self._times[child.pid] = sum(child.cpu_times()[:2])
            except psutil.Error:
                if not self._process.is_running():
                    return
            time.sleep(0.1)


def timed_job(**job: Any) -> dict[str, Any]:
    """Run a job in a process of its own; what it took, with ``driver_mib`` and ``worker_mib`` at their highest."""
    others = psutil.cpu_percent(interval=2) / 100 * cores()
    with tempfile.TemporaryDirectory() as folder:
        spec = json.dumps({**job, "source": str(job["source"]), "sink": f"{folder}/out"})
        command = [sys.executable, __file__, "--job", spec]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            peaks = Peaks(process.pid)
            peaks.start()
            out, told = process.communicate()
    if process.returncode:
        raise SystemExit(f"a job ended with {process.returncode}:\n{told}")
    found: dict[str, Any] = json.loads(out.splitlines()[-1])
    found |= {"driver_mib": peaks.driver, "worker_mib": peaks.worker, "cpu_seconds": peaks.seconds, "others": others}
    print(json.dumps({name: value for name, value in job.items() if name != "source"} | _rounded(found)), flush=True)
    return found


def engines(source: Path, part_size: int, rounds: int) -> dict[str, Any]:
    """One worker, two, and Ray with two, in turn; shipped models. Of each the quickest round counts."""
    kinds = (("local", 1), ("local", 2), ("ray", 2))
    all_rounds = [
        [timed_job(source=source, part_size=part_size, engine=engine, workers=workers) for engine, workers in kinds]
        for _ in range(rounds)
    ]
    one, two, ray = (max(jobs, key=known_rate) for jobs in zip(*all_rounds, strict=True))
    rate = {name: known_rate(found) for name, found in (("one", one), ("two", two), ("ray", ray))}
    parts = -(-MILLION // 2000)
    return {
        "comments": two["rows"],
        "part_size": part_size,
        "rounds": rounds,
        "per_second_in_each_round": [[round(known_rate(job), 1) for job in jobs] for jobs in all_rounds],
        "per_second": {name: round(value, 1) for name, value in rate.items()},
        "seconds_before_the_first_part": {
            name: round(found["seconds_before"], 1) for name, found in (("one", one), ("two", two), ("ray", ray))
        },
        "two_workers_to_one": round(rate["two"] / rate["one"], 3),
        "two_workers_to_one_by_processor_time": round(2 * one["cpu_seconds"] / two["cpu_seconds"], 3),
        "cpu_milliseconds_a_row": {
            name: round(1000 * found["cpu_seconds"] / found["rows"], 2)
            for name, found in (("one", one), ("two", two), ("ray", ray))
        },
        "cores_taken_by_others_before": [round(found["others"], 2) for found in (one, two, ray)],
        "ray_to_local": round(rate["ray"] / rate["two"], 3),
        "worker_mib": round(two["worker_mib"]),
        "driver_mib": round(two["driver_mib"]),
        "million": {
            "planned_from_comments": two["rows"],
            "hours_on_two_workers": round(MILLION / rate["two"] / 3600, 2),
            "worker_hours": round(2 * MILLION / rate["two"] / 3600, 2),
            "parts_of_2000": parts,
            "manifest_mib": round(2 * parts * two["manifest_bytes_a_part"] / 2**20, 2),
        },
    }


def whole(source: Path, part_size: int, profile: str) -> dict[str, Any]:
    """One job of two workers from its first part to its last; shipped models."""
    found = timed_job(source=source, part_size=part_size, workers=2, profile=profile)
    with source.open() as file:
        mean_tokens = float(np.mean(token_counts(json.loads(line)["text"] for line in islice(file, 10_000))))
    return {
        "comments": found["rows"],
        "tokens_mean_of_the_first_10000": round(mean_tokens, 1),
        "part_size": part_size,
        "profile": profile,
        "parts": found["parts"],
        "hours": round(found["seconds"] / 3600, 3),
        "per_second": round(found["rows"] / found["seconds"], 1),
        "cpu_milliseconds_a_row": round(1000 * found["cpu_seconds"] / found["rows"], 2),
        "cores_taken_by_others_before": round(found["others"], 2),
        "worker_mib": round(found["worker_mib"]),
        "driver_mib": round(found["driver_mib"]),
        "manifest_mib": round(found["parts"] * found["manifest_bytes_a_part"] / 2**20, 2),
    }


def known_rate(found: dict[str, Any]) -> float:
    if not found["rate"]:
        raise SystemExit(f"{found['parts']} parts tell no rate: give more comments, or a smaller --part-size")
    return float(found["rate"])


def cost_of_a_part(source: Path) -> dict[str, Any]:
    """The same rows in many parts and in few, one worker, nothing tagged."""
    few, many = (timed_job(source=source, workers=1, idle=0.0, part_size=size) for size in (2000, 100))
    more = many["parts"] - few["parts"]
    return {
        "milliseconds_a_part": round(1000 * (many["seconds"] - few["seconds"]) / more, 2),
        "milliseconds_a_row": round(1000 * few["seconds"] / few["rows"], 3),
        "driver_milliseconds_a_row": round(1000 * few["driver_cpu_seconds"] / few["rows"], 3),
    }


def memory(sizes: list[int], folder: Path) -> dict[str, Any]:
    """Driver and worker over inputs of these sizes, nothing tagged."""
    found = []
    for size in sizes:
        write_comments(made_comments(size), folder / "many.jsonl")
        found.append(timed_job(source=folder / "many.jsonl", workers=1, idle=0.0, part_size=2000))
    peak = {name: [round(one[name]) for one in found] for name in ("driver_mib", "worker_mib")}
    return {"comments": sizes, **peak, "ratio": round(peak["driver_mib"][-1] / peak["driver_mib"][0], 3)}


def scale(counts: list[int], rows: int, folder: Path) -> dict[str, Any]:
    """Ray on 1, 2, 4 … machines, each with ``rows`` rows of 10 ms sleep."""
    found = {}
    for count in counts:
        write_comments(made_comments(rows * count), folder / "spread.jsonl")
        job = timed_job(
            source=folder / "spread.jsonl", engine="ray", machines=count, workers=count, idle=0.01, part_size=20
        )
        found[count] = known_rate(job)
    first = found[counts[0]] / counts[0]
    return {
        "rows_a_machine": rows,
        "per_second": {str(count): round(rate, 1) for count, rate in found.items()},
        "efficiency": {str(count): round(rate / count / first, 3) for count, rate in found.items()},
    }


def _rounded(found: dict[str, Any]) -> dict[str, Any]:
    return {name: round(value, 2) if isinstance(value, float) else value for name, value in found.items()}


def _numbers(given: str) -> list[int]:
    return [int(number) for number in given.split(",") if number]


def main() -> None:
    layout = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=layout)
    parser.add_argument("--n", type=int, default=3000, help="comments for the shipped models (default 3000)")
    parser.add_argument("--part-size", type=int, default=150, help="comments a part (default 150)")
    parser.add_argument("--data", type=Path, help="JSON Lines with 'text' instead of made texts")
    parser.add_argument("--memory", type=_numbers, default=[20_000, 200_000], help="sizes (default 20000,200000)")
    parser.add_argument("--machines", type=_numbers, default=[1, 2, 4, 8], help="of Ray (default 1,2,4,8)")
    parser.add_argument("--rows", type=int, default=600, help="rows a machine (default 600)")
    parser.add_argument("--rounds", type=int, default=1, help="of the engines; the quickest counts (default 1)")
    parser.add_argument("--engines", action="store_true", help="measure the engines alone")
    parser.add_argument("--whole", action="store_true", help="one job with two workers, to its end, and no more")
    parser.add_argument("--profile", default="standard", help="of --whole (default standard)")
    parser.add_argument("--name", default="batch", help="of the result (default batch)")
    parser.add_argument("--job", type=json.loads, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.job:
        print(json.dumps(run_job(args.job)))
        return
    with tempfile.TemporaryDirectory() as given:
        folder = Path(given)
        write_comments(read_comments(args.data, args.n) if args.data else made_comments(args.n), folder / "a.jsonl")
        if args.whole:
            keep(args.name, whole(folder / "a.jsonl", args.part_size, args.profile))
            return
        write_comments(made_comments(args.memory[0]), folder / "b.jsonl")
        found = engines(folder / "a.jsonl", args.part_size, args.rounds)
        found["wanted"] = WANTED
        found["reached"] = {
            "two_workers": cores() > 1 and found["two_workers_to_one"] >= WANTED["two_workers"],
            "ray": found["ray_to_local"] >= WANTED["ray"],
        }
        if args.engines:
            keep(args.name, found)
            return
        found["part"] = cost_of_a_part(folder / "b.jsonl")
        found["memory"] = memory(args.memory, folder)
        found["machines"] = scale(args.machines, args.rows, folder)
    found["reached"] |= {
        "memory": found["memory"]["ratio"] <= WANTED["memory"],
        "machines": found["machines"]["efficiency"][str(args.machines[-1])] >= WANTED["machines"],
    }
    keep(args.name, found)


if __name__ == "__main__":
    main()
