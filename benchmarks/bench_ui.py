"""The explorer on a large store: server time of every page, first and again, of filters and searches, and memory.

    python benchmarks/big_store.py /tmp/big --n 1000000
    python benchmarks/bench_ui.py /tmp/big [--pages week,comments] [--again 20] [--index]

Pages are run in this process, without a browser (Streamlit's AppTest); what is kept for one visitor is kept for all.
"""

from __future__ import annotations

import argparse
import gc
import os
import statistics
import time
from pathlib import Path

from machine import keep
from streamlit.testing.v1 import AppTest

from voc.pipeline.search import index_for_search
from voc.store import Store
from voc.ui.routes import SCREENS

#: Pages that a visitor waits for while a brief or a model is made: measured without.
WORDS = ("refund", '"on hold"', "nobody told me what it costs", "helpful lady in the shop", "signal at home")
#: Seconds.
MEDIAN_WANTED, P95_WANTED, SEARCH_WANTED, FIRST_WANTED = 0.4, 1.2, 0.3, 5.0


def opened(page: str) -> AppTest:
    """A new visitor's session on ``page``, not yet run."""
    return AppTest.from_string(f"from voc.ui.routes import main\nmain({page!r})", default_timeout=1800)


def seconds(app: AppTest) -> float:
    """Run the page once more and return what that took; a page that fails ends the benchmark."""
    begun = time.perf_counter()
    app.run()
    taken = time.perf_counter() - begun
    if app.exception or app.error:
        raise SystemExit(f"the page failed: {[one.value for one in (*app.exception, *app.error)]}")
    return taken


def resident_gib() -> float:
    """Memory that this process holds now."""
    fields = Path("/proc/self/statm").read_text().split()
    return int(fields[1]) * os.sysconf("SC_PAGE_SIZE") / 2**30


def p95(times: list[float]) -> float:
    return sorted(times)[max(0, round(0.95 * len(times)) - 1)]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("store", type=Path)
    arguments.add_argument("--pages", default=",".join(screen.name for screen in SCREENS if screen.name != "brief"))
    arguments.add_argument("--again", type=int, default=20, help="loads of each page after the first")
    arguments.add_argument("--index", action="store_true", help="make the search index first")
    given = arguments.parse_args()
    os.environ["VOC_STORE"] = str(given.store)
    if given.index:
        begun = time.perf_counter()
        index_for_search(Store.open(given.store))
        print(f"search index: {time.perf_counter() - begun:.0f} s", flush=True)
    found: dict[str, object] = {"comments": Store.open(given.store).snapshot().count("comments")}
    again: list[float] = []
    pages = {}
    for page in given.pages.split(","):
        first = seconds(opened(page))
        times = [seconds(opened(page)) for _ in range(given.again)]
        again += times
        pages[page] = {"first": first, "median": statistics.median(times), "p95": p95(times)}
        print(f"{page:10} first {first:6.2f} s, again {statistics.median(times):.3f} s ({p95(times):.3f})", flush=True)
    app = opened("comments").run()
    searches = []
    for words in WORDS * 2:
        app.text_input(key="query").set_value(words)
        searches.append(seconds(app))
        print(f"search {words!r}: {searches[-1]:.2f} s", flush=True)
    gc.collect()
    found |= {
        "pages": pages,
        "again_median": statistics.median(again),
        "again_p95": p95(again),
        "search_first_p95": p95(searches[: len(WORDS)]),
        "resident_gib": resident_gib(),
        "wanted": {"median": MEDIAN_WANTED, "p95": P95_WANTED, "search": SEARCH_WANTED, "first": FIRST_WANTED},
    }
    print(f"again: median {found['again_median']:.3f} s, p95 {found['again_p95']:.3f} s; {resident_gib():.2f} GiB")
    keep("ui", found)


if __name__ == "__main__":
    main()
