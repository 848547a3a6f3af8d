"""Two sides, a and b, in everything that is counted: scores, net giving, shares of themes, scores given mention."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from voc.analytics.base import GREY_N, MIN_N, PRIVACY_MIN_N
from voc.analytics.intervals import Floats, newcombe_difference, normal_quantile
from voc.analytics.mix import mean_at_equal_mix, share_at_equal_mix
from voc.analytics.regression import Ints, Problem, share_errors
from voc.analytics.samples import Sample, difference, sample
from voc.analytics.voices import Said, Voices

#: A theme that fewer comments of both sides together mention is listed, not tested.
MIN_MENTIONS = 10
#: Of the reports where nothing differs, the share that may name something.
FALSE_ALARMS = 0.05
#: A true difference is noticed in so many cases from where it counts as one that could have been missed.
POWER = 0.8
#: Rows added for adjusted Wald intervals; none for means of stars.
_ADD = {"nps": 0.75, "net_giving": 0.5}
COLUMNS = [
    *("family", "measure", "theme", "label", "n_a", "n_b", "a", "b", "difference", "low", "high"),
    *("adjusted", "adjusted_low", "adjusted_high", "shrunk", "missed", "p", "q", "named", "small"),
]
_ADJUSTED = ("adjusted", "adjusted_low", "adjusted_high")
_BLANK = ("a", "b", "difference", "low", "high", *_ADJUSTED, "shrunk", "missed", "p")


def contrast(said: Said, families: int, level: float = 0.95) -> pd.DataFrame:
    """Each row a difference a − b: ``family`` (headline, theme), ``measure`` (nps, stars, csat, net_giving, share;
    negative, the % of comments of negative tone, where no score has enough answers; and nps_given, stars_given,
    csat_given: the score of those who mention the theme), ``theme, label``; ``n_a, n_b`` (rows
    it rests on; for a share the comments that mention the theme); ``a, b, difference, low, high``. Shares run 0…1.
    Headlines first, then shares by how far they differ (``shrunk``), then scores given mention.

    Scores and net giving: ``samples.difference``. Shares: Newcombe's interval (1998, method 10) and Fisher's exact
    test (two-sided), both on the counts over their design effect. ``adjusted`` with its interval: the same difference
    at an equal mix of source, brand, customer segment, kind of survey and, for scores, whether they commented
    (``mix.at_equal_mix``); not for scores given mention.

    ``shrunk``: the difference of a share times τ²/(τ² + v): v is the variance of its log odds ratio, τ² how far the
    log odds ratios of all themes spread beyond chance (method of moments about 0, as DerSimonian and Laird 1986), so
    that rare themes do not head a list by luck.

    ``q``: Benjamini and Hochberg (1995) within the family, times the ``families`` of tests in the report (Bonferroni):
    ``named`` is q ≤ .05, so that where nothing differs at most 5 % of whole reports name anything. ``missed``: how
    large a true difference must be to be named with 80 % probability, were it the only one of its family.

    Under 30 people on a side no score, under 5 comments on a side no share (withheld on both).
    """
    rows = [*_headlines(said, level), *_shares(said, level), *_given(said, level)]
    table = pd.DataFrame(rows, columns=["family", "error", *COLUMNS[1:]]).astype(dict.fromkeys(_BLANK, "float64"))
    table["q"], table["named"] = np.nan, False
    for _, part in table[table["p"].notna()].groupby("family"):
        _judge(table, part, families)
    size = table["shrunk"].abs().fillna(0.0)
    table = table.assign(given=table["measure"].str.endswith("_given"), size=size.where(table["theme"].notna(), 0.0))
    order = table["p"].where(table["theme"].notna(), 0.0)
    table = table.assign(order=order).sort_values(
        ["family", "given", "size", "order"], ascending=[True, True, False, True], kind="stable", ignore_index=True
    )
    return table[COLUMNS]


def _judge(table: pd.DataFrame, part: pd.DataFrame, families: int) -> None:
    """Fill ``q``, ``named`` and ``missed`` of one family."""
    from scipy.stats import false_discovery_control

    table.loc[part.index, "q"] = np.minimum(families * false_discovery_control(part["p"], method="bh"), 1.0)
    table.loc[part.index, "named"] = table.loc[part.index, "q"] <= FALSE_ALARMS
    reach = normal_quantile(1 - FALSE_ALARMS / families / len(part)) + normal_quantile(2 * POWER - 1)
    table.loc[part.index, "missed"] = reach * part["error"]


def _headlines(said: Said, level: float) -> Iterator[dict[str, Any]]:
    scores = [_headline(voices, kind, level) for kind, voices in said.scores.items()]
    if said.negative is not None and not any("p" in row for row in scores):
        scores.append(_headline(replace(said.comments, values=said.negative), "negative", level))
    yield from [*scores, _headline(said.comments, "net_giving", level)]


def _headline(voices: Voices, measure: str, level: float) -> dict[str, Any]:
    adjusted = zip(_ADJUSTED, mean_at_equal_mix(voices, level), strict=True)
    return {"family": "headline", "measure": measure, **_means(voices, measure, level), **dict(adjusted)}


def _given(said: Said, level: float) -> Iterator[dict[str, Any]]:
    """The score of those who mention a theme, by the kind of score that most answered."""
    if not said.scores:
        return
    kind = max(said.scores, key=lambda name: len(said.scores[name].values))
    voices = said.scores[kind]
    columns = voices.mentions.tocsc()
    alone = replace(voices, mentions=voices.mentions[:, :0], factors={})
    for column in np.flatnonzero(np.diff(columns.indptr) >= 2 * MIN_N):
        theme = said.themes.iloc[column]
        who = columns.indices[columns.indptr[column] : columns.indptr[column + 1]]
        found = _means(alone.take(who), kind, level)
        yield {
            **{"family": "theme", "measure": f"{kind}_given", "theme": theme["theme"], "label": theme["label"]},
            **found,
        }


def _means(voices: Voices, kind: str, level: float) -> dict[str, Any]:
    """A mean of each side and their difference, in points or stars."""
    least = PRIVACY_MIN_N if kind == "net_giving" else MIN_N
    sides = [_side(voices, mask, _ADD.get(kind)) for mask in (voices.side, ~voices.side)]
    n_a, n_b = (0 if one is None else one.n for one in sides)
    found: dict[str, Any] = {"n_a": n_a, "n_b": n_b, "small": True}
    a, b = sides
    if a is None or b is None or min(a.people, b.people) < least:
        return found
    value, low, high, p, error = difference(a, b, level)
    found |= {"a": a.value, "b": b.value, "difference": value, "low": low, "high": high, "p": p, "error": error}
    few = MIN_N if kind == "net_giving" else GREY_N
    return found | {"small": min(a.people, b.people) < few}


def _side(voices: Voices, mask: Any, add: float | None) -> Sample | None:
    mask = mask & (voices.weights > 0)
    if not mask.any():
        return None
    return sample(voices.values[mask], voices.weights[mask], voices.clusters[mask], add)


def _shares(said: Said, level: float) -> Iterator[dict[str, Any]]:
    voices = said.comments
    bases = [int(mask.sum()) for mask in (voices.side, ~voices.side)]
    if min(bases) < PRIVACY_MIN_N:
        return
    counts, sizes = zip(*(_effective(voices.take(mask)) for mask in (voices.side, ~voices.side)), strict=True)
    plain = [voices.mentions[mask].sum(axis=0) for mask in (voices.side, ~voices.side)]
    a, b = (count / base for count, base in zip(plain, bases, strict=True))
    low, high = newcombe_difference(counts[0], sizes[0], counts[1], sizes[1], level)
    adjusted = share_at_equal_mix(voices, level)
    kept = shrinkage(counts[0], sizes[0], counts[1], sizes[1])
    error = np.sqrt(sum((c + 1) / (s + 2) * (1 - (c + 1) / (s + 2)) / s for c, s in zip(counts, sizes, strict=True)))
    for i, theme in enumerate(said.themes.itertuples()):
        n_a, n_b = int(plain[0][i]), int(plain[1][i])
        tested = n_a + n_b >= MIN_MENTIONS
        p = _exact(counts[0][i], sizes[0][i], counts[1][i], sizes[1][i]) if tested else np.nan
        yield {
            **{"family": "theme", "measure": "share", "theme": theme.theme, "label": theme.label, "n_a": n_a},
            **{"n_b": n_b, "a": a[i], "b": b[i], "difference": a[i] - b[i], "low": low[i], "high": high[i], "p": p},
            **{name: part[i] for name, part in zip(_ADJUSTED, adjusted, strict=True)},
            **{"shrunk": kept[i] * (a[i] - b[i]), "error": error[i], "small": min(bases) < MIN_N},
        }


def _effective(voices: Voices) -> tuple[Floats, Floats]:
    """Mentions of each theme and rows, over the design effect of customers who repeat: (k,) each."""
    n = len(voices.values)
    problem = Problem(voices.values, voices.mentions, voices.mentions, voices.clusters, np.ones(n))
    if not problem.repeated:
        return voices.mentions.sum(axis=0).astype(float), np.full(voices.mentions.shape[1], float(n))
    share, error = share_errors(problem)
    with np.errstate(divide="ignore", invalid="ignore"):
        size = np.fmin(share * (1 - share) / error**2, n)
    return share * size, size


def _exact(count_a: float, size_a: float, count_b: float, size_b: float) -> float:
    """Fisher's exact test, two-sided, on whole numbers: the chance of all tables no likelier than this one."""
    from scipy.special import gammaln

    count_a, size_a, count_b, size_b = (round(each) for each in (count_a, size_a, count_b, size_b))
    whole = count_a + count_b
    k = np.arange(max(0, whole - size_b), min(whole, size_a) + 1)

    def ways(n: int, chosen: Ints) -> Floats:
        """Logarithm of n over chosen."""
        found: Floats = gammaln(n + 1) - gammaln(chosen + 1) - gammaln(n - chosen + 1)
        return found

    likely: Floats = np.add(ways(size_a, k), ways(size_b, whole - k))
    likely -= likely.max()
    chance = np.exp(likely)
    # rounding must not part tables that are equally likely
    return float(chance[likely <= likely[count_a - k[0]] + 1e-7].sum() / chance.sum())


def shrinkage(count_a: Floats, size_a: Floats, count_b: Floats, size_b: Floats) -> Floats:
    """How much of each difference to keep, 0…1: τ²/(τ² + v) on the log odds scale, ½ added to each cell (Gart and
    Zweifel 1967)."""
    cells = [count_a + 0.5, size_a - count_a + 0.5, count_b + 0.5, size_b - count_b + 0.5]
    ratio = np.log(cells[0] / cells[1]) - np.log(cells[2] / cells[3])
    variance: Floats = np.add.reduce([1 / cell for cell in cells])
    seen = count_a + count_b > 0
    if not seen.any():
        return np.zeros(len(count_a))
    weight = 1 / variance[seen]
    spread = max(0.0, float((weight @ ratio[seen] ** 2 - seen.sum()) / weight.sum()))
    kept: Floats = spread / (spread + variance)
    return kept
