"""From comments to the matrix behind the drivers: one row per scored response."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from voc.analytics.base import NOT_GIVEN, cluster_key, response_key, tagged
from voc.analytics.mentions import POLARITIES, leaf_themes, theme_mentions
from voc.analytics.periods import period_labels
from voc.errors import UsageError
from voc.schema import KEY

SCORES = ("nps", "stars", "csat", "sentiment")
UNITS = {"nps": "NPS points", "stars": "stars", "csat": "CSAT points", "sentiment": "tone, −1 to 1"}
FACTORS = ("source", "brand", "customer_segment", "survey_type")
#: A level of a control with fewer responses is pooled with the other rare ones.
MIN_LEVEL = 10
_SCALES = {"stars": "stars_1_5", "csat": "csat_1_5"}

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Design:
    """``outcome`` (n,), ``mentions`` (n, k) of 0 and 1, ``controls`` (n, c) without a constant, ``clusters``
    (n,) numbers from 0. ``columns`` names the k mentions: theme, label, polarity. ``control_names`` are in
    words."""

    outcome: Floats
    mentions: Floats
    columns: pd.DataFrame
    controls: Floats
    control_names: tuple[str, ...]
    clusters: npt.NDArray[np.intp]


def build_design(comments: pd.DataFrame, segments: pd.DataFrame, themes: pd.DataFrame, score: str) -> Design:
    """Responses that are scored and have a tagged comment; a theme × polarity is 1 if any segment shows it.

    Raises:
        UsageError: ``score`` is none of ``SCORES``.
    """
    if score not in SCORES:
        raise UsageError(f"unknown score {score!r}: choose one of {', '.join(SCORES)}")
    rows = tagged(comments)
    rows = rows.assign(response=response_key(rows), length=rows["text"].str.len())
    outcome = _outcome(comments, rows, score).dropna()
    rows = rows[rows["response"].isin(set(outcome.index))]
    first = rows.drop_duplicates("response").set_index("response")
    place = pd.Series(np.arange(len(first)), index=first.index)
    mentions, columns = _mentions(rows, segments, themes, place)
    length = rows.groupby("response")["length"].sum().reindex(first.index).to_numpy(float)
    controls, names = _controls(first, length)
    clusters, _ = pd.factorize(cluster_key(first.reset_index()))
    return Design(outcome.reindex(first.index).to_numpy(float), mentions, columns, controls, names, clusters)


def _outcome(comments: pd.DataFrame, rows: pd.DataFrame, score: str) -> pd.Series:
    """Score by response: NPS as −100, 0, 100, so that its mean is the NPS; the others in their own units."""
    if score == "sentiment":
        return rows["sentiment_score"].astype(float).groupby(rows["response"]).mean()
    if score == "nps":
        nps = comments["nps"].astype(float)
        values = pd.Series(np.select([nps >= 9, nps >= 7, nps >= 0], [100.0, 0.0, -100.0], np.nan), comments.index)
    else:
        values = comments["score"].astype(float).where(comments["score_scale"].eq(_SCALES[score]))
    return values.groupby(response_key(comments)).first()


def _mentions(
    rows: pd.DataFrame, segments: pd.DataFrame, themes: pd.DataFrame, place: pd.Series
) -> tuple[Floats, pd.DataFrame]:
    leaves = leaf_themes(themes)
    columns = leaves.rename(columns={"id": "theme"}).merge(pd.DataFrame({"polarity": POLARITIES}), how="cross")
    number = pd.Series(range(len(leaves)), index=leaves["id"])
    found = theme_mentions(rows, segments, themes).merge(rows[[*KEY, "response"]], on=list(KEY))
    matrix = np.zeros((len(place), len(columns)))
    for offset, polarity in enumerate(POLARITIES):
        shown = found[found[polarity]]
        at = len(POLARITIES) * number[shown["theme"]].to_numpy(int) + offset
        matrix[place[shown["response"]].to_numpy(int), at] = 1
    seen = matrix.any(axis=0)
    return matrix[:, seen], columns.iloc[np.flatnonzero(seen)].reset_index(drop=True)


def _controls(first: pd.DataFrame, length: Floats) -> tuple[Floats, tuple[str, ...]]:
    blocks: list[Floats] = []
    names: list[str] = []
    for name in FACTORS:
        _add(blocks, names, name, first[name].astype(object).where(first[name].notna(), NOT_GIVEN).astype(str))
    for period in ("month", "quarter", "year"):  # the finest with enough responses in each
        labels = period_labels(first["date"], period)
        if labels.nunique() * MIN_LEVEL <= len(labels):
            _add(blocks, names, period, labels)
            break
    logs = np.log1p(length)
    if len(logs) and np.ptp(logs) > 0:
        blocks.append((logs - logs.mean())[:, None])
        names.append("log length")
    return (np.hstack(blocks) if blocks else np.empty((len(first), 0))), tuple(names)


def _add(blocks: list[Floats], names: list[str], name: str, labels: pd.Series) -> None:
    counts = labels.value_counts()
    pooled = labels.where(labels.map(counts) >= MIN_LEVEL, "other, rare")
    if pooled.nunique() > 1:
        blocks.append(pd.get_dummies(pooled, drop_first=True).to_numpy(float))
        names.append(name.replace("_", " "))
