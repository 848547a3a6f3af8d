"""A rule of words as a regular expression over folded texts: the same rule, a hundred times as fast."""

from __future__ import annotations

import re

from voc.rules.tree import Near, Or, Rule, Words
from voc.rules.words import MASKS

_END = r"(?!\w|'\w)"
_BETWEEN = r"\W++"
_OTHER = r"\w++(?:'\w++)*+"


def regex(rule: Rule) -> str | None:
    """The pattern that is found in a folded text where the rule fits; None where NEAR stands within NEAR."""
    match rule:
        case Words(parts):
            return _BETWEEN.join(_word(part) for part in parts)
        case Or(rules):
            patterns = [regex(one) for one in rules]
            return None if None in patterns else f"(?:{'|'.join(filter(None, patterns))})"
        case Near(left, right, apart) if not (_has_near(left) or _has_near(right)):
            a, b = regex(left), regex(right)
            gap = f"{_BETWEEN}(?:{_OTHER}{_BETWEEN}){{0,{apart - 1}}}"
            return f"{a}{gap}{b}|{b}{gap}{a}"
    return None


def _has_near(rule: Rule) -> bool:
    return isinstance(rule, Near) or (isinstance(rule, Or) and any(map(_has_near, rule.rules)))


def _word(part: str) -> str:
    """One word: its letters first, as a search for letters is quick, then that they are a word of their own."""
    letters = part.removesuffix("*")
    start = re.escape(letters)
    pattern = rf"{start}(?<!\w{start})(?<!\w'{start})"
    for mask in MASKS:  # what stands for personal data is no word that can be named
        if mask == letters or (part.endswith("*") and mask.startswith(letters)):
            pattern += rf"(?:(?<!\[{start})|(?!{mask[len(letters) :]}\]))"
    return pattern + (rf"\w*+(?:'\w++)*+{_END}" if part.endswith("*") else rf"(?:'s)?{_END}")
