"""What is tracked by rule, counted as themes are and set beside them."""

from __future__ import annotations

import pandas as pd

from voc.analytics.base import PRIVACY_MIN_N, cluster_key, grouped, lines_of, shared_key, tagged, withhold
from voc.analytics.intervals import wilson
from voc.analytics.mentions import leaf_themes, theme_mentions
from voc.analytics.shares import shares_of
from voc.analytics.volume import theme_table
from voc.rules import matches, parse
from voc.schema import KEY

PERIOD_COLUMNS = ["topic", "period", "n", "count", "share", "low", "high", "small"]


def topic_mentions(comments: pd.DataFrame, topics: pd.DataFrame) -> pd.DataFrame:
    """``dataset, id, topic, sentiment``: a row for each tagged comment and topic (``name``, ``rule``) that fits it,
    with the comment's tone.

    Raises:
        RuleError: a rule that cannot be read.
    """
    return _mentions(comments, topics, list(KEY))


def _mentions(comments: pd.DataFrame, topics: pd.DataFrame, on: list[str]) -> pd.DataFrame:
    rows = tagged(comments)
    own = rows[[*on, "sentiment"]]
    fitting = [
        own[matches(parse(rule), rows)].assign(topic=name)
        for name, rule in zip(topics["name"], topics["rule"], strict=True)
    ]
    return pd.concat(fitting or [own.iloc[:0].assign(topic="")], ignore_index=True)


def topic_table(
    comments: pd.DataFrame,
    segments: pd.DataFrame,
    themes: pd.DataFrame,
    topics: pd.DataFrame,
    level: float = 0.95,
) -> pd.DataFrame:
    """One row per topic, most mentioned first: ``topic, rule``, the columns of ``theme_table`` from ``n`` on, and how
    the discovered themes see it: ``companion`` (label of the theme most of its comments mention, None where they
    mention none), ``companion_share`` and ``unthemed_share`` (of its comments, 0…1, with Wilson's interval as
    ``unthemed_low`` and ``unthemed_high``; under 5 comments NaN).

    ``attrs["n_tagged"]``: the tagged comments. A topic counts a comment once, praised or
    criticised by the tone of the whole comment.

    Raises:
        RuleError: a rule that cannot be read.
    """
    on = shared_key(comments, segments)
    mentions = _mentions(comments, topics, on)
    as_themes = pd.DataFrame(
        {"id": topics["name"], "label": topics["rule"], "status": "active", "parent": pd.NA}, dtype=object
    )
    table = theme_table(comments, mentions.rename(columns={"topic": "theme"}), as_themes, level)
    beside = _beside(mentions, theme_mentions(comments, segments, themes)[[*on, "theme"]], themes, on, level)
    result = table.rename(columns={"theme": "topic", "label": "rule"}).join(beside, on="topic")
    result.attrs["n_tagged"] = table.attrs["n_tagged"]
    return result


def topic_periods(
    comments: pd.DataFrame, topics: pd.DataFrame, period: str = "month", level: float = 0.95
) -> pd.DataFrame:
    """Each topic over time, from the first dated comment on, whenever its rule was set down: ``topic, period, n`` (the
    period's tagged comments), ``count, share, low, high, small``.

    share = count / n, 0…1; Wilson's (1927) interval, on the effective sample size where customers repeat. Under 5
    comments in a period only ``n``. Comments without a date are left out.

    Raises:
        UsageError: unknown period. RuleError: a rule that cannot be read.
    """
    rows = grouped(tagged(comments), None, period)
    rows = rows[rows["date"].notna()]
    if topics.empty or rows.empty:
        table = pd.DataFrame(columns=PERIOD_COLUMNS)
        table.attrs["note"] = "No topic, or no dated, tagged comment: there is no course to show."
        return table
    fitting = pd.DataFrame(
        {name: matches(parse(rule), rows) for name, rule in zip(topics["name"], topics["rule"], strict=True)},
        index=rows.index,
    )
    shares = shares_of(fitting, rows["period"], cluster_key(rows), level)
    table = shares.rename_axis(["topic", "period"]).reset_index().astype({"count": "Int64"})
    lines = lines_of(table.rename(columns={"topic": "by"}), overlapping=True)
    return withhold(table, ["count", "share", "low", "high"], lines=lines)[PERIOD_COLUMNS]


def _beside(
    mentions: pd.DataFrame, of_themes: pd.DataFrame, themes: pd.DataFrame, on: list[str], level: float
) -> pd.DataFrame:
    """By topic: ``companion, companion_share, unthemed_share, unthemed_low, unthemed_high``."""
    labels = leaf_themes(themes).set_index("id")["label"]
    pairs = mentions.merge(of_themes, on=on)
    counts = pairs.groupby(["topic", "theme"]).size().rename("n").reset_index()
    first = counts.sort_values(["n", "theme"], ascending=[False, True]).drop_duplicates("topic").set_index("topic")
    n = mentions.groupby("topic").size()
    themed = pairs.drop_duplicates(["topic", *on]).groupby("topic").size().reindex(n.index, fill_value=0)
    enough = n >= PRIVACY_MIN_N
    table = pd.DataFrame({"companion": first["theme"].map(labels).reindex(n.index)[enough].reindex(n.index)})
    table["companion_share"] = (first["n"].reindex(n.index) / n)[enough]
    table["unthemed_share"] = (1 - themed / n)[enough]
    low, high = wilson(n - themed, n, level)
    table["unthemed_low"] = pd.Series(low, n.index)[enough]
    table["unthemed_high"] = pd.Series(high, n.index)[enough]
    return table
