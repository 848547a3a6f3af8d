"""How far the brief can be trusted: five lines, the method, and the manifest by which it is made again."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import pandas as pd

from voc.analytics import MIN_N, theme_table
from voc.analytics.answers import answers, main_survey
from voc.analytics.base import tagged
from voc.report import wording
from voc.report.measured import precision_and_recall
from voc.report.quotes import SEED
from voc.themes.model import UNSTABLE

_SCORES = {
    "nps": "NPS = % answering 9–10 − % answering 0–6, one row per response; adjusted Wald interval (Rocks 2016).",
    "stars": "Mean stars, one rating per response; Student's t interval.",
    "csat": "Mean CSAT, one rating per response; Student's t interval.",
    "sentiment": "Share of negative among the tagged comments; Wilson interval.",
}
_MODELS = {"ols": "least squares", "ridge": "ridge regression (some themes cannot be told apart)"}
#: What is said of the labels' quality: lens, class, and its name in a sentence.
_SHOWN = (("sentiment", "negative", "negative"), ("stance", "giving", "giving"), ("stance", "taking", "taking"))


def five_lines(
    comments: pd.DataFrame, segments: pd.DataFrame, themes: pd.DataFrame, kind: str
) -> tuple[tuple[str, str], ...]:
    """Base, coverage, labels, versions, intervals: each a heading and what a reader must know of it."""
    base = tagged(comments)
    return (
        ("Base", " ".join([*_size(base), *_surveys(comments, kind), "Only those who wrote or answered are heard."])),
        ("Coverage", " ".join([*_coverage(comments, segments, themes, base), *_language(comments)])),
        ("Labels", _labels(base)),
        ("Versions", " ".join([*_one_version(base), *_unstable(themes)])),
        (
            "Intervals",
            "95 %, for sampling alone: neither for wrong labels nor for who stays silent. Associations, which overlap: "
            "do not add them; mending one may gain more or less. Customers' accounts, not findings of intent.",
        ),
    )


def method(table: pd.DataFrame, kind: str) -> tuple[str, ...]:
    """How the figures were reckoned; ``table`` is what the complaints come from, with its ``attrs``."""
    notes = [
        f"{_SCORES[kind]} Changes, of scores and shares alike: at most 5 % of reports name any where nothing changed "
        "(Benjamini–Hochberg within headline figures, complaints and new themes, Bonferroni over the three)."
    ]
    if model := _MODELS.get(table.attrs.get("method", "")):
        held = wording.listed(table.attrs["controls"]) or "nothing else"
        notes.append(
            f"Complaints and gratitude: {model} of the score on every theme as praised and as criticised, holding "
            f"{held} constant; {table.attrs['errors']} errors, R² {table.attrs['r2']:.2f}. Effect on the whole score = "
            "share × difference per response. Named: at most 5 % false finds among all tested (Benjamini–Hochberg); "
            "intervals allow for picking them out (Benjamini and Yekutieli 2005). Holding a consequence constant can "
            "hide what lies behind it."
        )
    notes.append(
        "Change of a share: two full periods of equal length, Newcombe's interval (1998), Fisher's exact test. "
        "“Missed”: moves that had less than 80 % chance to be named."
    )
    notes.append("Net giving = % giving − % taking of the tagged comments (Agresti–Min).")
    notes.append(
        f"Quotes are drawn at random (seed {SEED}) among segments of the theme and tone that are short enough to "
        "print; no comment with personal data, no two alike."
    )
    return tuple(notes)


def manifest(
    comments: pd.DataFrame, run: Mapping[str, Any] | None, options: Mapping[str, str | None], command: str
) -> tuple[tuple[str, str], ...]:
    """Names and values of what the brief rests on: models, theme set, run, options, and the command for it."""
    base = tagged(comments)
    pairs = [
        (name, wording.listed(sorted(map(str, base[column].dropna().unique()))))
        for name, column in (("Model", "model_version"), ("Themes", "theme_version"))
    ]
    if run is not None:
        pairs += [("Run", str(run["run_id"])), ("Date of run", f"{run['finished']:%Y-%m-%d %H:%M} UTC")]
    pairs += [
        ("Rows", f"{len(comments):,}"),
        ("Datasets", wording.listed(sorted(map(str, comments["dataset"].unique())))),
    ]
    pairs += [(name, value) for name, value in options.items() if value]
    pairs += [("Seed of quotes", str(SEED)), ("voc", _own_version()), ("Command", command)]
    return tuple((name, value) for name, value in pairs if value)


def _own_version() -> str:
    try:
        return version("voc")
    except PackageNotFoundError:
        return ""


def _size(base: pd.DataFrame) -> list[str]:
    if len(base) < MIN_N:
        return [f"Only {wording.count(len(base), 'tagged comment')}: read the quotes, not the figures."]
    return [f"{wording.count(len(base), 'tagged comment')}."]


def _surveys(comments: pd.DataFrame, kind: str) -> list[str]:
    if kind == "sentiment":
        return []
    counts = answers(comments, kind).drop_duplicates("response")["survey_type"].value_counts()
    if len(counts) < 2:
        return []
    main = str(main_survey(comments, kind))
    rest = wording.count(int(counts.drop(main).sum()), "answer")
    score = wording.NAMES[kind]
    return [f"The {score} is of the survey type “{wording.shortened(main)}” alone: {rest} of others are not pooled."]


def _coverage(comments: pd.DataFrame, segments: pd.DataFrame, themes: pd.DataFrame, base: pd.DataFrame) -> list[str]:
    if base.empty:
        return ["No comment was tagged."]
    unthemed = theme_table(comments, segments, themes).attrs["unthemed_share"]
    unsure = base["abstained"].fillna(False).astype(bool).mean()
    return [
        f"{wording.percent(unthemed)} of the tagged comments fit no theme; giving or taking is unsure for "
        f"{wording.percent(unsure)} (counted all the same)."
    ]


def _labels(base: pd.DataFrame) -> str:
    versions = base["model_version"].dropna().unique()
    figures = precision_and_recall(str(versions[0])) if len(versions) == 1 else {}
    known = [(name, *figures[lens, label]) for lens, label, name in _SHOWN if (lens, label) in figures]
    if not known:
        return (
            "Precision and recall of these labels have not been measured on your comments, and none are known for this "
            "model: audit 200 comments before a board headline."
        )
    parts = [f"{name} {100 * p:.0f} % and {100 * r:.0f} %" for name, p, r in known]
    return (
        f"Precision and recall as measured on other companies' comments, against a language model's labels: "
        f"{wording.listed(parts)}. Not audited on yours."
    )


def _one_version(base: pd.DataFrame) -> list[str]:
    notes = []
    for column, what in (("model_version", "model"), ("theme_version", "theme-set")):
        found = sorted(map(str, base[column].dropna().unique()))
        if len(found) > 1:
            notes.append(f"Tagged by {len(found)} {what} versions: tag all again before comparing periods.")
        elif found:
            notes.append(f"One {what} version throughout ({found[0]}).")
    return notes or ["No model has tagged these rows."]


def _unstable(themes: pd.DataFrame) -> list[str]:
    n = int((themes["stability"] < UNSTABLE).sum())
    if not n:
        return []
    return [f"{wording.count(n, 'theme')} marked as unstable: looked for again, they take in other comments."]


def _language(comments: pd.DataFrame) -> list[str]:
    foreign = comments[comments["status"] == "unsupported_language"]
    if foreign.empty:
        return []
    names = ", ".join(sorted(map(str, foreign["language"].dropna().unique())))
    many = wording.count(len(foreign), "comment")
    return [f"{many} in languages the models cannot read ({names}): counted, not tagged."]
