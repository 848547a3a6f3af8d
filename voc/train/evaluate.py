"""Measure lenses on labelled texts that they were not trained on, beside simpler ways to label them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path

from voc.encode import Encoder
from voc.lenses import LENSES, Heads
from voc.progress import Progress, Silent
from voc.schema import SENTIMENTS, STANCES
from voc.train.checklists import contrast_figures, robustness_figures
from voc.train.evaluation_sets import CONTRAST, LABELLED, ROBUSTNESS, THREE, THREE_CLASS, EvaluationSet, read_sets
from voc.train.figures import (
    Figures,
    choice_figures,
    evidence_figures,
    label_of,
    mistakes,
    neither_figures,
    probability_of,
    sentiment_of_three,
    several_figures,
    signals_of,
)
from voc.train.labelled import TextRead, read_texts
from voc.train.references import fast_profile, linear_heads, stances_of_sentiment, vader_sentiments

Reads = list[list[TextRead]]


def evaluate(
    data: Sequence[Path],
    encoder: Encoder,
    heads: Heads,
    against: Sequence[Path] = (),
    progress: Progress | None = None,
) -> Figures:
    """Read the texts in ``data`` with the lenses, compare, return the contract's document.

    ``data``: labelled comments, three-class sentiment sets, checklists (``evaluation_sets`` tells them apart). Beside
    ``n`` and ``lenses`` the document holds what its files allow: ``left_alone`` (comments without tags; they count as
    wrong), ``neither``, ``evidence``, ``mistakes``, ``three_class``, ``contrast``, ``robustness``; and ``references``,
    the same figures of others: ``vader``, ``sentiment_map`` (the true sentiment read as stance) and, with labelled
    comments to learn from in ``against``, ``linear_heads`` on the encoder's themes' view; and ``fast``, these lenses in
    the fast profile, with ``by_words``, the share of each file's texts that it decides by their words alone.
    Intervals: 95 % percentile bootstrap over texts. Raises InputError for unusable data.
    """
    progress = progress or Silent()
    sets = read_sets(data)
    references = _references(sets)
    if against:  # first, so that unusable data is found before the lenses have read everything
        with progress.task("Training linear heads to compare with", None) as advance:
            other, trained = linear_heads(against, encoder, advance)
        references["linear_heads"] = _figures(sets, _read(sets, other, trained, progress, "Reading with them"))
        references["linear_heads"].pop("mistakes", None)
    reads = _read(sets, encoder, heads, progress, "Reading")
    fast, shares = zip(*(fast_profile(own, heads) for own in reads), strict=True)
    references["fast"] = _figures(sets, list(fast))
    references["fast"].pop("mistakes", None)
    references["fast"]["by_words"] = {one.name: share for one, share in zip(sets, shares, strict=True)}
    return {
        "files": [path.name for path in data],
        "model": {"encoder": encoder.name, "lenses": heads.version},
        **_figures(sets, reads),
        "references": references,
    }


def _read(sets: Sequence[EvaluationSet], encoder: Encoder, heads: Heads, progress: Progress, label: str) -> Reads:
    texts = [text for one in sets for text in one.texts]
    with progress.task(label, len(texts)) as advance:
        read = iter(read_texts(texts, encoder, heads, advance))
    return [list(islice(read, len(one.texts))) for one in sets]


def _figures(sets: Sequence[EvaluationSet], reads: Reads) -> Figures:
    """The figures of one model's reading of every set."""
    document: Figures = {"n": 0, "lenses": {}}
    for one, read in zip(sets, reads, strict=True):
        if one.kind == LABELLED:
            document |= _labelled(one, read)
        elif one.kind == THREE_CLASS:
            found, p = zip(*map(sentiment_of_three, read), strict=True)
            document.setdefault(THREE_CLASS, []).append(_three_class(one, found, p))
        else:
            document[one.kind] = _CHECKLISTS[one.kind](one.records, read)
    return document


_CHECKLISTS: dict[str, Callable[..., Figures]] = {CONTRAST: contrast_figures, ROBUSTNESS: robustness_figures}


def _labelled(one: EvaluationSet, read: list[TextRead]) -> Figures:
    truth = {lens: [record[lens] for record in one.records] for lens in LENSES}
    lenses = {
        lens: several_figures(truth[lens], [signals_of(r) for r in read])
        if lens == "signals"
        else choice_figures(
            truth[lens], [label_of(r, lens) for r in read], classes, [probability_of(r, lens) for r in read]
        )
        for lens, classes in LENSES.items()
    }
    return {
        "n": len(read),
        "left_alone": sum(r.reading is None for r in read),
        "lenses": lenses,
        "neither": neither_figures(one.records, [label_of(r, "stance") for r in read]),
        "evidence": evidence_figures(one.records, read),
        "mistakes": {lens: mistakes(lens, one.records, read) for lens in ("stance", "sentiment")},
    }


def _three_class(one: EvaluationSet, found: Sequence[str | None], p: Sequence[float | None] | None = None) -> Figures:
    truth = [record["label"] for record in one.records]
    return {
        "file": one.name,
        "n": len(truth),
        "left_alone": sum(label is None for label in found),
        **choice_figures(truth, found, THREE, p),
    }


def _references(sets: Sequence[EvaluationSet]) -> Figures:
    """What needs no training: VADER's sentiment, and the true sentiment read as stance."""
    references: Figures = {}
    for one in sets:
        if one.kind == LABELLED:
            sentiments = [record["sentiment"] for record in one.records]
            stances = [record["stance"] for record in one.records]
            mapped = stances_of_sentiment(sentiments)
            references["sentiment_map"] = {
                "n": len(stances),
                "lenses": {"stance": choice_figures(stances, mapped, STANCES)},
                "neither": neither_figures(one.records, mapped),
            }
        if one.kind not in (LABELLED, THREE_CLASS) or (found := vader_sentiments(one.texts)) is None:
            continue
        own = references.setdefault("vader", {"n": 0, "lenses": {}})
        if one.kind == THREE_CLASS:
            own.setdefault(THREE_CLASS, []).append(_three_class(one, found))
        else:
            truth = [record["sentiment"] for record in one.records]
            own |= {"n": len(found), "lenses": {"sentiment": choice_figures(truth, found, SENTIMENTS)}}
    return references
