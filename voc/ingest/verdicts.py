"""Ratings given in words (``Very satisfied``, ``Good``, ``👍``), as data: word → number on a scale."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Final, NamedTuple

#: So many of the cells of a column must be words of one family.
_COVERED: Final = 0.95


class Verdicts(NamedTuple):
    """``words``: word (lower case) → number on ``scale``, one of ``SCORE_SCALES``."""

    scale: str
    words: Mapping[str, float]

    def cover(self, labels: Counter[str]) -> bool:
        """Whether a column's labels (label → how often) are words of this family, more than one of them."""
        answers = {label: n for label, n in labels.items() if label not in NO_SCORE}
        said = sum(n for label, n in answers.items() if label in self.words)
        return len(answers) > 1 and said >= _COVERED * sum(answers.values())


def _listed(words: str) -> list[str]:
    return [" ".join(word.split()) for word in words.split(",")]


def _family(scale: str, lowest: int, *steps: str) -> Verdicts:
    return Verdicts(scale, {word: float(at) for at, step in enumerate(steps, start=lowest) for word in _listed(step)})


#: Cells of a score column that give none.
NO_SCORE: Final = frozenset(
    _listed("""not applicable, don't know, dont know, do not know, prefer not to say, no answer, no rating, not rated,
    unrated, unknown, no opinion, did not answer, skipped, offered, unoffered, star_rating_unspecified, --, n.a., ?,
    keine angabe, weiß nicht, k.a., k. a., sans réponse, ne sait pas, no sabe, no contesta, ns/nc, geen antwoord,
    weet niet, não sei, non so""")
)

#: How far one agrees: a score only where the column is named for one.
AGREEMENT: Final = _family(
    "csat_1_5",
    1,
    "strongly disagree, completely disagree, totally disagree",
    "disagree, somewhat disagree",
    "neutral, neither agree nor disagree, neither, undecided",
    "agree, somewhat agree",
    "strongly agree, completely agree, totally agree",
)

#: Each worst first. A family stands before those that it shares words with and that have more steps.
FAMILIES: Final = (
    _family(
        "thumbs",
        0,
        """bad, thumbs down, thumbs_down, thumbsdown, down, 👎, negative, no, false, not recommended, doesn't recommend,
        dislike""",
        "good, thumbs up, thumbs_up, thumbsup, up, 👍, positive, yes, true, recommended, recommends, like",
    ),
    _family(
        "csat_1_5",
        1,
        """very dissatisfied, completely dissatisfied, extremely dissatisfied, very unsatisfied, very unhappy,
        sehr unzufrieden, très insatisfait, pas du tout satisfait, muy insatisfecho, molto insoddisfatto,
        zeer ontevreden, muito insatisfeito""",
        """dissatisfied, somewhat dissatisfied, unsatisfied, unhappy, unzufrieden, eher unzufrieden, insatisfait,
        plutôt insatisfait, peu satisfait, insatisfecho, insoddisfatto, ontevreden, insatisfeito""",
        """neutral, neither, neither satisfied nor dissatisfied, neither satisfied or dissatisfied, teils/teils,
        teils teils, weder noch, neutre, ni satisfait ni insatisfait, ni satisfecho ni insatisfecho, neutro, neutrale,
        neutraal""",
        """satisfied, somewhat satisfied, happy, zufrieden, eher zufrieden, satisfait, plutôt satisfait, satisfecho,
        soddisfatto, tevreden, satisfeito""",
        """very satisfied, completely satisfied, extremely satisfied, very happy, sehr zufrieden, très satisfait,
        tout à fait satisfait, muy satisfecho, molto soddisfatto, zeer tevreden, muito satisfeito""",
    ),
    _family("csat_1_5", 1, "poor", "fair", "good", "very good", "excellent"),
    _family("csat_1_5", 1, "terrible", "poor", "average", "very good", "excellent"),
    _family(
        "csat_1_5",
        1,
        "terrible, very poor, awful, very bad, horrible",
        "poor, bad, below average",
        "average, fair, ok, okay, neutral, acceptable",
        "good, above average",
        "excellent, very good, great, outstanding",
    ),
    _family("csat_1_5", 1, "sehr schlecht", "schlecht", "mittel, geht so, neutral", "gut", "sehr gut"),
    _family(
        "stars_1_5", 1, "one, one star", "two, two stars", "three, three stars", "four, four stars", "five, five stars"
    ),
    AGREEMENT,
)

#: The groups of the Net Promoter Score: from a group no score can be told.
_GROUPS: Final = frozenset(_listed("promoter, promoters, passive, passives, detractor, detractors, neutral, neutrals"))


def verdicts_in(labels: Counter[str]) -> Verdicts | None:
    """The family of words that a column's labels (label → how often) are, or None."""
    return next((family for family in FAMILIES if family.cover(labels)), None)


def are_groups(labels: Counter[str]) -> bool:
    """Whether a column's labels are promoter, passive and detractor."""
    said = set(labels) - NO_SCORE
    return len(said) > 1 and said <= _GROUPS
