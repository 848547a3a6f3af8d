"""What a brief holds: numbers and sentences, nothing that changes and nothing that computes."""

from __future__ import annotations

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
class Score:
    """The headline score. ``kind`` is nps, stars, csat or sentiment; ``now`` and ``before`` are two periods of one
    length, ``change`` their difference. ``trend`` feeds the chart: nps by month, else sentiment by month."""

    kind: str
    name: str
    now: Figure
    now_label: str
    before: Figure | None
    before_label: str
    change: Figure | None
    sentence: str
    change_sentence: str
    why: str
    groups: tuple[tuple[str, Figure], ...]
    trend: Rows


@dataclass(frozen=True)
class Driver:
    """A complaint. ``share`` (0…1) of the base; ``effect`` in points of the whole score, ``each`` per response.

    ``standing``: clear (of chance, allowing for the number of themes), no_score.
    """

    theme: str
    label: str
    n: int
    share: float
    effect: Figure
    each: Figure
    standing: str
    sentence: str
    quote: Quote | None


@dataclass(frozen=True)
class Gratitude:
    """A theme that customers praise. ``name``: the giving signal its praise shows most, empty where there is none.
    ``share`` of the tagged comments, %."""

    name: str
    label: str
    share: Figure
    sentence: str
    quote: Quote | None


@dataclass(frozen=True)
class Emerging:
    label: str
    sentence: str
    quote: Quote | None


@dataclass(frozen=True)
class Balance:
    """Net giving: all of the data, the two periods, its course by month, the two blocks and the seven pairs."""

    overall: Figure
    now: Figure
    before: Figure | None
    change: Figure | None
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
class Brief:
    """All that the two pages say. ``notes`` stand under the section they are named for."""

    title: str
    span: str
    base: str
    answer: str
    score: Score
    drivers_base: str
    drivers: tuple[Driver, ...]
    drivers_note: str
    companions: str
    gratitude: tuple[Gratitude, ...]
    balance: Balance
    emerging: tuple[Emerging, ...]
    emerging_note: str
    gaps: tuple[Gap, ...]
    gaps_note: str
    caveats: tuple[str, ...]
    method: tuple[str, ...]
    versions: tuple[tuple[str, str], ...]
    command: str
