"""The command line. Results go to stdout, progress and messages to stderr; see CONTRACT for exit codes."""

from __future__ import annotations

import signal
import sys
from typing import NoReturn

import typer
from typer.exceptions import TyperException

from voc.cli import (
    analysis,
    batch,
    beyond,
    comments,
    data,
    differences,
    giving,
    models,
    output,
    scores,
    theme_edits,
    theme_emerging,
    theme_files,
    theme_quality,
    themes,
    track,
    views,
    watch,
)
from voc.cli.console import fail, say
from voc.errors import VocError

INTERRUPTED = 130

app = typer.Typer(
    name="voc",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Read what customers say: themes, sentiment, and whether the company gives or takes.",
)
for module in (data, batch, scores, giving, differences, watch, track, comments, beyond, analysis, output, models):
    module.register(app)
theme_edits.register(themes.app)
theme_files.register(themes.app)
theme_quality.register(themes.app)
theme_emerging.register(themes.app)
app.add_typer(themes.app, name="themes")
app.add_typer(views.app, name="views")


def main(arguments: list[str] | None = None) -> None:
    """Run one command and exit with its code; an expected failure is one line on stderr."""
    arguments = sys.argv[1:] if arguments is None else arguments
    # A polite end (SIGTERM) cleans up as Ctrl-C does.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    debug = "--debug" in arguments
    try:
        code = app([a for a in arguments if a != "--debug"], prog_name="voc", standalone_mode=False)
    except VocError as error:
        if debug:
            raise
        fail(str(error), error.exit_code)
    except TyperException as error:
        _refuse(error)
    except Exception as error:
        if debug:
            raise
        fail(f"Unexpected {type(error).__name__}: {error}. Run it again with --debug for the traceback.", 1)
    if code == INTERRUPTED:
        fail("Stopped. What was committed before is untouched; run the command again to go on.", code)
    sys.exit(code or 0)


def _refuse(error: TyperException) -> NoReturn:
    """One line for a call that does not fit; the help itself where no command was named."""
    message = error.format_message()
    if "\n" in message:
        say(message)
        sys.exit(error.exit_code)
    context = getattr(error, "ctx", None)
    asked = context.command_path if context else "voc"
    fail(f"{message.rstrip('.')}. See '{asked} --help'.", error.exit_code)
