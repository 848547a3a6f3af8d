"""Comments as safe HTML: every text escaped, chosen stretches marked, a line of facts below."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from typing import Any

import pandas as pd

from voc.schema import GIVING_SIGNALS

Span = tuple[int, int]

_STANCE_CLASS = {"giving": "giving", "taking": "taking"}


def spans_of(text: str, words: Iterable[str]) -> list[Span]:
    """Where each of ``words`` first stands in ``text``, in any case; words that do not occur are left out."""
    folded = text.lower()
    if len(folded) != len(text):  # a few letters grow in lower case; then only the exact spelling counts
        folded, words = text, list(words)
    else:
        words = [word.lower() for word in words]
    found = ((folded.find(word), len(word)) for word in words if word)
    return [(at, at + length) for at, length in found if at >= 0]


def marked(text: str, spans: Iterable[Span], tone: str = "plain") -> str:
    """``text`` as HTML with ``spans`` in ``<mark>``. Nothing in the text is taken as markup; overlapping
    spans are joined, those outside the text are cut."""
    parts, at = [], 0
    for start, end in _joined(spans, len(text)):
        parts.append(html.escape(text[at:start]))
        parts.append(f'<mark class="voc-{tone}">{html.escape(text[start:end])}</mark>')
        at = end
    parts.append(html.escape(text[at:]))
    return "".join(parts)


def card(comment: pd.Series, spans: Iterable[Span], tone: str | None = None) -> str:
    """A comment as an HTML article: its words with ``spans`` marked, then date, origin, score and tags."""
    text = comment["text"]
    stance = comment.get("stance")
    tone = tone or _STANCE_CLASS.get(str(stance), "plain")
    if _missing(text):
        words = '<p class="voc-words voc-none">No text: a score only.</p>'
    else:
        words = f'<p class="voc-words" dir="auto">{marked(text, spans, tone)}</p>'
    facts = " · ".join(html.escape(fact) for fact in _facts(comment))
    labels = "".join(_tag(label, "theme") for label in _listed(comment.get("theme_labels")))
    tags = "".join(_tag(str(signal), _signal_tone(str(signal))) for signal in _listed(comment.get("signals")))
    tags += "".join(_tag(f"# {tag}", "own") for tag in _listed(comment.get("tags")))
    noted = "" if _missing(comment.get("note")) else f'<p class="voc-note">{html.escape(comment["note"])}</p>'
    return (
        f'<article class="voc-card voc-{_STANCE_CLASS.get(str(stance), "plain")}-edge">{words}'
        f'<p class="voc-facts">{facts}</p><p class="voc-tags">{labels}{tags}</p>{noted}</article>'
    )


def quotation(comment: pd.Series) -> str:
    """A comment's words as they are quoted, with where they come from: “…” (survey, 3 May 2026, 2 of 10)."""
    facts = [str(comment[name]) for name in ("source", "brand") if not _missing(comment.get(name))]
    if not _missing(comment.get("date")):
        facts.append(f"{comment['date']:%-d %b %Y}")
    if score := score_words(comment.get("score"), comment.get("score_scale")):
        facts.append(score)
    return f"“{' '.join(str(comment['text']).split())}”" + (f" ({', '.join(facts)})" if facts else "")


def plain(text: str) -> str:
    """``text`` for places that read Markdown, with every sign that Markdown would act on escaped."""
    return "".join("\\" + sign if sign in "\\`*_{}[]<>()#+-.!|$:~^&" else sign for sign in text)


def bare(markdown: str) -> str:
    """What ``plain`` escaped and asterisks made bold, as text again: for a slide, where nothing reads Markdown."""
    return re.sub(r"\\(.)", r"\1", markdown.replace("**", ""))


def sentence(text: str) -> str:
    """``text`` as ``plain`` gives it, but with file names and pauses to read as they are."""
    return plain(text).replace("\\.", ".").replace("\\:", ":")


def _joined(spans: Iterable[Span], length: int) -> list[Span]:
    result: list[Span] = []
    for start, end in sorted((max(start, 0), min(end, length)) for start, end in spans):
        if start >= end:
            continue
        if result and start <= result[-1][1]:
            result[-1] = (result[-1][0], max(result[-1][1], end))
        else:
            result.append((start, end))
    return result


def _facts(comment: pd.Series) -> list[str]:
    facts = []
    if not _missing(comment.get("date")):
        facts.append(f"{comment['date']:%-d %b %Y}")
    facts += [str(comment[name]) for name in ("brand", "source", "product") if not _missing(comment.get(name))]
    if not _missing(comment.get("customer_segment")):
        facts.append(f"{comment['customer_segment']} customer")
    if score := score_words(comment.get("score"), comment.get("score_scale")):
        facts.append(score)
    if not _missing(comment.get("sentiment")):
        facts.append(str(comment["sentiment"]))
    if repeats := comment.get("repeats"):
        facts.append(f"said {repeats + 1:,} times, in these words or nearly")
    if not _missing(comment.get("abstained")) and bool(comment["abstained"]):
        facts.append("stance unsure")
    return facts


def score_words(score: Any, scale: Any) -> str:
    """A score as a reader says it: ``3 of 10``, ``4 of 5 stars``; empty without one."""
    if _missing(score):
        return ""
    number = f"{float(score):g}"
    return {
        "nps_0_10": f"{number} of 10",
        "stars_1_5": f"{number} of 5 stars",
        "csat_1_5": f"satisfaction {number} of 5",
        "percent": f"{number} %",
        "thumbs": "thumbs up" if float(score) > 0 else "thumbs down",
    }.get(str(scale), number)


def _signal_tone(signal: str) -> str:
    return "giving" if signal in GIVING_SIGNALS else "taking"


def _tag(text: str, tone: str) -> str:
    return f'<span class="voc-tag voc-tag-{tone}">{html.escape(text)}</span>'


def _listed(values: Any) -> list[Any]:
    return [] if values is None or isinstance(values, float) else list(values)


def _missing(value: Any) -> bool:
    return value is None or bool(pd.isna(value))
