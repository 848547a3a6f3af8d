"""What the reader understood of its inputs, before it reads them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from voc.errors import UsageError
from voc.ingest.profiles import GENERIC, Profile
from voc.ingest.tables import Table
from voc.schema import MAPPABLE, SOURCES


@dataclass(frozen=True)
class ReadOptions:
    """How to read. ``mapping``: role (one of ``MAPPABLE``) → input column; it goes before what
    the reader finds.

    ``source``: one of ``SOURCES`` for all rows. ``dataset``: first part of the key for all rows.
    ``pii``: ``mask`` (the default) or ``off``. Raises ``UsageError`` for values that are not allowed.
    """

    mapping: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    source: str | None = None
    dataset: str | None = None
    pii: str = "mask"

    def __post_init__(self) -> None:
        for role in self.mapping:
            if role not in MAPPABLE:
                raise UsageError(f"cannot map '{role}'; roles are {', '.join(MAPPABLE)}")
        if self.source is not None and self.source not in SOURCES:
            raise UsageError(f"unknown source '{self.source}'; sources are {', '.join(SOURCES)}")
        if self.pii not in ("mask", "off"):
            raise UsageError(f"unknown pii setting '{self.pii}'; it is mask or off")


@dataclass(frozen=True)
class FilePlan:
    """One table and how its columns are understood.

    ``rows``: input rows. ``columns``: role → column name; ``text`` is a list of names where several open
    questions were asked, and ``text``, ``date``, ``score`` and ``id`` are null where there is none.
    ``confidence``: role → 0–1. ``examples``: up to three rows as they will be read.
    ``table_columns``: every column of the input. ``date_order``, ``date_numbers`` and
    ``wrapped`` tell the reader how cells are written.
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
