"""From probabilities to labels: pure decisions, tested without a model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from voc.schema import ADVOCACIES, GIVING_SIGNALS, INTENTS, SENTIMENTS, SIGNALS, STANCES, TAKING_SIGNALS

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Rules:
    """How probabilities become labels; chosen on held-out comments, stored beside the heads.

    ``signals_from``: the probability, 0…1, from which on a signal counts. ``abstain_below``: a highest stance
    probability under it marks the comment as abstained. ``even_within``: with signals on both sides, a difference of
    summed probabilities up to this is ``even``. ``evidence_weight``: what the logit of the strongest signal counts,
    beside those of the borders of a span, in the choice of the segment that shows it. ``sure_above``: the words alone
    decide where the largest probabilities of sentiment and of stance are both at least this, 0…1; over 1: never.
    """

    signals_from: float
    abstain_below: float
    even_within: float = 0.15
    evidence_weight: float = 1.0
    sure_above: float = 2.0

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Rules:
        return cls(
            signals_from=float(data["signals_from"]),
            abstain_below=float(data["abstain_below"]),
            even_within=float(data["even_within"]),
            evidence_weight=float(data["evidence_weight"]),
            sure_above=float(data["sure_above"]),
        )


class Decision(NamedTuple):
    """A label and its calibrated probability, 0…1."""

    label: str
    p: float


class Reading(NamedTuple):
    """Everything the lenses say of one comment or segment; the fields are the contract's columns."""

    sentiment: Decision
    sentiment_score: float
    stance: Decision
    stance_score: float
    lean: str | None
    signals: tuple[Decision, ...]
    intent: str
    advocacy: str
    abstained: bool


def decode(probabilities: Mapping[str, Floats], rules: Rules) -> Reading:
    """Decide. The stance leads; the signals agree with it: none exactly when the stance is ``neither``.

    Scores: p(positive) − p(negative) and p(giving) − p(taking), −1…1.
    """
    sentiment = choose(probabilities["sentiment"], SENTIMENTS)
    stance = choose(probabilities["stance"], STANCES)
    p_sentiment = dict(zip(SENTIMENTS, probabilities["sentiment"].tolist(), strict=True))
    p_stance = dict(zip(STANCES, probabilities["stance"].tolist(), strict=True))
    signals = choose_signals(stance.label, probabilities["signals"], rules.signals_from)
    return Reading(
        sentiment=sentiment,
        sentiment_score=p_sentiment["positive"] - p_sentiment["negative"],
        stance=stance,
        stance_score=p_stance["giving"] - p_stance["taking"],
        lean=lean_of(signals, rules.even_within) if stance.label == "both" else None,
        signals=signals,
        intent=choose(probabilities["intent"], INTENTS).label,
        advocacy=choose(probabilities["advocacy"], ADVOCACIES).label,
        abstained=max(p_stance.values()) < rules.abstain_below,
    )


def choose(p: Floats, classes: Sequence[str]) -> Decision:
    """Return the class with the largest p, the first one among equals, and its p."""
    best = int(np.argmax(p))
    return Decision(classes[best], float(p[best]))


def choose_signals(stance: str, p: Floats, signals_from: float) -> tuple[Decision, ...]:
    """Return the signals, strongest first, that go with ``stance``.

    Of each side the stance names: those of probability ``signals_from`` or more, or else the most probable one.
    """
    sides = {
        "giving": (GIVING_SIGNALS,),
        "taking": (TAKING_SIGNALS,),
        "both": (GIVING_SIGNALS, TAKING_SIGNALS),
        "neither": (),
    }[stance]
    found = dict(zip(SIGNALS, p.tolist(), strict=True))
    chosen: list[Decision] = []
    for side in sides:
        kept = [s for s in side if found[s] >= signals_from] or [max(side, key=lambda s: found[s])]
        chosen.extend(Decision(s, found[s]) for s in kept)
    return tuple(sorted(chosen, key=lambda signal: -signal.p))


def lean_of(signals: Sequence[Decision], even_within: float) -> str:
    """Say which side weighs more, by summed probability: ``giving``, ``taking`` or ``even``."""
    balance = sum(s.p if s.label in GIVING_SIGNALS else -s.p for s in signals)
    if abs(balance) <= even_within:
        return "even"
    return "giving" if balance > 0 else "taking"
