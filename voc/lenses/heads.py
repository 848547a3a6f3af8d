"""Linear heads over segment vectors: the thin model call. What to make of it is decided in ``decode``."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from voc.errors import ModelError
from voc.lenses.decode import Rules
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

FORMAT: Final = 1

#: Probabilities by lens: shape (classes,), 0…1; each lens but ``signals`` sums to 1.
Probabilities = dict[str, Floats]


def features(vectors: npt.NDArray[np.float16]) -> Floats:
    """Return what the heads see of a comment: mean, largest and smallest value of its segment vectors.

    ``vectors`` has shape (segments, dim), at least one row; the result (3 × dim,), float32. One segment alone is a
    comment of one segment, so the same heads read both.
    """
    rows = vectors.astype(np.float32)
    return np.concatenate([rows.mean(0), rows.max(0), rows.min(0)])


@dataclass(frozen=True)
class Heads:
    """Calibrated linear heads: ``weights`` (features, classes of all lenses), ``bias`` (classes of all lenses).

    Calibration (temperature and class offsets for the choices, Platt 1999 for the signals) is folded into both.
    """

    weights: Floats
    bias: Floats
    rules: Rules
    encoder: str
    version: str

    def apply(self, vectors: npt.NDArray[np.float16]) -> Probabilities:
        """Return the probabilities of one comment (or one segment) from its segment vectors, shape (segments, dim)."""
        # einsum, not BLAS: its sums do not depend on the thread count.
        logits = np.einsum("i,ij->j", features(vectors), self.weights) + self.bias
        probabilities: Probabilities = {}
        at = 0
        for lens, classes in LENSES.items():
            part = logits[at : at + len(classes)]
            probabilities[lens] = _sigmoid(part) if lens == "signals" else _softmax(part)
            at += len(classes)
        return probabilities


def load_heads(folder: Path, encoder: str) -> Heads:
    """Load the heads in ``folder``, made for the encoder named ``encoder``.

    Raises ModelError when they are missing, damaged, of another format or made for another encoder.
    """
    try:
        manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text())
        raw = (folder / "heads.npz").read_bytes()
        with np.load(folder / "heads.npz", allow_pickle=False) as arrays:
            weights, bias = arrays["weights"], arrays["bias"]
    except (OSError, ValueError, KeyError) as error:
        raise ModelError(
            f"No usable lenses in {folder}: restore the models folder, or make them with 'voc train'."
        ) from error
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
    digest = hashlib.sha256(raw + (folder / "manifest.json").read_bytes()).hexdigest()[:8]
    return Heads(weights, bias, Rules.from_json(manifest["rules"]), encoder, f"{manifest['version']}-{digest}")


def _softmax(logits: Floats) -> Floats:
    exponents = np.exp(logits - logits.max())
    return np.asarray(exponents / exponents.sum(), dtype=np.float32)


def _sigmoid(logits: Floats) -> Floats:
    # float32 ends at exp(88).
    return np.asarray(1 / (1 + np.exp(np.minimum(-logits, 80))), dtype=np.float32)
