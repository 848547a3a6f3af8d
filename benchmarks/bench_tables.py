"""Every table of ``voc.analytics`` at scale: seconds of each over comments × themes, and the most memory held.

    python benchmarks/bench_tables.py [--n 1000000] [--themes 60] [--only changes --only journey] [--plain]

The comments are those of ``bench_drivers``, which measures the drivers; the last quarter of the year stands beside the
one before. Gaps are measured on a survey of a tenth as many answers, each with ten areas.
"""

from __future__ import annotations

import argparse
import gc
import os
import time
from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np
import pandas as pd
from bench_drivers import peak_gib, tables
from machine import cores, keep

from voc import analytics
from voc.analytics.base import CLUSTER_NO, COMMENT_NO, RESPONSE_NO, cluster_key, response_key

SECONDS_WANTED, GIB_WANTED = 2, 2
TOPICS = pd.DataFrame(
    {"name": ["refunds", "leaving"], "rule": ["refund* OR charged", "leaving NEAR/5 (brand OR think)"]}
)


def parts(comments: pd.DataFrame, segments: pd.DataFrame, themes: pd.DataFrame) -> dict[str, Callable[[], Any]]:
    """Return each table by name, to be made when called."""
    given = comments, segments, themes
    brand = comments["brand"]
    surveyed = comments.iloc[::10].assign(attributes=_areas(len(comments.iloc[::10])))
    complaints = comments.assign(source="complaint")
    months = pd.date_range("2025-01-01", periods=12, freq="MS", tz="UTC")
    customers = pd.DataFrame({"date": months, "customers": 2_000_000})
    return {
        "advocates": lambda: analytics.advocates(comments),
        "block_balance": lambda: analytics.block_balance(comments),
        "call_backs": lambda: analytics.call_backs(comments),
        "change_points": lambda: analytics.change_points(*given),
        "change_split": lambda: analytics.change_split(*given, period="quarter"),
        "changes": lambda: analytics.changes(*given, period="quarter"),
        "compare": lambda: analytics.compare(*given, brand.eq("Brand A"), brand.eq("Brand B")),
        "competitors": lambda: analytics.competitors(comments, segments),
        "complaint_rates": lambda: analytics.complaint_rates(complaints, customers, every_complaint_logged=True),
        "emerging": lambda: analytics.emerging(*given),
        "gaps": lambda: analytics.gaps(surveyed),
        "importance": lambda: analytics.importance(*given),
        "internal_quotes": lambda: analytics.internal_quotes(*given),
        "journey": lambda: analytics.journey(comments, segments),
        "journey_map": lambda: analytics.journey_map(*given),
        "moments": lambda: analytics.moments(*given),
        "net_giving": lambda: analytics.net_giving(comments, period="month"),
        "nps_table": lambda: analytics.nps_table(comments, "customer_segment", "month"),
        "outcomes": lambda: analytics.outcomes(*given),
        "quadrants": lambda: analytics.quadrants(comments),
        "response_base": lambda: analytics.response_base(comments, period="quarter"),
        "satisfied_at_risk": lambda: analytics.satisfied_at_risk(comments),
        "score_base": lambda: analytics.score_base(comments),
        "sentiment_table": lambda: analytics.sentiment_table(comments, "brand", "month"),
        "signal_balance": lambda: analytics.signal_balance(comments),
        "signal_crosses": lambda: analytics.signal_crosses(*given),
        "theme_periods": lambda: analytics.theme_periods(*given),
        "theme_table": lambda: analytics.theme_table(*given),
        "topic_mentions": lambda: analytics.topic_mentions(comments, TOPICS),
        "topic_periods": lambda: analytics.topic_periods(comments, TOPICS),
        "topic_table": lambda: analytics.topic_table(*given, TOPICS),
        "unlisted_names": lambda: analytics.unlisted_names(comments),
        "value_held": lambda: analytics.value_held(*given),
        "volume": lambda: analytics.volume(comments, "brand", "month"),
        "weekly": lambda: analytics.weekly(*given, measure="share", theme="t0"),
    }


def numbered(
    comments: pd.DataFrame, segments: pd.DataFrame, themes: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """The tables with numbers for their keys, as ``voc.pipeline.prepared`` gives them to the explorer."""
    keys = {RESPONSE_NO: response_key(comments), CLUSTER_NO: cluster_key(comments)}
    numbers = {name: pd.factorize(key)[0] for name, key in keys.items()}
    first = segments["segment_no"].eq(0).to_numpy()
    return (
        comments.assign(**{COMMENT_NO: np.arange(len(comments))}, **numbers),
        segments.assign(**{COMMENT_NO: np.cumsum(first) - 1}),
        themes,
    )


def _areas(n: int) -> list[str]:
    """Answers to ten areas, now and ideal, as they are kept with a comment."""
    drawn = np.random.default_rng(2).integers(1, 6, (n, 20))
    names = [f"Area {area} {side}" for area in range(10) for side in ("now", "ideal")]
    return ["{" + ", ".join(f'"{a}": {v}' for a, v in zip(names, row, strict=True)) + "}" for row in drawn]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n", type=int, default=1_000_000)
    parser.add_argument("--themes", type=int, default=60)
    parser.add_argument("--only", action="append")
    parser.add_argument("--plain", action="store_true", help="texts as keys, as a small store's commands read them")
    options = parser.parse_args()
    given = tables(options.n, options.themes)
    made = parts(*(given if options.plain else numbered(*given)))
    del given

    for library in ("scipy.stats", "scipy.sparse"):  # they take a second, once
        import_module(library)
    before = peak_gib()
    seconds, spent = {}, {}
    for name in options.only or made:
        gc.collect()
        begun, processor = time.perf_counter(), time.process_time()
        made[name]()
        seconds[name] = round(time.perf_counter() - begun, 2)
        spent[name] = round(time.process_time() - processor, 2)
        print(name, seconds[name], spent[name], round(peak_gib(), 2), flush=True)
    if options.only:
        return
    keep(
        "tables" + "-quick" * (options.n < 1_000_000) + "-plain" * options.plain,
        {
            "command": f"python benchmarks/bench_tables.py --n {options.n} --themes {options.themes}"
            + " --plain" * options.plain,
            "keys": "texts" if options.plain else "numbers",
            "comments": options.n,
            "threads": int(os.environ.get("OMP_NUM_THREADS", cores())),
            "seconds": seconds,
            "processor_seconds": spent,
            "seconds_wanted": f"{SECONDS_WANTED} for each, 1,000,000 comments",
            "over_seconds_wanted": [name for name, taken in spent.items() if taken > SECONDS_WANTED],
            "peak_gib": round(peak_gib(), 2),
            "peak_gib_before": round(before, 2),
            "peak_gib_wanted": GIB_WANTED,
        },
    )


if __name__ == "__main__":
    main()
