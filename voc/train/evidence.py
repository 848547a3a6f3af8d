"""What the strongest signal counts in the choice of the segment that shows it."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
import numpy.typing as npt

from voc.lenses import Heads, decode, evidence_span
from voc.train.labelled import Labelled
from voc.train.measures import word_f1

_CHOICES: Final = (0.0, 0.25, 0.5, 1.0, 2.0, 4.0)


def evidence_weight(heads: Heads, labelled: Labelled, aside: npt.NDArray[np.bool_]) -> float:
    """The weight (``Rules.evidence_weight``) with which the evidence of the comments set aside has most words in common
    with what is marked in them.
    """
    known = [i for i in np.flatnonzero(aside).tolist() if labelled.records[i].get("evidence")]

    def fit(weight: float) -> float:
        weighed = replace(heads, rules=replace(heads.rules, evidence_weight=weight))
        return float(np.mean([_fit(weighed, labelled, i) for i in known])) if known else 0.0

    return max(_CHOICES, key=fit)


def _fit(heads: Heads, labelled: Labelled, i: int) -> float:
    encoded, text = labelled.encoded[i], labelled.texts[i]
    reading = decode(heads.read(encoded, text), heads.rules)
    shown = evidence_span(heads, encoded, text, labelled.spans[i], reading)
    return word_f1(labelled.records[i]["evidence"], text[shown.start : shown.end]) if shown else 0.0
