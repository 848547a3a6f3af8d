"""From comments to the matrix behind the drivers: one row per scored response."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from voc.analytics.answers import SCALES, answers, most_frequent, of_survey, relative_weights, weight_obstacle
from voc.analytics.base import (
    NOT_GIVEN,
    cluster_key,
    comment_places,
    of_use,
    response_key,
    shared_key,
    tagged,
    version_obstacle,
)
from voc.analytics.mentions import TONES, leaf_themes
from voc.analytics.periods import period_labels
from voc.analytics.regression import Floats, Ints, Problem, Sparse
from voc.errors import UsageError

SCORES = (*SCALES, "sentiment")
UNITS = {"nps": "NPS points", "stars": "stars", "csat": "CSAT points", "sentiment": "tone, −1 to 1"}
FACTORS = ("source", "brand", "customer_segment", "survey_type")
#: A level of a control with fewer responses is pooled with the other rare ones.
MIN_LEVEL = 10


@dataclass(frozen=True, eq=False)
class Design:
    """What the regression takes, and what it is about: ``columns`` names the k mentions (theme, label, polarity),
    ``control_names`` are in words, ``obstacle`` says why the rows cannot be used. ``survey_type`` is the kind of survey
    the answers come from, ``left_out`` how many scored responses of other kinds there are."""

    problem: Problem
    columns: pd.DataFrame
    control_names: tuple[str, ...]
    survey_type: str | None
    left_out: int
    obstacle: str | None


def build_design(
    comments: pd.DataFrame,
    segments: pd.DataFrame,
    themes: pd.DataFrame,
    score: str,
    survey_type: str | None = None,
) -> Design:
    """Responses of one kind of survey that are scored and have a tagged comment; a theme × polarity is 1 if any segment
    shows it. Without ``survey_type`` the kind with most answers.

    Raises:
        UsageError: ``score`` is none of ``SCORES``, or nothing of ``survey_type`` is scored so.
    """
    if score not in SCORES:
        raise UsageError(f"unknown score {score!r}: choose one of {', '.join(SCORES)}")
    comments = of_use(comments, ("text", "sentiment_score", *shared_key(comments, segments)))
    given = None if score == "sentiment" else answers(comments, score).drop_duplicates("response")
    chosen, left_out = (survey_type, 0) if given is None else _chosen_survey(given, score, survey_type)
    rows = tagged(of_survey(comments, chosen))
    rows = rows.assign(response=response_key(rows), length=rows["text"].str.len())
    if given is None:  # the tone of what was said
        outcome: pd.Series = rows["sentiment_score"].astype(float).groupby(rows["response"]).mean().dropna()
    else:
        outcome = given[given["survey_type"] == chosen].set_index("response")["value"]
    rows = rows[rows["response"].isin(outcome.index)]
    first = rows.drop_duplicates("response").set_index("response")
    place = pd.Series(np.arange(len(first)), index=first.index)
    mentions, columns = mention_matrix(rows.assign(place=rows["response"].map(place)), len(first), segments, themes)
    seen = np.flatnonzero(mentions.sum(axis=0))
    mentions, columns = mentions[:, seen], columns.iloc[seen].reset_index(drop=True)
    controls, names = _controls(first, rows.groupby("response")["length"].sum().reindex(first.index).to_numpy(float))
    clusters, _ = pd.factorize(cluster_key(first.reset_index()))
    weights = relative_weights(first).to_numpy(float)
    problem = Problem(outcome.reindex(first.index).to_numpy(float), mentions, controls, clusters, weights)
    obstacle = weight_obstacle(first) or version_obstacle(rows)
    return Design(problem, columns, names, chosen, left_out, obstacle)


def _chosen_survey(given: pd.DataFrame, score: str, survey_type: str | None) -> tuple[str | None, int]:
    """The kind of survey, and how many scored responses are of another."""
    kinds = given["survey_type"]
    if survey_type is not None and not kinds.eq(survey_type).any():
        known = ", ".join(sorted(kinds.unique())) or "none"
        raise UsageError(f"no {score} answer of survey type {survey_type!r}: choose one of {known}")
    chosen = survey_type or most_frequent(kinds)
    return chosen, int((kinds != chosen).sum())


def mention_matrix(
    rows: pd.DataFrame,
    places: int,
    segments: pd.DataFrame,
    themes: pd.DataFrame,
    tones: Mapping[str, Sequence[str]] = TONES,
) -> tuple[Sparse, pd.DataFrame]:
    """0 and 1 by place × (leaf theme, polarity), (places, k); and ``theme, label, polarity`` of the columns. ``rows``:
    the comments with the ``place`` of each; ``tones``: polarity → the tones of a segment that count so."""
    from scipy import sparse

    leaves = leaf_themes(themes)
    columns = leaves.rename(columns={"id": "theme"}).merge(pd.DataFrame({"polarity": list(tones)}), how="cross")
    leaf = pd.Index(leaves["id"])
    found = segments.loc[segments["theme"].isin(leaf), [*shared_key(segments, rows), "theme", "sentiment"]]
    at = comment_places(rows, found)
    found, at = found[at >= 0], at[at >= 0]
    place, number = rows["place"].to_numpy(np.intp)[at], leaf.get_indexer(found["theme"])
    shown = [found["sentiment"].isin(list(wanted)).to_numpy() for wanted in tones.values()]
    row = np.concatenate([place[each] for each in shown])
    column = np.concatenate([len(tones) * number[each] + offset for offset, each in enumerate(shown)])
    matrix = sparse.csr_array((np.ones(len(row)), (row, column)), shape=(places, len(columns)))
    matrix.data[:] = 1  # one mention or several are the same
    return matrix, columns


def _controls(first: pd.DataFrame, length: Floats) -> tuple[Sparse, tuple[str, ...]]:
    from scipy import sparse

    blocks, names = [sparse.csr_array((len(first), 0))], []
    factors = {name: first[name].astype(object).where(first[name].notna(), NOT_GIVEN).astype(str) for name in FACTORS}
    for period in ("month", "quarter", "year"):  # the finest with enough responses in each
        labels = period_labels(first["date"], period)
        if labels.nunique() * MIN_LEVEL <= len(labels):
            factors[period] = labels
            break
    for name, labels in factors.items():
        block = level_columns(pd.factorize(labels, sort=True)[0])
        if block.shape[1]:
            blocks.append(block)
            names.append(name.replace("_", " "))
    logs = np.log1p(length)
    if len(logs) and np.ptp(logs) > 0:
        blocks.append(sparse.csr_array((logs - logs.mean())[:, None]))
        names.append("log length")
    return sparse.hstack(blocks, format="csr"), tuple(names)


def level_columns(codes: Ints) -> Sparse:
    """One column of 0 and 1 for each level (numbers from 0) but the first, rare ones pooled as the last."""
    from scipy import sparse

    count = np.bincount(codes)
    rare = count < MIN_LEVEL
    place = np.where(rare, (~rare).sum(), np.cumsum(~rare) - 1)[codes]
    n = len(codes)
    return sparse.csr_array((np.ones(n), (np.arange(n), place)), shape=(n, int(place.max()) + 1 if n else 1))[:, 1:]
