"""What a brief holds: numbers and sentences, nothing that changes and nothing that computes."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import pandas as pd


@dataclass(frozen=True)
class Figure:
    """An estimate with its 95 % interval and the ``n`` it rests on; all three None where it is withheld."""

    n: int
    value: float | None = None
    low: float | None = None
    high: float | None = None

    @property
    def known(self) -> tuple[float, float, float] | None:
        """Value, low and high, or None where they are withheld."""
        if self.value is None or self.low is None or self.high is None:
            return None
        return self.value, self.low, self.high


@dataclass(frozen=True)
class Rows:
    """A small table for a chart, as values: equal tables are equal. Missing values are None."""

    columns: tuple[str, ...] = ()
    values: tuple[tuple[Any, ...], ...] = ()

    @classmethod
    def of(cls, table: pd.DataFrame) -> Rows:
        plain = table.astype(object).where(table.notna(), None)
        return cls(tuple(map(str, plain.columns)), tuple(map(tuple, plain.to_numpy().tolist())))

    def frame(self) -> pd.DataFrame:
        return pd.DataFrame(list(self.values), columns=list(self.columns)).infer_objects()


@dataclass(frozen=True)
class Quote:
    """A verbatim: masked words of one comment; ``origin`` reads like ``survey · Aug 2026 · 2 of 10``."""

    text: str
    origin: str
    dataset: str
    id: str


@dataclass(frozen=True)
class Change:
    """A score, or a share in %, ``now`` and ``before``; ``points`` is their difference with its interval, ``clear``
    where it is beyond chance among all that the report compares, ``missed`` the size of a move that would probably have
    escaped (None where too few mention it to be tested)."""

    now: float
    before: float
    points: Figure
    clear: bool
    missed: float | None


@dataclass(frozen=True)
class Score:
    """The headline score. ``kind`` is nps, stars, csat or sentiment; ``now`` and ``before`` are two periods of one
    length, ``change`` what is between them. ``trend`` feeds the chart: nps by month, else sentiment by month."""

    kind: str
    name: str
    now: Figure
    now_label: str
    before: Figure | None
    before_label: str
    change: Change | None
    sentence: str
    change_sentence: str
    why: str
    groups: tuple[tuple[str, Figure], ...]
    trend: Rows


@dataclass(frozen=True)
class Event:
    """Something that happened: ``day`` like ``2026-03-30``."""

    day: str
    name: str


@dataclass(frozen=True)
class Step:
    """How many are left at a step from all rows to those whose words are used."""

    name: str
    n: int


@dataclass(frozen=True)
class Who:
    """Who answered: the steps, the mix of this period beside the one before in sentences, customers in both."""

    steps: tuple[Step, ...]
    mix: tuple[str, ...]


@dataclass(frozen=True)
class Evidence:
    """A number of the brief and the comments behind it, as (dataset, id); ``comments`` counts them all, ``keys`` holds
    the first by data set and id where they are many. Values are as the brief shows them: %, points or stars."""

    ref: str
    section: str
    name: str
    unit: str
    figure: Figure
    comments: int
    keys: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Driver:
    """A complaint. ``share`` (0…1) of the base; ``change`` of that share since the period before, None where too few
    spoke; ``effect`` in points of the whole score, ``each`` per response.

    ``standing``: clear (of chance, allowing for the number of themes), no_score.
    """

    theme: str
    label: str
    n: int
    share: float
    change: Change | None
    effect: Figure
    each: Figure
    standing: str
    sentence: str
    quote: Quote | None


@dataclass(frozen=True)
class Gratitude:
    """A theme that customers praise. ``name``: the giving signal its praise shows most, empty where there is none.
    ``share`` (0…1) of the drivers' base; ``effect`` in points of the whole score, withheld where there is no score."""

    theme: str
    name: str
    label: str
    n: int
    share: float
    effect: Figure
    sentence: str
    quote: Quote | None


@dataclass(frozen=True)
class Emerging:
    theme: str
    label: str
    n: int
    sentence: str
    quote: Quote | None


@dataclass(frozen=True)
class Balance:
    """Net giving: all of the data, the two periods, its course by month, the two blocks and the seven pairs."""

    overall: Figure
    now: Figure
    before: Figure | None
    change: Change | None
    sentence: str
    change_sentence: str
    trend: Rows
    blocks: Rows
    pairs: Rows


@dataclass(frozen=True)
class Gap:
    area: str
    n: int
    now: float
    ideal: float
    gap: float
    low: float
    high: float


@dataclass(frozen=True)
class Appendix:
    """What stands behind the two pages: method, every driver (``too_few``: a sentence on those without an estimate),
    shares of explained variation (where asked for), the
    gaps, and the manifest by which it is made again."""

    method: tuple[str, ...]
    drivers: Rows
    too_few: str
    importance: Rows
    gaps: tuple[Gap, ...]
    gaps_note: str
    manifest: tuple[tuple[str, str], ...]


def told(appendix: Appendix) -> list[dict[str, Any]]:
    """The rows of drivers that are told one by one: those with an estimate, all where the sentence names none."""
    rows = [dict(zip(appendix.drivers.columns, row, strict=True)) for row in appendix.drivers.values]
    return [row for row in rows if not appendix.too_few or row["effect"] is not None]


@dataclass(frozen=True)
class Brief:
    """All that the brief says. ``*_note`` and ``*_base`` stand under the section they are named for; ``trust`` pairs
    each of its five headings with a sentence; ``moment`` is when the run ended that the brief rests on (UTC)."""

    title: str
    span: str
    base: str
    answer: str
    decide: str
    score: Score
    events: tuple[Event, ...]
    who: Who
    drivers_base: str
    drivers: tuple[Driver, ...]
    drivers_note: str
    companions: str
    gratitude: tuple[Gratitude, ...]
    gratitude_note: str
    balance: Balance
    emerging: tuple[Emerging, ...]
    emerging_note: str
    unchanged: tuple[str, ...]
    trust: tuple[tuple[str, str], ...]
    appendix: Appendix
    evidence: tuple[Evidence, ...]
    moment: dt.datetime
