"""Sentences from numbers: association only, no more digits than the data bear, plain about too little data."""

from __future__ import annotations

from collections.abc import Sequence

from voc.analytics import GREY_N, MIN_N
from voc.charts.words import count as count
from voc.report.model import Change, Figure
from voc.themes.model import UNSTABLE_MARK

NAMES = {"nps": "NPS", "stars": "Stars", "csat": "CSAT", "sentiment": "Tone"}
UNITS = {
    "nps": "NPS points",
    "stars": "stars",
    "csat": "points",
    "sentiment": "percentage points",
    "net": "points",
}
_HEADLINES = {
    "nps": "NPS is {}",
    "stars": "The mean rating is {} of 5 stars",
    "csat": "The mean satisfaction is {} of 5",
    "sentiment": "{} % of comments are negative",
}
_UNIT = {"nps": "point", "stars": "star", "csat": "point"}
_SCORE = {"nps": "NPS", "stars": "mean rating", "csat": "mean satisfaction"}


def number(value: float, kind: str = "nps", sign: bool = False) -> str:
    """``value`` as coarse as it should be read: NPS and percent whole, stars to a tenth; a true minus sign."""
    return _plain(f"{value:{'+' if sign else ''}.{1 if kind in ('stars', 'csat') else 0}f}")


def effect(value: float, kind: str = "nps") -> str:
    """A contribution to the whole score, with its sign: to a tenth of an NPS point, a hundredth of a star."""
    return _plain(f"{value:+.{2 if kind in ('stars', 'csat') else 1}f}")


def percent(share: float) -> str:
    """A share (0…1) in percent: ``12 %``, ``under 1 %``, ``none``."""
    if share == 0:
        return "none"
    return "under 1 %" if share < 0.01 else f"{100 * share:.0f} %"


def listed(names: Sequence[str]) -> str:
    """``A``, ``A and B``, ``A, B and C``."""
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else "".join(names)


def shortened(name: str, longest: int = 48) -> str:
    """A theme's name, cut at a word with an ellipsis where it is too long; a mark stays."""
    if len(name) <= longest:
        return name
    bare = name.removesuffix(UNSTABLE_MARK)
    mark = name[len(bare) :]
    return bare[: longest - 1 - len(mark)].rsplit(" ", 1)[0].rstrip() + "…" + mark


def between(low: float, high: float, kind: str = "nps") -> str:
    """An interval in words: ``4 to 20``."""
    return f"{number(low, kind)} to {number(high, kind)}"


def headline(value: float, kind: str) -> str:
    """``NPS is 12``; ``31 % of comments are negative``."""
    return _HEADLINES[kind].format(number(value, kind))


def score(figure: Figure, kind: str, label: str) -> str:
    """``NPS is 12 (95 % interval 4 to 20) in Aug–Oct 2026, from 118 answers.``"""
    base = count(figure.n, "tagged comment" if kind == "sentiment" else "answer")
    if figure.known is None:
        return f"{base} in {label}: too few to show a figure (at least {MIN_N} people are needed)."
    value, low, high = figure.known
    text = f"{headline(value, kind)} (95 % interval {between(low, high, kind)}) in {label}, from {base}"
    return text + (": few to rely on." if figure.n < GREY_N else ".")


def change(moved: Change | None, kind: str, before: str) -> str:
    """How the score moved since ``before``, or that no move can be told from chance and how large one would have
    shown (in 80 % of cases)."""
    if moved is None or moved.points.known is None:
        return "There is no earlier period that the data cover with enough rows to compare with."
    value, low, high = moved.points.known
    if not moved.clear:
        return f"Since {before}: {no_change(moved, kind)}"
    return (
        f"That is {number(abs(value), kind)} {UNITS[kind]} {'higher' if value > 0 else 'lower'} than in {before} "
        f"(95 % interval {_size(low, high, kind)})."
    )


def no_change(moved: Change, kind: str) -> str:
    """``no change distinguishable from chance (−2, −9 to 5); we would probably have missed moves under 10 …``"""
    value, low, high = moved.points.known or (0.0, 0.0, 0.0)
    size = f"no change distinguishable from chance ({number(value, kind, sign=True)}, {between(low, high, kind)})"
    if moved.missed is None:
        return f"{size}."
    return f"{size}; we would probably have missed moves under {number(moved.missed, kind)} {UNITS[kind]}."


def driver(figure: Figure, kind: str) -> str:
    """What goes with a complaint: ``figure`` is its contribution to the score of the whole base."""
    if kind == "sentiment":
        return "No score to compare with: listed by how often it is criticised."
    return _goes_with(figure, kind, "lower")


def praise(figure: Figure, kind: str) -> str:
    """What goes with praise of a theme; empty without a score."""
    return "" if kind == "sentiment" else _goes_with(figure, kind, "higher")


def moved(change: Change) -> str:
    """A share in two periods: ``18 % (12 % before; +6, 1 to 11)``; where it is no more than chance, that it is so."""
    if change.points.known is None:
        return ""
    value, low, high = change.points.known
    shares = f"{percent(change.now / 100)} ({percent(change.before / 100)} before"
    if change.clear:
        return f"{shares}; {number(value, sign=True)}, {between(low, high)})"
    return f"{shares}; within chance)"


def net_giving(figure: Figure, giving: int, taking: int) -> str:
    """``Over the whole span, net giving is −12 (95 % interval −18 to −6): of 1,176 tagged comments 21 % show …``"""
    base = count(figure.n, "tagged comment")
    if figure.known is None:
        return f"{base}: too few to weigh giving against taking."
    value, low, high = figure.known
    sides = f"{percent(giving / figure.n)} show the company giving, {percent(taking / figure.n)} taking"
    return (
        f"Over the whole span, net giving is {number(value, sign=True)} (95 % interval {between(low, high)}): "
        f"of {base} {sides}; the others show both or neither." + (" Too few to rely on." if figure.n < MIN_N else "")
    )


def emerging(recent: int, base_recent: int, before: int, base_before: int, first: str) -> str:
    """How often a theme came up of late and before."""
    earlier = f"{before:,} ({percent(before / base_before)})" if before else "none"
    return (
        f"{recent:,} of the last {base_recent:,} comments ({percent(recent / base_recent)}); {earlier} of the "
        f"{base_before:,} before. First seen {first}."
    )


def _goes_with(figure: Figure, kind: str, side: str) -> str:
    if figure.known is None:
        return ""
    value, low, high = figure.known
    low, high = (low, high) if side == "higher" else (-high, -low)
    size = f"{_unsigned(abs(value), kind)}-{_UNIT[kind]} {side} {_SCORE[kind]}"
    interval = f"{_unsigned(low, kind)} to {_unsigned(high, kind)}"
    return f"Allowing for other topics and customer mix, this goes with a {size} in this group (95 %: {interval})."


def _unsigned(value: float, kind: str) -> str:
    """As finely as ``effect`` gives it, without a plus sign."""
    return effect(value, kind).lstrip("+")


def _size(low: float, high: float, kind: str) -> str:
    """The interval of a difference's size, smaller end first, when the interval lies on one side of 0."""
    return between(low, high, kind) if low > 0 else between(-high, -low, kind)


def _plain(text: str) -> str:
    """A true minus sign, and no sign at zero."""
    return (text if float(text) else text.lstrip("+-")).replace("-", "−")
