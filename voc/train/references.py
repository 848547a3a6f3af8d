"""What the lenses are compared with, measured on the same texts in the same run."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from voc.encode import Encoder, Vectors
from voc.lenses import Heads, decode, evidence_by_words, load_heads
from voc.text import segments
from voc.train.heads import train
from voc.train.labelled import TextRead

#: VADER's own thresholds on its compound score, −1…1 (Hutto & Gilbert 2014).
NEUTRAL_WITHIN = 0.05
_STANCES = {"positive": "giving", "negative": "taking", "mixed": "both", "neutral": "neither"}


def vader_sentiments(texts: Sequence[str]) -> list[str] | None:
    """The sentiment of each text as given, by VADER: word list and rules, never ``mixed``. None where not installed."""
    try:
        from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer
    except ImportError:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # how it opens its word list
        score = SentimentIntensityAnalyzer().polarity_scores
    return [_sentiment(score(text)["compound"]) for text in texts]


def _sentiment(compound: float) -> str:
    if compound >= NEUTRAL_WITHIN:
        return "positive"
    return "negative" if compound <= -NEUTRAL_WITHIN else "neutral"


def stances_of_sentiment(sentiments: Sequence[str]) -> list[str]:
    """The stance that goes with each true sentiment: what sentiment alone says of giving and taking."""
    return [_STANCES[sentiment] for sentiment in sentiments]


def fast_profile(reads: Sequence[TextRead], heads: Heads) -> tuple[list[TextRead], float]:
    """What the fast profile makes of texts that were read whole: the words alone decide where they are sure enough.
    Also the share of the texts that they decide.
    """
    found = []
    for whole in reads:
        p = heads.read_words(whole.text)
        sure = min(float(p[lens].max()) for lens in ("sentiment", "stance")) >= heads.rules.sure_above
        if whole.reading is None or not sure:
            found.append(whole)
            continue
        reading = decode(p, heads.rules)
        shown = evidence_by_words(heads, whole.text, segments(whole.text), reading)
        found.append(TextRead(whole.text, reading, p, whole.text[slice(*shown)] if shown else None))
    return found, sum(one is not whole for one, whole in zip(found, reads, strict=True)) / max(len(reads), 1)


class ThemeView:
    """An encoder without its view for the lenses."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder

    @property
    def name(self) -> str:
        return self._encoder.name

    @property
    def dim(self) -> int:
        return self._encoder.dim

    def encode(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Vectors:
        return self._encoder.encode(texts, progress)


def linear_heads(
    data: Sequence[Path], encoder: Encoder, progress: Callable[[int], None] | None = None
) -> tuple[Encoder, Heads]:
    """Train linear heads on the themes' view, which no lens training touched; return what reads with them.

    Rows under a non-commercial licence are left out. Raises InputError for unusable data.
    """
    frozen = ThemeView(encoder)
    with TemporaryDirectory() as folder:
        train(data, Path(folder), frozen, progress=progress)
        return frozen, load_heads(Path(folder), frozen.name)
