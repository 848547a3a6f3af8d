"""A store's content as pandas frames for analytics, charts, brief and explorer: themes resolved, labels joined."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from voc.analytics.base import COMMENT_NO, comment_places, shared_lists
from voc.encode import load_encoder
from voc.errors import UsageError
from voc.pipeline.annotations import held_annotations
from voc.pipeline.assigning import reassigned, replaced, segment_texts
from voc.pipeline.corrections import corrected
from voc.pipeline.prepared import BETWEEN, coded, prepared
from voc.pipeline.theming import LoadEncoder, stored_themes
from voc.schema import COMMENTS, KEY, THEMES, TOPICS
from voc.store import Snapshot
from voc.themes import ThemeSet
from voc.themes.model import marked

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy.typing as npt
    import pandas as pd

_WORD_LISTS: Final = [name for name in COMMENTS.names if COMMENTS.field(name).type == pa.list_(pa.string())]
_WORD: Final = re.compile(r"\w+")


@dataclass(frozen=True, eq=False)
class Frames:
    """Tables that analytics take.

    ``comments``: ``voc.schema.COMMENTS``, ``theme_labels``, and of ``voc.schema.COPIES`` ``of_dataset``, ``of_id`` and
    ``kind`` as ``copy_of_dataset``, ``copy_of`` and ``copy_kind``; a row per comment, text or not. ``segments``:
    ``SEGMENTS`` and ``text``, the segment's words. ``themes``: ``THEMES`` and ``stability``, those that are
    shown. Merged themes count as their target, retired ones as none. ``run``: the run they come from (a row of
    ``runs``), or None. ``topics``: ``TOPICS``, what is tracked by rule. ``merged``: id of a theme that was merged →
    the id under which it counts.
    """

    comments: pd.DataFrame
    segments: pd.DataFrame
    themes: pd.DataFrame
    run: dict[str, object] | None = None
    topics: pd.DataFrame = field(default_factory=lambda: TOPICS.empty_table().to_pandas())
    merged: Mapping[str, str] = field(default_factory=dict)

    @property
    def marked_themes(self) -> pd.DataFrame:
        """``themes`` with labels as lists show them: unstable ones marked."""
        pairs = zip(self.themes["label"], self.themes["stability"], strict=True)
        return self.themes.assign(label=[marked(label, stability) for label, stability in pairs])

    @property
    def marked(self) -> Frames:
        """The same with labels as lists show them, those of comments among them."""
        themes = self.marked_themes
        shown = dict(zip(self.themes["label"], themes["label"], strict=True))
        labels = self.comments["theme_labels"].map(lambda own: [shown[label] for label in own])
        return replace(self, themes=themes, comments=self.comments.assign(theme_labels=labels))

    def where(self, expression: str) -> Frames:
        """Return the comments for which an SQL condition over their columns holds, with their segments.

        Example: ``brand = 'Wrenly' AND date >= '2026-06-01'``. Raises UsageError when it cannot be understood.
        """
        return self.take(self.positions(expression))

    def take(self, positions: Sequence[int] | npt.NDArray[np.integer]) -> Frames:
        """Return the comments at these positions, with their segments."""
        place = np.full(len(self.comments) + 1, -1)  # the last is for segments without a comment
        at = np.asarray(positions, dtype=np.intp)
        place[at] = np.arange(len(at))
        owners = place[self.owners]
        taken = replace(self, comments=self.comments.iloc[at], segments=self.segments[owners >= 0])
        taken.__dict__["owners"] = owners[owners >= 0]
        if "_hashed" in self.__dict__:
            taken.__dict__["_hashed"] = self._hashed[at]
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
        if COMMENT_NO not in self.segments:
            return self.find(self.segments)
        return comment_places(self.comments, self.segments)

    @cached_property
    def wordings(self) -> npt.NDArray[np.uint64]:
        """A number for each comment, the same for those that repeat the same words or nearly (``copy_of``)."""
        own, copied = self._hashed, self.comments["copy_of"].notna().to_numpy()
        if copied.any():
            own = own.copy()
            of = self.comments.loc[copied, ["copy_of_dataset", "copy_of"]].set_axis(list(KEY), axis=1)
            own[copied] = _hashes(of)
        return own

    @cached_property
    def _hashed(self) -> npt.NDArray[np.uint64]:
        """A number for each comment's key."""
        return _hashes(self.comments)

    @cached_property
    def _by_hash(self) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.integer]]:
        # 64 bits: among a million keys two fall together once in 40 million stores
        order = np.argsort(self._hashed)
        return self._hashed[order], order

    def positions(self, expression: str) -> npt.NDArray[np.integer]:
        """The positions of the comments for which an SQL condition holds. Raises UsageError.

        A theme that was merged since the condition was written counts as its target.
        """
        for gone, target in self.merged.items():
            expression = expression.replace(f"'{gone}'", f"'{target}'")
        return _positions_in(self.comments.drop(columns=["theme_labels"]), expression, self._columns)

    @cached_property
    def _columns(self) -> dict[str, pa.Array]:
        """Columns as DuckDB reads them, once a condition has asked for them."""
        return {}


def _hashes(rows: pd.DataFrame) -> npt.NDArray[np.uint64]:
    import pandas as pd

    parts = [pd.util.hash_array(rows[name].array, categorize=False) for name in KEY]
    return parts[0] * np.uint64(31) + parts[1]


def where(table: pd.DataFrame, expression: str) -> pd.DataFrame:
    """The rows of a table with a ``date`` for which an SQL condition over its columns holds. Raises UsageError."""
    return table.iloc[_positions_in(table, expression, {})]


def slices(frames: Frames, a: str, b: str | None = None) -> tuple[pd.Series, pd.Series]:
    """Which comments meet the condition ``a``, and which ``b`` (by default all that ``a`` leaves).

    Raises UsageError where a condition cannot be understood.
    """
    import pandas as pd

    masks = []
    for expression in (a, b):
        mask = np.zeros(len(frames.comments), dtype=bool)
        if expression is not None:
            mask[frames.positions(expression)] = True
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
    with the encoder that ``load`` gives. ``lean``: for many comments in little time and memory, as ``prepared`` gives
    them, without the segments' ``text``, and by the stored themes. ``as_tagged``: without the labels that readers
    corrected.
    """
    comments, segments = prepared(snapshot) if lean else (snapshot.comments(), snapshot.segments())
    stored = stored_themes(snapshot)
    if lean:
        themes = stored
    elif themes and (changed := reassigned(snapshot, stored, themes, load)):
        comments, segments = replaced(comments, changed.comments), replaced(segments, changed.segments)
    themes = themes or stored
    labels = themes.labels() if themes else {}
    resolved = {theme.id: themes.resolve(theme.id) for theme in themes.themes} if themes else {}
    frame = _plain(comments)
    if themes and themes is not stored:  # all are read by this set, those too that it assigns as they were
        frame["theme_version"] = frame["theme_version"].where(frame["theme_version"].isna(), themes.version)
    own_themes = coded(comments["themes"])
    frame["themes"] = _lists(own_themes, lambda own: _resolved(own, resolved))
    frame["theme_labels"] = _lists(own_themes, lambda own: [labels[one] for one in _resolved(own, resolved)])
    frame = _with_copies(frame, snapshot)
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
    merged = {given: now for given, now in resolved.items() if now and now != given}
    frames = Frames(frame, segment_frame, active, snapshot.run, snapshot.topics().to_pandas(), merged)
    return frames if as_tagged else corrected(frames, held_annotations(snapshot), themes)


def _plain(table: pa.Table) -> pd.DataFrame:
    """``table`` with its columns of words as lists; those of numbers are left to the caller, in their place."""
    lists = [column for column in table.schema if pa.types.is_list(column.type) or pa.types.is_dictionary(column.type)]
    # where lists are coded the table may be mapped from a file: with a block for each column it stays there
    mapped = any(pa.types.is_dictionary(column.type) for column in lists)
    frame: pd.DataFrame = table.drop_columns([column.name for column in lists]).to_pandas(split_blocks=mapped)
    for column in lists:
        of_words = pa.types.is_dictionary(column.type) or pa.types.is_string(column.type.value_type)
        values = _lists(coded(table[column.name]), list) if of_words else None
        frame.insert(table.schema.get_field_index(column.name), column.name, values)
    return frame


def _lists(joined: pa.DictionaryArray, made: Callable[[list[str]], list[str]]) -> npt.NDArray[np.object_]:
    """A list for each row, ``made`` of the row's words; rows with the same words share one."""
    kinds = np.empty(len(joined.dictionary), dtype=object)
    for place, words in enumerate(joined.dictionary.to_pylist()):
        kinds[place] = made(words.split(BETWEEN) if words else [])
    found: npt.NDArray[np.object_] = kinds[joined.indices.to_numpy()]
    return found


def _mapped(column: pa.ChunkedArray, names: Mapping[str, str | None]) -> pd.Series:
    numbered = column.combine_chunks().dictionary_encode()
    own = numbered.dictionary.to_pylist()
    into = [names.get(name) for name in own]
    if into == own:
        same: pd.Series = column.to_pandas()
        return same
    found: pd.Series = pa.array(into, pa.large_string()).take(numbered.indices).to_pandas()
    return found


def _arrow_of(values: pd.Series) -> pa.Array:
    """A column as DuckDB reads it: times without a zone, which it could not name."""
    if values.name == "date":
        values = values.dt.tz_localize(None)
    if values.name not in _WORD_LISTS:
        return pa.array(values, from_pandas=True)
    numbers, kinds = shared_lists(values)
    return pa.array(kinds, pa.list_(pa.string())).take(pa.array(numbers))


def _positions_in(comments: pd.DataFrame, expression: str, ready: dict[str, pa.Array]) -> npt.NDArray[np.integer]:
    """Places of the rows for which an SQL condition holds; ``ready``: columns made for earlier conditions."""
    import duckdb

    asked = set(_WORD.findall(expression.lower()))
    every = "*" in expression or "columns" in asked
    names = [name for name in comments.columns if every or name.lower() in asked]
    for name in names:
        if name not in ready:
            ready[name] = _arrow_of(comments[name])
    table = pa.table({**{name: ready[name] for name in names}, "position": np.arange(len(comments))})
    config: dict[str, str | bool | int | float | list[str]] = {"enable_external_access": "false"}
    with duckdb.connect(config=config) as connection:
        connection.register("comments", table)
        try:
            kept = connection.execute(f"SELECT position FROM comments WHERE ({expression}) ORDER BY position")
            return np.asarray(kept.fetchnumpy()["position"])
        except duckdb.Error as error:
            first = str(error).splitlines()[0]
            columns = ", ".join(name for name in comments.columns if not name.endswith("_no"))
            raise UsageError(f"Condition not understood: {first}; columns: {columns}") from error


def _with_copies(comments: pd.DataFrame, snapshot: Snapshot) -> pd.DataFrame:
    names = {"of_dataset": "copy_of_dataset", "of_id": "copy_of", "kind": "copy_kind"}
    copies: pd.DataFrame = snapshot.copies().to_pandas().rename(columns=names)
    if copies.empty:
        none = pa.nulls(len(comments), pa.large_string()).to_pandas()
        return comments.assign(**dict.fromkeys(names.values(), none))
    return comments.merge(copies, on=list(KEY), how="left")


def _resolved(own: list[str] | None, resolved: dict[str, str | None]) -> list[str]:
    """The themes a comment counts under today, each once, order kept."""
    found = (resolved.get(theme) for theme in (() if own is None else own))
    return list(dict.fromkeys(theme for theme in found if theme))
