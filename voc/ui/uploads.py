"""Files handed over in the browser: kept in a folder of their own, understood once, corrected file by file."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from voc.errors import InputError
from voc.ingest import Plan, ReadOptions, understand

Columns = tuple[str, ...] | None


class Upload(Protocol):
    """A file handed over in the browser."""

    name: str

    def getvalue(self) -> bytes: ...


@dataclass(frozen=True)
class Correction:
    """What a reader says of one table: role → columns (None: no column has it), order of dates, kind of source."""

    columns: Mapping[str, Columns] = field(default_factory=dict)
    date_order: str | None = None
    source: str | None = None

    def with_role(self, role: str, columns: Columns) -> Correction:
        """The same with another answer for one role."""
        return replace(self, columns={**self.columns, role: columns})

    def as_options(self) -> ReadOptions:
        return ReadOptions(mapping=self.columns, source=self.source, date_order=self.date_order)


class Uploads:
    """Some files, in a folder that goes when nobody looks at them any more."""

    def __init__(self, files: Sequence[Upload]) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="voc-upload-"))
        weakref.finalize(self, shutil.rmtree, self.folder, ignore_errors=True)
        self.corrections: dict[str, Correction] = {}
        self._names = save(files, self.folder)
        self._understood: dict[str, tuple[ReadOptions, Plan]] = {}

    def plan(self) -> Plan:
        """How the files are understood under the corrections; only a file that was corrected is looked at again.

        ``files`` is empty where none of them can be used.
        """
        options = ReadOptions(by_file={name: correction.as_options() for name, correction in self.corrections.items()})
        plans = [self._plan(name, options) for name in self._names]
        files = tuple(file for plan in plans for file in plan.files)
        return Plan(files, tuple(skipped for plan in plans for skipped in plan.skipped), options)

    def correct(self, file: str, correction: Correction | None) -> None:
        """Put a correction of one table (``FilePlan.file``) in place of earlier ones; None takes them back."""
        self.corrections.pop(file, None)
        if correction is not None:
            self.corrections[file] = correction

    def shown(self, text: str) -> str:
        """``text`` without the folder's name."""
        return text.replace(f"{self.folder}/", "")

    def _plan(self, name: str, options: ReadOptions) -> Plan:
        own = replace(options, by_file={file: one for file, one in options.by_file.items() if file.startswith(name)})
        if name not in self._understood or self._understood[name][0] != own:
            try:
                plan = understand([name], own)
            except InputError as error:
                plan = Plan((), ((name, str(error).removeprefix(f"{name}: ")),), own)
            self._understood[name] = own, plan
        return self._understood[name][1]


def save(files: Sequence[Upload], folder: Path) -> list[str]:
    """Write uploaded files into ``folder`` under their own names, without any path in them; return the paths."""
    paths = []
    for number, file in enumerate(files):
        name = Path(file.name.replace("\\", "/")).name.lstrip(".") or "upload"
        target = folder / name
        if target.exists():
            target = folder / f"{number}-{name}"
        target.write_bytes(file.getvalue())
        paths.append(str(target))
    return paths
