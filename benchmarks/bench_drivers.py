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
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
from machine import cores, keep

from voc.analytics import drivers
from voc.analytics.drivers import REPLICATES
from voc.schema import ADVOCACIES, INTENTS, LEANS, SENTIMENTS, STANCES

SECONDS_WANTED, GIB_WANTED = 60, 2
#: Who did what, how: the sentences that comments are made of.
_WHO = ("The app", "Your shop", "Somebody on the phone", "My last bill", "The new router", "Their website", "A friend")
_WHAT = (
    "took two weeks to arrive",
    "was set up in minutes",
    "charged me twice and I could not get a refund",
    "made it easy to cancel the old contract",
    "helped me when I tried to change the address",
    "costs more than Brand B asks of new customers",
    "kept me on hold for an hour",
    "gave me a better tariff unasked",
    "made me think about leaving for Brand C",
    "works well at home",
)
_HOW = ("again", "last month", "as always", "for the third time", "which surprised me", "to be fair", "in the end")
_SIGNALS = ([], [], ["care"], ["ease", "speed"], ["delay"], ["extraction", "deceit"], ["effort", "neglect"])


def tables(n: int, count: int) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return comments, segments and themes: two or three segments a comment, a fifth of the themes with an effect."""
    rng = np.random.default_rng(1)
    ids = pd.Series(np.arange(n).astype(str), dtype="str")
    themes = pd.DataFrame({"id": [f"t{i}" for i in range(count)], "status": "active", "parent": None})
    themes["label"] = "Theme " + themes["id"]
    many = rng.integers(1, 4, n)
    comment = np.repeat(np.arange(n), many)
    sentences = np.array([f"{who} {what} {how}." for who in _WHO for what in _WHAT for how in _HOW], dtype=object)
    said = sentences[rng.integers(0, len(sentences), len(comment))]
    first = np.cumsum(many) - many
    ends = np.cumsum([len(sentence) + 1 for sentence in said])  # a space after each
    starts = np.r_[0, ends[:-1]]
    before = starts[first][comment]
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
            "text": pd.Series([" ".join(said[at : at + k]) for at, k in zip(first, many, strict=True)], dtype="str"),
            "source": "survey",
            "date": pd.Timestamp("2025-01-01", tz="UTC") + pd.to_timedelta(rng.integers(0, 365, n), "D"),
            "brand": pick(rng.integers(0, 3, n), ["Brand A", "Brand B", "Brand C"]).astype("str"),
            "customer_segment": pick(rng.integers(0, 4, n), ["new", "old", "small", "large"]).astype("str"),
            "survey_type": "relationship",
            "customer_id": pd.Series(rng.integers(0, n // 2, n).astype(str), dtype="str"),
            "customer_value": rng.gamma(2.0, 150.0, n),
            "thread_id": None,
            "weight": np.nan,
            "status": "ok",
            "stance": pick(rng.integers(0, 4, n), list(STANCES)).astype("str"),
            "lean": pick(rng.integers(-1, 3, n), list(LEANS)).astype("str"),
            "signals": _lists(rng, n),
            "sentiment": pick(rng.integers(0, 4, n), list(SENTIMENTS)).astype("str"),
            "sentiment_score": rng.uniform(-1, 1, n),
            "intent": pick(rng.integers(0, 5, n), list(INTENTS)).astype("str"),
            "advocacy": pick(rng.integers(0, 3, n), list(ADVOCACIES)).astype("str"),
            "pii": _lists(rng, n, ([], [], [], ["name"])),
            "attributes": None,
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
            "segment_no": np.arange(len(comment)) - first[comment],
            "start": starts - before,
            "end": ends - 1 - before,
            "theme": pick(theme, themes["id"].tolist()).astype("str"),
            "sentiment": pick(tone, ["negative", "neutral", "positive"]).astype("str"),
            "sentiment_score": tone - 1.0,
            "signals": _lists(rng, len(comment)),
        }
    )
    return comments, segments, themes


def _lists(rng: np.random.Generator, n: int, kinds: Sequence[list[str]] = _SIGNALS) -> npt.NDArray[np.object_]:
    """A list a row; rows alike share one, as in frames read from a store."""
    each = np.empty(len(kinds), dtype=object)
    each[:] = kinds
    return each[rng.integers(0, len(kinds), n)]


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
