"""Weak labels from public sets: stars, polarity, aspects, emotions. They teach the network to read before it learns
the lenses.
"""

from __future__ import annotations

import gzip
import json
import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from voc.errors import InputError

#: Verdicts stand at the beginning and the end of a long text.
_WORDS: Final = 70
EMOTIONS: Final = tuple(
    """admiration amusement anger annoyance approval caring confusion curiosity desire disappointment disapproval
    disgust embarrassment excitement fear gratitude grief joy love nervousness neutral optimism pride realization
    relief remorse sadness surprise""".split()
)
#: Tasks with the number of their classes.
TASKS: Final[Mapping[str, int]] = {"stars": 5, "polarity": 2, "aspects": 4, "emotions": len(EMOTIONS)}


_PLEASED: Final = frozenset(
    "admiration amusement approval caring excitement gratitude joy love optimism pride relief".split()
)
_DISPLEASED: Final = frozenset(
    """anger annoyance disappointment disapproval disgust embarrassment fear grief nervousness remorse
    sadness""".split()
)


class Weak(NamedTuple):
    """A text with its class in one task; of ``emotions`` 0/1 for each."""

    text: str
    task: str
    label: int | tuple[int, ...]

    def sentiments(self) -> tuple[str, ...]:
        """The sentiments that the label leaves possible: five stars may still be mixed."""
        if self.task == "stars":
            return _SENTIMENTS_OF_STARS[self.label]  # type: ignore[index]
        if self.task == "polarity":
            return ("positive", "mixed") if self.label else ("negative", "mixed")
        if self.task == "aspects":
            return (("negative", "neutral", "positive", "mixed")[self.label],)  # type: ignore[index]
        return (_felt({name for name, there in zip(EMOTIONS, self.label, strict=True) if there}),)  # type: ignore[arg-type]


_SENTIMENTS_OF_STARS: Final = (
    ("negative",),
    ("negative", "mixed"),
    ("negative", "neutral", "positive", "mixed"),
    ("positive", "mixed"),
    ("positive",),
)


def _felt(emotions: set[str]) -> str:
    pleased, displeased = emotions & _PLEASED, emotions & _DISPLEASED
    return "mixed" if pleased and displeased else "positive" if pleased else "negative" if displeased else "neutral"


class _Set(NamedTuple):
    task: str
    most: int | None
    label: Callable[[dict[str, Any]], int | tuple[int, ...] | None]
    even: bool = False


def _stars(shift: float = 0.0) -> Callable[[dict[str, Any]], int | None]:
    def label(row: dict[str, Any]) -> int | None:
        rating = row.get("rating")
        stars = None if rating is None else round(float(rating) + shift)
        return stars - 1 if stars is not None and 1 <= stars <= 5 else None

    return label


def _polarity(row: dict[str, Any]) -> int:
    return int(float(row["label"]))


def _aspects(row: dict[str, Any]) -> int | None:
    """Negative 0, neutral 1, positive 2, both 3."""
    said = set((row.get("label") or "").split("+"))
    if {"Negative", "Positive"} <= said:
        return 3
    return 0 if "Negative" in said else 2 if "Positive" in said else 1 if said == {"Neutral"} else None


def _emotions(row: dict[str, Any]) -> tuple[int, ...]:
    said = row["label"].split(",")
    return tuple(int(emotion in said) for emotion in EMOTIONS)


#: ``most``: rows taken of a set. ``even``: as many of each class as there are of the others.
SETS: Final[Mapping[str, _Set]] = {
    "trustpilot_pet_insurance": _Set("stars", 7000, _stars(), even=True),
    "amazon_alexa": _Set("stars", 2500, _stars(), even=True),
    "trustpilot_companies": _Set("stars", 1000, _stars(), even=True),
    "bank_reviews": _Set("stars", 500, _stars(), even=True),
    "tripadvisor_hotels": _Set("stars", 2500, _stars(2.5), even=True),
    "womens_clothing": _Set("stars", 7500, _stars(), even=True),
    "amazon_polarity_10k": _Set("polarity", 5000, _polarity),
    "uci_sentences": _Set("polarity", None, _polarity),
    "absa_mams": _Set("aspects", None, _aspects),
    "absa_tshirt": _Set("aspects", None, _aspects),
    "absa_mooc_en": _Set("aspects", None, _aspects),
    "app_feature_sentiment_is22": _Set("aspects", None, _aspects),
    "goemotions": _Set("emotions", 14000, _emotions),
}


def weak_labels(folder: Path) -> Iterator[Weak]:
    """Read the sets in ``folder`` (``NAME.jsonl.gz``). Raises InputError when one is missing."""
    for name, chosen in SETS.items():
        rows = set_rows(folder / f"{name}.jsonl.gz")
        random.Random(name).shuffle(rows)
        taken: dict[Any, int] = defaultdict(int)
        share = -(-(chosen.most or len(rows)) // (TASKS[chosen.task] if chosen.even else 1))
        for row in rows:
            label = chosen.label(row)
            group = label if chosen.even else None
            if label is not None and taken[group] < share:
                taken[group] += 1
                yield Weak(_ends(row["text"]), chosen.task, label)


def set_rows(path: Path) -> list[dict[str, Any]]:
    """The rows of a public set. Raises InputError when it cannot be read."""
    try:
        with gzip.open(path, "rt", encoding="utf-8") as file:
            return [json.loads(line) for line in file]
    except (OSError, ValueError) as error:
        raise InputError(f"Cannot read {path}: name the folder that holds the public sets.") from error


def _ends(text: str) -> str:
    words = text.split()
    return text if len(words) <= _WORDS else " ".join([*words[: _WORDS // 2], *words[-_WORDS // 2 :]])
