"""The lenses: sentiment, stance with its signals, intent and advocacy, each with evidence."""

from voc.lenses.decode import Decision, Reading, Rules, decode
from voc.lenses.evidence import evidence_by_words, evidence_span
from voc.lenses.heads import LENSES, Heads, Probabilities, features, load_heads, segment_features
from voc.lenses.own import Declaration, OwnLens, OwnTag, load_own_lens, own_features, own_segment_features

__all__ = [
    "LENSES",
    "Decision",
    "Declaration",
    "Heads",
    "OwnLens",
    "OwnTag",
    "Probabilities",
    "Reading",
    "Rules",
    "decode",
    "evidence_by_words",
    "evidence_span",
    "features",
    "load_heads",
    "load_own_lens",
    "own_features",
    "own_segment_features",
    "segment_features",
]
