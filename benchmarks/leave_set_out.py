"""How well the lenses read a kind of comment of which they have seen no label: one public set left out at a time.

    python benchmarks/leave_set_out.py ENCODER LABELLED.jsonl [LABELLED.jsonl ...]

ENCODER is an encoder whose network has seen no label of a lens: ``voc.train.finetune`` writes one after its first
stage (``NAME.weak``), ``voc.train.export`` makes the encoder. Heads on it are fitted without a set and measured on it;
and with half of the set among the rest, for what the set's own labels bring. No calibration.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

os.environ["HF_HUB_OFFLINE"] = "1"

import numpy as np
import numpy.typing as npt
from machine import keep
from sklearn.metrics import f1_score
from sklearn.model_selection import KFold

from voc.encode import load_encoder
from voc.train.fitting import fit
from voc.train.labelled import Labelled, encode_labelled, read_labelled

PENALTY = 0.003
MEASURED = ("sentiment", "stance", "signals")
#: Comments that a set must have to be left out.
LEAST = 400
SIGNAL_ABOVE = -0.6


def f1(labelled: Labelled, lens: str, learn: npt.NDArray[np.bool_], test: npt.NDArray[np.bool_]) -> npt.NDArray[Any]:
    """Labels found for the comments of ``test`` by heads fitted on those of ``learn``."""
    y = labelled.y[lens]
    fitted = fit(labelled.x[learn], y[learn], PENALTY)
    logits = labelled.x[test] @ fitted.weights + fitted.bias
    return np.asarray(logits > SIGNAL_ABOVE if y.ndim == 2 else logits.argmax(1))


def score(truth: npt.NDArray[Any], found: npt.NDArray[Any]) -> float:
    """Micro-F1 of signals, macro-F1 of the classes that occur otherwise."""
    if truth.ndim == 2:
        return float(f1_score(truth, found, average="micro", zero_division=0))
    return float(f1_score(truth, found, average="macro", labels=np.unique(truth), zero_division=0))


def figures(labelled: Labelled, sets: npt.NDArray[Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    names, counts = np.unique(sets, return_counts=True)
    for name, n in zip(names, counts, strict=True):
        if n < LEAST:
            continue
        own, row = sets == name, {"n": int(n)}
        for lens in MEASURED:
            truth = labelled.y[lens][own]
            unseen = f1(labelled, lens, ~own, own)
            seen = np.empty_like(unseen)
            for _, fold in KFold(2, shuffle=True, random_state=3).split(truth):
                test = np.zeros(len(sets), dtype=bool)
                test[np.flatnonzero(own)[fold]] = True
                seen[fold] = f1(labelled, lens, ~test, test)
            row[lens] = {"left_out": round(score(truth, unseen), 3), "among": round(score(truth, seen), 3)}
        yield str(name), row


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("encoder")
    parser.add_argument("data", type=Path, nargs="+")
    args = parser.parse_args()
    labelled = encode_labelled(read_labelled(*args.data, with_nc=False), load_encoder(args.encoder))
    found = {}
    for name, row in figures(labelled, np.array([str(record.get("set")) for record in labelled.records])):
        found[name] = row
        print(name, row, flush=True)
    keep("leave-set-out", {"comments": len(labelled), "sets": found})


if __name__ == "__main__":
    main()
