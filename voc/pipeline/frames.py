"""A store's content as pandas frames for analytics, charts, brief and explorer: themes resolved, labels joined."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from voc.encode import load_encoder
from voc.errors import UsageError
from voc.pipeline.assigning import reassigned, replaced, segment_texts
from voc.pipeline.theming import LoadEncoder, stored_themes
from voc.schema import KEY, THEMES, TOPICS
from voc.store import Snapshot
from voc.themes import ThemeSet
from voc.themes.model import marked

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class Frames:
    """Tables that analytics take.

    ``comments``: ``voc.schema.COMMENTS``, ``theme_labels``, and of ``voc.schema.COPIES`` ``of_dataset``, ``of_id`` and
    ``kind`` as ``copy_of_dataset``, ``copy_of`` and ``copy_kind``; a row per comment, text or not. ``segments``:
    ``SEGMENTS`` and ``text``, the segment's words. ``themes``: ``THEMES`` and ``stability``, those that are
    shown. Merged themes count as their target, retired ones as none. ``run``: the run they come from (a row of
    ``runs``), or None. ``topics``: ``TOPICS``, what is tracked by rule.
    """

    comments: pd.DataFrame
    segments: pd.DataFrame
    themes: pd.DataFrame
    run: dict[str, object] | None = None
    topics: pd.DataFrame = field(default_factory=lambda: TOPICS.empty_table().to_pandas())

    @property
    def marked_themes(self) -> pd.DataFrame:
        """``themes`` with labels as lists show them: unstable ones marked."""
        pairs = zip(self.themes["label"], self.themes["stability"], strict=True)
        return self.themes.assign(label=[marked(label, stability) for label, stability in pairs])

    def where(self, expression: str) -> Frames:
        """Return the comments for which an SQL condition over their columns holds, with their segments.

        Example: ``brand = 'Wrenly' AND date >= '2026-06-01'``. Raises UsageError when it cannot be understood.
        """
        return self.take(_positions(self.comments.drop(columns=["theme_labels"]), expression))

    def take(self, positions: list[int]) -> Frames:
        """Return the comments at these positions, with their segments."""
        comments = self.comments.iloc[positions]
        segments = self.segments.merge(comments[list(KEY)], on=list(KEY), how="inner")
        return Frames(comments, segments, self.themes, self.run, self.topics)


def where(table: pd.DataFrame, expression: str) -> pd.DataFrame:
    """The rows of a table with a ``date`` for which an SQL condition over its columns holds. Raises UsageError."""
    return table.iloc[_positions(table, expression)]


def slices(frames: Frames, a: str, b: str | None = None) -> tuple[pd.Series, pd.Series]:
    """Which comments meet the condition ``a``, and which ``b`` (by default all that ``a`` leaves).

    Raises UsageError where a condition cannot be understood.
    """
    import pandas as pd

    plain = frames.comments.drop(columns=["theme_labels"])
    masks = []
    for expression in (a, b):
        mask = np.zeros(len(plain), dtype=bool)
        if expression is not None:
            mask[_positions(plain, expression)] = True
        masks.append(pd.Series(mask, plain.index))
    return masks[0], ~masks[0] if b is None else masks[1]


def load_frames(snapshot: Snapshot, themes: ThemeSet | None = None, load: LoadEncoder = load_encoder) -> Frames:
    """Read everything a snapshot holds; an empty store gives empty frames.

    ``themes``: read it by this set instead of the stored one; segments that it assigns otherwise are assigned anew,
    with the encoder that ``load`` gives.
    """
    comments, segments = snapshot.comments(), snapshot.segments()
    stored = stored_themes(snapshot)
    if themes and (changed := reassigned(snapshot, stored, themes, load)):
        comments, segments = replaced(comments, changed.comments), replaced(segments, changed.segments)
    themes = themes or stored
    labels = themes.labels() if themes else {}
    frame = comments.to_pandas()
    segment_frame = segments.to_pandas().assign(text=segment_texts(comments, segments))
    resolved = {theme.id: themes.resolve(theme.id) for theme in themes.themes} if themes else {}
    segment_frame["theme"] = [resolved.get(theme) for theme in segment_frame["theme"]]
    frame["themes"] = [_resolved(own, resolved) for own in frame["themes"]]
    frame["theme_labels"] = [[labels[theme] for theme in own] for own in frame["themes"]]
    frame = frame.merge(_copies(snapshot), on=list(KEY), how="left")
    for name in ("signals", "signal_p", "pii"):
        frame[name] = [[] if own is None else list(own) for own in frame[name]]
    segment_frame["signals"] = [[] if own is None else list(own) for own in segment_frame["signals"]]
    shown = (themes.to_table() if themes else THEMES.empty_table()).to_pandas()
    stability = [theme.stability for theme in themes.themes] if themes else []
    shown = shown.assign(stability=np.array(stability, dtype=np.float64))
    active = shown[shown["status"] == "active"].reset_index(drop=True)
    return Frames(frame, segment_frame, active, snapshot.run, snapshot.topics().to_pandas())


def _positions(table: pd.DataFrame, expression: str) -> list[int]:
    """Places of the rows for which an SQL condition holds."""
    import duckdb

    plain = table.assign(position=range(len(table)))
    plain["date"] = plain["date"].dt.tz_localize(None)
    config: dict[str, str | bool | int | float | list[str]] = {"enable_external_access": "false"}
    with duckdb.connect(config=config) as connection:
        connection.register("comments", plain)
        try:
            kept = connection.execute(
                f"SELECT position FROM comments WHERE ({expression}) ORDER BY position"
            ).fetchall()
        except duckdb.Error as error:
            first = str(error).splitlines()[0]
            raise UsageError(f"Condition not understood: {first}; columns: {', '.join(plain.columns[:-1])}") from error
    return [position for (position,) in kept]


def _copies(snapshot: Snapshot) -> pd.DataFrame:
    names = {"of_dataset": "copy_of_dataset", "of_id": "copy_of", "kind": "copy_kind"}
    copies: pd.DataFrame = snapshot.copies().to_pandas()
    return copies.rename(columns=names)


def _resolved(own: list[str] | None, resolved: dict[str, str | None]) -> list[str]:
    """The themes a comment counts under today, each once, order kept."""
    found = (resolved.get(theme) for theme in (() if own is None else own))
    return list(dict.fromkeys(theme for theme in found if theme))
