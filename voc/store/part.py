"""A snapshot of some comments only: what one reader may see of a store that several share."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from voc.errors import UsageError
from voc.schema import KEY
from voc.store.snapshot import Snapshot
from voc.store.tables import VECTORS

if TYPE_CHECKING:
    import numpy as np

#: Tables of which a row belongs to a comment.
_OWNED: Final = ("segments", "annotations")
_BETWEEN: Final = "\x1f"


@dataclass(frozen=True, eq=False)
class PartSnapshot(Snapshot):
    """The comments that meet ``condition`` and what belongs to them: segments, vectors, annotations, links between
    copies. Of all others there is nothing: no text, no count, no rejected row, no sentence that a theme was named by.
    Themes, their names and who edited them, and topics are shared.
    """

    condition: str

    @property
    def only(self) -> str:
        return self.condition

    def count(self, name: str) -> int:
        return len(self._read(name, [self._tables.schema(name).names[0]]))

    def vectors(self) -> tuple[pa.Table, np.ndarray]:
        keys, vectors = super().vectors()
        own = self._own(keys)
        return keys.filter(own), vectors[own.to_numpy(zero_copy_only=False)]

    def scan_vectors(self) -> Iterator[tuple[pa.Table, np.ndarray]]:
        for keys, vectors in super().scan_vectors():
            own = self._own(keys)
            yield keys.filter(own), vectors[own.to_numpy(zero_copy_only=False)]

    def near(self, vector: np.ndarray, limit: int) -> pa.Table:
        most = self._tables.count(VECTORS, self.versions[VECTORS]) if VECTORS in self.versions else 0
        asked = limit
        while True:
            near = super().near(vector, asked)
            own = near.filter(self._own(near))
            if len(own) >= limit or asked >= most:
                return own.slice(0, limit)
            asked *= 4

    def events(self) -> pa.Table:
        events = super().events()
        for name in ("before", "after"):
            told = [cell and json.dumps(_without_quotes(json.loads(cell))) for cell in events[name].to_pylist()]
            events = _replaced(events, name, pa.array(told, pa.string()))
        return events

    def runs(self) -> pa.Table:
        runs = super().runs()
        return _replaced(runs, "counts", pa.repeat(pa.scalar("{}"), len(runs)))

    def kept(self, of: Sequence[str], form: int, make: Callable[[], dict[str, pa.Table]]) -> dict[str, pa.Table]:
        """What ``make`` works out: files in the store's folder are everybody's, so none is read or written."""
        return make()

    def query(self, sql: str) -> pa.Table:
        raise UsageError("queries read whole tables: ask somebody who may see all rows")

    def _read(self, name: str, columns: Sequence[str] | None = None, where: str | None = None) -> pa.Table:
        if name == "comments" and where is None:
            return super()._read(name, columns, self.condition)
        if name == "rejects":
            return super()._read(name, columns, where).slice(0, 0)
        if name == "themes":
            themes = super()._read(name, columns, where)
            field = themes.schema.get_field_index("verbatims")
            return themes if field < 0 else _replaced(themes, "verbatims", pa.nulls(len(themes), pa.list_(pa.string())))
        if name == "copies":
            copies = super()._read(name, None, where)
            both = pc.and_(self._own(copies), self._own(copies, ("of_dataset", "of_id")))
            return copies.filter(both).select(columns or copies.column_names)
        if name in ("comments", *_OWNED):
            wanted = None if columns is None else list(dict.fromkeys([*columns, *KEY]))
            rows = super()._read(name, wanted, where)
            return rows.filter(self._own(rows)).select(columns or rows.column_names)
        return super()._read(name, columns, where)

    def _own(self, rows: pa.Table, key: Sequence[str] = KEY) -> pa.Array:
        """Which rows belong to a comment of this snapshot."""
        return pc.is_in(_joined(rows, key), value_set=self._keys)

    @cached_property
    def _keys(self) -> pa.Array:
        return _joined(super()._read("comments", KEY, self.condition), KEY)


def _joined(rows: pa.Table, key: Sequence[str]) -> pa.Array:
    joined: pa.Array = pc.binary_join_element_wise(*(rows[name].combine_chunks() for name in key), _BETWEEN)
    return joined


def _replaced(table: pa.Table, name: str, cells: pa.Array) -> pa.Table:
    place = table.schema.get_field_index(name)
    return table.set_column(place, table.schema.field(place), cells.cast(table.schema.field(place).type))


def _without_quotes(told: Any) -> Any:
    """What an event says, less the sentences that themes are shown with."""
    if isinstance(told, dict):
        return {name: [] if name == "verbatims" else _without_quotes(value) for name, value in told.items()}
    if isinstance(told, list) and told and isinstance(told[0], dict):
        return [_without_quotes(one) for one in told]
    return told
