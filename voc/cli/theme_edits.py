"""voc themes rename, merge, split, move, retire, restore, pin, undo: each can be looked at before and undone after."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache, partial
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from voc.cli.console import STORE, StoreOption, say
from voc.cli.themes import (
    AuthorOption,
    DryRunOption,
    EncoderOption,
    SeedOption,
    SeenOption,
    ThemeArgument,
    agreed,
    print_preview,
    theme_id,
    user,
)

if TYPE_CHECKING:
    from voc.encode import Encoder
    from voc.pipeline.theme_edits import Edit
    from voc.store import Snapshot
    from voc.themes import ThemeSet
    from voc.themes.events import Event

NearOption = Annotated[
    float | None,
    typer.Option("--near", min=0.0, max=1.0, help="Cosine from which on a segment is near the phrase (0.45)."),
]


YesOption = Annotated[bool, typer.Option("--yes", help="Do it without asking (as where nobody is at a terminal).")]


class Going(NamedTuple):
    """How far an edit goes: only told, refused after edit ``seen``, done without asking."""

    dry_run: bool
    seen: int | None
    yes: bool


class Desk(NamedTuple):
    """What an edit is made from: the store as it was read, its themes, and the encoder, loaded when asked for."""

    snapshot: Snapshot
    themes: ThemeSet
    load: Callable[[], Encoder]

    def id(self, theme: str) -> str:
        """The id of the theme that was named."""
        return theme_id(self.themes, theme)


def register(app: typer.Typer) -> None:
    for command in (rename, merge, split, move, retire, restore, pin, undo):
        app.command()(command)


def rename(
    theme: ThemeArgument,
    label: str,
    store: StoreOption = STORE,
    author: AuthorOption = None,
    dry_run: DryRunOption = False,
    seen: SeenOption = None,
    yes: YesOption = False,
) -> None:
    """Give a theme another name; its id and comments stay."""
    from voc.themes import registry

    _edit(lambda desk: _of(registry.rename, desk.id(theme), label), store, author, Going(dry_run, seen, yes))


def merge(
    theme: ThemeArgument,
    into: ThemeArgument,
    store: StoreOption = STORE,
    author: AuthorOption = None,
    dry_run: DryRunOption = False,
    seen: SeenOption = None,
    yes: YesOption = False,
) -> None:
    """Let THEME count as INTO from now on."""
    from voc.themes import registry

    _edit(lambda desk: _of(registry.merge, desk.id(theme), desk.id(into)), store, author, Going(dry_run, seen, yes))


def split(
    theme: ThemeArgument,
    parts: Annotated[int, typer.Option("--parts", min=2, max=20, help="How many parts, told apart by k-means.")] = 2,
    phrase: Annotated[
        str | None, typer.Option("--phrase", help="Take off what is near this phrase instead; the rest stays.")
    ] = None,
    near: NearOption = None,
    seed: SeedOption = 42,
    store: StoreOption = STORE,
    author: AuthorOption = None,
    encoder: EncoderOption = "default",
    dry_run: DryRunOption = False,
    seen: SeenOption = None,
    yes: YesOption = False,
) -> None:
    """Split a theme into parts that each get an id and a name; no other theme's comments move."""
    from voc.pipeline import split_edit
    from voc.themes.split import NEAR

    def make(desk: Desk) -> Edit:
        one, least = desk.id(theme), NEAR if near is None else near
        return split_edit(desk.snapshot, one, parts=parts, phrase=phrase, near=least, seed=seed, load=desk.load)

    _edit(make, store, author, Going(dry_run, seen, yes), encoder)


def move(
    phrase: str,
    theme: ThemeArgument,
    into: ThemeArgument,
    near: NearOption = None,
    store: StoreOption = STORE,
    author: AuthorOption = None,
    encoder: EncoderOption = "default",
    dry_run: DryRunOption = False,
    seen: SeenOption = None,
    yes: YesOption = False,
) -> None:
    """Let the segments of THEME that are near PHRASE count as INTO from now on."""
    from voc.pipeline import move_edit
    from voc.themes.split import NEAR

    def make(desk: Desk) -> Edit:
        one, other = desk.id(theme), desk.id(into)
        return move_edit(desk.snapshot, phrase, one, other, near=NEAR if near is None else near, load=desk.load)

    _edit(make, store, author, Going(dry_run, seen, yes), encoder)


def retire(
    theme: ThemeArgument,
    store: StoreOption = STORE,
    author: AuthorOption = None,
    dry_run: DryRunOption = False,
    seen: SeenOption = None,
    yes: YesOption = False,
) -> None:
    """Show a theme no more; its comments count as unthemed."""
    from voc.themes import registry

    _edit(lambda desk: _of(registry.retire, desk.id(theme)), store, author, Going(dry_run, seen, yes))


def restore(
    theme: ThemeArgument,
    store: StoreOption = STORE,
    author: AuthorOption = None,
    dry_run: DryRunOption = False,
    seen: SeenOption = None,
    yes: YesOption = False,
) -> None:
    """Show a retired or merged theme again."""
    from voc.themes import registry

    _edit(lambda desk: _of(registry.restore, desk.id(theme)), store, author, Going(dry_run, seen, yes))


def pin(
    theme: ThemeArgument,
    off: Annotated[bool, typer.Option("--off", help="Unpin instead.")] = False,
    store: StoreOption = STORE,
    author: AuthorOption = None,
    dry_run: DryRunOption = False,
    seen: SeenOption = None,
    yes: YesOption = False,
) -> None:
    """Keep a theme through re-discovery, with its id, name and prototypes."""
    from voc.themes import registry

    _edit(lambda desk: _of(registry.pin, desk.id(theme), pinned=not off), store, author, Going(dry_run, seen, yes))


def undo(
    event: Annotated[int | None, typer.Argument(help="Number of the event (default: the last edit).")] = None,
    store: StoreOption = STORE,
    author: AuthorOption = None,
    encoder: EncoderOption = "default",
    dry_run: DryRunOption = False,
    seen: SeenOption = None,
    yes: YesOption = False,
) -> None:
    """Take back an edit by a new event; the log keeps both."""
    from voc.themes import registry

    _edit(lambda desk: _of(registry.undo, event), store, author, Going(dry_run, seen, yes), encoder)


def _of(change: Callable[..., tuple[ThemeSet, Event]], *values: Any, **named: Any) -> Edit:
    """An edit of the registry with what it edits filled in."""
    return lambda themes, log, author: change(themes, log, author, *values, **named)


def _edit(
    make: Callable[[Desk], Edit],
    store: str,
    author: str | None,
    going: Going,
    encoder: str = "default",
) -> None:
    """Make an edit from the themes as they are, and commit it if they still are so; or say what it would change.
    Somebody at a terminal sees that first and is asked.
    """
    from voc.encode import load_encoder
    from voc.pipeline import edit_themes, preview_edit
    from voc.pipeline.theme_edits import theme_log
    from voc.store import Store
    from voc.themes import registry

    opened = Store.open(store)
    snapshot = opened.snapshot()
    log = theme_log(snapshot)
    registry.require_position(log, registry.position(log) if going.seen is None else going.seen)
    load = cache(partial(load_encoder, encoder))
    edit = make(Desk(snapshot, registry.replay(log), load))
    asks = sys.stdin.isatty() and not going.yes
    if going.dry_run or asks:
        _, event = edit(registry.replay(log), log, author or user())
        print_preview(preview_edit(snapshot, edit, load))
        not_yet = f"Not done yet: {_told([*log, event])}."
        if going.dry_run:
            say(
                f"{not_yet} To do it, leave out --dry-run; "
                f"with --seen {registry.position(log)} it is refused if somebody edits the themes in between."
            )
            return
        say(not_yet)
        if not agreed("Do it?"):
            say("Nothing was changed.")
            return
    edit_themes(opened, edit, author or user(), seen=registry.position(log), load=load)
    done = theme_log(opened.snapshot())
    back = "" if done[-1].undoes else " Take it back with 'voc themes undo'."
    say(f"Done: {_told(done)}.{back}")


def _told(log: list[Event]) -> str:
    """The last event in words."""
    from voc.themes import registry

    return f"{log[-1].author} {registry.told(log)[log[-1].seq]}"
