"""Texts with their right answers, in ``tests/data``, and how well an answer meets them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"

#: Kinds found by their form, and the recall each must reach; names follow a cue.
RECALL_WANTED = {
    **dict.fromkeys(("email", "phone", "card", "iban", "address", "reference", "handle"), 0.98),
    "name": 0.85,
}


def read_set(name: str, part: str | None = None) -> list[dict[str, Any]]:
    """Return the records of ``tests/data/NAME.jsonl``; of one half (``tune`` or ``test``) where ``part`` says so."""
    lines = (DATA / f"{name}.jsonl").read_text("utf-8").splitlines()
    return [record for record in map(json.loads, lines) if part in (None, record.get("part"))]


@dataclass(frozen=True)
class Hits:
    """``wanted``: answers that should be found; ``found`` of them were. Of ``given`` answers, ``right`` are."""

    wanted: int
    found: int
    given: int
    right: int

    @property
    def recall(self) -> float:
        """Share of the wanted answers that were found, 0…1."""
        return self.found / self.wanted if self.wanted else 0.0

    @property
    def precision(self) -> float:
        """Share of the given answers that are right, 0…1."""
        return self.right / self.given if self.given else 0.0

    @property
    def f1(self) -> float:
        """Harmonic mean of recall and precision, 0…1."""
        total = self.recall + self.precision
        return 2 * self.recall * self.precision / total if total else 0.0


def pii_hits(
    records: Iterable[dict[str, Any]], find: Callable[[str], Iterable[tuple[int, int, str]]]
) -> dict[str, Hits]:
    """Return per kind: a wanted span counts as found when all its letters are covered by spans of its kind,
    a given span as right when it lies wholly inside a wanted one of its kind."""
    wanted, found, given, right = Counter[str](), Counter[str](), Counter[str](), Counter[str]()
    for record in records:
        spans = [(start, end, kind) for start, end, kind in record["spans"]]
        answers = list(find(record["text"]))
        for start, end, kind in spans:
            covered = {at for a, b, k in answers if k == kind for at in range(a, b)}
            wanted[kind] += 1
            found[kind] += all(at in covered for at in range(start, end) if not record["text"][at].isspace())
        for start, end, kind in answers:
            given[kind] += 1
            right[kind] += any(a <= start and end <= b and k == kind for a, b, k in spans)
    return {kind: Hits(wanted[kind], found[kind], given[kind], right[kind]) for kind in sorted(wanted | given)}


def border_hits(records: Iterable[dict[str, Any]], starts: Callable[[str], Iterable[int]], *, turns: bool) -> Hits:
    """Compare the offsets at which segments begin (0 left out) with the right ones.

    ``turns=False`` counts the ends of sentences alone: a border at a turn is then neither right nor wrong.
    """
    wanted = found = given = 0
    for record in records:
        right = {*record["sentences"], *record["turns"]} if turns else set(record["sentences"])
        answers = set(starts(record["text"])) - {0} - (set() if turns else set(record["turns"]))
        wanted, found, given = wanted + len(right), found + len(right & answers), given + len(answers)
    return Hits(wanted, found, given, found)
