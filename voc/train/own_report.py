"""What the training of a lens of the user's own found, for the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from voc.train.evaluation_tables import Table, decimals
from voc.train.figures import Figures
from voc.train.own import ENOUGH

#: Fewer texts of a class hold too few mistakes for resampling to show how sure a figure is.
_RESAMPLED: Final = 30
#: An interval of macro-F1 wider than this says little.
_WIDE: Final = 0.2


def table(manifest: Mapping[str, Any]) -> Table:
    """The cross-validated figures of every class, with intervals."""
    rows = [
        (
            name,
            decimals(c["precision"]),
            decimals(c["recall"]),
            f"{decimals(c['f1'])} ({decimals(c['low'])}–{decimals(c['high'])})",
            c["n"],
        )
        for name, c in manifest["cross_validated"]["classes"].items()
    ]
    title = f"{manifest['name']}: {manifest['rows']:,} labelled texts, each read by a lens that had not seen it"
    return Table(title, ("class", "precision", "recall", "F1", "n"), rows)


def remarks(manifest: Mapping[str, Any]) -> Iterator[str]:
    """The figure that counts, how sure it is, and what would help."""
    found = manifest["cross_validated"]
    low, high, n = found["low"], found["high"], manifest["rows"]
    yield (
        f"Macro-F1 {decimals(found['macro_f1'])} (95 % interval {decimals(low)}–{decimals(high)}, "
        f"{found['folds']}-fold cross-validation, near duplicates together)."
    )
    common, most = max(((name, c["n"]) for name, c in found["classes"].items()), key=lambda one: one[1])
    if not manifest["several"] and found["accuracy"] <= most / n:
        yield f"No better than always saying {common!r}: the labels do not agree, or the encoder sees no difference."
    if high - low > _WIDE:
        yield "The interval is wide because the texts are few: label more before you rely on the figure."
    if few := [name for name, c in found["classes"].items() if c["n"] < ENOUGH]:
        yield f"Fewer than {ENOUGH} texts: {', '.join(few)}."
    if manifest["left_out"]:
        yield f"{manifest['left_out']:,} row(s) without text or label were left out."
    if manifest["untaggable"]:
        yield (
            f"{manifest['untaggable']:,} of the texts are no answers or in another language: "
            "they were learnt from, but tagging leaves such texts alone."
        )


def too_few(found: Figures) -> Iterator[str]:
    """A remark on measured classes (of ``evaluate_own``) whose intervals are too narrow to be believed."""
    for m in found["lenses"].values():
        if few := [name for name, c in m["classes"].items() if c["n"] < _RESAMPLED]:
            yield f"Fewer than {_RESAMPLED} texts: {', '.join(few)}; the intervals are too narrow for so few."
