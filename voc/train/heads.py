"""Train the lens heads: linear, calibrated and given their decision rules on held-out comments."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from voc.encode import Encoder
from voc.errors import InputError
from voc.lenses import LENSES, Rules
from voc.lenses.heads import FORMAT
from voc.schema import SIGNALS
from voc.train.labelled import Labelled, encode_labelled, held_out, read_labelled

VERSION = "linear-2"
TARGET_ACCURACY = 0.6
#: Decision offsets stay within this: further out they fit the held-out comments, not customers.
MAX_OFFSET = 0.5

Doubles = npt.NDArray[np.float64]
Progress = Callable[[int], None]


@dataclass(frozen=True)
class TrainOptions:
    """``penalties``: candidates for the inverse L2 penalty (scikit-learn's C); the held-out comments choose, per lens.

    ``scale`` brings the features of unit vectors near unit variance, so that one penalty suits all.
    """

    penalties: tuple[float, ...] = (0.0003, 0.001, 0.003, 0.01)
    scale: float = 12.0


@dataclass(frozen=True)
class Fitted:
    """One linear map, calibrated: logits = x @ weights + bias."""

    weights: Doubles
    bias: Doubles


@dataclass(frozen=True)
class Scaling:
    """A calibration: logits · slope + offset, per class."""

    slope: Doubles
    offset: Doubles


def train(
    data: Sequence[Path],
    out: Path,
    encoder: Encoder,
    options: TrainOptions | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Train on the labelled comments in ``data`` (rows marked ``nc`` left out) and write the lenses to ``out``.

    One comment in eight, near duplicates together, is held out: neither the heads nor a fine-tuned encoder saw it. On
    these the penalty is chosen, probabilities are calibrated and decision rules set.
    Returns the manifest. Raises InputError for unusable data.
    """
    from scipy.special import expit

    options = options or TrainOptions()
    labelled = encode_labelled(read_labelled(*data, with_nc=False), encoder, progress)
    aside = held_out(labelled.themes)
    _check_enough(labelled, aside)
    weights, biases, offsets = [], [], {}
    thresholds: tuple[float, ...] = ()
    chosen: dict[str, float] = {}
    abstain_below = 0.0
    for lens in LENSES:
        y = labelled.y[lens]
        chosen[lens], final, logits = _best_fit(labelled.x, y, aside, options)
        if lens == "signals":
            thresholds = _signal_thresholds(expit(logits), y[aside])
        else:
            offsets[lens] = _decision_offsets(logits, y[aside])
        if lens == "stance":
            abstain_below = _abstain_below(logits, y[aside], offsets[lens])
        weights.append(final.weights)
        biases.append(final.bias)
    rules = Rules(offsets, thresholds, abstain_below)
    manifest = {
        "format": FORMAT,
        "version": VERSION,
        "encoder": encoder.name,
        "lenses": {lens: list(classes) for lens, classes in LENSES.items()},
        "rules": rules.to_json(),
        "rows": len(labelled),
        "held_out": int(aside.sum()),
        "penalties": chosen,
        "data": _composition(labelled),
    }
    out.mkdir(parents=True, exist_ok=True)
    np.savez(
        out / "heads.npz",
        weights=np.hstack(weights).astype(np.float32),
        bias=np.concatenate(biases).astype(np.float32),
    )
    (out / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")
    return manifest


def _check_enough(labelled: Labelled, aside: npt.NDArray[np.bool_]) -> None:
    """Raise InputError where a label is missing from the comments to learn from or from those held out."""
    for lens, names in LENSES.items():
        y = labelled.y[lens]
        present = y if y.ndim == 2 else np.eye(len(names), dtype=np.int64)[y]
        for name, learnt, kept in zip(names, present[~aside].sum(0), present[aside].sum(0), strict=True):
            if not learnt or not kept:
                raise InputError(
                    f"Too few comments labelled {name!r} ({lens}): {learnt} to learn from, {kept} held out; "
                    "label more of them (20 or so, not near duplicates)."
                )


def _fit(x: npt.NDArray[np.float32], y: npt.NDArray[np.int64], penalty: float, options: TrainOptions) -> Fitted:
    """Logistic regression, one class against the rest for signals, multinomial for choices."""
    from sklearn.linear_model import LogisticRegression

    scaled = x * options.scale
    columns = y.T if y.ndim == 2 else [y]
    weights, bias = [], []
    for target in columns:
        model = LogisticRegression(C=penalty, max_iter=1000, tol=1e-3, class_weight="balanced" if y.ndim == 1 else None)
        model.fit(scaled, target)
        weights.append(model.coef_.T * options.scale)
        bias.append(model.intercept_)
    return Fitted(np.hstack(weights), np.concatenate(bias))


def _best_fit(
    x: npt.NDArray[np.float32], y: npt.NDArray[np.int64], aside: npt.NDArray[np.bool_], options: TrainOptions
) -> tuple[float, Fitted, Doubles]:
    """Return the penalty whose calibrated logits of the comments set aside have the least log loss, the calibrated map,
    and these logits.
    """
    tried = []
    for penalty in options.penalties:
        fitted = _fit(x[~aside], y[~aside], penalty, options)
        logits = x[aside] @ fitted.weights + fitted.bias
        scaling = _platt(logits, y[aside]) if y.ndim == 2 else _vector_scaling(logits, y[aside])
        calibrated = logits * scaling.slope + scaling.offset
        tried.append((_log_loss(calibrated, y[aside]), penalty, _scaled(fitted, scaling), calibrated))
    _, penalty, fitted, logits = min(tried, key=lambda candidate: candidate[0])
    return penalty, fitted, logits


def _log_loss(logits: Doubles, y: npt.NDArray[np.int64]) -> float:
    """Mean negative log likelihood: of a choice (y: class numbers) or of yes/no questions (y: 0/1 columns)."""
    if y.ndim == 2:
        return float(np.mean(np.logaddexp(0, logits) - y * logits))
    top = logits.max(1, keepdims=True)
    return float(np.mean(np.log(np.exp(logits - top).sum(1)) + top[:, 0] - logits[np.arange(len(y)), y]))


def _scaled(fitted: Fitted, scaling: Scaling) -> Fitted:
    """Fold a calibration into the linear map."""
    return Fitted(fitted.weights * scaling.slope, fitted.bias * scaling.slope + scaling.offset)


def _vector_scaling(logits: Doubles, y: npt.NDArray[np.int64]) -> Scaling:
    """Calibrate a choice: one temperature and an offset per class (Guo et al. 2017), least negative log likelihood."""
    from scipy.optimize import minimize

    def loss(parameters: Doubles) -> float:
        return _log_loss(logits * np.exp(parameters[0]) + parameters[1:], y)

    best = minimize(loss, np.zeros(logits.shape[1] + 1), method="L-BFGS-B").x
    return Scaling(np.full(logits.shape[1], np.exp(best[0])), best[1:])


def _platt(logits: Doubles, y: npt.NDArray[np.int64]) -> Scaling:
    """Calibrate each signal: sigmoid(a · logit + b) (Platt 1999)."""
    from sklearn.linear_model import LogisticRegression

    models = [LogisticRegression(C=10).fit(logits[:, [k]], y[:, k]) for k in range(y.shape[1])]
    return Scaling(np.array([m.coef_[0, 0] for m in models]), np.array([m.intercept_[0] for m in models]))


def _decision_offsets(logits: Doubles, y: npt.NDArray[np.int64]) -> tuple[float, ...]:
    """Offsets to the log probabilities that give the best macro-F1: coordinate search, rounded to 0.1."""
    classes = logits.shape[1]
    offsets = np.zeros(classes)
    truth = np.bincount(y, minlength=classes)

    def score(candidate: Doubles) -> float:
        found = (logits + candidate).argmax(1)
        hits = np.bincount(y[found == y], minlength=classes)
        return float(np.mean(2 * hits / np.maximum(truth + np.bincount(found, minlength=classes), 1)))

    best = score(offsets)
    for _ in range(3):
        for k in range(len(offsets)):
            for value in np.arange(-MAX_OFFSET, MAX_OFFSET + 0.05, 0.1):
                candidate = offsets.copy()
                candidate[k] = value
                if (found := score(candidate)) > best + 1e-4:
                    best, offsets = found, candidate
    return tuple(round(float(value), 2) for value in offsets)


def _signal_thresholds(p: Doubles, y: npt.NDArray[np.int64]) -> tuple[float, ...]:
    """Per signal the probability with the best F1, between .15 and .6, so that rare signals keep some precision."""
    from sklearn.metrics import f1_score

    grid = np.arange(0.15, 0.61, 0.025)
    thresholds = []
    for k in range(len(SIGNALS)):
        scores = [f1_score(y[:, k], p[:, k] >= threshold, zero_division=0) for threshold in grid]
        thresholds.append(round(float(grid[int(np.argmax(scores))]), 3))
    return tuple(thresholds)


def _abstain_below(logits: Doubles, y: npt.NDArray[np.int64], offsets: tuple[float, ...]) -> float:
    """The highest stance probability under which labels are right less often than ``TARGET_ACCURACY``.

    Accuracy as a function of the probability by isotonic regression (Zadrozny & Elkan 2002).
    """
    from sklearn.isotonic import IsotonicRegression

    p = np.exp(logits - logits.max(1, keepdims=True))
    highest = (p / p.sum(1, keepdims=True)).max(1)
    right = (logits + np.asarray(offsets)).argmax(1) == y
    accuracy = IsotonicRegression(out_of_bounds="clip").fit(highest, right)
    grid = np.arange(0.25, 0.9, 0.01)
    sure = accuracy.predict(grid) >= TARGET_ACCURACY
    return round(float(grid[sure.argmax()]), 2) if sure.any() else 0.9


def _composition(labelled: Labelled) -> dict[str, dict[str, int]]:
    """Count the training rows by set and by licence."""
    counts: dict[str, dict[str, int]] = {"set": {}, "licence": {}}
    for record in labelled.records:
        for key, table in counts.items():
            name = str(record.get(key, "not given"))
            table[name] = table.get(name, 0) + 1
    return {key: dict(sorted(table.items(), key=lambda item: -item[1])) for key, table in counts.items()}
