"""Preference gaps: how customers experience an area now against how they would prefer it."""

from __future__ import annotations

import json
import re

import numpy as np
import pandas as pd

from voc.analytics.answers import answers, effective_size, most_frequent, relative_weights, weight_obstacle
from voc.analytics.base import MIN_N, cluster_key, design_effect, grouped, response_key, withhold
from voc.analytics.intervals import mean_interval, normal_quantile
from voc.analytics.slope import slope

COLUMNS = [
    *("by", "area", "rank", "rank_low", "rank_high", "n", "now", "ideal", "gap", "low", "high"),
    *("nps_n", "nps_per_point", "nps_low", "nps_high", "small"),
]
_NPS = ("nps_per_point", "nps_low", "nps_high")
_NONE = "No pair of columns such as “Billing – now” and “Billing – ideal” with numbers in both."
_NOW = r"now|current(?:ly)?|today|experienced?|actual"
_IDEAL = r"ideal(?:ly)?|prefer(?:red)?|expected|desired|wanted"
_SIDE = rf"(?P<now>{_NOW})|(?P<ideal>{_IDEAL})"
_AFTER = re.compile(rf"^(?P<area>.*?\w\W*?)(?:\s*[-–—−:/|,_.]+\s*|\s*[(\[]\s*|\s+)(?:{_SIDE})\s*[)\]]?$", re.IGNORECASE)
_BEFORE = re.compile(rf"^[(\[]?(?:{_SIDE})(?:\s*[-–—−:/|,_.)\]]+\s*|\s+)(?P<area>.*\w.*)$", re.IGNORECASE)


def gaps(comments: pd.DataFrame, by: str | None = None, level: float = 0.95) -> pd.DataFrame:
    """Gap of each survey area, by group, widest first: ``by, area, rank, rank_low, rank_high, n, now, ideal, gap, low,
    high, nps_n, nps_per_point, nps_low, nps_high, small``.

    An area is a pair of numeric columns in ``attributes`` whose names differ only in the words *now*
    (current, today, experienced, actual) and *ideal* (preferred, expected, desired, wanted), set off by a
    dash, colon, slash, brackets or a space, after the area's name or before it: "Billing – now" and "Billing
    – ideal", "Billing (today)" and "Billing (preferred)", "now: Billing". Case and spacing do not matter; a
    column without its partner is left out.

    One row per response; n answered both. now and ideal are their means in the survey's own units, gap = mean
    of (ideal − now), positive where customers would prefer more, weighted by ``weight``; interval of the paired
    difference by Student's t on the effective sample size.

    ``rank``: 1 is the widest gap of the group. ``rank_low``, ``rank_high``: the ranks that the data leave open, jointly
    for all areas, from intervals at level 1 − (1 − level) / areas (Klein, Wright and Wieczorek 2020, JRSS A 183).

    ``nps_per_point``: NPS points that go with one point more of gap, among the ``nps_n`` who answered a 0–10 question
    of the most frequent kind of survey (``attrs["survey_type"]``), by regression of −100, 0, 100 on the gap (see
    ``slope``); NaN under 30 people. Areas are looked at one by one: they overlap.

    Below 5 answers, and where such a cell could be told from a total, only ``n`` is given.

    Raises:
        UsageError: unknown column.
    """
    normal_quantile(level)
    rows = comments[comments["attributes"].notna()]
    rows = rows.assign(response=response_key(rows), cluster=cluster_key(rows)).drop_duplicates("response")
    if note := weight_obstacle(rows):
        return _nothing(note)
    points, survey_type = _points(comments)
    rows = rows.assign(weight=relative_weights(rows), points=rows["response"].map(points))
    rows = grouped(rows.reset_index(drop=True), by, None)
    values = pd.DataFrame([_object(text) for text in rows["attributes"]], index=rows.index)
    found = []
    for area, (now_columns, ideal_columns) in area_columns([str(name) for name in values.columns]).items():
        answered = rows.assign(now=_numbers(values, now_columns), ideal=_numbers(values, ideal_columns))
        answered = answered.dropna(subset=["now", "ideal"]).query("weight > 0")
        found += [{"by": group, "area": area, **_gap(part, level)} for group, part in answered.groupby("group")]
    if not found:
        return _nothing(_NONE)
    table = pd.DataFrame(found)
    table["low"], table["high"] = mean_interval(table["gap"], table["sd"], table["size"], level)
    overlapping = bool(rows["response"].duplicated().any())
    lines = [] if by is None or overlapping else [table["area"]]
    table = withhold(table, ["now", "ideal", "gap", "low", "high", *_NPS], lines=lines)
    table = table.groupby("by", group_keys=False)[list(table.columns)].apply(_ranked, level=level)
    table = table.sort_values(["by", "gap", "area"], ascending=[True, False, True], ignore_index=True)[COLUMNS]
    table.attrs["survey_type"] = survey_type
    return table


def _points(comments: pd.DataFrame) -> tuple[pd.Series, str | None]:
    """−100, 0 or 100 by response, of the most frequent kind of survey, and which that is."""
    given = answers(comments, "nps").drop_duplicates("response")
    kind = most_frequent(given["survey_type"])
    return given[given["survey_type"] == kind].set_index("response")["value"], kind


def _gap(part: pd.DataFrame, level: float) -> dict[str, float]:
    """The estimates of one area from the responses that answered both of its questions."""
    gap, weights, whole = part["ideal"] - part["now"], part["weight"], pd.Series(0, part.index)
    size = effective_size(weights, whole).iloc[0] / design_effect(gap, whole, part["cluster"], weights).iloc[0]
    now, ideal, mean = (float(np.average(values, weights=weights)) for values in (part["now"], part["ideal"], gap))
    variance = float(np.average((gap - mean) ** 2, weights=weights)) * size / (size - 1) if size > 1 else np.nan
    scored = part[part["points"].notna()]
    estimates = (np.nan,) * 3
    if scored["cluster"].nunique() >= MIN_N:
        columns = (gap[scored.index], scored["points"], scored["weight"])
        x, y, w = (values.to_numpy(float) for values in columns)
        estimates = slope(x, y, w, scored["cluster"].to_numpy(), level)
    return {
        **{"n": len(part), "now": now, "ideal": ideal, "gap": mean, "sd": variance**0.5, "size": size},
        **{"nps_n": len(scored), **dict(zip(_NPS, estimates, strict=True))},
    }


def _ranked(table: pd.DataFrame, level: float) -> pd.DataFrame:
    """The areas of one group with their ranks."""
    shown = table["gap"].notna().to_numpy()
    areas = int(shown.sum())
    low, high = mean_interval(table["gap"], table["sd"], table["size"], 1 - (1 - level) / max(areas, 1))
    table = table.assign(
        rank=table["gap"].rank(method="min", ascending=False),
        rank_low=[1 + int((low[shown] > end).sum()) for end in high],
        rank_high=[areas - int((high[shown] < end).sum()) for end in low],
    )
    for name in ("rank", "rank_low", "rank_high"):
        table[name] = table[name].where(shown).astype("Int64")
    return table


def _nothing(note: str) -> pd.DataFrame:
    table = pd.DataFrame(columns=COLUMNS)
    table.attrs.update(note=note, survey_type=None)
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
