"""Tables worked out of one state of a store, kept in its folder as files that are mapped into memory, not read."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pyarrow as pa

#: The store's folder of what can be worked out anew: it may be deleted at any time.
FOLDER: Final = "prepared"

Kept = dict[str, pa.Table]


def kept(store: str, name: str, make: Callable[[], Kept]) -> Kept:
    """The tables kept under ``name``, else what ``make`` gives, kept from now on in place of all others.

    Pages of a mapped file are shared by all who read it, and only those that are asked for are read from the disk. A
    folder comes into being by renaming, so that nobody sees half of one. Where nothing can be kept (a store at an
    address, a disk that is full or may not be written to) the tables are made, each time.
    """
    if "://" in store:
        return make()
    folder = Path(store, FOLDER, name)
    try:
        return _mapped(folder)
    except (OSError, pa.ArrowInvalid):  # not kept yet, or not whole
        made = make()
    try:
        _keep(folder, made)
        found = _mapped(folder)
    except (OSError, pa.ArrowInvalid):
        return made
    del made
    pa.default_memory_pool().release_unused()
    return found


def _mapped(folder: Path) -> Kept:
    files = sorted(folder.glob("*.arrow"))
    if not files:
        raise FileNotFoundError(folder)
    return {file.stem: pa.ipc.open_file(pa.memory_map(str(file))).read_all() for file in files}


def _keep(folder: Path, tables: Kept) -> None:
    folder.parent.mkdir(exist_ok=True)
    others = list(folder.parent.iterdir())
    part = folder.with_name(f".{folder.name}-{os.getpid()}")
    try:
        part.mkdir()
        for name, table in tables.items():
            # one batch: rows of several pieces are slow to choose from
            with pa.ipc.new_file(part / f"{name}.arrow", table.schema) as file:
                file.write_table(table.combine_chunks(), max_chunksize=max(len(table), 1))
        for other in others:
            shutil.rmtree(other, ignore_errors=True)
        os.replace(part, folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)
