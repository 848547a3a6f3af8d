"""What a screen looks at: the store's comments as of the last run, narrowed by the filter bar."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from inspect import signature
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd
import streamlit as st

from voc.config import DEFAULT_STORE
from voc.pipeline import Frames, events_of, load_frames, stored_themes
from voc.pipeline.annotations import corrections, held_annotations, notes_of
from voc.pipeline.corrections import corrected
from voc.store import Snapshot
from voc.ui import access
from voc.ui.choices import Choices, choices
from voc.ui.filters import Filters
from voc.ui.verbatims import Verbatims

#: Filtered frames, and tables and other things made of them, that are kept ready for all visitors together. Frames are
#: large, and asked for only where a table is not kept.
KEPT_FRAMES, KEPT_TABLES, KEPT_THINGS = 2, 400, 60

Thing = TypeVar("Thing")


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
    """The store as its last run left it, as far as the visitor may see it; None where there is no store yet or no
    comment in it.

    Raises StoreError where something is there that is not a store, or it is damaged.
    """
    folder = Path(path)
    if "://" not in path and (not folder.exists() or (folder.is_dir() and not any(folder.iterdir()))):
        return None
    snapshot = access.snapshot(path)
    return None if snapshot.run is None or snapshot.is_empty else snapshot


@dataclass(frozen=True)
class View:
    """``everything``: all there is. ``snapshot`` is the state of the store, which ``run`` tells from any other."""

    path: str
    snapshot: Snapshot
    run: str
    everything: Frames
    filters: Filters = field(default_factory=Filters)

    @cached_property
    def frames(self) -> Frames:
        """What the filters leave, chosen when it is first asked for."""
        expression = self.filters.expression()
        return _part(self.path, self.run, expression, self.everything) if expression else self.everything

    @property
    def size(self) -> int:
        """How many comments the filters leave."""
        return self.kept(_size)

    @property
    def events(self) -> pd.DataFrame | None:
        """Events to mark on charts over time (``events.csv`` in the store's folder); None without."""
        return events_of(self.path)

    @cached_property
    def notes(self) -> pd.DataFrame:
        """Notes and tags that people set down, by comment (``notes_of``): as of now, not of when the page was kept."""
        return notes_of(held_annotations(access.snapshot(self.path)))

    @property
    def choices(self) -> Choices:
        """What there is to filter by."""
        return choices(self.path, self.run, self.everything)

    @property
    def theme_labels(self) -> Mapping[str, str]:
        """Label by id of the active themes."""
        return self.choices.themes

    def table(self, analysis: Callable[..., pd.DataFrame], **options: Any) -> pd.DataFrame:
        """The table that a function of ``voc.analytics`` makes of these comments; kept until the next run."""
        call = _Call(analysis, self)
        return _kept_table(analysis.__name__, self._state, tuple(sorted(options.items())), call)

    def kept(self, make: Callable[..., Thing], *options: Any, **beside: Any) -> Thing:
        """What ``make(frames, *options, **beside)`` gives, kept until the next run and shared: not to be changed.

        ``options`` tell one from another; ``beside`` is what the state of the store decides anyway. Comments are given
        as those of ``everything``, so that nothing that is kept holds on to filtered frames.
        """
        name = f"{make.__module__}.{make.__qualname__}"
        thing: Thing = _kept_thing(name, self._state, options, lambda: self._made(make, *options, **beside))
        return thing

    def _made(self, make: Callable[..., Any], *options: Any, **beside: Any) -> Any:
        made = make(self.frames, *options, **beside)
        return made.among(self.everything) if isinstance(made, Verbatims) else made

    @property
    def _state(self) -> tuple[str, str, str]:
        return self.path, self.run, self.filters.expression()


@dataclass(frozen=True)
class _Call:
    analysis: Callable[..., pd.DataFrame]
    view: View

    def __call__(self, **options: Any) -> pd.DataFrame:
        needs = signature(self.analysis).parameters
        frames = self.view.frames
        given = {
            "comments": frames.comments,
            "segments": frames.segments,
            "themes": frames.marked_themes,
            "topics": frames.topics,
        }
        return self.analysis(*(table for name, table in given.items() if name in needs), **options)


def everything(path: str, snapshot: Snapshot, run: str) -> Frames:
    """All comments, segments and themes of the snapshot; loaded once for each run."""
    load = _of_some if snapshot.only else _whole
    return _corrected(path, run, load(path, _tagging(snapshot), snapshot), snapshot)


def filtered(path: str, snapshot: Snapshot, run: str, filters: Filters) -> View:
    """The view that ``filters`` leave."""
    return View(path, snapshot, run, everything(path, snapshot, run), filters)


def _size(frames: Frames) -> int:
    return len(frames.comments)


def run_of(snapshot: Snapshot) -> str:
    """What tells the snapshot's frames from those of another: who may see what, and not notes and tags, which change
    nothing in them."""
    labels = corrections(held_annotations(snapshot))
    return f"{_tagging(snapshot)} {len(labels)} {labels['at'].max()}" if len(labels) else _tagging(snapshot)


def _tagging(snapshot: Snapshot) -> str:
    versions = {name: version for name, version in snapshot.versions.items() if name not in ("annotations", "rejects")}
    return f"{snapshot.runs()['run_id'][0]} {sorted(versions.items())} {snapshot.only}" if versions else ""


# One run at a time: two of a million comments do not fit the memory that one may take.
@st.cache_resource(max_entries=1, show_spinner="Reading the store …")
def _whole(path: str, run: str, _snapshot: Snapshot) -> Frames:
    return load_frames(_snapshot, lean=True, as_tagged=True)


@st.cache_resource(max_entries=KEPT_FRAMES, show_spinner="Reading the store …")
def _of_some(path: str, run: str, _snapshot: Snapshot) -> Frames:
    """The same for visitors who may see some comments only."""
    return load_frames(_snapshot, lean=True, as_tagged=True)


@st.cache_resource(max_entries=KEPT_FRAMES, show_spinner=False)
def _corrected(path: str, run: str, _tagged: Frames, _snapshot: Snapshot) -> Frames:
    return corrected(_tagged, held_annotations(_snapshot), stored_themes(_snapshot))


@st.cache_resource(max_entries=KEPT_FRAMES, show_spinner="Filtering …")
def _part(path: str, run: str, expression: str, _whole: Frames) -> Frames:
    return _whole.where(expression)


@st.cache_data(max_entries=KEPT_TABLES, show_spinner="Counting …")
def _kept_table(
    name: str, state: tuple[str, str, str], options: tuple[tuple[str, Any], ...], _call: _Call
) -> pd.DataFrame:
    return _call(**dict(options))


@st.cache_resource(max_entries=KEPT_THINGS, show_spinner="Counting …")
def _kept_thing(name: str, state: tuple[str, str, str], options: tuple[Any, ...], _make: Callable[[], Any]) -> Any:
    return _make()
