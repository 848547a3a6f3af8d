"""The comments behind each number of the brief, so that any of them can be read again."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from voc.analytics.answers import answers, main_survey, of_survey
from voc.analytics.base import tagged
from voc.analytics.mentions import theme_mentions
from voc.report.model import Balance, Change, Driver, Emerging, Evidence, Figure, Gratitude, Score
from voc.report.window import Window
from voc.schema import BLOCKS, KEY, SIGNAL_NAMES

#: Keys that are listed for one number; the sheet says of how many.
MOST = 20_000
_EMERGING_DAYS = 42


def of_score(score: Score, comments: pd.DataFrame, window: Window | None) -> list[Evidence]:
    """Behind the score now and before: the answers on its scale, or the tagged comments where tone stands in."""
    if score.kind == "sentiment":
        rows = tagged(comments)
    else:
        rows = answers(of_survey(comments, main_survey(comments, score.kind)), score.kind)
    parts = [(score.now_label, score.now, rows)]
    if score.before is not None and window is not None:
        parts = [
            (score.now_label, score.now, window.of(rows)),
            (score.before_label, score.before, window.earlier().of(rows)),
        ]
    return [
        _evidence(f"S{i}", "Score", f"{score.name}, {label}", score.kind, figure, part)
        for i, (label, figure, part) in enumerate(parts, 1)
    ]


def of_themes(
    base: pd.DataFrame,
    segments: pd.DataFrame,
    themes: pd.DataFrame,
    complaints: Iterable[Driver],
    grateful: Iterable[Gratitude],
    window: Window | None,
) -> list[Evidence]:
    """Behind each complaint and each thanks: the comments of ``base`` that criticise or praise the theme; behind a
    change, those of the two periods."""
    mentions = theme_mentions(base, segments, themes).merge(base[[*KEY, "date"]], on=list(KEY))
    found = []
    for i, driver in enumerate(complaints, 1):
        rows = mentions[(mentions["theme"] == driver.theme) & mentions["criticised"]]
        found += _of_theme(f"C{i}", "Complaints", driver.label, "criticised", driver.n, driver.share, rows)
        found.append(_evidence(f"C{i}.effect", "Complaints", f"{driver.label}: effect", "points", driver.effect, rows))
        if driver.change is not None and window is not None:
            found += _of_change(f"C{i}", driver.label, driver.change, rows, window)
    for i, item in enumerate(grateful, 1):
        rows = mentions[(mentions["theme"] == item.theme) & mentions["praised"]]
        found += _of_theme(f"G{i}", "Gratitude", item.label, "praised", item.n, item.share, rows)
        if item.effect.known is not None:
            found.append(_evidence(f"G{i}.effect", "Gratitude", f"{item.label}: effect", "points", item.effect, rows))
    return found


def of_balance(balance: Balance, comments: pd.DataFrame) -> list[Evidence]:
    """Behind net giving, the blocks and the pairs: the comments of each stance, and those that show each signal."""
    rows = tagged(comments)
    found = [_evidence("N1", "Giving and taking", "Net giving, whole span", "points", balance.overall, rows)]
    for stance in ("giving", "both", "taking", "neither"):
        part = rows[rows["stance"] == stance]
        found.append(
            _evidence(f"N1.{stance}", "Giving and taking", f"Comments: {stance}", "comments", Figure(len(part)), part)
        )
    blocks = balance.blocks.frame()
    names = {block: name for block, name, _ in BLOCKS}
    for i, row in enumerate(blocks.to_dict("records"), 2):
        figure = (
            Figure(int(row["n"])) if pd.isna(row["net"]) else Figure(int(row["n"]), row["net"], row["low"], row["high"])
        )
        found.append(_evidence(f"N{i}", "Giving and taking", f"{names[row['by']]}: net giving", "points", figure, rows))
    signals = rows[[*KEY, "signals"]].explode("signals")
    for row in balance.pairs.frame().to_dict("records"):
        for side in ("giving", "taking"):
            share, low, high = (row[name] for name in (f"share_{side}", f"{side}_low", f"{side}_high"))
            if pd.isna(share):
                continue
            part = signals[signals["signals"] == row[f"{side}_signal"]]
            figure = Figure(len(part), 100 * share, 100 * low, 100 * high)
            name = SIGNAL_NAMES[row[f"{side}_signal"]]
            found.append(_evidence(f"P.{row[f'{side}_signal']}", "Giving and taking", name, "%", figure, part))
    return found


def of_emerging(
    new: Iterable[Emerging], comments: pd.DataFrame, segments: pd.DataFrame, themes: pd.DataFrame, since: pd.Timestamp
) -> list[Evidence]:
    """Behind each emerging theme: the comments after ``since`` that mention it."""
    recent = tagged(comments)
    recent = recent[recent["date"] > since]
    mentions = theme_mentions(recent, segments, themes)
    return [
        _evidence(
            f"E{i}", "Emerging", item.label, "comments", Figure(item.n), mentions[mentions["theme"] == item.theme]
        )
        for i, item in enumerate(new, 1)
    ]


def _of_theme(ref: str, section: str, label: str, how: str, n: int, share: float, rows: pd.DataFrame) -> list[Evidence]:
    figure = Figure(n, 100 * share)
    return [_evidence(f"{ref}.share", section, f"{label}: responses in which it is {how}", "%", figure, rows)]


def _of_change(ref: str, label: str, change: Change, rows: pd.DataFrame, window: Window) -> list[Evidence]:
    now, before = window.of(rows), window.earlier().of(rows)
    both = pd.concat([now, before])
    return [
        _evidence(f"{ref}.now", "Complaints", f"{label}: {window.label}", "%", Figure(len(now), change.now), now),
        _evidence(
            f"{ref}.before",
            "Complaints",
            f"{label}: {window.earlier().label}",
            "%",
            Figure(len(before), change.before),
            before,
        ),
        _evidence(f"{ref}.change", "Complaints", f"{label}: change of share", "percentage points", change.points, both),
    ]


def _evidence(ref: str, section: str, name: str, unit: str, figure: Figure, rows: pd.DataFrame) -> Evidence:
    keys = sorted(set(zip(rows["dataset"].astype(str), rows["id"].astype(str), strict=True)))
    return Evidence(ref, section, name, unit, figure, len(keys), tuple(keys[:MOST]))
