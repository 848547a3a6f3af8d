"""Packed files: members of .zip archives and .gz streams, and where unpacking them stops."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections import Counter
from pathlib import Path, PurePosixPath
from typing import IO, Any, Final, NamedTuple

from voc.errors import InputError

#: What unpacks to more than so many times its size, and to more than 100 MB, is no export.
_MAX_RATIO: Final = 200
_RATIO_FROM: Final = 100_000_000
#: Nor is what unpacks to more than this, in bytes.
_MAX_SIZE: Final = 100_000_000_000
_ENCRYPTED: Final = 0x1
_NESTED: Final = frozenset({".zip", ".tar", ".tgz", ".7z", ".rar", ".bz2", ".xz", ".zst"})


class Member(NamedTuple):
    """A file in an archive. ``name``: to be shown, without path tricks; ``fault``: why it is not opened."""

    name: str
    info: zipfile.ZipInfo
    fault: str | None = None


def zip_members(path: Path) -> list[Member]:
    """The files of a .zip archive in order of name; nothing is unpacked to disk.

    Raises ``InputError`` (without the archive's name) for an archive that is broken, empty or a bomb.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            infos = [info for info in archive.infolist() if not info.is_dir()]
    except (OSError, zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise InputError(f"not a readable .zip archive ({one_line(error)}); save it again") from error
    if refusal := unpacks_too_far(sum(info.file_size for info in infos), path.stat().st_size):
        raise InputError(refusal)
    named = sorted(((_safe_name(info.filename), info) for info in infos), key=lambda pair: pair[0])
    members: list[Member] = []
    seen: Counter[str] = Counter()
    for name, info in named:
        if is_hidden(PurePosixPath(name)):
            continue
        seen[name] += 1
        shown = name if seen[name] == 1 else f"{name} ({seen[name]})"
        members.append(Member(shown, info, _fault(info)))
    if not members:
        raise InputError("the archive is empty; put a file with comments into it")
    return members


def _fault(info: zipfile.ZipInfo) -> str | None:
    if info.flag_bits & _ENCRYPTED:
        return "is encrypted; unpack it with its password and give the file"
    if PurePosixPath(info.filename.lower()).suffix in _NESTED:
        return "an archive inside an archive is not opened; unpack it first"
    return unpacks_too_far(info.file_size, info.compress_size)


def unpacks_too_far(size: int, packed: int) -> str | None:
    """Why ``packed`` bytes that become ``size`` bytes are not read (a bomb), or None."""
    if size > _MAX_SIZE:
        return f"unpacks to more than {_MAX_SIZE // 10**9} GB; give it in parts"
    if size > _RATIO_FROM and size > _MAX_RATIO * packed:
        return (
            f"unpacks to {size:,} bytes and more, over {_MAX_RATIO} times its size; unpack it yourself if you trust it"
        )
    return None


class Gunzipped(io.RawIOBase):
    """The unpacked bytes of a .gz stream. Reading raises ``InputError`` once it turns out to be a bomb."""

    def __init__(self, packed: IO[bytes], name: str) -> None:
        self._packed = packed
        self._name = name
        self._file = gzip.GzipFile(fileobj=packed)
        self._size = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        count = self._file.readinto(buffer)
        self._size += count
        if refusal := unpacks_too_far(self._size, self._packed.tell()):
            raise InputError(f"{self._name}: {refusal}")
        return count

    def close(self) -> None:
        self._file.close()
        super().close()


def is_hidden(path: PurePosixPath | Path) -> bool:
    """Whether a file or one of its folders is not meant to be seen."""
    return any(part.startswith((".", "__MACOSX")) for part in path.parts)


def one_line(error: BaseException | str) -> str:
    """An error or a name as it fits into one line."""
    text = " ".join("".join(c if c.isprintable() else " " for c in str(error)).split())
    return text or type(error).__name__


def _safe_name(name: str) -> str:
    """A member's name without a root, a drive or steps upward."""
    parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".", "..") and part[-1] != ":"]
    return one_line("/".join(parts)) if parts else "unnamed"
