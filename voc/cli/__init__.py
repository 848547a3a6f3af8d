"""The command line. Results go to stdout, progress and messages to stderr; see CONTRACT for exit codes."""

from __future__ import annotations

import sys

import typer

from voc.cli import analysis, data, models, output, themes
from voc.cli.console import fail
from voc.errors import VocError

app = typer.Typer(
    name="voc",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Read what customers say: themes, sentiment, and whether the company gives or takes.",
)
for module in (data, analysis, output, models):
    module.register(app)
app.add_typer(themes.app, name="themes")


def main(arguments: list[str] | None = None) -> None:
    """Run one command and exit with its code; an expected failure is one line on stderr."""
    arguments = sys.argv[1:] if arguments is None else arguments
    debug = "--debug" in arguments
    try:
        app([a for a in arguments if a != "--debug"])
    except VocError as error:
        if debug:
            raise
        fail(str(error), error.exit_code)
    except KeyboardInterrupt:
        fail("Stopped. What was committed before is untouched; run the command again to go on.", 130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
    except Exception as error:
        if debug:
            raise
        fail(f"Unexpected {type(error).__name__}: {error}. Run it again with --debug for the traceback.", 1)
