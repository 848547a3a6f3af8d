"""Numbers and counts in words, the same in pictures and beside them."""

from __future__ import annotations


def signed(value: float, digits: int = 0) -> str:
    """``+12`` or ``−4`` with a true minus sign, ``0`` without a sign, also where rounding makes it so."""
    shown = round(float(value), digits)
    return f"{shown:+,.{digits}f}".replace("-", "−") if shown else f"{0:.{digits}f}"


def count(n: int, one: str, many: str | None = None) -> str:
    """``1 comment``, ``2,345 comments``."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"
