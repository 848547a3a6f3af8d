"""Linear maps from features to logits, and their calibration."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Doubles = npt.NDArray[np.float64]


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


def fit(x: npt.NDArray[np.float32], y: npt.NDArray[np.int64], penalty: float) -> Fitted:
    """Logistic regression, one class against the rest for signals, multinomial for choices."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    scaler = StandardScaler().fit(x)
    standard = scaler.transform(x)
    columns = y.T if y.ndim == 2 else [y]
    weights, bias = [], []
    for target in columns:
        model = LogisticRegression(C=penalty, max_iter=1000, tol=1e-3, class_weight="balanced" if y.ndim == 1 else None)
        model.fit(standard, target)
        weights.append(model.coef_.T / scaler.scale_[:, None])
        bias.append(model.intercept_ - model.coef_ @ (scaler.mean_ / scaler.scale_))
    fitted = Fitted(np.hstack(weights), np.concatenate(bias))
    return _both_sides(fitted) if y.ndim == 1 and len(fitted.bias) == 1 else fitted


def _both_sides(fitted: Fitted) -> Fitted:
    """A choice of two classes as one column each: softmax of (−l/2, l/2) is sigmoid of l."""
    sides = np.array([-0.5, 0.5])
    return Fitted(fitted.weights * sides, fitted.bias * sides)


def log_loss(logits: Doubles, y: npt.NDArray[np.int64]) -> float:
    """Mean negative log likelihood: of a choice (y: class numbers) or of yes/no questions (y: 0/1 columns)."""
    if y.ndim == 2:
        return float(np.mean(np.logaddexp(0, logits) - y * logits))
    top = logits.max(1, keepdims=True)
    return float(np.mean(np.log(np.exp(logits - top).sum(1)) + top[:, 0] - logits[np.arange(len(y)), y]))


def scaled(fitted: Fitted, scaling: Scaling) -> Fitted:
    """Fold a calibration into the linear map."""
    return Fitted(fitted.weights * scaling.slope, fitted.bias * scaling.slope + scaling.offset)


def vector_scaling(logits: Doubles, y: npt.NDArray[np.int64]) -> Scaling:
    """Calibrate a choice: one temperature and an offset per class (Guo et al. 2017), least negative log likelihood."""
    from scipy.optimize import minimize

    def loss(parameters: Doubles) -> float:
        return log_loss(logits * np.exp(parameters[0]) + parameters[1:], y)

    best = minimize(loss, np.zeros(logits.shape[1] + 1), method="L-BFGS-B").x
    return Scaling(np.full(logits.shape[1], np.exp(best[0])), best[1:])


def platt(logits: Doubles, y: npt.NDArray[np.int64]) -> Scaling:
    """Calibrate each signal: sigmoid(a · logit + b) (Platt 1999)."""
    from sklearn.linear_model import LogisticRegression

    models = [LogisticRegression(C=10).fit(logits[:, [k]], y[:, k]) for k in range(y.shape[1])]
    return Scaling(np.array([m.coef_[0, 0] for m in models]), np.array([m.intercept_[0] for m in models]))
