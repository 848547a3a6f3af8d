"""From tables to the brief: what is said, in which order, with which caveats."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Protocol

import pandas as pd

from voc.analytics import drivers, importance, volume
from voc.errors import StoreError
from voc.report import evidence, findings, trust, wording
from voc.report.answer import answer, to_decide
from voc.report.changes import moves
from voc.report.events import within
from voc.report.model import Appendix, Brief, Event, Quote, Rows, Score
from voc.report.quotes import pool
from voc.report.score import choose_kind, headline, trend_months
from voc.report.who import who_answered
from voc.report.window import choose
from voc.themes.model import marked

__all__ = ["Brief", "TaggedFrames", "gather"]

#: Where no run is known, files carry this moment.
NO_MOMENT = dt.datetime(1980, 1, 1, tzinfo=dt.UTC)
#: Of the table of drivers, what the appendix shows.
DRIVER_COLUMNS = [
    *("label", "polarity", "n", "share", "leave_out", "alone", "effect", "low", "high", "q"),
    *("companion", "co_mentioned", "named"),
]
#: Of the themes that too few name to estimate, so many are named.
NAMED_FEW = 4
IMPORTANCE_COLUMNS = ["label", "n", "share_of_explained", "low", "high", "r2"]


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
    name: str | None = None,
    events: tuple[Event, ...] = (),
    options: Mapping[str, str | None] | None = None,
    command: str = "voc report -o brief.html",
    shares: bool = False,
) -> Brief:
    """Numbers and sentences of the brief, the same from the same data: nothing depends on today's date.

    ``period`` is what the score is told for, against the one before it: by default the last three full months
    in the data, ``month`` or ``year`` for the last one or twelve, or a named period (``2026``, ``2026-Q3``,
    ``2026-09``), which leaves later comments out altogether. Complaints and gratitude rest on the whole span, as a
    quarter often holds too few. ``name``: of the saved view, for the title. ``events`` stand on the time chart.
    ``options`` and ``command`` go into the manifest: how the comments were chosen, and what makes the brief again.
    ``shares``: also divide the explained variation among themes, for the workbook; with many themes that takes seconds.

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
    kind = choose_kind(comments)
    moved = moves(comments, segments, themes, None if window is None else window.beside(comments["date"]), kind)
    score = headline(comments, window, kind, moved.of_score(kind))
    table = _driver_table(comments, segments, themes, kind)
    base = findings.drivers_base(comments, table, kind)
    candidates, taken = pool(comments, segments), list[Quote]()
    complaints = findings.complaints(table, moved, kind, candidates, taken)
    grateful = findings.gratitude(segments, table, score.kind, candidates, taken)
    new, new_note, since = findings.new_themes(comments, segments, themes, candidates, taken)
    balance = findings.giving_and_taking(comments, window, moved.of_score("net"))
    gaps, gaps_note = findings.widest_gaps(comments)
    behind = [
        *evidence.of_score(score, comments, window),
        *evidence.of_themes(base, segments, themes, complaints, grateful, window),
        *evidence.of_balance(balance, comments),
        *(evidence.of_emerging(new, comments, segments, themes, since) if since is not None else ()),
    ]
    return Brief(
        title=_title(comments, name),
        span=_span(comments, score),
        base=_base(comments),
        answer=answer(score, complaints, grateful, new),
        decide=to_decide(int(table.attrs.get("n", 0)), score.kind, complaints, new),
        score=score,
        events=within(events, trend_months(window)),
        who=who_answered(comments, score.kind, window),
        drivers_base=_drivers_base(table, score),
        drivers=complaints,
        drivers_note=findings.complaints_note(table, score.kind, len(complaints)),
        companions=findings.companions(table),
        gratitude=grateful,
        gratitude_note=findings.gratitude_note(table, score.kind, grateful),
        balance=balance,
        emerging=new,
        emerging_note=new_note,
        unchanged=findings.unchanged(score, balance, moved.compared),
        trust=trust.five_lines(comments, segments, themes, score.kind),
        appendix=Appendix(
            method=trust.method(table, score.kind),
            drivers=_all_drivers(table),
            too_few=_too_few(table),
            importance=_importance(comments, segments, themes, table) if shares else Rows(),
            gaps=gaps,
            gaps_note=gaps_note,
            manifest=trust.manifest(comments, frames.run, {"Period": period, **(options or {})}, command),
        ),
        evidence=tuple(behind),
        moment=_moment(frames.run),
    )


def _all_drivers(table: pd.DataFrame) -> Rows:
    order = table.sort_values(["effect", "n", "theme", "polarity"], ascending=[True, False, True, True])
    return Rows.of(order[DRIVER_COLUMNS])


def _too_few(table: pd.DataFrame) -> str:
    """One sentence on the themes that too few praise or criticise to estimate; empty where there is none."""
    few = table[table["effect"].isna()].sort_values(["n", "theme", "polarity"], ascending=[False, True, True])
    if few.empty or table["effect"].isna().all():
        return ""
    rows = few.head(NAMED_FEW).itertuples()
    names = [f"“{wording.shortened(str(row.label), 34)}” {row.polarity} ({row.n})" for row in rows]
    more = [wording.count(len(few) - len(names), "other")] if len(few) > len(names) else []
    return f"Too few to estimate: {wording.listed([*names, *more])}; the workbook has them all."


def _importance(comments: pd.DataFrame, segments: pd.DataFrame, themes: pd.DataFrame, table: pd.DataFrame) -> Rows:
    """Shares of the variation that themes explain; nothing where there is no score, or too little of it."""
    score = table.attrs.get("score")
    if score is None:
        return Rows()
    shares = importance(comments, segments, themes, score=score, survey_type=table.attrs["survey_type"])
    if shares.empty:
        return Rows()
    how = "exact" if shares.attrs["exact"] else "sampled; low and high are the error of sampling"
    name = f"share of the {100 * shares.attrs['explained']:.0f} % of score variation that themes explain ({how})"
    return Rows.of(shares[IMPORTANCE_COLUMNS].rename(columns={"share_of_explained": name}))


def _moment(run: Mapping[str, Any] | None) -> dt.datetime:
    return NO_MOMENT if run is None else pd.Timestamp(run["finished"]).to_pydatetime()


def _marked(themes: pd.DataFrame) -> pd.DataFrame:
    """Unstable themes cannot head the brief without the mark, so their labels carry it throughout."""
    pairs = zip(themes["label"], themes["stability"], strict=True)
    return themes.assign(label=[marked(label, stability) for label, stability in pairs])


def _driver_table(comments: pd.DataFrame, segments: pd.DataFrame, themes: pd.DataFrame, kind: str) -> pd.DataFrame:
    """Drivers of the score; without a score the tone is none, as the same words tell tone and theme."""
    if kind == "sentiment":
        return findings.frequency(comments, segments, themes)
    return drivers(comments, segments, themes, score=kind)


def _title(comments: pd.DataFrame, name: str | None) -> str:
    brands = sorted(map(str, comments["brand"].dropna().unique()))
    title = f"What customers say about {wording.listed(brands)}" if 1 <= len(brands) <= 3 else "What customers say"
    return f"{wording.shortened(name)}: {title[0].lower()}{title[1:]}" if name else title


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


def _drivers_base(table: pd.DataFrame, score: Score) -> str:
    n = int(table.attrs.get("n", 0))
    if score.kind == "sentiment":
        base = f"Share of {wording.count(n, 'tagged comment')} criticising the theme"
        text = f"{base}; there is no score to compare with."
    else:
        note = table.attrs.get("note")
        text = f"Among {wording.count(n, 'scored commenter')}, whole span. {note or ''}".strip()
    return text + (f" Change: {score.now_label} against {score.before_label}." if score.before_label else "")
