"""What a figure was measured on, and where it is kept."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"
VOC = (sys.executable, "-m", "voc")


@dataclass(frozen=True)
class Finished:
    """A command that ended well: wall time in seconds, peak resident memory in MiB, what it wrote to stdout."""

    seconds: float
    peak_mib: float
    said: str


def timed(command: Sequence[str], ends: Collection[int] = (0,)) -> Finished:
    """Run a command to its end and return what it took, children included.

    Its stderr is shown only when its exit code is none of ``ends``, which raises SystemExit.
    """
    begun = time.perf_counter()
    with (
        tempfile.TemporaryFile() as out,
        subprocess.Popen(command, stdout=out, stderr=subprocess.PIPE) as process,
    ):
        assert process.stderr is not None
        told = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        said = out.read().decode()
    if process.returncode not in ends:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}:\n{told.decode()}")
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return Finished(time.perf_counter() - begun, usage.ru_maxrss / unit, said)


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def describe() -> dict[str, Any]:
    """Return processor, cores, memory, system and the versions that decide the speed."""
    return {
        "processor": _processor(),
        "cores": cores(),
        "load_at_start": round(os.getloadavg()[0], 2),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "system": platform.platform(),
        "python": platform.python_version(),
        **{name: version(name) for name in ("numpy", "onnxruntime", "tokenizers", "torch", "typer")},
    }


def keep(name: str, result: dict[str, Any]) -> None:
    """Print a result and write it with the machine to ``results/NAME.json``."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    path.write_text(json.dumps({**result, "machine": describe()}, indent=2) + "\n")
    for key, value in result.items():
        print(f"  {key}: {value}")
    print(f"Wrote {path}")


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.is_file():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
