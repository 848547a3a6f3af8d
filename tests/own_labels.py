"""Texts with the labels of two lenses of a user's own, and the lenses trained on them."""

from __future__ import annotations

import csv
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from labelled_texts import WordEncoder

from voc.lenses import Declaration, OwnLens, load_own_lens
from voc.train.own import train_own

ENCODER = WordEncoder()
#: Words that tell a class, and words that tell nothing.
SAID = {
    "bill": ("charged twice", "money missing", "charged wrongly", "money added"),
    "signal": ("coverage lost", "coverage poor", "calls dropping", "calls lost"),
    "shop": ("counter helpful", "counter closed", "shelf empty", "shelf helpful"),
}
AROUND = "yesterday really honestly somehow today later perhaps indeed quite home office evening autumn garden".split()
DESK = Declaration("desk", {"bill": "money", "signal": "network", "shop": "visits"}, several=False, column="desk")
TOUCHES = Declaration("touches", dict.fromkeys(SAID, ""), several=True, column="touches")


def few(a_class: int = 16, seed: int = 1) -> list[dict[str, Any]]:
    """``a_class`` texts of each class; no two are near duplicates."""
    draw = random.Random(seed)
    rows = []
    for name, said in SAID.items():
        for i in range(a_class):
            words = [*draw.sample(AROUND, 3), name, *said[i % len(said)].split()]
            draw.shuffle(words)
            rows.append({"text": " ".join(words).capitalize() + ".", "desk": name})
    return rows


def many(n: int = 120, seed: int = 2) -> list[dict[str, Any]]:
    """Texts that touch none, one or two of the classes."""
    draw = random.Random(seed)
    rows = []
    for i in range(n):
        names = draw.sample(list(SAID), i % 3)
        words = [word for name in names for word in (name, *draw.choice(SAID[name]).split())]
        words = [*draw.sample(AROUND, 2), *words, *draw.sample(AROUND, 2)]
        rows.append({"text": " ".join(words).capitalize() + ".", "touches": ";".join(sorted(names)) or "none"})
    return rows


def renamed(rows: Sequence[dict[str, Any]], **names: str) -> list[dict[str, Any]]:
    return [{names.get(key, key): value for key, value in row.items()} for row in rows]


def write_csv(path: Path, rows: Sequence[dict[str, Any]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def trained(folder: Path, rows: Sequence[dict[str, Any]], lens: Declaration = DESK) -> OwnLens:
    train_own([write_csv(folder / "labels.csv", rows)], lens, folder / "lens", ENCODER)
    return load_own_lens(folder / "lens", ENCODER.name)
