"""Tables on change at scale: seconds and peak memory of each over comments × themes.

    python benchmarks/bench_changes.py [--n 1000000] [--themes 60] [--only changes]

The comments are those of ``bench_drivers``; the last quarter of the year stands beside the one before.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from importlib import import_module
from typing import Any

import pandas as pd
from bench_drivers import peak_gib, tables
from machine import cores, keep

from voc import analytics

SECONDS_WANTED, GIB_WANTED = 2, 2


def parts(comments: pd.DataFrame, segments: pd.DataFrame, themes: pd.DataFrame) -> dict[str, Callable[[], Any]]:
    """Return each table by name, to be made when called."""
    given = comments, segments, themes
    brand = comments["brand"]
    return {
        "changes": lambda: analytics.changes(*given, period="quarter"),
        "change_split": lambda: analytics.change_split(*given, period="quarter"),
        "response_base": lambda: analytics.response_base(comments, period="quarter"),
        "change_points": lambda: analytics.change_points(*given),
        "weekly": lambda: analytics.weekly(*given, measure="share", theme="t0"),
        "compare": lambda: analytics.compare(*given, brand.eq("A"), brand.eq("B")),
        "emerging": lambda: analytics.emerging(*given),
        "theme_table": lambda: analytics.theme_table(*given),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n", type=int, default=1_000_000)
    parser.add_argument("--themes", type=int, default=60)
    parser.add_argument("--only", action="append")
    options = parser.parse_args()
    made = parts(*tables(options.n, options.themes))

    import_module("scipy.stats")  # takes a second, once
    before = peak_gib()
    seconds, spent = {}, {}
    for name in options.only or made:
        begun = time.perf_counter()
        processor = time.process_time()
        made[name]()
        seconds[name] = round(time.perf_counter() - begun, 2)
        spent[name] = round(time.process_time() - processor, 2)
        print(name, seconds[name], spent[name], round(peak_gib(), 2), flush=True)
    keep(
        "changes",
        {
            "command": f"python benchmarks/bench_changes.py --n {options.n} --themes {options.themes}",
            "comments": options.n,
            "threads": int(os.environ.get("OMP_NUM_THREADS", cores())),
            "seconds": seconds,
            "processor_seconds": spent,
            "seconds_wanted": f"{SECONDS_WANTED} for each, 1,000,000 comments",
            "peak_gib": round(peak_gib(), 2),
            "peak_gib_before": round(before, 2),
            "peak_gib_wanted": GIB_WANTED,
        },
    )


if __name__ == "__main__":
    main()
