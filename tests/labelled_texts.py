"""Labelled comments and an encoder that reads words, for training without the real model."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

#: What is said, and how it is labelled: sentiment, stance, signals, intent, advocacy.
_SAID = (
    ("kindly helped with the router", "positive", "giving", ["care", "recovery"], "praise", "advocates"),
    ("gladly lowered the bill unasked", "positive", "giving", ["generosity", "honesty"], "praise", "none"),
    ("swiftly answered and easily sorted", "positive", "giving", ["speed", "ease"], "praise", "none"),
    ("freely let leave without a fee", "neutral", "giving", ["choice"], "other", "none"),
    (
        "wrongly charged and never explained",
        "negative",
        "taking",
        ["extraction", "deceit"],
        "complaint",
        "warns_off",
    ),
    (
        "endlessly waiting and ignored",
        "negative",
        "taking",
        ["delay", "neglect", "effort"],
        "complaint",
        "none",
    ),
    (
        "flatly refused and pushed an upgrade",
        "negative",
        "taking",
        ["refusal", "pressure"],
        "complaint",
        "warns_off",
    ),
    ("warmly greeted yet overcharged", "mixed", "both", ["care", "extraction"], "complaint", "none"),
    ("should add a dark screen", "neutral", "neither", [], "suggestion", "none"),
    ("where is the setting", "neutral", "neither", [], "question", "none"),
)
_FILLERS = (
    "yesterday",
    "again",
    "really",
    "honestly",
    "somehow",
    "there",
    "today",
    "later",
    "anyway",
    "perhaps",
    "indeed",
    "quite",
    "home",
    "office",
    "evening",
    "morning",
    "autumn",
    "friday",
    "garden",
    "kitchen",
    "monday",
    "holiday",
)


class WordEncoder:
    """Adds up one fixed random vector per word: texts that share words are near."""

    name = "words"
    dim = 24

    def encode(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> npt.NDArray[np.float16]:
        rows = np.empty((len(texts), self.dim))
        for i, text in enumerate(texts):
            rows[i] = sum((self._word(word) for word in text.lower().strip(".").split()), np.full(self.dim, 1e-6))
            if progress:
                progress(1)
        return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float16)

    def _word(self, word: str) -> npt.NDArray[np.float64]:
        seed = int.from_bytes(blake2b(word.encode(), digest_size=4).digest(), "big")
        return np.random.default_rng(seed).normal(size=self.dim)


def labelled(n: int, seed: int = 1) -> list[dict[str, Any]]:
    """``n`` labelled comments, every class among them."""
    draw = random.Random(seed)
    rows = []
    for number in range(n):
        words, sentiment, stance, signals, intent, advocacy = _SAID[number % len(_SAID)]
        text = " ".join([*draw.sample(_FILLERS, 4), words]).capitalize() + "."
        rows.append(
            {
                "text": text,
                "sentiment": sentiment,
                "stance": stance,
                "signals": signals,
                "intent": intent,
                "advocacy": advocacy,
                "evidence": words if signals else None,
                "set": "own",
                "licence": "open",
            }
        )
    return rows


def write_lines(path: Path, rows: Sequence[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path
