"""Made-up segments of four subjects, an encoder that tells them apart, and a store that holds them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from voc.schema import COMMENTS, SEGMENTS
from voc.store import Store
from voc.themes import Theme, ThemeSet, assign, comment_themes, registry
from voc.themes.model import as_prototypes

DIM = 24
SUBJECTS = {
    "queue": "They kept me in the telephone queue for an hour",
    "music": "The hold music played over and over again",
    "refund": "My refund never came back to the card",
    "double": "I was charged double for one month",
}
#: Ten texts of each subject, no two alike.
TEXTS = [f"{words}, {subject} number {'i' * n}." for subject, words in SUBJECTS.items() for n in range(10)]
FIRST_DAY = datetime(2026, 1, 5, tzinfo=UTC)


class SubjectEncoder:
    """Encodes a text by the subject words in it, and a little by its length."""

    name, dim = "subjects", DIM

    def encode(self, texts: Sequence[str], progress: object = None) -> np.ndarray:
        rows = np.zeros((len(texts), DIM), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for axis, subject in enumerate(SUBJECTS):
                row[axis] += subject in text.lower()
            row[len(SUBJECTS) + len(text) % 2] += 0.4
        return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float16)


ENCODER = SubjectEncoder()
VECTORS = ENCODER.encode(TEXTS)


def theme(name: str, *axes: int, **rest: Any) -> Theme:
    """A theme between subjects, given by their number; without any, a mere heading."""
    prototype = np.zeros(DIM)
    prototype[list(axes)] = 1.0
    return Theme(name, name.capitalize(), as_prototypes([prototype]) if axes else (), 0.375, **rest)


def two_themes() -> ThemeSet:
    return ThemeSet((theme("hold", 0, 1), theme("bill", 2, 3)), ENCODER.name)


def make_store(folder: Path, themes: ThemeSet | None = None, dates: Sequence[datetime] = ()) -> Store:
    """A new store with a comment per text, and ten more that have one of the first and one of the last subject; themes
    by default two, dates by default all the same.
    """
    themes, event = registry.record(themes or two_themes(), [], "voc", at=FIRST_DAY)
    said = [[text] for text in TEXTS] + [[TEXTS[i], TEXTS[30 + i]] for i in range(10)]
    comments: list[dict[str, Any]] = []
    segments: list[dict[str, Any]] = []
    for number, parts in enumerate(said):
        key = {"dataset": "made-up", "id": f"c{number:02d}"}
        versions = {"model_version": "m", "theme_version": themes.version}
        tags = {"sentiment": "negative", "stance": "neither", "signals": [], "signal_p": [], **versions}
        ids, similarity = assign(ENCODER.encode(parts), themes)
        start = 0
        for no, (text, one, cosine) in enumerate(zip(parts, ids, similarity.tolist(), strict=True)):
            place = {"segment_no": no, "start": start, "end": start + len(text)}
            segments.append({**key, **place, **tags, "theme": one, "similarity": cosine})
            start += len(text) + 1
        comments.append(
            {
                **key,
                **tags,
                "text": " ".join(parts),
                "status": "ok",
                "date": dates[number] if dates else FIRST_DAY,
                "nps": number % 11,
                "themes": comment_themes(ids, [len(part) for part in parts]),
                "pii": [],
                "content_hash": str(number),
            }
        )
    store = Store.open(folder, create=True)
    with store.writer("made up") as writer:
        vectors = ENCODER.encode([text for parts in said for text in parts])
        tables = pa.Table.from_pylist(comments, COMMENTS), pa.Table.from_pylist(segments, SEGMENTS)
        writer.put(*tables, vectors)
        writer.append_events(registry.to_table([event]))
        writer.replace_themes(themes.to_table())
        writer.finish({"new": len(comments)}, "m", themes.version)
    return store
