"""gaps, runs: numbers from the store."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

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
    from voc.store import Store, standing

    rows = Store.open(store).snapshot().runs().to_pylist()
    stand = standing(rows)
    runs = [_run(row) | {"stands": row["run_id"] in stand} for row in reversed(rows)]
    if as_json:
        print_json({"runs": runs})
        return
    told = [(r["run_id"], r["finished"], r["command"], _state(r)) for r in runs]
    print_table("Runs", ("run", "finished", "command", "state"), told)


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


@runs_app.command("undo")
def undo(
    run_id: Annotated[str | None, typer.Argument(help="The run (default: the last that stands).")] = None,
    store: StoreOption = STORE,
    later: Annotated[bool, typer.Option("--later", help="Take back all that came after it as well.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Put the store back to what it was before a run; an undoing is a run too and can be taken back."""
    from voc.store import Store, undo_run

    done = undo_run(Store.open(store), run_id, later=later)
    if as_json:
        print_json(done.as_json())
        return
    told = [*(f"{one} taken back" for one in done.undone), *(f"{one} restored" for one in done.restored)]
    say(
        f"{', '.join(told)}; the store holds {done.comments:,} comments. To take this back: voc runs undo {done.run_id}"
    )


def frames_of(store: str, where: str | None = None, at: str | None = None, *, listed: bool = False) -> Frames:
    """The store's content as frames, filtered, with the themes of the date ``at``; ``listed``: with the names of
    unstable ones marked, as people are shown them. Raises InputError when the store or the selection is empty,
    UsageError when there were no themes by then.
    """
    from voc.errors import InputError
    from voc.pipeline import load_frames, stored_themes
    from voc.store import Store

    snapshot = Store.open(store).snapshot()
    frames = load_frames(snapshot, stored_themes(snapshot, until=moment(at)) if at else None)
    if frames.comments.empty:
        raise InputError(f"The store {store} is empty: add comments with 'voc run FILE --store {store}'.")
    if listed:
        frames = frames.marked
    if where is None:
        return frames
    chosen = frames.where(where)
    if chosen.comments.empty:
        raise InputError(f"No comment meets {where!r}: loosen the condition.")
    return chosen


def _state(run: dict[str, Any]) -> str:
    if run["stands"]:
        return ""
    return "an undoing" if "undone" in run["counts"] else "taken back"


def _run(row: dict[str, Any]) -> dict[str, Any]:
    parsed = {name: json.loads(str(row[name])) for name in ("counts", "versions")}
    times = {name: f"{row[name]:%Y-%m-%d %H:%M:%S}" for name in ("started", "finished")}
    return {**row, **parsed, **times}
