"""What readers set down of single comments: corrected labels, tags, notes. A log: the last word holds, and can be
taken back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from voc.errors import InputError, UsageError
from voc.schema import ANNOTATIONS, ANNOTATIONS_OF, GIVING_SIGNALS, KEY, SENTIMENTS, STANCES, TAKING_SIGNALS
from voc.store import Snapshot, Store
from voc.store.writer import where_keys

if TYPE_CHECKING:
    import pandas as pd

    from voc.pipeline.frames import Frames

#: Kinds that correct what the model said → the labels there are.
LABELS: Final = {"sentiment": SENTIMENTS, "stance": STANCES}
LONGEST: Final = 2000
#: Signals that agree with a stance.
_AGREE: Final = {
    "giving": set(GIVING_SIGNALS),
    "taking": set(TAKING_SIGNALS),
    "both": {*GIVING_SIGNALS, *TAKING_SIGNALS},
    "neither": set[str](),
}


def annotate(
    store: Store, keys: Sequence[tuple[str, str]], kind: str, value: str | None, author: str, command: str = "voc note"
) -> None:
    """Set ``kind`` (sentiment, stance, tags, note) of the comments with these keys to ``value``; None takes it back.

    Raises:
        UsageError: no such kind or label, no author, or a text that is too long.
        InputError: a key is of no comment in the store.
    """
    _require(kind, value, author)
    with store.writer(command) as writer:
        last = writer.base.run
        for dataset, id_ in keys:
            if last is None or not len(writer.base.comments(["id"], where=where_keys([(dataset, id_)]))):
                raise InputError(f"There is no comment {id_!r} of {dataset!r} in {store.path}.")
        now = datetime.now(UTC)
        rows = [(*key, kind, value, author.strip(), now) for key in keys]
        named = [dict(zip(ANNOTATIONS.names, row, strict=True)) for row in rows]
        writer.append_annotations(pa.Table.from_pylist(named, schema=ANNOTATIONS))
        assert last is not None
        writer.finish({"edit": kind, "comments": len(keys)}, last["model_version"], last["theme_version"])


def noted(snapshot: Snapshot) -> pd.DataFrame:
    """What holds now: ``dataset, id, kind, value, author, at``, one row for each comment and kind that has a value."""
    rows: pd.DataFrame = snapshot.annotations().to_pandas().drop_duplicates([*KEY, "kind"], keep="last")
    return rows[rows["value"].notna()].reset_index(drop=True)


def corrected(frames: Frames, held: pd.DataFrame) -> Frames:
    """``frames`` with the labels that readers corrected in place of the model's: sentiment and stance of the comment,
    and of its signals those that agree with the stance; a comment with a corrected stance is not unsure.

    ``held``: as ``noted`` gives it.
    """
    from dataclasses import replace

    held = held[held["kind"].isin(LABELS)]
    if held.empty:
        return frames
    comments = frames.comments.copy(deep=False)
    for kind, rows in held.groupby("kind"):
        places = frames.find(rows)
        known = places >= 0
        values = comments[kind].to_numpy(dtype=object, copy=True)
        values[places[known]] = rows["value"].to_numpy()[known]
        comments[kind] = values
        comments[kind] = comments[kind].astype("str")
        if kind == "stance":
            signals = comments["signals"].to_numpy(copy=True)
            unsure = comments["abstained"].to_numpy(dtype=object, copy=True)
            for place, stance in zip(places[known], rows["value"].to_numpy()[known], strict=True):
                signals[place] = [signal for signal in signals[place] if signal in _AGREE[stance]]
                unsure[place] = False
            comments["signals"], comments["abstained"] = signals, unsure
    return replace(frames, comments=comments)


def _require(kind: str, value: str | None, author: str) -> None:
    if kind not in ANNOTATIONS_OF:
        raise UsageError(f"{kind!r} cannot be set: choose one of {', '.join(ANNOTATIONS_OF)}.")
    if kind in LABELS and value is not None and value not in LABELS[kind]:
        raise UsageError(f"There is no {kind} {value!r}: choose one of {', '.join(LABELS[kind])}.")
    if not author.strip():
        raise UsageError("Give your name first, so that others can see whose edit it is.")
    if value is not None and not 0 < len(value.strip()) <= LONGEST:
        raise UsageError(f"A note has 1 to {LONGEST:,} characters, this one {len(value.strip()):,}.")
