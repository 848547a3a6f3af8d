"""How well labels fit: F1 with intervals, confusion, calibration, words in common. No model, no files."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

#: Samples drawn for an interval, and its percentiles.
BOOTSTRAP = 1000
PERCENTILES = (2.5, 97.5)
CALIBRATION_BINS = 15

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
#: A text that the model gave no label.
UNTAGGED = "untagged"

_WORD = re.compile(r"\w+(?:['’]\w+)*")


class Estimate(NamedTuple):
    """A figure with its 95 % percentile bootstrap interval; None where it is undefined."""

    value: float | None
    low: float | None
    high: float | None


def resampled(rows: Floats) -> Floats:
    """Column sums of ``rows`` (n, columns) and of samples of n rows drawn with replacement: (1 + BOOTSTRAP, columns).

    The first row is that of ``rows`` as they are. Equal rows are drawn together, as a multinomial: the distribution is
    the same as one by one, it is quicker, and the order of the rows does not matter.
    """
    patterns, counts = np.unique(rows, axis=0, return_counts=True)
    drawn = np.random.default_rng(0).multinomial(len(rows), counts / len(rows), size=BOOTSTRAP)
    return np.asarray(np.vstack([counts, drawn]) @ patterns, dtype=np.float64)


def estimate(values: Floats) -> Estimate:
    """The first of ``values`` with the interval of the others, NaN left out.

    Where resampling is biased the interval is widened so as to hold the figure.
    """
    value, rest = float(values[0]), values[1:][~np.isnan(values[1:])]
    if np.isnan(value):
        return Estimate(None, None, None)
    low, high = np.percentile(rest, PERCENTILES) if len(rest) else (value, value)
    return Estimate(value, min(float(low), value), max(float(high), value))


def mean(values: Sequence[float]) -> Estimate:
    """The mean of ``values``, undefined for none."""
    if not len(values):
        return Estimate(None, None, None)
    return estimate(resampled(np.asarray(values, dtype=np.float64)[:, None])[:, 0] / len(values))


@dataclass(frozen=True)
class Tally:
    """How often each class was labelled rightly (``hits``), labelled (``found``) and right (``truth``).

    Each of shape (1 + BOOTSTRAP, classes): the first row counts the texts, the others samples of them.
    """

    hits: Floats
    found: Floats
    truth: Floats

    @classmethod
    def of(cls, truth: Bools, found: Bools) -> Tally:
        """Count from 0/1 columns of shape (n, classes), n ≥ 1."""
        sums = resampled(np.hstack([truth & found, found, truth]).astype(np.float64))
        return cls(*np.split(sums, 3, axis=1))

    @property
    def n(self) -> list[int]:
        """Texts of each class."""
        return [int(count) for count in self.truth[0]]

    def precision(self) -> Floats:
        return _ratio(self.hits, self.found)

    def recall(self) -> Floats:
        return _ratio(self.hits, self.truth)

    def f1(self) -> Floats:
        return _ratio(2 * self.hits, self.found + self.truth)

    def macro_f1(self, least: int = 1) -> Estimate:
        """Mean F1 of the classes with ``least`` texts or more; in a sample, of those that occur there."""
        f1 = self.f1()[:, self.truth[0] >= least]
        known = ~np.isnan(f1)
        return estimate(_ratio(np.where(known, f1, 0).sum(1), known.sum(1).astype(np.float64)))

    def micro_f1(self) -> Estimate:
        """F1 of all yes/no answers together."""
        return estimate(_ratio(2 * self.hits.sum(1), (self.found + self.truth).sum(1)))


def _ratio(above: Floats, below: Floats) -> Floats:
    ratio: Floats = np.divide(above, below, out=np.full(np.shape(above), np.nan), where=below > 0)
    return ratio


def one_hot(labels: Sequence[str | None], classes: Sequence[str]) -> Bools:
    """0/1 columns of shape (n, classes); a row of zeros for None."""
    return np.array([[label == name for name in classes] for label in labels], dtype=np.bool_)


def confusion(truth: Sequence[str], found: Sequence[str | None], classes: Sequence[str]) -> dict[str, dict[str, int]]:
    """Numbers of texts by true class, then by label found; a column ``untagged`` where some got none."""
    counts = Counter(zip(truth, (label or UNTAGGED for label in found), strict=True))
    columns = [*classes, *([UNTAGGED] if any(label is None for label in found) else [])]
    return {name: {other: counts[name, other] for other in columns} for name in classes}


def calibration_error(p: Floats, right: Bools, bins: int = CALIBRATION_BINS) -> float | None:
    """Debiased expected calibration error of probabilities ``p`` (n,) of labels that were ``right`` or not; 0…1.

    With bins b of equal numbers of texts, share w_b, gap d_b = mean(p) − mean(right) and standard error s_b of
    mean(right): the plain error Σ w_b |d_b| is too large, for chance alone opens gaps. Kumar, Liang & Ma (2019),
    Verified Uncertainty Calibration, take that excess off: 2 Σ w_b |d_b| − Σ w_b E|N(d_b, s_b²)| (their
    estimator for the first power), here with the mean of the folded normal distribution in closed form instead of by
    simulation, and never below 0. None without texts.
    """
    from scipy.special import erf

    if not len(p):
        return None
    # Edges between texts, so that equal probabilities share a bin.
    edges = np.unique(np.sort(p)[[len(p) * b // bins for b in range(1, bins)]])
    _, number = np.unique(np.searchsorted(edges, p, side="right"), return_inverse=True)
    size = np.bincount(number)
    rate = np.bincount(number, right) / size
    gap = np.abs(np.bincount(number, p) / size - rate)
    error = np.maximum(np.sqrt(rate * (1 - rate) / size), 1e-12)
    by_chance = error * np.sqrt(2 / np.pi) * np.exp(-((gap / error) ** 2) / 2) + gap * erf(gap / error / np.sqrt(2))
    return max(0.0, float(((2 * gap - by_chance) * size).sum() / len(p)))


def word_f1(given: str, own: str) -> float:
    """F1 of the words that two stretches of text have in common, 0…1 (as for answers: Rajpurkar et al. 2016, SQuAD)."""
    a, b = (Counter(_WORD.findall(text.lower())) for text in (given, own))
    if not a or not b:
        return float(a == b)
    return 2 * (a & b).total() / (a.total() + b.total())
