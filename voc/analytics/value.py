"""How much customer value the detractors hold who name a theme."""

from __future__ import annotations

import numpy as np
import pandas as pd

from voc.analytics.answers import answers, main_survey, of_survey
from voc.analytics.base import MIN_N, PRIVACY_MIN_N, response_key, tagged, version_obstacle
from voc.analytics.intervals import normal_quantile
from voc.analytics.mentions import leaf_themes, theme_mentions
from voc.schema import KEY

COLUMNS = ["theme", "label", "detractors", "value", "share_of_value", "low", "high", "small"]


def value_held(
    comments: pd.DataFrame,
    segments: pd.DataFrame,
    themes: pd.DataFrame,
    level: float = 0.95,
    survey_type: str | None = None,
) -> pd.DataFrame:
    """Customer value held by detractors (0–6 on a 0–10 scale) who criticise a theme, most first: ``theme, label,
    detractors`` (customers), ``value`` (sum of their ``customer_value``, each customer once, the last one given),
    ``share_of_value, low, high`` (of the value of all who answered), ``small``.

    What these customers are worth now; not a forecast of loss. A customer who names several themes counts under each,
    so values must not be added up. The sum is a count of those who answered; ``share_of_value`` is an estimate for all
    customers, as ratio of sums with its linearised error by customer (Cochran 1977, §6.3). Under 5 detractors only
    their number is given. ``attrs``: ``survey_type, customers`` and ``value`` of all, ``note`` where nothing can be
    said.
    """
    kind = survey_type or main_survey(comments, "nps")
    part = of_survey(comments, kind)
    given = answers(part, "nps")
    given = given[given["customer_value"].notna() & np.isfinite(given["customer_value"].astype("float64"))]
    worth = given.groupby("cluster")["customer_value"].last().astype("float64")
    leaves = leaf_themes(themes)
    if note := _obstacle(worth, version_obstacle(tagged(part)), leaves):
        return _nothing(note)
    unhappy = given.loc[given["value"] == -100, ["response", "cluster"]].drop_duplicates()
    rows = _criticised(part, segments, themes).merge(unhappy, on="response")[["theme", "cluster"]].drop_duplicates()
    total, customers = float(worth.sum()), len(worth)
    table = leaves.rename(columns={"id": "theme"})
    groups = rows.assign(value=rows["cluster"].map(worth)).groupby("theme")["value"]
    table["detractors"] = table["theme"].map(groups.size()).fillna(0).astype("int64")
    table["value"] = table["theme"].map(groups.sum()).fillna(0.0)
    share = table["value"] / total
    own = table["theme"].map(groups.apply(lambda values: float((values**2).sum()))).fillna(0.0)
    # Σ (y − share·x)² with y = x for those who name the theme and 0 for all others
    squares = own * (1 - 2 * share) + share**2 * float((worth**2).sum())
    half = normal_quantile(level) * np.sqrt(squares * customers / max(customers - 1, 1)) / total
    table["share_of_value"], table["low"], table["high"] = share, (share - half).clip(lower=0), share + half
    hidden = table["detractors"] < PRIVACY_MIN_N
    for name in ("value", "share_of_value", "low", "high"):
        table[name] = table[name].mask(hidden)
    table["small"] = table["detractors"] < MIN_N
    table = table[table["detractors"] > 0].sort_values(["value", "theme"], ascending=[False, True], ignore_index=True)
    table.attrs.update(survey_type=kind, customers=customers, value=total)
    if table.empty:
        table.attrs["note"] = "No detractor with a customer value criticises a theme."
    return table[COLUMNS]


def _criticised(comments: pd.DataFrame, segments: pd.DataFrame, themes: pd.DataFrame) -> pd.DataFrame:
    """``theme, response`` of each criticism."""
    found = theme_mentions(comments, segments, themes)
    keys = comments[list(KEY)].assign(response=response_key(comments))
    return found[found["criticised"]].merge(keys, on=list(KEY))[["theme", "response"]].drop_duplicates()


def _obstacle(worth: pd.Series, versions: str | None, leaves: pd.DataFrame) -> str | None:
    if leaves.empty:
        return "No theme yet: there is nothing that detractors could name."
    if worth.empty:
        return "No answer on a 0–10 scale comes with a customer value: there is nothing to weigh."
    if len(worth) < PRIVACY_MIN_N:
        return f"{len(worth)} customers with a value: at least {PRIVACY_MIN_N} are needed."
    if (worth < 0).any():
        return f"{int((worth < 0).sum()):,} customer values are negative: give 0 or more, or leave the column out."
    if worth.sum() == 0:
        return "All customer values are 0: there is nothing to weigh."
    return versions


def _nothing(note: str) -> pd.DataFrame:
    table = pd.DataFrame(columns=COLUMNS)
    table.attrs.update(note=note, survey_type=None, customers=0, value=0.0)
    return table
