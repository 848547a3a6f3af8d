"""How far the brief can be trusted: coverage and caveats, how it was reckoned, which versions it rests on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from voc.analytics import MIN_N, theme_table
from voc.analytics.answers import answers, main_survey
from voc.analytics.base import tagged
from voc.report import wording
from voc.themes.model import UNSTABLE

_ALWAYS = (
    "Labels come from a model that learnt from comments labelled by a language model after a written codebook, "
    "not by people; its accuracy was measured on a set of labelled comments that is not yours.",
    "Associations, not causes: mending what is complained of may gain more or less. Effects overlap; do not add them.",
    "Only those who wrote or answered are heard; comments are customers' accounts, not findings of intent.",
)
_SCORES = {
    "nps": "NPS = % answering 9–10 − % answering 0–6, one row per response; adjusted Wald interval (Rocks 2016).",
    "stars": "Mean stars, one rating per response; Student's t interval.",
    "csat": "Mean CSAT, one rating per response; Student's t interval.",
    "sentiment": "Share of negative among the tagged comments; Wilson interval.",
}
_MODELS = {"ols": "least squares", "ridge": "ridge regression (some themes cannot be told apart)"}


def caveats(comments: pd.DataFrame, segments: pd.DataFrame, themes: pd.DataFrame) -> tuple[str, ...]:
    """What a reader must know of this data, then what holds of every brief."""
    base = tagged(comments)
    notes = [*_coverage(comments, segments, themes, base), *_language(comments), *_unstable(themes)]
    if len(base) < MIN_N:
        notes.append(f"Only {wording.count(len(base), 'tagged comment')}: read the quotes, not the figures.")
    counts = answers(comments, "nps").drop_duplicates("response")["survey_type"].value_counts()
    if len(counts) > 1:
        main = main_survey(comments, "nps")
        rest = wording.count(int(counts.drop(main).sum()), "answer")
        notes.append(f"The NPS is of the survey type “{main}” alone: {rest} of others are not pooled with it.")
    for column, what in (("model_version", "model"), ("theme_version", "theme-set")):
        versions = base[column].nunique()
        if versions > 1:
            notes.append(f"Tagged by {versions} {what} versions: tag all again before comparing periods.")
    return (*notes, *_ALWAYS)


def method(table: pd.DataFrame, kind: str) -> tuple[str, ...]:
    """How the figures were reckoned; ``table`` is what the complaints come from, with its ``attrs``."""
    notes = [f"{_SCORES[kind]} Change: the two intervals squared and added (Zou and Donner 2008)."]
    if model := _MODELS.get(table.attrs.get("method", "")):
        held = wording.listed(table.attrs["controls"]) or "nothing else"
        notes.append(
            f"Complaints: {model} of the score on every theme as praised and as criticised, holding {held} constant; "
            f"{table.attrs['errors']} errors, R² {table.attrs['r2']:.2f}. Effect on the whole score = share × "
            "difference per response. Named: at most 5 % false finds among all tested (Benjamini–Hochberg); intervals "
            "allow for picking them out (Benjamini and Yekutieli 2005)."
        )
    notes.append("Net giving = % giving − % taking of the tagged comments (Agresti–Min). All intervals are 95 %.")
    notes.append("Quotes: words nearest to the theme's middle; no comment with personal data.")
    return tuple(notes)


def versions(comments: pd.DataFrame, run: Mapping[str, Any] | None) -> tuple[tuple[str, str], ...]:
    """Names and values of what the brief rests on: models, theme set and the run that left the data so."""
    base = tagged(comments)
    pairs = [
        (name, wording.listed(sorted(map(str, base[column].dropna().unique()))))
        for name, column in (("Model", "model_version"), ("Themes", "theme_version"))
    ]
    if run is not None:
        pairs += [("Run", str(run["run_id"])), ("Date of run", f"{run['finished']:%Y-%m-%d %H:%M} UTC")]
    return tuple((name, value) for name, value in pairs if value)


def _coverage(comments: pd.DataFrame, segments: pd.DataFrame, themes: pd.DataFrame, base: pd.DataFrame) -> list[str]:
    if base.empty:
        return []
    unthemed = theme_table(comments, segments, themes).attrs["unthemed_share"]
    unsure = base["abstained"].fillna(False).astype(bool).mean()
    return [
        f"Coverage: {wording.percent(unthemed)} of the tagged comments fit no theme; the reading as giving or taking "
        f"is unsure for {wording.percent(unsure)} (counted all the same)."
    ]


def _unstable(themes: pd.DataFrame) -> list[str]:
    n = int((themes["stability"] < UNSTABLE).sum())
    if not n:
        return []
    return [
        f"{wording.count(n, 'theme')} marked as unstable: looked for again in resamples of the comments, "
        "they take in other comments. Read their quotes before relying on them."
    ]


def _language(comments: pd.DataFrame) -> list[str]:
    foreign = comments[comments["status"] == "unsupported_language"]
    if foreign.empty:
        return []
    names = ", ".join(sorted(map(str, foreign["language"].dropna().unique())))
    many = wording.count(len(foreign), "comment")
    return [f"{many} in languages the models cannot read ({names}): counted, not tagged."]
