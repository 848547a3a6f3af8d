"""Differences in words: what moved or differs beyond chance, and how large a move would have been missed."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd

from voc.charts.words import count, signed

NAMES = {
    "nps": "NPS",
    "stars": "Mean rating (stars)",
    "csat": "Mean satisfaction (CSAT)",
    "negative": "Comments of negative tone",
    "net_giving": "Net giving",
    "share": "Share of comments",
    "nps_given": "NPS of those who mention it",
    "stars_given": "Mean rating of those who mention it",
    "csat_given": "Mean satisfaction of those who mention it",
}
#: What is said of a part of a period, which is never a headline.
PARTIAL = "The period is not fully covered, so both are cut to the same days; nothing is called a change."


def figure(value: float, measure: str, sign: bool = False) -> str:
    """A value or difference as its measure is read: ``+14``, ``4.21``, ``12.4 %``; a dash where there is none."""
    if pd.isna(value):
        return "–"
    if measure in ("share", "negative"):
        percent = 100 * value if measure == "share" else value
        return f"{signed(percent, 1)} points" if sign else f"{percent:.1f} %"
    digits = 0 if measure.startswith(("nps", "net")) else 2
    return signed(value, digits) if sign or digits == 0 else f"{value:.{digits}f}"


def change(row: Mapping[Hashable, Any], before: str) -> str:
    """One row of ``changes`` in a sentence: named, or not distinguishable from chance, or too little."""
    name, value, measure = subject(row), row["change"], str(row["measure"])
    if pd.isna(value):
        return f"{name}: too few in one of the two periods to compare."
    levels = f"{figure(row['now'], measure)} against {figure(row['before'], measure)} in {before}"
    size = f"{figure(value, measure, True)}, {_between(row, measure)}"
    if row["named"]:
        return f"{name}: {levels} ({size})."
    return f"{name}: {levels}. No change distinguishable from chance ({size}){_missed(row, measure)}."


def difference(row: Mapping[Hashable, Any], a: str, b: str) -> str:
    """One row of ``compare`` in a sentence."""
    name, value, measure = subject(row), row["difference"], str(row["measure"])
    if pd.isna(value):
        return f"{name}: too few in one of the two slices to compare."
    levels = f"{figure(row['a'], measure)} ({a}) against {figure(row['b'], measure)} ({b})"
    size = f"{figure(value, measure, True)}, {_between(row, measure)}"
    text = f"{name}: {levels}, {size}" if row["named"] else f"{name}: {levels}"
    if not row["named"]:
        text += f". No difference distinguishable from chance ({size}){_missed(row, measure)}"
    if pd.isna(row["adjusted"]):
        return f"{text}."
    adjusted = {"low": row["adjusted_low"], "high": row["adjusted_high"]}
    mix = f"{figure(row['adjusted'], measure, True)}, {_between(adjusted, measure)}"
    return f"{text}. At an equal mix of customers: {mix}."


def change_point(row: Mapping[Hashable, Any], events: pd.DataFrame | None = None) -> str:
    """One named row of ``change_points`` in a sentence, with the events of the weeks that are open for it."""
    measure = str(row["measure"])
    levels = f"from {figure(row['before'], measure)} to {figure(row['after'], measure)}"
    weeks = f"{row['week_low']:%Y-%m-%d} and {row['week_high']:%Y-%m-%d}"
    text = f"{subject(row)}: {levels} from the week of {row['week']:%Y-%m-%d} on (between the weeks of {weeks})"
    if events is None:
        return f"{text}."
    end = row["week_high"] + pd.Timedelta(weeks=1)
    days = events["date"].dt.tz_localize(None)
    beside = events.loc[(days >= row["week_low"]) & (days < end), "event"].tolist()
    return f"{text}; in these weeks: {', '.join(beside)}." if beside else f"{text}."


_GO_WITH = {
    "who": "who answered",
    "mention": "what they mention",
    "given": "the score given mention",
    "unexplained": "nothing that is known here",
}


def split(table: pd.DataFrame) -> str:
    """The parts of ``change_split`` in a sentence."""
    points = table[table["theme"].isna()].set_index("part")["points"]
    parts = [f"{signed(points[part], 1)} with {name}" for part, name in _GO_WITH.items() if part in points]
    text = f"Of the {signed(points['whole'], 1)} points go {', '.join(parts[:-1])} and {parts[-1]}."
    return " ".join([text, *([table.attrs["caution"]] if "caution" in table.attrs else [])])


def same_customers(attrs: Mapping[Hashable, Any]) -> str:
    """The line on the customers who answered in both periods; empty where no ids are known."""
    n = int(attrs.get("same_n", 0))
    if not n:
        return ""
    people = count(n, "customer")
    if pd.isna(attrs["same_change"]):
        return f"{people} answered in both periods: too few for a figure of their own."
    low, high = signed(attrs["same_low"], 1), signed(attrs["same_high"], 1)
    return (
        f"The {people} who answered in both periods: {signed(attrs['same_change'], 1)} ({low} to {high}). "
        "Customers who left are missing here."
    )


def subject(row: Mapping[Hashable, Any]) -> str:
    """What a row is about: ``NPS``, ``“Waiting on hold”, share of comments``."""
    name = NAMES[str(row["measure"])]
    if pd.isna(row["theme"]):
        return name
    return f"“{row['label']}”, {name if name.startswith('NPS') else name[0].lower() + name[1:]}"


def _between(row: Mapping[Any, Any], measure: str) -> str:
    low, high = (figure(row[end], measure, True).removesuffix(" points") for end in ("low", "high"))
    return f"95 % interval {low} to {high}"


def _missed(row: Mapping[Hashable, Any], measure: str) -> str:
    if pd.isna(row["missed"]):
        return ""
    least = figure(row["missed"], measure, True).lstrip("+").removesuffix(" points")
    unit = "stars" if measure.startswith("stars") else "points"
    return f"; we would probably have missed moves under {least} {unit}"
