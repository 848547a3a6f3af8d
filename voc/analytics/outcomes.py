"""Outcomes: what customers tried to get done, in their words, and where they failed."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from voc.analytics.base import cluster_key, comment_places, is_tagged, segment_words, withhold
from voc.analytics.mentions import leaf_themes
from voc.analytics.shares import shares_of
from voc.schema import KEY

COLUMNS = ["goal", "n", "failed", "share_failed", "low", "high", "succeeded", "companion", "example", "small"]

#: How a goal is told of: what stands before the verb. The surest first.
_TOLD = (
    (
        "failed",
        r"(?:unable|not able|failed|failing|impossible|no way|struggled|struggling|never managed) to"
        r"|can(?:no|'|’)?t|can not|could(?:n['’]?t| not)|(?:would|will)(?:n['’]t| not) let me|won['’]t let me",
    ),
    ("succeeded", r"(?:managed|able) to|let me|so I could"),
    (
        "tried",
        r"(?:tried|trying|try|wanted|want|needed|need|attempted|attempting|hoped|hoping|meant) to",
    ),
)
#: Wording that can tell of a goal, for a quick look at which texts have any.
_TELLING = r"(?i)\b(?:" + "|".join(words for _, words in _TOLD) + r")\s+[a-z]"
#: Whose trying is not the customer's: one of the two words before.
_OTHERS = frozenset("they he she who which company staff agent adviser advisor manager driver team".split())
_GOAL = re.compile(
    r"\b(?:" + "|".join(f"(?P<{kind}>{words})" for kind, words in _TOLD) + r") (?=(?P<goal>[a-z]+(?: [\w'’-]+){0,4}))",
    re.IGNORECASE,
)
#: Verbs that say too little alone: the word they act on is named with them.
_LIGHT = frozenset("get do make have take use find go give keep put set change add see speak talk".split())
#: What does not name the thing acted on.
_SMALL = frozenset(
    """a an the my our your their his her its this that these those any some it them me us you him one anything
    something to of for in on at with from by up out through back into about more again all even just so and or but
    as""".split()
)
#: "can't fault them", "couldn't be happier": no goals.
_NO_GOALS = frozenset(
    """be recommend fault believe wait complain praise thank say imagine help stress understand rate emphasise emphasize
    express describe think know laugh write love down like agree stop tell admit mention add try want
    need""".split()
)


def outcomes(comments: pd.DataFrame, segments: pd.DataFrame, themes: pd.DataFrame, level: float = 0.95) -> pd.DataFrame:
    """What customers tell of having tried, most told of first: ``goal`` (the verb, with what it acts on where the verb
    alone says little: ``cancel``, ``get refund``), ``n`` tagged comments, ``failed`` of them, ``share_failed, low,
    high``, ``succeeded``, ``companion`` (label of the theme most of them are on, None without), ``example`` (the first
    such sentence without personal data), ``small``.

    Found by wording: "tried to …", "couldn't …", "managed to …" (in English), unless
    they, the company or its people are who tried. Failed: the wording says so ("unable
    to"), or the sentence tells of trying and is negative. Succeeded: the wording says so, and it is not negative. The
    rest leave it open. share_failed = failed / n, 0…1, Wilson's (1927) interval on the effective sample size where
    customers repeat; under 5 comments only ``n``, and no example.
    """
    rows = _attempts(comments, segments)
    if rows.empty:
        table = pd.DataFrame(columns=COLUMNS)
        table.attrs["note"] = "No comment tells in so many words of something tried."
        return table
    by_comment = rows.groupby([*KEY, "goal"], as_index=False)[["failed", "succeeded"]].any()
    base = comments.loc[is_tagged(comments), [*KEY, "response_id", "customer_id", "thread_id"]]
    who = cluster_key(base.iloc[comment_places(base, by_comment)]).reset_index(drop=True)
    shares = shares_of(by_comment[["failed", "succeeded"]], by_comment["goal"], who, level)
    shares = shares.reset_index("label").rename(columns={"count": "failed", "share": "share_failed"})
    table = shares[shares["label"] == "failed"].drop(columns="label")
    table["succeeded"] = shares.loc[shares["label"] == "succeeded", "failed"]
    labels = leaf_themes(themes).set_index("id")["label"]
    table["companion"] = rows.assign(label=rows["theme"].map(labels)).groupby("goal")["label"].agg(_most_frequent)
    table["example"] = rows[~rows["masked"]].groupby("goal")["words"].first()
    table = table.rename_axis("goal").reset_index().astype({"failed": "Int64", "succeeded": "Int64"})
    table = withhold(table, COLUMNS[2:-1])
    return table.sort_values(["n", "goal"], ascending=[False, True], ignore_index=True)[COLUMNS]


def goals(sentence: str) -> Iterator[tuple[str, str]]:
    """Yield (goal, ``failed``, ``succeeded`` or ``tried``) for each thing that a sentence says somebody tried."""
    for match in _GOAL.finditer(sentence):
        verb, *rest = re.findall(r"[\w'’-]+", match["goal"].lower())
        if verb in _NO_GOALS or verb in _SMALL or _OTHERS & set(sentence[: match.start()].lower().split()[-2:]):
            continue
        thing = next((word for word in rest if word not in _SMALL), None)
        kind = str(match.lastgroup if match.lastgroup != "goal" else _kind(match))
        if verb not in _LIGHT:
            yield verb, kind
        elif thing is not None:
            yield f"{verb} {thing}", kind


def _kind(match: re.Match[str]) -> str:
    return next(kind for kind, _ in _TOLD if match[kind])


def _attempts(comments: pd.DataFrame, segments: pd.DataFrame) -> pd.DataFrame:
    """A row per goal that a segment tells of: ``dataset, id, goal, failed, succeeded, theme, words, masked``."""
    base = comments.loc[is_tagged(comments), [*KEY, "text", "pii"]]
    base = base[_telling(base["text"])]
    place = comment_places(base, segments)
    kept = np.flatnonzero(place >= 0)
    words = segment_words(base["text"], segments.iloc[kept], place[kept])
    telling = _telling(words)
    kept, words = kept[telling], words[telling]
    told = [(i, goal, kind) for i, own in enumerate(words) for goal, kind in goals(" ".join(own.split()))]
    at = np.array([i for i, *_ in told], dtype=np.intp)
    rows = segments.iloc[kept[at]][[*KEY, "segment_no", "theme", "sentiment"]].reset_index(drop=True)
    kinds, negative = pd.Series([kind for *_, kind in told], dtype=object), rows["sentiment"].eq("negative")
    rows = rows.assign(
        goal=pd.Series([goal for _, goal, _ in told], dtype=object),
        failed=kinds.eq("failed") | (kinds.eq("tried") & negative),
        succeeded=kinds.eq("succeeded") & ~negative,
        words=[" ".join(words[i].split()) for i in at],
        masked=[hasattr(own, "__len__") and len(own) > 0 for own in base["pii"].to_numpy(object)[place[kept[at]]]],
    )
    return rows.sort_values([*KEY, "segment_no"], ignore_index=True)


def _telling(texts: pd.Series | npt.NDArray[np.object_]) -> npt.NDArray[np.bool_]:
    found = pc.match_substring_regex(pa.array(texts, pa.large_string()), _TELLING)
    return np.asarray(found.to_numpy(zero_copy_only=False), dtype=bool)


def _most_frequent(labels: pd.Series) -> str | None:
    counts = labels.value_counts()
    return None if counts.empty else str(min(counts.index[counts == counts.max()]))
