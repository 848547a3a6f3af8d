"""The headline score: which one the data bear, now and before."""

from __future__ import annotations

import pandas as pd

from voc.analytics import PRIVACY_MIN_N, net_giving, nps_table, score_base, sentiment_table
from voc.analytics.answers import SCALES, main_survey, of_survey
from voc.report import wording
from voc.report.model import Change, Figure, Rows, Score
from voc.report.window import Window

#: Months that a trend shows at most.
TREND_MONTHS = 13
#: Brands are listed side by side up to this many.
MAX_GROUPS = 5


def headline(comments: pd.DataFrame, window: Window | None, kind: str, change: Change | None) -> Score:
    """Score of ``window`` and of the window before it, where a ``change`` between them is known; of all rows where
    there is no window or too little in it. Of the survey type with most answers: kinds of survey are not pooled."""
    if kind != "sentiment":
        comments = of_survey(comments, main_survey(comments, kind))
    now_rows, now_label = comments, "all of the data"
    before_label, before = "", None
    if window is not None and figure(window.of(comments), kind).known:
        now_rows, now_label = window.of(comments), window.label
    if window is not None and change is not None:
        before_label = window.earlier().label
        before = figure(window.earlier().of(comments), kind)
    now = figure(now_rows, kind)
    return Score(
        kind=kind,
        name=wording.NAMES[kind],
        now=now,
        now_label=now_label,
        before=before,
        before_label=before_label,
        change=change,
        sentence=wording.score(now, kind, now_label),
        change_sentence=wording.change(change, kind, before_label),
        why=_why(comments, kind),
        groups=_by_brand(now_rows, kind),
        trend=_trend(comments, kind, window),
    )


def choose_kind(comments: pd.DataFrame) -> str:
    """NPS where there are enough answers to it for a figure, else stars, else CSAT, else sentiment."""
    table = score_base(comments)
    known = set(table.loc[table["value"].notna(), "score"])
    return next((kind for kind in SCALES if kind in known), "sentiment")


def figure(rows: pd.DataFrame, kind: str) -> Figure:
    """The score of ``rows``: NPS, mean stars or CSAT of the survey type with most answers; % negative."""
    if kind == "sentiment":
        table = sentiment_table(rows)
        table = table[table["sentiment"] == "negative"]
        return _first(table.assign(**{name: 100 * table[name] for name in ("share", "low", "high")}), "share")
    table = score_base(rows)
    table = table[table["score"] == kind].rename(columns={"scored": "n"})
    return _first(table.sort_values("n", ascending=False), "value")


def balance(rows: pd.DataFrame) -> Figure:
    """Net giving of ``rows``."""
    return _first(net_giving(rows), "net")


def months_until(rows: pd.DataFrame, window: Window | None) -> pd.DataFrame:
    """Dated rows of the last months up to the window's end: a month that is not over shows no point."""
    months = trend_months(window)
    return rows.iloc[:0] if months is None else months.of(rows)


def trend_months(window: Window | None) -> Window | None:
    """The months that a trend shows: thirteen, so that the first and the last are the same month of two years."""
    return None if window is None else Window(window.last - (TREND_MONTHS - 1), window.last)


def _trend(comments: pd.DataFrame, kind: str, window: Window | None) -> Rows:
    rows = months_until(comments, window)
    table = nps_table(rows, period="month") if kind == "nps" else sentiment_table(rows, period="month")
    return Rows.of(table)


def _first(table: pd.DataFrame, column: str) -> Figure:
    if table.empty:
        return Figure(0)
    row = table.iloc[0]
    if pd.isna(row[column]):
        return Figure(int(row["n"]))
    return Figure(int(row["n"]), float(row[column]), float(row["low"]), float(row["high"]))


def _by_brand(rows: pd.DataFrame, kind: str) -> tuple[tuple[str, Figure], ...]:
    brands = sorted(rows["brand"].dropna().unique())
    if not 2 <= len(brands) <= MAX_GROUPS:
        return ()
    groups = tuple((str(brand), figure(rows[rows["brand"] == brand], kind)) for brand in brands)
    few = any(0 < one.n < PRIVACY_MIN_N for _, one in groups)  # the others and the whole would tell theirs
    return () if few else groups


def _why(comments: pd.DataFrame, kind: str) -> str:
    """Which other ratings are not in the score, or why it is not the NPS."""
    if kind == "nps":
        stars = figure(comments, "stars")
        if stars.known is None:
            return ""
        value, low, high = stars.known
        return (
            f"Not pooled with it: {stars.n:,} star ratings, mean {wording.number(value, 'stars')} "
            f"({wording.between(low, high, 'stars')})."
        )
    answers = figure(comments, "nps").n
    lack = f"Only {wording.count(answers, 'answer')}" if answers else "No answer"
    if kind == "sentiment":
        return f"{lack} on a 0–10 scale and too few stars or CSAT ratings: the comments' tone stands in for a score."
    return f"{lack} on a 0–10 scale, so no NPS: {'stars' if kind == 'stars' else 'CSAT ratings'} stand in its place."
