"""Words to be read inside the company: short, without personal data, drawn by lot."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from voc.analytics.base import tagged
from voc.analytics.mentions import TONES, leaf_themes
from voc.analytics.moments import MOMENTS, is_moment
from voc.errors import UsageError
from voc.schema import KEY

LONGEST, SHORTEST = 40, 5
#: Of a theme's candidates, if there are ten or more, the strongest so many are left out.
EXTREME = 0.1
KINDS = (*MOMENTS, *TONES, "advocates")
COLUMNS = ["theme", "label", "kind", "quote", "words", "dataset", "id", "date", "source"]
_MASKED = re.compile(r"\[[a-z]+\]")


def internal_quotes(
    comments: pd.DataFrame,
    segments: pd.DataFrame,
    themes: pd.DataFrame,
    kind: str = "magic",
    per_theme: int = 3,
    seed: int = 0,
) -> pd.DataFrame:
    """Up to ``per_theme`` segments of each theme, each from another comment: ``theme, label, kind, quote, words,
    dataset, id, date, source``.

    ``kind``: moments of ``magic`` or ``misery``; ``praised`` or ``criticised``; ``advocates`` (praised, by someone who
    recommends). Of 5 to 40 words, from comments in which no personal data were found and that are no copy of another.
    Drawn by lot with ``seed``, the same from the same data in any order; of ten candidates or more the tenth with the
    strongest tone is left out, so that no extreme stands for a theme. To show them outside takes the customers'
    consent, which is the user's to get.

    Raises:
        UsageError: unknown kind, or fewer than one quote a theme.
    """
    if kind not in KINDS:
        raise UsageError(f"no quotes of kind {kind!r}: choose one of {', '.join(KINDS)}")
    if per_theme < 1:
        raise UsageError(f"{per_theme} quotes a theme: ask for 1 or more")
    rows = _candidates(comments, segments, themes, kind)
    draw = np.random.default_rng(seed)
    rows = rows.assign(lot=draw.permutation(len(rows))).sort_values("lot")
    rows = rows.drop_duplicates(["theme", *KEY]).groupby("theme").head(per_theme)
    rows = rows.sort_values(["label", "theme", "lot"], ignore_index=True)[COLUMNS]
    if rows.empty:
        rows.attrs["note"] = "No comment that could be quoted: 5 to 40 words on a theme, without personal data."
    return rows


def _candidates(comments: pd.DataFrame, segments: pd.DataFrame, themes: pd.DataFrame, kind: str) -> pd.DataFrame:
    key = list(KEY)
    clean = tagged(comments)
    found = [hasattr(kinds, "__len__") and len(kinds) > 0 for kinds in clean["pii"]]
    clean = clean[~np.array(found, dtype=bool)]
    if "copy_of" in clean:
        clean = clean[clean["copy_of"].isna()]
    if kind == "advocates":
        clean = clean[clean["advocacy"].eq("advocates")]
    fitting = is_moment(segments, kind) if kind in MOMENTS else segments["sentiment"].isin(_tones(kind))
    parts = segments.loc[fitting, [*key, "segment_no", "start", "end", "theme", "sentiment_score"]]
    rows = parts.merge(clean[[*key, "text", "date", "source"]], on=key)
    labels = leaf_themes(themes).set_index("id")["label"]
    rows = rows.assign(label=rows["theme"].map(labels), kind=kind)
    rows = rows[rows["label"].notna()].sort_values([*key, "segment_no"], ignore_index=True)
    quotes = [
        " ".join(text[start:end].split())
        for text, start, end in zip(rows["text"], rows["start"], rows["end"], strict=True)
    ]
    rows["quote"] = pd.Series(quotes, index=rows.index, dtype=object)
    rows["words"] = rows["quote"].map(lambda quote: len(quote.split())).astype("int64")
    masked = rows["quote"].map(lambda quote: _MASKED.search(quote) is not None).astype(bool)
    return _without_extremes(rows[rows["words"].between(SHORTEST, LONGEST) & ~masked])


def _tones(kind: str) -> tuple[str, ...]:
    return TONES["praised" if kind == "advocates" else kind]


def _without_extremes(rows: pd.DataFrame) -> pd.DataFrame:
    strength = rows["sentiment_score"].abs().fillna(0)
    by_theme = strength.groupby(rows["theme"])
    size = by_theme.transform("size")
    # equal strengths keep their order, so that exactly the tenth goes
    rank = by_theme.rank(method="first", ascending=False)
    return rows[(size < 10) | (rank > (EXTREME * size).astype("int64"))]
