"""voc beyond: risk, advocates, moments, quotes, journey, outcomes, competitors."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from voc.cli.analysis import frames_of
from voc.cli.console import (
    STORE,
    JsonOption,
    StoreOption,
    WhereOption,
    print_frame,
    print_json,
    records,
    say,
)
from voc.errors import InputError, UsageError

if TYPE_CHECKING:
    import pandas as pd

# The keys of the JSON documents are a contract; analytics tables may hold more columns.
RISK_COLUMNS = ("score", "survey_type", "sign", "n", "count", "share", "low", "high", "small")
ADVOCATE_COLUMNS = (
    *("by", "n", "advocates", "share", "low", "high"),
    *("warns_off", "warns_share", "warns_low", "warns_high", "small"),
)
_KINDS = ("magic", "misery", "ease", "effort")
MOMENT_COLUMNS = (
    *("theme", "label", "n"),
    *(name for kind in _KINDS for name in (kind, f"{kind}_share", f"{kind}_low", f"{kind}_high")),
    "small",
)
CROSS_COLUMNS = ("theme", "label", "signal", "n", "count", "share", "low", "high", "over_all", "times", "small")
AUDIT_COLUMNS = ("sign", "read", "right", "precision", "low", "high", "passed")
RISK_LIST_COLUMNS = ("dataset", "id", "customer_id", "customer_value", "date", "score", "score_scale", "signs", "text")
QUOTE_COLUMNS = ("theme", "label", "kind", "quote", "words", "dataset", "id", "date", "source")
_PLACE = (
    *("n", "share", "low", "high", "sentiment_balance", "sentiment_low", "sentiment_high"),
    *("net_giving", "net_giving_low", "net_giving_high", "nps_n", "nps", "nps_low", "nps_high"),
    "small",
)
STAGE_COLUMNS = ("stage", *_PLACE)
MAP_COLUMNS = ("stage", "theme", "label", *_PLACE)
UNPLACED = ("unplaced_share", "unplaced_low", "unplaced_high")
OUTCOME_COLUMNS = ("goal", "n", "failed", "share_failed", "low", "high", "succeeded", "companion", "example", "small")
_TOLD = ("praised", "criticised", "leaving", "came_from")
COMPETITOR_COLUMNS = (
    *("competitor", "n", "base", "share", "low", "high"),
    *(name for told in _TOLD for name in (told, f"{told}_share", f"{told}_low", f"{told}_high")),
    "small",
)

TopOption = Annotated[int, typer.Option("--top", min=1, help="Rows to print; JSON has all.")]

app = typer.Typer(no_args_is_help=True, help="Beyond satisfaction: who is at risk, who recommends, moments, journey.")


def register(parent: typer.Typer) -> None:
    for command in (risk, advocates, moments, signals, quotes, journey, outcomes, competitors):
        app.command()(command)
    parent.add_typer(app, name="beyond")


def risk(
    sample: Annotated[
        Path | None, typer.Option("--sample", metavar="FILE", help="Write comments to read, 50 of each sign (.csv).")
    ] = None,
    audited: Annotated[
        Path | None, typer.Option("--audited", metavar="FILE", help="That file with yes or no in the column right.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="Write who is at risk, by passed signs.")
    ] = None,
    store: StoreOption = STORE,
    where: WhereOption = None,
    as_json: JsonOption = False,
) -> None:
    """How many of the satisfied tell of taking, complain, warn off or think of leaving; a list after an audit."""
    from voc import analytics

    if output is not None and audited is None:
        raise UsageError("a list needs an audit: write a sample with --sample, fill it in, give it with --audited")
    comments = frames_of(store, where).comments
    if sample is not None:
        _write(analytics.risk_sample(comments), sample)
        return
    if audited is not None:
        _audit(comments, audited, output, as_json)
        return
    table = analytics.satisfied_at_risk(comments)
    if _printed_json(table, RISK_COLUMNS, as_json):
        return
    print_frame("Satisfied, yet …", table, RISK_COLUMNS, empty="")
    say("Of the satisfied (7–10 of 10, 4–5 stars or CSAT) with a tagged comment. Signs overlap; do not add.")
    say("A count, not a list of names: labels err. --sample FILE begins an audit on your comments.")


def _audit(comments: pd.DataFrame, audited: Path, output: Path | None, as_json: bool) -> None:
    """Tell what an audit found, and list those at risk where it lets them be listed."""
    import pandas as pd

    from voc import analytics

    try:
        read = pd.read_csv(audited, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise InputError(f"Cannot read {audited}: {error}.") from error
    listed = analytics.risk_list(comments, read)
    table = analytics.risk_audit(comments, read)
    if as_json:
        rows = records(listed.assign(signs=listed["signs"].map(";".join)), RISK_LIST_COLUMNS)
        print_json({"audit": records(table, AUDIT_COLUMNS), "rows": rows, "note": listed.attrs.get("note")})
    else:
        print_frame("How often each sign was right", table, AUDIT_COLUMNS, empty="")
        say(listed.attrs.get("note", f"{len(listed):,} satisfied comments at risk by signs that passed."))
    if output is not None and len(listed):
        _write(listed.assign(signs=listed["signs"].map(";".join)), output)


def _write(table: pd.DataFrame, path: Path) -> None:
    """Write a table (.csv, .jsonl, .xlsx), or say why it is empty."""
    from voc.pipeline.sinks import open_sink

    if table.empty:
        say(str(table.attrs["note"]))
        return
    with open_sink(str(path), [str(name) for name in table.columns]) as sink:
        sink.write(records(table, [str(name) for name in table.columns]))
    say(f"Wrote {path}: {len(table):,} comments.")


def advocates(
    store: StoreOption = STORE,
    by: Annotated[
        str, typer.Option("--by", metavar="COLUMN", help="Group by a column: stance, brand, customer_segment …")
    ] = "stance",
    where: WhereOption = None,
    as_json: JsonOption = False,
) -> None:
    """Who recommends and who warns off, beside giving and taking or by any column."""
    from voc import analytics

    table = analytics.advocates(frames_of(store, where).comments, by)
    if not _printed_json(table, ADVOCATE_COLUMNS, as_json):
        print_frame(f"Who recommends, who warns off, by {by}", table, ADVOCATE_COLUMNS, empty="")


def moments(
    store: StoreOption = STORE, top: TopOption = 15, where: WhereOption = None, as_json: JsonOption = False
) -> None:
    """Moments of magic and misery by theme, and where it was made easy or hard."""
    from voc import analytics

    frames = frames_of(store, where, listed=not as_json)
    table = analytics.moments(frames.comments, frames.segments, frames.themes)
    if _printed_json(table, MOMENT_COLUMNS, as_json):
        return
    shown = ("label", "n", *(name for kind in _KINDS[:2] for name in (kind, f"{kind}_share")), "ease", "effort")
    print_frame("Moments of magic and misery", table.head(top), shown, empty="")
    say("Shares of the theme's comments. Magic: a positive sentence that tells of giving; misery: a negative.")
    _say_exploratory(table)


def signals(
    store: StoreOption = STORE, top: TopOption = 20, where: WhereOption = None, as_json: JsonOption = False
) -> None:
    """Which signals of giving and taking come up with which theme; exploratory."""
    from voc import analytics

    frames = frames_of(store, where, listed=not as_json)
    table = analytics.signal_crosses(frames.comments, frames.segments, frames.themes)
    if _printed_json(table, CROSS_COLUMNS, as_json):
        return
    print_frame("Signals by theme", table.head(top), CROSS_COLUMNS[1:], empty="")
    _say_exploratory(table)


def _say_exploratory(table: pd.DataFrame) -> None:
    """What holds of every table that crosses themes with something."""
    from voc.analytics.crosses import EXPLORATORY

    if caution := table.attrs.get("caution"):
        say(str(caution))
    if len(table):
        say(EXPLORATORY)


def quotes(
    store: StoreOption = STORE,
    kind: Annotated[str, typer.Option("--kind", help="magic, misery, praised, criticised or advocates.")] = "magic",
    per_theme: Annotated[int, typer.Option("--per-theme", help="How many a theme.")] = 3,
    seed: Annotated[int, typer.Option("--seed", help="Of the lot: the same gives the same quotes.")] = 0,
    where: WhereOption = None,
    as_json: JsonOption = False,
) -> None:
    """Short quotes without personal data, drawn by lot, for use inside the company."""
    from voc import analytics

    frames = frames_of(store, where, listed=not as_json)
    table = analytics.internal_quotes(frames.comments, frames.segments, frames.themes, kind, per_theme, seed)
    if _printed_json(table, QUOTE_COLUMNS, as_json):
        return
    print_frame(f"Quotes: {kind}", table, ("label", "quote", "date", "source"), empty="")
    say("For use inside. To show them outside, ask the customers first: their consent is yours to get.")


def journey(
    store: StoreOption = STORE,
    stages: Annotated[
        Path | None,
        typer.Option("--stages", metavar="FILE", help="Your own stages: TOML, [stages] name = rule."),
    ] = None,
    top: TopOption = 25,
    where: WhereOption = None,
    as_json: JsonOption = False,
) -> None:
    """Where on the journey customers speak of, and which themes come up there."""
    from voc import analytics

    own = analytics.read_stages(stages) if stages else analytics.default_stages()
    frames = frames_of(store, where, listed=not as_json)
    table = analytics.journey(frames.comments, frames.segments, own)
    pairs = analytics.journey_map(frames.comments, frames.segments, frames.themes, own)
    if as_json:
        about = {name: table.attrs[name] for name in UNPLACED}
        print_json({"rows": records(table, STAGE_COLUMNS), "map": records(pairs, MAP_COLUMNS), **about})
        return
    shown = ("n", "share", "low", "high", "sentiment_balance", "net_giving", "nps")
    print_frame("The journey", table, ("stage", *shown), empty="")
    largest = pairs.sort_values("n", ascending=False, kind="stable").head(top)
    print_frame(
        "Stage and theme in one sentence", largest, ("stage", "label", *shown[:5]), empty="No theme at any stage."
    )
    _say_exploratory(pairs)
    unplaced = table.attrs["unplaced_share"]
    if unplaced == unplaced:
        say(
            f"{100 * unplaced:.0f} % of the tagged comments are at no stage. Stages are found by rule: a first reading."
        )


def outcomes(
    store: StoreOption = STORE, top: TopOption = 20, where: WhereOption = None, as_json: JsonOption = False
) -> None:
    """What customers tried to get done, in their words, and where they failed."""
    from voc import analytics

    frames = frames_of(store, where, listed=not as_json)
    table = analytics.outcomes(frames.comments, frames.segments, frames.themes)
    if _printed_json(table, OUTCOME_COLUMNS, as_json):
        return
    print_frame("What customers tried", table.head(top), OUTCOME_COLUMNS[:-1], empty="")
    say('Found by wording ("tried to …", "couldn\'t …", "managed to …"): what is told otherwise is missing.')


def competitors(
    store: StoreOption = STORE,
    name: Annotated[
        list[str] | None,
        typer.Option("--name", help="Whom to look for (repeatable; default: the brands)."),
    ] = None,
    where: WhereOption = None,
    as_json: JsonOption = False,
) -> None:
    """Who else is named, in what tone, and who comes from or goes to whom."""
    from voc import analytics

    frames = frames_of(store, where)
    table = analytics.competitors(frames.comments, frames.segments, name or None)
    unlisted = analytics.unlisted_names(frames.comments, name or ())
    if as_json:
        rows, others = records(table, COMPETITOR_COLUMNS), records(unlisted, ("name", "n"))
        print_json({"rows": rows, "unlisted": others, "note": table.attrs.get("note")})
        return
    shown = ("competitor", "n", "share", "low", "high", *_TOLD)
    print_frame("Competitors named in comments on others", table, shown, empty="")
    if len(unlisted):
        print_frame("Names that may be competitors: give them with --name", unlisted, ("name", "n"), empty="")
    say("Tone is that of the sentences with the name, whoever it is said of: read them.")


def _printed_json(table: pd.DataFrame, columns: tuple[str, ...], as_json: bool) -> bool:
    if as_json:
        print_json({"rows": records(table, columns), "note": table.attrs.get("note")})
    return as_json
