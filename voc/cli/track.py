"""track: recurring questions, answered by rule."""

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
from voc.cli.themes import AuthorOption, DryRunOption, user
from voc.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

# The keys of the JSON documents are a contract; analytics tables may hold more columns.
TOPIC_COLUMNS = (
    *("topic", "rule", "n", "share", "low", "high", "sentiment_balance", "sentiment_low", "sentiment_high"),
    *("net_giving", "net_giving_low", "net_giving_high", "nps_n", "nps", "nps_low", "nps_high"),
    *("trend", "trend_low", "trend_high", "companion", "companion_share"),
    *("unthemed_share", "unthemed_low", "unthemed_high", "small"),
)
PERIOD_COLUMNS = ("topic", "period", "n", "count", "share", "low", "high", "small")
_SHOWN = ("topic", "rule", "n", "share", "low", "high", "trend", "trend_low", "trend_high", "companion", "nps")


def register(app: typer.Typer) -> None:
    app.command()(track)


def track(
    rule: Annotated[
        str | None,
        typer.Argument(metavar="[RULE]", help='What to track, e.g. "esim NEAR/5 (activate OR scan)"; none: list all.'),
    ] = None,
    name: Annotated[str | None, typer.Option("--name", help="What to call it (default: the rule itself).")] = None,
    remove: Annotated[str | None, typer.Option("--remove", metavar="NAME", help="Track this topic no more.")] = None,
    codebook: Annotated[
        Path | None,
        typer.Option("--codebook", metavar="FILE", help="Track all codes of a CSV: name, and rule or words."),
    ] = None,
    dry_run: DryRunOption = False,
    period: Annotated[str, typer.Option("--period", help="day, week, month, quarter or year.")] = "month",
    store: StoreOption = STORE,
    author: AuthorOption = None,
    where: WhereOption = None,
    as_json: JsonOption = False,
) -> None:
    """Track a topic by rule: words, AND, OR, NOT, NEAR/5, signal:delay; counted over the whole history."""
    from voc import analytics
    from voc.pipeline import untrack
    from voc.store import Store

    if remove is not None:
        if rule is not None:
            raise UsageError("Give a rule to track, or --remove NAME: not both.")
        untrack(Store.open(store), remove)
        say(f"Removed {remove!r}; no comment is touched.")
        return
    if codebook is not None and rule is not None:
        raise UsageError("Give a rule to track, or --codebook FILE: not both.")
    given = None if rule is None else _given(rule, name, None if dry_run else store, author or user())
    if codebook is not None:
        given = _codes(codebook, None if dry_run else store, author or user())
    frames = frames_of(store, where, listed=not as_json)
    topics = frames.topics if given is None else given
    if topics.empty and not as_json:
        say("Nothing is tracked yet: give a rule, such as 'voc track \"esim NEAR/5 (activate OR scan)\"'.")
        return
    table = analytics.topic_table(frames.comments, frames.segments, frames.themes, topics)
    periods = analytics.topic_periods(frames.comments, topics, period)
    n = table.attrs["n_tagged"]
    if as_json:
        print_json({"n": n, "rows": records(table, TOPIC_COLUMNS), "periods": records(periods, PERIOD_COLUMNS)})
        return
    print_frame("Tracked topics", table, _SHOWN, empty="")
    if given is not None:
        print_frame(f"By {period}", periods, PERIOD_COLUMNS[1:], empty="No dated comment: nothing to count over time.")
    say(f"Of {n:,} tagged comments; low to high: 95 % interval. Trend: share of the last 90 days less the 90 before.")
    say("companion: the discovered theme that most of these comments mention.")


def _codes(file: Path, store: str | None, author: str) -> pd.DataFrame:
    """``name, rule`` of a codebook, kept in ``store`` unless that is None."""
    import pandas as pd

    from voc.pipeline import read_codebook, track_all
    from voc.store import Store

    codes = read_codebook(file)
    if store is not None:
        say(f"{track_all(Store.open(store), codes, author):,} of {len(codes):,} codes are new.")
    return pd.DataFrame(codes, columns=["name", "rule"])


def _given(rule: str, name: str | None, store: str | None, author: str) -> pd.DataFrame:
    """``name, rule`` of the rule on the command line, kept in ``store`` unless that is None."""
    import pandas as pd

    from voc.pipeline import track
    from voc.rules import parse
    from voc.store import Store

    parse(rule)
    if store is not None:
        name = track(Store.open(store), rule, name, author)
    return pd.DataFrame([{"name": name or rule, "rule": rule}])
