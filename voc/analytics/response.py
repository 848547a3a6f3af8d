"""Who is behind a change: invited, answered, commented, left; and the customers who answered both times."""

from __future__ import annotations

import numpy as np
import pandas as pd

from voc.analytics.answers import SCALES, answers, main_survey, of_survey, weight_obstacle
from voc.analytics.base import MIN_N, numbered, of_use
from voc.analytics.changes import NO_PAIR
from voc.analytics.intervals import mean_interval
from voc.analytics.spans import Pair, Span, choose_pair
from voc.errors import UsageError

STEPS = ("customers", "invited", "answered", "commented", "left", "same customers")
COLUMNS = ["step", "now", "before"]
_SAME = ("same_n", "same_now", "same_before", "same_change", "same_low", "same_high")


def response_base(
    comments: pd.DataFrame,
    score: str = "nps",
    period: str = "month",
    against: str | None = None,
    so_far: bool = False,
    customers: pd.DataFrame | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """Counts of both periods: ``step`` (``STEPS``), ``now, before``.

    ``answered``: scored responses of the most frequent kind of survey, ``commented``: those with text. From
    ``customers`` (``date`` of a month's first day, ``customers`` and, where known, ``invited`` and ``left``), if both
    periods are whole months: customers on average, ``invited`` and ``left`` (no longer customers) in sum; else missing.
    ``same customers``: those who answered in both periods, by ``customer_id``; missing where there is no id.

    ``attrs``: ``survey_type, now, before, partial``; of the same customers ``same_n, same_now, same_before,
    same_change, same_low, same_high``: their mean score and its paired difference with Student's t (1908), from 30 of
    them on. Who left answers no more, so this line is of those who stayed.

    Raises:
        UsageError: ``score`` is none of nps, stars, csat; or as for ``changes``.
    """
    if score not in SCALES:
        raise UsageError(f"unknown score {score!r}: choose one of {', '.join(SCALES)}")
    pair = choose_pair(comments["date"], period, against, so_far)
    if pair is None:
        return _nothing(NO_PAIR)
    comments = of_use(comments, ("text", "customer_id"))
    survey = main_survey(comments, score)
    given = answers(of_survey(comments, survey), score)
    if note := weight_obstacle(comments.loc[given.index]):
        return _nothing(note)
    given = given.assign(commented=given["text"].notna().groupby(given["response"]).transform("any"))
    given = given.drop_duplicates("response")
    parts = [given[span.holds(given["date"])] for span in (pair.now, pair.before)]
    customer = numbered(given["customer_id"])  # −1: unknown
    now, before = (customer[part.index].to_numpy() for part in parts)
    both = float((np.intersect1d(now, before) >= 0).sum()) if (customer >= 0).any() else np.nan
    counts: dict[str, tuple[float, float]] = {
        **_outside(customers, pair),
        "answered": (len(parts[0]), len(parts[1])),
        "commented": (int(parts[0]["commented"].sum()), int(parts[1]["commented"].sum())),
        "same customers": (both, both),
    }
    table = pd.DataFrame([(step, *counts[step]) for step in STEPS], columns=COLUMNS)
    table[["now", "before"]] = table[["now", "before"]].round().astype("Int64")
    table.attrs.update(survey_type=survey, now=pair.now.label, before=pair.before.label, partial=pair.partial)
    table.attrs.update(_same(parts, level))
    return table


def _outside(customers: pd.DataFrame | None, pair: Pair) -> dict[str, tuple[float, float]]:
    """What the file of customer counts knows of both periods."""
    found = {}
    for step in ("customers", "invited", "left"):
        known = customers is not None and step in customers and _whole_months(pair)
        values = [_of_months(customers, step, span) for span in (pair.now, pair.before)] if known else [np.nan] * 2
        found[step] = (values[0], values[1])
    return found


def _whole_months(pair: Pair) -> bool:
    return all(moment.is_month_start for span in (pair.now, pair.before) for moment in (span.start, span.end))


def _of_months(customers: pd.DataFrame | None, step: str, span: Span) -> float:
    assert customers is not None
    rows = customers[span.holds(customers["date"])]
    months = len(pd.date_range(span.start, span.end, freq="MS", inclusive="left"))
    if rows["date"].nunique() < months:
        return float("nan")
    total = float(rows[step].sum(skipna=False))
    return total / months if step == "customers" else total


def _same(parts: list[pd.DataFrame], level: float) -> dict[str, float]:
    """The mean score of the customers of both periods, each counting once."""
    means = [part.dropna(subset=["customer_id"]).groupby("customer_id")["value"].mean() for part in parts]
    both = pd.concat(means, axis=1, join="inner", keys=["now", "before"])
    if len(both) < MIN_N:
        return {"same_n": len(both), **dict.fromkeys(_SAME[1:], float("nan"))}
    change = both["now"] - both["before"]
    low, high = mean_interval(change.mean(), change.std(), len(change), level)
    means_of = [float(values.mean()) for values in (both["now"], both["before"], change)]
    return dict(zip(_SAME, (len(both), *means_of, float(low), float(high)), strict=True))


def _nothing(note: str) -> pd.DataFrame:
    table = pd.DataFrame(columns=COLUMNS)
    table.attrs.update(note=note, survey_type=None, now=None, before=None, partial=False)
    table.attrs.update(same_n=0, **dict.fromkeys(_SAME[1:], float("nan")))
    return table
