"""Outcomes: what customers tried to get done, in their words, and where they failed."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pandas as pd

from voc.analytics.base import cluster_key, tagged, withhold
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
        r"(?:tried|trying|try|wanted|want|needed|need|attempted|attempting|hoped|hoping|meant|had) to",
    ),
)
#: Whose trying is not the customer's: one of the two words before.
_OTHERS = frozenset("they he she it who which company staff agent adviser advisor manager driver team".split())
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
    express describe think know like agree stop tell admit mention add try want
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
    by_comment = by_comment.merge(tagged(comments)[[*KEY, "response_id", "customer_id", "thread_id"]], on=list(KEY))
    shares = shares_of(by_comment[["failed", "succeeded"]], by_comment["goal"], cluster_key(by_comment), level)
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
    parts = segments[[*KEY, "segment_no", "start", "end", "theme", "sentiment"]]
    rows = parts.merge(tagged(comments)[[*KEY, "text", "pii"]], on=list(KEY)).sort_values([*KEY, "segment_no"])
    found: list[dict[str, object]] = []
    for row in rows.to_dict("records"):
        words = " ".join(row["text"][row["start"] : row["end"]].split())
        negative = row["sentiment"] == "negative"
        for goal, kind in goals(words):
            found.append(
                {
                    "dataset": row["dataset"],
                    "id": row["id"],
                    "goal": goal,
                    "failed": kind == "failed" or (kind == "tried" and negative),
                    "succeeded": kind == "succeeded" and not negative,
                    "theme": row["theme"],
                    "words": words,
                    "masked": hasattr(row["pii"], "__len__") and len(row["pii"]) > 0,
                }
            )
    return pd.DataFrame(found)


def _most_frequent(labels: pd.Series) -> str | None:
    counts = labels.value_counts()
    return None if counts.empty else str(min(counts.index[counts == counts.max()]))
