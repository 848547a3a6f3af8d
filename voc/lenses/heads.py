"""Linear heads over the vectors of a comment: the thin model call. What to make of it is decided in ``decode``."""

from __future__ import annotations

import hashlib
import io
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from voc.encode import Encoded
from voc.errors import ModelError
from voc.lenses.decode import Rules
from voc.lenses.ngrams import PLACES, NGrams
from voc.schema import ADVOCACIES, INTENTS, SENTIMENTS, SIGNALS, STANCES

Floats = npt.NDArray[np.float32]

#: Each lens with its classes. ``signals`` are independent yes/no questions, the others choose one class.
LENSES: Final[dict[str, tuple[str, ...]]] = {
    "sentiment": SENTIMENTS,
    "stance": STANCES,
    "signals": SIGNALS,
    "intent": INTENTS,
    "advocacy": ADVOCACIES,
}

FORMAT: Final = 4

#: Probabilities by lens: shape (classes,), 0…1; each lens but ``signals`` sums to 1.
Probabilities = dict[str, Floats]


def features(encoded: Encoded) -> Floats:
    """Return mean and largest value over all tokens of a comment, (2 × dim,), float32."""
    rows = encoded.lens.astype(np.float32)
    mean, largest = np.split(rows, 2, axis=1)
    share = encoded.tokens.astype(np.float32) / encoded.tokens.sum()
    return np.concatenate([np.einsum("i,ij->j", share, mean), largest.max(0)])


def segment_features(encoded: Encoded, segment: int) -> Floats:
    """Return mean and largest value over the tokens of one segment of a comment, (2 × dim,), float32."""
    return np.asarray(encoded.lens[segment], dtype=np.float32)


@dataclass(frozen=True)
class Linear:
    """A linear map: ``weights`` (features, outputs), ``bias`` (outputs,)."""

    weights: Floats
    bias: Floats

    def __call__(self, seen: Floats) -> Floats:
        """Map (…, features) to (…, outputs)."""
        # einsum, not BLAS: its sums do not depend on the thread count.
        return np.asarray(np.einsum("...i,ij->...j", seen, self.weights) + self.bias, dtype=np.float32)


class Scaling(NamedTuple):
    """A calibration: logits · slope + offset, each (classes,)."""

    slope: Floats
    offset: Floats


@dataclass(frozen=True)
class Heads:
    """What reads a comment. ``alone``: from a segment to the logits of its signals. ``lenses``: from a comment, and of
    each signal the largest logit of its segments, to the logits of all lenses. ``ngrams``: logits of the words alone,
    which are added ``beside`` (classes,) times, or read a comment ``first`` and without the encoder.

    Calibration (temperature and class offsets for the choices, Platt 1999 for the signals) is folded into ``lenses``
    and ``beside``. One segment is a comment of one segment, so the same heads read both.
    """

    alone: Linear
    lenses: Linear
    ngrams: NGrams
    beside: Floats
    first: Scaling
    rules: Rules
    encoder: str
    version: str

    def signals_alone(self, encoded: Encoded) -> Floats:
        """The logits of the signals of each segment, (segments, signals); uncalibrated, they compare segments."""
        return self.alone(encoded.lens.astype(np.float32))

    def read(self, encoded: Encoded, text: str) -> Probabilities:
        """The probabilities of a comment."""
        return self._read(np.concatenate([features(encoded), self.signals_alone(encoded).max(0)]), text)

    def read_segment(self, encoded: Encoded, segment: int, text: str) -> Probabilities:
        """The probabilities of one segment of a comment, from the segment's text."""
        seen = segment_features(encoded, segment)
        return self._read(np.concatenate([seen, self.alone(seen)]), text)

    def read_words(self, text: str) -> Probabilities:
        """The probabilities of a comment or a segment by its words alone, without an encoder."""
        return self._probabilities(self.ngrams(text) * self.first.slope + self.first.offset)

    def _read(self, seen: Floats, text: str) -> Probabilities:
        return self._probabilities(self.lenses(seen) + self.ngrams(text) * self.beside)

    def _probabilities(self, logits: Floats) -> Probabilities:
        probabilities: Probabilities = {}
        at = 0
        for lens, classes in LENSES.items():
            part = logits[at : at + len(classes)]
            probabilities[lens] = sigmoid(part) if lens == "signals" else softmax(part)
            at += len(classes)
        return probabilities


def load_heads(folder: Path, encoder: str) -> Heads:
    """Load the heads in ``folder``, made for the encoder named ``encoder``.

    Raises ModelError when they are missing, damaged, of another format or made for another encoder.
    """
    try:
        written = (folder / "manifest.json").read_bytes()
        raw = (folder / "heads.npz").read_bytes()
        manifest: dict[str, Any] = json.loads(written)
        _require_fit(folder, manifest, encoder)
        digest = hashlib.sha256(raw).hexdigest()
        if manifest["heads_sha256"] != digest:
            raise ModelError(f"{folder / 'heads.npz'} differs from its manifest: restore the models folder.")
        version = f"{manifest['version']}-{hashlib.sha256(raw + written).hexdigest()[:8]}"
        return _heads(raw, Rules.from_json(manifest["rules"]), encoder, version)
    except (OSError, EOFError, ValueError, KeyError, TypeError, AttributeError, BadZipFile, zlib.error) as error:
        raise ModelError(
            f"No usable lenses in {folder}: restore the models folder, or make them with 'voc train'."
        ) from error


def _require_fit(folder: Path, manifest: Mapping[str, Any], encoder: str) -> None:
    """Raise ModelError for lenses of another format, encoder or set of classes."""
    if manifest.get("format") != FORMAT:
        raise ModelError(
            f"Lenses in {folder} have format {manifest.get('format')}, this version reads {FORMAT}: train them anew."
        )
    if manifest["encoder"] != encoder:
        raise ModelError(
            f"Lenses in {folder} were trained on vectors of {manifest['encoder']}, not {encoder}: "
            "train them anew with 'voc train --encoder'."
        )
    if {name: tuple(classes) for name, classes in manifest["lenses"].items()} != LENSES:
        raise ModelError(f"Lenses in {folder} know other classes than this version: train them anew with 'voc train'.")


def _heads(raw: bytes, rules: Rules, encoder: str, version: str) -> Heads:
    """Raises ValueError, KeyError or BadZipFile where the arrays are damaged or do not fit together."""
    with np.load(io.BytesIO(raw), allow_pickle=False) as arrays:
        read = {name: arrays[name] for name in arrays.files}
    outputs, (seen, signals) = sum(map(len, LENSES.values())), read["alone.weights"].shape
    shapes = {
        "alone.bias": (signals,),
        "lenses.weights": (seen + signals, outputs),
        "ngrams.rarity": (2 * PLACES,),
        "ngrams.weights": (2 * PLACES, outputs),
    } | dict.fromkeys(
        ("lenses.bias", "ngrams.scale", "ngrams.bias", "beside", "first.slope", "first.offset"), (outputs,)
    )
    if signals != len(SIGNALS) or any(read[name].shape != shape for name, shape in shapes.items()):
        raise ValueError("the arrays differ in number")
    if not all(np.isfinite(array).all() for array in read.values()):
        raise ValueError("a weight is no number")
    alone, lenses = (Linear(read[f"{part}.weights"], read[f"{part}.bias"]) for part in ("alone", "lenses"))
    ngrams = NGrams(*(read[f"ngrams.{part}"] for part in NGrams._fields))
    first = Scaling(read["first.slope"], read["first.offset"])
    return Heads(alone, lenses, ngrams, read["beside"], first, rules, encoder, version)


def softmax(logits: Floats) -> Floats:
    """Probabilities of one choice, (classes,)."""
    exponents = np.exp(logits - logits.max())
    return np.asarray(exponents / exponents.sum(), dtype=np.float32)


def sigmoid(logits: Floats) -> Floats:
    """Probabilities of independent yes/no questions."""
    # float32 ends at exp(88).
    return np.asarray(1 / (1 + np.exp(np.minimum(-logits, 80))), dtype=np.float32)
