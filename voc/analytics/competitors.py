"""Competitors: who is named, in what tone, and in which direction customers move."""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np
import pandas as pd

from voc.analytics.base import PRIVACY_MIN_N, cluster_key, comment_places, segment_words, tagged, withhold
from voc.analytics.intervals import wilson
from voc.analytics.mentions import TONES
from voc.analytics.shares import shares_of
from voc.errors import UsageError
from voc.rules import Near, Or, Words, matches
from voc.rules.words import fold, words_of
from voc.schema import KEY

_TOLD = ("praised", "criticised", "leaving", "came_from")
COLUMNS = [
    *("competitor", "n", "base", "share", "low", "high"),
    *(name for told in _TOLD for name in (told, f"{told}_share", f"{told}_low", f"{told}_high")),
    "small",
]
_MOVES = Or(tuple(Words((verb,)) for verb in ("switch*", "moved", "moving", "move", "went", "going", "go", "chang*")))
_CAME = Or(tuple(Words((verb,)) for verb in ("switch*", "moved", "came", "coming", "transferred", "chang*")))
_NEAR = 3
#: Where a name that nobody listed tends to stand.
_UNLISTED = re.compile(
    r"\b(?:switch(?:ed|ing)?|moved?|moving|went|gone|going) (?:over )?(?:to|from)\s+"
    r"|\bunlike\s+|\bcompared (?:to|with)\s+"
    r"|\b(?:better|cheaper|worse|dearer|faster|slower) than\s+|\bleft for\s+"
)
_NAME = re.compile(r"[A-Z][\w&]+(?: [A-Z][\w&]+)?")


def competitors(
    comments: pd.DataFrame, segments: pd.DataFrame, names: Iterable[str] | None = None, level: float = 0.95
) -> pd.DataFrame:
    """Comments on one brand that name another, most named first: ``competitor, n``; ``base`` (tagged comments that are
    not on the competitor itself), ``share`` = n / base with ``low, high``; of the ``n``: ``praised`` and ``criticised``
    (a sentence that names it is positive or mixed, negative or mixed, *whoever it is said of*), ``leaving`` ("switched
    to …") and ``came_from`` ("moved from …"), each with ``…_share, …_low, …_high``; ``small``.

    ``names``: whom to look for; by default the brands of the data. Whole words, in any case. Shares 0…1, Wilson's
    (1927) interval, of the ``n`` on the effective sample size where customers repeat; under 5 comments only ``n``.

    Raises:
        UsageError: a name without a letter or digit.
    """
    base = tagged(comments)
    wanted = sorted({*base["brand"].dropna()} if names is None else {*names})
    parts = [_named(name, base, segments) for name in wanted]
    rows = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["competitor"])
    if rows.empty:
        table = pd.DataFrame(columns=COLUMNS)
        table.attrs["note"] = (
            "No comment names another brand." if wanted else "Say whom to look for: the data name no brands."
        )
        return table
    shares = shares_of(rows[list(_TOLD)], rows["competitor"], cluster_key(rows), level)
    table = shares.loc["praised", ["n"]].rename_axis("competitor").reset_index()
    brand = base["brand"].map(fold, na_action="ignore")
    table["base"] = [int((brand != fold(name)).sum()) for name in table["competitor"]]
    table["share"] = table["n"] / table["base"]
    table["low"], table["high"] = wilson(table["n"], table["base"], level)
    for told in _TOLD:
        of_told = shares.loc[told].reindex(table["competitor"])
        table[told] = of_told["count"].astype("Int64").to_numpy()
        for name in ("share", "low", "high"):
            table[f"{told}_{name}"] = of_told[name].to_numpy()
    table = withhold(table, COLUMNS[3:-1])
    return table.sort_values(["n", "competitor"], ascending=[False, True], ignore_index=True)[COLUMNS]


def unlisted_names(comments: pd.DataFrame, known: Iterable[str] = ()) -> pd.DataFrame:
    """Names that stand where a competitor's tends to stand ("switched to …", "cheaper than …") and are not ``known``
    nor a brand of the data: ``name, n`` (tagged comments, 5 or more), most frequent first. To choose from.
    """
    base = tagged(comments)
    out = {fold(name) for name in (*known, *base["brand"].dropna())}
    found = [
        {match[0] for place in _UNLISTED.finditer(text) if (match := _NAME.match(text, place.end()))}
        for text in base["text"]
    ]
    counts = pd.Series([name for own in found for name in own if fold(name) not in out], dtype=object).value_counts()
    table = counts[counts >= PRIVACY_MIN_N].rename_axis("name").rename("n").reset_index()
    table = table.sort_values(["n", "name"], ascending=[False, True], ignore_index=True)
    if table.empty:
        table.attrs["note"] = f"No name that {PRIVACY_MIN_N} comments put where a competitor's tends to stand."
    return table


def _named(name: str, base: pd.DataFrame, segments: pd.DataFrame) -> pd.DataFrame:
    """Comments not on ``name`` itself that name it: their key, what makes them repeat, and what they tell."""
    parts = tuple(words_of(fold(name)))
    if not parts:
        raise UsageError(f"{name!r} names nobody: give a name of letters or digits")
    rule = Words(parts)
    others = base[base["brand"].map(fold, na_action="ignore") != fold(name)]
    rows = others[matches(rule, others)]
    told = rows[[*KEY, "response_id", "customer_id", "thread_id"]].assign(competitor=name)
    told["leaving"] = matches(Near(_MOVES, Words(("to", *parts)), _NEAR), rows)
    told["came_from"] = matches(Near(_CAME, Words(("from", *parts)), _NEAR), rows)
    place = comment_places(rows, segments)
    kept = np.flatnonzero(place >= 0)
    sentences = segments.iloc[kept]
    words = segment_words(rows["text"], sentences, place[kept])
    naming = matches(rule, pd.DataFrame({"text": words}))
    for polarity, tones in TONES.items():
        shown = naming & sentences["sentiment"].isin(tones).to_numpy()
        told[polarity] = np.bincount(place[kept][shown], minlength=len(rows)) > 0
    return told
