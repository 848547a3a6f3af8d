"""From tables to the brief: what is said, in which order, with which caveats."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import pandas as pd

from voc.analytics import drivers, volume
from voc.errors import StoreError
from voc.report import findings, trust, wording
from voc.report.model import Brief, Driver, Emerging, Gratitude, Quote, Score
from voc.report.quotes import pool
from voc.report.score import headline
from voc.report.window import choose
from voc.themes.model import marked

__all__ = ["Brief", "TaggedFrames", "gather"]


class TaggedFrames(Protocol):
    """Tables as ``voc.pipeline.load_frames`` gives them, themes resolved and with their ``stability``; ``run`` is the
    run they come from.
    """

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

    ``period`` is what the score is told for, against the one before it: by default the last three full months
    in the data, ``month`` or ``year`` for the last one or twelve, or a named period (``2026``, ``2026-Q3``,
    ``2026-09``), which leaves later comments out altogether. Complaints and gratitude rest on the whole span, as a
    quarter often holds too few. ``command`` is printed as what makes the brief again.

    Raises:
        StoreError: there is no comment at all.
        UsageError: ``period`` is not understood, or nothing is dated in it.
    """
    comments, segments, themes = frames.comments, frames.segments, _marked(frames.themes)
    if comments.empty:
        raise StoreError("no comment to report on: add some with `voc run INPUT...`, or loosen --where")
    window = choose(comments["date"], period)
    if window is not None and period is not None and period[0].isdigit():
        comments = comments[~(comments["date"] >= window.end)]
    score = headline(comments, window)
    table = _driver_table(comments, segments, themes, score.kind)
    candidates, taken = pool(comments, segments), list[Quote]()
    complaints = findings.complaints(table, score.kind, candidates, taken)
    named = [complaint.theme for complaint in complaints]
    grateful = findings.gratitude(comments, segments, themes, table, score.kind, candidates, taken, named)
    new, new_note = findings.new_themes(comments, segments, themes, candidates, taken)
    gaps, gaps_note = findings.widest_gaps(comments)
    return Brief(
        title=_title(comments),
        span=_span(comments, score),
        base=_base(comments),
        answer=_answer(score, complaints, grateful, new),
        score=score,
        drivers_base=_drivers_base(table, score.kind),
        drivers=complaints,
        drivers_note=findings.complaints_note(table, score.kind, len(complaints)),
        companions=findings.companions(table),
        gratitude=grateful,
        balance=findings.giving_and_taking(comments, window),
        emerging=new,
        emerging_note=new_note,
        gaps=gaps,
        gaps_note=gaps_note,
        caveats=trust.caveats(comments, segments, themes),
        method=trust.method(table, score.kind),
        versions=trust.versions(comments, frames.run),
        command=command,
    )


def _marked(themes: pd.DataFrame) -> pd.DataFrame:
    """Unstable themes cannot head the brief without the mark, so their labels carry it throughout."""
    pairs = zip(themes["label"], themes["stability"], strict=True)
    return themes.assign(label=[marked(label, stability) for label, stability in pairs])


def _driver_table(comments: pd.DataFrame, segments: pd.DataFrame, themes: pd.DataFrame, kind: str) -> pd.DataFrame:
    """Drivers of the score; without a score the tone is none, as the same words tell tone and theme."""
    if kind == "sentiment":
        return findings.criticism(comments, segments, themes)
    return drivers(comments, segments, themes, score=kind)


def _title(comments: pd.DataFrame) -> str:
    brands = sorted(map(str, comments["brand"].dropna().unique()))
    return f"What customers say about {wording.listed(brands)}" if 1 <= len(brands) <= 3 else "What customers say"


def _span(comments: pd.DataFrame, score: Score) -> str:
    dates = comments["date"].dropna()
    if dates.empty:
        return "Undated comments"
    first, last = (f"{date:%d %b %Y}".lstrip("0") for date in (dates.min(), dates.max()))
    against = f" against {score.before_label}" if score.before_label else ""
    return f"Comments of {first} to {last}; score for {score.now_label}{against}"


def _base(comments: pd.DataFrame) -> str:
    row = volume(comments).iloc[0]
    sources = comments["source"].value_counts()
    by_source = ", ".join(f"{n:,} {name}" for name, n in sorted(sources.items(), key=lambda pair: (-pair[1], pair[0])))
    rows = f"{wording.count(int(row['n']), 'row')} ({by_source or 'source not given'})"
    return f"{rows} · {row['with_text']:,} with a comment · {row['tagged']:,} tagged · {row['scored']:,} with a score"


def _answer(
    score: Score, complaints: tuple[Driver, ...], grateful: tuple[Gratitude, ...], new: tuple[Emerging, ...]
) -> str:
    """The one sentence to remember."""
    parts = []
    if score.now.value is not None:
        parts.append(f"{wording.headline(score.now.value, score.kind)} in {score.now_label}{_moved(score)}")
    if complaints and complaints[0].standing == "clear":
        label = wording.shortened(complaints[0].label)
        parts.append(f"over the whole span, the complaint that goes most with lower scores is “{label}”")
    elif complaints:
        label = wording.shortened(complaints[0].label)
        parts.append(f"over the whole span, the most frequent complaint is “{label}”")
    if grateful:
        parts.append(f"what customers are most grateful for is “{wording.shortened(grateful[0].label)}”")
    if new:
        parts.append(f"“{wording.shortened(new[0].label)}” is emerging")
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
        base = f"Share of {wording.count(n, 'tagged comment')} that criticise the theme"
        return f"{base}; there is no score to compare with."
    base = f"Share of {wording.count(n, 'scored response')} with a tagged comment, whole span."
    note = table.attrs.get("note")
    return f"{base} {note or 'Differences allow for other topics and customer mix.'}"
