"""voc themes: list, discover, edit."""

from __future__ import annotations

import getpass
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from voc.cli.console import STORE, Bars, JsonOption, StoreOption, print_json, print_table, say
from voc.errors import UsageError

if TYPE_CHECKING:
    from voc.pipeline.theming import Edit
    from voc.themes import ThemeSet

app = typer.Typer(no_args_is_help=True, help="Discover, list and edit themes; every edit can be undone.")

AuthorOption = Annotated[str | None, typer.Option("--author", help="Who edits (default: the user's name).")]
ThemeArgument = Annotated[str, typer.Argument(metavar="THEME", help="Id (or its beginning) or exact name of a theme.")]


@app.command()
def discover(
    store: StoreOption = STORE,
    themes: Annotated[
        int | None,
        typer.Option("--themes", min=2, max=60, help="How many themes (default: by the amount of text)."),
    ] = None,
    seed: Annotated[int, typer.Option("--seed")] = 42,
    mask: Annotated[
        list[str] | None,
        typer.Option("--mask", metavar="NAME", help="Brand or product name that must not found a theme (repeatable)."),
    ] = None,
    encoder: Annotated[str, typer.Option("--encoder", help="The encoder the store was tagged with.")] = "default",
    author: AuthorOption = None,
) -> None:
    """Propose themes from all stored comments; those that match present themes keep their id (and chosen name)."""
    from voc.pipeline import discover_themes, load_tagger, stored_themes
    from voc.store import Store
    from voc.themes.discover import DiscoverOptions

    opened = Store.open(store)
    options = DiscoverOptions(seed=seed, themes=themes, mask_terms=tuple(mask or ()))
    matched = discover_themes(
        opened, load_tagger(encoder=encoder), options=options, progress=Bars(), author=author or user()
    )
    found = stored_themes(opened.snapshot())
    say(f"{len(found.active) if found else 0} themes.")
    if matched:
        say(f"{len(matched.kept)} kept their id, {len(matched.new)} are new, {len(matched.gone)} are gone.")


@app.command("list")
def list_themes(
    store: StoreOption = STORE,
    hidden: Annotated[bool, typer.Option("--all", help="Also those that were retired or merged.")] = False,
    as_json: JsonOption = False,
) -> None:
    """List the themes with their size, largest first."""
    from voc import analytics
    from voc.cli.analysis import frames_of
    from voc.pipeline import load_themes

    frames = frames_of(store)
    table = analytics.theme_table(frames.comments, frames.segments, frames.themes)
    sizes = {theme: (int(n), share) for theme, n, share in table[["theme", "n", "share"]].itertuples(index=False)}
    rows: list[dict[str, Any]] = []
    listed = load_themes(store).themes if hidden else ()
    past = [asdict(theme) for theme in listed if theme.status in ("retired", "merged")]
    everything: list[Any] = [*frames.themes.to_dict("records"), *past]
    for theme in everything:
        n, share = sizes.get(theme["id"], (0, 0.0))
        kept = {name: theme[name] for name in ("id", "label", "parent", "keywords", "status")}
        rows.append({**kept, "n": n, "share": share, "stability": None})
    rows.sort(key=lambda row: -row["n"])
    if as_json:
        print_json({"themes": rows})
        return
    if not rows:
        say("No themes yet: find them with 'voc themes discover'.")
        return
    print_table(
        "Themes",
        ("id", "label", "status", "n", "share", "keywords"),
        [(r["id"][:8], r["label"], r["status"], r["n"], r["share"], list(r["keywords"])[:5]) for r in rows],
    )


@app.command()
def show(theme: ThemeArgument, store: StoreOption = STORE) -> None:
    """Show one theme with its description, keywords and verbatims, as JSON."""
    found = _theme_set(store)
    one = found.get(theme_id(found, theme))
    print_json(
        {
            name: getattr(one, name)
            for name in (
                "id",
                "label",
                "description",
                "status",
                "pinned",
                "keywords",
                "verbatims",
                "threshold",
            )
        }
    )


@app.command()
def rename(theme: ThemeArgument, label: str, store: StoreOption = STORE, author: AuthorOption = None) -> None:
    """Give a theme another name; its id and comments stay."""
    from voc.themes import registry

    _edit(
        store,
        author,
        theme,
        lambda one: lambda themes, log, who: registry.rename(themes, log, who, one, label),
    )


@app.command()
def merge(theme: ThemeArgument, into: ThemeArgument, store: StoreOption = STORE, author: AuthorOption = None) -> None:
    """Let THEME count as INTO from now on."""
    from voc.themes import registry

    target = theme_id(_theme_set(store), into)
    _edit(
        store,
        author,
        theme,
        lambda one: lambda themes, log, who: registry.merge(themes, log, who, one, target),
    )


@app.command()
def retire(theme: ThemeArgument, store: StoreOption = STORE, author: AuthorOption = None) -> None:
    """Show a theme no more; its comments count as unthemed."""
    from voc.themes import registry

    _edit(store, author, theme, lambda one: lambda themes, log, who: registry.retire(themes, log, who, one))


@app.command()
def restore(theme: ThemeArgument, store: StoreOption = STORE, author: AuthorOption = None) -> None:
    """Show a retired or merged theme again."""
    from voc.themes import registry

    _edit(store, author, theme, lambda one: lambda themes, log, who: registry.restore(themes, log, who, one))


@app.command()
def pin(
    theme: ThemeArgument,
    store: StoreOption = STORE,
    author: AuthorOption = None,
    off: Annotated[bool, typer.Option("--off", help="Unpin instead.")] = False,
) -> None:
    """Keep a theme through re-discovery, with its id, name and prototypes."""
    from voc.themes import registry

    _edit(
        store,
        author,
        theme,
        lambda one: lambda themes, log, who: registry.pin(themes, log, who, one, pinned=not off),
    )


@app.command()
def undo(
    event: Annotated[int | None, typer.Argument(help="Number of the event (default: the last edit).")] = None,
    store: StoreOption = STORE,
    author: AuthorOption = None,
) -> None:
    """Take back an edit by a new event; the log keeps both."""
    from voc.pipeline import edit_themes
    from voc.store import Store
    from voc.themes import registry

    edit_themes(
        Store.open(store),
        lambda themes, log, who: registry.undo(themes, log, who, event),
        author or user(),
        "voc themes undo",
    )
    say("Undone.")


@app.command()
def history(store: StoreOption = STORE, as_json: JsonOption = False) -> None:
    """List every edit of the themes, oldest first."""
    from voc.store import Store
    from voc.themes import registry

    events = registry.from_table(Store.open(store).snapshot().events())
    rows = [
        {
            "seq": e.seq,
            "at": f"{e.at:%Y-%m-%d %H:%M}",
            "author": e.author,
            "action": e.action,
            "theme": e.theme,
            "undoes": e.undoes,
        }
        for e in events
    ]
    if as_json:
        print_json({"events": rows})
        return
    print_table(
        "Theme edits",
        ("no.", "at", "author", "action", "theme", "undoes"),
        [tuple(row.values()) for row in rows],
    )


@app.command()
def export(folder: Path, store: StoreOption = STORE) -> None:
    """Write the theme set to a folder that 'voc tag --themes' and 'voc themes import' read."""
    try:
        _theme_set(store).to_folder(folder)
    except OSError as error:
        raise UsageError(f"Cannot write to {folder}: {error.strerror}; name a folder that is yours.") from error
    say(f"Wrote the themes to {folder}.")


@app.command("import")
def import_(
    folder: Path,
    store: StoreOption = STORE,
    author: AuthorOption = None,
    encoder: Annotated[str, typer.Option("--encoder", help="The encoder the store was tagged with.")] = "default",
) -> None:
    """Make an exported theme set the store's own and assign every stored comment by it."""
    from voc.pipeline import import_themes, load_tagger
    from voc.store import Store

    themes = import_themes(Store.open(store, create=True), folder, load_tagger(encoder=encoder), author or user())
    say(f"{len(themes.active)} themes imported.")


def theme_id(themes: ThemeSet, given: str) -> str:
    """The id of the theme that ``given`` names. Raises UsageError when none or several do."""
    by_label = [t.id for t in themes.active if t.label.casefold() == given.casefold()]
    found = by_label or [t.id for t in themes.themes if t.id == given or (len(given) >= 4 and t.id.startswith(given))]
    if len(found) != 1:
        what = "no theme" if not found else f"{len(found)} themes"
        raise UsageError(
            f"{given!r} names {what}: give an id (or its first letters) or an exact name from 'voc themes list'."
        )
    return found[0]


def user() -> str:
    """The name under which edits are logged where none is given."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def _theme_set(store: str) -> ThemeSet:
    from voc.pipeline import load_themes
    from voc.store import Store

    Store.open(store)
    return load_themes(store)


def _edit(store: str, author: str | None, theme: str, make: Callable[[str], Edit]) -> None:
    from voc.pipeline import edit_themes
    from voc.store import Store

    before = _theme_set(store)
    one = theme_id(before, theme)
    after = edit_themes(Store.open(store), make(one), author or user())
    label = before.get(one).label
    say(f"{label!r} is now {after.get(one).label!r}, {after.get(one).status}. Take it back with 'voc themes undo'.")
