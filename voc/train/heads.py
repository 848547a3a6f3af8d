"""Train the lens heads: linear, calibrated and given their decision rules on held-out comments."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from voc.encode import Encoder
from voc.errors import InputError
from voc.lenses import LENSES, Heads, Rules
from voc.lenses.heads import FORMAT, Linear, Scaling
from voc.train.evidence import evidence_weight
from voc.train.export import network_heads
from voc.train.fitting import Doubles, Fitted, fit, log_loss, platt, scaled, vector_scaling
from voc.train.fitting import Scaling as FittedScaling
from voc.train.folder import EVERY_LENS, require_folder
from voc.train.labelled import Labelled, encode_labelled, held_out, read_labelled
from voc.train.ngrams import fit_ngrams

VERSION = "linear-5"
TARGET_ACCURACY = 0.6
#: Inverse L2 penalty of the map that reads the signals of single segments, where the network brings none.
ALONE_PENALTY = 0.001
#: Shares of the words alone in the logits, to choose from.
SHARES = (0.0, 0.1, 0.2, 0.3, 0.4)
#: The lenses of which words must be sure to decide alone, and the macro-F1 these may lose by it.
SURE = ("sentiment", "stance")
MOST_LOST = 0.005
_LINEAR = ("weights", "bias")

Progress = Callable[[int], None]


@dataclass(frozen=True)
class TrainOptions:
    """``penalties``: candidates for the inverse L2 penalty (scikit-learn's C) of features brought to unit variance.
    ``network``: what ``voc.train.finetune`` wrote; the heads it was trained with are candidates too. The held-out
    comments choose, per lens.
    """

    penalties: tuple[float, ...] = (0.0003, 0.001, 0.003, 0.01)
    network: Path | None = None


def train(
    data: Sequence[Path],
    out: Path,
    encoder: Encoder,
    options: TrainOptions | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Train on the labelled comments in ``data`` (rows marked ``nc`` left out) and write the lenses to ``out``.

    One comment in eight, near duplicates together, is held out: neither the heads nor a fine-tuned encoder saw it. On
    these the penalty is chosen, probabilities are calibrated and decision rules set. Of these, comments marked
    ``picked`` only help where a label would otherwise be missing: their shares of labels are not customers'.
    Returns the manifest. Raises InputError for unusable data, UsageError where ``out`` holds something else.
    """
    from scipy.special import expit

    options = options or TrainOptions()
    require_folder(out, EVERY_LENS)
    labelled = encode_labelled(read_labelled(*data, with_nc=False), encoder, progress)
    away = held_out(labelled.records)
    aside = _as_customers_say(labelled, away)
    _check_enough(labelled, away, aside)
    ngrams, said = fit_ngrams(labelled.texts, labelled.y, ~away)
    weights, biases, at = [], [], 0
    chosen: dict[str, float | str] = {}
    given = network_heads(options.network) if options.network else {}
    alone = given.get("alone") or fit(labelled.x[~away], labelled.y["signals"][~away], ALONE_PENALTY)
    x = np.hstack([labelled.x, _signals_alone(labelled, alone)])
    joined: dict[str, Joined] = {}
    for lens, classes in LENSES.items():
        y = labelled.y[lens]
        words = said[:, at : at + len(classes)]
        at += len(classes)
        chosen[lens], final, logits = _best_fit(x, y, away, aside, options.penalties, given.get(lens))
        joined[lens] = both = _joined(final, logits, words[aside], y[aside])
        weights.append(both.fitted.weights)
        biases.append(both.fitted.bias)
    rules = Rules(
        _signals_from(expit(joined["signals"].logits), labelled.y["signals"][aside]),
        _abstain_below(joined["stance"].logits, labelled.y["stance"][aside]),
    )
    heads = Heads(
        _single(alone),
        _single(Fitted(np.hstack(weights), np.concatenate(biases))),
        ngrams,
        np.concatenate([both.beside for both in joined.values()]).astype(np.float32),
        Scaling(
            *(
                np.concatenate(part).astype(np.float32)
                for part in zip(*(both.first for both in joined.values()), strict=True)
            )
        ),
        rules,
        encoder.name,
        VERSION,
    )
    rules = replace(
        rules,
        evidence_weight=evidence_weight(heads, labelled, aside),
        sure_above=sure_above([(joined[lens], labelled.y[lens][aside]) for lens in SURE]),
    )
    manifest = {
        "format": FORMAT,
        "version": VERSION,
        "encoder": encoder.name,
        "lenses": {lens: list(classes) for lens, classes in LENSES.items()},
        "rules": rules.to_json(),
        "rows": len(labelled),
        "held_out": int(aside.sum()),
        "penalties": chosen,
        "ngrams": {lens: both.share for lens, both in joined.items()},
        "data": _composition(labelled),
    }
    out.mkdir(parents=True, exist_ok=True)
    save_arrays(out / "heads.npz", heads)
    manifest["heads_sha256"] = hashlib.sha256((out / "heads.npz").read_bytes()).hexdigest()
    (out / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")
    return manifest


def save_arrays(path: Path, heads: Heads) -> None:
    """Write what ``load_heads`` reads beside the manifest."""
    arrays = {f"{name}.{kind}": getattr(getattr(heads, name), kind) for name in ("alone", "lenses") for kind in _LINEAR}
    arrays |= {f"ngrams.{field}": value for field, value in heads.ngrams._asdict().items()}
    arrays |= {f"first.{field}": value for field, value in heads.first._asdict().items()}
    np.savez_compressed(path, **arrays, beside=heads.beside)


class Joined(NamedTuple):
    """What the words alone bring to a lens: their ``share`` in the logits, ``fitted`` and the weight of their logits
    ``beside`` it, the joined ``logits`` of the comments set aside; ``first``: slope and offset of the words' logits
    where they decide alone, and these ``words``.
    """

    share: float
    fitted: Fitted
    beside: Doubles
    logits: Doubles
    first: tuple[Doubles, Doubles]
    words: Doubles


def _joined(fitted: Fitted, logits: Doubles, words: npt.NDArray[np.float32], y: npt.NDArray[np.int64]) -> Joined:
    """Join the calibrated ``logits`` of comments set aside with those that their words alone give: the share of the
    words with the least log loss.
    """
    calibrate = platt if y.ndim == 2 else vector_scaling
    own = calibrate(words.astype(np.float64), y)
    calibrated = words * own.slope + own.offset
    tried = []
    for share in SHARES:
        both = logits * (1 - share) + calibrated * share
        again = calibrate(both, y)
        tried.append((log_loss(both * again.slope + again.offset, y), share, again))
    _, share, again = min(tried, key=lambda candidate: candidate[0])
    joined = (logits * (1 - share) + calibrated * share) * again.slope + again.offset
    net = FittedScaling((1 - share) * again.slope, share * own.offset * again.slope + again.offset)
    beside = share * own.slope * again.slope
    return Joined(share, scaled(fitted, net), beside, joined, (own.slope, own.offset), calibrated)


def sure_above(ways: Sequence[tuple[Joined, npt.NDArray[np.int64]]]) -> float:
    """The least probability (``Rules.sure_above``) at which words may decide alone, for the comments set aside: no lens
    in ``ways`` (joined, truth) then loses more than ``MOST_LOST`` macro-F1. 2 where none will do.
    """
    from sklearn.metrics import f1_score

    sure = np.min([_probabilities(joined.words).max(1) for joined, _ in ways], axis=0)

    def lost(above: float, joined: Joined, y: npt.NDArray[np.int64]) -> float:
        whole, words = (logits.argmax(1) for logits in (joined.logits, joined.words))
        found = np.where(sure >= above, words, whole)
        return float(f1_score(y, whole, average="macro") - f1_score(y, found, average="macro"))

    tried = [round(0.5 + 0.01 * step, 2) for step in range(50)]
    return next((above for above in tried if all(lost(above, *way) <= MOST_LOST for way in ways)), 2.0)


def _probabilities(logits: Doubles) -> Doubles:
    from scipy.special import softmax

    return np.asarray(softmax(logits, axis=1))


def _as_customers_say(labelled: Labelled, away: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Of the comments held out those not picked for what they show, unless these lack a label."""
    natural = away & ~np.array([bool(record.get("picked")) for record in labelled.records])
    for lens, names in LENSES.items():
        y = labelled.y[lens]
        present = y if y.ndim == 2 else np.eye(len(names), dtype=np.int64)[y]
        if bool((present[away].any(0) & ~present[natural].any(0)).any()):
            return away
    return np.asarray(natural)


def _signals_alone(labelled: Labelled, alone: Fitted) -> npt.NDArray[np.float32]:
    """Of each signal the largest logit of the segments, (comments, signals)."""
    linear = _single(alone)
    return np.stack([linear(one.lens.astype(np.float32)).max(0) for one in labelled.encoded])


def _single(fitted: Fitted) -> Linear:
    return Linear(fitted.weights.astype(np.float32), fitted.bias.astype(np.float32))


def _check_enough(labelled: Labelled, away: npt.NDArray[np.bool_], aside: npt.NDArray[np.bool_]) -> None:
    """Raise InputError where a label is missing from the comments to learn from or from those held out."""
    for lens, names in LENSES.items():
        y = labelled.y[lens]
        present = y if y.ndim == 2 else np.eye(len(names), dtype=np.int64)[y]
        for name, learnt, kept in zip(names, present[~away].sum(0), present[aside].sum(0), strict=True):
            if not learnt or not kept:
                raise InputError(
                    f"Too few comments labelled {name!r} ({lens}): {learnt} to learn from, {kept} held out; "
                    "label more of them (20 or so, not near duplicates)."
                )


def _best_fit(
    x: npt.NDArray[np.float32],
    y: npt.NDArray[np.int64],
    away: npt.NDArray[np.bool_],
    aside: npt.NDArray[np.bool_],
    penalties: Sequence[float],
    given: Fitted | None,
) -> tuple[float | str, Fitted, Doubles]:
    """Of the maps fitted with ``penalties``, and the one ``given``, take that whose calibrated logits of the comments
    set aside have the least log loss. Return its penalty (``network`` for the one given), the calibrated map, and
    these logits.
    """
    candidates: dict[float | str, Fitted] = {penalty: fit(x[~away], y[~away], penalty) for penalty in penalties}
    if given:
        candidates["network"] = given
    tried = []
    for name, fitted in candidates.items():
        logits = x[aside] @ fitted.weights + fitted.bias
        scaling = platt(logits, y[aside]) if y.ndim == 2 else vector_scaling(logits, y[aside])
        calibrated = logits * scaling.slope + scaling.offset
        tried.append((log_loss(calibrated, y[aside]), name, scaled(fitted, scaling), calibrated))
    _, chosen, fitted, logits = min(tried, key=lambda candidate: candidate[0])
    return chosen, fitted, logits


def _signals_from(p: Doubles, y: npt.NDArray[np.int64]) -> float:
    """The probability between .15 and .6 from which on a signal counts: that of the best micro-F1. One for each signal
    would fit the few comments of rare signals, not customers (docs/decisions/007).
    """
    from sklearn.metrics import f1_score

    grid = np.arange(0.15, 0.61, 0.025)
    scores = [f1_score(y, p >= least, average="micro") for least in grid]
    return round(float(grid[int(np.argmax(scores))]), 3)


def _abstain_below(logits: Doubles, y: npt.NDArray[np.int64]) -> float:
    """The highest stance probability under which labels are right less often than ``TARGET_ACCURACY``.

    Accuracy as a function of the probability by isotonic regression (Zadrozny & Elkan 2002).
    """
    from sklearn.isotonic import IsotonicRegression

    p = np.exp(logits - logits.max(1, keepdims=True))
    highest = (p / p.sum(1, keepdims=True)).max(1)
    right = logits.argmax(1) == y
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
