"""A lens of the user's own: one more linear head over the vectors that the shipped lenses read."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from voc.encode import Encoded
from voc.errors import ModelError
from voc.lenses.heads import features, segment_features, sigmoid, softmax
from voc.schema import COMMENTS, READ, SEGMENTS

Floats = npt.NDArray[np.float32]

FORMAT: Final = 1
KIND: Final = "own lens"
#: Of independent classes those that are at least so probable are given.
SURE: Final = 0.5
#: Columns of other meaning: no lens may have their name, in capitals or not.
RESERVED: Final = frozenset({*READ.names, *COMMENTS.names, *SEGMENTS.names, "theme_labels"})


@dataclass(frozen=True)
class Declaration:
    """What a lens asks. ``classes``: name → description. ``several``: each class is a yes/no question of its own;
    else a comment has exactly one. ``column``: where labelled data hold the answer.
    """

    name: str
    classes: Mapping[str, str]
    several: bool
    column: str

    @property
    def columns(self) -> tuple[str, str]:
        """The columns that tagging adds: label and probability, or lists of both."""
        return self.name, f"{self.name}_p"

    def taken(self) -> str | None:
        """The first of ``columns`` that has another meaning already, or None."""
        return next((column for column in self.columns if column.lower() in RESERVED), None)


class OwnTag(NamedTuple):
    """What a lens says: a class and its calibrated probability, 0…1; of several, lists of both, strongest first."""

    label: str | list[str]
    p: float | list[float]


@dataclass(frozen=True)
class OwnLens:
    """A declared lens and its calibrated head: ``weights`` (features, classes), ``bias`` (classes,)."""

    declaration: Declaration
    weights: Floats
    bias: Floats
    encoder: str
    version: str

    @property
    def fields(self) -> tuple[pa.Field, pa.Field]:
        """The columns that tagging adds, with their types."""
        label, p = pa.string(), pa.float32()
        if self.declaration.several:
            label, p = pa.list_(label), pa.list_(p)
        name, name_p = self.declaration.columns
        return pa.field(name, label), pa.field(name_p, p)

    def apply(self, seen: Floats) -> Floats:
        """Return the probability of each class, (classes,), 0…1, from ``own_features``."""
        # einsum, not BLAS: its sums do not depend on the thread count.
        logits = np.einsum("i,ij->j", seen, self.weights) + self.bias
        return sigmoid(logits) if self.declaration.several else softmax(logits)

    def decide(self, p: Floats) -> OwnTag:
        """Return the most probable class; of several, all that are ``SURE``."""
        classes = list(self.declaration.classes)
        if not self.declaration.several:
            best = int(np.argmax(p))
            return OwnTag(classes[best], float(p[best]))
        found = sorted(((float(one), name) for one, name in zip(p, classes, strict=True) if one >= SURE), reverse=True)
        return OwnTag([name for _, name in found], [one for one, _ in found])

    def require_encoder(self, encoder: str) -> None:
        """Raise ModelError when the lens was made for another encoder."""
        if self.encoder != encoder:
            raise ModelError(
                f"The lens {self.declaration.name} was trained on vectors of {self.encoder}, not {encoder}: "
                "name that encoder with --encoder, or train the lens anew with 'voc train --lens'."
            )


def own_features(encoded: Encoded) -> Floats:
    """Return what a lens sees of a comment, (3 × dim,): how it reads (``features``) and what it is about.

    The second is the mean of its segments' theme vectors, weighted by their tokens.
    """
    share = encoded.tokens.astype(np.float32) / encoded.tokens.sum()
    return np.concatenate([features(encoded), np.einsum("i,ij->j", share, encoded.theme.astype(np.float32))])


def own_segment_features(encoded: Encoded, segment: int) -> Floats:
    """Return what a lens sees of one segment, (3 × dim,)."""
    return np.concatenate([segment_features(encoded, segment), encoded.theme[segment].astype(np.float32)])


def load_own_lens(folder: Path, encoder: str) -> OwnLens:
    """Load the lens in ``folder``, made for the encoder named ``encoder``.

    Raises ModelError when it is missing, damaged, of another format or made for another encoder.
    """
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        raw = (folder / "head.npz").read_bytes()
        _require_format(folder, manifest)
        if hashlib.sha256(raw).hexdigest() != manifest["head_sha256"]:
            raise ModelError(f"{folder / 'head.npz'} differs from its manifest: copy the folder again, or train anew.")
        lens = _lens(manifest, raw)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(
            f"No usable lens of your own in {folder}: name a folder that 'voc train --lens' wrote, or train anew."
        ) from error
    lens.require_encoder(encoder)
    return lens


def _require_format(folder: Path, manifest: Mapping[str, Any]) -> None:
    if manifest.get("kind") != KIND:
        raise ModelError(f"{folder} holds no lens of your own: name a folder that 'voc train --lens' wrote.")
    if manifest.get("format") != FORMAT:
        raise ModelError(
            f"The lens in {folder} has format {manifest.get('format')}, this version reads {FORMAT}: train it anew."
        )


def _lens(manifest: Mapping[str, Any], raw: bytes) -> OwnLens:
    """Raises ValueError, KeyError or TypeError where the parts do not fit together."""
    with np.load(io.BytesIO(raw), allow_pickle=False) as arrays:
        weights, bias = arrays["weights"], arrays["bias"]
    declaration = Declaration(
        manifest["name"], dict(manifest["classes"]), bool(manifest["several"]), manifest["column"]
    )
    if weights.ndim != 2 or bias.shape != weights.shape[1:] or len(bias) != len(declaration.classes):
        raise ValueError("weights, bias and classes differ in number")
    return OwnLens(declaration, weights, bias, manifest["encoder"], f"{declaration.name}-{manifest['head_sha256'][:8]}")
