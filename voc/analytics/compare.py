"""Two slices side by side: scores, net giving, themes; as they are and at an equal mix of customers."""

from __future__ import annotations

import pandas as pd

from voc.analytics.answers import main_surveys
from voc.analytics.base import of_use, shared_key
from voc.analytics.contrast import COLUMNS, contrast
from voc.analytics.intervals import normal_quantile
from voc.analytics.periods import period_labels
from voc.analytics.voices import said
from voc.errors import UsageError

#: Families of tests in a report on two slices: headline figures, themes.
FAMILIES = 2
_CAUTION = (
    "The two slices are of different sources: who writes where, and why, differs. "
    "Compare a source with its own past instead."
)


def compare(
    comments: pd.DataFrame,
    segments: pd.DataFrame,
    themes: pd.DataFrame,
    a: pd.Series,
    b: pd.Series,
    level: float = 0.95,
) -> pd.DataFrame:
    """Slice ``a`` against slice ``b`` (which rows of ``comments``), a row for each figure: headline figures first, then
    themes by how far they differ (shrunk); formulas and columns as in ``contrast``. ``adjusted`` allows for the quarter
    of the year too.

    ``attrs``: ``n_a, n_b`` (rows), ``survey_types``; ``adjusted_for``: the factors of which the two slices share the
    levels, others cannot be allowed for; ``caution`` where sources are set side by side; ``note`` where nothing can be
    compared (two model or theme-set versions, weights that are none, an empty slice).

    Raises:
        UsageError: a comment is in both slices, or ``level`` is outside 0…1.
    """
    normal_quantile(level)
    if both := int((a & b).sum()):
        raise UsageError(f"{both:,} comments are in both slices: word the two so that they exclude each other")
    rows = of_use(comments, shared_key(comments, segments))[a | b]
    side = a[rows.index]
    sizes = {"n_a": int(a.sum()), "n_b": int(b.sum())}
    if not min(sizes.values()):
        return _nothing("One of the two slices holds no comment.", sizes)
    rows = rows.assign(quarter=period_labels(rows["date"], "quarter"))
    found = said(rows, segments, themes, side, main_surveys(rows), extra=("quarter",))
    if found.obstacle:
        return _nothing(found.obstacle, sizes)
    table = contrast(found, FAMILIES, level)
    factors = list(found.comments.mix[1])
    table.attrs.update(sizes, survey_types=found.survey_types, adjusted_for=factors)
    if rows["source"].nunique() > 1 and "source" not in factors:
        table.attrs["caution"] = _CAUTION
    return table


def _nothing(note: str, sizes: dict[str, int]) -> pd.DataFrame:
    table = pd.DataFrame(columns=COLUMNS)
    table.attrs.update(sizes, note=note, survey_types={}, adjusted_for=[])
    return table
