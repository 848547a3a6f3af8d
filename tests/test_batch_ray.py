"""The Ray engine gives what the local one gives, and survives the death of its actors. Needs Ray (``voc[ray]``)."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from functools import partial
from pathlib import Path
from threading import Thread

import pytest
from batch_taggers import DEADLY, FAILING, QuickTagger
from test_batch import assert_whole, options, parts_in, rows_of, wait_for, write

from voc.batch import run_batch
from voc.errors import UsageError

HERE = Path(__file__).parent
#: That a machine died, in a second instead of a quarter of a minute.
QUICK_TO_NOTICE = {
    "health_check_initial_delay_ms": 500,
    "health_check_period_ms": 500,
    "health_check_failure_threshold": 2,
}
ray = pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="no ray: pip install 'voc[ray]'")


def run_in_process(source: Path, sink: Path, how: str = "alone") -> None:
    """In a process of its own: Ray leaves threads and warnings behind. ``how``: see ``main``."""
    environment = {**os.environ, "PYTHONPATH": f"{HERE.parent}:{HERE}:{os.environ.get('PYTHONPATH', '')}"}
    command = [sys.executable, __file__, str(source), str(sink), how]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, done.stderr


@ray
def test_rows_files_and_poison_are_as_with_the_local_engine(tmp_path: Path) -> None:
    source = write(tmp_path / "reviews.csv", 60, {14: DEADLY, 33: FAILING})
    run_in_process(source, tmp_path / "ray")
    run_batch([str(source)], str(tmp_path / "local"), options())
    assert_whole(tmp_path / "ray", 60)
    assert rows_of(tmp_path / "ray") == rows_of(tmp_path / "local")
    names = [sorted(file.name for file in (tmp_path / which).glob("*.parquet")) for which in ("ray", "local")]
    assert names[0] == names[1]
    for name in names[0]:
        assert (tmp_path / "ray" / name).read_bytes() == (tmp_path / "local" / name).read_bytes()


@ray
def test_machines_that_die_cost_no_row_and_no_job(tmp_path: Path) -> None:
    source = write(tmp_path / "reviews.csv", 200)
    run_in_process(source, tmp_path / "out", "cluster")
    assert_whole(tmp_path / "out", 200)
    assert {row["status"] for row in rows_of(tmp_path / "out")} == {"ok"}


def test_without_ray_a_sentence_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    source = write(tmp_path / "reviews.csv", 3)
    with pytest.raises(UsageError, match=r"pip install 'voc\[ray\]'"):
        run_batch([str(source)], str(tmp_path / "out"), options(engine="ray"))
    for given in ({"gpus": 1.0}, {"gpus": 1.5, "engine": "ray"}):
        with pytest.raises(UsageError, match="--gpus is"):
            options(**given)
    with pytest.raises(UsageError, match="--address is for --engine ray"):
        options(address="auto")


def where_a_gpu_is(driver: int) -> QuickTagger:
    """In an actor only with a GPU that Ray has given to it."""
    assert os.getpid() == driver or os.environ["CUDA_VISIBLE_DEVICES"] == "0"
    return QuickTagger(0.02)


def main(source: str, sink: str, how: str) -> None:
    """Run a job: ``alone`` on a cluster of its own; ``cluster``: on two further machines, each with a GPU by its own
    account, one for each actor; one is killed, then another comes and the second is killed."""
    if how == "alone":
        run_batch([source], sink, options(engine="ray"))
        return
    from ray.cluster_utils import Cluster

    head = {"num_cpus": 0, "include_dashboard": False, "_system_config": QUICK_TO_NOTICE}
    cluster = Cluster(initialize_head=True, head_node_args=head)
    machines = [cluster.add_node(num_cpus=1, num_gpus=1) for _ in range(2)]
    slow = options(partial(where_a_gpu_is, os.getpid()), engine="ray", address=cluster.address, gpus=1.0)
    job = Thread(target=run_batch, args=([source], sink, slow))
    job.start()
    for after, machine in zip((3, 7), machines, strict=True):
        wait_for(lambda after=after: parts_in(Path(sink)) >= after)
        if after == 7:
            cluster.add_node(num_cpus=1, num_gpus=1)
        cluster.remove_node(machine, allow_graceful=False)
    job.join()
    assert (Path(sink) / "_manifest" / "manifest.json").exists()


if __name__ == "__main__":
    main(*sys.argv[1:])
