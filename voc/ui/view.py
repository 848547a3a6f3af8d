"""What a screen looks at: the store's comments as of the last run, narrowed by the filter bar."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from inspect import signature
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from voc.config import DEFAULT_STORE
from voc.pipeline import Frames, events_of, load_frames
from voc.store import Snapshot, Store
from voc.ui.filters import Filters

#: Filtered frames and tables that are kept ready, for all visitors together.
KEPT_FRAMES, KEPT_TABLES = 24, 400


def store_path(arguments: list[str] | None = None) -> str:
    """Folder of the store: ``--store FOLDER`` after ``--``, else ``VOC_STORE``, else the default."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    for place, word in enumerate(given):
        if word.startswith("--store="):
            return word.removeprefix("--store=")
        if word == "--store" and place + 1 < len(given):
            return given[place + 1]
    return os.environ.get("VOC_STORE") or DEFAULT_STORE


def last_snapshot(path: str) -> Snapshot | None:
    """The store as its last run left it; None where there is no store yet or no comment in it.

    Raises StoreError where something is there that is not a store, or it is damaged.
    """
    folder = Path(path)
    if "://" not in path and (not folder.exists() or (folder.is_dir() and not any(folder.iterdir()))):
        return None
    snapshot = Store.open(path).snapshot()
    return None if snapshot.run is None or snapshot.is_empty else snapshot


@dataclass(frozen=True)
class View:
    """``frames``: what the filters leave; ``everything``: all there is. ``run`` names the state of the store."""

    path: str
    run: str
    frames: Frames
    everything: Frames
    filters: Filters = field(default_factory=Filters)

    @property
    def events(self) -> pd.DataFrame | None:
        """Events to mark on charts over time (``events.csv`` in the store's folder); None without."""
        return events_of(self.path)

    @property
    def theme_labels(self) -> Mapping[str, str]:
        """Label by id of the active themes."""
        themes = self.everything.themes
        return dict(zip(themes["id"], themes["label"], strict=True))

    def table(self, analysis: Callable[..., pd.DataFrame], **options: Any) -> pd.DataFrame:
        """The table that a function of ``voc.analytics`` makes of these comments; kept until the next run."""
        state = (self.path, self.run, self.filters.expression())
        return _kept_table(analysis.__name__, state, tuple(sorted(options.items())), _Call(analysis, self.frames))


@dataclass(frozen=True)
class _Call:
    analysis: Callable[..., pd.DataFrame]
    frames: Frames

    def __call__(self, **options: Any) -> pd.DataFrame:
        needs = signature(self.analysis).parameters
        frames = self.frames
        given = {
            "comments": frames.comments,
            "segments": frames.segments,
            "themes": frames.marked_themes,
            "topics": frames.topics,
        }
        return self.analysis(*(table for name, table in given.items() if name in needs), **options)


def everything(path: str, snapshot: Snapshot) -> Frames:
    """All comments, segments and themes of the snapshot; loaded once for each run."""
    return _kept_frames(path, run_of(snapshot), "", snapshot, None)


def filtered(path: str, snapshot: Snapshot, filters: Filters) -> View:
    """The view that ``filters`` leave."""
    whole = everything(path, snapshot)
    expression = filters.expression()
    frames = _kept_frames(path, run_of(snapshot), expression, snapshot, whole) if expression else whole
    return View(path, run_of(snapshot), frames, whole, filters)


def run_of(snapshot: Snapshot) -> str:
    """Id of the snapshot's run."""
    return str(snapshot.run["run_id"]) if snapshot.run else ""


@st.cache_resource(max_entries=KEPT_FRAMES, show_spinner="Reading the store …")
def _kept_frames(path: str, run: str, expression: str, _snapshot: Snapshot, _whole: Frames | None) -> Frames:
    return load_frames(_snapshot) if _whole is None else _whole.where(expression)


@st.cache_data(max_entries=KEPT_TABLES, show_spinner=False)
def _kept_table(
    name: str, state: tuple[str, str, str], options: tuple[tuple[str, Any], ...], _call: _Call
) -> pd.DataFrame:
    return _call(**dict(options))
