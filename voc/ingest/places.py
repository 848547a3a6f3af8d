"""Where inputs lie: files, folders, globs, .gz files, .zip members, addresses and databases."""

from __future__ import annotations

import glob
import io
import lzma
import os
import shutil
import stat
import tempfile
import weakref
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import IO, Final

from voc.errors import InputError
from voc.ingest.archives import Gunzipped, is_hidden, one_line, zip_members
from voc.ingest.database import Database, is_database
from voc.remote import Remote, is_glob, scheme

#: Suffix → format.
FORMATS: Final = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".txt": "txt",
    ".xlsx": "xlsx",
    ".xlsm": "xlsx",
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
    ".xml": "xml",
}
ALLOWED: Final = ", ".join(FORMATS) + ", each also .gz or inside .zip, or a folder of them"
_BUFFER: Final = 1 << 18


@dataclass(frozen=True)
class Place:
    """One file's bytes. ``name`` is what the user sees; ``member`` a file inside the .zip at ``path``.

    ``fault``: why it cannot be opened. ``content``: the format that its bytes show, where its suffix says another.
    ``named``: the user named this file, and not a folder or an archive with others. ``copy``: the folder that holds
    a copy of a remote file as long as this place is used.
    """

    path: Path
    name: str
    member: zipfile.ZipInfo | None = None
    fault: str | None = None
    content: str | None = None
    named: bool = False
    copy: object = field(default=None, repr=False, compare=False)

    @property
    def suffix(self) -> str:
        """The suffix that names the format, in lower case (``.gz`` does not)."""
        name = self.member.filename if self.member else self.path.name
        return PurePosixPath(name.lower().removesuffix(".gz")).suffix

    @property
    def format(self) -> str | None:
        """One of the values of ``FORMATS``, or None."""
        return self.content or FORMATS.get(self.suffix)

    @contextmanager
    def open(self) -> Iterator[IO[bytes]]:
        """The unpacked bytes. Raises ``InputError`` where they cannot be read to the end."""
        if self.fault:
            raise InputError(f"{self.name}: {self.fault}")
        try:
            with ExitStack() as stack:
                yield self._unpacked(stack)
        except PermissionError as error:
            raise InputError(f"{self.name}: cannot be read ({error.strerror}); see to your rights on it") from error
        except (OSError, EOFError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, NotImplementedError) as error:
            raise InputError(f"{self.name}: cannot be read ({one_line(error)}); save or download it again") from error

    def _unpacked(self, stack: ExitStack) -> IO[bytes]:
        if self.member is None:
            raw: IO[bytes] = stack.enter_context(self.path.open("rb"))
            packed = self.path.name.lower().endswith(".gz")
        else:
            archive = stack.enter_context(zipfile.ZipFile(self.path))
            raw = stack.enter_context(archive.open(self.member))
            packed = self.member.filename.lower().endswith(".gz")
        return stack.enter_context(io.BufferedReader(Gunzipped(raw, self.name), _BUFFER)) if packed else raw


def find_places(inputs: Sequence[str | Database]) -> Iterator[Place | Database]:
    """Everything named by ``inputs``, folders and archives opened, in a stable order.

    What cannot be opened (a socket, a broken archive) comes with its fault. Raises ``InputError`` for a path
    that does not exist, an empty folder and an address that is not read.
    """
    for text in inputs:
        if isinstance(text, Database):
            yield text
            continue
        if is_database(text):
            yield Database.at(text)
            continue
        if scheme(text):
            yield from _fetched(Remote.at(text))
            continue
        path = Path(text)
        if not os.path.lexists(path) and is_glob(text):
            for match in _matches(text):
                yield from _places(match, one_line(str(match)), _fault(match), named=True)
            continue
        if not os.path.lexists(path):
            raise InputError(f"{one_line(text)}: no such file or folder; check the path")
        if path.is_dir():
            found = sorted(_in_folder(path))
            if not found:
                raise InputError(f"{one_line(text)}: the folder holds no files; give one with {ALLOWED}")
            for file, fault in found:
                yield from _places(file, one_line(str(file)), fault)
        else:
            yield from _places(path, one_line(text), _fault(path), named=True)


def _matches(pattern: str) -> list[Path]:
    found = [Path(name) for name in sorted(glob.glob(pattern, recursive=True))]
    found = [path for path in found if not path.is_dir()]
    if not found:
        raise InputError(f"{one_line(pattern)}: no file has such a name; check the pattern")
    return found


class _Folder:
    """A folder that goes when nobody holds it any more."""

    def __init__(self) -> None:
        self.path = tempfile.mkdtemp(prefix="voc-")
        weakref.finalize(self, shutil.rmtree, self.path, ignore_errors=True)


def _fetched(remote: Remote) -> Iterator[Place]:
    """The files at an address, each copied here for as long as its place is used: every reader walks a file twice."""
    for path, name in remote.files():
        folder = _Folder()
        local = Path(folder.path, PurePosixPath(path).name)
        remote.fetch(path, local)
        for place in _places(local, one_line(name), None, named=True):
            yield replace(place, copy=folder)


def _in_folder(folder: Path) -> Iterator[tuple[Path, str | None]]:
    """The files below a folder, in no order, each with why it cannot be opened or None."""
    closed: list[OSError] = []
    for root, folders, files in os.walk(folder, onerror=closed.append):
        here = Path(root)
        folders[:] = [name for name in folders if not is_hidden(Path(name))]
        for name in folders:
            if (here / name).is_symlink():
                yield here / name, "a link to a folder is not followed; give the folder itself"
        for name in files:
            if not is_hidden(Path(name)):
                yield here / name, _fault(here / name)
    for error in closed:
        yield Path(error.filename), f"cannot be opened ({error.strerror})"


def _fault(path: Path) -> str | None:
    try:
        mode = path.stat().st_mode
    except OSError as error:
        return f"cannot be opened ({error.strerror})"
    return None if stat.S_ISREG(mode) else "is no file but a socket, a pipe or a device"


def _places(path: Path, name: str, fault: str | None, *, named: bool = False) -> Iterator[Place]:
    if fault or path.suffix.lower() != ".zip":
        yield Place(path, name, fault=fault, named=named)
        return
    try:
        members = zip_members(path)
    except InputError as error:
        yield Place(path, name, fault=str(error))
        return
    for member in members:
        alone = named and len(members) == 1
        yield Place(path, f"{name}/{member.name}", member.info, member.fault, named=alone)
