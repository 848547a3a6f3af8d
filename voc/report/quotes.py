"""Verbatims drawn at random within a theme: of the right tone, short enough to read, no two alike."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import numpy as np
import pandas as pd

from voc.analytics.base import tagged
from voc.report.model import Quote
from voc.schema import KEY

SHORTEST, LONGEST = 40, 140
#: Another seed, another draw.
SEED = 20160101
#: Two quotes that share more of their words than this say the same.
ALIKE = 0.6
_WORDS = re.compile(r"\w+")


@dataclass(frozen=True)
class Wanted:
    """What a quote is to show: a theme, in one tone (negative, positive or any), with a signal, after a date."""

    theme: str
    tone: str | None = None
    signal: str | None = None
    since: pd.Timestamp | None = None
    longest: int = LONGEST


def pool(comments: pd.DataFrame, segments: pd.DataFrame) -> pd.DataFrame:
    """Everything that may be quoted: one row per themed segment of 40–140 characters, in the order of their keys.

    Columns ``dataset, id, segment_no, theme, sentiment, signals, date, quote, origin``. ``quote`` is the whole comment
    where that is short and all of it has the segment's theme and tone, else the segment with dots where it goes on.
    Comments in which personal data were found are left out, although these are masked.
    """
    key = list(KEY)
    clean = tagged(comments)
    clean = clean[~clean["pii"].map(_filled).astype(bool)]
    columns = [*key, "text", "source", "date", "score", "score_scale"]
    parts = [*key, "segment_no", "start", "end", "theme", "sentiment", "signals"]
    rows = segments[parts].merge(clean[columns], on=key)
    rows = rows.sort_values([*key, "segment_no"], ignore_index=True)
    whole = _whole(rows)
    rows["quote"] = [
        text if alone else _excerpt(text, start, end)
        for text, alone, start, end in zip(rows["text"], whole, rows["start"], rows["end"], strict=True)
    ]
    long_enough = (rows["end"] - rows["start"]) >= SHORTEST
    rows = rows[rows["theme"].notna() & long_enough & (rows["quote"].map(len) <= LONGEST)]
    rows["origin"] = [
        _origin(source, date, score, scale)
        for source, date, score, scale in zip(
            rows["source"], rows["date"], rows["score"], rows["score_scale"], strict=True
        )
    ]
    return rows[[*key, "segment_no", "theme", "sentiment", "signals", "date", "quote", "origin"]]


def drawn(candidates: pd.DataFrame, wanted: Wanted, taken: Sequence[Quote]) -> Quote | None:
    """One of the quotes ``wanted`` at random, from a comment that is not quoted in ``taken`` and not worded like one;
    None where there is none.

    Each segment has its place in the draw from a hash of ``SEED`` and its key (simple random sampling by permanent
    random numbers; Ohlsson 1995): the same data give the same quote in whatever order, and nothing about the words
    makes one likelier, least of all how extreme they are.
    """
    rows = candidates[(candidates["theme"] == wanted.theme) & (candidates["quote"].map(len) <= wanted.longest)]
    if wanted.tone is not None:
        rows = rows[rows["sentiment"] == wanted.tone]
    if wanted.signal is not None:
        shown = [_filled(found) and wanted.signal in found for found in rows["signals"]]
        rows = rows[np.array(shown, dtype=bool)]
    if wanted.since is not None:
        rows = rows[rows["date"] > wanted.since]
    for row in sorted(rows[["quote", "origin", *KEY, "segment_no"]].to_dict("records"), key=_place):
        quote = Quote(row["quote"], row["origin"], row["dataset"], row["id"])
        if not any(_alike(quote, other) for other in taken):
            return quote
    return None


def _place(row: Mapping[Any, Any]) -> bytes:
    """Where a segment stands in the draw."""
    key = "\x1f".join(map(str, (SEED, row["dataset"], row["id"], row["segment_no"])))
    return blake2b(key.encode(), digest_size=8).digest()


def _filled(values: object) -> bool:
    return values is not None and hasattr(values, "__len__") and len(values) > 0


def _whole(rows: pd.DataFrame) -> pd.Series:
    """True where the segment's comment can stand as a whole: short, and of one theme and one tone throughout."""
    comment = rows.groupby(list(KEY))
    one = pd.Series(True, index=rows.index)
    for column in ("theme", "sentiment"):
        one &= comment[column].transform("nunique", dropna=False) == 1
    return rows["text"].map(len).between(SHORTEST, LONGEST) & one


def _excerpt(text: str, start: int, end: int) -> str:
    words = " ".join(text[start:end].split())
    before, after = text[:start].strip(), text[end:].strip()
    return f"{'… ' if before else ''}{words}{' …' if after else ''}"


def _alike(quote: Quote, other: Quote) -> bool:
    if (quote.dataset, quote.id) == (other.dataset, other.id):
        return True
    a, b = (set(_WORDS.findall(text.casefold())) for text in (quote.text, other.text))
    return len(a & b) > ALIKE * len(a | b)


def _origin(source: object, date: pd.Timestamp, score: float, scale: object) -> str:
    parts = [str(source)] if isinstance(source, str) else []
    if pd.notna(date):
        parts.append(f"{date:%b %Y}")
    if pd.notna(score):
        best = {"nps_0_10": "10", "stars_1_5": "5 stars", "csat_1_5": "5", "percent": "100"}.get(str(scale))
        parts += [f"{score:g} of {best}"] if best else []
    return " · ".join(parts)
