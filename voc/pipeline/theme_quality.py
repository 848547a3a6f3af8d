"""The quality of a store's themes, and their stability: measured on what the store holds."""

from __future__ import annotations

from voc.encode import load_encoder
from voc.pipeline.assigning import load_stored
from voc.pipeline.tagger import theme_vectors
from voc.pipeline.theme_edits import Edit, theme_log
from voc.pipeline.theming import LoadEncoder
from voc.progress import Progress, Silent
from voc.store import Snapshot
from voc.themes import registry
from voc.themes.quality import CLOSE, Quality, rate


def theme_quality(snapshot: Snapshot, *, close: float = CLOSE, load: LoadEncoder = load_encoder) -> Quality:
    """Rate the store's themes over all its segments, as they are assigned.

    ``close``: how near (difference of cosines, 0…2) a second-best theme must come to count. Segments that name a masked
    brand are encoded again. Raises UsageError where the store has no themes, ModelError where they were made with
    another encoder.
    """
    themes = registry.replay(theme_log(snapshot))
    encoder = load()
    themes.require_encoder(encoder.name)
    stored = load_stored(snapshot)
    texts = stored.texts
    masked = theme_vectors(encoder, texts, stored.vectors, themes.mask_terms)
    return rate(themes, texts, masked, stored.segments["theme"].to_pylist(), close)


def stability_edit(snapshot: Snapshot, *, load: LoadEncoder = load_encoder, progress: Progress | None = None) -> Edit:
    """Return the edit that keeps how stable the store's themes are, measured anew (``voc.themes.stability``).

    Raises as ``theme_quality`` does, and InputError where the store says too little to look for themes again.
    """
    from voc.themes.stability import REFITS, stability

    themes = registry.replay(theme_log(snapshot))
    encoder = load()
    themes.require_encoder(encoder.name)
    stored = load_stored(snapshot)
    texts = stored.texts
    masked = theme_vectors(encoder, texts, stored.vectors, themes.mask_terms)
    with (progress or Silent()).task("Looking for themes again", REFITS) as advance:
        scores = stability(themes, texts, masked, stored.comment_of, advance=advance)
    return lambda now, log, author: registry.measure(now, log, author, scores)
