"""A change of score in parts that add up: who answered, what they mention, the score given mention, unexplained."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from voc.analytics.answers import SCALES, main_survey
from voc.analytics.base import MIN_N
from voc.analytics.changes import NO_PAIR, sides
from voc.analytics.intervals import normal_quantile
from voc.analytics.mentions import TONES
from voc.analytics.regression import Floats, Ints, Problem, Sparse, fit, independent, people
from voc.analytics.spans import choose_pair
from voc.analytics.voices import Mask, Voices, said
from voc.errors import UsageError

#: A theme × polarity is in the split where so many of each period mention it.
MIN_CELL = 10
_NO_THEMES = f"No theme is mentioned by {MIN_CELL} responses of both periods, so themes are under unexplained."
PARTS = {
    "who": "who answered",
    "mention": "what they mention",
    "given": "score given mention",
    "unexplained": "unexplained",
    "whole": "the whole change",
}
COLUMNS = ["part", "theme", "label", "polarity", "points", "low", "high"]


@dataclass(frozen=True, eq=False)
class _Model:
    """Coefficients (k,) of the columns of ``design`` (n, k), which each cluster moves by ``scores @ bread`` (groups,
    k); the others are places of columns: the period, the mix, mentions, mentions × period."""

    design: Sparse
    coefficient: Floats
    scores: Sparse
    bread: Floats
    period: int
    mix: Ints
    mentions: Ints
    crossed: Ints


def change_split(
    comments: pd.DataFrame,
    segments: pd.DataFrame,
    themes: pd.DataFrame,
    score: str = "nps",
    period: str = "month",
    against: str | None = None,
    so_far: bool = False,
    level: float = 0.95,
) -> pd.DataFrame:
    """The change of a score in four ``part``s (keys of ``PARTS``) that add up exactly to the fifth, ``whole``; below
    them the themes of ``mention`` and ``given``: ``part, theme, label, polarity, points, low, high``.

    One least-squares model of all scored responses of both periods (one kind of survey): the period, the mix of
    customers (source, brand, segment, whether they commented), theme × polarity, and these × period. With means x̄ and
    coefficients of now (1) and before (0) and x̄*, b* half-way between them (Kitagawa 1955; Oaxaca and Blinder 1973):
    ``who`` = Σ (x̄₁ − x̄₀)·b of the mix, ``mention`` = Σ (x̄₁ − x̄₀)·b*, ``given`` = Σ x̄*·(b₁ − b₀), ``unexplained``:
    the period's own coefficient. As least squares leaves each period a mean error of 0, nothing is left over.

    Intervals: delta method, by customer (means and coefficients together). Themes that under ``MIN_CELL`` responses of
    a period mention are left out and so go under unexplained. ``attrs``: ``now, before, partial, n_now, n_before,
    survey_type, mix`` (factors); ``caution`` where that holds of all themes, whose parts are then missing; ``note``
    where there is nothing to split.

    Raises:
        UsageError: ``score`` is none of nps, stars, csat; or as for ``changes``.
    """
    quantile = normal_quantile(level)
    if score not in SCALES:
        raise UsageError(f"unknown score {score!r}: choose one of {', '.join(SCALES)}")
    pair = choose_pair(comments["date"], period, against, so_far)
    if pair is None:
        return _nothing(NO_PAIR)
    rows, side = sides(comments, segments, pair)
    survey = main_survey(comments, score)
    found = said(rows, segments, themes, side, {score: survey} if survey else {}, TONES)
    if found.obstacle:
        return _nothing(found.obstacle)
    voices = found.scores.get(score)
    both = [0, 0] if voices is None else [people(voices.clusters[mask]) for mask in (voices.side, ~voices.side)]
    if voices is None or min(both) < MIN_N:
        return _nothing(f"{both[0]} and {both[1]} people with this score: {MIN_N} are needed in each period.")
    if np.ptp(voices.values) == 0:
        return _nothing("All answers of both periods are the same: there is no change to split.")
    table, factors = _split(voices, found.themes, quantile)
    table.attrs.update(now=pair.now.label, before=pair.before.label, partial=pair.partial, mix=list(factors))
    table.attrs.update(n_now=int(voices.side.sum()), n_before=int((~voices.side).sum()))
    if "mention" not in set(table["part"]):
        table.attrs["caution"] = _NO_THEMES
    table.attrs["survey_type"] = found.survey_types[score]
    return table


def _split(voices: Voices, themes: pd.DataFrame, quantile: float) -> tuple[pd.DataFrame, tuple[str, ...]]:
    from scipy import sparse

    model, factors, shown = _model(voices)
    now, now_sums, now_weights = _means(model.design, voices, voices.side)
    before, before_sums, before_weights = _means(model.design, voices, ~voices.side)
    gap, half = now - before, (now + before)[model.mentions] / 2
    coefficient = model.coefficient
    level = coefficient[model.mentions].copy()
    crossed = np.zeros(len(level))
    crossed[shown.crossed] = coefficient[model.crossed]
    centre = level + crossed / 2

    # Moves by cluster are combinations of few sparse columns: only the combinations are kept, (basis, k).
    basis = sparse.hstack([now_sums, before_sums, model.scores, now_weights, before_weights], format="csr")
    one, none = np.eye(len(gap)), np.zeros((len(gap), len(gap)))
    blank = np.zeros((len(model.bread), len(gap)))
    now_moves = np.vstack([one, none, blank, -now, 0 * now])
    before_moves = np.vstack([none, one, blank, 0 * now, -before])
    fitted_moves = np.vstack([none, none, model.bread, 0 * now, 0 * now])
    gap_moves = now_moves - before_moves
    half_moves = (now_moves + before_moves)[:, model.mentions] / 2
    level_moves = fitted_moves[:, model.mentions]
    crossed_moves = np.zeros_like(level_moves)
    crossed_moves[:, shown.crossed] = fitted_moves[:, model.crossed]

    who = gap[model.mix] @ coefficient[model.mix]
    who_moves = gap_moves[:, model.mix] @ coefficient[model.mix] + fitted_moves[:, model.mix] @ gap[model.mix]
    mention = gap[model.mentions] * centre
    mention_moves = gap_moves[:, model.mentions] * centre + (level_moves + crossed_moves / 2) * gap[model.mentions]
    given, given_moves = half * crossed, half_moves * crossed + half * crossed_moves
    rest, rest_moves = coefficient[model.period], fitted_moves[:, model.period]

    values = [who, mention.sum(), given.sum(), rest]
    moves = [who_moves, mention_moves.sum(axis=1), given_moves.sum(axis=1), rest_moves]
    values.append(sum(values))
    moves.append(sum(moves))
    parts: list[dict[Any, Any]] = [{"part": part, "points": value} for part, value in zip(PARTS, values, strict=True)]
    for part, points in (("mention", mention), ("given", given)):
        named = themes.iloc[shown.themes][["theme", "label", "polarity"]].to_dict("records")
        parts += [{"part": part, **theme, "points": value} for theme, value in zip(named, points, strict=True)]
    every = np.column_stack([*moves, mention_moves, given_moves])
    groups, n, k = basis.shape[0], len(voices.values), model.design.shape[1]
    scale = groups / (groups - 1) * (n - 1) / max(n - k, 1)
    error = quantile * np.sqrt(scale * (every * ((basis.T @ basis).toarray() @ every)).sum(axis=0))
    table = pd.DataFrame(parts, columns=COLUMNS)
    table["low"], table["high"] = table["points"] - error, table["points"] + error
    size = table["points"].abs().where(table["theme"].notna(), np.inf)
    table = table.assign(size=size).sort_values("size", ascending=False, kind="stable", ignore_index=True)
    if not len(mention):
        table = table[~table["part"].isin(["mention", "given"])]
    return table[COLUMNS].reset_index(drop=True), factors


@dataclass(frozen=True)
class _Shown:
    """Columns of ``Voices.mentions`` in the model, and which of those have a × period column."""

    themes: Ints
    crossed: Ints


def _means(design: Sparse, voices: Voices, mask: Mask) -> tuple[Floats, Sparse, Sparse]:
    """Means of the columns among one period's responses (k,); by cluster, the sums they are made of (groups, k) and the
    shares of the weights (groups, 1): without it a mean moves by the first less the second times the mean."""
    from scipy import sparse

    weights = voices.weights * mask / (voices.weights @ mask)
    groups, n = int(voices.clusters.max()) + 1, len(weights)
    member = sparse.csr_array((weights, (voices.clusters, np.arange(n))), shape=(groups, n))
    return design.T @ weights, member @ design, sparse.csr_array(member.sum(axis=1)[:, None])


def _model(voices: Voices) -> tuple[_Model, tuple[str, ...], _Shown]:
    from scipy import sparse

    enough = [voices.mentions[mask].sum(axis=0) >= MIN_CELL for mask in (voices.side, ~voices.side)]
    themes = np.flatnonzero(enough[0] & enough[1])
    mix, factors = voices.mix
    side = sparse.csr_array(voices.side.astype(float)[:, None])
    said_so = voices.mentions[:, themes]
    crossed = sparse.diags_array(voices.side.astype(float)) @ said_so
    constant = sparse.csr_array(np.ones((len(voices.values), 1)))
    whole = sparse.hstack([constant, side, mix, said_so, crossed], format="csr")
    kind = np.repeat([0, 1, 2, 3, 4], [1, 1, mix.shape[1], len(themes), len(themes)])
    number = np.r_[0, 0, np.arange(mix.shape[1]), np.arange(len(themes)), np.arange(len(themes))]
    kept = np.array(independent(whole, voices.weights))
    kind, number = kind[kept], number[kept]
    design = whole[:, kept[1:]]
    empty = sparse.csr_array((len(voices.values), 0))
    found = fit(Problem(voices.values, design, empty, voices.clusters, voices.weights), 0.95)
    at = [np.flatnonzero(kind[1:] == each) for each in range(5)]
    model = _Model(design, found.coefficient, found.scores, found.bread, int(at[1][0]), at[2], at[3], at[4])
    left = number[1:]
    order = {theme: place for place, theme in enumerate(left[at[3]])}
    shown = _Shown(themes[left[at[3]]], np.array([order[theme] for theme in left[at[4]]], dtype=np.intp))
    return model, factors, shown


def _nothing(note: str) -> pd.DataFrame:
    table = pd.DataFrame(columns=COLUMNS)
    table.attrs["note"] = note
    return table
