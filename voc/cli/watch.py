"""watch: what changed beyond chance, for a scheduled job."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from voc.cli.analysis import frames_of
from voc.cli.console import STORE, JsonOption, StoreOption, WhereOption, print_json, say


def register(app: typer.Typer) -> None:
    app.command()(watch)


def watch(
    store: StoreOption = STORE,
    period: Annotated[str, typer.Option("--period", help="month, quarter, week, year, day, or one by name.")] = "month",
    against: Annotated[
        str | None, typer.Option("--against", metavar="PERIOD", help="An earlier period; default: the one before.")
    ] = None,
    explorer: Annotated[
        str | None, typer.Option("--explorer", metavar="URL", help="Address of the explorer, for links to comments.")
    ] = None,
    send_to: Annotated[
        str | None,
        typer.Option("--send", metavar="URL", help="POST it there as JSON where something changed.", envvar="VOC_SEND"),
    ] = None,
    always: Annotated[bool, typer.Option("--always", help="Send it also where nothing changed.")] = False,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="FILE", help="Also keep it (.json: JSON); sent only where it differs."),
    ] = None,
    subscribed: Annotated[
        bool, typer.Option("--subscriptions", help="Deliver what readers subscribed to in the explorer, and no more.")
    ] = False,
    where: WhereOption = None,
    as_json: JsonOption = False,
) -> None:
    """What changed beyond chance, with links and its false-alarm rate: to print, keep and send (cron)."""
    from voc.files import write_whole
    from voc.report.digest import digest
    from voc.report.send import require_address, send

    if subscribed:
        _deliver(store, explorer, as_json)
        return
    if send_to:
        require_address(send_to)
    found = digest(frames_of(store, where, listed=True), period, against, explorer)
    if as_json:
        print_json(found.as_dict())
    else:
        print(found.as_text(), end="")
    kept = found.as_text()
    if output is not None and output.suffix.lower() == ".json":
        kept = json.dumps(found.as_dict(), indent=2, ensure_ascii=False) + "\n"
    if send_to and (found.news or always):
        if output is not None and output.is_file() and output.read_text(encoding="utf-8") == kept:
            say("Not sent: it is the same as last time.")
        else:
            send(found, send_to)
    if output is not None:
        write_whole(kept, output)


def _deliver(store: str, explorer: str | None, as_json: bool) -> None:
    from voc.report.subscriptions import deliver

    failed = False
    rows = []
    for one, became in deliver(store, explorer):
        failed = failed or became.startswith("failed")
        rows.append({"view": one.view, "author": one.author, "period": one.period, "became": became})
        if not as_json:
            say(f"“{one.view}”, {one.author}: {became}.")
    if as_json:
        print_json({"rows": rows})
    elif not rows:
        say("Nobody has subscribed to a view yet: open one in the explorer, under Views.")
    if failed:
        raise typer.Exit(4)
