"""Measure a lens of the user's own on labelled texts that it was not trained on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from voc.encode import Encoded, Encoder
from voc.lenses import OwnLens, OwnTag, own_features
from voc.progress import Progress, Silent
from voc.train.figures import Figures, choice_figures, several_figures, worst
from voc.train.labelled import encoded_as_tagged
from voc.train.own_labels import OwnLabels, read_own_labels


class OwnRead(NamedTuple):
    """What tagging makes of a text: prepared and masked, its tag and the probability of every class (classes,).

    The last two are None where tagging leaves it alone.
    """

    text: str
    tag: OwnTag | None
    p: npt.NDArray[np.float32] | None


def evaluate_own(
    data: Sequence[Path],
    encoder: Encoder,
    lens: OwnLens,
    *,
    text_column: str = "text",
    progress: Progress | None = None,
) -> Figures:
    """Read the texts in ``data`` with ``lens``, compare, return a document as ``evaluate`` does, of this lens alone.

    Rows without text or label are left out. Intervals: 95 % percentile bootstrap over texts. Raises InputError for
    unusable data.
    """
    labels = read_own_labels(data, lens.declaration, text_column)
    with (progress or Silent()).task("Reading", len(labels.texts)) as advance:
        read = [
            _read(prepared.text, encoded, lens)
            for prepared, encoded in encoded_as_tagged(labels.texts, encoder, advance)
        ]
    name = lens.declaration.name
    several = lens.declaration.several
    return {
        "files": [path.name for path in data],
        "model": {"encoder": encoder.name, "lenses": lens.version},
        "n": len(read),
        "left_alone": sum(one.tag is None for one in read),
        "lenses": {name: _several(labels, read, lens) if several else _choice(labels, read, lens)},
        "mistakes": {} if several else {name: _mistakes(labels, read)},
        "references": {},
    }


def _read(text: str, encoded: Encoded | None, lens: OwnLens) -> OwnRead:
    if encoded is None:
        return OwnRead(text, None, None)
    p = lens.apply(own_features(encoded))
    return OwnRead(text, lens.decide(p), p)


def _choice(labels: OwnLabels, read: Sequence[OwnRead], lens: OwnLens) -> Figures:
    truth = [own for (own,) in labels.labels]
    p = [None if one.p is None else float(one.p.max()) for one in read]
    return choice_figures(truth, [_label(one) for one in read], list(lens.declaration.classes), p)


def _several(labels: OwnLabels, read: Sequence[OwnRead], lens: OwnLens) -> Figures:
    classes = list(lens.declaration.classes)
    found = [None if one.tag is None else set(one.tag.label) for one in read]
    p = np.array([np.full(len(classes), np.nan) if one.p is None else one.p for one in read], dtype=np.float64)
    return several_figures(labels.labels, found, classes, p)


def _mistakes(labels: OwnLabels, read: Sequence[OwnRead]) -> list[Figures]:
    return worst(
        (id_, truth, _label(one), None if one.p is None else float(one.p.max()), one.text)
        for id_, (truth,), one in zip(labels.ids, labels.labels, read, strict=True)
    )


def _label(read: OwnRead) -> str | None:
    return read.tag.label if read.tag and isinstance(read.tag.label, str) else None
