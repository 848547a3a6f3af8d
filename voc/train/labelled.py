"""Labelled comments: reading them, encoding them, grouping near duplicates."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from voc.encode import Encoder, encode_views
from voc.errors import InputError
from voc.lenses import LENSES, Heads, Probabilities, Reading, decode, evidence_segment, features
from voc.schema import SIGNALS
from voc.text import Prepared, Span, prepare

NEAR_DUPLICATE = 0.92
#: One group of near duplicates in so many is held out.
HELD_OUT = 8
SEED = 7
#: Texts prepared and encoded at a time.
BLOCK = 256


@dataclass(frozen=True)
class Labelled:
    """Labelled comments with what the heads see of them.

    ``x``: (n, features) float32. ``y``: per lens, class numbers (n,), for ``signals`` 0/1 of shape (n, 14).
    ``taggable``: whether tagging would read the comment (junk and other languages it leaves alone).
    ``vectors``/``themes``: segment vectors per comment, the lenses' and the themes' view. ``spans``: their offsets.
    ``records``: what was read.
    """

    texts: list[str]
    x: npt.NDArray[np.float32]
    y: dict[str, npt.NDArray[np.int64]]
    taggable: list[bool]
    vectors: list[npt.NDArray[np.float16]]
    themes: list[npt.NDArray[np.float16]]
    spans: list[tuple[Span, ...]]
    records: list[dict[str, Any]]

    def __len__(self) -> int:
        return len(self.texts)


def read_labelled(*paths: Path, with_nc: bool) -> list[dict[str, Any]]:
    """Read JSON Lines of labelled comments; rows whose ``licence`` is ``nc`` only if ``with_nc``.

    Raises InputError when a file is missing, no JSON Lines, or lacks a label.
    """
    kept = [row for path in paths for row in _read(path) if with_nc or row.get("licence") != "nc"]
    if not kept:
        raise InputError(f"{', '.join(map(str, paths))} holds no labelled comment that may be used.")
    return kept


def _read(path: Path) -> list[dict[str, Any]]:
    try:
        with path.open(encoding="utf-8") as file:
            records = [json.loads(line) for line in file if line.strip()]
    except OSError as error:
        raise InputError(f"Cannot read {path}: name a JSON Lines file of labelled comments.") from error
    except ValueError as error:
        raise InputError(f"{path} is not JSON Lines ({error}): one labelled comment a line is expected.") from error
    needed = {"text", *LENSES}
    for number, record in enumerate(records, 1):
        if missing := needed - record.keys():
            lacking = ", ".join(sorted(missing))
            raise InputError(f"{path}, line {number} lacks {lacking}: every labelled comment needs them.")
    return records


def encode_labelled(
    records: Sequence[dict[str, Any]], encoder: Encoder, progress: Callable[[int], None] | None = None
) -> Labelled:
    """Prepare and encode labelled comments exactly as tagging does; ``progress`` counts segments."""
    prepared = [prepare(record["text"]) for record in records]
    # The heads must learn from every labelled comment, junk and other languages included.
    spans = [p.segments or (Span(0, len(p.text)),) for p in prepared]
    pieces = [p.text[start:end] for p, own in zip(prepared, spans, strict=True) for start, end in own]
    themes, lens = encode_views(encoder, pieces, progress)
    ends = np.cumsum([len(own) for own in spans])
    vectors = np.split(lens, ends[:-1])
    return Labelled(
        texts=[p.text for p in prepared],
        x=np.stack([features(v) for v in vectors]),
        y={lens: _targets(records, lens) for lens in LENSES},
        taggable=[p.status == "ok" for p in prepared],
        vectors=vectors,
        themes=np.split(themes, ends[:-1]),
        spans=spans,
        records=list(records),
    )


def _targets(records: Sequence[dict[str, Any]], lens: str) -> npt.NDArray[np.int64]:
    classes = LENSES[lens]
    if lens == "signals":
        return np.array([[int(signal in record["signals"]) for signal in SIGNALS] for record in records])
    return np.array([classes.index(record[lens]) for record in records])


class TextRead(NamedTuple):
    """What tagging makes of a text: the prepared and masked ``text``, its reading, its probabilities, its evidence.

    ``evidence`` is a stretch of ``text``. All but ``text`` are None where tagging leaves it alone.
    """

    text: str
    reading: Reading | None = None
    probabilities: Probabilities | None = None
    evidence: str | None = None


def read_texts(
    texts: Sequence[str], encoder: Encoder, heads: Heads, progress: Callable[[int], None] | None = None
) -> list[TextRead]:
    """Read texts exactly as tagging does; ``progress`` counts texts."""
    read: list[TextRead] = []
    for start in range(0, len(texts), BLOCK):
        block = [prepare(text) for text in texts[start : start + BLOCK]]
        pieces = [p.text[begin:end] for p in block for begin, end in p.segments]
        ends = np.cumsum([len(p.segments) for p in block])
        views = np.split(encode_views(encoder, pieces).lens, ends[:-1])
        for p, vectors in zip(block, views, strict=True):
            read.append(_read_text(p, vectors, heads) if p.segments else TextRead(p.text))
        if progress:
            progress(len(block))
    return read


def _read_text(prepared: Prepared, vectors: npt.NDArray[np.float16], heads: Heads) -> TextRead:
    probabilities = heads.apply(vectors)
    reading = decode(probabilities, heads.rules)
    shown = evidence_segment(heads, vectors, reading)
    evidence = None if shown is None else prepared.text[slice(*prepared.segments[shown])]
    return TextRead(prepared.text, reading, probabilities, evidence)


def held_out(vectors: Sequence[npt.NDArray[np.float16]]) -> npt.NDArray[np.bool_]:
    """Mark the comments to calibrate on, one in eight, near duplicates together; the same for the same comments.

    ``vectors``: their segment vectors in the themes' view, which no training changes.
    """
    groups = near_duplicate_groups(vectors)
    order = np.random.default_rng(SEED).permutation(int(groups.max()) + 1)
    return np.asarray(order[groups] % HELD_OUT == 0)


def near_duplicate_groups(
    vectors: Sequence[npt.NDArray[np.float16]], threshold: float = NEAR_DUPLICATE
) -> npt.NDArray[np.int64]:
    """Number the groups of near duplicates: cosine of mean segment vectors at or over ``threshold``, chained."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    means = np.stack([v.astype(np.float32).mean(0) for v in vectors])
    means /= np.linalg.norm(means, axis=1, keepdims=True)
    rows, columns = [], []
    for start in range(0, len(means), 1000):
        near = np.argwhere(means[start : start + 1000] @ means.T >= threshold)
        rows.append(near[:, 0] + start)
        columns.append(near[:, 1])
    i, j = np.concatenate(rows), np.concatenate(columns)
    graph = coo_matrix((np.ones(len(i)), (i, j)), shape=(len(means), len(means)))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.int64)
