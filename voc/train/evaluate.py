"""Measure the lenses on labelled comments that they were not trained on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from voc.encode import Encoder
from voc.lenses import LENSES, Decision, Heads, Reading, decode, evidence_segment
from voc.schema import SIGNALS
from voc.train.labelled import Labelled, encode_labelled, read_labelled

BOOTSTRAP = 1000
BINS = 10

Ints = npt.NDArray[np.int64]


def evaluate(
    data: Path, encoder: Encoder, heads: Heads, progress: Callable[[int], None] | None = None
) -> dict[str, Any]:
    """Read the labelled comments in ``data`` with the lenses, compare, return the contract's document.

    ``macro_f1`` with a 95 % percentile bootstrap interval over comments (signals: ``micro_f1`` too);
    ``ece``: expected calibration error in ten equal bins (Guo et al. 2017). ``evidence``: share of the comments with a
    labelled stretch and a signal found whose own evidence holds half of it. A comment that tagging would leave alone
    counts as wrong. ``progress`` counts segments. Raises InputError for unusable data.
    """
    labelled = encode_labelled(read_labelled(data, with_nc=True), encoder, progress)
    readings = [
        decode(heads.apply(v), heads.rules) if ok else None
        for v, ok in zip(labelled.vectors, labelled.taggable, strict=True)
    ]
    lenses = {
        lens: _signals(labelled, readings) if lens == "signals" else _choice(lens, labelled, readings)
        for lens in LENSES
    }
    return {"n": len(labelled), "lenses": lenses, "evidence": _evidence(labelled, readings, heads)}


def _choice(lens: str, labelled: Labelled, readings: Sequence[Reading | None]) -> dict[str, Any]:
    classes = list(LENSES[lens])
    truth = labelled.y[lens]
    decisions = [None if reading is None else getattr(reading, lens) for reading in readings]
    labels = [d.label if isinstance(d, Decision) else d for d in decisions]
    found = np.array([-1 if label is None else classes.index(label) for label in labels])
    low, high = _interval(lambda rows: _macro_f1(truth[rows], found[rows], len(classes)), len(truth))
    result = {
        "macro_f1": _macro_f1(truth, found, len(classes)),
        "low": low,
        "high": high,
        "accuracy": float((truth == found).mean()),
        "ece": None,
        "classes": _by_class(truth, found, classes),
    }
    p = np.array([d.p if isinstance(d, Decision) else np.nan for d in decisions])
    if not np.isnan(p).all():
        p = np.nan_to_num(p)
        result["ece"] = _calibration_error(p, truth == found)
    return result


def _signals(labelled: Labelled, readings: Sequence[Reading | None]) -> dict[str, Any]:
    from sklearn.metrics import f1_score

    truth = labelled.y["signals"].astype(bool)
    named = [{d.label for d in reading.signals} if reading else set() for reading in readings]
    found = np.array([[signal in own for signal in SIGNALS] for own in named])

    def macro(rows: Ints) -> float:
        return float(f1_score(truth[rows], found[rows], average="macro", zero_division=0))

    low, high = _interval(macro, len(truth))
    return {
        "macro_f1": macro(np.arange(len(truth))),
        "micro_f1": float(f1_score(truth, found, average="micro", zero_division=0)),
        "low": low,
        "high": high,
        "accuracy": float((truth == found).all(1).mean()),
        "ece": None,
        "classes": _by_class(truth, found, SIGNALS),
    }


def _by_class(truth: Any, found: Any, names: Sequence[str]) -> dict[str, dict[str, float]]:
    """Precision, recall, F1 and number of each class, from class numbers or from 0/1 columns."""
    from sklearn.metrics import precision_recall_fscore_support

    columns = precision_recall_fscore_support(truth, found, labels=range(len(names)), zero_division=0)
    keys = ("precision", "recall", "f1", "n")
    return {
        name: {key: int(value) if key == "n" else float(value) for key, value in zip(keys, row, strict=True)}
        for name, row in zip(names, zip(*columns, strict=True), strict=True)
    }


def _evidence(labelled: Labelled, readings: Sequence[Reading | None], heads: Heads) -> dict[str, Any]:
    hits = []
    for record, text, vectors, spans, reading in zip(
        labelled.records, labelled.texts, labelled.vectors, labelled.spans, readings, strict=True
    ):
        shown = evidence_segment(heads, vectors, reading) if reading else None
        if shown is not None and record.get("evidence"):
            hits.append(_overlaps(record["evidence"], text[spans[shown].start : spans[shown].end]))
    return {"n": len(hits), "overlap": sum(hits) / len(hits) if hits else None}


def _overlaps(given: str, own: str) -> bool:
    """Whether a stretch of the labelled evidence, half of its words or more in order, stands in the model's."""
    words = given.lower().split()
    half = max(1, len(words) // 2)
    return any(" ".join(words[i : i + half]) in " ".join(own.lower().split()) for i in range(len(words) - half + 1))


def _macro_f1(truth: Ints, found: Ints, classes: int) -> float:
    from sklearn.metrics import f1_score

    return float(f1_score(truth, found, labels=range(classes), average="macro", zero_division=0))


def _interval(score: Any, n: int) -> tuple[float, float]:
    random = np.random.default_rng(0)
    scores = [score(random.integers(0, n, n)) for _ in range(BOOTSTRAP)]
    low, high = np.percentile(scores, [2.5, 97.5])
    return float(low), float(high)


def _calibration_error(p: npt.NDArray[np.float64], right: npt.NDArray[np.bool_]) -> float:
    bins = np.minimum((p * BINS).astype(int), BINS - 1)
    gaps = [abs(p[bins == b].mean() - right[bins == b].mean()) * (bins == b).mean() for b in np.unique(bins)]
    return float(sum(gaps))
