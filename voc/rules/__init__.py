"""Rules over words and labels: ``esim NEAR/5 (activate OR scan)``.

``parse`` reads a rule, ``all_of_these`` makes one of words, ``show`` writes it back, ``matches`` says which comments it
fits (``matches_each`` of many rules at once), ``spans`` where in a text.
"""

from voc.rules.match import matches, matches_each, spans
from voc.rules.parse import MOST_APART, RuleError, all_of_these, parse
from voc.rules.tree import LABELS, And, Label, Near, Not, Or, Rule, Words, show

__all__ = [
    "LABELS",
    "MOST_APART",
    "And",
    "Label",
    "Near",
    "Not",
    "Or",
    "Rule",
    "RuleError",
    "Words",
    "all_of_these",
    "matches",
    "matches_each",
    "parse",
    "show",
    "spans",
]
