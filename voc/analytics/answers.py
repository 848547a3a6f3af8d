"""The answers a score is made of: kinds of score and of survey apart, weights honoured."""

from __future__ import annotations

import numpy as np
import pandas as pd

from voc.analytics.base import NOT_GIVEN, cluster_key, of_use, or_not_given, response_key
from voc.schema import SCORE_SCALES

#: Kind of score → the scale its answers are given on. They are never pooled.
SCALES = {"nps": "nps_0_10", "stars": "stars_1_5", "csat": "csat_1_5"}
PROMOTER, DETRACTOR = 9, 6


def answers(comments: pd.DataFrame, kind: str) -> pd.DataFrame:
    """The rows of ``comments`` that carry an answer of this ``kind``, with or without text. Rows of one ``response``
    (one per question) repeat its answer: count it once.

    Beside their own columns: ``response``; ``cluster`` (see ``cluster_key``); ``value``, which is −100, 0 or 100 for
    ``nps``, so that its mean is the NPS, else the answer itself; ``weight`` as ``relative_weights`` gives it;
    ``survey_type``, ``not given`` where there is none. Answers off their scale are left out.
    """
    rows = comments.assign(value=score_values(comments, kind))
    rows = rows[rows["value"].notna()]
    rows = rows.assign(response=response_key(rows), cluster=cluster_key(rows), weight=relative_weights(rows))
    rows["survey_type"] = or_not_given(rows["survey_type"])
    return rows


def score_values(comments: pd.DataFrame, kind: str) -> pd.Series:
    """The answer of each row as ``answers`` gives it, NaN where there is none of this ``kind``."""
    given = comments["nps"] if kind == "nps" else comments["score"].where(comments["score_scale"].eq(SCALES[kind]))
    given = given.astype("float64")
    lowest, highest = SCORE_SCALES[SCALES[kind]]
    given = given.where(given.between(lowest, highest))
    if kind != "nps":
        return given
    points = np.select([given >= PROMOTER, given > DETRACTOR, given.notna()], [100.0, 0.0, -100.0], np.nan)
    return pd.Series(points, comments.index)


def main_survey(comments: pd.DataFrame, kind: str) -> str | None:
    """The survey type with most answers of this kind; None where nothing was answered."""
    given = score_values(comments, kind).notna()
    kinds = or_not_given(comments["survey_type"][given])
    if kinds.nunique() > 1:  # one kind has most answers, however they are counted
        kinds = kinds[~response_key(of_use(comments)[given]).duplicated()]
    return most_frequent(kinds)


def main_surveys(comments: pd.DataFrame) -> dict[str, str]:
    """Kind of score → the survey type with most answers of it, of the kinds that are answered at all."""
    found = {kind: main_survey(comments, kind) for kind in SCALES}
    return {kind: survey for kind, survey in found.items() if survey is not None}


def most_frequent(names: pd.Series) -> str | None:
    """The most frequent of ``names``, of equals the first by alphabet; None where there is none."""
    counts = names.value_counts()
    return None if counts.empty else str(min(counts.index[counts == counts.max()]))


def of_survey(comments: pd.DataFrame, survey_type: str | None) -> pd.DataFrame:
    """The rows of one survey type, ``not given`` being one; all rows where it is None."""
    return comments if survey_type is None else comments[is_of_survey(comments, survey_type)]


def is_of_survey(comments: pd.DataFrame, survey_type: str) -> pd.Series:
    """Which rows are of this survey type."""
    given = comments["survey_type"]
    return given.isna() if survey_type == NOT_GIVEN else given.eq(survey_type).fillna(False).astype(bool)


def relative_weights(rows: pd.DataFrame) -> pd.Series:
    """``weight`` over its mean in the data set, 1 where a data set has none: a data set counts for as many as answered
    in it, whatever its weights are scaled to."""
    given = rows["weight"].astype("float64")
    if given.isna().all():
        return given.fillna(1.0)
    return (given / given.groupby(rows["dataset"]).transform("mean")).fillna(1.0)


def weight_obstacle(rows: pd.DataFrame) -> str | None:
    """Why these rows cannot be weighted, in a sentence; None where they can, or where no row has a weight."""
    mend = "mend the column, or leave it out with --map weight=-."
    given = rows["weight"].astype("float64")
    weighted = given.notna().groupby(rows["dataset"]).transform("any")
    if not weighted.any():
        return None
    if (bad := int((given < 0).sum())) or np.isinf(given).any():
        what = f"{bad:,} negative" if bad else "infinite ones"
        return f"Among the weights are {what}: a weight is 0 or more and finite; {mend}"
    if missing := int((weighted & given.isna()).sum()):
        return (
            f"{missing:,} of {int(weighted.sum()):,} answers have no weight, the others of their data set have: {mend}"
        )
    if (given.groupby(rows["dataset"]).sum(min_count=1) == 0).any():
        return f"All weights of a data set are 0: at least one must be more; {mend}"
    return None


def effective_size(weights: pd.Series, groups: pd.Series) -> pd.Series:
    """Number of equally weighted answers that would be as exact, by group: (Σw)² / Σw² (Kish 1965, §11.7)."""
    return weights.groupby(groups).sum() ** 2 / (weights**2).groupby(groups).sum()
