"""Who answered: what is left at each step, the mix of this period beside the last, the customers in both."""

from __future__ import annotations

import pandas as pd

from voc.analytics import MIN_N, PRIVACY_MIN_N, score_base, volume
from voc.analytics.answers import answers, main_survey, of_survey
from voc.analytics.intervals import mean_interval
from voc.report import wording
from voc.report.model import Step, Who
from voc.report.window import Window

_STEPS = {"responses": "responses", "scored": "with a score", "commented": "and a comment", "used": "read and tagged"}
_MIX = {"source": "Source", "customer_segment": "Customer segment"}
_NAMED = 4


def who_answered(comments: pd.DataFrame, kind: str, window: Window | None) -> Who:
    """Of the score that the brief is about and the survey type with most answers; of all rows where there is none."""
    steps = _steps(comments, kind)
    if kind == "sentiment":
        rows = comments
    else:
        rows = answers(of_survey(comments, main_survey(comments, kind)), kind).drop_duplicates("response")
    now = rows if window is None else window.of(rows)
    before = None if window is None else window.earlier().of(rows)
    mix = [line for column, name in _MIX.items() if (line := _mix(now, before, column, name))]
    if before is not None and kind != "sentiment":
        mix += _same_customers(now, before, kind)
    return Who(steps, tuple(mix))


def _steps(comments: pd.DataFrame, kind: str) -> tuple[Step, ...]:
    if kind == "sentiment":
        row = volume(comments).iloc[0]
        names = {"n": "rows", "with_text": "with a comment", "tagged": "read and tagged"}
        return tuple(_step(name, int(row[column])) for column, name in names.items())
    table = score_base(comments)
    row = table[table["score"] == kind].sort_values("scored", ascending=False).iloc[0]
    return tuple(_step(name, int(row[column])) for column, name in _STEPS.items())


def _step(name: str, n: int) -> Step:
    """``1 row``, ``2 rows``; ``1 with a score``."""
    return Step(name.removesuffix("s") if n == 1 and name in ("rows", "responses") else name, n)


def _mix(now: pd.DataFrame, before: pd.DataFrame | None, column: str, name: str) -> str:
    """``Customer segment: new 31 % (before 28 %), …``; empty where all are of one kind, or a part is of few people."""
    counts = now[column].value_counts()
    counts = counts[counts > 0].sort_index().sort_values(ascending=False, kind="stable")
    if len(counts) < 2 or (counts < PRIVACY_MIN_N).any():
        return ""
    earlier = pd.Series(dtype=float) if before is None else before[column].value_counts(normalize=True)
    known = before is not None and len(before) >= MIN_N
    parts = [
        f"{wording.shortened(str(value), 24)} {wording.percent(n / counts.sum())}"
        + (f" (before {wording.percent(float(earlier.get(value, 0)))})" if known else "")
        for value, n in counts.head(_NAMED).items()
    ]
    rest = f", {len(counts) - _NAMED} more" if len(counts) > _NAMED else ""
    return f"{name}: {', '.join(parts)}{rest}."


def _same_customers(now: pd.DataFrame, before: pd.DataFrame, kind: str) -> list[str]:
    """How the score of those moved who answered in both periods; leavers and newcomers are missing from it."""
    pairs = [rows.dropna(subset=["customer_id"]).groupby("customer_id")["value"].mean() for rows in (now, before)]
    both = pairs[0].to_frame("now").join(pairs[1].rename("before"), how="inner")
    if not len(both):
        return []
    people = f"{wording.count(len(both), 'customer')} answered in both periods"
    if len(both) < MIN_N:
        return [f"{people}: too few to follow."] if len(both) >= PRIVACY_MIN_N else []
    moves = both["now"] - both["before"]
    low, high = mean_interval(moves.mean(), moves.std(), len(moves))
    moved = f"{wording.number(moves.mean(), kind, sign=True)} ({wording.between(float(low), float(high), kind)})"
    return [f"{people}; their {wording.NAMES[kind]} moved by {moved}. Who left is missing."]
