"""Taggers for jobs under test: quick, and deadly or failing over certain words. Importable by worker processes."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from voc.pipeline.tagger import TAGGED, UNREAD, Tagged
from voc.schema import SEGMENTS

DEADLY, FAILING = "kills its reader", "cannot be read"


@dataclass(frozen=True)
class QuickTagger:
    """Its tags depend on the text alone; ``own_fields`` (texts) get it in capitals. ``seconds``: sleep per row;
    ``marks``: a folder that gets a file for each death, and for each row tagged a line."""

    seconds: float = 0.0
    marks: str | None = None
    model_version: str = "quick-1"
    theme_version: str | None = None
    themes: Any = None
    failing: str = FAILING
    own_fields: tuple[pa.Field, ...] = ()
    fast: bool = False

    def with_themes(self, themes: Any) -> QuickTagger:
        return replace(self, themes=themes, theme_version=themes.version) if themes else self

    def tag(self, comments: pa.Table, advance: Any = None, *, with_segments: bool = True) -> Tagged:
        rows = comments.select(["dataset", "id", "text", "status"]).to_pylist()
        tagged = [self._row(row) for row in rows]
        whole = [row for row in tagged if with_segments and row["text"]]
        return Tagged(
            pa.Table.from_pylist(tagged, schema=pa.schema([*TAGGED, *self.own_fields])),
            pa.Table.from_pylist([self._segment(row) for row in whole], schema=SEGMENTS),
            np.array([[len(row["text"]), 1.0] for row in whole], dtype=np.float16).reshape(-1, 2),
        )

    def _segment(self, row: dict[str, Any]) -> dict[str, Any]:
        """The whole text as one."""
        return row | {"segment_no": 0, "start": 0, "end": len(row["text"])}

    def _row(self, row: dict[str, Any]) -> dict[str, Any]:
        versions = {"model_version": self.model_version, "theme_version": self.theme_version}
        if row["status"] in UNREAD:
            return {**row, "text": None, **versions}
        time.sleep(self.seconds)
        if DEADLY in row["text"]:
            os.kill(os.getpid(), signal.SIGKILL)
        if self.failing in row["text"]:
            raise ValueError(f"secret words: {row['text']}")
        if self.marks:
            with Path(self.marks, f"tagged-{os.getpid()}").open("a") as file:
                file.write(f"{row['id']}\n")
        own = {field.name: row["text"].upper() for field in self.own_fields}
        sentiment = ("negative", "neutral", "positive")[len(row["text"]) % 3]
        return {**row, "sentiment": sentiment, "language": "en", "pii": [], **versions, **own}
