"""Themes and the store: load the set, discover, re-assign, edit. Each change is one commit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from voc.errors import InputError, UsageError
from voc.pipeline.tagger import Tagger, Vectors, theme_vectors
from voc.progress import Progress, Silent
from voc.schema import COMMENTS, SEGMENTS
from voc.store import Snapshot, Store
from voc.themes import ThemeSet, assign, comment_themes, registry
from voc.themes.rematch import Rematch, rematch

if TYPE_CHECKING:
    from voc.themes.discover import DiscoverOptions

#: An edit of ``voc.themes.registry`` with its theme and values filled in: (themes, log, author) → (themes, event).
Edit = Callable[[ThemeSet, Sequence[registry.Event], str], tuple[ThemeSet, registry.Event]]

_MAX_MASK_TERMS = 20


def stored_themes(snapshot: Snapshot) -> ThemeSet | None:
    """Return the theme set of a store, rebuilt from its log, or None before the first."""
    events = registry.from_table(snapshot.events())
    return registry.replay(events) if events else None


def load_themes(place: str) -> ThemeSet:
    """Return the theme set of a folder written by ``voc themes export``, or of a store.

    Raises ModelError or StoreError when there is none, UsageError when the store has no themes yet.
    """
    if (Path(place) / "themes.json").is_file():
        return ThemeSet.from_folder(Path(place))
    themes = stored_themes(Store.open(place).snapshot())
    if themes is None:
        raise UsageError(f"The store {place} has no themes yet: find them with 'voc themes discover --store {place}'.")
    return themes


def unthemed_share(snapshot: Snapshot, themes: ThemeSet | None) -> float | None:
    """Share (0…1) of the tagged comments in which no segment fits a shown theme; None without themes."""
    if themes is None:
        return None
    lists = snapshot.comments(["themes"], where="status = 'ok'")["themes"].to_pylist()
    if not lists:
        return None
    unthemed = sum(not any(themes.resolve(theme) for theme in own or ()) for own in lists)
    return unthemed / len(lists)


def discover_themes(
    store: Store,
    tagger: Tagger,
    *,
    options: DiscoverOptions | None = None,
    progress: Progress | None = None,
    author: str = "voc",
    command: str = "voc themes discover",
    only_first: bool = False,
) -> Rematch | None:
    """Propose themes from all stored segments, keep the ids of those that match the present set, re-assign all, commit.

    Returns how old and new themes were matched, or None when these are the first. ``only_first``: themes that somebody
    else has found meanwhile stay as they are.
    Raises InputError when the store holds too few segments, ModelError when it was made with another encoder.
    """
    from voc.themes.discover import STEPS, DiscoverOptions, discover

    progress = progress or Silent()
    with store.writer(command) as writer:
        if only_first and stored_themes(writer.base):
            return None
        comments, segments, vectors = _all_segments(writer.base)
        if not len(segments):
            raise InputError(f"The store {store.path} holds no segments: add comments with 'voc run FILE' first.")
        texts = segment_texts(comments, segments)
        options = options or DiscoverOptions()
        if not options.mask_terms:
            options = replace(options, mask_terms=brand_terms(comments))
        with progress.task("Masking brand names", None):
            masked = theme_vectors(tagger.encoder, texts, vectors, options.mask_terms)
        with progress.task("Finding themes", len(STEPS)) as advance:
            found = discover(
                texts,
                masked,
                encoder=tagger.encoder,
                options=options,
                comment_of=_comment_numbers(segments),
                progress=lambda step: advance(1),
            )
        log = registry.from_table(writer.base.events())
        matched = rematch(registry.replay(log), found, renamed=registry.renamed_ids(log)) if log else None
        themes, event = registry.record(matched.themes if matched else found, log, author)
        with progress.task("Assigning themes", len(segments)) as advance:
            writer.put(*_assigned(comments, segments, vectors, masked, themes))
            advance(len(segments))
        writer.append_events(registry.to_table([event]))
        writer.replace_themes(themes.to_table())
        writer.finish({"themes": len(themes.active)}, tagger.model_version, themes.version)
    return matched


def edit_themes(store: Store, edit: Edit, author: str, command: str = "voc themes") -> ThemeSet:
    """Apply one edit of the registry and commit it; assignments stay, names and merges are resolved on read.

    Raises UsageError when the store has no themes or the edit does not fit.
    """
    with store.writer(command) as writer:
        log = registry.from_table(writer.base.events())
        if not log:
            raise UsageError("There are no themes to edit yet: find them with 'voc themes discover'.")
        themes, event = edit(registry.replay(log), log, author)
        writer.append_events(registry.to_table([event]))
        writer.replace_themes(themes.to_table())
        last = writer.base.run or {}
        writer.finish({"edit": event.action}, last.get("model_version") or "", themes.version)
    return themes


def import_themes(store: Store, folder: Path, tagger: Tagger, author: str) -> ThemeSet:
    """Make the exported set in ``folder`` the store's own and assign every stored segment by it."""
    themes = ThemeSet.from_folder(folder)
    themes.require_encoder(tagger.encoder.name)
    with store.writer("voc themes import") as writer:
        comments, segments, vectors = _all_segments(writer.base)
        masked = theme_vectors(tagger.encoder, segment_texts(comments, segments), vectors, themes.mask_terms)
        log = registry.from_table(writer.base.events())
        themes, event = registry.record(themes, log, author, action="import")
        writer.put(*_assigned(comments, segments, vectors, masked, themes))
        writer.append_events(registry.to_table([event]))
        writer.replace_themes(themes.to_table())
        writer.finish({"themes": len(themes.active)}, tagger.model_version, themes.version)
    return themes


def brand_terms(comments: pa.Table) -> tuple[str, ...]:
    """Names that must not found a theme: the brands of the data and the companies that review addresses name."""
    brands = pc.unique(comments["brand"].drop_null()).to_pylist()
    pages = [urlsplit(url) for url in pc.unique(comments["url"].drop_null()).to_pylist()]
    companies = {
        page.path.split("/review/")[1].removeprefix("www.").split(".")[0] for page in pages if "/review/" in page.path
    }
    terms = sorted({*brands, *companies} - {""})
    return tuple(terms) if len(terms) <= _MAX_MASK_TERMS else ()


def segment_texts(comments: pa.Table, segments: pa.Table) -> list[str]:
    """The words of each segment."""
    texts = {
        (dataset, id_): text
        for dataset, id_, text in zip(*(comments[name].to_pylist() for name in ("dataset", "id", "text")), strict=True)
    }
    rows = zip(*(segments[name].to_pylist() for name in ("dataset", "id", "start", "end")), strict=True)
    return [texts[dataset, id_][start:end] for dataset, id_, start, end in rows]


def _all_segments(snapshot: Snapshot) -> tuple[pa.Table, pa.Table, Vectors]:
    """All comments, their segments in reading order, and the segments' vectors in the same order."""
    order = [("dataset", "ascending"), ("id", "ascending"), ("segment_no", "ascending")]
    segments = snapshot.segments().sort_by(order)
    keys, vectors = snapshot.vectors()
    if len(keys) != len(segments):
        raise InputError("The store's segments and vectors do not match: run your files into a new store.")
    positions = pa.table({**{name: keys[name] for name in keys.column_names}, "at": np.arange(len(keys))})
    return snapshot.comments(), segments, vectors[positions.sort_by(order)["at"].to_numpy()]


def _assigned(
    comments: pa.Table, segments: pa.Table, vectors: Vectors, masked: Vectors, themes: ThemeSet
) -> tuple[pa.Table, pa.Table, Vectors]:
    ids, similarity = assign(masked, themes)
    segments = _with(segments, SEGMENTS, theme=ids, similarity=similarity, theme_version=[themes.version] * len(ids))
    lengths = pc.subtract(segments["end"], segments["start"]).to_pylist()
    own: dict[tuple[str, str], tuple[list[str | None], list[float]]] = {}
    for dataset, id_, theme, length in zip(
        segments["dataset"].to_pylist(), segments["id"].to_pylist(), ids, lengths, strict=True
    ):
        found, weights = own.setdefault((dataset, id_), ([], []))
        found.append(theme)
        weights.append(length)
    keys = zip(comments["dataset"].to_pylist(), comments["id"].to_pylist(), strict=True)
    by_comment = [comment_themes(*own[key]) if key in own else None for key in keys]
    comments = _with(comments, COMMENTS, themes=by_comment, theme_version=[themes.version] * len(comments))
    return comments, segments, vectors


def _with(table: pa.Table, schema: pa.Schema, **columns: Any) -> pa.Table:
    for name, values in columns.items():
        table = table.set_column(table.column_names.index(name), name, pa.array(values, schema.field(name).type))
    return table


def _comment_numbers(segments: pa.Table) -> list[int]:
    numbers: dict[tuple[str, str], int] = {}
    keys = zip(segments["dataset"].to_pylist(), segments["id"].to_pylist(), strict=True)
    return [numbers.setdefault(key, len(numbers)) for key in keys]
