"""A store's comments, or its segments, as one file: themes by name, labels as readers corrected them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from voc.errors import InputError
from voc.pipeline.frames import Frames
from voc.pipeline.sinks import open_sink
from voc.progress import Progress, Silent
from voc.schema import COMMENTS, SEGMENTS

if TYPE_CHECKING:
    import pandas as pd

_STEP: Final = 5_000
_INSIDE: Final = ("content_hash",)
_OF_TAGGED: Final = ("signals", "signal_p", "themes", "theme_labels")


def comment_fields() -> pa.Schema:
    """Columns of exported comments: those of the store, ``theme_labels`` beside ``themes``."""
    fields = [field for field in COMMENTS if field.name not in _INSIDE]
    after = COMMENTS.get_field_index("themes") + 1
    return pa.schema([*fields[:after], pa.field("theme_labels", pa.list_(pa.string())), *fields[after:]])


def segment_fields() -> pa.Schema:
    """Columns of exported segments: those of the store, ``text`` after ``end`` and ``theme_label`` after ``theme``."""
    fields = list(SEGMENTS)
    for before, name in (("end", "text"), ("theme", "theme_label")):
        at = [field.name for field in fields].index(before) + 1
        fields.insert(at, pa.field(name, pa.string()))
    return pa.schema(fields)


def export(frames: Frames, output: str, *, segments: bool = False, progress: Progress | None = None) -> int:
    """Write ``frames``' comments, or their ``segments``, in the order of the store; return how many rows they are.

    ``output``: .csv, .jsonl, .parquet, .xlsx, or ``-`` for JSON Lines on stdout.

    The file appears whole or not at all. Raises InputError where there is no row, UsageError for another suffix.
    """
    schema = segment_fields() if segments else comment_fields()
    table = _with_labels(frames) if segments else frames.comments
    if table.empty:
        raise InputError("No comment to export: the store holds none, or the condition fits none.")
    written = (progress or Silent()).task("Writing", len(table))
    with open_sink(output, schema) as sink, written as advance:
        for start in range(0, len(table), _STEP):
            rows = table.iloc[start : start + _STEP]
            sink.write(_rows(rows, schema))
            advance(len(rows))
    return len(table)


def _with_labels(frames: Frames) -> pd.DataFrame:
    labels = dict(zip(frames.themes["id"], frames.themes["label"], strict=True))
    return frames.segments.assign(theme_label=frames.segments["theme"].map(labels))


def _rows(table: pd.DataFrame, schema: pa.Schema) -> Iterator[dict[str, Any]]:
    for row in pa.Table.from_pandas(table, schema, preserve_index=False).to_pylist():
        if row["sentiment"] is None:  # never tagged: not the same as without a signal
            row |= {name: None for name in _OF_TAGGED if name in row}
        yield row
