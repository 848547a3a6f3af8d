"""Folders and files at any address: local paths, ``s3://`` and ``gs://`` by pyarrow, other schemes by fsspec."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

from pyarrow import ArrowInvalid, fs

from voc.errors import InputError

_SCHEME: Final = re.compile(r"([a-z][a-z0-9+.-]*)://", re.IGNORECASE)
#: Read by pyarrow itself; whatever else has a scheme is fsspec's.
_NATIVE: Final = ("s3", "gs", "gcs", "file")
_GLOB: Final = frozenset("*?[")
_COPY: Final = 1 << 20


def scheme(address: str) -> str | None:
    """``s3`` for ``s3://bucket/key``; None for a path."""
    found = _SCHEME.match(address)
    return found[1].lower() if found else None


def shown(address: str) -> str:
    """An address as it may be shown and stored: without user, password and options."""
    return re.sub(r"(?<=://)[^/@]*@", "", address.partition("?")[0]) if scheme(address) else address


@dataclass(frozen=True)
class Remote:
    """A file or folder of a file system. ``name``: what users see. ``root``: its path there."""

    name: str
    root: str
    system: Any

    @classmethod
    def at(cls, address: str) -> Self:
        """Raises ``InputError`` where no file system answers to the address."""
        kind, name = scheme(address), shown(address)
        try:
            if kind is None:
                return cls(name, address, fs.LocalFileSystem())
            if kind in _NATIVE:
                system, root = fs.FileSystem.from_uri(address)
                return cls(name, root, system)
            from fsspec.core import url_to_fs

            other, root = url_to_fs(address)
            return cls(name, root, fs.PyFileSystem(fs.FSSpecHandler(other)))
        except (OSError, ArrowInvalid, ImportError, ValueError) as error:
            raise InputError(f"{name}: no file system for {kind}:// ({_said(error)}); check the address") from None

    @property
    def is_local(self) -> bool:
        return isinstance(self.system, fs.LocalFileSystem)

    def files(self) -> list[tuple[str, str]]:
        """(path, name as users see it) of every file here, of a folder or a glob too, in order of their paths; those
        with a hidden part in their name are left out. Raises ``InputError`` where there is none."""
        try:
            found = self._found()
        except OSError as error:
            raise InputError(f"{self.name}: cannot be listed ({_said(error)}); check address and rights") from None
        if not found:
            raise InputError(f"{self.name}: no such file or folder; check the address")
        lead = self.name.removesuffix(self.root)
        return [(path, lead + path) for path in found]

    def fetch(self, path: str, target: Path) -> None:
        """Copy one file to a local one. Raises ``InputError`` where it cannot be read."""
        try:
            with self.system.open_input_stream(path) as source, target.open("wb") as file:
                shutil.copyfileobj(source, file, _COPY)
        except OSError as error:
            raise InputError(f"{self.name}: cannot be read ({_said(error)}); check address and rights") from None

    def _found(self) -> list[str]:
        root = self.root.rstrip("/")
        if _GLOB & set(root):
            lead = re.split(r"[*?\[]", root)[0].rpartition("/")[0]
            pattern = re.compile(_pattern(root))
            found = (path for path in self._below(lead) if pattern.fullmatch(path))
            return sorted(path for path in found if not _is_hidden(path[len(lead) :]))
        if self.system.get_file_info(root).type == fs.FileType.File:
            return [root]
        return sorted(path for path in self._below(root) if not _is_hidden(path[len(root) :]))

    def _below(self, folder: str) -> list[str]:
        selector = fs.FileSelector(folder, recursive=True, allow_not_found=True)
        return [info.path for info in self.system.get_file_info(selector) if info.type == fs.FileType.File]


def is_glob(path: str) -> bool:
    return bool(_GLOB & set(path))


def _pattern(glob: str) -> str:
    """A shell pattern as a regular expression: ``*`` stays within a folder, ``**`` does not."""
    parts = {"**": ".*", "*": "[^/]*", "?": "[^/]"}
    return "".join(parts.get(p) or (p if p.startswith("[") else re.escape(p)) for p in _tokens(glob))


def _tokens(glob: str) -> list[str]:
    return re.findall(r"\*\*|\*|\?|\[[^\]]+\]|.", glob)


def _is_hidden(below: str) -> bool:
    return any(part.startswith((".", "_")) for part in below.split("/"))


def _said(error: BaseException) -> str:
    """The first line of an error, without what an address may carry."""
    line = next(iter(str(error).strip().splitlines()), "") or type(error).__name__
    return re.sub(r"(?<=://)[^/@\s]*@", "", line)[:200]
