"""giving: how the company shows up in what customers say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from voc.cli.analysis import frames_of
from voc.cli.console import (
    STORE,
    JsonOption,
    StoreOption,
    WhereOption,
    print_json,
    print_table,
    records,
    say,
)

if TYPE_CHECKING:
    import pandas as pd

_PARTS = ("giving", "both", "taking", "neither")
# The keys of the JSON documents are a contract; analytics tables may hold more columns.
BALANCE_COLUMNS = (
    *("by", "period", "n", *_PARTS, "net", "low", "high"),
    *(name for part in _PARTS for name in (f"share_{part}", f"{part}_low", f"{part}_high")),
    "small",
)
DIFFERENCE = ("difference", "difference_low", "difference_high")
PAIR_COLUMNS = (
    *("block", "pair", "giving_signal", "taking_signal", "n", "n_giving", "share_giving", "giving_low", "giving_high"),
    *("n_taking", "share_taking", "taking_low", "taking_high", "small"),
)
QUADRANT_COLUMNS = (
    *("sentiment", "stance", "quadrant", "n", "count", "share", "low", "high"),
    *("n_sentiment", "share_sentiment", "sentiment_low", "sentiment_high", "small"),
)
_SIDES = ("giving", "taking")


def register(app: typer.Typer) -> None:
    app.command()(giving)


def giving(
    store: StoreOption = STORE,
    by: Annotated[
        str | None, typer.Option("--by", metavar="COLUMN", help="Group by a column: brand, customer_segment, theme …")
    ] = None,
    period: Annotated[str | None, typer.Option("--period", help="day, week, month, quarter or year.")] = None,
    where: WhereOption = None,
    as_json: JsonOption = False,
) -> None:
    """Giving, both, taking, neither; the two blocks, the seven pairs, and where feeling and stance part."""
    from voc import analytics
    from voc.schema import BLOCKS

    comments = frames_of(store, where, listed=not as_json).comments
    balance = analytics.net_giving(comments, by="theme_labels" if by == "theme" else by, period=period)
    blocks, pairs, corners = (
        make(comments) for make in (analytics.block_balance, analytics.signal_balance, analytics.quadrants)
    )
    if as_json:
        print_json(
            {
                "rows": records(balance, BALANCE_COLUMNS),
                "blocks": records(blocks, BALANCE_COLUMNS),
                **{name: blocks.attrs[name] for name in DIFFERENCE},
                "pairs": records(pairs, PAIR_COLUMNS),
                "quadrants": records(corners, QUADRANT_COLUMNS),
                "note": balance.attrs.get("note"),
            }
        )
        return
    if balance.empty:
        say(balance.attrs["note"])
        return
    _print_balance("Giving and taking", balance)
    _print_balance("The two blocks", blocks.replace({"by": {block: name for block, name, _ in BLOCKS}}))
    _print_pairs(pairs)
    _print_corners(corners)
    say("Of the tagged comments; in brackets the 95 % interval. Net giving = % giving − % taking.")
    say("Customers' accounts, not findings of intent.")
    if by == "source":
        say("Do not compare sources: who writes where, and why, differs. Compare a source with its own past.")


def _print_balance(title: str, table: pd.DataFrame) -> None:
    rows = [
        (
            *(row["by"], row["period"], row["n"]),
            *(_share(row[f"share_{part}"], row[f"{part}_low"], row[f"{part}_high"]) for part in _PARTS),
            _points(row["net"], row["low"], row["high"]),
        )
        for row in table.to_dict("records")
    ]
    print_table(title, ("by", "period", "n", *_PARTS, "net giving"), rows)


def _print_pairs(table: pd.DataFrame) -> None:
    from voc.schema import SIGNAL_NAMES

    rows = []
    for row in table.to_dict("records"):
        sides = [
            (SIGNAL_NAMES[row[f"{side}_signal"]], _share(row[f"share_{side}"], row[f"{side}_low"], row[f"{side}_high"]))
            for side in _SIDES
        ]
        rows.append((row["block"], row["pair"], *sides[0], *sides[1]))
    print_table("The seven pairs", ("block", "pair", "giving", "share", "taking", "share"), rows)


def _print_corners(table: pd.DataFrame) -> None:
    rows = [
        (
            *(row["quadrant"], row["count"], _share(row["share"], row["low"], row["high"]), row["sentiment"]),
            _share(row["share_sentiment"], row["sentiment_low"], row["sentiment_high"]),
        )
        for row in table.dropna(subset=["quadrant"]).to_dict("records")
    ]
    print_table("Where feeling and stance part", ("corner", "n", "of all", "feeling", "of those who feel so"), rows)


def _share(share: float, low: float, high: float) -> str | None:
    """``32 % (29 to 35)``."""
    return None if share != share else f"{100 * share:.0f} % ({100 * low:.0f} to {100 * high:.0f})"


def _points(value: float, low: float, high: float) -> str | None:
    """``+12 (+8 to +16)``."""
    from voc.charts.words import signed

    return None if value != value else f"{signed(value)} ({signed(low)} to {signed(high)})"
