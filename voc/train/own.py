"""Train one new lens from the user's own labels: a calibrated linear head on frozen vectors, by cross-validation."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from voc.encode import Encoder
from voc.errors import InputError, UsageError
from voc.lenses import Declaration, own_features
from voc.lenses.own import FORMAT, KIND, SURE
from voc.train.few import Bools, calibration, f1_estimates, loss, softened
from voc.train.figures import Figures, choice_figures, several_figures
from voc.train.fitting import Doubles, Fitted, Scaling, fit, scaled
from voc.train.folder import OWN_LENS, require_folder
from voc.train.folds import FOLDS, folds
from voc.train.labelled import encode_texts, near_duplicate_groups
from voc.train.own_labels import read_own_labels

#: Examples of a class without which no lens is made, near duplicates counted once; and those to begin with.
LEAST: Final = 5
ENOUGH: Final = 16
#: Candidates for the inverse L2 penalty (scikit-learn's C) of features brought to unit variance.
PENALTIES: Final = (0.0003, 0.001, 0.003, 0.01, 0.03, 0.1)

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Trial:
    """Logits of every row (n, classes) from a head that saw none of its fold, by penalty."""

    logits: dict[float, Doubles]
    y: Bools
    several: bool

    def best(self, rows: Bools) -> tuple[float, Scaling]:
        """The penalty and calibration that fit these ``rows`` best."""
        tried = []
        for penalty, logits in self.logits.items():
            scaling = calibration(logits[rows], self.y[rows], several=self.several)
            calibrated = logits[rows] * scaling.slope + scaling.offset
            aims = softened(self.y[rows], several=self.several)
            tried.append((loss(calibrated, aims, several=self.several), penalty, scaling))
        _, penalty, scaling = min(tried, key=lambda one: one[0])
        return penalty, scaling


def train_own(
    data: Sequence[Path],
    lens: Declaration,
    out: Path,
    encoder: Encoder,
    *,
    text_column: str = "text",
    progress: Callable[[int], None] | None = None,
) -> dict[str, Any]:
    """Train ``lens`` on the labels in ``data`` and write ``head.npz`` and ``manifest.json`` to ``out``.

    Too few examples to hold any out: five-fold cross-validation, near duplicates together, chooses penalty and
    calibration; the head is then fitted to all. The same rows in any order give the same bytes. Returns the manifest.
    Raises InputError for unusable data, UsageError where ``out`` holds something else.
    """
    require_folder(out, OWN_LENS)
    labels = read_own_labels(data, lens, text_column)
    order = sorted(range(len(labels.texts)), key=lambda i: (labels.texts[i], labels.labels[i]))
    texts = [labels.texts[i] for i in order]
    # In the order of their names, so that the order in which classes are declared changes no label.
    classes = sorted(lens.classes)
    y = labels.columns(classes)[order]
    groups = near_duplicate_groups(texts)
    _check_enough(y, groups, classes, lens)
    fold = folds(groups, y)
    _check_folds(y, fold, classes, lens)
    encoded = encode_texts(texts, encoder, progress)
    x = np.stack([own_features(one) for one in encoded.encoded])
    logits = {penalty: _unseen_logits(x, y, fold, penalty, lens.several) for penalty in PENALTIES}
    trial = Trial(logits, y, lens.several)
    penalty, scaling = trial.best(np.ones(len(y), dtype=np.bool_))
    head = scaled(fit(x, _targets(y, lens.several), penalty), scaling)
    return _write(
        out,
        lens,
        _in_declared_order(head, classes, lens),
        {
            "encoder": encoder.name,
            "rows": len(texts),
            "groups": int(groups.max()) + 1,
            "left_out": labels.left_out,
            "untaggable": sum(p.status != "ok" for p in encoded.prepared),
            "penalty": penalty,
            "cross_validated": _cross_validated(trial, fold, classes, lens),
        },
    )


def _check_enough(y: Bools, groups: Ints, classes: Sequence[str], lens: Declaration) -> None:
    """Raise InputError for a class with too few examples, or, of several, too few without it."""
    advice = f"{LEAST} are the least, {ENOUGH} make a first usable lens (near duplicates count once): label more."
    for name, column in zip(classes, y.T, strict=True):
        if (n := len(set(groups[column].tolist()))) < LEAST:
            raise InputError(f"Only {n} text(s) labelled {name!r} ({lens.name}): {advice}")
        if lens.several and (n := len(set(groups[~column].tolist()))) < LEAST:
            raise InputError(f"Only {n} text(s) labelled without {name!r} ({lens.name}): {advice}")


def _check_folds(y: Bools, fold: Ints, classes: Sequence[str], lens: Declaration) -> None:
    """Raise InputError where all examples of a class came into one fold, as near duplicates with several can."""
    for number in range(FOLDS):
        seen = y[fold != number]
        for name, column in zip(classes, seen.T, strict=True):
            if not column.any() or (lens.several and column.all()):
                raise InputError(
                    f"The texts labelled {name!r} ({lens.name}) are too alike to be parted: label more of them."
                )


def _targets(y: Bools, several: bool) -> Ints:
    return y.astype(np.int64) if several else y.argmax(1).astype(np.int64)


def _unseen_logits(x: npt.NDArray[np.float32], y: Bools, fold: Ints, penalty: float, several: bool) -> Doubles:
    logits = np.empty(y.shape)
    for number in range(FOLDS):
        aside = fold == number
        head = fit(x[~aside], _targets(y[~aside], several), penalty)
        logits[aside] = x[aside] @ head.weights + head.bias
    return logits


def _in_declared_order(head: Fitted, classes: Sequence[str], lens: Declaration) -> Fitted:
    order = [classes.index(name) for name in lens.classes]
    return Fitted(head.weights[:, order], head.bias[order])


def _cross_validated(trial: Trial, fold: Ints, classes: Sequence[str], lens: Declaration) -> Figures:
    """Figures of labels given to each fold with the penalty and calibration that the others chose."""
    p = np.empty(trial.y.shape)
    for number in range(FOLDS):
        aside = fold == number
        penalty, scaling = trial.best(~aside)
        p[aside] = _probabilities(trial.logits[penalty][aside] * scaling.slope + scaling.offset, lens.several)
    if lens.several:
        found = p >= SURE
        figures = several_figures(_named(trial.y, classes), [set(own) for own in _named(found, classes)], classes, p)
    else:
        found = np.eye(len(classes), dtype=np.bool_)[p.argmax(1)]
        figures = choice_figures(
            [own[0] for own in _named(trial.y, classes)],
            [own[0] for own in _named(found, classes)],
            classes,
            p.max(1).tolist(),
        )
    return _with_few(figures, trial.y, found, classes, lens)


def _probabilities(logits: Doubles, several: bool) -> Doubles:
    from scipy.special import expit, softmax

    return np.asarray(expit(logits) if several else softmax(logits, axis=1))


def _named(y: Bools, classes: Sequence[str]) -> list[list[str]]:
    return [[name for name, one in zip(classes, row, strict=True) if one] for row in y]


def _with_few(figures: Figures, y: Bools, found: Bools, classes: Sequence[str], lens: Declaration) -> Figures:
    """The part of ``figures`` that is kept, with intervals that fit few examples, classes as declared."""
    macro, own = f1_estimates(y, found)
    of = dict(zip(classes, own, strict=True))
    kept = {
        "folds": FOLDS,
        "macro_f1": macro.value,
        "low": macro.low,
        "high": macro.high,
        "accuracy": figures["accuracy"],
        "ece": figures["ece"],
        "classes": {
            name: {
                **{measure: figures["classes"][name][measure] for measure in ("precision", "recall", "n")},
                "f1": of[name].value,
                "low": of[name].low,
                "high": of[name].high,
            }
            for name in lens.classes
        },
    }
    return kept if lens.several else kept | {"confusion": figures["confusion"]}


def _write(out: Path, lens: Declaration, head: Fitted, learnt: dict[str, Any]) -> dict[str, Any]:
    packed = io.BytesIO()
    np.savez(packed, weights=head.weights.astype(np.float32), bias=head.bias.astype(np.float32))
    manifest = {
        "kind": KIND,
        "format": FORMAT,
        "name": lens.name,
        "classes": dict(lens.classes),
        "several": lens.several,
        "column": lens.column,
        **learnt,
        "head_sha256": hashlib.sha256(packed.getvalue()).hexdigest(),
    }
    try:
        out.mkdir(parents=True, exist_ok=True)
        (out / "head.npz").write_bytes(packed.getvalue())
        text = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
        (out / "manifest.json").write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise UsageError(f"Cannot write to {out}: {error.strerror}; name a folder that is yours.") from error
    return manifest
