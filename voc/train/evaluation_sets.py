"""What lenses are measured on: files told apart by their columns, checked before anything is encoded."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from voc.errors import InputError
from voc.lenses import LENSES
from voc.train.json_lines import json_lines
from voc.train.labelled_tables import TABLES, comment_rows

Record = dict[str, Any]

LABELLED: Final = "labelled"
THREE_CLASS: Final = "three_class"
CONTRAST: Final = "contrast"
ROBUSTNESS: Final = "robustness"

#: The columns by which each kind is known; the first kind that fits counts.
COLUMNS: Final[dict[str, tuple[str, ...]]] = {
    CONTRAST: ("text", "group", *LENSES),
    LABELLED: ("text", *LENSES),
    ROBUSTNESS: ("kind", "a", "b", "expect", "lens"),
    THREE_CLASS: ("text", "label"),
}

#: What a set with three classes can say.
THREE: Final = ("negative", "neutral", "positive")
_OPPOSITE: Final = {"positive": "negative", "negative": "positive", "giving": "taking", "taking": "giving"}


@dataclass(frozen=True)
class EvaluationSet:
    """Records of one kind. ``name``: the file's, without its folder; several joined by a comma.

    Labels of a three-class set are words of ``THREE``; a pair that should flip has ``flip_from`` beside ``flip_to``.
    """

    kind: str
    name: str
    records: list[Record]

    @property
    def texts(self) -> list[str]:
        """The texts to read: one a record, of a pair ``a`` and then ``b``."""
        if self.kind == ROBUSTNESS:
            return [record[side] for record in self.records for side in ("a", "b")]
        return [record["text"] for record in self.records]


def read_sets(paths: Sequence[Path]) -> list[EvaluationSet]:
    """Read the files; those of one kind become one set, but for three-class sets, which are measured apart.

    Raises InputError when a file cannot be read, is of no known kind, lacks a column or holds an unknown label.
    """
    found: dict[tuple[str, Path | None], list[tuple[Path, list[Record]]]] = {}
    for path in dict.fromkeys(paths):
        kind, records = _read(path)
        found.setdefault((kind, path if kind == THREE_CLASS else None), []).append((path, records))
    return [
        EvaluationSet(kind, ", ".join(path.name for path, _ in files), [r for _, records in files for r in records])
        for (kind, _), files in found.items()
    ]


def _read(path: Path) -> tuple[str, list[Record]]:
    if path.suffix.lower() in TABLES:
        return LABELLED, list(_from_table(path))
    records = json_lines(path)
    kind = next((kind for kind, columns in COLUMNS.items() if records[0][1].keys() >= set(columns)), None)
    if kind is None:
        kinds = "; ".join(f"{name.replace('_', '-')}: {', '.join(columns)}" for name, columns in COLUMNS.items())
        raise InputError(f"{path} has the columns {', '.join(records[0][1])}; what is measured has – {kinds}.")
    for number, record in records:
        if complaint := _complaint(kind, record):
            raise InputError(f"{path}, line {number} {complaint}.")
    rows = [record for _, record in records]
    return kind, _CLEANED[kind](path, rows) if kind in _CLEANED else rows


def _from_table(path: Path) -> Iterator[Record]:
    for where, record in comment_rows(path):
        if complaint := wrong_label(record):
            raise InputError(f"{where} {complaint}.")
        yield record


def _complaint(kind: str, record: Record) -> str | None:
    """What is wrong with a record, to follow the number of its line; None when nothing is."""
    if missing := [name for name in COLUMNS[kind] if name not in record]:
        return f"lacks {', '.join(missing)}"
    if wrong := [name for name in ("text", "a", "b") if name in COLUMNS[kind] and not isinstance(record[name], str)]:
        return f"has no text in {', '.join(wrong)}"
    if kind == ROBUSTNESS:
        return _wrong_pair(record)
    return None if kind == THREE_CLASS else wrong_label(record)


def wrong_label(record: Record) -> str | None:
    """Which label of a record is none of its lens, to follow the number of its line; None when all are."""
    for lens, classes in LENSES.items():
        given = record[lens] if lens == "signals" else [record[lens]]
        if not isinstance(given, list):
            return f"has signals {given!r}; a list is expected"
        for label in given:
            if label not in classes:
                return f"has the {lens} {label!r}; allowed are {', '.join(classes)}"
    return None


def _wrong_pair(record: Record) -> str | None:
    if record["expect"] not in ("same", "flip") or record["lens"] not in ("all", *LENSES):
        return (
            f"expects {record['expect']!r} of {record['lens']!r}; allowed are same, flip and all, {', '.join(LENSES)}"
        )
    if record["expect"] == "flip" and record.get("flip_to") not in set(_OPPOSITE) & set(LENSES.get(record["lens"], ())):
        return f"flips {record['lens']} to {record.get('flip_to')!r}, of which no opposite is known"
    return None


def _pairs(_: Path, records: list[Record]) -> list[Record]:
    return [r | {"flip_from": _OPPOSITE[r["flip_to"]]} if r["expect"] == "flip" else r for r in records]


def _three_classes(path: Path, records: list[Record]) -> list[Record]:
    """Bring labels to ``THREE``; of a set with parts (``extra.split``) keep the test part."""
    words = _words_for({str(record["label"]) for record in records})
    if unknown := sorted({str(record["label"]) for record in records} - words.keys()):
        named = ", ".join(unknown[:5]) + (" …" if unknown[5:] else "")
        raise InputError(
            f"{path} has the labels {named}; allowed are {', '.join(THREE)}, "
            "or steps from very negative to very positive, 0 to 4 or 1 to 5 (with 0 or 5 among them)."
        )
    test = [r for r in records if isinstance(r.get("extra"), dict) and r["extra"].get("split") == "test"]
    return [record | {"label": words[str(record["label"])]} for record in test or records]


def _words_for(labels: set[str]) -> Mapping[str, str]:
    """What the labels of a set mean: words themselves, or five steps from very negative to very positive."""
    for first in ("0", "1"):
        steps = [str(int(first) + step) for step in range(5)]
        if labels <= set(steps) and labels & {"0", "5"}:
            return dict(zip(steps, ("negative", "negative", "neutral", "positive", "positive"), strict=True))
    return {name: name for name in THREE}


_CLEANED: Final[dict[str, Callable[[Path, list[Record]], list[Record]]]] = {
    ROBUSTNESS: _pairs,
    THREE_CLASS: _three_classes,
}
