"""Which theme each stored segment, and so each comment, belongs to under a theme set."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from voc.encode import Encoder
from voc.errors import InputError
from voc.pipeline.tagger import Vectors, theme_vectors
from voc.schema import COMMENTS, KEY, SEGMENTS
from voc.store import Snapshot
from voc.themes import ThemeSet, assign, comment_themes
from voc.themes.assign import reopened

_ORDER = [("dataset", "ascending"), ("id", "ascending"), ("segment_no", "ascending")]


@dataclass(frozen=True, eq=False)
class Stored:
    """Comments with all their segments, in reading order, and the segments' vectors in the same order."""

    comments: pa.Table
    segments: pa.Table
    vectors: Vectors

    @property
    def texts(self) -> list[str]:
        """The words of each segment."""
        return segment_texts(self.comments, self.segments)

    @property
    def comment_of(self) -> list[int]:
        """Index of each segment's comment, in reading order."""
        numbers: dict[tuple[str, str], int] = {}
        return [numbers.setdefault(key, len(numbers)) for key in _keys(self.segments)]

    def about(self, theme_ids: frozenset[str]) -> Stored:
        """The comments of which a segment was assigned to one of these themes."""
        hit = pc.is_in(self.segments["theme"], pa.array(sorted(theme_ids), pa.string()))
        keys = set(_keys(self.segments.filter(hit)))
        rows = _among(self.segments, keys)
        return Stored(self.comments.filter(_among(self.comments, keys)), self.segments.filter(rows), self.vectors[rows])

    def assigned(self, themes: ThemeSet, masked: Vectors) -> Stored:
        """Each segment and comment with its theme in ``themes``; ``masked``: the vectors that themes compare."""
        ids, similarity = assign(masked, themes)
        version = themes.version
        segments = _with(self.segments, SEGMENTS, theme=ids, similarity=similarity, theme_version=[version] * len(ids))
        lengths = pc.subtract(segments["end"], segments["start"]).to_pylist()
        own: dict[tuple[str, str], tuple[list[str | None], list[float]]] = {}
        for key, theme, length in zip(_keys(segments), ids, lengths, strict=True):
            found, weights = own.setdefault(key, ([], []))
            found.append(theme)
            weights.append(length)
        by_comment = [comment_themes(*own[key]) if key in own else None for key in _keys(self.comments)]
        comments = _with(self.comments, COMMENTS, themes=by_comment, theme_version=[version] * len(self.comments))
        return Stored(comments, segments, self.vectors)


def load_stored(snapshot: Snapshot) -> Stored:
    """Read all comments, segments and vectors. Raises InputError where they do not fit together."""
    segments = snapshot.segments().sort_by(_ORDER)
    keys, vectors = snapshot.vectors()
    if len(keys) != len(segments):
        raise InputError("The store's segments and vectors do not match: run your files into a new store.")
    positions = pa.table({**{name: keys[name] for name in keys.column_names}, "at": np.arange(len(keys))})
    return Stored(snapshot.comments(), segments, vectors[positions.sort_by(_ORDER)["at"].to_numpy()])


def reassigned(
    snapshot: Snapshot, before: ThemeSet | None, after: ThemeSet, load: Callable[[], Encoder]
) -> Stored | None:
    """Return the comments whose themes may differ between the sets, assigned by ``after``; None where none can.

    ``before``: the set that the stored assignments are of. ``load`` gives the encoder, if one is needed. Raises
    ModelError when ``after`` was made with another.
    """
    if before is not None and before.version == after.version:
        return None
    stored = load_stored(snapshot)
    concerned = None if before is None else reopened(before, after)
    if concerned is not None:
        stored = stored.about(concerned)
    encoder = load()
    after.require_encoder(encoder.name)
    return stored.assigned(after, theme_vectors(encoder, stored.texts, stored.vectors, after.mask_terms))


def replaced(table: pa.Table, changed: pa.Table) -> pa.Table:
    """Return the rows of ``table``, those of the comments in ``changed`` as they are there."""
    return pa.concat_tables([table.filter(~_among(table, set(_keys(changed)))), changed.cast(table.schema)])


def segment_texts(comments: pa.Table, segments: pa.Table) -> list[str]:
    """The words of each segment."""
    texts = dict(zip(_keys(comments), comments["text"].to_pylist(), strict=True))
    places = zip(segments["start"].to_pylist(), segments["end"].to_pylist(), strict=True)
    return [texts[key][start:end] for key, (start, end) in zip(_keys(segments), places, strict=True)]


def _keys(table: pa.Table) -> list[tuple[str, str]]:
    return list(zip(*(table[name].to_pylist() for name in KEY), strict=True))


def _among(table: pa.Table, keys: set[tuple[str, str]]) -> npt.NDArray[np.bool_]:
    return np.fromiter((key in keys for key in _keys(table)), dtype=np.bool_, count=len(table))


def _with(table: pa.Table, schema: pa.Schema, **columns: Any) -> pa.Table:
    for name, values in columns.items():
        table = table.set_column(table.column_names.index(name), name, pa.array(values, schema.field(name).type))
    return table
