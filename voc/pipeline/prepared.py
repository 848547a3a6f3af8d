"""Comments and segments as the explorer takes them: without what no page asks for, with numbers for texts as keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from voc.analytics.base import CLUSTER_NO, COMMENT_NO, RESPONSE_NO, cluster_key, response_key
from voc.schema import COMMENTS, KEY, SEGMENTS

if TYPE_CHECKING:
    from voc.store import Snapshot

#: Columns of comments, and of segments, that no analysis asks for.
SPARED: Final = ("signal_p", "content_hash", "file")
SPARED_OF_SEGMENTS: Final = ("signal_p", "evidence", "lean", "model_version", "theme_version")
#: From so many comments on what is prepared is kept as files.
MANY: Final = 50_000
#: Stands between the words of a list while its rows are compared: no label holds it.
BETWEEN: Final = "\x1f"
#: Changes with the form of the files.
_FORM: Final = 1


def prepared(snapshot: Snapshot) -> tuple[pa.Table, pa.Table]:
    """Comments and segments of a snapshot in their order, each column in one piece, lists as ``coded``.

    ``comments``: ``voc.schema.COMMENTS`` without ``SPARED``, then ``comment_no`` (the place, from 0), ``response_no``
    and ``cluster_no``: numbers for ``analytics.base.response_key`` and ``cluster_key``. ``segments``: ``SEGMENTS``
    without ``SPARED_OF_SEGMENTS``, then ``comment_no`` (−1 without a comment). From ``MANY`` comments on they are kept
    in the store's folder until the comments change.
    """
    many = snapshot.count("comments") >= MANY
    tables = snapshot.kept(("comments", "segments"), _FORM, lambda: _made(snapshot)) if many else _made(snapshot)
    return tables["comments"], tables["segments"]


def coded(column: pa.ChunkedArray) -> pa.DictionaryArray:
    """A list of words for each row as the number of one text, its words joined; null as no word."""
    if pa.types.is_dictionary(column.type):
        return column.combine_chunks()
    return pc.fill_null(pc.binary_join(column, BETWEEN), "").combine_chunks().dictionary_encode()


def _made(snapshot: Snapshot) -> dict[str, pa.Table]:
    import pandas as pd

    comments = _plain(snapshot.comments([name for name in COMMENTS.names if name not in SPARED]))
    segments = _plain(snapshot.segments([name for name in SEGMENTS.names if name not in SPARED_OF_SEGMENTS]))
    keys = comments.select([*KEY, "response_id", "thread_id", "customer_id"]).to_pandas()
    numbers = {
        COMMENT_NO: np.arange(len(comments)),
        RESPONSE_NO: pd.factorize(response_key(keys))[0],
        CLUSTER_NO: pd.factorize(cluster_key(keys))[0],
    }
    for name, number in numbers.items():
        comments = comments.append_column(name, pa.array(number, pa.int64()))
    of = pc.fill_null(pc.index_in(_joined(segments), _joined(comments)), -1).cast(pa.int64())
    return {"comments": comments, "segments": segments.append_column(COMMENT_NO, of)}


def _joined(table: pa.Table) -> pa.ChunkedArray:
    return pc.binary_join_element_wise(*(table[name] for name in KEY), pa.scalar(BETWEEN, pa.large_string()))


def _plain(table: pa.Table) -> pa.Table:
    """``table`` as pandas takes it without copying: texts as it holds them, lists of words coded."""
    columns = []
    for column in table.columns:
        if pa.types.is_list(column.type):
            columns.append(pa.chunked_array([coded(column)]))
        else:
            columns.append(column.cast(pa.large_string()) if pa.types.is_string(column.type) else column)
    return pa.table(columns, table.column_names).combine_chunks()
