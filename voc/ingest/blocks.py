"""Files in blocks, so that no line, however long, has to fit in memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from voc.ingest.tables import Broken

#: Bytes. No comment is so long: a line or a quoted cell beyond it is one broken row.
LONGEST: Final = 10_000_000
_SHOWN: Final = 1000


def whole_lines(blocks: Iterable[bytes]) -> Iterator[bytes | Broken]:
    """UTF-8 text in blocks that end with a line; a line over ``LONGEST`` is passed over as ``Broken``."""
    rest = b""
    blocks = iter(blocks)
    for block in blocks:
        rest += block
        if end := line_end(rest):
            yield rest[:end]
            rest = rest[end:]
        if len(rest) > LONGEST:
            yield too_long(rest)
            rest = pass_line(blocks)
    if rest:
        yield rest


def line_end(block: bytes, before: int | None = None) -> int:
    """Where the last line of ``block`` ends that ends in front of ``before``; 0 where none does."""
    if before is None:
        # A carriage return at the very end may be the first half of a line end.
        before = len(block) - block.endswith(b"\r")
    return max(block.rfind(b"\n", 0, before), block.rfind(b"\r", 0, before)) + 1


def too_long(start: bytes) -> Broken:
    """What is said of a line over ``LONGEST`` that starts so."""
    return Broken(f"line of over {LONGEST // 1_000_000} MB", start[:_SHOWN].decode("utf-8", "ignore"))


def pass_line(blocks: Iterator[bytes]) -> bytes:
    """Read on to the next line end and return what follows it in its block."""
    for block in blocks:
        _, end, after = block.replace(b"\r", b"\n").partition(b"\n")
        if end:
            return block[len(block) - len(after) :]
    return b""
