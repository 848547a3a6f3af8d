"""The comments behind a number, each with the stretches of text that put it there."""

from __future__ import annotations

from collections.abc import Hashable, Iterable

import pandas as pd

from voc.analytics.base import tagged
from voc.pipeline import Frames
from voc.schema import KEY
from voc.ui.highlight import Span, spans_of

#: Orders a reader can choose: what it is called → (column, lowest first).
ORDERS: dict[str, tuple[str, bool]] = {
    "Newest first": ("date", False),
    "Oldest first": ("date", True),
    "Lowest score first": ("score", True),
    "Highest score first": ("score", False),
}

_TONES = {"praised": ("positive", "mixed"), "criticised": ("negative", "mixed")}


#: Which comments a score of ``voc.analytics.drivers`` rests on: column → the value it must have (None: any).
_SCORED: dict[str, tuple[str, str | None]] = {
    "nps": ("nps", None),
    "stars": ("score_scale", "stars_1_5"),
    "csat": ("score_scale", "csat_1_5"),
    "sentiment": ("sentiment", None),
}


def scored(comments: pd.DataFrame, score: str) -> pd.DataFrame:
    """The comments that have a score of that kind (nps, stars, csat, sentiment)."""
    column, value = _SCORED[score]
    return comments[comments[column].notna() if value is None else comments[column].eq(value)]


def about_theme(frames: Frames, theme: str, polarity: str | None = None) -> pd.DataFrame:
    """Comments with a segment of ``theme`` (praised, criticised or either), that segment in ``spans``."""
    segments = frames.segments[frames.segments["theme"].eq(theme)]
    if polarity:
        segments = segments[segments["sentiment"].isin(_TONES[polarity])]
    spans = _by_comment(segments, zip(segments["start"], segments["end"], strict=True))
    return _with_spans(frames.comments, spans)


def showing_signal(frames: Frames, signal: str) -> pd.DataFrame:
    """Comments that show ``signal``; in ``spans`` the segments that do, or else the comment's evidence."""
    comments = frames.comments
    comments = comments[_shows(comments["signals"], signal)]
    segments = frames.segments
    segments = segments[_shows(segments["signals"], signal)]
    spans = _by_comment(segments, zip(segments["start"], segments["end"], strict=True))
    keys = _keys(comments)
    texts, evidence = comments["text"], comments["evidence"]
    for key, text, words in zip(keys, texts, evidence, strict=True):
        if key not in spans and isinstance(text, str) and isinstance(words, str):
            spans[key] = spans_of(text, [words])
    return comments.assign(spans=_column([spans.get(key, []) for key in keys], comments.index))


def felt_and_treated(frames: Frames, sentiment: str, stance: str) -> pd.DataFrame:
    """Comments of that sentiment and stance, the evidence of the stance in ``spans``."""
    comments = tagged(frames.comments)
    return with_evidence(comments[comments["sentiment"].eq(sentiment) & comments["stance"].eq(stance)], "")


def with_evidence(comments: pd.DataFrame, words: str) -> pd.DataFrame:
    """All ``comments``; in ``spans`` the searched ``words``, or without a search the evidence of the stance."""
    searched = words.split()
    spans = [
        spans_of(text, searched or ([evidence] if isinstance(evidence, str) else [])) if isinstance(text, str) else []
        for text, evidence in zip(comments["text"], comments["evidence"], strict=True)
    ]
    return comments.assign(spans=_column(spans, comments.index))


def each_text_once(comments: pd.DataFrame) -> pd.DataFrame:
    """The first of those ``comments`` that repeat the same words or nearly; ``repeats`` counts the others."""
    if "copy_of" not in comments or comments["copy_of"].isna().all():
        return comments.assign(repeats=0)
    copied = comments["copy_of"].notna()
    dataset = comments["copy_of_dataset"].where(copied, comments["dataset"])
    of = pd.DataFrame({"dataset": dataset, "id": comments["copy_of"].where(copied, comments["id"])})
    repeats = of.groupby(list(KEY))["id"].transform("size") - 1
    first = ~of.duplicated()
    return comments.assign(repeats=repeats)[first]


def ordered(comments: pd.DataFrame, order: str) -> pd.DataFrame:
    """``comments`` in one of ``ORDERS``; scores of different scales compare by their place on the scale."""
    column, ascending = ORDERS[order]
    values = comments["date"] if column == "date" else _relative(comments)
    rows = comments.assign(_value=values).sort_values(
        ["_value", "date", *KEY], ascending=[ascending, False, True, True], na_position="last"
    )
    return rows.drop(columns="_value")


def _relative(comments: pd.DataFrame) -> pd.Series:
    from voc.schema import SCORE_SCALES

    low = comments["score_scale"].map({name: ends[0] for name, ends in SCORE_SCALES.items()}).fillna(0.0)
    high = comments["score_scale"].map({name: ends[1] for name, ends in SCORE_SCALES.items()}).fillna(1.0)
    return (comments["score"].astype(float) - low) / (high - low)


def _by_comment(segments: pd.DataFrame, spans: Iterable[Span]) -> dict[Hashable, list[Span]]:
    found: dict[Hashable, list[Span]] = {}
    for key, (start, end) in zip(_keys(segments), spans, strict=True):
        found.setdefault(key, []).append((int(start), int(end)))
    return found


def _with_spans(comments: pd.DataFrame, spans: dict[Hashable, list[Span]]) -> pd.DataFrame:
    keys = _keys(comments)
    rows = comments.assign(spans=_column([spans.get(key, []) for key in keys], comments.index))
    return rows[rows["spans"].map(len) > 0]


def _keys(rows: pd.DataFrame) -> list[tuple[str, str]]:
    return list(zip(rows["dataset"], rows["id"], strict=True))


def _column(spans: list[list[Span]], index: pd.Index) -> pd.Series:
    return pd.Series(spans, index=index, dtype=object)


def _shows(lists: pd.Series, signal: str) -> pd.Series:
    return lists.map(lambda found: found is not None and not isinstance(found, float) and signal in found).astype(bool)
