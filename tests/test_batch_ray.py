"""The Ray engine gives what the local one gives, and survives the death of its actors. Needs Ray (``voc[ray]``)."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest
from batch_taggers import DEADLY, FAILING
from test_batch import assert_whole, options, rows_of, write

from voc.batch import run_batch
from voc.errors import UsageError

HERE = Path(__file__).parent
ray = pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="no ray: pip install 'voc[ray]'")


def run_in_process(source: Path, sink: Path) -> None:
    """In a process of its own: Ray leaves threads and warnings behind."""
    environment = {**os.environ, "PYTHONPATH": f"{HERE.parent}:{HERE}:{os.environ.get('PYTHONPATH', '')}"}
    command = [sys.executable, __file__, str(source), str(sink)]
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


def test_without_ray_a_sentence_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    source = write(tmp_path / "reviews.csv", 3)
    with pytest.raises(UsageError, match=r"pip install 'voc\[ray\]'"):
        run_batch([str(source)], str(tmp_path / "out"), options(engine="ray"))
    with pytest.raises(UsageError, match="--address is for --engine ray"):
        options(address="auto")


if __name__ == "__main__":
    run_batch([sys.argv[1]], sys.argv[2], options(engine="ray"))
