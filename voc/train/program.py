"""Programs of training that are run by ``python -m``: what goes wrong is one line, as on the command line."""

from __future__ import annotations

from collections.abc import Callable

from voc.errors import VocError


def program(main: Callable[[], None]) -> None:
    """Run ``main``; an error that says what to do ends it with exit code 1 and that line."""
    try:
        main()
    except VocError as error:
        raise SystemExit(f"Error: {error}") from error
