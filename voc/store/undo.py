"""Taking back runs: the tables as they were before one of them, as a further run. Nothing is lost by it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from voc.errors import UsageError
from voc.store.store import Store

#: Name in a run's counts for the run before which the store was put back.
UNDONE: Final = "undone"


@dataclass(frozen=True)
class Undone:
    """``undone``: the runs taken back, newest first; ``restored``: those that are back, where an undoing was taken
    back; ``run_id``: the run that did it; ``comments``: how many the store holds now."""

    undone: tuple[str, ...]
    restored: tuple[str, ...]
    run_id: str
    comments: int

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def standing(runs: Sequence[dict[str, Any]]) -> tuple[str, ...]:
    """Ids of the runs whose changes are in the store now, oldest first. ``runs``: rows of RUNS, oldest first."""
    return _stood(runs)[1]


def undo_run(store: Store, run_id: str | None = None, *, later: bool = False) -> Undone:
    """Put every table back to what it was before a run (default: the last one that stands), in one commit.

    With the run all that came after it goes, theme edits too: ``later`` says that this is meant. An undoing is a run
    and can be taken back. Raises UsageError where there is no such run, it is taken back already, others came after
    it, or what was there before it is no longer kept.
    """
    with store.writer("voc runs undo") as writer:
        runs = writer.base.runs().to_pylist()
        before, now = _stood(runs)
        if run_id is None and not now:
            raise UsageError(f"No run in {store.path} that could be taken back.")
        wanted = run_id or now[-1]
        if wanted not in before:
            raise UsageError(f"No run {wanted!r} in {store.path}: list them with 'voc runs list'.")
        then = before[wanted]
        if then == now or (wanted not in now and not _undid(_row(runs, wanted))):
            raise UsageError(f"The run {wanted} is taken back already: list the runs with 'voc runs list'.")
        gone = tuple(one for one in reversed(now) if one not in then)
        if not later and (others := [one for one in gone if one != wanted]):
            raise UsageError(
                f"{len(others)} later run(s) would be taken back with {wanted} ({', '.join(others[:3])}"
                f"{' …' if len(others) > 3 else ''}): add --later if that is meant."
            )
        at = runs.index(_row(runs, wanted))
        earlier = store.snapshot(runs[at - 1]["run_id"]) if at else None
        writer.go_back(earlier)
        models = (runs[at - 1]["model_version"], runs[at - 1]["theme_version"]) if at else ("", None)
        back = tuple(one for one in then if one not in now)
        told = {UNDONE: wanted, "taken_back": list(gone), "restored": list(back)}
        done = writer.finish(told, *models)
    return Undone(gone, back, done, store.snapshot().count("comments"))


def _stood(runs: Sequence[dict[str, Any]]) -> tuple[dict[str, tuple[str, ...]], tuple[str, ...]]:
    """For each run those that stood before it; and those that stand now."""
    before: dict[str, tuple[str, ...]] = {}
    now: tuple[str, ...] = ()
    for run in runs:
        before[run["run_id"]] = now
        undid = _undid(run)
        now = before[undid] if undid else (*now, run["run_id"])
    return before, now


def _undid(run: dict[str, Any]) -> str | None:
    found: str | None = json.loads(run["counts"]).get(UNDONE)
    return found


def _row(runs: Sequence[dict[str, Any]], run_id: str) -> dict[str, Any]:
    return next(run for run in runs if run["run_id"] == run_id)
