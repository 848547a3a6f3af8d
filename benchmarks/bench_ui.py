"""The explorer on a large store: time of every page, first and again, of filters and searches, and memory.

    python benchmarks/big_store.py /tmp/big --n 1000000
    python benchmarks/bench_ui.py /tmp/big [--pages week,comments] [--again 20] [--loads 200] [--index]
    python benchmarks/bench_ui.py /tmp/big --visits     memory of five visitors alone, kept as ui-memory.json

Pages are run in this process, without a browser (Streamlit's AppTest); what is kept for one visitor is kept for all.
Five visitors walk here twice: in a process that has shown every page and searched with and without an index before,
and (``--visits``) in one that serves them alone.
Beside the seconds on the clock stand those of the processor: where other work shares the machine, they tell what a page
costs.
"""

from __future__ import annotations

import argparse
import gc
import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

from machine import keep
from streamlit.testing.v1 import AppTest

from voc.pipeline.prepared import prepared
from voc.store import Store
from voc.ui.routes import SCREENS
from voc.ui.serve import load as load_libraries

WORDS = ("refund", '"on hold"', "nobody told me what it costs", "helpful lady in the shop", "signal at home")
#: What the visitors of the test of memory look at, each with filters of their own.
VISITORS: tuple[dict[str, str], ...] = (
    {},
    {"sentiment": "negative"},
    {"stance": "giving"},
    {"words": "phone"},
    {"source": "survey"},
)
VISITED = ("week", "themes", "comments", "overview", "giving")
#: Numbers of the pages, asked of the bare engine over the same files.
BARE = {
    "comments by theme": "SELECT theme, count(DISTINCT comment_no) FROM segments GROUP BY theme",
    "NPS by week": (
        "SELECT date_trunc('week', date) AS week, 100 * (avg((nps >= 9)::INT) - avg((nps <= 6)::INT)) FROM"
        " (SELECT DISTINCT response_no, date, nps FROM comments WHERE nps IS NOT NULL) GROUP BY week"
    ),
    "stances by month": "SELECT date_trunc('month', date) AS month, stance, count(*) FROM comments GROUP BY ALL",
}
#: Seconds; GiB; MB.
WANTED = {"median": 0.4, "p95": 1.2, "search": 0.3, "first": 5.0, "gib": 2.5, "mb_per_page": 2.0}


class Load(NamedTuple):
    """Seconds on the clock and of the processor, and MB that go to the browser."""

    wall: float
    cpu: float
    mb: float


def opened(page: str, **query: str) -> AppTest:
    """A new visitor's session on ``page``, not yet run."""
    app = AppTest.from_string(f"from voc.ui.routes import main\nmain({page!r})", default_timeout=1800)
    for name, value in query.items():
        app.query_params[name] = value
    return app


def load(app: AppTest) -> Load:
    """Run the page once more and return what that took; a page that fails ends the benchmark."""
    wall, cpu = time.perf_counter(), time.process_time()
    app.run()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    if app.exception or app.error:
        raise SystemExit(f"the page failed: {[one.value for one in (*app.exception, *app.error)]}")
    return Load(wall, cpu, weight(app._tree) / 1e6)


def weight(node: Any) -> int:
    """Bytes of all elements of a page."""
    if hasattr(node, "children"):
        return sum(weight(child) for child in node.children.values())
    return int(node.proto.ByteSize())


def resident_gib() -> float:
    """Memory that this process holds now, files that are mapped included."""
    fields = Path("/proc/self/statm").read_text().split()
    return int(fields[1]) * os.sysconf("SC_PAGE_SIZE") / 2**30


def own_gib() -> float:
    """The same without what is mapped from files and shared."""
    fields = Path("/proc/self/statm").read_text().split()
    return (int(fields[1]) - int(fields[2])) * os.sysconf("SC_PAGE_SIZE") / 2**30


def p95(times: list[float]) -> float:
    return sorted(times)[max(0, round(0.95 * len(times)) - 1)]


def summary(loads: list[Load]) -> dict[str, float]:
    """Median and 95th percentile of several loads."""
    found = {}
    for name in ("wall", "cpu"):
        times = [getattr(one, name) for one in loads]
        found |= {f"{name}_median": statistics.median(times), f"{name}_p95": p95(times)}
    return found


def searches() -> dict[str, dict[str, float]]:
    """Searches by words and by meaning on a page that is open, each the first time and again."""
    app = opened("comments").run()
    loads = []
    for words in WORDS * 2:
        app.text_input(key="query").set_value(words)
        loads.append(load(app))
        print(f"search {words!r}: {loads[-1].wall:.2f} s, {loads[-1].cpu:.2f} s of processor", flush=True)
    return {"first": summary(loads[: len(WORDS)]), "again": summary(loads[len(WORDS) :])}


def visits(loads: int) -> list[dict[str, float]]:
    """Memory while the visitors walk from page to page, five times on the way."""
    sessions = [[opened(page, **query) for page in VISITED] for query in VISITORS]
    held = []
    for number in range(loads):
        session = sessions[number % len(sessions)]
        load(session[number // len(sessions) % len(VISITED)])
        if (number + 1) % max(loads // 5, 1) == 0:
            held.append({"loads": number + 1, "resident_gib": resident_gib(), "own_gib": own_gib()})
            print(f"after {number + 1} loads: {held[-1]}", flush=True)
    return held


def bare(store: Path) -> dict[str, float]:
    """Seconds that DuckDB alone takes for some of the numbers."""
    import duckdb

    comments, segments = prepared(Store.open(store).snapshot())
    found = {}
    with duckdb.connect() as connection:
        connection.register("segments", segments)
        connection.register("comments", comments.set_column(5, "date", comments["date"].cast("timestamp[us]")))
        for name, query in BARE.items():
            begun = time.perf_counter()
            connection.execute(query).fetchall()
            found[name] = time.perf_counter() - begun
    return found


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("store", type=Path)
    arguments.add_argument("--pages", default=",".join(screen.name for screen in SCREENS if screen.name != "brief"))
    arguments.add_argument("--again", type=int, default=20, help="loads of each page after the first")
    arguments.add_argument("--loads", type=int, default=200, help="loads by five visitors with filters of their own")
    arguments.add_argument("--index", action="store_true", help="then make the search index and search once more")
    arguments.add_argument("--visits", action="store_true", help="only walk the visitors through")
    given = arguments.parse_args()
    os.environ["VOC_STORE"] = str(given.store)
    if given.visits:
        load_libraries()
        keep("ui-memory", {"visits": visits(given.loads), "wanted_gib": WANTED["gib"] * 1e9 / 2**30})
        return
    store = Store.open(given.store)
    found: dict[str, Any] = {"comments": store.snapshot().count("comments"), "load_average": os.getloadavg()[0]}
    load_libraries()  # as ``voc explore`` does while its server starts
    begun = time.perf_counter()
    prepared(store.snapshot())
    found["prepared_seconds"] = time.perf_counter() - begun  # next to nothing where the files are there
    names, again, pages = given.pages.split(","), [], {}
    for page in names:
        first = load(opened(page))
        loads = [load(opened(page)) for _ in range(given.again)]
        again += loads
        pages[page] = {"first_wall": first.wall, "first_cpu": first.cpu, "mb": first.mb, **summary(loads)}
        print(f"{page:10} {', '.join(f'{name} {value:.2f}' for name, value in pages[page].items())}", flush=True)
    found |= {"pages": pages, "again": summary(again)}
    if not any(store.snapshot().indexed):
        found["search"] = searches()
    if given.index:
        begun = time.perf_counter()
        # in a process of its own, as somebody at a command line would
        subprocess.run([sys.executable, "-m", "voc", "search", "--index", "--store", given.store], check=True)
        found |= {"index_seconds": time.perf_counter() - begun, "search_indexed": searches()}
    gc.collect()
    found |= {
        "resident_gib_unfiltered": resident_gib(),
        "visits": visits(given.loads),
        "peak_gib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
        "bare_duckdb_seconds": bare(given.store),
        "load_average_at_end": os.getloadavg()[0],
        "wanted": WANTED,
    }
    keep("ui", found)


if __name__ == "__main__":
    main()
