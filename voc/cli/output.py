"""report, explore, demo: what people look at."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from voc.cli.console import STORE, AtOption, Bars, StoreOption, say
from voc.config import samples_folder
from voc.errors import UsageError

DEMO_STORE = "demo-store"
PORT = 8501


def register(app: typer.Typer) -> None:
    for command in (report, explore, demo):
        app.command()(command)


def report(
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="FILE", help="The brief: .html, prints on two pages.")
    ],
    store: StoreOption = STORE,
    period: Annotated[str | None, typer.Option("--period", help="month or quarter (default: quarter).")] = None,
    at: AtOption = None,
) -> None:
    """Write the leader's brief: score and change, top complaint drivers, what customers are grateful for."""
    from voc.cli.analysis import frames_of
    from voc.report import gather, write

    write(gather(frames_of(store, at=at), period=period), output)
    say(f"Wrote {output}.")


def explore(
    store: StoreOption = STORE,
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="Port on this machine.")] = PORT,
) -> None:
    """Open the explorer in the browser; Ctrl-C ends it."""
    _require_free(port)
    say(f"The explorer is at http://localhost:{port} (store: {store}). Ctrl-C ends it.")
    _serve(store, port)


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


def _serve(store: str, port: int) -> NoReturn:
    package = Path(__file__).resolve().parents[1]
    beside = package.parent / "app.py"
    app = beside if beside.is_file() else package / "ui" / "app.py"
    command = [
        sys.executable,
        "-m",
        "streamlit",
        "run",
        str(app),
        "--server.port",
        str(port),
        "--server.headless",
        "true",
        "--browser.gatherUsageStats",
        "false",
    ]
    # In place of this process, so that ending it ends the server.
    os.execve(sys.executable, command, {**os.environ, "VOC_STORE": store})
