"""Edits of a store's themes: made, looked at before, committed one by one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from voc.encode import load_encoder
from voc.errors import UsageError
from voc.pipeline.assigning import load_stored
from voc.pipeline.frames import load_frames
from voc.pipeline.preview import Preview, preview
from voc.pipeline.tagger import theme_vectors
from voc.pipeline.theming import LoadEncoder, commit_themes
from voc.store import Snapshot, Store
from voc.themes import ThemeSet, registry
from voc.themes.split import NEAR, Members, by_phrase, into_parts

#: An edit of ``voc.themes.registry`` with its theme and values filled in: (themes, log, author) → (themes, event).
Edit = Callable[[ThemeSet, Sequence[registry.Event], str], tuple[ThemeSet, registry.Event]]


def theme_log(snapshot: Snapshot) -> list[registry.Event]:
    """Return the log of a store's themes. Raises UsageError where there are none yet."""
    log = registry.from_table(snapshot.events())
    if not log:
        raise UsageError("There are no themes to edit yet: find them with 'voc themes discover'.")
    return log


def edit_themes(
    store: Store,
    edit: Edit,
    author: str,
    command: str = "voc themes",
    *,
    seen: int | None = None,
    load: LoadEncoder = load_encoder,
) -> ThemeSet:
    """Apply one edit and commit it. Names, merges and retirements are resolved on read; a split or a move assigns the
    segments of its own theme anew.

    ``seen``: where the log stood (``registry.position``) when the editor looked at the themes. ``load`` gives the
    encoder, if one is needed. Raises UsageError when the store has no themes, the edit does not fit, or somebody else
    edited the themes since ``seen``.
    """
    with store.writer(command) as writer:
        log = theme_log(writer.base)
        if seen is not None:
            registry.require_position(log, seen)
        before = registry.replay(log)
        themes, event = edit(before, log, author)
        last = (writer.base.run or {}).get("model_version") or ""
        commit_themes(writer, before, themes, event, load, last)
    return themes


def preview_edit(snapshot: Snapshot, edit: Edit, load: LoadEncoder = load_encoder) -> Preview:
    """Say what an edit would change; nothing is written. Raises UsageError as ``edit_themes`` does."""
    log = theme_log(snapshot)
    themes, _ = edit(registry.replay(log), log, "")
    return preview(load_frames(snapshot), load_frames(snapshot, themes, load))


def split_edit(
    snapshot: Snapshot,
    theme_id: str,
    *,
    parts: int = 2,
    phrase: str | None = None,
    near: float = NEAR,
    seed: int = 42,
    load: LoadEncoder = load_encoder,
) -> Edit:
    """Return the edit that splits a theme into ``parts`` by k-means or, with a ``phrase``, takes off what is near it.

    Raises UsageError where the theme cannot be split so, ModelError where its set was made with another encoder.
    """
    themes = registry.replay(theme_log(snapshot))
    registry.require_theme(themes, theme_id)
    members = _members(snapshot, themes, theme_id, load)
    if phrase is None:
        made = into_parts(themes, theme_id, members, load(), parts, seed)
    else:
        made = (by_phrase(themes, theme_id, members, load(), phrase, near),)
    return lambda now, log, author: registry.split(now, log, author, theme_id, made)


def move_edit(
    snapshot: Snapshot, phrase: str, theme_id: str, into: str, *, near: float = NEAR, load: LoadEncoder = load_encoder
) -> Edit:
    """Return the edit that lets what is near a ``phrase`` count as another theme. Raises as ``split_edit`` does."""
    themes = registry.replay(theme_log(snapshot))
    registry.require_theme(themes, theme_id)
    part = by_phrase(themes, theme_id, _members(snapshot, themes, theme_id, load), load(), phrase, near, least=1)
    return lambda now, log, author: registry.move(now, log, author, part, theme_id, into)


def _members(snapshot: Snapshot, themes: ThemeSet, theme_id: str, load: LoadEncoder) -> Members:
    """The segments that count under a theme, those of themes merged into it among them."""
    encoder = load()
    themes.require_encoder(encoder.name)
    own = frozenset(theme.id for theme in themes.themes if themes.resolve(theme.id) == theme_id)
    stored = load_stored(snapshot).about(own)
    rows = [i for i, theme in enumerate(stored.segments["theme"].to_pylist()) if theme in own]
    written = stored.texts
    texts = [written[i] for i in rows]
    return Members(tuple(texts), theme_vectors(encoder, texts, stored.vectors[rows], themes.mask_terms))
