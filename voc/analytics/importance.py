"""How the score variation that themes explain divides among them: averaged over the orders of entering the model."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pandas as pd

from voc.analytics.design import build_design
from voc.analytics.drivers import MIN_CELL, obstacle
from voc.analytics.intervals import normal_quantile
from voc.analytics.regression import Floats, moments

#: Up to so many themes every subset is fitted; above, orders are drawn.
EXACT_UP_TO = 8
ORDERS = 2000
SEED = 20160101
COLUMNS = ["theme", "label", "n", "share_of_explained", "low", "high", "r2"]
#: Explained shares below this are rounding.
_NOISE = 1e-9
_GRAIN = 1e-12
#: Numbers in the moments that are factored at a time.
_CELLS = 4_000_000


def importance(
    comments: pd.DataFrame,
    segments: pd.DataFrame,
    themes: pd.DataFrame,
    score: str = "nps",
    level: float = 0.95,
    survey_type: str | None = None,
) -> pd.DataFrame:
    """Shares of the score variation that themes explain beyond the controls, largest first: ``theme, label, n,
    share_of_explained`` (0…1, adding up to 1), ``low, high, r2`` (its part of the whole variation).

    LMG (Lindeman, Merenda and Gold 1980), which is the Shapley value of R² (Shapley 1953): a theme's gain in R²,
    averaged over all orders in which themes can enter, praised and criticised entering as one. Exact up to eight
    themes; above, over 2,000 drawn orders and their reverses, and ``low``, ``high`` are the error of that drawing at
    ``level``. They are not intervals for other customers, and a share has no sign: drivers say which way.

    ``attrs``: ``score, n, explained`` (R² that all themes add, 0…1), ``exact``, ``note`` where nothing can be said.

    Raises:
        UsageError: as ``drivers``.
    """
    normal_quantile(level)
    design = build_design(comments, segments, themes, score, survey_type)
    problem, base = design.problem, len(design.problem.outcome)
    counts = problem.mentions.sum(axis=0)
    tested = (counts >= MIN_CELL) & (counts <= base - MIN_CELL)
    table = design.columns[tested].drop_duplicates("theme")[["theme", "label"]].reset_index(drop=True)
    if note := design.obstacle or obstacle(problem, int(tested.sum())):
        return _nothing(note, score, base)
    kept = problem.only(np.flatnonzero(tested))
    players = table["theme"].to_numpy()[:, None] == design.columns.loc[tested, "theme"].to_numpy()[None, :]
    gram, cross, variation = moments(kept)
    exact = len(players) <= EXACT_UP_TO
    gains, errors = exact_gains(gram, cross, players) if exact else drawn_gains(gram, cross, players, ORDERS, SEED)
    explained = gains.sum()
    if explained <= _NOISE * variation:
        return _nothing("The themes explain nothing of the score: there is nothing to divide.", score, base)
    table["n"] = [int((kept.mentions[:, np.flatnonzero(own)].sum(axis=1) > 0).sum()) for own in players]
    half = normal_quantile(level) * errors / explained
    table["share_of_explained"] = gains / explained
    table["low"] = (table["share_of_explained"] - half).clip(lower=0)
    table["high"] = table["share_of_explained"] + half
    table["r2"] = gains / variation
    table = table.sort_values("share_of_explained", ascending=False, ignore_index=True)
    table.attrs.update(score=score, n=base, explained=float(explained / variation), exact=exact)
    chosen: pd.DataFrame = table[COLUMNS]
    return chosen


def exact_gains(gram: Floats, cross: Floats, players: np.ndarray) -> tuple[Floats, Floats]:
    """Mean gain in explained sum of squares of each player over all orders, and an error of 0.

    ``gram`` (k, k) and ``cross`` (k,) are the moments of k predictors and the outcome with the controls taken out;
    ``players`` (themes, k) says which predictors enter together.
    """
    count = len(players)
    worth = {
        members: _explained(gram, cross, np.any(players[list(members)], axis=0))
        for size in range(count + 1)
        for members in combinations(range(count), size)
    }
    gains = np.zeros(count)
    for members, value in worth.items():
        for player in set(range(count)) - set(members):
            weight = 1 / (count * math.comb(count - 1, len(members)))
            gains[player] += weight * (worth[tuple(sorted((*members, player)))] - value)
    return gains, np.zeros(count)


def drawn_gains(gram: Floats, cross: Floats, players: np.ndarray, orders: int, seed: int) -> tuple[Floats, Floats]:
    """As ``exact_gains``, over ``orders`` drawn orders and their reverses (Mitchell et al. 2022, antithetic), with the
    standard error of each mean."""
    rng, drawn = np.random.default_rng(seed), []
    step = max(1, _CELLS // len(gram) ** 2)
    for first in range(0, orders, step):
        chosen = np.array([rng.permutation(len(players)) for _ in range(min(step, orders - first))])
        there, back = (_in_order(gram, cross, players, each) for each in (chosen, chosen[:, ::-1]))
        drawn.append((there + back) / 2)
    gains = np.vstack(drawn)
    return gains.mean(axis=0), gains.std(axis=0, ddof=1) / math.sqrt(orders)


def _in_order(gram: Floats, cross: Floats, players: np.ndarray, orders: np.ndarray) -> Floats:
    """Gain of each player where they enter in each of these ``orders``, (orders, players)."""
    columns = [np.flatnonzero(player) for player in players]
    sequence = np.array([np.concatenate([columns[player] for player in order]) for order in orders])
    squares = _sequential(gram[sequence[:, :, None], sequence[:, None, :]], cross[sequence])
    by_column = np.empty_like(squares)
    np.put_along_axis(by_column, sequence, squares, axis=1)
    gains: Floats = by_column @ players.T
    return gains


def _sequential(gram: Floats, cross: Floats) -> Floats:
    """Explained sum of squares that each column adds after those before it, (…, k), of moments (…, k, k) and (…, k):
    squares of the outcome's row in the Cholesky factor."""
    size = np.einsum("...ii->...i", gram)
    # the grain lets a column through that follows from those before it: it adds nothing
    whole = np.zeros((*cross.shape[:-1], cross.shape[-1] + 1, cross.shape[-1] + 1))
    whole[..., :-1, :-1] = gram
    np.einsum("...ii->...i", whole)[..., :-1] += _GRAIN * size
    whole[..., -1, :-1] = cross
    whole[..., -1, -1] = np.inf  # the outcome's own variation changes nothing before it
    squares: Floats = np.linalg.cholesky(whole)[..., -1, :-1] ** 2
    return squares


def _explained(gram: Floats, cross: Floats, chosen: np.ndarray) -> float:
    """Sum of squares that the chosen columns explain together."""
    return float(_sequential(gram[np.ix_(chosen, chosen)], cross[chosen]).sum()) if chosen.any() else 0.0


def _nothing(note: str, score: str, base: int) -> pd.DataFrame:
    table = pd.DataFrame(columns=COLUMNS)
    table.attrs.update(score=score, n=base, explained=float("nan"), exact=True, note=note)
    return table
