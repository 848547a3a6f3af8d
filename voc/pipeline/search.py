"""Searching comments by their words and by what they mean, the two rankings joined."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from voc.encode import load_encoder
from voc.errors import ModelError, StoreError
from voc.pipeline.frames import Frames
from voc.pipeline.theming import LoadEncoder, stored_themes
from voc.schema import KEY
from voc.store import Snapshot, Store

if TYPE_CHECKING:
    import pandas as pd

#: Of each ranking so many are joined; what is further down is not found.
DEPTH: Final = 500
#: Constant of reciprocal rank fusion (Cormack, Clarke and Büttcher 2009).
FUSION: Final = 60
#: A segment that is less alike than this (cosine) to what was asked means something else.
LEAST_ALIKE: Final = 0.3
HOW: Final = ("words", "meaning")

_TERM = re.compile(r'"([^"]+)"|(\S+)')


def terms(words: str) -> list[str]:
    """What a comment must hold: each word, or the words of a phrase in quotes; a quote that is never closed is none.

    >>> terms('refund "on hold"')
    ['refund', 'on hold']
    """
    found = (" ".join(phrase.split()) if phrase else word.strip('"') for phrase, word in _TERM.findall(words))
    return [term for term in found if term]


def search(
    snapshot: Snapshot, frames: Frames, words: str, *, by: tuple[str, ...] = HOW, load: LoadEncoder = load_encoder
) -> pd.DataFrame:
    """Comments of ``frames`` for ``words``, best first: ``position`` (among the comments), ``by_words`` and
    ``by_meaning`` (ranks from 1, NaN where not found so), ``segment`` (the place among the segments of the one that is
    nearest in meaning, −1 without), ``score``.

    By words: all terms, a phrase in quotes in a row; with an index BM25 over stems, without one by how often the very
    words stand in a text for its length. By meaning: cosine of the segments' vectors, at least ``LEAST_ALIKE``. score =
    Σ 1 / (60 + rank) over the rankings. ``attrs["indexed"]``: whether an index of words was there; ``attrs["note"]``:
    why words alone were looked for, where meaning was asked for too and cannot be.

    Raises ModelError or StoreError where only meaning was asked for and the encoder is missing or another than the
    vectors were made with.
    """
    import pandas as pd

    parts, wanted, note = [], terms(words), None
    indexed = snapshot.indexed[0]
    if wanted and "words" in by:
        places = _indexed(snapshot, frames, wanted) if indexed else _scanned(frames, wanted)
        parts.append(pd.DataFrame({"position": places, "by_words": np.arange(1.0, len(places) + 1)}))
    if wanted and "meaning" in by:
        try:
            parts.append(_meant(snapshot, frames, words.replace('"', ""), load))
        except (ModelError, StoreError) as error:
            if "words" not in by:
                raise
            note = f"By words alone: {error}"
    table = pd.DataFrame({"position": pd.Series(dtype="int64")})
    for part in parts:
        table = table.merge(part, on="position", how="outer")
    for name in ("by_words", "by_meaning", "segment"):
        table[name] = table[name].astype(float) if name in table else np.nan
    table["segment"] = table["segment"].fillna(-1).astype("int64")
    table["score"] = (1 / (FUSION + table[["by_words", "by_meaning"]])).sum(axis=1)
    table = table.sort_values(["score", "position"], ascending=[False, True], ignore_index=True)
    table.attrs["indexed"] = indexed
    if note:
        table.attrs["note"] = note
    return table


def alike(snapshot: Snapshot, frames: Frames, text: str, n: int, load: LoadEncoder = load_encoder) -> list[int]:
    """Positions among ``frames`` of the ``n`` comments with the sentences most alike to ``text``, most alike first."""
    found = _meant(snapshot, frames, text, load)
    return [int(place) for place in found["position"].head(n)]


def index_for_search(store: Store) -> None:
    """Index the store's words, and its vectors where they are many; comments that come later are found without."""
    with store.writer("voc search --index") as writer:
        writer.index_for_search()
        last = writer.base.run or {}
        writer.finish({"edit": "search index"}, str(last.get("model_version") or ""), last.get("theme_version"))


def _indexed(snapshot: Snapshot, frames: Frames, wanted: list[str]) -> npt.NDArray[np.integer]:
    whole = snapshot.count("comments") == len(frames.comments)
    found = snapshot.with_words(wanted, DEPTH if whole else 20 * DEPTH).to_pandas()
    places = frames.find(found)
    return places[places >= 0][:DEPTH]


def _scanned(frames: Frames, wanted: list[str]) -> npt.NDArray[np.integer]:
    found = frames.comments["text"].reset_index(drop=True).str.lower()
    for term in sorted(wanted, key=len, reverse=True):  # the rarest first, as far as its length tells
        found = found[found.str.contains(term.lower(), regex=False).fillna(False).to_numpy(dtype=bool)]
    places = found.index.to_numpy()
    times = sum(found.str.count(re.escape(term.lower())).to_numpy(dtype=float) for term in wanted)
    weight = times / (10 + found.str.len().to_numpy(dtype=float) / 6)
    return places[np.argsort(-weight, kind="stable")][:DEPTH]


def _meant(snapshot: Snapshot, frames: Frames, words: str, load: LoadEncoder) -> pd.DataFrame:
    import pandas as pd

    encoder = load()
    if themes := stored_themes(snapshot):
        themes.require_encoder(encoder.name)
    vector = np.asarray(encoder.encode([words])[0], dtype=np.float16)
    whole = snapshot.count("comments") == len(frames.comments)
    near = snapshot.near(vector, 2 * DEPTH if whole else 20 * DEPTH).to_pandas()
    near = near[near["_distance"] <= 1 - LEAST_ALIKE].assign(position=lambda rows: frames.find(rows[list(KEY)]))
    near = near[near["position"] >= 0].drop_duplicates("position").head(DEPTH)
    ranks = np.arange(1.0, len(near) + 1)
    segments = _places_of(frames, near["position"].to_numpy(), near["segment_no"].to_numpy())
    return pd.DataFrame({"position": near["position"].to_numpy(), "by_meaning": ranks, "segment": segments})


def _places_of(
    frames: Frames, positions: npt.NDArray[np.integer], numbers: npt.NDArray[np.integer]
) -> npt.NDArray[np.integer]:
    """Where the segments with these numbers of these comments are among the segments."""
    own = np.flatnonzero(np.isin(frames.owners, positions))
    at = dict(zip(zip(frames.owners[own], frames.segments["segment_no"].iloc[own], strict=True), own, strict=True))
    return np.array([at.get(pair, -1) for pair in zip(positions, numbers, strict=True)], dtype=np.int64)
