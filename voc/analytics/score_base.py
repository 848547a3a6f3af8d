"""What a score rests on: from the rows of the store to the responses that drivers use."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from voc.analytics.answers import SCALES, answers, effective_size, of_survey, weight_obstacle
from voc.analytics.base import GREY_N, MIN_N, PRIVACY_MIN_N, design_effect, is_tagged, of_use, response_key
from voc.analytics.intervals import adjusted_wald_difference, normal_quantile
from voc.errors import UsageError

STEPS = ("rows", "responses", "scored", "commented", "used")
COLUMNS = [
    *("score", "survey_type", *STEPS, "n_effective", "value", "low", "high"),
    *("used_value", "used_low", "used_high", "official", "difference", "within", "small"),
]


def score_base(
    comments: pd.DataFrame, official: Mapping[str, float] | None = None, level: float = 0.95
) -> pd.DataFrame:
    """One row per kind of score and survey type, which are never pooled: ``score`` (nps, stars, csat),
    ``survey_type``, then how many are left at each step: ``rows`` of that survey type; ``responses`` (several rows, one
    per question, may share one); ``scored`` with an answer on this scale, text or not; ``commented``, scored and with
    text; ``used``, commented, read and tagged: what drivers rest on.

    ``value, low, high``: the score of all ``scored`` (NPS as in ``nps_table``, else the mean with Student's t by
    customer), weighted by ``weight``; ``n_effective`` = (Σw)²/Σw² (Kish 1965) over the design effect of repeating
    customers. ``used_value, used_low, used_high``: the same of ``used``, as those who write differ from those who do
    not. Under 30 people no figure (from 30 to 99 ``small``), and none of the used where it and the whole would tell the
    score of fewer than 5 who wrote nothing.

    ``official``: the NPS by survey type as published elsewhere, −100…100; ``difference`` = value − official;
    ``within``: it lies in the interval. ``attrs["other_scales"]``: answers on scales that are none of these, by scale.

    Raises:
        UsageError: an official figure outside −100…100, or of a survey type without NPS answers.
    """
    normal_quantile(level)
    comments = of_use(comments).assign(written=comments["text"].notna())
    given = {kind: answers(comments, kind) for kind in SCALES}
    rows = []
    for kind, scored in given.items():
        if note := weight_obstacle(comments.loc[scored.index]):
            return _nothing(note, comments)
        for name in sorted(scored["survey_type"].unique()):
            part = of_survey(comments, name)
            rows.append(_row(kind, name, part, scored[scored["survey_type"] == name], level))
    if not rows:
        return _nothing("No answer on a 0–10, star or CSAT scale: there is no score to reconcile.", comments)
    table = _beside(pd.DataFrame(rows), official or {})
    table.attrs["other_scales"] = _other_scales(comments)
    return table[COLUMNS]


def _row(kind: str, survey_type: str, part: pd.DataFrame, scored: pd.DataFrame, level: float) -> dict[str, object]:
    one = scored.drop_duplicates("response")
    keys = response_key(part)
    written, read = keys[part["written"]], keys[is_tagged(part)]
    used = one[one["response"].isin(read)]
    size, figure = _figure(one, kind, level)
    _, of_used = _figure(used, kind, level)
    if 0 < one["cluster"].nunique() - used["cluster"].nunique() < PRIVACY_MIN_N:
        of_used = (np.nan, np.nan, np.nan)
    return {
        "score": kind,
        "survey_type": survey_type,
        "rows": len(part),
        "responses": keys.nunique(),
        "scored": len(one),
        "commented": int(one["response"].isin(written).sum()),
        "used": len(used),
        "n_effective": size,
        **dict(zip(("value", "low", "high"), figure, strict=True)),
        **dict(zip(("used_value", "used_low", "used_high"), of_used, strict=True)),
        "small": one["cluster"].nunique() < GREY_N,
    }


def _figure(one: pd.DataFrame, kind: str, level: float) -> tuple[float, tuple[float, float, float]]:
    """Effective size; the score with its interval, NaN where it rests on too few people."""
    if one["cluster"].nunique() < MIN_N:
        return np.nan, (np.nan, np.nan, np.nan)
    whole = pd.Series(0, one.index)
    values, weights = one["value"], one["weight"]
    effect = design_effect(values, whole, one["cluster"], weights).iloc[0]
    size = float(effective_size(weights, whole).iloc[0] / effect)
    mean = float(np.average(values, weights=weights))
    if kind == "nps":
        plus, minus = (size * float(np.average(values == point, weights=weights)) for point in (100, -100))
        estimates = adjusted_wald_difference(plus, minus, size, add=0.75, add_n=3, level=level)
        low, high = (100 * float(side) for side in estimates[1:])
        return size, (mean, low, high)
    from scipy.stats import t

    variance = float(np.average((values - mean) ** 2, weights=weights)) / (size - 1)
    half = float(t.ppf(0.5 + level / 2, one["cluster"].nunique() - 1)) * variance**0.5
    return size, (mean, mean - half, mean + half)


def _beside(table: pd.DataFrame, official: Mapping[str, float]) -> pd.DataFrame:
    """``table`` with the official figures of the NPS."""
    kinds = table.loc[table["score"] == "nps", "survey_type"].tolist()
    for name, figure in official.items():
        if name not in kinds:
            known = ", ".join(kinds) or "none, as there is no NPS"
            raise UsageError(f"an official figure for survey type {name!r}: choose one of {known}")
        if not -100 <= figure <= 100:
            raise UsageError(f"official figure {figure:g}: an NPS lies between −100 and 100")
    table["official"] = table["survey_type"].map(official).where(table["score"] == "nps").astype("float64")
    table["difference"] = table["value"] - table["official"]
    within = table["official"].between(table["low"], table["high"]).astype(object)
    table["within"] = within.where(table["official"].notna() & table["value"].notna(), None)
    return table


def _other_scales(comments: pd.DataFrame) -> dict[str, int]:
    rest = comments.loc[comments["score"].notna() & ~comments["score_scale"].isin(SCALES.values()), "score_scale"]
    return {str(name): int(n) for name, n in rest.fillna("unknown").value_counts().items()}


def _nothing(note: str, comments: pd.DataFrame) -> pd.DataFrame:
    table = pd.DataFrame(columns=COLUMNS)
    table.attrs.update(note=note, other_scales=_other_scales(comments))
    return table
