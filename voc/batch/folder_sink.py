"""A folder as sink, here or at an address: one file a part, and beside it the manifest that says which files count."""

from __future__ import annotations

import json
import secrets
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
from pyarrow import fs

from voc.batch.parts import Part
from voc.batch.records import Record
from voc.batch.worker import Batch, Recorded
from voc.errors import StoreError, UsageError
from voc.files import written_whole
from voc.pipeline import comment_rows, open_sink, output_columns
from voc.pipeline.sinks import typed_columns
from voc.pipeline.tag_file import COMMENT_COLUMNS
from voc.remote import Remote, shown

FORMATS: Final = ("parquet", "jsonl", "csv")
#: Readers of folders of Parquet pass over names that begin with an underscore.
MANIFEST: Final = "_manifest"
_JOB: Final = f"{MANIFEST}/job.json"
_WHOLE: Final = f"{MANIFEST}/manifest.json"
_LOCK: Final = f"{MANIFEST}/lock"
_MARK: Final = f"{MANIFEST}/mark.json"
#: What may be left over: files of parts done again, and scratch files.
_LEFT: Final = ("part-", ".part-", f"{MANIFEST}/.")


_SAID: Final = 200


@dataclass(frozen=True)
class FolderSink:
    """``address``: a path or URL. ``format``: one of ``FORMATS``. ``carried``: input columns that are kept; ``own``:
    the columns of own lenses.

    A part's file appears whole, then its record; a file without a record does not count.
    """

    address: str
    format: str
    carried: tuple[str, ...] = ()
    own: tuple[pa.Field, ...] = ()

    def __post_init__(self) -> None:
        if self.format not in FORMATS:
            raise UsageError(f"Cannot write {self.format!r}: --format is {', '.join(FORMATS)}.")

    # --- what workers do ----------------------------------------------------------------------

    @property
    def with_segments(self) -> bool:
        return False

    @property
    def columns(self) -> pa.Schema:
        """Of the parts: those of the input, the tags, those of own lenses."""
        names = (*COMMENT_COLUMNS, *(field.name for field in self.own))
        return typed_columns(output_columns(self.carried, names), self.own)

    def commit(self, part: Part, batches: Iterator[Batch], recorded: Recorded) -> Record:
        """See ``worker.Sink``."""

        def write(path: Path) -> None:
            with open_sink(str(path), self.columns) as sink:
                for rows, tagged, tagger in batches:
                    sink.write(comment_rows(rows, tagged, self.carried, tagger))

        return self.committed(part, write, recorded)

    def committed(self, part: Part, write: Callable[[Path], None], recorded: Recorded) -> Record:
        """What ``write`` puts under a path, whole, as the part's file; then its record. The name says what is in the
        file: the same part gives the same name."""
        name = f"part-{part.number:06d}-{part.input_hash[:12]}.{self.format}"
        with self._refused(), self._landing(name) as scratch:
            write(scratch)
            size = scratch.stat().st_size
        record = recorded(name, size)
        self._write_json(_record_name(part.number), record.as_json())
        return record

    # --- what the driver does -----------------------------------------------------------------

    @contextmanager
    def locked(self) -> Iterator[None]:
        """One job at a time on a local folder. Raises StoreError where another is at it."""
        remote = self._remote()
        if not remote.is_local:
            yield
            return
        from filelock import FileLock, Timeout

        self.make()
        lock = FileLock(Path(remote.root, _LOCK))
        try:
            lock.acquire(timeout=0)
        except Timeout:
            raise StoreError(f"{self._shown}: another batch job is writing here; wait until it is done") from None
        try:
            yield
        finally:
            lock.release()

    def claim(self) -> Callable[[], None]:
        """Set this job's mark at an address, where nothing can be locked: the job that began last has it. Returns what
        raises StoreError once another has."""
        if self._remote().is_local:
            return lambda: None
        mark = {"job": secrets.token_hex(8)}
        self._write_json(_MARK, mark)
        return partial(self._require_mark, mark)

    def _require_mark(self, mark: dict[str, Any]) -> None:
        if self._read_json(_MARK) != mark:
            raise StoreError(f"{self._shown}: another batch job has begun to write here; this one stops")

    def make(self) -> None:
        """Make the folder, where it is a local one."""
        remote = self._remote()
        if remote.is_local:
            with self._refused():
                Path(remote.root, MANIFEST).mkdir(parents=True, exist_ok=True)

    def job(self) -> dict[str, Any] | None:
        """What an earlier job here was begun with; None where there was none. Raises StoreError where it is damaged."""
        return self._read_json(_JOB)

    def begin(self, job: dict[str, Any]) -> None:
        self._write_json(_JOB, job)

    def records(self) -> dict[int, Record]:
        """The parts that are committed and whose files are whole."""
        sizes = self._sizes()
        names = [name for name in sizes if name.startswith(f"{MANIFEST}/part-")]
        found = [Record.from_json(document) for name in names if (document := self._read_json(name))]
        return {record.part: record for record in found if sizes.get(record.file) == record.bytes}

    def strangers(self) -> list[str]:
        """Files in the folder that no job wrote."""
        return [name for name in self._sizes() if not name.startswith((MANIFEST, "part-", "."))]

    def finish(self, job: dict[str, Any], records: dict[int, Record]) -> None:
        """Write the whole manifest; remove files that no part is in any more, and scratch files of killed workers."""
        parts = [records[number].as_json() for number in sorted(records)]
        rows = sum(record.rows for record in records.values())
        self._write_json(_WHOLE, {**job, "rows": rows, "parts": parts})
        kept = {record.file for record in records.values()}
        remote = self._remote()
        for name in self._sizes():
            if name.startswith(_LEFT) and name not in kept:
                with self._refused():
                    remote.system.delete_file(f"{remote.root}/{name}")

    @contextmanager
    def reading(self, name: str) -> Iterator[Any]:
        """A file of the folder, open. Raises StoreError where it cannot be read."""
        remote = self._remote()
        try:
            with remote.system.open_input_file(f"{remote.root}/{name}") as file:
                yield file
        except OSError as error:
            raise StoreError(f"{self._shown}/{name}: cannot be read ({type(error).__name__})") from None

    def remove(self) -> None:
        """Remove the folder with all that is in it."""
        remote = self._remote()
        if self._sizes():
            with self._refused():
                remote.system.delete_dir(remote.root)

    @property
    def _shown(self) -> str:
        return shown(self.address)

    def _remote(self) -> Remote:
        remote = Remote.at(self.address)
        return Remote(remote.name, remote.root.rstrip("/"), remote.system)

    def _sizes(self) -> dict[str, int]:
        """Name below the folder → bytes."""
        remote = self._remote()
        selector = fs.FileSelector(remote.root, recursive=True, allow_not_found=True)
        with self._refused():
            infos = remote.system.get_file_info(selector)
        files = (info for info in infos if info.type == fs.FileType.File)
        return {info.path.removeprefix(remote.root).lstrip("/"): info.size for info in files}

    @contextmanager
    def _landing(self, name: str) -> Iterator[Path]:
        """A local path to write to; what is there at the end of the block is in the sink under ``name``."""
        remote = self._remote()
        if remote.is_local:
            yield Path(remote.root, name)
            return
        with tempfile.TemporaryDirectory(prefix="voc-") as folder:
            yield (scratch := Path(folder, name))
            with scratch.open("rb") as file, remote.system.open_output_stream(f"{remote.root}/{name}") as out:
                while block := file.read(1 << 20):
                    out.write(block)

    def _write_json(self, name: str, document: dict[str, Any]) -> None:
        remote, text = self._remote(), json.dumps(document, indent=1, sort_keys=True)
        with self._refused():
            if remote.is_local:
                with written_whole(Path(remote.root, name)) as scratch:
                    scratch.write_text(text, encoding="utf-8")
                return
            with remote.system.open_output_stream(f"{remote.root}/{name}") as out:
                out.write(text.encode())

    def _read_json(self, name: str) -> dict[str, Any] | None:
        remote = self._remote()
        try:
            with remote.system.open_input_stream(f"{remote.root}/{name}") as stream:
                document: dict[str, Any] = json.loads(stream.read())
                return document
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StoreError(
                f"{self._shown}/{name}: cannot be read ({_told(error)}); see to address, rights and credentials"
            ) from None
        except ValueError as error:
            raise StoreError(
                f"{self._shown}/{name}: cannot be read ({type(error).__name__}); mend or remove it"
            ) from None

    @contextmanager
    def _refused(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise StoreError(
                f"{self._shown}: cannot be written ({_told(error)}); see to address, space and rights, "
                "then go on with --resume"
            ) from None
        except UsageError as error:  # of a folder that cannot be written to
            raise StoreError(f"{self._shown}: {error}") from None


def _record_name(part: int) -> str:
    return f"{MANIFEST}/part-{part:06d}.json"


def _told(error: OSError) -> str:
    """What a system says of an error, on one line that is not too long."""
    said = error.strerror or " ".join(str(error).split()) or type(error).__name__
    return said if len(said) <= _SAID else f"{said[: _SAID - 1]}…"
