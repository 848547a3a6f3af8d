"""What int8 weights cost: labels of the shipped lenses over the int8 encoder and over the same network in float32.

    python benchmarks/check_int8.py NETWORK DEV.jsonl

NETWORK is what ``voc.train.finetune`` wrote, DEV labelled comments that nothing was trained on.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from dataclasses import replace
from importlib import resources
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"

from machine import keep

from voc.config import models_folder
from voc.encode import OnnxEncoder, load_encoder
from voc.lenses import LENSES, load_heads
from voc.train.evaluate import evaluate
from voc.train.export import WEIGHTS_PACKAGE, export
from voc.train.figures import label_of, signals_of
from voc.train.labelled import read_labelled, read_texts

MOST_LOST = 0.01


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("network", type=Path)
    parser.add_argument("data", type=Path)
    args = parser.parse_args()
    small = load_encoder()
    heads = load_heads(models_folder() / "lenses", small.name)
    with tempfile.TemporaryDirectory() as folder:
        weights = Path(str(resources.files(WEIGHTS_PACKAGE))) / "model"
        full = OnnxEncoder(export(weights, Path(folder), args.network, int8=False))
    texts = [record["text"] for record in read_labelled(args.data, with_nc=True)]
    same = replace(heads, encoder=full.name)
    reads = [read_texts(texts, encoder, own) for encoder, own in ((small, heads), (full, same))]
    figures = [evaluate([args.data], encoder, own)["lenses"] for encoder, own in ((small, heads), (full, same))]
    found = {}
    for lens in LENSES:
        labels = [[signals_of(r) if lens == "signals" else label_of(r, lens) for r in read] for read in reads]
        measure = "micro_f1" if lens == "signals" else "macro_f1"
        int8, fp32 = (own[lens][measure] for own in figures)
        found[lens] = {
            "measure": measure,
            "int8": round(int8, 4),
            "fp32": round(fp32, 4),
            "lost": round(fp32 - int8, 4),
            "labels_equal": round(sum(a == b for a, b in zip(*labels, strict=True)) / len(texts), 4),
        }
        print(lens, found[lens])
    lost = max(own["lost"] for own in found.values())
    keep("int8", {"comments": len(texts), "lenses": found, "most_lost": lost, "reached": lost <= MOST_LOST})


if __name__ == "__main__":
    main()
