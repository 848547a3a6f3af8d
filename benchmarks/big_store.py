"""A store of many comments, resampled from a small one: each keeps its words, tags, segments and vectors."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pyarrow as pa

from voc.config import samples_folder
from voc.pipeline import RunOptions, run
from voc.schema import KEY
from voc.store import Snapshot, Store

PART = 100_000
DAY = 24 * 3600 * 1_000_000


def big_store(folder: Path, n: int, small: Store, seed: int = 1) -> None:
    """Write ``n`` comments, drawn from ``small`` with replacement and moved by up to ten days, to ``folder``."""
    snapshot = small.snapshot()
    drawn = np.random.default_rng(seed)
    comments = snapshot.comments()
    dated = comments["date"].cast(pa.int64()).to_numpy(zero_copy_only=False)
    segments, vectors, first, many = _by_comment(snapshot, comments)
    with Store.open(folder, create=True).writer("benchmark: resampled") as writer:
        for start in range(0, n, PART):
            size = min(PART, n - start)
            rows = drawn.integers(0, len(comments), size)
            ids = pa.array([f"r{number:07d}" for number in range(start, start + size)])
            moved = dated[rows] + drawn.integers(0, 10 * DAY, size)
            part = comments.take(rows)
            for name in ("id", "response_id"):
                part = part.set_column(part.schema.get_field_index(name), name, ids)
            date = pa.array(moved).cast(part.schema.field("date").type)
            part = part.set_column(part.schema.get_field_index("date"), "date", date)
            # the segments of drawn comment i are a run of rows from first[i] on
            of = np.repeat(np.arange(size), many[rows])
            within = np.arange(len(of)) - np.repeat(np.cumsum(many[rows]) - many[rows], many[rows])
            places = first[rows][of] + within
            own = segments.take(places).set_column(1, "id", ids.take(pa.array(of)))
            writer.put(part, own, vectors[places], new=True)
        writer.append_events(snapshot.events())
        writer.replace_themes(snapshot.themes())
        last = snapshot.run or {}
        writer.finish({"new": n}, str(last.get("model_version")), str(last.get("theme_version")))


def _by_comment(snapshot: Snapshot, comments: pa.Table) -> tuple[pa.Table, np.ndarray, np.ndarray, np.ndarray]:
    """Segments and vectors in the order of the comments; where each comment's begin, and how many it has."""
    place = {key: i for i, key in enumerate(zip(*(comments[name].to_pylist() for name in KEY), strict=True))}
    segments = snapshot.segments()
    keys, vectors = snapshot.vectors()
    row = {key: i for i, key in enumerate(zip(*(keys[name].to_pylist() for name in keys.column_names), strict=True))}
    names = zip(*(segments[name].to_pylist() for name in (*KEY, "segment_no")), strict=True)
    named = sorted((place[key[:2]], key[2], i, row[key]) for i, key in enumerate(names))
    many = np.bincount([comment for comment, *_ in named], minlength=len(comments))
    order = np.array([i for *_, i, _ in named])
    return segments.take(order), vectors[[i for *_, i in named]], np.cumsum(many) - many, many


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--n", type=int, default=1_000_000)
    arguments.add_argument("--small", type=Path, help="a store to draw from; default: one made of the sample data")
    given = arguments.parse_args()
    small = given.small or given.folder.with_name(f"{given.folder.name}-small")
    if not small.exists():
        run([str(samples_folder())], Store.open(small, create=True), RunOptions(command="benchmark: samples"))
    big_store(given.folder, given.n, Store.open(small))
    print(f"{given.folder}: {Store.open(given.folder).snapshot().count('comments'):,} comments")


if __name__ == "__main__":
    main()
