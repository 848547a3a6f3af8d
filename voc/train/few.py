"""Calibration and intervals that stay honest with few examples."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from voc.train.fitting import Doubles, Scaling
from voc.train.measures import PERCENTILES, Estimate, Tally, estimate

_DRAWS: Final = 4000
#: Examples added to each count of a class: Jeffreys' prior.
_PRIOR: Final = 0.5

Bools = npt.NDArray[np.bool_]


def softened(y: Bools, *, several: bool) -> Doubles:
    """What calibration aims at in place of 1 and 0, (n, classes): (N + 1) / (N + 2) for N examples of a yes, and
    1 / (N + 2) for N of a no (Platt 1999); in a choice the other classes share the rest. Few examples, all of them
    right, then do not call for certainty.
    """
    n = y.sum(0).astype(np.float64)
    if several:
        return np.asarray(np.where(y, (n + 1) / (n + 2), 1 / (len(y) - n + 2)))
    rest = (1 / (y @ n + 2))[:, None]
    return np.asarray(np.where(y, 1 - rest, rest / (y.shape[1] - 1)))


def loss(logits: Doubles, aims: Doubles, *, several: bool) -> float:
    """Mean cross-entropy with soft ``aims``: of yes/no questions, or of a choice."""
    if several:
        return float(np.mean(np.logaddexp(0, logits) - aims * logits))
    top = logits.max(1, keepdims=True)
    return float(np.mean(np.log(np.exp(logits - top).sum(1)) + top[:, 0] - (aims * logits).sum(1)))


def calibration(logits: Doubles, y: Bools, *, several: bool) -> Scaling:
    """The scaling with the least ``loss``: one temperature and an offset per class of a choice (Guo et al. 2017);
    slope and offset of every yes/no question (Platt 1999).
    """
    from scipy.optimize import minimize
    from scipy.special import expit, softmax

    classes = logits.shape[1]
    slopes = classes if several else 1
    aims = softened(y, several=several)

    def of(parameters: Doubles) -> tuple[float, Doubles]:
        """The loss and its gradient by log slopes and offsets."""
        scaled = logits * np.exp(parameters[:slopes])
        calibrated = scaled + parameters[slopes:]
        off = expit(calibrated) - aims if several else softmax(calibrated, axis=1) - aims
        off /= off.size if several else len(off)
        by_slope = (off * scaled).sum(0)
        gradient = np.concatenate([by_slope if several else [by_slope.sum()], off.sum(0)])
        return loss(calibrated, aims, several=several), gradient

    best = minimize(of, np.zeros(slopes + classes), jac=True, method="L-BFGS-B").x
    return Scaling(np.broadcast_to(np.exp(best[:slopes]), classes), best[slopes:])


def f1_estimates(y: Bools, found: Bools) -> tuple[Estimate, list[Estimate]]:
    """Macro-F1 and the F1 of each class from 0/1 columns (n, classes), with 95 % intervals that hold two.

    One is the bootstrap's. But resampling a small set without mistakes finds none either and calls the figure certain;
    so the other is that of the posterior: F1 = 2u / (2u + v) with u ~ Γ(hits + ½), v ~ Γ(misses + false alarms + 1)
    (Goutte & Gaussier 2005).
    """
    tally = Tally.of(y, found)
    hits, wrong = (y & found).sum(0), (y ^ found).sum(0)
    source = np.random.default_rng(0)
    u = source.gamma(hits + _PRIOR, size=(_DRAWS, len(hits)))
    v = source.gamma(wrong + 2 * _PRIOR, size=(_DRAWS, len(hits)))
    drawn = 2 * u / (2 * u + v)
    own = [_wider(estimate(resampled), draws) for resampled, draws in zip(tally.f1().T, drawn.T, strict=True)]
    return _wider(tally.macro_f1(), drawn.mean(1)), own


def _wider(bootstrap: Estimate, drawn: Doubles) -> Estimate:
    """The figure, with an interval that holds its own and that of ``drawn``."""
    low, high = np.percentile(drawn, PERCENTILES)
    value, *ends = (0.0 if one is None else one for one in bootstrap)
    return Estimate(value, min(float(low), *ends), max(float(high), *ends))
