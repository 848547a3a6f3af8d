"""Checklists: do the lenses keep feeling and conduct apart, and do labels stay, or turn, when the wording changes?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from voc.lenses import LENSES
from voc.train.evaluation_sets import Record
from voc.train.figures import Figures, label_of, named, signals_of
from voc.train.labelled import TextRead
from voc.train.measures import mean


def contrast_figures(records: Sequence[Record], read: Sequence[TextRead]) -> Figures:
    """By group: its number ``n`` and the recall of the expected ``stance`` and ``sentiment``."""
    figures = {}
    for group in dict.fromkeys(record["group"] for record in records):
        own = [(record, one) for record, one in zip(records, read, strict=True) if record["group"] == group]
        recall = {
            lens: named(mean([float(label_of(one, lens) == record[lens]) for record, one in own]), "recall")
            for lens in ("stance", "sentiment")
        }
        figures[group] = {"n": len(own), **recall}
    return figures


def robustness_figures(records: Sequence[Record], read: Sequence[TextRead]) -> Figures:
    """By what is expected of a pair, ``same`` or ``flip``: by how its second text differs from the first, and ``all``.

    Of pairs that should read the same, ``share`` is that of the labels meant which are equal (signals as one label), a
    mean over pairs, and ``strict`` the share of pairs with all of them equal. Of pairs that should flip, ``share`` is
    that of the pairs in which both texts read as they should, ``second`` that of pairs whose second text does.
    """
    groups: dict[str, dict[str, list[list[bool]]]] = {}
    for record, a, b in zip(records, read[::2], read[1::2], strict=True):
        own = groups.setdefault(record["expect"], {})
        for kind in (record["kind"], "all"):
            own.setdefault(kind, []).append(_kept(record, a, b))
    return {expect: {kind: _shares(kept, expect) for kind, kept in kinds.items()} for expect, kinds in groups.items()}


def _kept(record: Record, a: TextRead, b: TextRead) -> list[bool]:
    """Of each label meant whether it is equal in both; of a flip whether each text is read as it should be."""
    lens = record["lens"]
    if record["expect"] == "flip":
        return [label_of(a, lens) == record["flip_from"], label_of(b, lens) == record["flip_to"]]
    meant = LENSES if lens == "all" else (lens,)
    return [(label := _label(a, lens)) is not None and label == _label(b, lens) for lens in meant]


def _label(read: TextRead, lens: str) -> Any:
    return signals_of(read) if lens == "signals" else label_of(read, lens)


def _shares(kept: Sequence[Sequence[bool]], expect: str) -> Figures:
    whole = mean([float(all(own)) for own in kept])
    shared: Figures = {"n": len(kept)}
    if expect == "flip":
        return shared | named(whole, "share") | {"second": mean([float(own[-1]) for own in kept]).value}
    return shared | named(mean([sum(own) / len(own) for own in kept]), "share") | {"strict": whole.value}
