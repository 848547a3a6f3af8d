"""What ``voc evaluate`` found as tables, for the terminal and for a page; no wider than 80 columns, texts apart."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from voc.train.evaluation_sets import CONTRAST, ROBUSTNESS, THREE_CLASS
from voc.train.figures import LEAST_EXAMPLES, Figures

#: Whose figures: the key under ``references``, and its name in a table.
OURS = "these lenses"
NAMES = {"fast": "fast profile", "linear_heads": "linear heads", "vader": "VADER", "sentiment_map": "true sentiment"}
#: Lenses of few, plainly different classes, whose confusion is left out.
UNCONFUSED = ("intent", "advocacy")
#: Titles and last columns by what pairs of texts should do, and where the last column is found.
PAIRS = {
    "same": ("Wording changed: labels that stay", ("labels the same", "all of a pair"), "strict"),
    "flip": ("Meaning turned: labels that turn", ("both as they should", "second text"), "second"),
}


class Table(NamedTuple):
    """Rows under a title; a cell is text, a number or None."""

    title: str
    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]


def tables(document: Figures) -> list[Table]:
    """Every table that the document has figures for, the most telling first."""
    everyone = [(OURS, document)]
    everyone += [(name, document["references"][key]) for key, name in NAMES.items() if key in document["references"]]
    found = [*_labelled(document, everyone), *_three_class(document, everyone)]
    if CONTRAST in document:
        found.append(_contrast(everyone))
    if ROBUSTNESS in document:
        found += [_pairs(expect, everyone) for expect in PAIRS if expect in document[ROBUSTNESS]]
    return found


def _labelled(document: Figures, everyone: list[tuple[str, Figures]]) -> Iterator[Table]:
    if not document["n"]:
        return
    alone = f", {document['left_alone']:,} of them left without tags" if document["left_alone"] else ""
    yield Table(
        f"{document['n']:,} labelled comments{alone}",
        ("lens", "labelled by", "macro-F1", "interval", "accuracy", "ECE"),
        [row for lens in document["lenses"] for who, own in everyone for row in _lens_rows(lens, who, own)],
    )
    if shares := [row for who, own in everyone for row in _share_rows(who, own)]:
        columns = ("measure", "labelled by", "share", "interval", "n")
        yield Table("Where sentiment misleads; evidence", columns, shares)
    for lens, m in document["lenses"].items():
        unmeasured = ", ".join(m.get("unmeasured", ()))
        few = f" (fewer than {LEAST_EXAMPLES} examples, unmeasured: {unmeasured})" if unmeasured else ""
        yield _classes(f"{lens.capitalize()}{few}", m)
    for lens, m in document["lenses"].items():
        if "confusion" in m and lens not in UNCONFUSED:
            yield _confusion(lens.capitalize(), m)
    for lens, wrong in document["mistakes"].items():
        yield Table(
            f"{lens.capitalize()}: the mistakes most sure of",
            ("truth", "found", "p", "comment"),
            [(one["truth"], one["found"], decimals(one["p"]), one.get("text") or one["id"]) for one in wrong],
        )


def _lens_rows(lens: str, who: str, own: Figures) -> Iterator[tuple[Any, ...]]:
    if (m := own["lenses"].get(lens)) is None:
        return
    if "micro_f1" in m:
        yield f"{lens}, micro", who, exact(m["micro_f1"]), _interval(m["micro_low"], m["micro_high"]), None, None
        lens = f"{lens}, n ≥ {LEAST_EXAMPLES}"
    yield lens, who, *_scores(m)


def _share_rows(who: str, own: Figures) -> Iterator[tuple[Any, ...]]:
    for part, measure, name in (
        ("neither", "recall", "neither despite feeling, recall"),
        ("evidence", "token_f1", "evidence, token-F1"),
    ):
        if part in own:
            m = own[part]
            yield name, who, exact(m[measure]), _interval(m["low"], m["high"]), m["n"]


def _three_class(document: Figures, everyone: list[tuple[str, Figures]]) -> Iterator[Table]:
    for i, ours in enumerate(document.get(THREE_CLASS, [])):
        alone = f", {ours['left_alone']:,} left without tags" if ours["left_alone"] else ""
        title = f"{ours['file']}: sentiment without mixed, {ours['n']:,} texts{alone}"
        rows = [(who, *_scores(own[THREE_CLASS][i])) for who, own in everyone if THREE_CLASS in own]
        yield Table(title, ("labelled by", "macro-F1", "interval", "accuracy", "ECE"), rows)
        yield _classes(f"{ours['file']}: classes", ours)
        yield _confusion(ours["file"], ours)


def _contrast(everyone: list[tuple[str, Figures]]) -> Table:
    rows = [
        (group, who, m["n"], *(_with_interval(m[lens]["recall"], m[lens]) for lens in ("stance", "sentiment")))
        for group in everyone[0][1][CONTRAST]
        for who, own in everyone
        if CONTRAST in own
        for m in (own[CONTRAST][group],)
    ]
    return Table("Feeling and conduct pull apart: recall", ("group", "labelled by", "n", "stance", "sentiment"), rows)


def _pairs(expect: str, everyone: list[tuple[str, Figures]]) -> Table:
    title, columns, last = PAIRS[expect]
    rows = [
        (name, who, m["n"], _with_interval(m["share"], m), decimals(m[last]))
        for who, own in everyone
        if ROBUSTNESS in own
        for name, m in sorted(own[ROBUSTNESS][expect].items(), key=lambda item: item[0] == "all")
    ]
    return Table(title, ("change", "labelled by", "n", *columns), rows)


def _classes(title: str, m: Figures) -> Table:
    rows = [
        (
            name,
            *(_with_bounds(c[measure], *c["intervals"][measure]) for measure in ("precision", "recall", "f1")),
            c["n"],
        )
        for name, c in m["classes"].items()
    ]
    return Table(title, ("class", "precision", "recall", "F1", "n"), rows)


def _confusion(title: str, m: Figures) -> Table:
    found = list(next(iter(m["confusion"].values())))
    rows = [(name, *counts.values()) for name, counts in m["confusion"].items()]
    return Table(f"{title}: truth (rows) and label found (columns)", ("", *found), rows)


def _scores(m: Figures) -> tuple[str, str, str, str]:
    return exact(m["macro_f1"]), _interval(m["low"], m["high"]), exact(m["accuracy"]), exact(m["ece"])


def _with_interval(value: float | None, m: Figures) -> str:
    return _with_bounds(value, m["low"], m["high"])


def _with_bounds(value: float | None, low: float | None, high: float | None) -> str:
    return decimals(value) if value is None else f"{decimals(value)} ({decimals(low)}–{decimals(high)})"


def _interval(low: float | None, high: float | None) -> str:
    return "–" if low is None else f"{exact(low)}–{exact(high)}"


def exact(value: float | None) -> str:
    """Three decimals, without a leading nought, – for none."""
    return "–" if value is None else f"{value:.3f}".removeprefix("0")


def decimals(value: float | None) -> str:
    """Two decimals, without a leading nought, – for none."""
    return "–" if value is None else f"{value:.2f}".removeprefix("0")
