"""Where inputs lie: files, folders, .gz files and .zip members."""

from __future__ import annotations

import gzip
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Final, cast

from voc.errors import InputError

#: Suffix → format.
FORMATS: Final = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".txt": "txt",
    ".xlsx": "xlsx",
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
}
ALLOWED: Final = ", ".join(FORMATS) + ", each also .gz or inside .zip, or a folder of them"
#: Addresses that begin so are named in the contract and not read yet.
_REMOTE: Final = ("postgresql://", "postgres://", "s3://", "gs://", "http://", "https://")
#: A member that unpacks to more than this many times its size, and to more than 100 MB, is no export.
_MAX_RATIO: Final = 200
_RATIO_FROM: Final = 100_000_000


@dataclass(frozen=True)
class Place:
    """One file's bytes. ``name`` is what the user sees; ``member`` a name inside the .zip at ``path``."""

    path: Path
    name: str
    member: str | None = None
    explicit: bool = False

    @property
    def format(self) -> str | None:
        """One of the values of ``FORMATS``, or None."""
        name = self.member or self.path.name
        return FORMATS.get(PurePosixPath(name.lower().removesuffix(".gz")).suffix)

    @contextmanager
    def open(self) -> Iterator[IO[bytes]]:
        """The unpacked bytes. Raises ``InputError`` where they cannot be read to the end."""
        try:
            if self.member is None:
                with self.path.open("rb") as raw:
                    yield self._unpacked(raw, self.path.name)
            else:
                with zipfile.ZipFile(self.path) as archive, archive.open(self.member) as raw:
                    yield self._unpacked(raw, self.member)
        except (
            OSError,
            EOFError,
            zipfile.BadZipFile,
            zlib.error,
            NotImplementedError,
            RuntimeError,
        ) as error:
            raise InputError(f"{self.name}: cannot be read ({_one_line(error)}); save or download it again") from error

    @staticmethod
    def _unpacked(raw: IO[bytes], name: str) -> IO[bytes]:
        return cast(IO[bytes], gzip.open(raw)) if name.lower().endswith(".gz") else raw


def find_places(inputs: Sequence[str]) -> Iterator[Place]:
    """Every file named by ``inputs``, folders and archives opened, in a stable order.

    Raises ``InputError`` for a path that does not exist, an address that is not read yet or a broken archive.
    """
    for text in inputs:
        if text.startswith(_REMOTE):
            raise InputError(f"{text.split('://')[0]}:// addresses are not read yet; export to a file: {ALLOWED}")
        path = Path(text)
        if not path.exists():
            raise InputError(f"{text}: no such file or folder; check the path")
        if path.is_dir():
            files = sorted(p for p in path.rglob("*") if p.is_file() and not _hidden(p.relative_to(path)))
            if not files:
                raise InputError(f"{text}: the folder holds no files; give one with {ALLOWED}")
            for file in files:
                yield from _members(file, str(file), explicit=False)
        else:
            yield from _members(path, text, explicit=True)


def _members(path: Path, name: str, *, explicit: bool) -> Iterator[Place]:
    if path.suffix.lower() != ".zip":
        yield Place(path, name, explicit=explicit)
        return
    try:
        with zipfile.ZipFile(path) as archive:
            members = sorted(archive.infolist(), key=lambda info: info.filename)
    except (OSError, zipfile.BadZipFile) as error:
        raise InputError(f"{name}: not a readable .zip archive ({_one_line(error)}); save it again") from error
    members = [m for m in members if not m.is_dir() and not _hidden(PurePosixPath(m.filename))]
    if not members:
        raise InputError(f"{name}: the archive is empty; put {ALLOWED} into it")
    for info in members:
        if info.file_size > _RATIO_FROM and info.file_size > _MAX_RATIO * info.compress_size:
            raise InputError(
                f"{name}: member {info.filename} unpacks to {info.file_size:,} bytes, over "
                f"{_MAX_RATIO} times its size; unpack it yourself if you trust it"
            )
        yield Place(path, f"{name}/{info.filename}", member=info.filename, explicit=explicit)


def _hidden(path: PurePosixPath | Path) -> bool:
    return any(part.startswith((".", "__MACOSX")) for part in path.parts)


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__
