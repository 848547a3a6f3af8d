"""From tables to the brief: what is said, in which order, with which caveats."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import pandas as pd

from voc.analytics import MIN_N, drivers, theme_table, volume
from voc.analytics.base import tagged
from voc.analytics.mentions import theme_mentions
from voc.errors import StoreError
from voc.report import findings, wording
from voc.report.model import Brief, Driver, Emerging, Gratitude, Quote, Score
from voc.report.quotes import pool
from voc.report.score import headline
from voc.report.window import Window, choose

__all__ = ["Brief", "TaggedFrames", "gather"]


class TaggedFrames(Protocol):
    """Tables as ``voc.pipeline.load_frames`` gives them, themes resolved; ``run`` is the run they come from."""

    @property
    def comments(self) -> pd.DataFrame: ...
    @property
    def segments(self) -> pd.DataFrame: ...
    @property
    def themes(self) -> pd.DataFrame: ...
    @property
    def run(self) -> Mapping[str, Any] | None: ...


def gather(
    frames: TaggedFrames,
    period: str | None = None,
    *,
    command: str = "voc report -o brief.html",
) -> Brief:
    """Numbers and sentences of the brief, the same from the same data: nothing depends on today's date.

    ``period`` is what the score is told for, against the one before it: by default the last three full months in the
    data, ``month`` or ``year`` for the last one or twelve, or a named period (``2026``, ``2026-Q3``, ``2026-09``), which
    leaves later comments out altogether. Complaints and gratitude rest on the whole span, as a quarter often
    holds too few. ``command`` is printed as what makes the brief again.

    Raises:
        StoreError: there is no comment at all.
        UsageError: ``period`` is not understood, or nothing is dated in it.
    """
    comments, segments, themes = frames.comments, frames.segments, frames.themes
    if comments.empty:
        raise StoreError("no comment to report on: add some with `voc run INPUT...`, or loosen --where")
    window = choose(comments["date"], period)
    if window is not None and period is not None and period[0].isdigit():
        comments = comments[~(comments["date"] >= window.end)]
    score = headline(comments, window)
    table = _driver_table(comments, segments, themes, score.kind)
    candidates, taken = pool(comments, segments), list[Quote]()
    complaints = findings.complaints(table, score.kind, candidates, taken)
    mentions = theme_mentions(comments, segments, themes)
    labels = dict(zip(themes["id"], themes["label"].astype(str), strict=True))
    grateful = findings.gratitude(comments, mentions, table, labels, score.kind, candidates, taken)
    new, new_note = findings.new_themes(comments, segments, themes, candidates, taken)
    gaps, gaps_note = findings.widest_gaps(comments)
    return Brief(
        title=_title(comments),
        span=_span(comments, window),
        base=_base(comments),
        answer=_answer(score, complaints, grateful, new),
        score=score,
        drivers_base=_drivers_base(table, score.kind),
        drivers=complaints,
        companions=findings.companions(table),
        gratitude=grateful,
        balance=findings.giving_and_taking(comments, window),
        emerging=new,
        emerging_note=new_note,
        gaps=gaps,
        gaps_note=gaps_note,
        caveats=_caveats(comments, segments, themes),
        method=_method(table, score.kind),
        versions=_versions(comments, frames.run),
        command=command,
    )


def _driver_table(
    comments: pd.DataFrame, segments: pd.DataFrame, themes: pd.DataFrame, kind: str
) -> pd.DataFrame:
    """Drivers of the score; without a score the tone is none, as the same words tell tone and theme."""
    if kind == "sentiment":
        return findings.criticism(comments, segments, themes)
    return drivers(comments, segments, themes, score=kind)


def _title(comments: pd.DataFrame) -> str:
    brands = sorted(map(str, comments["brand"].dropna().unique()))
    return (
        f"What customers say about {wording.listed(brands)}"
        if 1 <= len(brands) <= 3
        else "What customers say"
    )


def _span(comments: pd.DataFrame, window: Window | None) -> str:
    dates = comments["date"].dropna()
    if window is None or dates.empty:
        return "Undated comments"
    first, last = (f"{date:%d %b %Y}".lstrip("0") for date in (dates.min(), dates.max()))
    return f"Comments of {first} to {last}; score for {window.label} against {window.earlier().label}"


def _base(comments: pd.DataFrame) -> str:
    row = volume(comments).iloc[0]
    sources = comments["source"].value_counts()
    by_source = ", ".join(
        f"{n:,} {name}" for name, n in sorted(sources.items(), key=lambda pair: (-pair[1], pair[0]))
    )
    return (
        f"{wording.count(int(row['n']), 'row')} ({by_source or 'source not given'}) · {row['with_text']:,} with a comment · "
        f"{row['tagged']:,} tagged · {row['scored']:,} with a score"
    )


def _answer(
    score: Score, complaints: tuple[Driver, ...], grateful: tuple[Gratitude, ...], new: tuple[Emerging, ...]
) -> str:
    """The one sentence to remember."""
    parts = []
    if score.now.value is not None:
        parts.append(f"{wording.headline(score.now.value, score.kind)}{_moved(score)}")
    clear = [driver for driver in complaints if driver.standing == "clear"]
    if clear:
        parts.append(f"the complaint that goes most with lower scores is “{clear[0].label}”")
    elif complaints:
        parts.append(f"the most frequent complaint is “{complaints[0].label}”")
    if grateful:
        parts.append(
            f"customers are most often grateful for “{grateful[0].label}” ({grateful[0].name.lower()})"
        )
    if new:
        parts.append(f"“{new[0].label}” is emerging")
    if not parts:
        return "There is too little data for a finding: the figures below say how little."
    text = "; ".join(parts) + "."
    return text[0].upper() + text[1:]


def _moved(score: Score) -> str:
    if score.change is None or score.change.known is None:
        return ""
    value, low, high = score.change.known
    if low <= 0 <= high:
        return f", not distinguishable from {score.before_label}"
    return f", {'up' if low > 0 else 'down'} {wording.number(abs(value), score.kind)} on {score.before_label}"


def _drivers_base(table: pd.DataFrame, kind: str) -> str:
    n = int(table.attrs.get("n", 0))
    if kind == "sentiment":
        return f"Share of {wording.count(n, 'tagged comment')} that criticise the theme."
    base = f"Share of {wording.count(n, 'scored response')} with a tagged comment, whole span."
    note = table.attrs.get("note")
    return f"{base} {note or 'Differences allow for other topics and customer mix.'}"


def _caveats(comments: pd.DataFrame, segments: pd.DataFrame, themes: pd.DataFrame) -> tuple[str, ...]:
    base = tagged(comments)
    notes = []
    if len(base):
        unthemed = theme_table(comments, segments, themes).attrs["unthemed_share"]
        unsure = float(base["abstained"].fillna(False).astype(bool).mean())
        notes.append(
            f"Coverage: {wording.percent(unthemed)} of the tagged comments fit no theme; the reading as giving or taking is "
            f"unsure for {wording.percent(unsure)} (counted all the same)."
        )
    foreign = comments[comments["status"] == "unsupported_language"]
    if len(foreign):
        names = ", ".join(sorted(map(str, foreign["language"].dropna().unique())))
        notes.append(
            f"{wording.count(len(foreign), 'comment')} in languages the models do not know ({names}): counted, not tagged."
        )
    if len(base) < MIN_N:
        notes.append(f"Only {wording.count(len(base), 'tagged comment')}: read the quotes, not the figures.")
    types = comments.loc[comments["nps"].notna(), "survey_type"].dropna().unique()
    if len(types) > 1:
        notes.append(
            f"The NPS pools {wording.listed(sorted(map(str, types)))} surveys: look at each alone before acting."
        )
    for column, what in (("model_version", "model"), ("theme_version", "theme-set")):
        if base[column].nunique() > 1:
            notes.append(
                f"The comments were tagged by {base[column].nunique()} {what} versions: tag them again before comparing periods."
            )
    notes += [
        "Labels come from a model that learnt from comments labelled by a language model after a written codebook, not by "
        "people; its accuracy was measured on other companies' comments.",
        "Associations, not causes: mending what is complained of may gain more or less. Effects overlap; do not add them up.",
        "Only those who wrote or answered are heard; comments are customers' accounts, not findings of intent.",
    ]
    return tuple(notes)


def _method(table: pd.DataFrame, kind: str) -> tuple[str, ...]:
    notes = {
        "nps": "NPS = % answering 9–10 − % answering 0–6, one row per response; adjusted Wald interval (Rocks 2016).",
        "sentiment": "Share of negative among the tagged comments, Wilson interval.",
    }
    rows = [
        notes.get(kind, "Mean of one score per response, Student's t interval."),
        "Change: difference of the two "
        "periods, intervals combined by squaring and adding (Zou and Donner 2008).",
    ]
    if table.attrs.get("method") in ("ols", "ridge"):
        rows.append(
            f"Complaints: {'least squares' if table.attrs['method'] == 'ols' else 'ridge regression'} of the score on every theme "
            f"as praised and as criticised with {wording.listed(table.attrs['controls']) or 'no'} held constant, "
            f"{table.attrs['errors']} errors, R² {table.attrs['r2']:.2f}; effect on the whole score = share × difference per response. "
            "“Clear”: interval below 0 and at most 5 % false finds (Benjamini–Hochberg)."
        )
    rows.append(
        "Net giving = % giving − % taking of the tagged comments (Agresti–Min interval). All intervals are 95 %."
    )
    rows.append("Quotes: the words nearest to the theme's middle, 40–240 characters, personal data left out.")
    return tuple(rows)


def _versions(comments: pd.DataFrame, run: Mapping[str, Any] | None) -> tuple[tuple[str, str], ...]:
    base = tagged(comments)
    pairs = [
        (name, wording.listed(sorted(map(str, base[column].dropna().unique()))))
        for name, column in (("Model", "model_version"), ("Themes", "theme_version"))
    ]
    if run is not None:
        pairs += [("Run", str(run["run_id"])), ("Date of run", f"{run['finished']:%Y-%m-%d %H:%M} UTC")]
    return tuple((name, value) for name, value in pairs if value)
