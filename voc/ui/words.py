"""Numbers as readers expect them: rounded, signed where it matters, with their interval."""

from __future__ import annotations

import math

from voc.charts import words
from voc.charts.words import count

__all__ = ["DASH", "between", "count", "number", "percent", "signed"]

DASH = "–"


def number(value: float) -> str:
    """``1,234``; a dash where there is none."""
    return DASH if _unknown(value) else f"{value:,.0f}"


def signed(value: float, digits: int = 0) -> str:
    """``+12`` or ``−4``; a dash where there is none."""
    return DASH if _unknown(value) else words.signed(value, digits)


def percent(share: float, digits: int = 0) -> str:
    """A share of 0…1 as ``12 %``."""
    return DASH if _unknown(share) else f"{100 * share:.{digits}f} %"


def between(low: float, high: float, digits: int = 0) -> str:
    """``−4 to +18``: the two ends of an interval."""
    return DASH if _unknown(low) or _unknown(high) else f"{signed(low, digits)} to {signed(high, digits)}"


def _unknown(value: float | None) -> bool:
    return value is None or math.isnan(float(value))
