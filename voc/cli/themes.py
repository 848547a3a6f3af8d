"""voc themes discover, list, show, history; see also theme_edits, theme_files, theme_quality, theme_emerging."""

from __future__ import annotations

import getpass
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from voc.cli.console import STORE, AtOption, Bars, JsonOption, StoreOption, moment, print_json, print_table, say
from voc.errors import UsageError

if TYPE_CHECKING:
    from voc.pipeline import Preview, Proposal
    from voc.themes import ThemeSet

app = typer.Typer(no_args_is_help=True, help="Discover, list and edit themes; edits can be undone.")

AuthorOption = Annotated[str | None, typer.Option("--author", help="Who edits (default: the user's name).")]
EncoderOption = Annotated[str, typer.Option("--encoder", help="The encoder the store was tagged with.")]
SeedOption = Annotated[
    int, typer.Option("--seed", min=0, max=2**32 - 1, help="What chance starts from: the same seed, the same themes.")
]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Only say what would change.")]
SeenOption = Annotated[
    int | None,
    typer.Option("--seen", metavar="N", help="Refuse if somebody edited after edit N (see 'voc themes history')."),
]
ThemeArgument = Annotated[str, typer.Argument(metavar="THEME", help="Id (or its beginning) or exact name of a theme.")]


@app.command()
def discover(
    store: StoreOption = STORE,
    themes: Annotated[
        int | None,
        typer.Option("--themes", min=2, max=60, help="How many themes (default: by the amount of text)."),
    ] = None,
    seed: SeedOption = 42,
    mask: Annotated[
        list[str] | None,
        typer.Option("--mask", metavar="NAME", help="Brand or product name that must not found a theme (repeatable)."),
    ] = None,
    seeds: Annotated[
        Path | None,
        typer.Option("--seeds", metavar="FILE", help="List of themes (.csv, .json) that groups are drawn to."),
    ] = None,
    given: Annotated[
        Path | None,
        typer.Option("--given", metavar="FILE", help="List of themes that stand; others are looked for in the rest."),
    ] = None,
    namer: Annotated[
        bool, typer.Option("--namer/--no-namer", help="Let the language model of [namer] in voc.toml, if any, name.")
    ] = True,
    stability: Annotated[
        bool, typer.Option("--stability/--no-stability", help="Measure how surely each theme is found again.")
    ] = True,
    encoder: EncoderOption = "default",
    author: AuthorOption = None,
    dry_run: DryRunOption = False,
    yes: Annotated[bool, typer.Option("--yes", help="Adopt the themes without asking.")] = False,
) -> None:
    """Propose themes from all stored comments; those that match present ones keep their id (and chosen name).

    Where the store has themes, what would change is listed and adopted on approval.
    """
    from voc.charts.words import count
    from voc.config import namer_settings
    from voc.pipeline import adopt_themes, load_frames, load_tagger, preview, propose_themes, stored_themes
    from voc.pipeline.theme_lists import read_theme_list
    from voc.store import Store
    from voc.themes.chat import ChatModel
    from voc.themes.discover import DiscoverOptions

    settings = namer_settings() if namer else None
    model = ChatModel(settings) if settings else None
    drawn, stand = (read_theme_list(file) if file else () for file in (seeds, given))
    opened = Store.open(store)
    snapshot = opened.snapshot()
    asks = stored_themes(snapshot) is not None and not (yes or dry_run)
    if asks and not sys.stdin.isatty():
        raise UsageError("The store has themes already: look at what would change with --dry-run, adopt it with --yes.")
    options = DiscoverOptions(seed=seed, themes=themes, mask_terms=tuple(mask or ()))
    tagger = load_tagger(encoder=encoder)
    proposal = propose_themes(
        snapshot, tagger, options, Bars(), seeds=drawn, given=stand, namer=model, measured=stability
    )
    for label, why in proposal.refused:
        say(f"{label!r} keeps its own name: {why}.")
    say(f"{count(len(proposal.themes.leaves), 'theme')}.")
    for remark in proposal.remarks:
        say(remark)
    if proposal.matched:
        then = load_frames(snapshot, proposal.themes, lambda: tagger.encoder)
        print_proposal(proposal, preview(load_frames(snapshot), then))
    if proposal.themes == proposal.before:
        say("These are the store's themes already: nothing was changed.")
        return
    if dry_run or (asks and not agreed("Adopt these themes?")):
        say("Nothing was changed.")
        return
    adopt_themes(opened, proposal, tagger, author or user(), progress=Bars())


@app.command("list")
def list_themes(
    store: StoreOption = STORE,
    hidden: Annotated[bool, typer.Option("--all", help="Also those that were retired, merged or split.")] = False,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the themes with their size, largest first."""
    from voc import analytics
    from voc.cli.analysis import frames_of
    from voc.themes.model import marked

    frames = frames_of(store, at=at)
    table = analytics.theme_table(frames.comments, frames.segments, frames.themes)
    if note := table.attrs.get("note"):
        say(note)
    sizes = {theme: (int(n), share) for theme, n, share in table[["theme", "n", "share"]].itertuples(index=False)}
    labels: dict[str, str] = dict(frames.themes[["id", "label"]].itertuples(index=False))
    for heading in set(frames.themes["parent"].dropna()) & set(labels):
        own = set(frames.themes.loc[frames.themes["parent"] == heading, "id"])
        n = sum(bool(own.intersection(themes)) for themes in frames.comments["themes"])
        sizes[heading] = n, n / (table.attrs["n_tagged"] or 1)
    rows: list[dict[str, Any]] = []
    listed = theme_set(store, at).themes if hidden else ()
    past = [asdict(theme) for theme in listed if theme.status in ("retired", "merged", "split")]
    everything: list[Any] = [*frames.themes.to_dict("records"), *past]
    for theme in everything:
        n, share = sizes.get(theme["id"], (0, 0.0))
        kept = {name: theme[name] for name in ("id", "label", "parent", "keywords", "status", "stability")}
        rows.append({**kept, "n": n, "share": share})
    rows.sort(key=lambda row: -row["n"])
    if as_json:
        print_json({"themes": rows})
        return
    if not rows:
        say("No themes yet: find them with 'voc themes discover'.")
        return
    print_table(
        "Themes",
        ("id", "label", "under", "status", "n", "share", "stability", "keywords"),
        [
            (
                row["id"][:8],
                marked(row["label"], row["stability"]),
                labels.get(row["parent"]),
                row["status"],
                row["n"],
                row["share"],
                row["stability"],
                list(row["keywords"])[:5],
            )
            for row in rows
        ],
    )


@app.command()
def show(theme: ThemeArgument, store: StoreOption = STORE, at: AtOption = None) -> None:
    """Show one theme with its description, keywords and verbatims, as JSON."""
    found = theme_set(store, at)
    one = found.get(theme_id(found, theme))
    print_json(
        {
            name: getattr(one, name)
            for name in (
                "id",
                "label",
                "description",
                "parent",
                "status",
                "merged_into",
                "split_from",
                "pinned",
                "keywords",
                "verbatims",
                "threshold",
                "stability",
            )
        }
    )


@app.command()
def history(
    theme: Annotated[str | None, typer.Argument(metavar="[THEME]", help="Only what concerns this theme.")] = None,
    store: StoreOption = STORE,
    as_json: JsonOption = False,
) -> None:
    """List every edit of the themes with author and time, oldest first."""
    from voc.store import Store
    from voc.themes import registry

    events = registry.from_table(Store.open(store).snapshot().events())
    words = registry.told(events)
    shown = registry.history(events, theme_id(theme_set(store), theme)) if theme else events
    rows = [
        {
            "seq": e.seq,
            "at": f"{e.at:%Y-%m-%d %H:%M:%S}",
            "author": e.author,
            "action": e.action,
            "theme": e.theme,
            "undoes": e.undoes,
            "what": words[e.seq],
        }
        for e in shown
    ]
    if as_json:
        print_json({"events": rows})
        return
    print_table(
        "Theme edits",
        ("no.", "at", "author", "what", "theme"),
        [(row["seq"], row["at"], row["author"], row["what"], row["theme"]) for row in rows],
    )


def agreed(question: str) -> bool:
    """Whether the user says yes."""
    try:
        return typer.confirm(question, err=True)
    except typer.Abort:
        return False


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


def theme_set(store: str, at: str | None = None) -> ThemeSet:
    from voc.pipeline import stored_themes
    from voc.store import Store

    themes = stored_themes(Store.open(store).snapshot(), until=moment(at) if at else None)
    if themes is None:
        raise UsageError(f"The store {store} has no themes yet: find them with 'voc themes discover --store {store}'.")
    return themes


def print_proposal(proposal: Proposal, told: Preview) -> None:
    """What a re-discovery changes, theme by theme; nothing for first themes."""
    if proposal.matched is None:
        return
    say(proposal.told())
    if rows := proposal.changes():
        print_table("What changes", ("what", "now", "then"), rows)
    print_preview(told)


def print_preview(told: Preview) -> None:
    """What an edit would change: counts, and the themes concerned with their score before and after."""
    score = {"nps": "NPS", "stars": "stars", "sentiment_balance": "tone"}[told.score]
    if told.effects:
        print_table(
            "Themes concerned",
            ("theme", "comments now", "then", f"{score} now", "then"),
            [(e.label, e.n_before, e.n_after, e.score_before, e.score_after) for e in told.effects],
        )
    say(
        f"{told.segments:,} segments of {told.comments:,} comments change theme; "
        f"unthemed: {100 * told.unthemed_before:.1f} % of the comments now, {100 * told.unthemed_after:.1f} % then."
    )
