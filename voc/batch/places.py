"""What an address of a source or sink names."""

from __future__ import annotations

from typing import Final

from voc.ingest.database import is_database
from voc.store import Store

#: Says that an address is a store's, there already or not.
PREFIX: Final = "store:"


def is_store(address: str) -> bool:
    """Whether an address names a store: by its prefix, or because one is there."""
    return address.startswith(PREFIX) or (not is_database(address) and Store.is_at(address))


def store_place(address: str) -> str:
    return address.removeprefix(PREFIX)
