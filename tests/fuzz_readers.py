"""Look for bytes on which a reader fails: hypothesis damages whole files of every format, for a given time each.

    python tests/fuzz_readers.py [--seconds 60] [SUFFIX...]

A failure is anything but rows that add up or a VocError of one line; a crash of the process and a file that takes
over a minute count too. Prints for each format how many files were read and what was found; exits with 1 where
something was. What crashed or hung is kept in ``fuzz-findings/``.
"""

from __future__ import annotations

import argparse
import faulthandler
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

from damage import WHOLE, damaged, read_all
from hypothesis import HealthCheck, given, settings

FINDINGS = Path("fuzz-findings")
HANGS = 60
MEMORY = 8 << 30
#: Examples before the time is looked at again.
_ROUND = 100


def fuzz(suffix: str, seconds: float, folder: Path) -> int:
    """Read damaged files of one format until the time is over; returns how many. Raises on the first finding."""
    read = 0

    @settings(max_examples=_ROUND, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(damaged(suffix))
    def one_round(data: bytes) -> None:
        nonlocal read
        faulthandler.dump_traceback_later(HANGS, exit=True)
        read_all(data, suffix, folder)
        faulthandler.cancel_dump_traceback_later()
        read += 1

    end = time.monotonic() + seconds
    while time.monotonic() < end:
        one_round()
    return read


def in_own_process(suffix: str, seconds: float) -> bool:
    """Fuzz one format where a crash costs nothing else; returns whether nothing was found."""
    with tempfile.TemporaryDirectory() as folder:
        child = [sys.executable, __file__, "--seconds", str(seconds), "--folder", folder, suffix]
        finished = subprocess.run(child, capture_output=True, text=True)
        if finished.returncode == 0:
            print(f"{suffix:10}{int(finished.stdout):>8,} files read, nothing found", flush=True)
            return True
        FINDINGS.mkdir(exist_ok=True)
        kept = FINDINGS / f"{int(time.time())}{suffix}"
        shutil.copy(Path(folder, f"file{suffix}"), kept)
        print(f"{suffix:10}FOUND, exit {finished.returncode}, kept as {kept}\n{finished.stderr[-4000:]}", flush=True)
        return False


def main() -> int:
    layout = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=layout)
    parser.add_argument("--seconds", type=float, default=60, help="for each format (default 60)")
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("suffixes", nargs="*", metavar="SUFFIX", help=f"of {' '.join(WHOLE)} (default: all)")
    args = parser.parse_args()
    if args.folder:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        warnings.simplefilter("error")
        print(fuzz(args.suffixes[0], args.seconds, args.folder))
        return 0
    clean = [in_own_process(suffix, args.seconds) for suffix in args.suffixes or WHOLE]
    return 0 if all(clean) else 1


if __name__ == "__main__":
    sys.exit(main())
