"""Figures of one reader's labels beside the true ones, as the parts of what ``voc evaluate`` returns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from textwrap import shorten
from typing import Any

import numpy as np
import numpy.typing as npt

from voc.lenses import LENSES, Decision
from voc.schema import SENTIMENTS, SIGNALS
from voc.text import prepare
from voc.train.evaluation_sets import THREE, Record
from voc.train.labelled import TextRead
from voc.train.measures import Estimate, Tally, calibration_error, confusion, estimate, mean, one_hot, word_f1

#: Signals with fewer examples are named as unmeasured.
LEAST_EXAMPLES = 10
MISTAKES = 10
MISTAKE_LENGTH = 160

Figures = dict[str, Any]


def label_of(read: TextRead, lens: str) -> str | None:
    """The label of a lens that chooses one class; None for a text that got no tags."""
    found = getattr(read.reading, lens, None)
    return found.label if isinstance(found, Decision) else found


def signals_of(read: TextRead) -> set[str] | None:
    return None if read.reading is None else {signal.label for signal in read.reading.signals}


def probability_of(read: TextRead, lens: str) -> float | None:
    """The probability of the label of a lens that chooses one class."""
    label = label_of(read, lens)
    if label is None or read.probabilities is None:
        return None
    return float(read.probabilities[lens][LENSES[lens].index(label)])


def sentiment_of_three(read: TextRead) -> tuple[str | None, float | None]:
    """The most probable sentiment but ``mixed``, and its share of the probability of the three."""
    if read.probabilities is None:
        return None, None
    p = {name: float(read.probabilities["sentiment"][SENTIMENTS.index(name)]) for name in THREE}
    best = max(p, key=lambda name: p[name])
    return best, p[best] / (sum(p.values()) or 1.0)


def named(figure: Estimate, name: str) -> Figures:
    """``figure`` under a ``name``, with the ends of its interval."""
    return {name: figure.value, "low": figure.low, "high": figure.high}


def choice_figures(
    truth: Sequence[str],
    found: Sequence[str | None],
    classes: Sequence[str],
    p: Sequence[float | None] | None = None,
) -> Figures:
    """Figures of a lens that chooses one class. A text without a label counts as wrong.

    ``macro_f1`` is over the classes that occur in ``truth``; ``ece`` over the texts with a label, None without ``p``.
    """
    tally = Tally.of(one_hot(truth, classes), one_hot(found, classes))
    sure = [(one, t == f) for one, t, f in zip(p or (), truth, found, strict=bool(p)) if one is not None]
    return {
        **named(tally.macro_f1(), "macro_f1"),
        "accuracy": sum(t == f for t, f in zip(truth, found, strict=True)) / len(truth),
        "ece": calibration_error(
            np.array([one for one, _ in sure]), np.array([right for _, right in sure], dtype=bool)
        ),
        "classes": class_figures(tally, classes),
        "confusion": confusion(truth, found, classes),
    }


def several_figures(
    truth: Sequence[Sequence[str]],
    found: Sequence[set[str] | None],
    classes: Sequence[str] = SIGNALS,
    p: npt.NDArray[Any] | None = None,
) -> Figures:
    """Figures of a lens whose classes are yes/no questions, such as the signals.

    ``macro_f1`` is over those with ``LEAST_EXAMPLES`` or more, ``unmeasured`` the others. ``p``: (n, classes), NaN for
    a text without tags; ``ece`` is over all answers, None without ``p``.
    """
    right = np.array([[name in own for name in classes] for own in truth])
    tally = Tally.of(right, np.array([[name in (own or ()) for name in classes] for own in found]))
    micro = tally.micro_f1()
    return {
        **named(tally.macro_f1(LEAST_EXAMPLES), "macro_f1"),
        "micro_f1": micro.value,
        "micro_low": micro.low,
        "micro_high": micro.high,
        "unmeasured": [name for name, n in zip(classes, tally.n, strict=True) if n < LEAST_EXAMPLES],
        "accuracy": sum(set(t) == f for t, f in zip(truth, found, strict=True)) / len(truth),
        "ece": None if p is None else calibration_error(p[~np.isnan(p)], right[~np.isnan(p)]),
        "classes": class_figures(tally, classes),
    }


def class_figures(tally: Tally, names: Sequence[str]) -> Figures:
    """Precision, recall and F1 of each class (None where undefined) with ``intervals``, and its number ``n``."""
    measures = {"precision": tally.precision(), "recall": tally.recall(), "f1": tally.f1()}
    figures = {}
    for k, (name, n) in enumerate(zip(names, tally.n, strict=True)):
        own = {measure: estimate(values[:, k]) for measure, values in measures.items()}
        figures[name] = {
            **{measure: one.value for measure, one in own.items()},
            "n": n,
            "intervals": {measure: [one.low, one.high] for measure, one in own.items()},
        }
    return figures


def neither_figures(records: Sequence[Record], stances: Sequence[str | None]) -> Figures:
    """Recall of ``neither`` where feeling misleads: on texts that are not neutral and yet ``neither``."""
    hits = [
        float(found == "neither")
        for record, found in zip(records, stances, strict=True)
        if record["stance"] == "neither" and record["sentiment"] != "neutral"
    ]
    return {"n": len(hits), **named(mean(hits), "recall")}


def evidence_figures(records: Sequence[Record], read: Sequence[TextRead]) -> Figures:
    """Mean F1 of the words shown with those marked, 0 where none are shown; over texts with both stance and mark."""
    scores = [
        word_f1(prepare(record["evidence"], split=False).text, one.evidence) if one.evidence else 0.0
        for record, one in zip(records, read, strict=True)
        if record.get("evidence") and record["stance"] != "neither"
    ]
    return {"n": len(scores), **named(mean(scores), "token_f1")}


def mistakes(lens: str, records: Sequence[Record], read: Sequence[TextRead]) -> list[Figures]:
    """The wrong labels with the highest probability: ``id`` where given, the prepared and masked text, cut."""
    return worst(
        (record.get("id"), record[lens], label_of(one, lens), probability_of(one, lens), one.text)
        for record, one in zip(records, read, strict=True)
    )


def worst(labelled: Iterable[tuple[str | None, str, str | None, float | None, str]]) -> list[Figures]:
    """The wrong labels with the highest probability, of (id, truth, found, p, text); those without one left out."""
    wrong: list[Figures] = [
        {
            "id": id_,
            "truth": truth,
            "found": found,
            "p": p,
            "text": shorten(text, MISTAKE_LENGTH, placeholder=" …"),
        }
        for id_, truth, found, p, text in labelled
        if found != truth and p is not None
    ]
    return sorted(wrong, key=lambda mistake: (-mistake["p"], mistake["text"]))[:MISTAKES]
