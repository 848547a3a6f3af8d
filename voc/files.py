"""Files that appear under their name whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from voc.errors import UsageError


@contextmanager
def written_whole(target: Path, mode: int = 0o666) -> Iterator[Path]:
    """Yield a path beside ``target`` to write to; it takes the name of ``target`` when the block ends without error.
    ``mode``: who may read it, less what the umask takes away.

    Raises UsageError for a folder that cannot be written to.
    """
    try:
        handle, scratch = tempfile.mkstemp(suffix=target.suffix, prefix=f".{target.stem}-", dir=target.parent)
    except OSError as error:
        raise UsageError(
            f"Cannot write to {target.parent}: {error.strerror}; name a folder that exists and is yours."
        ) from error
    os.close(handle)
    part = Path(scratch)
    try:
        yield part
        part.chmod(mode & ~_umask())
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def write_whole(text: str, target: Path) -> None:
    """Write ``text`` to ``target``. Raises UsageError where that cannot be."""
    try:
        with written_whole(target) as part:
            part.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise UsageError(f"Cannot write {target}: {error.strerror}.") from error


def _umask() -> int:
    umask = os.umask(0)
    os.umask(umask)
    return umask
