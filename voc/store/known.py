"""What a store holds of each comment, small enough for millions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from voc.schema import KEY

if TYPE_CHECKING:
    import pyarrow as pa


class Seen(NamedTuple):
    """``same``: the stored content is the given one. ``tagged``: by some model."""

    same: bool
    tagged: bool


class Known:
    """Looks comments up by key: 64 bits of each key and of its content, and whether it was tagged.

    Two keys that fall together (once in 10⁷ stores of a million comments) make a new comment an updated one,
    which is stored all the same.
    """

    def __init__(self, comments: Iterable[pa.RecordBatch]) -> None:
        import numpy as np

        keys, contents, tagged = [np.empty(0, np.int64)], [np.empty(0, np.int64)], [np.empty(0, np.bool_)]
        for batch in comments:
            names = (batch.column(name).to_pylist() for name in KEY)
            keys.append(np.fromiter(map(hash, zip(*names, strict=True)), np.int64, batch.num_rows))
            hashes = map(hash, batch.column("content_hash").to_pylist())
            contents.append(np.fromiter(hashes, np.int64, batch.num_rows))
            tagged.append(batch.column("model_version").is_valid().to_numpy(zero_copy_only=False))
        whole = np.concatenate(keys)
        order = np.argsort(whole)
        self._keys = whole[order]
        self._contents = np.concatenate(contents)[order]
        self._tagged = np.concatenate(tagged)[order]

    def __len__(self) -> int:
        return len(self._keys)

    def look_up(self, key: tuple[str, str], content_hash: str) -> Seen | None:
        """What is stored under (dataset, id), or None."""
        wanted = hash(key)
        at = int(self._keys.searchsorted(wanted))
        if at == len(self._keys) or self._keys[at] != wanted:
            return None
        return Seen(bool(self._contents[at] == hash(content_hash)), bool(self._tagged[at]))
