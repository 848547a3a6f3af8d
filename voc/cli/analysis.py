"""gaps, runs: numbers from the store."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from voc.cli.console import (
    STORE,
    JsonOption,
    StoreOption,
    WhereOption,
    moment,
    print_frame,
    print_json,
    print_table,
    records,
    say,
)

if TYPE_CHECKING:
    from voc.pipeline import Frames

# The keys of the JSON documents are a contract; analytics tables may hold more columns.
GAP_COLUMNS = (
    *("area", "n", "now", "ideal", "gap", "low", "high"),
    *("by", "rank", "rank_low", "rank_high", "nps_n", "nps_per_point", "nps_low", "nps_high", "small"),
)

runs_app = typer.Typer(no_args_is_help=True, help="The runs that made the store.")


def register(app: typer.Typer) -> None:
    app.command()(gaps)
    app.add_typer(runs_app, name="runs")


def gaps(
    store: StoreOption = STORE,
    by: Annotated[
        str | None, typer.Option("--by", metavar="COLUMN", help="Group by a column: customer_segment …")
    ] = None,
    where: WhereOption = None,
    as_json: JsonOption = False,
) -> None:
    """Survey areas: how customers experience the company now against how they would prefer it."""
    from voc import analytics

    table = analytics.gaps(frames_of(store, where).comments, by=by)
    if as_json:
        about = {name: table.attrs.get(name) for name in ("survey_type", "note")}
        print_json({"rows": records(table, GAP_COLUMNS), **about})
        return
    groups = ("by",) if by else ()
    print_frame(
        "Now against ideal, widest gap first; rank_low to rank_high: the ranks that the data leave open",
        table,
        (*groups, "rank", "rank_low", "rank_high", *GAP_COLUMNS[:7]),
        empty="No pair of 'now' and 'ideal' columns.",
    )
    scored = table.dropna(subset=["nps_per_point"])
    if len(scored):
        print_frame(
            "NPS points that go with one point more of gap; each area alone",
            scored,
            (*groups, "area", "nps_n", "nps_per_point", "nps_low", "nps_high"),
            empty="",
        )
        say("Association, not cause. Areas overlap; do not add.")


@runs_app.command("list")
def list_runs(store: StoreOption = STORE, as_json: JsonOption = False) -> None:
    """List the runs, newest first."""
    from voc.store import Store

    runs = [_run(row) for row in reversed(Store.open(store).snapshot().runs().to_pylist())]
    if as_json:
        print_json({"runs": runs})
        return
    print_table("Runs", ("run", "finished", "command"), [(r["run_id"], r["finished"], r["command"]) for r in runs])


@runs_app.command("show")
def show_run(run_id: str, store: StoreOption = STORE) -> None:
    """Show one run as JSON: what it read, with which models."""
    from voc.errors import UsageError
    from voc.store import Store

    for row in Store.open(store).snapshot().runs().to_pylist():
        if row["run_id"] == run_id:
            print_json(_run(row))
            return
    raise UsageError(f"No run {run_id!r} in {store}: list them with 'voc runs list'.")


def frames_of(store: str, where: str | None = None, at: str | None = None) -> Frames:
    """The store's content as frames, filtered, with the themes of the date ``at``. Raises InputError when the store or
    the selection is empty, UsageError when there were no themes by then.
    """
    from voc.errors import InputError
    from voc.pipeline import load_frames, stored_themes
    from voc.store import Store

    snapshot = Store.open(store).snapshot()
    frames = load_frames(snapshot, stored_themes(snapshot, until=moment(at)) if at else None)
    if frames.comments.empty:
        raise InputError(f"The store {store} is empty: add comments with 'voc run FILE --store {store}'.")
    if where is None:
        return frames
    chosen = frames.where(where)
    if chosen.comments.empty:
        raise InputError(f"No comment meets {where!r}: loosen the condition.")
    return chosen


def _run(row: dict[str, object]) -> dict[str, object]:
    parsed = {name: json.loads(str(row[name])) for name in ("counts", "versions")}
    times = {name: f"{row[name]:%Y-%m-%d %H:%M:%S}" for name in ("started", "finished")}
    return {**row, **parsed, **times}
