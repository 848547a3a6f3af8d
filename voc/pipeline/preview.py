"""What an edit of the themes changes, told before it is made."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from voc import analytics
from voc.pipeline.frames import Frames
from voc.schema import KEY

if TYPE_CHECKING:
    import pandas as pd

#: Columns of ``analytics.theme_table``, the first that some theme concerned has is shown.
SCORES: Final = ("nps", "stars", "sentiment_balance")


@dataclass(frozen=True)
class ThemeEffect:
    """A theme that gains or loses segments. ``label``: marked where it is unstable; ``n``: comments that mention it,
    0 where it is not shown; ``score``: of
    those who do, None where it is withheld or there is none.
    """

    theme: str
    label: str
    n_before: int
    n_after: int
    score_before: float | None
    score_after: float | None


@dataclass(frozen=True)
class Preview:
    """``segments`` and ``comments`` that change theme; the themes concerned, most comments first; which score of
    ``SCORES`` they are given with; the share (0…1) of tagged comments without a theme.
    """

    segments: int
    comments: int
    score: str
    effects: tuple[ThemeEffect, ...]
    unthemed_before: float
    unthemed_after: float


def preview(before: Frames, after: Frames) -> Preview:
    """Compare the same comments under two theme sets: as ``load_frames`` reads them by the one and by the other."""
    key = [*KEY, "segment_no"]
    old_rows, new_rows = (frames.segments[[*key, "theme"]] for frames in (before, after))
    pairs = old_rows.merge(new_rows, on=key, suffixes=("_before", "_after"))
    then, now = pairs["theme_before"], pairs["theme_after"]
    changed = pairs[then.ne(now) & ~(then.isna() & now.isna())]
    concerned = {*changed["theme_before"].dropna(), *changed["theme_after"].dropna()}
    tables = [
        analytics.theme_table(frames.comments, frames.segments, frames.marked_themes) for frames in (before, after)
    ]
    score = next((name for name in SCORES if any(_has(table, name, concerned) for table in tables)), SCORES[-1])
    old, new = (_by_theme(table, score) for table in tables)
    effects = [_effect(theme, old, new) for theme in concerned]
    return Preview(
        segments=len(changed),
        comments=len(changed.drop_duplicates(list(KEY))),
        score=score,
        effects=tuple(sorted(effects, key=lambda one: (-max(one.n_before, one.n_after), one.label))),
        unthemed_before=float(tables[0].attrs["unthemed_share"]),
        unthemed_after=float(tables[1].attrs["unthemed_share"]),
    )


def _has(table: pd.DataFrame, score: str, themes: Iterable[str]) -> bool:
    return bool(table.loc[table["theme"].isin(list(themes)), score].notna().any())


def _by_theme(table: pd.DataFrame, score: str) -> dict[str, tuple[str, int, float | None]]:
    rows = table[["theme", "label", "n", score]].itertuples(index=False)
    return {theme: (label, int(n), None if value != value else float(value)) for theme, label, n, value in rows}


def _effect(
    theme: str, old: dict[str, tuple[str, int, float | None]], new: dict[str, tuple[str, int, float | None]]
) -> ThemeEffect:
    absent = ("", 0, None)
    (was, n_before, score_before), (label, n_after, score_after) = old.get(theme, absent), new.get(theme, absent)
    return ThemeEffect(theme, label or was, n_before, n_after, score_before, score_after)
