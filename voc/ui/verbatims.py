"""The comments behind a number, each with the stretches of text that put it there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from zlib import crc32

import numpy as np
import numpy.typing as npt
import pandas as pd

from voc.analytics.base import is_tagged, shared_lists
from voc.analytics.mentions import TONES
from voc.pipeline import Frames
from voc.schema import SCORE_SCALES
from voc.ui.highlight import Span, spans_of

Places = npt.NDArray[np.integer]

#: Orders a reader can choose: what it is called → (column, lowest first).
ORDERS: dict[str, tuple[str, bool]] = {
    "Newest first": ("date", False),
    "Oldest first": ("date", True),
    "Lowest score first": ("score", True),
    "Highest score first": ("score", False),
}

#: Which comments a score of ``voc.analytics.drivers`` rests on: column → the value it must have (None: any).
_SCORED: dict[str, tuple[str, str | None]] = {
    "nps": ("nps", None),
    "stars": ("score_scale", "stars_1_5"),
    "csat": ("score_scale", "csat_1_5"),
    "sentiment": ("sentiment", None),
}


def _none() -> Places:
    return np.empty(0, dtype=np.int64)


@dataclass(frozen=True, eq=False)
class Verbatims:
    """Some comments of ``frames`` in the order to read them. Nothing is copied until a page is asked for.

    ``positions``: places of the comments. What is marked: the segments at the places ``marks``; in comments without
    one what ``mark`` finds in the text, else the ``words``, or without words the evidence of the stance.
    """

    frames: Frames
    positions: Places
    marks: Places = field(default_factory=_none)
    words: tuple[str, ...] = ()
    mark: Callable[[str], list[Span]] | None = None

    def __len__(self) -> int:
        return len(self.positions)

    @property
    def comments(self) -> pd.DataFrame:
        """All of them, as rows."""
        return self.frames.comments.iloc[self.positions]

    def among(self, whole: Frames) -> Verbatims:
        """The same as comments of the ``whole`` that its frames are a part of."""
        if self.frames is whole:
            return self
        places = self.frames.comments.index.to_numpy()[self.positions]
        return replace(self, frames=whole, positions=places, marks=self.frames.segments.index.to_numpy()[self.marks])

    def keep(self, mask: npt.NDArray[np.bool_]) -> Verbatims:
        """Those for which ``mask``, over all comments of the frames, is true."""
        return replace(self, positions=self.positions[mask[self.positions]])

    def ordered(self, order: str) -> Verbatims:
        """In one of ``ORDERS``, undated or unscored last; scores of different scales compare by their place on it."""
        column, ascending = ORDERS[order]
        comments = self.frames.comments[["date", "score", "score_scale"]].iloc[self.positions]
        dates = comments["date"].astype("int64").to_numpy().astype(float)
        dates[comments["date"].isna().to_numpy()] = np.nan
        values = dates if column == "date" else _relative(comments).to_numpy()
        return replace(self, positions=self.positions[np.lexsort((-dates, values if ascending else -values))])

    @cached_property
    def once(self) -> tuple[Verbatims, npt.NDArray[np.integer]]:
        """The first of those that repeat the same words or nearly, and how many others each stands for."""
        _, first, group, counts = np.unique(
            self.frames.wordings[self.positions], return_index=True, return_inverse=True, return_counts=True
        )
        kept = np.sort(first)
        return replace(self, positions=self.positions[kept]), counts[group[kept]] - 1

    @property
    def digest(self) -> int:
        """A number that other comments, or the same in another order, do not share."""
        return crc32(self.frames.wordings[self.positions].tobytes())

    def page(self, start: int, size: int) -> pd.DataFrame:
        """Rows ``start`` to ``start + size`` with the column ``spans``: what to mark in the text."""
        positions = self.positions[start : start + size]
        rows = self.frames.comments.iloc[positions]
        found: dict[int, list[Span]] = {}
        owners = self.frames.owners[self.marks] if len(self.marks) else self.marks
        chosen = np.isin(owners, positions)
        segments = self.frames.segments.iloc[self.marks[chosen]]
        for owner, begin, end in zip(owners[chosen], segments["start"], segments["end"], strict=True):
            found.setdefault(int(owner), []).append((int(begin), int(end)))
        spans = [
            found.get(int(place)) or self._marked(text, evidence)
            for place, text, evidence in zip(positions, rows["text"], rows["evidence"], strict=True)
        ]
        return rows.assign(spans=pd.Series(spans, index=rows.index, dtype=object))

    def _marked(self, text: object, evidence: object) -> list[Span]:
        if not isinstance(text, str):
            return []
        if self.mark:
            return self.mark(text)
        return spans_of(text, self.words or ((evidence,) if isinstance(evidence, str) else ()))


def all_of(frames: Frames, words: Iterable[str] = (), only_text: bool = False) -> Verbatims:
    """All comments; the searched ``words`` are marked, or without any the evidence of the stance."""
    mask = frames.comments["text"].notna().to_numpy() if only_text else np.ones(len(frames.comments), dtype=bool)
    return Verbatims(frames, np.flatnonzero(mask), words=tuple(words))


def about_theme(frames: Frames, theme: str, polarity: str | None = None) -> Verbatims:
    """Comments with a segment of ``theme`` (praised, criticised or either), that segment marked."""
    mask = frames.segments["theme"].eq(theme).fillna(False).to_numpy(dtype=bool)
    if polarity:
        mask = mask & frames.segments["sentiment"].isin(TONES[polarity]).to_numpy()
    return _of_segments(frames, np.flatnonzero(mask))


def about_any(frames: Frames, themes: Sequence[str]) -> Verbatims:
    """Comments with a segment of one of ``themes``, these segments marked."""
    return _of_segments(frames, np.flatnonzero(frames.segments["theme"].isin(list(themes)).to_numpy()))


def with_segments(frames: Frames, segments: Places) -> Verbatims:
    """Comments that the segments at these places belong to, those marked."""
    return _of_segments(frames, segments)


def newest_about(frames: Frames, theme: str) -> Verbatims:
    """Comments with a segment of ``theme``, newest first."""
    return about_theme(frames, theme).ordered("Newest first")


def showing_signal(frames: Frames, signal: str) -> Verbatims:
    """Comments that show ``signal``; marked are the segments that do, or else the comment's evidence."""
    marks = np.flatnonzero(_shows(frames.segments["signals"], signal))
    return Verbatims(frames, np.flatnonzero(_shows(frames.comments["signals"], signal)), marks)


def felt_and_treated(frames: Frames, sentiment: str, stance: str) -> Verbatims:
    """Comments of that sentiment and stance, the evidence of the stance marked."""
    comments = frames.comments
    chosen = comments["sentiment"].eq(sentiment) & comments["stance"].eq(stance)
    own = chosen.fillna(False).to_numpy(dtype=bool) & is_tagged(comments).to_numpy(dtype=bool)
    return Verbatims(frames, np.flatnonzero(own))


def scored(found: Verbatims, score: str) -> Verbatims:
    """Those that have a score of that kind (nps, stars, csat, sentiment)."""
    return found.keep(has_score(found.frames.comments, score))


def has_score(comments: pd.DataFrame, score: str) -> npt.NDArray[np.bool_]:
    """Which comments have a score of that kind (nps, stars, csat, sentiment)."""
    column, value = _SCORED[score]
    of_kind = comments[column].notna() if value is None else comments[column].eq(value).fillna(False)
    return of_kind.to_numpy(dtype=bool)


def _of_segments(frames: Frames, marks: Places) -> Verbatims:
    owners = np.unique(frames.owners[marks])
    return Verbatims(frames, owners[owners >= 0], marks)


def _relative(comments: pd.DataFrame) -> pd.Series:
    low = comments["score_scale"].map({name: ends[0] for name, ends in SCORE_SCALES.items()}).fillna(0.0)
    high = comments["score_scale"].map({name: ends[1] for name, ends in SCORE_SCALES.items()}).fillna(1.0)
    return (comments["score"].astype(float) - low) / (high - low)


def _shows(lists: pd.Series, signal: str) -> npt.NDArray[np.bool_]:
    numbers, kinds = shared_lists(lists)
    return np.array([signal in own for own in kinds], dtype=np.bool_)[numbers]
