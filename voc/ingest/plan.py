"""What the reader understood of its inputs, before it reads them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from voc.errors import UsageError
from voc.ingest.dates import ORDERS
from voc.ingest.profiles import GENERIC, Profile
from voc.ingest.tables import Table
from voc.schema import MAPPABLE, SOURCES

Mapped = tuple[str, ...] | None


@dataclass(frozen=True)
class ReadOptions:
    """How to read. ``mapping``: role (one of ``MAPPABLE``) → input column; it goes before what
    the reader finds. ``text`` can have several columns; None is a role that no column shall have.

    ``source``: one of ``SOURCES`` for all rows. ``dataset``: first part of the key for all rows.
    ``pii``: ``mask`` (the default) or ``off``. ``date_order``: one of ``dates.ORDERS``, for dates in numbers that could
    be read in several. ``by_file``: options of single tables (``FilePlan.file``), in place of these. Raises
    ``UsageError`` for values that are not allowed.
    """

    mapping: Mapping[str, str | Sequence[str] | None] = field(default_factory=lambda: MappingProxyType({}))
    source: str | None = None
    dataset: str | None = None
    pii: str = "mask"
    date_order: str | None = None
    by_file: Mapping[str, ReadOptions] = field(default_factory=lambda: MappingProxyType({}))

    def __post_init__(self) -> None:
        for role, names in self.mapped.items():
            if role not in MAPPABLE:
                raise UsageError(f"cannot map '{role}'; roles are {', '.join(MAPPABLE)}")
            if names and len(names) > 1 and role != "text":
                raise UsageError(f"cannot map {role} to {len(names)} columns; only text can have several")
        if self.date_order is not None and self.date_order not in ORDERS:
            raise UsageError(f"unknown date order '{self.date_order}'; orders are {', '.join(ORDERS)}")
        if self.source is not None and self.source not in SOURCES:
            raise UsageError(f"unknown source '{self.source}'; sources are {', '.join(SOURCES)}")
        if self.pii not in ("mask", "off"):
            raise UsageError(f"unknown pii setting '{self.pii}'; it is mask or off")

    def of(self, file: str) -> ReadOptions:
        """The options of one table."""
        return self.by_file.get(file, self)

    @property
    def mapped(self) -> Mapping[str, Mapped]:
        """``mapping`` with the columns of every role in a tuple."""
        return {r: (n,) if isinstance(n, str) else tuple(n) if n else None for r, n in self.mapping.items()}


@dataclass(frozen=True)
class FilePlan:
    """One table and how its columns are understood.

    ``rows``: input rows. ``columns``: role → column name; ``text`` is a list of names where several open
    questions were asked, and ``text``, ``date``, ``score`` and ``id`` are null where there is none.
    ``confidence``: role → 0–1. ``examples``: up to three rows as they will be read.
    ``table_columns``: every column of the input. The rest tells the reader how cells are written: ``date_order``,
    ``date_numbers``, ``wrapped``; ``instead``: text column → the one to read where it is empty; ``verdicts``: word →
    score; ``silent``: column → values (lower case) of rows that are not a customer's words; ``conversations``: text
    columns that give the company's turns as well.
    """

    file: str
    format: str
    encoding: str | None
    rows: int
    columns: Mapping[str, str | list[str] | None]
    score_scale: str | None
    date_format: str | None
    confidence: Mapping[str, float]
    warnings: tuple[str, ...]
    examples: tuple[Mapping[str, Any], ...]
    dataset: str
    source: str
    table: Table = field(repr=False)
    table_columns: tuple[str, ...] = ()
    profile: Profile = GENERIC
    date_order: str = "dmy"
    date_numbers: bool = False
    wrapped: bool = False
    instead: Mapping[str, str] = field(default_factory=dict)
    verdicts: Mapping[str, float] = field(default_factory=dict)
    silent: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    conversations: frozenset[str] = frozenset()

    @property
    def texts(self) -> tuple[str, ...]:
        """The columns of customers' words, in file order."""
        text = self.columns.get("text")
        if text is None:
            return ()
        return (text,) if isinstance(text, str) else tuple(text)

    def column(self, role: str) -> str | None:
        """The one column of a role other than ``text``."""
        name = self.columns.get(role)
        return name if isinstance(name, str) else None

    def as_json(self) -> dict[str, Any]:
        """One element of ``files`` in ``voc ingest --dry-run --json``."""
        return {
            "file": self.file,
            "format": self.format,
            "encoding": self.encoding,
            "rows": self.rows,
            "columns": dict(self.columns),
            "score_scale": self.score_scale,
            "date_format": self.date_format,
            "confidence": dict(self.confidence),
            "warnings": list(self.warnings),
        }


@dataclass(frozen=True)
class Plan:
    """``files`` in the order they will be read; ``skipped``: (file, why it holds no comments)."""

    files: tuple[FilePlan, ...]
    skipped: tuple[tuple[str, str], ...] = ()
    options: ReadOptions = field(default_factory=ReadOptions)

    @property
    def rows(self) -> int:
        return sum(file.rows for file in self.files)
