"""What moved between two periods: the comparison of ``voc changes``, and no other, for the brief's own periods."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from voc.analytics import PRIVACY_MIN_N, changes
from voc.analytics.spans import Pair
from voc.report.model import Change, Figure

_MEASURES = {"sentiment": "negative", "net": "net_giving"}


@dataclass(frozen=True, eq=False)
class Moves:
    """Tables of ``voc.analytics.changes``: ``headlines`` (scores, net giving) of all comments, and ``complaints``, the
    shares of those who criticise a theme among the base of the drivers."""

    headlines: pd.DataFrame
    complaints: pd.DataFrame

    def of_score(self, kind: str) -> Change | None:
        """The change of a score (nps, stars, csat, sentiment) or of net giving (net)."""
        table = self.headlines
        return _change(table[table["theme"].isna() & table["measure"].eq(_MEASURES.get(kind, kind))], 1)

    def of_theme(self, theme: str) -> Change | None:
        """The change of a theme's share, in %; None where it was not compared."""
        table = self.compared
        return _change(table[table["theme"].eq(theme)], 100)

    @property
    def compared(self) -> pd.DataFrame:
        """Rows of the themes that enough of the two periods criticise to tell."""
        table = self.complaints
        few = table["n_now"] + table["n_before"] < PRIVACY_MIN_N
        return table[table["change"].notna() & ~few & ~table["small"].astype(bool)]


def moves(comments: pd.DataFrame, segments: pd.DataFrame, themes: pd.DataFrame, pair: Pair | None, kind: str) -> Moves:
    """Both tables; empty where there is no ``pair`` of periods. ``kind``: of score, as the brief's headline has it."""
    if pair is None:
        nothing = changes(comments.iloc[:0], segments, themes)
        return Moves(nothing, nothing)
    score = None if kind == "sentiment" else kind
    return Moves(
        changes(comments, segments, themes, pair),
        changes(comments, segments, themes, pair, polarity="criticised", score=score),
    )


def _change(rows: pd.DataFrame, scale: int) -> Change | None:
    found: Sequence[Mapping[Hashable, Any]] = rows[rows["change"].notna()].to_dict("records")
    if not found:
        return None
    row = found[0]
    size = (scale * float(row[name]) for name in ("change", "low", "high"))
    points = Figure(int(row["n_now"] + row["n_before"]), *size)
    now, before, missed = (scale * float(row[name]) for name in ("now", "before", "missed"))
    return Change(now, before, points, bool(row["named"]), None if pd.isna(missed) else missed)
