"""Preference gaps: how customers experience an area now against how they would prefer it."""

from __future__ import annotations

import json
import re

import numpy as np
import pandas as pd

from voc.analytics.base import response_key, withhold
from voc.analytics.intervals import mean_interval

COLUMNS = ["area", "n", "now", "ideal", "gap", "low", "high", "small"]
_NOW = r"now|current(?:ly)?|today|experienced?|actual"
_IDEAL = r"ideal(?:ly)?|prefer(?:red)?|expected|desired|wanted"
_SIDE = rf"(?P<now>{_NOW})|(?P<ideal>{_IDEAL})"
_AFTER = re.compile(rf"^(?P<area>.*?\w\W*?)(?:\s*[-–—−:/|,_.]+\s*|\s*[(\[]\s*|\s+)(?:{_SIDE})\s*[)\]]?$", re.IGNORECASE)
_BEFORE = re.compile(rf"^[(\[]?(?:{_SIDE})(?:\s*[-–—−:/|,_.)\]]+\s*|\s+)(?P<area>.*\w.*)$", re.IGNORECASE)


def gaps(comments: pd.DataFrame, level: float = 0.95) -> pd.DataFrame:
    """Gap of each survey area, widest first: ``area, n, now, ideal, gap, low, high, small``.

    An area is a pair of numeric columns in ``attributes`` whose names differ only in the words *now*
    (current, today, experienced, actual) and *ideal* (preferred, expected, desired, wanted), set off by a
    dash, colon, slash, brackets or a space, after the area's name or before it: "Billing – now" and "Billing
    – ideal", "Billing (today)" and "Billing (preferred)", "now: Billing". Case and spacing do not matter; a
    column without its partner is left out.

    One row per response; n answered both. now and ideal are their means in the survey's own units, gap = mean
    of (ideal − now), positive where customers would prefer more; interval of the paired difference by
    Student's t. Below 5 answers only ``n`` is given.
    """
    answers = comments.loc[comments["attributes"].notna(), ["dataset", "id", "response_id", "attributes"]]
    answers = answers.assign(response=response_key(answers)).drop_duplicates("response")
    values = pd.DataFrame([_object(text) for text in answers["attributes"]])
    rows = []
    for area, (now_columns, ideal_columns) in area_columns([str(name) for name in values.columns]).items():
        now, ideal = _numbers(values, now_columns), _numbers(values, ideal_columns)
        answered = now.notna() & ideal.notna()
        difference = (ideal - now)[answered]
        rows.append(
            (
                area,
                int(answered.sum()),
                now[answered].mean(),
                ideal[answered].mean(),
                difference.mean(),
                difference.std(),
            )
        )
    rows = [row for row in rows if row[1]]
    table = pd.DataFrame(rows, columns=["area", "n", "now", "ideal", "gap", "sd"])
    table["low"], table["high"] = mean_interval(table["gap"], table["sd"], table["n"], level)
    table = withhold(table, ["now", "ideal", "gap", "low", "high"])
    table = table.sort_values(["gap", "area"], ascending=[False, True], ignore_index=True)[COLUMNS]
    if table.empty:
        table.attrs["note"] = "No pair of columns such as “Billing – now” and “Billing – ideal” with numbers in both."
    return table


def area_columns(names: list[str]) -> dict[str, tuple[list[str], list[str]]]:
    """Areas that have both sides: area → (columns of *now*, columns of *ideal*), in the order of the
    columns."""
    sides: dict[str, tuple[str, list[str], list[str]]] = {}
    for name in names:
        text = " ".join(name.split())
        found = _AFTER.match(text) or _BEFORE.match(text)
        if found:
            area = found["area"].strip(" -–—−:/|,_.")
            _, now, ideal = sides.setdefault(area.casefold(), (area, [], []))
            (now if found["now"] else ideal).append(name)
    return {area: (now, ideal) for area, now, ideal in sides.values() if now and ideal}


def _object(text: str) -> dict[str, object]:
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _numbers(values: pd.DataFrame, columns: list[str]) -> pd.Series:
    """First finite number of each row in ``columns`` (the same area may be spelt in two ways in two
    files)."""
    numbers = values[columns].apply(pd.to_numeric, errors="coerce").replace([np.inf, -np.inf], np.nan)
    first: pd.Series = numbers.bfill(axis=1).iloc[:, 0]
    return first
