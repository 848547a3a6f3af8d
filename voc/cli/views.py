"""views: conditions over the comments under a name, for briefs of one team each."""

from __future__ import annotations

from typing import Annotated

import typer

from voc.cli.console import STORE, JsonOption, StoreOption, print_json, print_table, say

app = typer.Typer(no_args_is_help=True, help="Saved views: a condition over the comments under a name.")


@app.command("list")
def list_views(store: StoreOption = STORE, as_json: JsonOption = False) -> None:
    """List the saved views."""
    from voc.pipeline.views import saved_views

    views = saved_views(store)
    if as_json:
        print_json({"views": [{"name": name, "where": where} for name, where in views.items()]})
        return
    if not views:
        say("No view is saved yet: voc views save NAME --where EXPR.")
        return
    print_table("Saved views", ("name", "where"), list(views.items()))


@app.command("save")
def save(
    name: Annotated[str, typer.Argument(help="Name of the view; one of that name is replaced.")],
    where: Annotated[str, typer.Option("--where", metavar="EXPR", help="SQL condition on the comments' columns.")],
    store: StoreOption = STORE,
) -> None:
    """Save a condition under a name, after a look at how many comments meet it."""
    from voc.cli.analysis import frames_of
    from voc.pipeline.views import save_view

    met = len(frames_of(store, where).comments)
    save_view(store, name, where)
    say(f"Saved “{name}”: {met:,} comments meet it. Its brief: voc report -o brief.html --view '{name}'.")


@app.command("remove")
def remove(name: Annotated[str, typer.Argument(help="Name of the view.")], store: StoreOption = STORE) -> None:
    """Forget a saved view; comments and themes stay."""
    from voc.pipeline.views import remove_view

    remove_view(store, name)
    say(f"Removed the view “{name}”.")
