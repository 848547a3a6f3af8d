"""Peak memory of ``voc tag`` on ten times as many comments: it streams, so the two are close.

    python benchmarks/bench_memory.py [--quick]

20,000 and 200,000 comments (about twenty minutes on two cores), with ``--quick`` 5,000 and 50,000.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from machine import VOC, keep, timed
from texts import made_comments, write_comments

WANTED = 1.5
FULL = (20_000, 200_000)
QUICK = (5_000, 50_000)


def main() -> None:
    layout = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=layout)
    parser.add_argument("--quick", action="store_true", help="5,000 and 50,000 comments")
    quick = parser.parse_args().quick

    peaks: dict[int, float] = {}
    seconds: dict[int, float] = {}
    for n in QUICK if quick else FULL:
        with tempfile.TemporaryDirectory() as folder:
            file, out = Path(folder, "comments.jsonl"), Path(folder, "tagged.jsonl")
            write_comments(made_comments(n), file)
            finished = timed([*VOC, "tag", str(file), "-o", str(out)])
        peaks[n], seconds[n] = finished.peak_mib, finished.seconds
        print(f"{n:,} comments: {finished.peak_mib:,.0f} MiB at most, {finished.seconds:,.0f} s", flush=True)
    small, large = sorted(peaks)
    ratio = peaks[large] / peaks[small]
    keep(
        "memory-quick" if quick else "memory",
        {
            "comments": [small, large],
            "peak_mib": [round(peaks[small]), round(peaks[large])],
            "seconds": [round(seconds[small], 1), round(seconds[large], 1)],
            "ratio": round(ratio, 3),
            "ratio_wanted_at_most": WANTED,
            "reached": ratio <= WANTED,
        },
    )


if __name__ == "__main__":
    main()
