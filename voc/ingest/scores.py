"""Scores: the number in a cell, and the scale of a column from its name and values."""

from __future__ import annotations

import re
from collections import Counter
from decimal import Decimal
from functools import lru_cache
from typing import Final, NamedTuple

from voc.schema import SCORE_SCALES

_NUMBER = re.compile(
    r"(?:rated\s+)?(?P<value>-?\d+(?:[.,]\d+)?)\s*"
    r"(?:%|(?P<stars>stars?|star rating|sterne?|étoiles?|estrellas?|stelle|sterren|estrelas?))?"
    r"\s*(?:(?:/|\bout of\b|\bof\b|\bvon\b|\bsur\b|\bsu\b|\bde\b|\bvan\b|\bem\b)\s*(?P<best>\d+)\s*"
    r"(?:[^\W\d]+)?)?"
    r"(?:\s*[-–—:=(]\s*[^\W\d][^\d]*)?",
    re.IGNORECASE,
)
_STARS = re.compile(r"([★⭐*]*)[☆✩️]*")
_NPS_NAME = re.compile(
    r"\bnps\b|\brecommend|\bltr\b|net promoter|weiterempf|recommand|recomend|raccomand|consigli|aanbevel|aanraden"
)
_CSAT_NAME = re.compile(r"\bcsat\b|satisf|zufrieden|soddisf|tevreden")
_TO_FIVE = re.compile(r"\bcsat\b|\b1\s*(?:-|–|—|to|bis|à|a|al|tot|até)\s*5\b|\bout of 5\b")
_STARS_NAME = re.compile(r"\b(?:stars?|sterne|etoiles|estrellas|stelle|sterren|estrelas)\b")
_PERCENT_NAME = re.compile(r"percent|\bpct\b|%")
_THUMBS_NAME = re.compile(r"\bthumbs?\b|\brecommended\b|voted up|recommendation type|do recommend")
#: More off-scale values than this share are no slips: the column has another scale.
_SLIPS: Final = 0.05
#: So many answers up to 5 and none above are not answers from 0 to 10.
_ENOUGH: Final = 30
_LONGEST: Final = 60


class Scale(NamedTuple):
    """A column's scale: a name of ``SCORE_SCALES`` or None where none fits; ``confidence`` 0–1."""

    name: str | None
    confidence: float


class Number(NamedTuple):
    """A number as written in a cell; ``best``: the highest possible one where the cell names it (``4/5``, ``80 %``)."""

    value: float
    best: int | None = None


UNKNOWN: Final = Scale(None, 0.0)


def read_number(cell: object) -> float | None:
    """The number in a cell (``4``, ``4,5``, ``4/5``, ``5 stars``, ``★★★☆☆``, ``80 %``, ``9 - Very likely``) or None."""
    number = number_in(cell)
    return number.value if number else None


def number_in(cell: object) -> Number | None:
    """As ``read_number``, with the highest possible value where the cell names one."""
    if isinstance(cell, str):
        return _number_in_text(cell) if len(cell) <= _LONGEST else None
    return Number(float(cell)) if isinstance(cell, (int, float, Decimal)) else None


@lru_cache(maxsize=4096)
def _number_in_text(text: str) -> Number | None:
    text = text.strip()
    if found := _NUMBER.fullmatch(text):
        best = 100 if "%" in text else int(found["best"]) if found["best"] else 5 if found["stars"] else None
        return Number(float(found["value"].replace(",", ".")), best)
    found = _STARS.fullmatch(text)
    return Number(float(len(found[1])), 5) if found and found[1] else None


def scale_of(name: str, values: Counter[float], best: int | None = None, *, to_ten: bool | None = None) -> Scale:
    """The scale of a column with this plain name and these values (value → how often).

    ``best``: the highest possible value, where most cells name it. ``to_ten``: whether whole numbers from 0 to 10 are
    answers of a Net Promoter Score though the name does not say so; True where the header names that scale, None to go
    by the values.
    """
    if not values:
        return UNKNOWN
    if _THUMBS_NAME.search(name) and _fits(values, "thumbs"):
        return Scale("thumbs", 0.9)
    if _PERCENT_NAME.search(name) or best == 100:
        return Scale("percent", 0.9)
    if _NPS_NAME.search(name) and _off_share(values, "nps_0_10") < 0.5 and best in (None, 10):
        return _nps(values, surely=re.search(r"\bnps\b|net promoter", name) is not None)
    if _CSAT_NAME.search(name) and _fits(values, "csat_1_5"):
        return Scale("csat_1_5", 0.9)
    if _CSAT_NAME.search(name) and max(values) > 10 and _fits(values, "percent"):
        return Scale("percent", 0.7)
    if (_STARS_NAME.search(name) or best == 5) and _fits(values, "stars_1_5"):
        return Scale("stars_1_5", 0.95)
    if to_ten and not _CSAT_NAME.search(name) and best in (None, 10) and _fits(values, "nps_0_10"):
        return Scale("nps_0_10", 0.8)
    if set(values) <= {0.0, 1.0} or best not in (None, 5):
        return UNKNOWN
    if _fits(values, "stars_1_5"):
        return Scale("stars_1_5", 0.9 if max(values) <= 5 else 0.7)
    if (
        best is None
        and to_ten is not False
        and not (to_ten and _CSAT_NAME.search(name))
        and values[0.0]
        and max(values) > 5
        and _fits(values, "nps_0_10")
        and all(v.is_integer() for v in values)
    ):
        return Scale("nps_0_10", 0.6)
    return UNKNOWN


def scale_asked(question: str, value: float) -> str | None:
    """The scale on which a number answers a question, where its wording tells: would you recommend, satisfied (1-5)."""
    plain = question.lower()
    if _NPS_NAME.search(plain):
        scale = "nps_0_10"
    elif _CSAT_NAME.search(plain) and _TO_FIVE.search(plain):
        scale = "csat_1_5"
    else:
        return None
    return scale if value.is_integer() and not off_scale(value, scale) else None


def _nps(values: Counter[float], *, surely: bool) -> Scale:
    if max(values) > 5:
        return Scale("nps_0_10", 0.95)
    return Scale("nps_0_10", 0.7) if surely or values.total() < _ENOUGH or values[0.0] else UNKNOWN


def is_rating(values: Counter[float], highest: float = 10) -> bool:
    """Whether the values lie between 0 and ``highest``, some beyond 5: a score, but of no scale that is known here."""
    return bool(values) and min(values) >= 0 and 5 < max(values) <= highest


def off_scale(value: float, scale: str) -> bool:
    low, high = SCORE_SCALES[scale]
    return not low <= value <= high


def is_none_given(value: float, scale: str | None) -> bool:
    """Whether a number says that no score was given: 0 where the lowest answer is 1."""
    return value == 0 and scale in ("stars_1_5", "csat_1_5")


def _fits(values: Counter[float], scale: str) -> bool:
    slips = max(_SLIPS, 1 / values.total())
    return _off_share(values, scale) <= min(slips, 0.5)


def _off_share(values: Counter[float], scale: str) -> float:
    """Share of values off the scale, 0–1; zeros that say "none given" do not count, unless they are half of all."""
    none_given = sum(n for value, n in values.items() if is_none_given(value, scale))
    answers = values.total() - none_given
    if not answers or none_given > answers:
        return 1.0
    return sum(n for v, n in values.items() if off_scale(v, scale) and not is_none_given(v, scale)) / answers
