"""Names of periods: the label a date falls under."""

from __future__ import annotations

import numpy as np
import pandas as pd

from voc.errors import UsageError

PERIODS = ("day", "week", "month", "quarter", "year")
UNDATED = "undated"


def period_labels(dates: pd.Series, period: str) -> pd.Series:
    """Label each date in UTC: day ``2026-04-03``, week ``2026-W14`` (ISO, from Monday), month ``2026-04``,
    quarter ``2026-Q2``, year ``2026``. Labels sort as text in order of time; a missing date is ``undated``.

    Raises:
        UsageError: ``period`` is none of ``PERIODS``.
    """
    if period not in PERIODS:
        raise UsageError(f"unknown period {period!r}: choose one of {', '.join(PERIODS)}")
    # A day is put into words once, however many dates fall on it.
    number, days = pd.factorize(pd.to_datetime(dates, utc=True).dt.floor("D"))
    labels = np.append(_labels(pd.Series(days), period).to_numpy(object), UNDATED)
    return pd.Series(labels[number], dates.index, object, dates.name)


def _labels(when: pd.Series, period: str) -> pd.Series:
    if period == "quarter":
        quarters: pd.Series = when.dt.strftime("%Y-Q") + when.dt.quarter.astype("string")
        return quarters
    labels: pd.Series = when.dt.strftime({"day": "%Y-%m-%d", "week": "%G-W%V", "month": "%Y-%m", "year": "%Y"}[period])
    return labels
