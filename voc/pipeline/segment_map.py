"""The sentences of some comments on the map of themes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from voc.pipeline.frames import Frames
from voc.pipeline.theming import stored_themes
from voc.schema import KEY
from voc.store import Snapshot
from voc.themes.places import places

if TYPE_CHECKING:
    import pandas as pd

#: Sentences that are placed; of more so many are drawn by lot.
MOST: Final = 50_000
_SHOWN: Final = 90  # characters of a sentence
_NUMBERS: Final = 1 << 20  # segments of a comment, at most


def segment_map(snapshot: Snapshot, frames: Frames, most: int = MOST, seed: int = 0) -> pd.DataFrame:
    """``segment, comment`` (places among the segments and comments of ``frames``), ``x, y, theme`` (its label, or
    none), ``sentiment, stance, text`` (at most 90 characters), one row for each of at most ``most`` sentences, drawn
    by lot with ``seed``. ``attrs["of"]``: how many there are.

    Coordinates: ``voc.themes.places``, of the store's theme set. Empty where the store has no themes.
    """
    import pandas as pd

    n = len(frames.segments)
    drawn = np.arange(n) if n <= most else np.sort(np.random.default_rng(seed).choice(n, most, replace=False))
    table = pd.DataFrame({"segment": drawn, "comment": frames.owners[drawn]})
    rows = frames.segments.iloc[drawn]
    themes = stored_themes(snapshot)
    codes = table["comment"].to_numpy() * _NUMBERS + rows["segment_no"].to_numpy()
    order = np.argsort(codes)
    at = np.full((len(drawn), 2), np.nan, dtype=np.float32)
    for keys, vectors in snapshot.scan_vectors() if themes and n else ():
        own = keys.to_pandas()
        wanted = frames.find(own[list(KEY)]) * _NUMBERS + own["segment_no"].to_numpy()
        found = np.minimum(np.searchsorted(codes[order], wanted), len(codes) - 1)
        hit = codes[order][found] == wanted
        at[order[found[hit]]] = places(vectors[hit], themes) if themes else np.nan
    labels = dict(zip(frames.themes["id"], frames.themes["label"], strict=True))
    texts = frames.comments["text"].to_numpy()[table["comment"]]
    said = [text[a:b] for text, a, b in zip(texts, rows["start"], rows["end"], strict=True)]
    table = table.assign(
        x=at[:, 0],
        y=at[:, 1],
        theme=rows["theme"].map(labels).to_numpy(),
        sentiment=rows["sentiment"].to_numpy(),
        stance=rows["stance"].to_numpy(),
        text=[words if len(words) <= _SHOWN else f"{words[: _SHOWN - 1]}…" for words in said],
    )
    table = table[table["x"].notna()].reset_index(drop=True)
    table.attrs["of"] = n
    return table
