"""Giving and taking: the balance, its two blocks, and the seven pairs of signals behind it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from voc.analytics.base import (
    ALL,
    PRIVACY_MIN_N,
    cluster_key,
    design_effect,
    grouped,
    lines_of,
    numbered,
    of_use,
    shared_key,
    shared_lists,
    tagged,
    withhold,
)
from voc.analytics.intervals import adjusted_wald_difference, normal_quantile
from voc.analytics.shares import shares_of
from voc.schema import BLOCKS, SIGNAL_PAIRS, SIGNALS, STANCES

_NOTHING = "No tagged comment: there is nothing to weigh."
_POINTS = {"giving": 1.0, "taking": -1.0}


def net_giving(
    comments: pd.DataFrame, by: str | None = None, period: str | None = None, level: float = 0.95
) -> pd.DataFrame:
    """The four stances and net giving by group and period: ``by, period, n``; how many comments are ``giving, taking,
    both, neither``; ``net, low, high``; of each stance ``share_giving, giving_low, giving_high`` and so on; ``small``.

    net = 100 · (giving − taking) / n of the tagged comments, −100…100; ``both`` counts on neither side. As
    the share of comments that show giving (giving + both) less the share that show taking (taking + both) of
    the same comments it is a difference of matched proportions: adjusted Wald interval of Agresti and Min
    (2005, Statistics in Medicine 24), ½ added to each of the four classes. Shares (0…1) have Wilson's (1927). Where
    a customer, thread or response repeats, both are on the effective sample size. Below 5 comments, and where such a
    cell could be told from a total, only ``n`` is given.

    Raises:
        UsageError: unknown column or period.
    """
    return _weighed(grouped(tagged(of_use(comments, (by,))), by, period), level)


def block_balance(comments: pd.DataFrame, level: float = 0.95) -> pd.DataFrame:
    """The balance within each block of pairs, as friendly people can mask a bad deal: the columns of ``net_giving``,
    ``by`` being ``people`` (warmth, work, time) or ``deal`` (value, truth, repair, freedom).

    A comment's stance in a block follows from its signals of that block, as its stance does from all of them. Formulas
    as for ``net_giving``. ``attrs``: ``difference`` = net of people − net of deal, −200…200, with
    ``difference_low`` and ``difference_high``: the mean over comments of a paired difference d in −2…2, adjusted Wald
    as for net giving (Σd² + 1 and n + 2), NaN where the table is withheld.
    """
    rows = tagged(of_use(comments, ("signals",)))
    shown = _shown(rows)
    blocks = {block: _stance_within(shown, pairs) for block, _, pairs in BLOCKS}
    parts = [rows.assign(group=block, period=ALL, stance=stance) for block, stance in blocks.items()]
    table = _weighed(pd.concat(parts, ignore_index=True), level)
    order = {block: i for i, (block, *_) in enumerate(BLOCKS)}
    table = table.sort_values("by", key=lambda names: names.map(order), ignore_index=True)
    people, deal = (stance.map(_POINTS).astype("float64").fillna(0.0) for stance in blocks.values())
    table.attrs |= _paired_difference(people - deal, cluster_key(rows), level)
    return table


def signal_balance(comments: pd.DataFrame, level: float = 0.95) -> pd.DataFrame:
    """The seven pairs, one row each in the codebook's order: ``block, pair, giving_signal, taking_signal, n,
    n_giving, n_taking, share_giving, giving_low, giving_high, share_taking, taking_low, taking_high, small``.

    Shares (0…1) are of all ``n`` tagged comments, so they may be compared across pairs; a comment can show
    several signals. Wilson (1927) intervals, on the effective sample size where customers repeat.
    """
    rows = tagged(of_use(comments, ("signals",)))
    shares = shares_of(_shown(rows), pd.Series(ALL, rows.index), cluster_key(rows), level).droplevel("group")
    table = pd.DataFrame(SIGNAL_PAIRS, columns=["pair", "giving_signal", "taking_signal"])
    table.insert(0, "block", table["pair"].map({pair: block for block, _, pairs in BLOCKS for pair in pairs}))
    table["n"] = len(rows)
    estimates: list[str] = []
    for side in ("giving", "taking"):
        of_side = shares.reindex(table[f"{side}_signal"])
        names = {"count": f"n_{side}", "share": f"share_{side}", "low": f"{side}_low", "high": f"{side}_high"}
        for name, column in names.items():
            table[column] = of_side[name].to_numpy()
        table[f"n_{side}"] = table[f"n_{side}"].fillna(0).astype("Int64")
        estimates += names.values()
    table = withhold(table, estimates)
    if rows.empty:
        table.attrs["note"] = _NOTHING
    return table


def _weighed(rows: pd.DataFrame, level: float) -> pd.DataFrame:
    """The table of ``net_giving`` for rows with ``group``, ``period`` and ``stance``."""
    cell = rows.groupby(["group", "period"]).ngroup()
    clusters = numbered(cluster_key(rows))
    stances = pd.DataFrame({stance: rows["stance"].eq(stance) for stance in STANCES})
    table = stances.groupby(cell).sum()
    cells = rows[["group", "period"]].set_axis(cell.to_numpy())
    table.index = pd.MultiIndex.from_frame(cells[~cells.index.duplicated()].sort_index())
    table.insert(0, "n", table.sum(axis=1))
    balance = stances["giving"].astype(float) - stances["taking"].astype(float)
    deff = design_effect(balance, cell, clusters).to_numpy()
    estimates = adjusted_wald_difference(
        table["giving"] / deff, table["taking"] / deff, table["n"] / deff, add=0.5, add_n=2, level=level
    )
    table["net"], table["low"], table["high"] = (100 * value for value in estimates)
    shares = shares_of(stances, cell, clusters, level)
    for stance in STANCES:
        of_stance = shares[shares.index.get_level_values("label") == stance]
        for name, column in (("share", f"share_{stance}"), ("low", f"{stance}_low"), ("high", f"{stance}_high")):
            table[column] = of_stance[name].to_numpy()
    table = table.rename_axis(["by", "period"]).reset_index().astype({"by": "str"})
    table[["n", *STANCES]] = table[["n", *STANCES]].astype("Int64")
    overlapping = bool(rows.duplicated(shared_key(rows)).any())
    estimated = [name for name in table.columns if name not in ("by", "period", "n")]
    table = withhold(table, estimated, lines=lines_of(table, overlapping)).astype({"n": "int64"})
    if table.empty:
        table.attrs["note"] = _NOTHING
    return table


def _shown(rows: pd.DataFrame) -> pd.DataFrame:
    """Which comment shows which signal."""
    numbers, lists = shared_lists(rows["signals"])
    shown = np.array([[signal in own for signal in SIGNALS] for own in lists], dtype=bool).reshape(-1, len(SIGNALS))
    return pd.DataFrame(shown[numbers], rows.index, list(SIGNALS))


def _stance_within(shown: pd.DataFrame, pairs: tuple[str, ...]) -> pd.Series:
    """The stance that the signals of these pairs come to."""
    giving, taking = (
        shown[[pair[side] for pair in SIGNAL_PAIRS if pair[0] in pairs]].any(axis=1).to_numpy() for side in (1, 2)
    )
    kinds = ("both", "giving", "taking", "neither")
    codes = np.select([giving & taking, giving, taking], [0, 1, 2], 3)
    return pd.Series(pd.Categorical.from_codes(codes, pd.Index(kinds)), shown.index)


def _paired_difference(values: pd.Series, clusters: pd.Series, level: float) -> dict[str, float]:
    names = ("difference", "difference_low", "difference_high")
    if len(values) < PRIVACY_MIN_N:
        return dict.fromkeys(names, float("nan"))
    n = len(values) / float(design_effect(values, pd.Series(ALL, values.index), clusters).iloc[0])
    mean = float(values.mean())
    middle = mean * n / (n + 2)
    spread = ((values**2).mean() * n + 1) / (n + 2) - middle**2
    half = normal_quantile(level) * (spread / (n + 2)) ** 0.5
    low, high = min(max(middle - half, -2.0), mean), max(min(middle + half, 2.0), mean)
    return dict(zip(names, (100 * mean, 100 * low, 100 * high), strict=True))
