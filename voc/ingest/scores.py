"""Scores: the number in a cell, and the scale of a column from its name and values."""

from __future__ import annotations

import re
from collections import Counter
from decimal import Decimal
from typing import Final, NamedTuple

from voc.schema import SCORE_SCALES

_NUMBER = re.compile(
    r"\s*(?:rated\s+)?(-?\d+(?:[.,]\d+)?)\s*(?:%|stars?|(?:/|out of)\s*\d+(?:\s*stars?)?)?\s*", re.IGNORECASE
)
_STARS = re.compile(r"\s*(★*)[☆✩]*\s*")
_NPS_NAME = re.compile(r"\bnps\b|\brecommend|\bltr\b")
_CSAT_NAME = re.compile(r"\bcsat\b|satisf")
_STARS_NAME = re.compile(r"\bstars?\b")
_PERCENT_NAME = re.compile(r"percent|\bpct\b|%")
_THUMBS_NAME = re.compile(r"\bthumbs?\b")
#: More off-scale values than this share are no slips: the column has another scale.
_SLIPS: Final = 0.05


class Scale(NamedTuple):
    """A column's scale: a name of ``SCORE_SCALES`` or None where none fits; ``confidence`` 0–1."""

    name: str | None
    confidence: float


UNKNOWN: Final = Scale(None, 0.0)


def read_number(cell: object) -> float | None:
    """The number in a cell (``4``, ``4,5``, ``4/5``, ``5 stars``, ``★★★☆☆``, ``80 %``), or None."""
    if isinstance(cell, bool):
        return float(cell)
    if isinstance(cell, int | float | Decimal):
        return float(cell)
    if not isinstance(cell, str) or len(cell) > 40:
        return None
    if found := _NUMBER.fullmatch(cell):
        return float(found[1].replace(",", "."))
    found = _STARS.fullmatch(cell)
    return float(len(found[1])) if found and found[1] else None


def scale_of(name: str, values: Counter[float]) -> Scale:
    """The scale of a column with this plain name and these values (value → how often)."""
    if not values:
        return UNKNOWN
    if _THUMBS_NAME.search(name) and _fits(values, "thumbs"):
        return Scale("thumbs", 0.9)
    if _PERCENT_NAME.search(name):
        return Scale("percent", 0.9)
    if _NPS_NAME.search(name) and _off_share(values, "nps_0_10") < 0.5:
        return Scale("nps_0_10", 0.95 if max(values) > 5 else 0.7)
    if _STARS_NAME.search(name) and _off_share(values, "stars_1_5") < 0.5:
        return Scale("stars_1_5", 0.95)
    if _CSAT_NAME.search(name) and _off_share(values, "csat_1_5") < 0.5:
        return Scale("csat_1_5", 0.9)
    if set(values) <= {0.0, 1.0}:
        return UNKNOWN
    if _fits(values, "stars_1_5"):
        return Scale("stars_1_5", 0.9 if max(values) <= 5 else 0.7)
    if _fits(values, "nps_0_10") and values[0.0]:
        return Scale("nps_0_10", 0.6)
    return UNKNOWN


def is_ten_point(values: Counter[float]) -> bool:
    """Whether the values run from 1 to 10: a score, but of no scale that is known here."""
    return bool(values) and min(values) >= 0 and 5 < max(values) <= 10


def off_scale(value: float, scale: str) -> bool:
    low, high = SCORE_SCALES[scale]
    return not low <= value <= high


def _fits(values: Counter[float], scale: str) -> bool:
    slips = max(_SLIPS, 1 / sum(values.values()))
    return _off_share(values, scale) <= min(slips, 0.5)


def _off_share(values: Counter[float], scale: str) -> float:
    """Share of values off the scale, 0–1."""
    return sum(n for value, n in values.items() if off_scale(value, scale)) / sum(values.values())
