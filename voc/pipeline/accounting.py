"""What a run says it did: every input row by file, and what the store now holds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from voc import ingest
from voc.pipeline.copies import CopyCounts

#: What is said of each file, in this order.
ACCOUNT_COLUMNS = (
    "file",
    "read",
    "kept",
    "new",
    "updated",
    "unchanged",
    "duplicates",
    "empty",
    "rejected",
    "score_only",
)


@dataclass(frozen=True)
class FileSummary:
    """What became of one file's rows: read = kept + duplicates + empty + rejected, kept = new + updated + unchanged."""

    account: ingest.Account
    new: int
    updated: int
    unchanged: int

    def as_json(self) -> dict[str, Any]:
        counts = {"new": self.new, "updated": self.updated, "unchanged": self.unchanged}
        given = self.account.as_json()
        return {name: {**given, **counts}[name] for name in ACCOUNT_COLUMNS}


@dataclass(frozen=True)
class RunSummary:
    """The outcome of a run; ``comments``, ``segments``, ``themes`` and ``copies`` count what the store now holds.

    ``warnings``: what was noticed, by file. ``reasons``: why the first rows were rejected.
    """

    files: tuple[FileSummary, ...]
    skipped: tuple[tuple[str, str], ...]
    comments: int
    segments: int
    themes: int
    unthemed_share: float | None
    seconds: float
    run_id: str
    warnings: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    copies: CopyCounts = field(default_factory=CopyCounts)

    @property
    def rejected(self) -> int:
        return sum(f.account.rejected for f in self.files)

    def as_json(self) -> dict[str, Any]:
        return {
            "files": [f.as_json() for f in self.files],
            "comments": self.comments,
            "segments": self.segments,
            "themes": self.themes,
            "unthemed_share": self.unthemed_share,
            "seconds": round(self.seconds, 2),
            "copies": self.copies.as_json(),
        }
