"""Labelled comments: reading them, encoding them, grouping near duplicates."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from voc.encode import Encoded, Encoder, encode_comments
from voc.errors import InputError
from voc.lenses import LENSES, Heads, Probabilities, Reading, decode, evidence_span, features
from voc.schema import SIGNALS
from voc.text import Prepared, Span, prepare
from voc.text.fingerprint import ROWS, agreeing, fingerprints
from voc.train.evaluation_sets import wrong_label
from voc.train.json_lines import json_lines
from voc.train.labelled_tables import TABLES, comment_rows

#: One group of near duplicates in so many is held out.
HELD_OUT = 8
_DRAWS = 1_000_000
#: Jaccard similarity of near duplicates, 0…1.
NEAR_DUPLICATE = 0.6
#: Texts prepared and encoded at a time.
BLOCK = 256


@dataclass(frozen=True)
class Labelled:
    """Labelled comments with what the heads see of them.

    ``x``: (n, features) float32. ``y``: per lens, class numbers (n,), for ``signals`` 0/1 of shape (n, 14).
    ``taggable``: whether tagging would read the comment (junk and other languages it leaves alone).
    ``encoded``: what the encoder makes of it. ``spans``: offsets of its segments. ``records``: what was read.
    """

    texts: list[str]
    x: npt.NDArray[np.float32]
    y: dict[str, npt.NDArray[np.int64]]
    taggable: list[bool]
    encoded: list[Encoded]
    spans: list[tuple[Span, ...]]
    records: list[dict[str, Any]]

    def __len__(self) -> int:
        return len(self.texts)


def read_labelled(*paths: Path, with_nc: bool) -> list[dict[str, Any]]:
    """Read labelled comments from JSON Lines or tables; rows whose ``licence`` is ``nc`` only if ``with_nc``.

    Raises InputError when a file is missing, cannot be read, lacks a label or holds an unknown one.
    """
    kept = [row for path in paths for row in _read(path) if with_nc or row.get("licence") != "nc"]
    if not kept:
        raise InputError(f"{', '.join(map(str, paths))} holds no labelled comment that may be used.")
    return kept


def _read(path: Path) -> list[dict[str, Any]]:
    if path.suffix.lower() in TABLES:
        rows = list(comment_rows(path))
    else:
        rows = [(f"{path}, line {number}", record) for number, record in json_lines(path)]
    records = []
    for where, record in rows:
        if missing := {"text", *LENSES} - record.keys():
            lacking = ", ".join(sorted(missing))
            raise InputError(f"{where} lacks {lacking}: every labelled comment needs them.")
        if complaint := wrong_label(record):
            raise InputError(f"{where} {complaint}.")
        records.append(record)
    return records


class EncodedTexts(NamedTuple):
    """Texts prepared as tagging does, the offsets of their segments, and what the encoder makes of them."""

    prepared: list[Prepared]
    spans: list[tuple[Span, ...]]
    encoded: list[Encoded]


def encode_texts(texts: Sequence[str], encoder: Encoder, progress: Callable[[int], None] | None = None) -> EncodedTexts:
    """Prepare and encode texts to learn from; ``progress`` counts them.

    Every one counts, junk and other languages included: what tagging would leave alone is one segment.
    """
    prepared = [prepare(text) for text in texts]
    spans = [p.segments or (Span(0, len(p.text)),) for p in prepared]
    pieces = [[p.text[start:end] for start, end in own] for p, own in zip(prepared, spans, strict=True)]
    return EncodedTexts(prepared, spans, encode_comments(encoder, pieces, progress))


def encode_labelled(
    records: Sequence[dict[str, Any]], encoder: Encoder, progress: Callable[[int], None] | None = None
) -> Labelled:
    """Prepare and encode labelled comments exactly as tagging does; ``progress`` counts comments."""
    prepared, spans, encoded = encode_texts([record["text"] for record in records], encoder, progress)
    return Labelled(
        texts=[p.text for p in prepared],
        x=np.stack([features(one) for one in encoded]),
        y={lens: targets(records, lens) for lens in LENSES},
        taggable=[p.status == "ok" for p in prepared],
        encoded=encoded,
        spans=spans,
        records=list(records),
    )


def targets(records: Sequence[dict[str, Any]], lens: str) -> npt.NDArray[np.int64]:
    """Class numbers (n,) of one lens; of ``signals`` 0/1, (n, 14)."""
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
    return [
        _read_text(p, encoded, heads) if encoded else TextRead(p.text)
        for p, encoded in encoded_as_tagged(texts, encoder, progress)
    ]


def encoded_as_tagged(
    texts: Sequence[str], encoder: Encoder, progress: Callable[[int], None] | None = None
) -> Iterator[tuple[Prepared, Encoded | None]]:
    """Prepare and encode texts; None for those that tagging leaves alone. ``progress`` counts texts."""
    for start in range(0, len(texts), BLOCK):
        block = [prepare(text) for text in texts[start : start + BLOCK]]
        pieces = [[p.text[begin:end] for begin, end in p.segments] for p in block]
        encoded = iter(encode_comments(encoder, [own for own in pieces if own]))
        for p, own in zip(block, pieces, strict=True):
            yield p, next(encoded) if own else None
        if progress:
            progress(len(block))


def _read_text(prepared: Prepared, encoded: Encoded, heads: Heads) -> TextRead:
    probabilities = heads.read(encoded, prepared.text)
    reading = decode(probabilities, heads.rules)
    shown = evidence_span(heads, encoded, prepared.text, prepared.segments, reading)
    return TextRead(prepared.text, reading, probabilities, prepared.text[slice(*shown)] if shown else None)


def held_out(records: Sequence[dict[str, Any]]) -> npt.NDArray[np.bool_]:
    """Mark the comments to calibrate on: about one in eight, near duplicates together, of every label one at least.

    A comment stays on its side whatever others join, unless one of them is a near duplicate of it or it stands in
    for a label that is rare.
    """
    texts = [record["text"] for record in records]
    groups = near_duplicate_groups(texts)
    least = np.full(int(groups.max()) + 1, HELD_OUT * _DRAWS)
    np.minimum.at(least, groups, [_draw(text) for text in texts])
    draws = least[groups]
    aside = draws % HELD_OUT == 0
    for lens, classes in LENSES.items():
        y = targets(records, lens)
        for label in (y if y.ndim == 2 else np.eye(len(classes), dtype=np.int64)[y]).T:
            if label.any() and not label[aside].any():
                aside |= draws == draws[label > 0].min()
    return np.asarray(aside)


def _draw(text: str) -> int:
    return int.from_bytes(blake2b(text.encode("utf-8", "replace"), digest_size=8).digest(), "big") % (HELD_OUT * _DRAWS)


def near_duplicate_groups(texts: Sequence[str]) -> npt.NDArray[np.int64]:
    """Number the groups of near duplicates, chained: texts of the same words, or whose fingerprints say that their
    stretches of characters have a Jaccard similarity of ``NEAR_DUPLICATE`` or more.
    """
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    marks = fingerprints(texts)
    rows, columns = [], []
    for keys in (marks.digest, *marks.bands.T):
        order = np.argsort(keys, kind="stable")
        same = (keys[order][1:] == keys[order][:-1]) & (keys[order][1:] != 0)
        i, j = order[:-1][same], order[1:][same]
        share = agreeing(marks.bands[i], marks.bands[j]).sum(1) / (ROWS * marks.bands.shape[1])
        alike = (marks.digest[i] == marks.digest[j]) | (share >= NEAR_DUPLICATE)
        rows.append(i[alike])
        columns.append(j[alike])
    i, j = np.concatenate(rows), np.concatenate(columns)
    graph = coo_matrix((np.ones(len(i)), (i, j)), shape=(len(texts), len(texts)))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.int64)
