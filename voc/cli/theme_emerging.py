"""voc themes emerging: what grew of late among the comments that no theme holds, to be taken up as a theme."""

from __future__ import annotations

from dataclasses import asdict
from functools import cache, partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from voc.cli.console import STORE, Bars, JsonOption, StoreOption, print_json, print_table, say
from voc.cli.themes import AuthorOption, EncoderOption, user
from voc.errors import UsageError

if TYPE_CHECKING:
    from voc.pipeline import EmergingThemes


def register(app: typer.Typer) -> None:
    app.command()(emerging)


def emerging(
    store: StoreOption = STORE,
    days: Annotated[int, typer.Option("--days", min=1, help="How many last days count as recent.")] = 42,
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar="DATE", help="Last day looked at (default: the latest there is).")
    ] = None,
    adopt: Annotated[
        list[int] | None, typer.Option("--adopt", metavar="NUMBER", help="Take up this one as a theme (repeatable).")
    ] = None,
    encoder: EncoderOption = "default",
    author: AuthorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Propose themes that the set lacks: groups of comments that no theme holds and that grew beyond chance."""
    from voc.encode import load_encoder
    from voc.pipeline import add_edit, edit_themes, emerging_themes
    from voc.store import Store

    opened = Store.open(store)
    load = cache(partial(load_encoder, encoder))
    found = emerging_themes(opened.snapshot(), days=days, as_of=as_of, load=load, progress=Bars())
    if out := [number for number in adopt or () if not 1 <= number <= len(found.found)]:
        raise UsageError(f"There is no number {out[0]}: {len(found.found)} themes emerge; see 'voc themes emerging'.")
    if as_json:
        print_json(document(found, days))
    else:
        _print(found, days)
    seen = found.seen
    for number in dict.fromkeys(adopt or ()):
        theme = found.found[number - 1].theme
        edit_themes(opened, add_edit(theme), author or user(), "voc themes emerging", seen=seen, load=load)
        seen += 1
        say(f"{theme.label!r} is a theme now. Take it back with 'voc themes undo'.")


def document(found: EmergingThemes, days: int) -> dict[str, Any]:
    """The JSON of what emerges."""
    rows = [
        {"id": one.theme.id, **{name: getattr(one.theme, name) for name in ("label", "description", "keywords")}}
        | {"verbatims": one.theme.verbatims}
        | {name: value for name, value in asdict(one).items() if name != "theme"}
        for one in found.found
    ]
    about = {name: getattr(found, name) for name in ("candidates", "segments", "recent_from", "as_of", "note")}
    return {"recent_days": days, **about, "rows": rows}


def _print(found: EmergingThemes, days: int) -> None:
    tested = (
        f"{found.candidates} groups among {found.segments:,} segments that no theme holds, or only loosely, were tested"
    )
    if not found.found:
        say(found.note if found.note and not found.candidates else f"Nothing new emerges: {tested}.")
        return
    say(f"{tested[0].upper()}{tested[1:]}; false discoveries are held to 5 %. Association, not cause.")
    print_table(
        f"What emerges, last {days} days against before",
        ("no.", "name", "recent", "before", "times", "low", "high", "q", "novelty", "most like", "first seen"),
        [
            (
                *(number, one.theme.label, one.n_recent, one.n_before, one.ratio, one.low, one.high, one.q),
                *(one.novelty, one.nearest, one.first_seen),
            )
            for number, one in enumerate(found.found, 1)
        ],
    )
    for number, one in enumerate(found.found, 1):
        say(f"{number}. {one.theme.description}")
        for verbatim in one.theme.verbatims:
            say(f"   “{verbatim}”")
    say("Take one up with 'voc themes emerging --adopt NUMBER'.")
