"""report, explore, demo: what people look at."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from voc.cli.console import STORE, AtOption, Bars, StoreOption, WhereOption, say
from voc.config import samples_folder
from voc.errors import UsageError

DEMO_STORE = "demo-store"
#: Events in the store's folder, marked on the brief's time line.
PORT = 8501
HERE = "127.0.0.1"


def register(app: typer.Typer) -> None:
    for command in (report, explore, demo):
        app.command()(command)


def report(
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="FILE", help="The brief: ends in .html, .pdf, .pptx or .xlsx.")
    ],
    store: StoreOption = STORE,
    period: Annotated[
        str | None,
        typer.Option("--period", help="month, quarter (default), year, or one by name: 2026, 2026-Q3, 2026-09."),
    ] = None,
    view: Annotated[
        str | None, typer.Option("--view", metavar="NAME", help="Of a saved view alone ('voc views'), for one team.")
    ] = None,
    where: WhereOption = None,
    events: Annotated[
        Path | None,
        typer.Option(
            "--events",
            metavar="FILE",
            help="CSV (date,event) to mark on the time line; default: events.csv in the store.",
        ),
    ] = None,
    at: AtOption = None,
) -> None:
    """Write the leader's brief: the answer, score, complaints, gratitude, giving and taking, what is new, how sure."""
    from voc.cli.analysis import frames_of
    from voc.pipeline import events_of
    from voc.pipeline.views import condition_of
    from voc.report import as_events, gather, require_format, write

    suffix = require_format(output)
    chosen = [f"({one})" for one in (condition_of(store, view) if view else None, where) if one]
    marks = as_events(events_of(store, events))
    condition = " AND ".join(chosen) or None
    brief = gather(
        frames_of(store, condition, at),
        period,
        name=view,
        events=marks,
        options={
            "View": view,
            "Condition": condition,
            "Themes as of": at,
            "Events": f"{len(marks)} known" if marks else None,
        },
        command=_again(
            output, store, {"--period": period, "--view": view, "--where": where, "--events": events, "--at": at}
        ),
        shares=suffix == ".xlsx",
    )
    write(brief, output)
    say(f"Wrote {output}.")


def _again(output: Path, store: str, options: Mapping[str, object]) -> str:
    """The command that makes this brief again."""
    given = [word for name, value in options.items() if value is not None for word in (name, str(value))]
    return shlex.join(["voc", "report", "-o", str(output), "--store", store, *given])


def explore(
    store: StoreOption = STORE,
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="Port on this machine.")] = PORT,
    address: Annotated[
        str, typer.Option("--address", help="Address to answer at; another than this machine's asks for [access].")
    ] = HERE,
) -> None:
    """Open the explorer in the browser; Ctrl-C ends it. Without [access] in voc.toml it answers this machine alone."""
    from voc.access import access_settings

    _require_free(port)
    if access_settings():
        who = "who may see what: [access] of voc.toml"
    elif address == HERE:
        who = f"it answers this machine alone, {HERE}, and asks nobody who they are"
    else:
        raise UsageError(
            f"--address {address}: without [access] in voc.toml the explorer answers this machine alone ({HERE})"
        )
    say(f"The explorer is at http://localhost:{port} (store: {store}; {who}). Ctrl-C ends it.")
    _serve(store, port, address)


def _require_free(port: int) -> None:
    """Raise UsageError where another program listens on ``port``: its page would open instead."""
    import socket

    with socket.socket() as probe:
        probe.settimeout(1)
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            raise UsageError(f"port {port} is taken by another program; choose another: voc explore --port {port + 1}")


def demo(
    serve: Annotated[bool, typer.Option("--serve/--no-serve", help="Open the explorer afterwards.")] = True,
    store: StoreOption = DEMO_STORE,
    port: Annotated[int, typer.Option("--port", min=1, max=65535)] = PORT,
) -> None:
    """Run everything on the sample data: tag, find themes, print the top drivers, open the explorer."""
    from voc.cli.data import report_run
    from voc.cli.scores import drivers
    from voc.pipeline import RunOptions, run
    from voc.store import Store

    say("Sample data: what customers of two fictional mobile brands said in 14 months.")
    summary = run([str(samples_folder())], Store.open(store, create=True), RunOptions(command="voc demo"), Bars())
    report_run(summary, store, as_json=False)
    drivers(store=store, score="nps", where=None, as_json=False, top=10)
    say(f"The brief for a leader: voc report -o brief.html --store {store}")
    if serve:
        explore(store, port)


def _serve(store: str, port: int, address: str) -> NoReturn:
    package = Path(__file__).resolve().parents[1]
    beside = package.parent / "app.py"
    app = beside if beside.is_file() else package / "ui" / "app.py"
    command = [
        sys.executable,
        "-m",
        "voc.ui.serve",
        "run",
        str(app),
        "--server.port",
        str(port),
        "--server.address",
        address,
        "--server.headless",
        "true",
        "--browser.gatherUsageStats",
        "false",
    ]
    # In place of this process, so that ending it ends the server.
    os.execve(sys.executable, command, {**os.environ, "VOC_STORE": store})
