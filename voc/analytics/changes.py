"""What changed between two periods, and what cannot be told from chance."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from voc.analytics.answers import SCALES, main_surveys
from voc.analytics.base import of_use, shared_key
from voc.analytics.contrast import COLUMNS as SIDES
from voc.analytics.contrast import contrast
from voc.analytics.intervals import normal_quantile
from voc.analytics.mentions import TONES
from voc.analytics.spans import Pair, choose_pair
from voc.analytics.voices import Said, said
from voc.errors import UsageError

#: Families of tests in a report on change: headline figures, themes, and change points or emerging themes.
FAMILIES = 3
_NAMES = {"n_a": "n_now", "n_b": "n_before", "a": "now", "b": "before", "difference": "change"}
COLUMNS = [_NAMES.get(name, name) for name in SIDES]
NO_PAIR = "Nothing is dated in two such periods: there is no change to tell."


def changes(
    comments: pd.DataFrame,
    segments: pd.DataFrame,
    themes: pd.DataFrame,
    period: str | Pair = "month",
    against: str | None = None,
    so_far: bool = False,
    polarity: str | None = None,
    score: str | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """Scores, net giving, shares of leaf themes and scores given mention, ``now`` against ``before``: headline figures
    first, then themes by how far they moved (shrunk); formulas and columns as in ``contrast``, ``change`` being now −
    before.

    With ``polarity`` (praised, criticised) shares alone, of what drivers rest on: responses with an answer on ``score``
    and a tagged comment, and how many of them mention a theme so (without ``score``: of the tagged comments).

    Periods as ``spans.choose_pair`` gives them: the last covered ``period`` against the one before, or named ones.
    ``so_far`` takes the period that has begun. Where one is not covered both are cut to the same days, and nothing is
    ``named``: a part of a period is never a headline.

    ``attrs``: ``now, before`` (labels), ``partial``, ``survey_types`` (kind of score → the kind of survey its answers
    are from), ``adjusted_for`` (factors), ``note`` where nothing can be told: nothing dated in both, or
    two model or theme-set versions among the comments of the two periods.

    Raises:
        UsageError: as for ``choose_pair``, ``polarity`` or ``score`` is unknown, or ``level`` is outside 0…1.
    """
    normal_quantile(level)
    for name, known in ((polarity, TONES), (score, SCALES)):
        if name is not None and name not in known:
            raise UsageError(f"unknown {name!r}: choose one of {', '.join(known)}")
    pair = period if isinstance(period, Pair) else choose_pair(comments["date"], period, against, so_far)
    if pair is None:
        return _nothing(NO_PAIR)
    rows, side = sides(comments, segments, pair)
    surveys = main_surveys(comments)
    if polarity is None:
        found = said(rows, segments, themes, side, surveys)
    else:
        surveys = {kind: survey for kind, survey in surveys.items() if kind == score}
        found = _of_drivers(said(rows, segments, themes, side, surveys, {polarity: TONES[polarity]}))
    if found.obstacle:
        return _nothing(found.obstacle, pair)
    table = contrast(found, FAMILIES, level).rename(columns=_NAMES)
    if polarity is not None:
        table = table[table["family"] == "theme"].reset_index(drop=True)
    if pair.partial:
        table["named"] = False
    table.attrs.update(_about(pair), survey_types=found.survey_types, adjusted_for=list(found.comments.mix[1]))
    return table


def sides(comments: pd.DataFrame, segments: pd.DataFrame, pair: Pair) -> tuple[pd.DataFrame, pd.Series]:
    """The rows of the two periods, and which of them are of now."""
    now = pair.now.holds(comments["date"])
    rows = of_use(comments, shared_key(comments, segments))[now | pair.before.holds(comments["date"])]
    return rows, now[rows.index]


def _of_drivers(found: Said) -> Said:
    """The scored responses with a tagged comment in the place of the comments; as it is without a score."""
    for voices in found.scores.values():
        return replace(found, comments=voices.take(voices.factors["commented"] == 1), scores={}, negative=None)
    return found


def _about(pair: Pair | None) -> dict[str, object]:
    if pair is None:
        return {"now": None, "before": None, "partial": False}
    return {"now": pair.now.label, "before": pair.before.label, "partial": pair.partial}


def _nothing(note: str, pair: Pair | None = None) -> pd.DataFrame:
    table = pd.DataFrame(columns=COLUMNS)
    table.attrs.update(_about(pair), note=note, survey_types={}, adjusted_for=[])
    return table
