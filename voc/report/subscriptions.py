"""Saved views that somebody wants to hear of: a digest of five changes, to a file or a web address."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

from voc.access import access_settings
from voc.errors import StoreError, UsageError, VocError
from voc.files import write_whole, written_whole
from voc.pipeline import Frames, load_frames
from voc.pipeline.views import condition_of
from voc.report.digest import Digest, digest
from voc.report.send import require_address, send
from voc.store import Store

FILE: Final = "subscriptions.json"
#: Folder in the store's for digests: those that go to a file, and what was sent last.
DIGESTS: Final = "digests"
#: Changes that a digest tells.
MOST: Final = 5
PERIODS: Final = ("week", "month", "quarter")


@dataclass(frozen=True)
class Subscription:
    """``view``: its name. ``author``: who subscribed, whose rows it is of. ``send_to``: a web address, which may be a
    secret; empty for a file."""

    view: str
    author: str
    period: str = "month"
    send_to: str = ""

    @property
    def name(self) -> str:
        """The file of its digest; of another view, author, period or address it is another."""
        told = json.dumps(asdict(self), sort_keys=True).encode()
        words = "-".join(re.findall(r"\w+", self.view.casefold()))[:40]
        return f"{words}-{hashlib.sha256(told).hexdigest()[:8]}.txt"

    @property
    def place(self) -> str:
        """Where it goes, without what may be secret."""
        return f"to {require_address(self.send_to)}" if self.send_to else f"to {DIGESTS}/{self.name}"


def subscriptions(store: str | Path) -> list[Subscription]:
    """All of a store, in the order they were made. Raises StoreError where their file is damaged."""
    path = Path(store, FILE)
    if not path.is_file():
        return []
    try:
        return [Subscription(**row) for row in json.loads(path.read_text(encoding="utf-8"))]
    except (OSError, ValueError, TypeError) as error:
        raise StoreError(f"{path} is damaged ({type(error).__name__}): mend it, or delete it") from error


def subscribe(store: str | Path, wanted: Subscription) -> None:
    """Keep a subscription; one that is there already is kept once.

    Raises UsageError: no such view or period, no name, or an address that is none.
    """
    condition_of(store, wanted.view)
    if wanted.period not in PERIODS:
        raise UsageError(f"period {wanted.period!r}: choose one of {', '.join(PERIODS)}")
    if not wanted.author.strip():
        raise UsageError("Give your name first: a subscription is somebody's.")
    if wanted.send_to:
        require_address(wanted.send_to)
    _write(store, [*(one for one in subscriptions(store) if one != wanted), wanted])


def unsubscribe(store: str | Path, wanted: Subscription) -> None:
    """Forget a subscription, and the digest that was kept of it."""
    _write(store, [one for one in subscriptions(store) if one != wanted])
    Path(store, DIGESTS, wanted.name).unlink(missing_ok=True)


def deliver(store: str | Path, explorer: str | None = None) -> Iterator[tuple[Subscription, str]]:
    """Make the digest of each subscription and write or send it where it differs from the last; yield what became of
    each, in words. One that fails holds up no other.

    Every digest is of the rows that its author may see today (``[access]`` of ``voc.toml``). ``explorer``: its address,
    for links.
    """
    frames = _frames_by_author(str(store))
    for one in subscriptions(store):
        try:
            yield one, _delivered(store, one, frames(one.author), explorer)
        except VocError as error:
            yield one, f"failed: {error}"


def digest_of(frames: Frames, condition: str, period: str, explorer: str | None = None) -> Digest:
    """The digest of a view: its ``MOST`` surest changes."""
    found = digest(frames.where(condition), period, explorer=explorer)
    more = len(found.news) - MOST
    return replace(found, news=found.news[:MOST], still=f"{more} more changed. {found.still}") if more > 0 else found


def _delivered(store: str | Path, one: Subscription, frames: Frames, explorer: str | None) -> str:
    found = digest_of(frames, condition_of(store, one.view), one.period, explorer)
    kept = Path(store, DIGESTS, one.name)
    text = found.as_text()
    if kept.is_file() and kept.read_text(encoding="utf-8") == text:
        return "the same as last time"
    if one.send_to:
        if not found.news:
            return "nothing changed beyond chance"
        send(found, one.send_to)
    kept.parent.mkdir(exist_ok=True)
    write_whole(text, kept)
    return f"{len(found.news)} changes {one.place}"


def _frames_by_author(store: str) -> Callable[[str], Frames]:
    """The frames that an author may see, loaded once for each set of rows."""
    settings, loaded = access_settings(), dict[str, Frames]()

    def frames(author: str) -> Frames:
        visitor = settings.visitor(author) if settings else None
        if settings and visitor is None:
            raise UsageError(f"{author} may not see this store any more")
        rows = visitor.condition if visitor else ""
        if rows not in loaded:
            loaded[rows] = load_frames(Store.open(store).snapshot(only=rows), lean=True)
        return loaded[rows]

    return frames


def _write(store: str | Path, rows: list[Subscription]) -> None:
    if "://" in str(store) or not Path(store).is_dir():
        raise UsageError(f"subscriptions are kept in a store that is a folder of this machine; {store} is none")
    text = json.dumps([asdict(one) for one in rows], indent=1, ensure_ascii=False) + "\n"
    with written_whole(Path(store, FILE), mode=0o600) as part:  # addresses of chat services are secrets
        part.write_text(text, encoding="utf-8")
