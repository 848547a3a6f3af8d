"""Copies: comments whose words, or most of them, stand in another one (campaigns, texts sent twice).

They are marked when comments are stored and stay counted everywhere; tagging knows nothing of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from voc.schema import BANDS, COPIES, FINGERPRINTS, KEY
from voc.store import Snapshot
from voc.text.fingerprint import ROWS, agreeing, fingerprints

#: Estimated Jaccard similarity from which on two texts count as near copies.
ALIKE: Final = 0.65
#: Candidates that are compared at a time: longer texts share a band by chance, and all of their pairs fill half a GB.
MOST_PAIRS: Final = 2_000_000
_BLOCK: Final = 250_000
#: Statuses of comments whose words count: a non-answer is nobody's campaign.
_WORDED: Final = ("ok", "unsupported_language")

Numbers = npt.NDArray[np.int64]
Rows = npt.NDArray[np.int32]
#: Some columns of all stored fingerprints, in an order that stays.
Scan = Callable[[Sequence[str]], Iterator[pa.RecordBatch]]


@dataclass(frozen=True)
class CopyCounts:
    """Comments of a store that repeat an earlier one of 40 characters or more: word for word, or most words.

    ``largest``: comments in the largest campaign, the first one included; ``words``: how that one begins.
    """

    exact: int = 0
    near: int = 0
    largest: int = 0
    words: str = ""

    def told(self) -> str:
        """In a sentence; empty where nothing is repeated."""
        if not self.largest:
            return ""
        words = " ".join(self.words.split())
        begins = words if len(words) <= 60 else f"{words[:59].rstrip()}…"
        return (
            f"{self.exact + self.near:,} comments repeat an earlier one ({self.exact:,} word for word, {self.near:,} "
            f"nearly); the most repeated stands {self.largest:,} times: “{begins}”"
        )

    def as_json(self) -> dict[str, Any]:
        return {"exact": self.exact, "near": self.near, "largest_campaign": self.largest}


def fingerprint_rows(comments: pa.Table) -> pa.Table:
    """The rows of FINGERPRINTS for ``comments`` (columns dataset, id, date, text, status)."""
    worded = pc.is_in(comments["status"], pa.array(_WORDED))
    found = fingerprints(pc.if_else(worded, comments["text"], None).to_pylist())
    columns = [*(comments[name] for name in (*KEY, "date")), pa.array(found.digest)]
    return pa.table([*columns, *map(pa.array, found.bands.T)], schema=FINGERPRINTS)


def find_copies(scan: Scan) -> pa.Table:
    """The rows of COPIES for all fingerprints of a store.

    Of comments with the same or nearly the same words the earliest, by date and then by key, is the first one, the
    others are its copies; near copies of near copies belong together. So the answer depends on the stored comments
    alone, not on the order of files or runs. Holds one band at a time: some 115 bytes a comment, measured at 1.4
    million, and 250 a copy.
    """
    text, row = _numbered(_column(scan, "digest"))
    if not len(row):
        return COPIES.empty_table()
    long = _column(scan, BANDS[0])[row] != 0
    group = _joined(len(row), *_near_pairs(scan, row, np.flatnonzero(long).astype(np.int32)))[text]
    several = np.bincount(group[text >= 0], minlength=len(row)) > 1
    members = np.flatnonzero(several[group] & (text >= 0))
    return _linked(_rows_at(scan, members), group[members], long[text[members]])


def count_copies(snapshot: Snapshot) -> CopyCounts:
    """What a store holds of copies."""
    copies = snapshot.copies()
    copies = copies.filter(pc.not_equal(copies["kind"], "short"))
    if not copies.num_rows:
        return CopyCounts()
    near = pc.sum(pc.equal(copies["kind"], "near")).as_py()
    sizes = copies.group_by(["of_dataset", "of_id"]).aggregate([([], "count_all")])
    order = [("count_all", "descending"), ("of_dataset", "ascending"), ("of_id", "ascending")]
    (largest,) = sizes.sort_by(order).slice(0, 1).to_pylist()
    dataset, id_ = (largest[name].replace("'", "''") for name in ("of_dataset", "of_id"))
    found = snapshot.comments(["text"], where=f"dataset = '{dataset}' AND id = '{id_}'")["text"].to_pylist()
    return CopyCounts(copies.num_rows - near, near, largest["count_all"] + 1, *found[:1])


def _numbered(digests: npt.NDArray[np.uint64]) -> tuple[Rows, Rows]:
    """The number of each row's text, −1 without words, and for each text one of its rows; texts in order of digest."""
    order = np.argsort(digests, kind="stable").astype(np.int32)
    begins = _begins(digests[order]) & (digests[order] != 0)
    text = np.empty(len(order), dtype=np.int32)
    text[order] = np.cumsum(begins, dtype=np.int32) - 1
    return text, order[begins]


def _near_pairs(scan: Scan, row: Rows, texts: Rows) -> tuple[Numbers, Numbers]:
    """Pairs of ``texts`` that are alike; the fingerprint of text i stands in row ``row[i]``.

    Texts that share a band are candidates (Leskovec, Rajaraman and Ullman, Mining of Massive Datasets, 3.4): each
    with the first of them, so that a campaign of n texts gives n pairs and not n².
    """
    found: list[tuple[Numbers, Numbers]] = []
    pairs: Numbers = np.empty(0, dtype=np.int64)
    for name in BANDS:
        values = _column(scan, name)[row[texts]]
        order = np.argsort(values, kind="stable").astype(np.int32)
        begins = _begins(values[order])
        leaders = order[begins][np.cumsum(begins, dtype=np.int32)[~begins] - 1]
        pairs = np.concatenate((pairs, texts[leaders].astype(np.int64) * len(row) + texts[order[~begins]]))
        pairs.sort()
        pairs = pairs[_begins(pairs)]
        if len(pairs) > MOST_PAIRS or name == BANDS[-1]:
            found.append(_alike(scan, row, *np.divmod(pairs, len(row))))
            pairs = pairs[:0]
    left, right = (np.concatenate(sides) for sides in zip(*found, strict=True))
    return left, right


def _alike(scan: Scan, row: Rows, left: Numbers, right: Numbers) -> tuple[Numbers, Numbers]:
    """The pairs whose fingerprints agree in enough of their minima."""
    agreed = np.zeros(len(left), dtype=np.uint8)  # there are fewer than 256 minima
    for name in BANDS if len(left) else ():
        values = _column(scan, name)
        for start in range(0, len(left), _BLOCK):
            some = slice(start, start + _BLOCK)
            agreed[some] += agreeing(values[row[left[some]]], values[row[right[some]]]).astype(np.uint8)
    alike = agreed >= ALIKE * len(BANDS) * ROWS
    return left[alike], right[alike]


def _begins(ranked: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    """True where a value of a sorted array stands for the first time."""
    begins = np.ones(len(ranked), dtype=np.bool_)
    np.not_equal(ranked[1:], ranked[:-1], out=begins[1:])
    return begins


def _joined(count: int, left: Numbers, right: Numbers) -> Rows:
    """For each of ``count`` texts the number of its group: texts that a chain of pairs connects are in one."""
    if not len(left):
        return np.arange(count, dtype=np.int32)
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    graph = coo_array((np.ones(len(left), dtype=np.int8), (left, right)), shape=(count, count))
    groups: Rows = connected_components(graph, directed=False)[1]
    return groups


def _linked(members: pa.Table, group: Rows, long: npt.NDArray[np.bool_]) -> pa.Table:
    """The rows of COPIES for comments of groups of two and more."""
    members = members.append_column("group", pa.array(group)).append_column("long", pa.array(long))
    order = [("group", "ascending"), ("date", "ascending"), *((name, "ascending") for name in KEY)]
    members = members.sort_by(order)
    groups = members["group"].to_numpy()
    begins = _begins(groups)
    copies = members.filter(pa.array(~begins))
    originals = members.filter(pa.array(begins)).take(pa.array((np.cumsum(begins) - 1)[~begins]))
    same = pc.if_else(copies["long"], "exact", "short")
    kind = pc.if_else(pc.equal(copies["digest"], originals["digest"]), same, "near")
    table = pa.table([*(t[name] for t in (copies, originals) for name in KEY), kind], schema=COPIES)
    return table.sort_by([(name, "ascending") for name in KEY])


def _column(scan: Scan, name: str) -> npt.NDArray[np.uint64]:
    return np.concatenate([np.empty(0, dtype=np.uint64), *(batch.column(0).to_numpy() for batch in scan([name]))])


def _rows_at(scan: Scan, rows: Numbers) -> pa.Table:
    """Key, date and digest of the fingerprints at ``rows`` (ascending)."""
    names = [*KEY, "date", "digest"]
    parts, at = [], 0
    for batch in scan(names):
        begin, end = rows.searchsorted((at, at + batch.num_rows))
        parts.append(batch.take(pa.array(rows[begin:end] - at)))
        at += batch.num_rows
    return pa.Table.from_batches(parts, schema=pa.schema([FINGERPRINTS.field(name) for name in names]))
