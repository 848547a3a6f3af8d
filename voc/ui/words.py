"""Numbers as readers expect them: rounded, signed where it matters, with their interval."""

from __future__ import annotations

import math

DASH = "–"


def number(value: float) -> str:
    """``1,234``; a dash where there is none."""
    return DASH if _unknown(value) else f"{value:,.0f}"


def signed(value: float, digits: int = 0) -> str:
    """``+12`` or ``−4``; a dash where there is none."""
    if _unknown(value):
        return DASH
    shown = round(float(value), digits) + 0.0
    return f"{shown:+,.{digits}f}".replace("-", "−") if shown else f"{0:.{digits}f}"


def percent(share: float, digits: int = 0) -> str:
    """A share of 0…1 as ``12 %``."""
    return DASH if _unknown(share) else f"{100 * share:.{digits}f} %"


def between(low: float, high: float, digits: int = 0) -> str:
    """``−4 to +18``: the two ends of an interval."""
    return DASH if _unknown(low) or _unknown(high) else f"{signed(low, digits)} to {signed(high, digits)}"


def count(n: int, one: str, many: str | None = None) -> str:
    """``1 comment``, ``2,345 comments``."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"


def _unknown(value: float | None) -> bool:
    return value is None or math.isnan(float(value))
