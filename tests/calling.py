"""Call the command line in this process and see what it said."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from voc.cli import main


class Said(NamedTuple):
    code: int
    out: str
    err: str


def call(capsys: pytest.CaptureFixture[str], *arguments: object) -> Said:
    """Run ``voc`` with these arguments; its exit code, stdout and stderr."""
    capsys.readouterr()
    with pytest.raises(SystemExit) as left:
        main([str(argument) for argument in arguments])
    said = capsys.readouterr()
    return Said(int(left.value.code or 0), said.out, said.err)


def one_line(said: Said) -> str:
    """The message of an expected failure: the last line, alone but for progress lines, without a traceback."""
    *progress, message = said.err.strip().splitlines()
    assert all(line.endswith("…") for line in progress), said.err
    assert message.startswith("voc: ") and "Traceback" not in said.err and not said.out
    return message
