"""Themes that may be missing: what grew of late among the segments that no theme holds well."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from voc import analytics
from voc.analytics.base import tagged
from voc.encode import load_encoder
from voc.pipeline.assigning import load_stored
from voc.pipeline.frames import load_frames
from voc.pipeline.tagger import theme_vectors
from voc.pipeline.theme_edits import Edit, theme_log
from voc.pipeline.theming import LoadEncoder
from voc.progress import Progress, Silent
from voc.schema import KEY, THEMES
from voc.store import Snapshot
from voc.themes import Theme, registry
from voc.themes.assign import Positions
from voc.themes.candidates import MAX_SEGMENTS, Candidate, as_themes, candidates, loose

if TYPE_CHECKING:
    import pandas as pd

RECENT_DAYS = 42
SEED = 42


@dataclass(frozen=True)
class EmergingTheme:
    """A theme to add, and what speaks for it.

    ``n_recent``, ``n_before``: comments of its group in the recent days and before; ``share_recent``,
    ``share_before``: of the tagged, dated comments (0…1); ``ratio`` of the two with its interval ``low``, ``high``;
    ``p``, ``q``: as in ``analytics.emerging``, over all candidates; ``first_seen``: ISO date. ``nearest``: name of the
    shown theme that is most alike; ``novelty``: 1 − cosine to it, 0…1, 1 without themes.
    """

    theme: Theme
    n_recent: int
    n_before: int
    share_recent: float
    share_before: float
    ratio: float
    low: float
    high: float
    p: float
    q: float
    first_seen: str
    nearest: str | None
    novelty: float


@dataclass(frozen=True)
class EmergingThemes:
    """``found``: least q first. ``candidates``: how many groups were tested; ``segments``: how many they were formed
    of; ``seen``: where the log of edits stood; ``recent_from``, ``as_of``: ISO times, None without a date to go by;
    ``note``: why nothing was tested, or None.
    """

    found: tuple[EmergingTheme, ...]
    candidates: int
    segments: int
    seen: int
    recent_from: str | None = None
    as_of: str | None = None
    note: str | None = None


def emerging_themes(
    snapshot: Snapshot,
    *,
    days: int = RECENT_DAYS,
    as_of: dt.date | str | None = None,
    load: LoadEncoder = load_encoder,
    progress: Progress | None = None,
) -> EmergingThemes:
    """Look for themes that the store's set lacks and that grew in the last ``days`` days up to ``as_of`` (default: the
    latest date), against all the time before.

    Segments without a theme, or far from theirs, are grouped without a look at their dates; each group that is large
    and new enough is tested for growth, with the false discovery rate controlled over all. Nothing is written. Raises
    UsageError where the store has no themes, and for days or a date that make no sense; ModelError where the themes
    were made with another encoder.
    """
    progress = progress or Silent()
    log = theme_log(snapshot)
    themes, encoder = registry.replay(log), load()
    themes.require_encoder(encoder.name)
    stored, frames, seen = load_stored(snapshot), load_frames(snapshot), registry.position(log)
    window = analytics.emerging(frames.comments, frames.segments, frames.themes, days, as_of).attrs
    if "as_of" not in window:
        return EmergingThemes((), 0, 0, seen, note=str(window["note"]))
    texts = stored.texts
    with progress.task("Grouping what no theme holds", None):
        masked = theme_vectors(encoder, texts, stored.vectors, themes.mask_terms)
        assigned, similarity = stored.segments["theme"].to_pylist(), stored.segments["similarity"].to_numpy()
        rows = loose(texts, assigned, similarity, themes)
        comments, rows = _thinned(frames.comments, stored.segments.select(list(KEY)).take(rows), rows, window)
        groups = candidates(masked, rows, stored.comment_of, themes)
    about = {name: str(window[name]) for name in ("recent_from", "as_of")}
    if not groups:
        return EmergingThemes((), 0, len(rows), seen, **about)
    table = analytics.emerging(comments, _counted(stored.segments, groups), _listed(groups), days, window["as_of"])
    grown = table[table["emerging"].astype(bool)]
    chosen = [groups[int(k)] for k in grown["theme"]]
    with progress.task("Naming what grew", None):
        named = as_themes(chosen, texts, masked, rows, themes, encoder)
    labels = {theme.id: theme.label for theme in themes.themes}
    rows_of = zip(named, chosen, grown.to_dict("records"), strict=True)
    found = [_told(theme, one, row, labels) for theme, one, row in rows_of]
    return EmergingThemes(tuple(found), len(groups), len(rows), seen, note=table.attrs.get("note"), **about)


def add_edit(theme: Theme) -> Edit:
    """Return the edit that takes up a theme that was found to emerge."""
    return lambda themes, log, author: registry.add(themes, log, author, theme)


def _thinned(
    comments: pd.DataFrame, keys: pa.Table, rows: Positions, window: Mapping[Any, Any]
) -> tuple[pd.DataFrame, Positions]:
    """The comments that are compared, and those of the segments ``rows`` that are theirs, ``MAX_SEGMENTS`` at most.

    ``keys``: the comment of each of ``rows``. Copies are left out: a campaign is one voice. Where there are too many,
    comments are drawn, as many segments from the recent days as from before them as far as there are.
    """
    dated = tagged(comments)
    dated = dated[(dated["date"] <= window["as_of"]) & ~dated["copy_kind"].isin(["exact", "near"])]
    places = {key: i for i, key in enumerate(dated[list(KEY)].itertuples(index=False, name=None))}
    own = zip(*(keys[name].to_pylist() for name in KEY), strict=True)
    at = np.array([places.get(key, -1) for key in own], dtype=np.int64)
    sizes = np.bincount(at[at >= 0], minlength=len(dated))
    recent = (dated["date"] > window["recent_from"]).to_numpy()
    n_recent, n_before = int(sizes[recent].sum()), int(sizes[~recent].sum())
    half = MAX_SEGMENTS // 2
    kept = np.zeros(len(dated), dtype=np.bool_)
    for those, room in ((recent, max(half, MAX_SEGMENTS - n_before)), (~recent, max(half, MAX_SEGMENTS - n_recent))):
        drawn = np.random.default_rng(SEED).permutation(np.flatnonzero(those))
        kept[drawn[np.cumsum(sizes[drawn]) <= room]] = True
    return dated[kept], rows[(at >= 0) & kept[at]]


def _counted(segments: pa.Table, groups: Sequence[Candidate]) -> pd.DataFrame:
    """The segments with the number of their group for a theme, or none."""
    number = np.full(len(segments), None, dtype=object)
    for k, group in enumerate(groups):
        number[group.rows] = str(k)
    table: pd.DataFrame = segments.select([*KEY, "sentiment"]).to_pandas()
    return table.assign(theme=number)


def _listed(groups: Sequence[Candidate]) -> pd.DataFrame:
    """The groups as a table of themes."""
    rows = [{"id": str(k), "label": str(k), "status": "active"} for k in range(len(groups))]
    table: pd.DataFrame = pa.Table.from_pylist(rows, schema=THEMES).to_pandas()
    return table


def _told(theme: Theme, group: Candidate, row: Mapping[Any, Any], labels: Mapping[str, str]) -> EmergingTheme:
    names = ("n_recent", "n_before", "share_recent", "share_before", "ratio", "low", "high", "p", "q")
    return EmergingTheme(
        theme=theme,
        **{name: row[name] for name in names},
        first_seen=row["first_seen"].date().isoformat(),
        nearest=labels.get(group.nearest or ""),
        novelty=group.novelty,
    )
