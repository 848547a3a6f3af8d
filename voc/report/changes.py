"""What moved between two periods, theme by theme. The brief knows of no other comparison of theme shares than this."""

from __future__ import annotations

import pandas as pd

from voc.analytics import theme_moves
from voc.report.model import Change, Figure
from voc.report.window import Window


def theme_changes(
    base: pd.DataFrame,
    segments: pd.DataFrame,
    themes: pd.DataFrame,
    window: Window | None,
    polarity: str | None = None,
) -> pd.DataFrame:
    """``theme_moves`` of ``window`` against the period of equal length before it; empty without a window."""
    if window is None:
        now = before = pd.Series(False, base.index)
    else:
        now, before = (pd.Series(base.index.isin(own.of(base).index), base.index) for own in (window, window.earlier()))
    return theme_moves(base, segments, themes, now, before, polarity)


def change_of(table: pd.DataFrame, theme: str) -> Change | None:
    """The change of one theme out of ``theme_changes``; None where it was not compared."""
    rows = table[table["theme"] == theme]
    if rows.empty:
        return None
    row = rows.iloc[0]
    points = Figure(
        int(row["n_now"] + row["n_before"]), *(100 * float(row[name]) for name in ("change", "low", "high"))
    )
    now, before, missed = (100 * float(row[name]) for name in ("share_now", "share_before", "missed"))
    return Change(now, before, points, bool(row["changed"]), missed)
