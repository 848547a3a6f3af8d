"""Giving and taking: the balance, and the seven pairs of signals behind it."""

from __future__ import annotations

import pandas as pd

from voc.analytics.base import cluster_key, design_effect, grouped, lines_of, tagged, withhold
from voc.analytics.intervals import adjusted_wald_difference, wilson
from voc.schema import KEY, SIGNAL_PAIRS, STANCES

_NOTHING = "No tagged comment: there is nothing to weigh."


def net_giving(
    comments: pd.DataFrame, by: str | None = None, period: str | None = None, level: float = 0.95
) -> pd.DataFrame:
    """Net giving by group and period: ``by, period, n, giving, taking, both, neither, net, low, high,
    small``.

    net = 100 · (giving − taking) / n of the tagged comments, −100…100; ``both`` counts on neither side. As
    the share of comments that show giving (giving + both) less the share that show taking (taking + both) of
    the same comments it is a difference of matched proportions: adjusted Wald interval of Agresti and Min
    (2005, Statistics in Medicine 24), ½ added to each of the four classes; where a customer, thread or
    response repeats, on the effective sample size. Below 5 comments, and where such a cell could be
    told from a total, only ``n`` is given.

    Raises:
        UsageError: unknown column or period.
    """
    rows = grouped(tagged(comments), by, period)
    group = rows.groupby(["group", "period"]).ngroup()
    stances = pd.DataFrame({stance: rows["stance"].eq(stance) for stance in STANCES})
    table = stances.groupby([rows["group"], rows["period"]]).sum()
    table.insert(0, "n", table.sum(axis=1))
    balance = stances["giving"].astype(float) - stances["taking"].astype(float)
    deff = design_effect(balance, group, cluster_key(rows)).to_numpy()
    estimates = adjusted_wald_difference(
        table["giving"] / deff, table["taking"] / deff, table["n"] / deff, add=0.5, add_n=2, level=level
    )
    table["net"], table["low"], table["high"] = (100 * value for value in estimates)
    table = table.rename_axis(["by", "period"]).reset_index()
    table[["n", *STANCES]] = table[["n", *STANCES]].astype("Int64")
    overlapping = bool(rows.duplicated(list(KEY)).any())
    table = withhold(table, [*STANCES, "net", "low", "high"], lines=lines_of(table, overlapping)).astype({"n": "int64"})
    if table.empty:
        table.attrs["note"] = _NOTHING
    return table


def signal_balance(comments: pd.DataFrame, level: float = 0.95) -> pd.DataFrame:
    """The seven pairs, one row each in the codebook's order: ``pair, giving_signal, taking_signal, n,
    n_giving, n_taking, share_giving, giving_low, giving_high, share_taking, taking_low, taking_high, small``.

    Shares (0…1) are of all ``n`` tagged comments, so they may be compared across pairs; a comment can show
    several signals. Wilson (1927) intervals.
    """
    rows = tagged(comments)
    counts = rows["signals"].explode().value_counts()
    table = pd.DataFrame(SIGNAL_PAIRS, columns=["pair", "giving_signal", "taking_signal"])
    table["n"] = len(rows)
    for side in ("giving", "taking"):
        count = table[f"{side}_signal"].map(counts).fillna(0).astype("int64")
        table[f"n_{side}"] = count.astype("Int64")
        table[f"share_{side}"] = count / table["n"].where(table["n"] > 0)
        table[f"{side}_low"], table[f"{side}_high"] = wilson(count, table["n"], level)
    estimates = [
        name
        for name in table.columns
        if name.startswith(("n_", "share_", "giving_l", "giving_h", "taking_l", "taking_h"))
    ]
    table = withhold(table, estimates)
    if rows.empty:
        table.attrs["note"] = _NOTHING
    return table
