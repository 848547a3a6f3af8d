"""What a store tracks by rule: set down, listed, removed. Counting is done when asked, over all there is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pyarrow as pa

from voc.errors import InputError, UsageError
from voc.rules import parse
from voc.schema import TOPICS
from voc.store import Store, Writer

LONGEST_NAME = 80


def track(store: Store, rule: str, name: str | None = None, author: str = "voc") -> str:
    """Keep ``rule`` under ``name`` (by default the rule itself) and return the name; kept already, it stays as it is.

    Raises RuleError for a rule that cannot be read, UsageError for a name that is empty, too long, or another rule's,
    InputError for a store without comments.
    """
    parse(rule)
    rule = " ".join(rule.split())
    name = " ".join((name or rule[:LONGEST_NAME]).split())
    if not name or len(name) > LONGEST_NAME:
        raise UsageError(f"A topic's name has 1 to {LONGEST_NAME} characters, this one {len(name)}: give another.")
    track_all(store, [(name, rule)], author)
    return name


def track_all(store: Store, codes: Sequence[tuple[str, str]], author: str = "voc") -> int:
    """Keep each (name, rule), all or none, and return how many are new: kept already, one stays as it is.

    Raises UsageError for a name that stands for another rule, InputError for a store without comments.
    """
    with store.writer("voc track") as writer:
        topics = writer.base.topics().to_pylist()
        known = {topic["name"]: topic["rule"] for topic in topics}
        new = [(name, rule) for name, rule in codes if known.get(name) != rule]
        if taken := next((name for name, _ in new if name in known), None):
            raise UsageError(
                f"The name {taken!r} stands for the rule {known[taken]}: give another name, or remove that topic first."
            )
        now = datetime.now(UTC)
        topics += [{"name": name, "rule": rule, "author": author, "at": now} for name, rule in new]
        if new:
            _write(writer, topics)
    return len(new)


def untrack(store: Store, name: str) -> None:
    """Track the topic of that name no more; no comment is touched. Raises UsageError when there is none."""
    with store.writer("voc track --remove") as writer:
        topics = writer.base.topics().to_pylist()
        rest = [topic for topic in topics if topic["name"] != name]
        if len(rest) == len(topics):
            known = ", ".join(repr(topic["name"]) for topic in topics) or "none yet"
            raise UsageError(f"No topic {name!r}: tracked are {known}.")
        _write(writer, rest)


def _write(writer: Writer, topics: list[dict[str, object]]) -> None:
    last = writer.base.run
    if last is None:
        raise InputError("The store is empty: add comments with 'voc run FILE' first.")
    writer.replace_topics(pa.Table.from_pylist(topics, schema=TOPICS))
    writer.finish({"edit": "topics", "topics": len(topics)}, last["model_version"], last["theme_version"])
