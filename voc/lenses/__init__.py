"""The lenses: sentiment, stance with its signals, intent and advocacy, each with evidence."""

from voc.lenses.decode import Decision, Reading, Rules, decode
from voc.lenses.evidence import evidence_segment
from voc.lenses.heads import LENSES, Heads, Probabilities, features, load_heads

__all__ = [
    "LENSES",
    "Decision",
    "Heads",
    "Probabilities",
    "Reading",
    "Rules",
    "decode",
    "evidence_segment",
    "features",
    "load_heads",
]
