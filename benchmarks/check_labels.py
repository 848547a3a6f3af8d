"""That labels do not depend on how comments are batched, ordered or spread over threads: the batch law at full size.

    python benchmarks/check_labels.py [--n 5000] [--data FILE.jsonl]

Every lens tag, its probabilities and the evidence of each comment are compared, bit for bit.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
from collections.abc import Sequence
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"

import pyarrow as pa
from machine import keep
from texts import made_comments, read_comments

from voc.pipeline import Tagger, load_tagger

BATCHES = (1, 8, 64)
THREADS = (1, 2, 4)


def tagged(tagger: Tagger, texts: Sequence[str], batch: int, order: Sequence[int]) -> list[str]:
    """What the tagger says of each text, as a digest, with the texts in ``order`` and ``batch`` at a time."""
    found = [""] * len(texts)
    for start in range(0, len(order), batch):
        chosen = order[start : start + batch]
        table = pa.table(
            {
                "dataset": ["d"] * len(chosen),
                "id": [str(i) for i in chosen],
                "text": [texts[i] for i in chosen],
                "status": ["ok"] * len(chosen),
            }
        )
        rows = tagger.tag(table, with_segments=False).comments.to_pylist()
        for i, row in zip(chosen, rows, strict=True):
            found[i] = hashlib.sha256(repr(row).encode()).hexdigest()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--n", type=int, default=5000, help="comments (default 5000)")
    parser.add_argument("--data", type=Path, help="JSON Lines with 'text' instead of made texts")
    args = parser.parse_args()
    texts = list(read_comments(args.data, args.n) if args.data else made_comments(args.n))
    order = list(range(len(texts)))
    first = tagged(load_tagger(threads=2), texts, 64, order)
    random.Random(5).shuffle(order)
    runs = [(batch, 2) for batch in BATCHES] + [(64, threads) for threads in THREADS if threads != 2]
    equal = {}
    for batch, threads in runs:
        found = tagged(load_tagger(threads=threads), texts, batch, order)
        equal[f"batch {batch}, {threads} threads, shuffled"] = sum(a == b for a, b in zip(first, found, strict=True))
        print(f"batch {batch}, {threads} threads: {equal[f'batch {batch}, {threads} threads, shuffled']:,} equal")
    keep("labels", {"comments": len(texts), "equal": equal, "reached": set(equal.values()) == {len(texts)}})


if __name__ == "__main__":
    main()
