"""Tagging: one function for one comment, a file, a worker and the explorer.

Law: ``tag(a + b) == tag(a) + tag(b)``, whatever the batch size, order or thread count.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from voc.config import models_folder
from voc.encode import SHIPPED, Encoder, encode_views, load_encoder
from voc.lenses import Heads, Reading, decode, evidence_segment, load_heads
from voc.progress import Advance
from voc.schema import SEGMENTS, TAGS
from voc.text import PREPARATION, Prepared, prepare
from voc.themes import ThemeSet, assign, comment_themes, theme_text

Vectors = npt.NDArray[np.float16]

#: Statuses that a reader gives and tagging keeps: nothing to read in these rows.
UNREAD = frozenset({"rejected", "score_only", "empty"})

#: Table of ``Tagged.comments``: key, prepared text, then the tags.
TAGGED = pa.schema([("dataset", pa.string()), ("id", pa.string()), ("text", pa.string()), *TAGS])


@dataclass(frozen=True)
class Tagged:
    """What tagging made of a table of comments.

    ``comments``: one row per input row, in order, schema ``TAGGED``. ``segments``: schema ``voc.schema.SEGMENTS``,
    in order. ``vectors``: (segments, dim), the themes' view; row i belongs to segment row i.
    """

    comments: pa.Table
    segments: pa.Table
    vectors: Vectors


@dataclass(frozen=True)
class Tagger:
    """The models that tag; immutable, safe to share between threads."""

    encoder: Encoder
    heads: Heads
    themes: ThemeSet | None = None

    @cached_property
    def model_version(self) -> str:
        """Names everything that decides a lens tag: encoder, heads with calibration and rules, text preparation."""
        return f"{self.encoder.name}+{self.heads.version}+text-{PREPARATION}"

    @property
    def theme_version(self) -> str | None:
        return self.themes.version if self.themes else None

    def with_themes(self, themes: ThemeSet | None) -> Tagger:
        """Return this tagger assigning ``themes``. Raises ModelError when they were made with another encoder."""
        if themes:
            themes.require_encoder(self.encoder.name)
        return replace(self, themes=themes)

    def tag(self, comments: pa.Table, advance: Advance | None = None, *, with_segments: bool = True) -> Tagged:
        """Tag the rows of ``comments`` (columns ``dataset``, ``id``, ``text``, ``status`` of ``voc.schema.READ``).

        ``with_segments`` off leaves segments and vectors empty: reading each segment costs a tenth of the time.
        ``advance`` is told the rows done. Rejected, empty and score-only rows keep their status and get no tags.
        """
        rows = comments.select(["dataset", "id", "text", "status"]).to_pylist()
        prepared = [prepare(None if row["status"] in UNREAD else row["text"]) for row in rows]
        texts = [p.text[s.start : s.end] for p in prepared for s in p.segments]
        vectors, lens = encode_views(self.encoder, texts)
        theme_ids, similarity = self._assign(texts, vectors)
        tagged, segments, at = [], [], 0
        for row, p in zip(rows, prepared, strict=True):
            own = slice(at, at + len(p.segments))
            at = own.stop
            status = row["status"] if row["status"] in UNREAD else p.status
            tagged.append(
                {
                    "dataset": row["dataset"],
                    "id": row["id"],
                    "text": p.text or None,
                    "status": status,
                    **self._read_comment(p, lens[own], theme_ids[own]),
                }
            )
            if with_segments:
                segments.extend(self._read_segments(row, p, lens[own], theme_ids[own], similarity[own]))
        if advance:
            advance(len(rows))
        return Tagged(
            pa.Table.from_pylist(tagged, schema=TAGGED),
            pa.Table.from_pylist(segments, schema=SEGMENTS),
            vectors if with_segments else vectors[:0],
        )

    def _read_comment(self, p: Prepared, vectors: Vectors, theme_ids: Sequence[str | None]) -> dict[str, Any]:
        tags: dict[str, Any] = {"language": p.language, "pii": p.pii, **self._versions()}
        if not p.segments:
            return tags
        reading = decode(self.heads.apply(vectors), self.heads.rules)
        tags |= reading_columns(reading)
        if (shown := evidence_segment(self.heads, vectors, reading)) is not None:
            tags["evidence"] = p.text[p.segments[shown].start : p.segments[shown].end]
        if self.themes:
            tags["themes"] = comment_themes(theme_ids, [s.end - s.start for s in p.segments])
        return tags

    def _read_segments(
        self,
        row: dict[str, Any],
        p: Prepared,
        vectors: Vectors,
        theme_ids: Sequence[str | None],
        similarity: Sequence[float],
    ) -> list[dict[str, Any]]:
        return [
            {
                "dataset": row["dataset"],
                "id": row["id"],
                "segment_no": i,
                "start": span.start,
                "end": span.end,
                **self._read_segment(p.text[span.start : span.end], vectors[i : i + 1]),
                "theme": theme_ids[i],
                "similarity": similarity[i] if self.themes else None,
                **self._versions(),
            }
            for i, span in enumerate(p.segments)
        ]

    def _read_segment(self, text: str, vector: Vectors) -> dict[str, Any]:
        reading = decode(self.heads.apply(vector), self.heads.rules)
        return {**reading_columns(reading), "evidence": text if reading.signals else None}

    def _assign(self, texts: Sequence[str], vectors: Vectors) -> tuple[list[str | None], list[float]]:
        if not self.themes:
            return [None] * len(texts), [0.0] * len(texts)
        ids, similarity = assign(theme_vectors(self.encoder, texts, vectors, self.themes.mask_terms), self.themes)
        return ids, similarity.tolist()

    def _versions(self) -> dict[str, str | None]:
        return {"model_version": self.model_version, "theme_version": self.theme_version}


def prepare_only(comments: pa.Table) -> Tagged:
    """Return ``comments`` prepared and masked but untagged: no versions, no segments."""
    rows = []
    for row in comments.select(["dataset", "id", "text", "status"]).to_pylist():
        p = prepare(None if row["status"] in UNREAD else row["text"], split=False)
        status = row["status"] if row["status"] in UNREAD else p.status
        rows.append({**row, "text": p.text or None, "status": status, "language": p.language, "pii": p.pii})
    return Tagged(pa.Table.from_pylist(rows, schema=TAGGED), SEGMENTS.empty_table(), np.empty((0, 0), dtype=np.float16))


def load_tagger(
    themes: ThemeSet | None = None,
    *,
    encoder: str = SHIPPED,
    lenses: str | None = None,
    threads: int | None = None,
) -> Tagger:
    """Load the shipped models, or the encoder and lenses named. Raises ModelError when something does not fit."""
    loaded = load_encoder(encoder, threads)
    heads = load_heads(Path(lenses) if lenses else models_folder() / "lenses", loaded.name)
    return Tagger(loaded, heads).with_themes(themes)


def theme_vectors(encoder: Encoder, texts: Sequence[str], vectors: Vectors, mask_terms: Sequence[str]) -> Vectors:
    """Return the vectors that themes compare: those of segments naming a brand are encoded again with it masked."""
    masked = [theme_text(text, mask_terms) for text in texts]
    changed = [i for i, (before, after) in enumerate(zip(texts, masked, strict=True)) if before != after]
    if not changed:
        return vectors
    result = vectors.copy()
    result[changed] = encoder.encode([masked[i] for i in changed])
    return result


def reading_columns(reading: Reading) -> dict[str, Any]:
    """The contract's columns of one reading (``evidence`` apart)."""
    return {
        "sentiment": reading.sentiment.label,
        "sentiment_score": reading.sentiment_score,
        "sentiment_p": reading.sentiment.p,
        "stance": reading.stance.label,
        "stance_score": reading.stance_score,
        "stance_p": reading.stance.p,
        "lean": reading.lean,
        "signals": [signal.label for signal in reading.signals],
        "signal_p": [signal.p for signal in reading.signals],
        "intent": reading.intent,
        "advocacy": reading.advocacy,
        "abstained": reading.abstained,
    }
