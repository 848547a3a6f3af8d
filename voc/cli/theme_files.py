"""voc themes export, import: a whole set in a folder, or the list of themes in a file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from voc.cli.console import STORE, AtOption, StoreOption, say
from voc.cli.themes import AuthorOption, DryRunOption, EncoderOption, SeenOption, print_preview, theme_set, user
from voc.errors import UsageError

#: Names of files that are no list of themes: nobody means a folder by them.
_OTHER_FILES: Final = frozenset(".xlsx .xls .jsonl .ndjson .tsv .txt .parquet .yaml .yml .toml .zip .npz".split())


def register(app: typer.Typer) -> None:
    app.command()(export)
    app.command("import")(import_)


def export(
    place: Annotated[Path, typer.Argument(metavar="FOLDER|FILE", help="A folder, or a .csv or .json file.")],
    store: StoreOption = STORE,
    at: AtOption = None,
) -> None:
    """Write the theme set to a folder that 'voc tag --themes' reads, or the list of themes to a .csv or .json file.

    'voc themes import' reads both.
    """
    from voc.pipeline import is_theme_list, write_theme_list
    from voc.themes.taxonomy import to_entries

    themes = theme_set(store, at)
    if not place.name:
        raise UsageError("Name a folder for the themes, such as themes/, or a .csv or .json file.")
    if place.suffix.lower() in _OTHER_FILES and not place.is_dir():
        raise UsageError(f"A list of themes is written as .csv or .json, a whole set to a folder: not as {place.name}.")
    if is_theme_list(place):
        write_theme_list(to_entries(themes), place)
    else:
        themes.to_folder(place)
    say(f"Wrote the themes to {place}.")


def import_(
    place: Annotated[
        Path, typer.Argument(metavar="FOLDER|FILE", help="From 'voc themes export': a folder, or a .csv or .json file.")
    ],
    store: StoreOption = STORE,
    author: AuthorOption = None,
    encoder: EncoderOption = "default",
    dry_run: DryRunOption = False,
    seen: SeenOption = None,
) -> None:
    """Make an exported theme set, or a list of themes, the store's own and assign every stored comment by it."""
    from voc.pipeline import import_themes, load_frames, load_tagger, preview, stored_themes, themes_to_import
    from voc.pipeline.theme_remarks import of_few
    from voc.store import Store
    from voc.themes import registry

    tagger = load_tagger(encoder=encoder)
    if dry_run:
        snapshot = Store.open(store).snapshot()
        at = registry.position(registry.from_table(snapshot.events()))
        if seen is not None:
            registry.require_position(registry.from_table(snapshot.events()), seen)
        found = themes_to_import(snapshot, place, tagger)
        print_preview(preview(load_frames(snapshot), load_frames(snapshot, found, lambda: tagger.encoder)))
        say(
            f"Not done yet. To do it, leave out --dry-run; with --seen {at} it is refused if somebody edits the themes "
            "in between."
        )
        return
    opened = Store.open(store, create=True)
    before = stored_themes(opened.snapshot())
    themes = import_themes(opened, place, tagger, author or user(), seen)
    if themes == before:
        say("These are the store's themes already: nothing was changed.")
        return
    say(f"{len(themes.leaves)} themes imported.")
    segments = opened.snapshot().segments(["dataset", "id", "theme"])
    if len(segments):
        dataset, comment, assigned = (segments[name].to_pylist() for name in segments.column_names)
        ids = [themes.resolve(one) for one in assigned]
        for remark in of_few(themes.leaves, ids, zip(dataset, comment, strict=True)):
            say(remark)
