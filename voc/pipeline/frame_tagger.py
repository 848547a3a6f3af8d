"""Tagging for other engines: a callable that travels to any process and takes batches there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import pyarrow as pa

from voc.encode import SHIPPED
from voc.errors import UsageError
from voc.pipeline.tagger import Tagger, load_tagger
from voc.pipeline.theming import load_themes
from voc.schema import TAGS

if TYPE_CHECKING:
    import pandas as pd

Batch = TypeVar("Batch", "pa.Table", "pa.RecordBatch", "pd.DataFrame")

#: Columns that are added: the prepared, masked text, then the tags.
ADDED = pa.schema([("text", pa.string()), *TAGS])
_SUFFIX = "_input"


@dataclass
class FrameTagger:
    """Takes an Arrow table, record batch or pandas frame with a column ``text`` and returns the same kind:
    ``ADDED`` behind its own columns but the text's, row by row, whatever the batches. Input columns that have the
    name of an added one get the suffix ``_input``.

    Pickles as its arguments; models load on the first batch in each process. ``themes``: a folder of exported themes or
    a store, to be found there as well; ``threads``: texts read at a time, one by default as engines bring their own
    processes.
    """

    text: str = "text"
    themes: str | None = None
    encoder: str = SHIPPED
    threads: int = 1
    _tagger: Tagger | None = field(default=None, init=False, repr=False, compare=False)

    def __call__(self, batch: Batch) -> Batch:
        """Tag a batch. Raises UsageError where it has no column ``text`` or is of another kind."""
        if isinstance(batch, pa.Table):
            table: Batch = self._tagged(batch)
            return table
        if isinstance(batch, pa.RecordBatch):
            one: Batch = _one_batch(self._tagged(pa.Table.from_batches([batch])))
            return one
        if type(batch).__module__.partition(".")[0] != "pandas":
            raise UsageError(f"Cannot tag a {type(batch).__name__}: give an Arrow table or batch, or a pandas frame.")
        tags = self._tags(batch.columns, pa.array(batch[self._in(batch.columns)], pa.string(), from_pandas=True))
        kept = batch.drop(columns=[self.text]).rename(columns=_renamed)
        added = tags.to_pandas().set_axis(batch.index)
        return kept.join(added)

    def frames(self, frames: Iterable[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        """As ``DataFrame.mapInPandas`` of Spark wants it: frames in, frames out."""
        return map(self, frames)

    def schema(self, given: pa.Schema) -> pa.Schema:
        """What a batch of schema ``given`` becomes."""
        kept = [f.with_name(_renamed(f.name)) for f in given if f.name != self._in(given.names)]
        return pa.schema([*kept, *ADDED])

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_tagger": None}

    def _tagged(self, table: pa.Table) -> pa.Table:
        tags = self._tags(table.column_names, table[self._in(table.column_names)])
        kept = table.drop_columns([self.text])
        kept = kept.rename_columns([_renamed(name) for name in kept.column_names])
        for name in ADDED.names:
            kept = kept.append_column(ADDED.field(name), tags[name])
        return kept

    def _tags(self, names: Iterable[str], texts: Any) -> pa.Table:
        if self._tagger is None:
            themes = load_themes(self.themes) if self.themes else None
            self._tagger = load_tagger(themes, encoder=self.encoder, threads=self.threads, theme_view=False)
        count = len(texts)
        status = ["empty" if not text or not text.strip() else "ok" for text in texts.to_pylist()]
        rows = pa.table(
            {
                "dataset": pa.repeat(pa.scalar("", pa.string()), count),
                "id": pa.array(map(str, range(count)), pa.string()),
                "text": pa.array(texts.to_pylist(), pa.string()),
                "status": pa.array(status, pa.string()),
            }
        )
        return self._tagger.tag(rows, with_segments=False).comments.select(ADDED.names).cast(ADDED)

    def _in(self, names: Iterable[str]) -> str:
        if self.text not in names:
            raise UsageError(
                f"No column {self.text!r} in the batch; columns are {', '.join(map(str, names))}: "
                "name it with voc.tagger(text=COLUMN)."
            )
        return self.text


def _renamed(name: str) -> str:
    return f"{name}{_SUFFIX}" if name in ADDED.names else name


def _one_batch(table: pa.Table) -> pa.RecordBatch:
    combined = table.combine_chunks().to_batches()
    return combined[0] if combined else pa.RecordBatch.from_pylist([], schema=table.schema)
