"""How many comments, in what tone, about what."""

from __future__ import annotations

import numpy as np
import pandas as pd

from voc.analytics.answers import main_survey, of_survey
from voc.analytics.balance import net_giving
from voc.analytics.base import (
    MIN_N,
    PRIVACY_MIN_N,
    grouped,
    joined,
    lines_of,
    of_use,
    shared_key,
    tagged,
    version_obstacle,
    withheld,
    withhold,
)
from voc.analytics.intervals import adjusted_wald_difference, mean_interval, newcombe_difference, wilson
from voc.analytics.mentions import leaf_themes, theme_mentions
from voc.analytics.nps import nps_table
from voc.schema import KEY, SENTIMENTS

#: ``theme_table`` compares the last so many days with as many before them.
TREND_DAYS = 90


def volume(comments: pd.DataFrame, by: str | None = None, period: str | None = None) -> pd.DataFrame:
    """Counts by group and period: ``by, period, n, with_text, tagged, scored``. Rows of ``comments``, not
    responses.

    Raises:
        UsageError: unknown column or period.
    """
    rows = grouped(of_use(comments, (by, "text")), by, period)
    rows = rows.assign(
        n=1,
        with_text=rows["text"].notna(),
        tagged=rows["status"].eq("ok") & rows["stance"].notna(),
        scored=rows["score"].notna(),
    )
    counts = rows.groupby(["group", "period"])[["n", "with_text", "tagged", "scored"]].sum()
    table = counts.rename_axis(["by", "period"]).reset_index().astype({"by": "str"})
    if table.empty:
        table.attrs["note"] = "No comment: there is nothing to count."
    return table


def sentiment_table(
    comments: pd.DataFrame, by: str | None = None, period: str | None = None, level: float = 0.95
) -> pd.DataFrame:
    """Shares of the four sentiments, one row each per group and period:
    ``by, period, sentiment, n, count, share, low, high, small``.

    ``n`` is the group's tagged comments, ``share`` = count / n (0…1) with Wilson's (1927) interval.

    Raises:
        UsageError: unknown column or period.
    """
    rows = grouped(tagged(of_use(comments, (by,))), by, period)
    labels = pd.DataFrame({label: rows["sentiment"].eq(label) for label in SENTIMENTS})
    counts = labels.groupby([rows["group"], rows["period"]]).sum()
    table = counts.assign(n=counts.sum(axis=1)).rename_axis(["by", "period"]).reset_index().astype({"by": "str"})
    table["hidden"] = withheld(table["n"], lines_of(table, bool(rows.duplicated(shared_key(rows)).any())))
    table = table.melt(["by", "period", "n", "hidden"], var_name="sentiment", value_name="count")
    table["sentiment"] = pd.Categorical(table["sentiment"], SENTIMENTS)
    table = table.sort_values(["by", "period", "sentiment"], ignore_index=True).astype({"sentiment": str})
    table["share"] = table["count"] / table["n"].where(table["n"] > 0)
    table["low"], table["high"] = wilson(table["count"], table["n"], level)
    table["count"] = table["count"].astype("Int64")
    for name in ("count", "share", "low", "high"):
        table[name] = table[name].mask(table["hidden"])
    table["small"] = table["n"] < MIN_N
    if table.empty:
        table.attrs["note"] = "No tagged comment: there is no tone to share out."
    return table[["by", "period", "sentiment", "n", "count", "share", "low", "high", "small"]]


def theme_table(
    comments: pd.DataFrame, segments: pd.DataFrame, themes: pd.DataFrame, level: float = 0.95
) -> pd.DataFrame:
    """One row per active leaf theme, most mentioned first. Every estimate has ``…low`` and ``…high`` beside
    it.

    theme, label, n (comments that mention it), share (of the tagged comments, Wilson),
    sentiment_balance (100 · (praised − criticised) / n, −100…100, adjusted Wald as for ``net_giving``),
    net_giving (of the comments that mention it), nps_n and nps (of the responses that mention it, of one survey type),
    stars_n and stars (their mean, Student's t), recent_share and before_share (last ``TREND_DAYS`` days up to
    the latest date, and as many before), trend (their difference; Newcombe 1998; not where either time has
    fewer than five comments), small. ``attrs``:
    ``n_tagged``, ``unthemed`` (tagged comments without an active leaf theme), ``unthemed_share`` with
    ``unthemed_low`` and ``unthemed_high``, and ``note`` where the comments cannot stand in one table.
    """
    if segments.empty:  # and so of no type
        segments = pd.DataFrame(columns=[*KEY, "theme", "sentiment"], dtype="str")
    base = tagged(of_use(comments, shared_key(comments, segments)))
    mentions = theme_mentions(base[[*shared_key(base, segments), "status", "stance"]], segments, themes)
    mentions["theme"] = mentions["theme"].astype("category")
    rows = joined(mentions[[*shared_key(mentions), "theme"]], base)
    table = leaf_themes(themes).rename(columns={"id": "theme"})
    table["n"] = table["theme"].map(rows["theme"].value_counts()).fillna(0).astype("int64")
    table["share"] = table["n"] / (len(base) or np.nan)
    table["low"], table["high"] = wilson(table["n"], len(base), level)
    table = table.merge(_tone(mentions, level), on="theme", how="left")
    table = table.merge(_balance(rows, level), on="theme", how="left")
    answered = of_survey(rows, main_survey(base, "nps"))
    table = table.merge(_scores(answered, level), on="theme", how="left")
    rated = of_survey(rows, main_survey(base, "stars"))
    table = table.merge(_stars(rated, level), on="theme", how="left")
    table = _trend(table, base, rows, level)
    table[["nps_n", "stars_n"]] = table[["nps_n", "stars_n"]].fillna(0).astype("int64")
    table = withhold(table, [name for name in table.columns if name.startswith(("sentiment_", "net_giving"))])
    table = table.sort_values(["n", "theme"], ascending=[False, True], ignore_index=True)
    unthemed = len(base) - int((~mentions.duplicated(shared_key(mentions))).sum())
    low, high = wilson(unthemed, len(base), level)
    if note := version_obstacle(base):
        table.attrs["note"] = note
    table.attrs.update(
        n_tagged=len(base),
        unthemed=unthemed,
        unthemed_share=unthemed / len(base) if len(base) else float("nan"),
        unthemed_low=float(low),
        unthemed_high=float(high),
    )
    return table


def heading_table(
    comments: pd.DataFrame, segments: pd.DataFrame, themes: pd.DataFrame, level: float = 0.95
) -> pd.DataFrame:
    """``theme_table`` of the headings over themes (``parent`` of active themes): a comment counts once under a heading,
    however many of its themes it mentions. Without headings no row.
    """
    active = themes[themes["status"].eq("active")]
    headings = active[active["id"].isin(set(active["parent"].dropna()))].assign(parent=None)
    above = dict(zip(active["id"], active["parent"], strict=True))
    lifted = segments.assign(theme=segments["theme"].map(above).astype("str")) if len(segments) else segments
    return theme_table(comments, lifted, headings, level)


def _tone(mentions: pd.DataFrame, level: float) -> pd.DataFrame:
    sums = mentions.groupby("theme")[["praised", "criticised"]].sum()
    both = (mentions["praised"] & mentions["criticised"]).groupby(mentions["theme"]).sum()
    estimates = adjusted_wald_difference(
        sums["praised"] - both,
        sums["criticised"] - both,
        mentions.groupby("theme").size(),
        add=0.5,
        add_n=2,
        level=level,
    )
    names = ("sentiment_balance", "sentiment_low", "sentiment_high")
    return pd.DataFrame(
        {name: 100 * value for name, value in zip(names, estimates, strict=True)}, index=sums.index.astype("str")
    ).reset_index()


def _balance(rows: pd.DataFrame, level: float) -> pd.DataFrame:
    table = net_giving(rows, by="theme", level=level)[["by", "net", "low", "high"]]
    return table.set_axis(["theme", "net_giving", "net_giving_low", "net_giving_high"], axis=1)


def _scores(rows: pd.DataFrame, level: float) -> pd.DataFrame:
    table = nps_table(rows, by="theme", level=level)[["by", "n", "nps", "low", "high"]]
    return table.set_axis(["theme", "nps_n", "nps", "nps_low", "nps_high"], axis=1)


def _stars(rows: pd.DataFrame, level: float) -> pd.DataFrame:
    starred = rows.loc[rows["score_scale"].eq("stars_1_5") & rows["score"].notna(), ["theme", "score"]]
    table = starred.groupby("theme")["score"].agg(stars_n="size", stars="mean", sd="std").reset_index()
    table = table.astype({"theme": "str"})
    table["stars_low"], table["stars_high"] = mean_interval(table["stars"], table["sd"], table["stars_n"], level)
    return withhold(table, ["stars", "stars_low", "stars_high"], n="stars_n").drop(columns=["sd", "small"])


def _trend(table: pd.DataFrame, base: pd.DataFrame, rows: pd.DataFrame, level: float) -> pd.DataFrame:
    last, span = base["date"].max(), pd.Timedelta(days=TREND_DAYS)
    counts, sizes = {}, {}
    for name, end in (("recent", last), ("before", last - span)):
        sizes[name] = int(((base["date"] > end - span) & (base["date"] <= end)).sum())
        within = rows[(rows["date"] > end - span) & (rows["date"] <= end)]
        counts[name] = table["theme"].map(within["theme"].value_counts()).astype("float64").fillna(0)
        table[f"{name}_share"] = counts[name] / (sizes[name] or np.nan)
    table["trend"] = table["recent_share"] - table["before_share"]
    low, high = newcombe_difference(counts["recent"], sizes["recent"], counts["before"], sizes["before"], level)
    table["trend_low"], table["trend_high"] = low, high
    if min(sizes.values()) < PRIVACY_MIN_N:  # all of one comment in three is no trend
        table[["trend", "trend_low", "trend_high"]] = np.nan
    return table
