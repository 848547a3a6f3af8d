"""Opening a store, its format number, and the lock that lets one writer in."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pyarrow.compute as pc
from pyarrow import ArrowInvalid, fs

from voc.errors import StoreError, UsageError
from voc.store.part import PartSnapshot
from voc.store.snapshot import Snapshot
from voc.store.tables import SCHEMAS, Tables, first_line
from voc.store.writer import Writer

#: Number of the disk layout and the table schemas, kept in ``store.json``.
FORMAT: Final = 2

_MARKER: Final = "store.json"
_LOCK: Final = "writer.lock"
_HOLDER: Final = "writer.json"


class Store:
    """A folder, or an address such as ``s3://bucket/store`` that is handed to LanceDB as it is.

    Local folders admit one writer at a time. Remote stores have no lock: see to it that only one
    writer runs, or an interrupted run of one is rolled back over another's.
    """

    def __init__(self, path: str) -> None:
        self.path = path

    @classmethod
    def open(cls, path: str | Path, *, create: bool = False) -> Store:
        """The store at ``path``; with ``create`` a new one where there is none.

        Raises StoreError: no store there, not a store, made by another version, or damaged.
        """
        where = str(path).removeprefix("file://")
        store = cls(where)
        if store._format() is None:
            if not create:
                raise StoreError(store._absent())
            store._create()
        store._check()
        return store

    @classmethod
    def is_at(cls, path: str) -> bool:
        """Whether a store is at ``path``; False too where nobody can look."""
        try:
            return cls(path.removeprefix("file://"))._format() is not None
        except StoreError:
            return False

    def snapshot(self, run_id: str | None = None, *, only: str = "") -> Snapshot:
        """The state after the last finished run, or after an earlier one; it stays the same while others write.

        ``only``: SQL condition on columns of COMMENTS; of comments that do not meet it nothing can be read.

        What an earlier run left is kept for ``KEEP``, the tags before the last re-tagging for ``KEEP_TAGS``. Raises
        UsageError where there is no such run.
        """
        tables = Tables(self.path)
        runs = tables.read("runs")
        if run_id is not None:
            ended = runs.filter(pc.equal(runs["run_id"], run_id))["finished"].to_pylist()
            if not ended:
                raise UsageError(f"No run {run_id!r} in {self.path}: list them with 'voc runs list'.")
            runs = runs.filter(pc.less_equal(runs["finished"], ended[0]))
        return PartSnapshot(tables, runs, only) if only else Snapshot(tables, runs)

    @contextmanager
    def writer(self, command: str, *, timeout: float = 60.0) -> Iterator[Writer]:
        """A Writer, for use in ``with``; changes count only after its ``finish``.

        ``command`` is recorded with the run. Waits up to ``timeout`` seconds for another writer,
        then raises StoreError that names it. The lock is for local folders only.
        """
        with self._lock(command, timeout):
            tables = Tables(self.path)
            writer = Writer(tables, Snapshot(tables, tables.read("runs")), command)
            try:
                yield writer
            finally:
                writer.close()

    # --- layout on disk ---------------------------------------------------------------------

    @property
    def _is_local(self) -> bool:
        return "://" not in self.path

    def _files(self) -> tuple[fs.FileSystem, str]:
        try:
            if self._is_local:
                return fs.LocalFileSystem(), self.path
            filesystem, root = fs.FileSystem.from_uri(self.path)
            return filesystem, root
        except (OSError, ArrowInvalid) as error:
            raise StoreError(f"cannot reach the store {self.path}: {first_line(error)}") from error

    def _format(self) -> int | None:
        """The format number in ``store.json``; None where there is no such file."""
        filesystem, root = self._files()
        try:
            with filesystem.open_input_stream(f"{root}/{_MARKER}") as stream:
                return int(json.loads(stream.read())["format"])
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, ValueError, LookupError, TypeError) as error:
            raise self._damaged(f"{_MARKER} cannot be read ({first_line(error)})") from error

    def _check(self) -> None:
        found = self._format() or 0
        if found != FORMAT:
            raise StoreError(
                f"the store {self.path} has format {found}, this version of voc reads {FORMAT}; "
                + ("update voc" if found > FORMAT else "run your files into a new store")
            )
        if missing := sorted(SCHEMAS.keys() - Tables(self.path).names()):
            raise self._damaged(f"table {', '.join(missing)} is missing")

    def _create(self) -> None:
        if self._is_local:
            self._claim_folder()
        with self._lock("creating the store", 60.0):
            if self._format() is not None:
                return
            tables = Tables(self.path)
            for name, schema in SCHEMAS.items():
                tables.create(name, schema)
            # Last and by renaming: a folder with this file is a whole store.
            filesystem, root = self._files()
            try:
                with filesystem.open_output_stream(f"{root}/{_MARKER}.part") as stream:
                    stream.write(json.dumps({"format": FORMAT}).encode())
                filesystem.move(f"{root}/{_MARKER}.part", f"{root}/{_MARKER}")
            except OSError as error:
                raise self._unwritable(error) from error

    def _claim_folder(self) -> None:
        """Make the folder; what a creation that was interrupted left in it is fine."""
        folder = Path(self.path)
        ours = {f"{name}.lance" for name in SCHEMAS} | {
            _LOCK,
            _MARKER,
            f"{_MARKER}.part",
            _HOLDER,
            f"{_HOLDER}.part",
        }
        try:
            folder.mkdir(parents=True, exist_ok=True)
            strangers = sorted({entry.name for entry in folder.iterdir()} - ours)
        except OSError as error:
            raise StoreError(f"cannot create a store at {self.path}: {first_line(error)}") from error
        if strangers:
            raise StoreError(f"{self.path} is not a store and not empty; name a store or a new folder")

    def _absent(self) -> str:
        if self._is_local and Path(self.path).exists():
            return f"{self.path} is not a store ({_MARKER} is missing); name the folder of a store"
        return f"no store at {self.path}; make one with: voc run FILE --store {self.path}"

    def _damaged(self, what: str) -> StoreError:
        return StoreError(
            f"the store {self.path} is damaged: {what}; restore a copy or run your files into a new store"
        )

    def _unwritable(self, error: OSError) -> StoreError:
        return StoreError(f"cannot write to the store {self.path}: {first_line(error)}; check the disk and its rights")

    # --- lock ---------------------------------------------------------------------------------

    @contextmanager
    def _lock(self, command: str, timeout: float) -> Iterator[None]:
        if not self._is_local:
            yield
            return
        from filelock import FileLock, Timeout

        lock = FileLock(Path(self.path, _LOCK), timeout=timeout)
        try:
            lock.acquire()
        except Timeout:
            raise StoreError(
                f"the store {self.path} is being written by {self._holder()}; wait and try again"
            ) from None
        except OSError as error:
            raise self._unwritable(error) from error
        try:
            self._sign(command)
            yield
        finally:
            lock.release()

    def _sign(self, command: str) -> None:
        """Leave a note for those who wait. The operating system frees the lock; the note may be stale."""
        note = {
            "command": command,
            "pid": os.getpid(),
            "host": socket.gethostname(),
            "since": f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC",
        }
        part = Path(self.path, f"{_HOLDER}.part")
        try:
            part.write_text(json.dumps(note), encoding="utf-8")
            part.replace(Path(self.path, _HOLDER))
        except OSError as error:
            raise self._unwritable(error) from error

    def _holder(self) -> str:
        try:
            note = json.loads(Path(self.path, _HOLDER).read_text(encoding="utf-8"))
            return f"`{note['command']}` (process {note['pid']} on {note['host']}, since {note['since']})"
        except (OSError, ValueError, LookupError):
            return "another process"
