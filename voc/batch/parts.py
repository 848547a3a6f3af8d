"""The input cut into parts: what is tagged, committed and, after a fall, done again as one."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Final

import pyarrow as pa

from voc import ingest
from voc.batch.records import Record
from voc.ingest import Plan
from voc.schema import READ

#: Where a file lies is no content: the same export in another folder is the same input.
_CONTENT: Final = [name for name in READ.names if name != "file"]


@dataclass(frozen=True)
class Part:
    """Some rows of the input. ``rows``: schema READ, in input order. ``input_hash``: of their content, 32 hex digits.

    ``keys``: input row → its key in the table it came from; empty where it came from files.
    """

    number: int
    rows: pa.Table
    input_hash: str
    keys: dict[int, object] = field(default_factory=dict)


def cut(plan: Plan, size: int) -> Iterator[Part]:
    """The plan's rows in parts of about ``size``, numbered from 0. An input row with several comments is never cut.

    The same input gives the same parts; rows added at the end of the last file change the last part only.
    """
    return numbered(ingest.read(plan, batch_size=size, unique=False))


def regrouped(tables: Iterable[pa.Table], size: int) -> Iterator[pa.Table]:
    """The same rows, ``size`` a table but in the last."""
    waiting: list[pa.Table] = []
    for table in tables:
        waiting.append(table)
        while sum(one.num_rows for one in waiting) >= size:
            whole = pa.concat_tables(waiting)
            yield whole.slice(0, size)
            waiting = [whole.slice(size)]
    if any(one.num_rows for one in waiting):
        yield pa.concat_tables(waiting)


def numbered(tables: Iterable[pa.Table]) -> Iterator[Part]:
    for number, rows in enumerate(tables):
        yield Part(number, rows, input_hash(rows))


def input_hash(rows: pa.Table) -> str:
    """Hash of what a reader gave; of the content alone, whatever wrote or holds it."""
    digest = blake2b(digest_size=16)
    for row in zip(*(rows[name].to_pylist() for name in _CONTENT), strict=True):
        digest.update(json.dumps(row, default=str, ensure_ascii=False).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


class Missing:
    """Lets those parts through that are not done yet. ``seen``: the numbers of all that came by; ``same``: of those
    that are done."""

    def __init__(self, done: dict[int, Record]) -> None:
        self._done = done
        self.seen: set[int] = set()
        self.same: set[int] = set()

    def of(self, parts: Iterable[Part]) -> Iterator[Part]:
        for part in parts:
            self.seen.add(part.number)
            record = self._done.get(part.number)
            if record and record.input_hash == part.input_hash:
                self.same.add(part.number)
            else:
                yield part
