"""Saved views: a condition over the comments under a name, kept beside the store's tables."""

from __future__ import annotations

import json
from pathlib import Path

from voc.errors import StoreError, UsageError
from voc.files import write_whole

FILE = "views.json"


def saved_views(store: str | Path) -> dict[str, str]:
    """Condition by name, in the order of the names; empty where none was saved.

    Raises:
        StoreError: the file of views is damaged.
    """
    path = Path(store, FILE)
    if not path.is_file():
        return {}
    try:
        views = json.loads(path.read_text(encoding="utf-8"))
        return {str(name): str(views[name]["where"]) for name in sorted(views)}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StoreError(
            f"{path} is damaged ({type(error).__name__}): mend it, or delete it and save views anew"
        ) from error


def save_view(store: str | Path, name: str, where: str) -> None:
    """Keep ``where`` under ``name``; a view of that name is replaced.

    Raises:
        UsageError: the name or the condition is empty, or the store is not a folder of this machine.
    """
    name, where = " ".join(name.split()), where.strip()
    if not name or not where:
        raise UsageError(
            "a view needs a name and a condition, such as: voc views save 'North' --where \"brand = 'Wrenly'\""
        )
    _write(store, {**saved_views(store), name: where})


def remove_view(store: str | Path, name: str) -> None:
    """Forget a view. Raises UsageError where there is none of that name."""
    condition_of(store, name)
    _write(store, {other: where for other, where in saved_views(store).items() if other != name})


def condition_of(store: str | Path, name: str) -> str:
    """The condition of a view. Raises UsageError, with the names there are, where there is none of that name."""
    views = saved_views(store)
    if name not in views:
        known = ", ".join(views) or "none is saved yet, see `voc views save --help`"
        raise UsageError(f"no view {name!r} in {store}: {known}")
    return views[name]


def _write(store: str | Path, views: dict[str, str]) -> None:
    if "://" in str(store) or not Path(store).is_dir():
        raise UsageError(f"views are kept in a store that is a folder of this machine; {store} is none")
    document = {name: {"where": views[name]} for name in sorted(views)}
    write_whole(json.dumps(document, indent=1, ensure_ascii=False) + "\n", Path(store, FILE))
