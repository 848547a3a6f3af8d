"""Notice an export whose columns were renamed: its data set, named after them, looks like a further one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Final

import pyarrow as pa

#: Fewer comments than this may well repeat others.
_FEWEST: Final = 10
#: Share of a data set's new comments that stand in another one word for word, from which on it is that one.
_MOST: Final = 0.5


def doubled_data_sets(copies: pa.Table, new: Mapping[str, int]) -> dict[str, str]:
    """Data set → another one, not read now, that holds most of its comments already.

    ``copies``: COPIES. ``new``: how many comments of each data set the store did not have.
    """
    same: Counter[tuple[str, str]] = Counter()
    for row in copies.to_pylist():
        if row["kind"] != "near":
            # The earlier by date counts as the first one, whichever came first into the store.
            same[row["dataset"], row["of_dataset"]] += 1
            same[row["of_dataset"], row["dataset"]] += 1
    return {
        one: other
        for (one, other), count in same.items()
        if one in new and other not in new and count >= max(_FEWEST, _MOST * new[one])
    }
