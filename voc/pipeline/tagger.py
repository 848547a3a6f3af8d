"""Tagging: one function for one comment, a file, a worker and the explorer.

Law: ``tag(a + b) == tag(a) + tag(b)``, whatever the batch size, order or thread count.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from voc.config import models_folder
from voc.encode import SHIPPED, Encoded, Encoder, encode_comments, in_threads, load_encoder, theme_view, threads
from voc.errors import UsageError
from voc.lenses import (
    Heads,
    OwnLens,
    Reading,
    decode,
    evidence_by_words,
    evidence_span,
    load_heads,
    load_own_lens,
    own_features,
    own_segment_features,
)
from voc.progress import Advance
from voc.schema import SEGMENTS, TAGS
from voc.text import PREPARATION, Prepared, Span, prepare
from voc.themes import ThemeSet, assign, comment_themes, theme_text

Vectors = npt.NDArray[np.float16]

STANDARD: Final = "standard"
FAST: Final = "fast"
PROFILES: Final = (STANDARD, FAST)

#: Statuses that a reader gives and tagging keeps: nothing to read in these rows.
UNREAD = frozenset({"rejected", "score_only", "empty"})

#: Table of ``Tagged.comments``: key, prepared text, then the tags.
TAGGED = pa.schema([("dataset", pa.string()), ("id", pa.string()), ("text", pa.string()), *TAGS])


@dataclass(frozen=True)
class Tagged:
    """What tagging made of a table of comments.

    ``comments``: one row per input row, in order, schema ``TAGGED``. ``segments``: schema ``voc.schema.SEGMENTS``,
    in order; at the end of both the columns of own lenses. ``vectors``: (segments, dim), the themes' view; row i
    belongs to segment row i (none where the encoder has no theme view).
    """

    comments: pa.Table
    segments: pa.Table
    vectors: Vectors


class _Read(NamedTuple):
    """A comment read: its ``tags`` as columns, those of its ``segments``, the ``pieces`` of its text that were encoded
    and their theme vectors.
    """

    tags: dict[str, Any]
    segments: Sequence[dict[str, Any]] = ()
    pieces: Sequence[str] = ()
    vectors: Vectors | None = None


@dataclass(frozen=True)
class Tagger:
    """The models that tag; immutable, safe to share between threads. ``own``: see ``with_own``.

    ``fast``: comments whose words alone tell enough (``Rules.sure_above``) are not encoded; no themes, no segments.
    """

    encoder: Encoder
    heads: Heads
    themes: ThemeSet | None = None
    own: tuple[OwnLens, ...] = ()
    fast: bool = False

    @cached_property
    def model_version(self) -> str:
        """Names everything that decides a lens tag: encoder, heads with calibration and rules, text preparation,
        own lenses.
        """
        return "+".join(
            [
                self.encoder.name,
                self.heads.version,
                f"text-{PREPARATION}",
                *(lens.version for lens in self.own),
                *(["fast"] if self.fast else []),
            ]
        )

    @property
    def theme_version(self) -> str | None:
        return self.themes.version if self.themes else None

    def with_themes(self, themes: ThemeSet | None) -> Tagger:
        """Return this tagger assigning ``themes``. Raises ModelError when they were made with another encoder."""
        if themes:
            self._require_theme_view()
            themes.require_encoder(self.encoder.name)
        return replace(self, themes=themes)

    def with_own(self, *lenses: OwnLens) -> Tagger:
        """Return this tagger reading with these lenses too, and no other own ones.

        Raises ModelError when one was made with another encoder, UsageError when two would fill the same column.
        """
        columns = [column.lower() for lens in lenses for column in lens.declaration.columns]
        if twice := next((column for column in columns if columns.count(column) > 1), None):
            raise UsageError(f"Two lenses would fill the column {twice!r}: leave one out, or rename it in its TOML.")
        if lenses:
            self._require_theme_view()
        for lens in lenses:
            lens.require_encoder(self.encoder.name)
            if taken := lens.declaration.taken():
                raise UsageError(f"A lens would make a second column {taken!r}: train it under another name.")
        return replace(self, own=lenses)

    def _require_theme_view(self) -> None:
        if not theme_view(self.encoder):
            raise UsageError("Themes and lenses of your own need theme vectors: load the tagger with theme_view=True.")

    def as_fast(self) -> Tagger:
        """Return this tagger with the fast profile. Raises UsageError with themes or own lenses: they need vectors."""
        _require_no_vectors(bool(self.themes or self.own))
        return replace(self, fast=True)

    @property
    def own_fields(self) -> tuple[pa.Field, ...]:
        """The columns of own lenses, with their types."""
        return tuple(field for lens in self.own for field in lens.fields)

    def tag(self, comments: pa.Table, advance: Advance | None = None, *, with_segments: bool = True) -> Tagged:
        """Tag the rows of ``comments`` (columns ``dataset``, ``id``, ``text``, ``status`` of ``voc.schema.READ``).

        ``with_segments`` off leaves segments and vectors empty: reading each segment costs a tenth of the time.
        ``advance`` is told the rows done. Rejected, empty and score-only rows keep their status and get no tags.
        """
        rows = comments.select(["dataset", "id", "text", "status"]).to_pylist()
        read = list(in_threads(partial(self._read, with_segments=with_segments), rows, threads(self.encoder)))
        own_vectors = [one.vectors for one in read if one.vectors is not None]
        vectors = np.concatenate([np.empty((0, self.encoder.dim), dtype=np.float16), *own_vectors])
        theme_ids, similarity = self._assign([text for one in read for text in one.pieces], vectors)
        segments, at = [], 0
        for row, one in zip(rows, read, strict=True):
            own = slice(at, at + len(one.pieces))
            at = own.stop
            if self.themes and one.pieces:
                one.tags["themes"] = comment_themes(theme_ids[own], [len(piece) for piece in one.pieces])
            for i, tags in enumerate(one.segments):
                tags |= {"dataset": row["dataset"], "id": row["id"], "segment_no": i, "theme": theme_ids[own][i]}
                tags["similarity"] = similarity[own][i] if self.themes else None
                segments.append(tags)
        if advance:
            advance(len(rows))
        return Tagged(
            pa.Table.from_pylist([one.tags for one in read], schema=pa.schema([*TAGGED, *self.own_fields])),
            pa.Table.from_pylist(segments, schema=pa.schema([*SEGMENTS, *self.own_fields])),
            vectors if with_segments else vectors[:0],
        )

    def _read(self, row: dict[str, Any], *, with_segments: bool) -> _Read:
        """Read one comment with everything but themes."""
        p = prepare(None if row["status"] in UNREAD else row["text"])
        tags = {
            "dataset": row["dataset"],
            "id": row["id"],
            "text": p.text or None,
            "status": row["status"] if row["status"] in UNREAD else p.status,
            "language": p.language,
            "pii": p.pii,
            **self._versions(),
        }
        if reading := self._by_words(p):
            return _Read(tags | self._words_columns(p, reading))
        if not p.segments:
            return _Read(tags)
        pieces = [p.text[s.start : s.end] for s in p.segments]
        (encoded,) = encode_comments(self.encoder, [pieces])
        tags |= self._columns(encoded, p)
        segments = self._read_segments(encoded, p, pieces) if with_segments else []
        return _Read(tags, segments, pieces, encoded.theme if theme_view(self.encoder) else None)

    def _by_words(self, p: Prepared) -> Reading | None:
        """What the words alone say where they may decide, else None."""
        if not self.fast or not p.segments:
            return None
        found = self.heads.read_words(p.text)
        sure = min(float(found[lens].max()) for lens in ("sentiment", "stance"))
        return decode(found, self.heads.rules) if sure >= self.heads.rules.sure_above else None

    def _words_columns(self, p: Prepared, reading: Reading) -> dict[str, Any]:
        shown = evidence_by_words(self.heads, p.text, p.segments, reading)
        return {**reading_columns(reading), "evidence": p.text[shown.start : shown.end] if shown else None}

    def _columns(self, encoded: Encoded, p: Prepared) -> dict[str, Any]:
        reading = decode(self.heads.read(encoded, p.text), self.heads.rules)
        shown = evidence_span(self.heads, encoded, p.text, p.segments, reading)
        tags = {**reading_columns(reading), "evidence": p.text[shown.start : shown.end] if shown else None}
        return tags | self._own_columns(own_features(encoded)) if self.own else tags

    def _read_segments(self, encoded: Encoded, p: Prepared, pieces: Sequence[str]) -> list[dict[str, Any]]:
        return [
            {"start": span.start, "end": span.end, **self._read_segment(piece, encoded, i), **self._versions()}
            for i, (span, piece) in enumerate(zip(p.segments, pieces, strict=True))
        ]

    def _read_segment(self, text: str, encoded: Encoded, i: int) -> dict[str, Any]:
        reading = decode(self.heads.read_segment(encoded, i, text), self.heads.rules)
        alone = Encoded(
            encoded.theme[i : i + 1], encoded.lens[i : i + 1], encoded.tokens[i : i + 1], encoded.shown[i : i + 1]
        )
        shown = evidence_span(self.heads, alone, text, [Span(0, len(text))], reading)
        tags = {**reading_columns(reading), "evidence": text[shown.start : shown.end] if shown else None}
        return tags | self._own_columns(own_segment_features(encoded, i)) if self.own else tags

    def _own_columns(self, seen: npt.NDArray[np.float32]) -> dict[str, Any]:
        return {
            column: value
            for lens in self.own
            for column, value in zip(lens.declaration.columns, lens.decide(lens.apply(seen)), strict=True)
        }

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
    own: Sequence[str | Path] = (),
    threads: int | None = None,
    profile: str = STANDARD,
    theme_view: bool = True,
    gpu: bool = False,
) -> Tagger:
    """Load the shipped models, or the encoder and lenses named; ``own``: folders of the user's lenses; ``profile``: one
    of ``PROFILES``; ``gpu``: encode on one. ``theme_view`` off saves a quarter of the time, as in the fast profile,
    where there are no ``themes`` and no ``own`` and the vectors of segments are not asked for.

    Raises ModelError when something does not fit, UsageError when two own lenses would fill one column, for another
    profile, and for the fast one with themes or own lenses.
    """
    if profile not in PROFILES:
        raise UsageError(f"There is no profile {profile!r}: choose {' or '.join(PROFILES)}.")
    if profile == FAST:
        _require_no_vectors(bool(themes or own))
    wanted = bool(themes or own) or (theme_view and profile != FAST)
    loaded = load_encoder(encoder, threads, theme_view=wanted, gpu=gpu)
    heads = load_heads(Path(lenses) if lenses else models_folder() / "lenses", loaded.name)
    tagger = Tagger(loaded, heads).with_themes(themes).with_own(*(load_own_lens(Path(f), loaded.name) for f in own))
    return tagger.as_fast() if profile == FAST else tagger


def _require_no_vectors(asked: bool) -> None:
    if asked:
        raise UsageError("The fast profile reads no themes and no lenses of your own: leave it out, or leave them.")


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
