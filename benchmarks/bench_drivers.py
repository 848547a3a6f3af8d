"""Drivers at scale: seconds and peak memory of ``drivers`` with its bootstrap over comments × themes.

    python benchmarks/bench_drivers.py [--n 1000000] [--themes 60]

Comments of as many customers as half the comments are made with a fixed seed, in a process of its own; its memory
before ``drivers`` is called, which holds the tables, is told apart.
"""

from __future__ import annotations

import argparse
import os
import resource
import time

import numpy as np
import pandas as pd
from machine import cores, keep

from voc.analytics import drivers
from voc.analytics.drivers import REPLICATES

SECONDS_WANTED, GIB_WANTED = 60, 2


def tables(n: int, count: int) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return comments, segments and themes: two or three segments a comment, a fifth of the themes with an effect."""
    rng = np.random.default_rng(1)
    ids = pd.Series(np.arange(n).astype(str), dtype="str")
    themes = pd.DataFrame({"id": [f"t{i}" for i in range(count)], "status": "active", "parent": None})
    themes["label"] = "Theme " + themes["id"]
    many = rng.integers(1, 4, n)
    comment = np.repeat(np.arange(n), many)
    theme = rng.choice(count, len(comment), p=rng.dirichlet(np.full(count, 2.0)))
    tone = rng.choice(3, len(comment))
    points = np.where((theme % 5 == 0) & (tone == 0), -1.5, 0.0)
    nps = np.clip(np.round(8 + np.bincount(comment, points, n) + rng.normal(0, 2, n)), 0, 10)
    pick = pd.Categorical.from_codes
    comments = pd.DataFrame(
        {
            "dataset": "d",
            "id": ids,
            "response_id": ids,
            "text": pd.Series(np.char.multiply("x", rng.integers(10, 60, n)), dtype="str"),
            "source": "survey",
            "date": pd.Timestamp("2025-01-01", tz="UTC") + pd.to_timedelta(rng.integers(0, 365, n), "D"),
            "brand": pick(rng.integers(0, 3, n), ["A", "B", "C"]).astype("str"),
            "customer_segment": pick(rng.integers(0, 4, n), ["new", "old", "small", "large"]).astype("str"),
            "survey_type": "relationship",
            "customer_id": pd.Series(rng.integers(0, n // 2, n).astype(str), dtype="str"),
            "customer_value": rng.gamma(2.0, 150.0, n),
            "thread_id": None,
            "weight": np.nan,
            "status": "ok",
            "stance": "neither",
            "sentiment": "neutral",
            "sentiment_score": 0.0,
            "score": nps,
            "score_scale": "nps_0_10",
            "nps": nps,
            "theme_version": "one",
            "model_version": "one",
        }
    )
    segments = pd.DataFrame(
        {
            "dataset": "d",
            "id": ids.take(comment).reset_index(drop=True),
            "theme": pick(theme, themes["id"].tolist()).astype("str"),
            "sentiment": pick(tone, ["negative", "neutral", "positive"]).astype("str"),
        }
    )
    return comments, segments, themes


def peak_gib() -> float:
    """Return the most memory this process has held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n", type=int, default=1_000_000)
    parser.add_argument("--themes", type=int, default=60)
    options = parser.parse_args()
    given = tables(options.n, options.themes)
    before, begun, processor = peak_gib(), time.perf_counter(), time.process_time()
    table = drivers(*given)
    keep(
        "drivers",
        {
            "command": f"python benchmarks/bench_drivers.py --n {options.n} --themes {options.themes}",
            "comments": options.n,
            "segments": len(given[1]),
            "predictors": int(table["effect"].notna().sum()),
            "replicates": REPLICATES,
            "threads": int(os.environ.get("OMP_NUM_THREADS", cores())),
            "seconds": round(time.perf_counter() - begun, 1),
            "processor_seconds": round(time.process_time() - processor, 1),
            "seconds_wanted": f"{SECONDS_WANTED} for 1,000,000 comments on two cores",
            "peak_gib": round(peak_gib(), 2),
            "peak_gib_before_drivers": round(before, 2),
            "peak_gib_wanted": GIB_WANTED,
        },
    )


if __name__ == "__main__":
    main()
