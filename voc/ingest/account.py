"""Accounting of input rows: read = kept + duplicates + empty + rejected, in every file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any

import pyarrow as pa

_OUTCOMES = ("kept", "duplicates", "empty", "rejected")


@dataclass(frozen=True)
class Account:
    """What became of the input rows of one file; ``score_only`` are part of ``kept``.

    An input row with several answers counts once: as kept if any of its comments is.
    """

    file: str
    read: int = 0
    kept: int = 0
    duplicates: int = 0
    empty: int = 0
    rejected: int = 0
    score_only: int = 0

    def __add__(self, other: Account) -> Account:
        """Both together. Raises ``ValueError`` for accounts of different files."""
        if self.file != other.file:
            raise ValueError(f"accounts of different files: {self.file}, {other.file}")
        counts = [f.name for f in fields(self) if f.name != "file"]
        return Account(self.file, **{name: getattr(self, name) + getattr(other, name) for name in counts})

    def as_json(self) -> dict[str, Any]:
        return {f.name: getattr(self, f.name) for f in fields(self)}


def tally(table: pa.Table) -> dict[str, Account]:
    """File → account of one batch of ``voc.ingest.read``; all comments of a row are in the same batch."""
    outcome: dict[tuple[str, int], tuple[int, bool]] = {}
    names = ("file", "row", "status", "duplicate")
    for file, row, status, duplicate in zip(*(table[name].to_pylist() for name in names), strict=True):
        rank = 3 if status == "rejected" else 2 if status == "empty" else 1 if duplicate else 0
        found = rank, status == "score_only" and rank == 0
        outcome[file, row] = min(outcome.get((file, row), found), found)
    accounts: dict[str, Account] = {}
    for (file, _), (rank, score_only) in outcome.items():
        one = Account(file, read=1, score_only=int(score_only), **{_OUTCOMES[rank]: 1})
        accounts[file] = accounts[file] + one if file in accounts else one
    return accounts


def merge(accounts: Iterable[dict[str, Account]]) -> dict[str, Account]:
    """The accounts of several batches as one, files in order of appearance."""
    merged: dict[str, Account] = {}
    for batch in accounts:
        for file, account in batch.items():
            merged[file] = merged[file] + account if file in merged else account
    return merged
