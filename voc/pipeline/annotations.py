"""What readers set down of single comments: corrected labels, tags, notes. A log: the last word holds, and can be
taken back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from voc.errors import InputError, UsageError
from voc.schema import ANNOTATIONS, ANNOTATIONS_OF, KEY, SENTIMENTS, SIGNALS, STANCES
from voc.store import Snapshot, Store
from voc.store.writer import where_keys

if TYPE_CHECKING:
    import pandas as pd

#: Kinds that correct what the model said of a comment by one label → the labels there are.
LABELS: Final = {"sentiment": SENTIMENTS, "stance": STANCES}
#: The kind that corrects the signals of a comment: all of them, joined by ``;``.
SIGNALS_SET: Final = "signals"
#: Stands for no signal, and for no theme.
NONE: Final = "none"
LONGEST: Final = 2000
_THEME: Final = "theme"


def annotate(
    store: Store, keys: Sequence[tuple[str, str]], kind: str, value: str | None, author: str, command: str = "voc note"
) -> None:
    """Set ``kind`` (of ``ANNOTATIONS_OF``, or of ``theme_kind`` with a theme's id) of the comments with these keys to
    ``value``; None takes it back.

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
        if value is not None and is_of_theme(kind):
            _require_theme(writer.base, value)
        now = datetime.now(UTC)
        rows = [(*key, kind, value, author.strip(), now) for key in keys]
        named = [dict(zip(ANNOTATIONS.names, row, strict=True)) for row in rows]
        writer.append_annotations(pa.Table.from_pylist(named, schema=ANNOTATIONS))
        assert last is not None
        writer.finish({"edit": kind, "comments": len(keys)}, last["model_version"], last["theme_version"])


def held_annotations(snapshot: Snapshot) -> pd.DataFrame:
    """What holds now: ``dataset, id, kind, value, author, at``, one row for each comment and kind that has a value."""
    rows: pd.DataFrame = snapshot.annotations().to_pandas().drop_duplicates([*KEY, "kind"], keep="last")
    return rows[rows["value"].notna()].reset_index(drop=True)


def notes_of(held: pd.DataFrame) -> pd.DataFrame:
    """Notes and tags of ``held_annotations``: ``note`` (missing without) and ``tags`` (a list), by ``dataset, id``."""
    import pandas as pd

    told: dict[str, pd.Series] = {
        kind: held[held["kind"].eq(kind)].set_index(list(KEY))["value"].astype(object) for kind in ("note", "tags")
    }
    notes = pd.DataFrame(told, index=told["note"].index.union(told["tags"].index))
    notes["tags"] = [value.split(";") if isinstance(value, str) else [] for value in notes["tags"]]
    return notes


def corrections(held: pd.DataFrame) -> pd.DataFrame:
    """Those of ``held_annotations`` that correct what the model said."""
    return held[held["kind"].isin([*LABELS, SIGNALS_SET]) | held["kind"].map(is_of_theme).astype(bool)]


def theme_kind(start: int, end: int) -> str:
    """The kind that corrects the theme of the sentence at these places in the text: it stays where sentences are
    numbered anew."""
    return f"{_THEME} {start}-{end}"


def is_of_theme(kind: str) -> bool:
    """Whether ``kind`` is one of ``theme_kind``."""
    return kind.startswith(f"{_THEME} ")


def span_of(kind: str) -> tuple[int, int]:
    """The places that ``theme_kind`` was made of."""
    start, _, end = kind.removeprefix(f"{_THEME} ").partition("-")
    return int(start), int(end)


def _require(kind: str, value: str | None, author: str) -> None:
    if kind not in ANNOTATIONS_OF and not is_of_theme(kind):
        raise UsageError(f"{kind!r} cannot be set: choose one of {', '.join(ANNOTATIONS_OF)}.")
    if value is not None:
        allowed = LABELS.get(kind) or ((*SIGNALS, NONE) if kind == SIGNALS_SET else None)
        if unknown := [one for one in value.split(";") if allowed and one not in allowed]:
            raise UsageError(f"There is no {kind} {unknown[0]!r}: choose one of {', '.join(allowed or ())}.")
        if not 0 < len(value.strip()) <= LONGEST:
            raise UsageError(f"A note has 1 to {LONGEST:,} characters, this one {len(value.strip()):,}.")
    if not author.strip():
        raise UsageError("Give your name first, so that others can see whose edit it is.")


def _require_theme(snapshot: Snapshot, value: str) -> None:
    """Raise UsageError where a theme is set that is not shown."""
    shown = {row["id"]: row["status"] for row in snapshot.themes().select(["id", "status"]).to_pylist()}
    if value != NONE and shown.get(value) != "active":
        raise UsageError(f"There is no theme {value!r}: list them with 'voc themes list', or set {NONE}.")
