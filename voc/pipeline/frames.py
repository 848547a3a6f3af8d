"""A store's content as pandas frames for analytics, charts, brief and explorer: themes resolved, labels joined."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from voc.encode import load_encoder
from voc.errors import UsageError
from voc.pipeline.annotations import held_annotations
from voc.pipeline.assigning import reassigned, replaced, segment_texts
from voc.pipeline.corrections import corrected
from voc.pipeline.theming import LoadEncoder, stored_themes
from voc.schema import COMMENTS, KEY, SEGMENTS, THEMES, TOPICS
from voc.store import Snapshot
from voc.themes import ThemeSet
from voc.themes.model import marked

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy.typing as npt
    import pandas as pd

#: Columns of comments, and of segments, that no analysis asks for.
SPARED: Final = ("signal_p", "content_hash", "file")
SPARED_OF_SEGMENTS: Final = ("signal_p", "evidence", "lean", "model_version", "theme_version")
#: Stands between the words of a list while its rows are compared: no label holds it.
_BETWEEN: Final = "\x1f"


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
        return self.take(_positions_in(self._arrow, expression))

    def take(self, positions: Sequence[int] | npt.NDArray[np.integer]) -> Frames:
        """Return the comments at these positions, with their segments."""
        place = np.full(len(self.comments) + 1, -1)  # the last is for segments without a comment
        at = np.asarray(positions, dtype=np.intp)
        place[at] = np.arange(len(at))
        owners = place[self.owners]
        taken = Frames(self.comments.iloc[at], self.segments[owners >= 0], self.themes, self.run, self.topics)
        taken.__dict__["owners"] = owners[owners >= 0]
        return taken

    def find(self, keys: pd.DataFrame) -> npt.NDArray[np.integer]:
        """Return the position among ``comments`` of each (dataset, id) of ``keys``, −1 where there is none."""
        hashes, order = self._by_hash
        if not len(hashes):
            return np.full(len(keys), -1)
        wanted = _hashes(keys)
        at = np.minimum(np.searchsorted(hashes, wanted), len(hashes) - 1)
        return np.where(hashes[at] == wanted, order[at], -1)

    @cached_property
    def owners(self) -> npt.NDArray[np.integer]:
        """The position of each segment's comment among ``comments``."""
        return self.find(self.segments)

    @cached_property
    def wordings(self) -> npt.NDArray[np.uint64]:
        """A number for each comment, the same for those that repeat the same words or nearly (``copy_of``)."""
        own, copied = _hashes(self.comments), self.comments["copy_of"].notna().to_numpy()
        if copied.any():
            of = self.comments.loc[copied, ["copy_of_dataset", "copy_of"]].set_axis(list(KEY), axis=1)
            own[copied] = _hashes(of)
        return own

    @cached_property
    def _by_hash(self) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.integer]]:
        # 64 bits: among a million keys two fall together once in 40 million stores
        hashes = _hashes(self.comments)
        order = np.argsort(hashes)
        return hashes[order], order

    @cached_property
    def _arrow(self) -> pa.Table:
        return _arrow_of(self.comments.drop(columns=["theme_labels"]))


def _hashes(rows: pd.DataFrame) -> npt.NDArray[np.uint64]:
    import pandas as pd

    parts = [pd.util.hash_array(rows[name].array, categorize=False) for name in KEY]
    return parts[0] * np.uint64(31) + parts[1]


def where(table: pd.DataFrame, expression: str) -> pd.DataFrame:
    """The rows of a table with a ``date`` for which an SQL condition over its columns holds. Raises UsageError."""
    return table.iloc[_positions_in(_arrow_of(table), expression)]


def slices(frames: Frames, a: str, b: str | None = None) -> tuple[pd.Series, pd.Series]:
    """Which comments meet the condition ``a``, and which ``b`` (by default all that ``a`` leaves).

    Raises UsageError where a condition cannot be understood.
    """
    import pandas as pd

    masks = []
    for expression in (a, b):
        mask = np.zeros(len(frames.comments), dtype=bool)
        if expression is not None:
            mask[_positions_in(frames._arrow, expression)] = True
        masks.append(pd.Series(mask, frames.comments.index))
    return masks[0], ~masks[0] if b is None else masks[1]


def load_frames(
    snapshot: Snapshot,
    themes: ThemeSet | None = None,
    load: LoadEncoder = load_encoder,
    *,
    lean: bool = False,
    as_tagged: bool = False,
) -> Frames:
    """Read everything a snapshot holds; an empty store gives empty frames.

    ``themes``: read it by this set instead of the stored one; segments that it assigns otherwise are assigned anew,
    with the encoder that ``load`` gives. ``lean``: without the columns that no analysis asks for (``SPARED``,
    ``SPARED_OF_SEGMENTS`` and the segments' ``text``), for many comments in little memory. ``as_tagged``: without
    the labels that readers corrected.
    """
    comments = snapshot.comments([name for name in COMMENTS.names if not lean or name not in SPARED])
    segments = snapshot.segments([name for name in SEGMENTS.names if not lean or name not in SPARED_OF_SEGMENTS])
    stored = stored_themes(snapshot)
    if themes and (changed := reassigned(snapshot, stored, themes, load)):
        comments, segments = replaced(comments, changed.comments), replaced(segments, changed.segments)
    themes = themes or stored
    labels = themes.labels() if themes else {}
    resolved = {theme.id: themes.resolve(theme.id) for theme in themes.themes} if themes else {}
    frame = _plain(comments)
    frame["themes"] = _lists(comments["themes"], lambda own: _resolved(own, resolved))
    frame["theme_labels"] = _lists(comments["themes"], lambda own: [labels[one] for one in _resolved(own, resolved)])
    frame = frame.merge(_copies(snapshot), on=list(KEY), how="left")
    segment_frame = _plain(segments)
    segment_frame["theme"] = _mapped(segments["theme"], resolved)
    if not lean:
        frame["signal_p"] = [[] if own is None else list(own) for own in comments["signal_p"].to_pandas()]
        segment_frame["signal_p"] = segments["signal_p"].to_pandas()
        segment_frame["text"] = segment_texts(comments, segments)
    shown = (themes.to_table() if themes else THEMES.empty_table()).to_pandas()
    stability = [theme.stability for theme in themes.themes] if themes else []
    shown = shown.assign(stability=np.array(stability, dtype=np.float64))
    active = shown[shown["status"] == "active"].reset_index(drop=True)
    frames = Frames(frame, segment_frame, active, snapshot.run, snapshot.topics().to_pandas())
    return frames if as_tagged else corrected(frames, held_annotations(snapshot), themes)


def _plain(table: pa.Table) -> pd.DataFrame:
    """``table`` with its columns of words as lists; those of numbers are left to the caller, in their place."""
    frame: pd.DataFrame = table.drop_columns(
        [field.name for field in table.schema if pa.types.is_list(field.type)]
    ).to_pandas()
    for place, column in enumerate(table.schema):
        if pa.types.is_list(column.type):
            of_words = pa.types.is_string(column.type.value_type)
            frame.insert(place, column.name, _lists(table[column.name], list) if of_words else None)
    return frame


def _lists(column: pa.ChunkedArray, made: Callable[[list[str]], list[str]]) -> npt.NDArray[np.object_]:
    """A list for each row, ``made`` of the row's words; rows with the same words share one. Null is no word."""
    joined = pc.fill_null(pc.binary_join(column, _BETWEEN), "").combine_chunks().dictionary_encode()
    kinds = np.empty(len(joined.dictionary), dtype=object)
    for place, words in enumerate(joined.dictionary.to_pylist()):
        kinds[place] = made(words.split(_BETWEEN) if words else [])
    found: npt.NDArray[np.object_] = kinds[joined.indices.to_numpy()]
    return found


def _mapped(column: pa.ChunkedArray, names: Mapping[str, str | None]) -> pd.Series:
    coded = column.combine_chunks().dictionary_encode()
    into = pa.array([names.get(name) for name in coded.dictionary.to_pylist()], pa.string())
    found: pd.Series = into.take(coded.indices).to_pandas()
    return found


def _arrow_of(table: pd.DataFrame) -> pa.Table:
    """``table`` as DuckDB reads it, with each row's ``position``; times without a zone, which it could not name."""
    plain = table.assign(position=np.arange(len(table)))
    plain["date"] = plain["date"].dt.tz_localize(None)
    return pa.Table.from_pandas(plain, preserve_index=False)


def _positions_in(table: pa.Table, expression: str) -> npt.NDArray[np.integer]:
    """Places of the rows for which an SQL condition holds."""
    import duckdb

    config: dict[str, str | bool | int | float | list[str]] = {"enable_external_access": "false"}
    with duckdb.connect(config=config) as connection:
        connection.register("comments", table)
        try:
            kept = connection.execute(f"SELECT position FROM comments WHERE ({expression}) ORDER BY position")
            return np.asarray(kept.fetchnumpy()["position"])
        except duckdb.Error as error:
            first = str(error).splitlines()[0]
            columns = ", ".join(table.column_names[:-1])
            raise UsageError(f"Condition not understood: {first}; columns: {columns}") from error


def _copies(snapshot: Snapshot) -> pd.DataFrame:
    names = {"of_dataset": "copy_of_dataset", "of_id": "copy_of", "kind": "copy_kind"}
    copies: pd.DataFrame = snapshot.copies().to_pandas()
    return copies.rename(columns=names)


def _resolved(own: list[str] | None, resolved: dict[str, str | None]) -> list[str]:
    """The themes a comment counts under today, each once, order kept."""
    found = (resolved.get(theme) for theme in (() if own is None else own))
    return list(dict.fromkeys(theme for theme in found if theme))
