"""What is written down of a part and of a whole job: numbers, hashes and versions, never a word of a comment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Self


def voc_version() -> str:
    try:
        return version("voc")
    except PackageNotFoundError:
        return "unknown"


@dataclass(frozen=True)
class Record:
    """A committed part. ``file``: the output that holds it, empty in a database. ``by_status``: rows by status;
    ``set_aside``: rows that could not be tagged, also counted as rejected. ``written``: ISO 8601, UTC."""

    part: int
    file: str
    bytes: int
    input_hash: str
    model_version: str
    theme_version: str | None
    rows: int
    by_status: dict[str, int]
    set_aside: int
    seconds: float
    written: str

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Self:
        return cls(**document)


@dataclass(frozen=True)
class Summary:
    """A job that came to its end. ``parts``, ``rows`` and ``by_status``: of all that the sink holds of this source;
    ``tagged``: rows of the ``new_parts`` of this call. ``skipped``: (file, why it holds no comments)."""

    parts: int
    new_parts: int
    rows: int
    tagged: int
    by_status: dict[str, int]
    set_aside: int
    model_version: str
    theme_version: str | None
    seconds: float
    skipped: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        records: Collection[Record],
        new: Collection[Record],
        model_version: str,
        theme_version: str | None,
        seconds: float,
        skipped: tuple[tuple[str, str], ...],
        notes: tuple[str, ...] = (),
    ) -> Summary:
        """The summary of a job after which the sink holds ``records``, of which this call wrote the ``new`` ones."""
        return cls(
            parts=len(records),
            new_parts=len(new),
            rows=sum(record.rows for record in records),
            tagged=sum(record.rows for record in new),
            by_status=by_status(records),
            set_aside=sum(record.set_aside for record in records),
            model_version=model_version,
            theme_version=theme_version,
            seconds=round(seconds, 3),
            skipped=skipped,
            notes=notes,
        )

    @property
    def rejected(self) -> int:
        return self.by_status.get("rejected", 0)

    def as_json(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if name not in ("skipped", "notes")}


def by_status(records: Iterable[Record]) -> dict[str, int]:
    """Rows by status over several parts."""
    total: Counter[str] = Counter()
    for record in records:
        total.update(record.by_status)
    return dict(sorted(total.items()))
