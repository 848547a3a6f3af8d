"""Where parts wait beside a store until all are tagged: a store takes them in one commit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa

from voc.batch.folder_sink import FolderSink
from voc.batch.parts import Part
from voc.batch.records import Record
from voc.batch.worker import Batch, Recorded, joined
from voc.files import written_whole
from voc.pipeline import as_comments, rejected_rows
from voc.pipeline.tagger import Vectors

#: The folder within the store's.
FOLDER: Final = "_parts"


class Staged(NamedTuple):
    """A part as it will be stored: COMMENTS, SEGMENTS with their vectors, and REJECTS of rows that cannot be tagged."""

    comments: pa.Table
    segments: pa.Table
    vectors: Vectors
    rejects: pa.Table


@dataclass(frozen=True)
class Stage(FolderSink):
    """A folder of parts, each one file of four Arrow streams, with the records that folders of output have."""

    format: str = "arrow"

    def __post_init__(self) -> None:
        pass

    @property
    def with_segments(self) -> bool:
        return True

    def commit(self, part: Part, batches: Iterator[Batch], recorded: Recorded) -> Record:
        """See ``worker.Sink``. ``part.rows``: READ with ``content_hash``."""

        def write(path: Path) -> None:
            rows, tagged, _ = zip(*batches, strict=True)
            read, whole = pa.concat_tables(rows), joined(tagged)
            tables = as_comments(read, whole), whole.segments, _as_table(whole.vectors), rejected_rows(read, "")
            with written_whole(path) as scratch, pa.OSFile(str(scratch), "wb") as file:
                for table in tables:
                    with pa.ipc.new_stream(file, table.schema) as stream:
                        stream.write_table(table)

        return self.committed(part, write, recorded)

    def staged(self, record: Record) -> Staged:
        with self.reading(record.file) as file:
            comments, segments, vectors, rejects = (pa.ipc.open_stream(file).read_all() for _ in Staged._fields)
        return Staged(comments, segments, _as_vectors(vectors), rejects)


def _as_table(vectors: Vectors) -> pa.Table:
    flat = pa.array(vectors.reshape(-1))
    return pa.table({"vector": pa.FixedSizeListArray.from_arrays(flat, max(vectors.shape[1], 1))})


def _as_vectors(table: pa.Table) -> Vectors:
    column = table["vector"].combine_chunks()
    return np.asarray(column.flatten()).reshape(len(column), column.type.list_size)
