"""Precision and recall of the rules over words (stages of the journey, outcomes, leaving) on labelled sentences.

    python benchmarks/check_rules.py [--misses]

``tests/data/told.jsonl``: 206 sentences of ten trades, written and labelled by hand before any rule was run on them.
Rules may be worded after the half ``tune``; the figures to quote are those of ``test``. Tone is labelled by hand too:
in a store it comes from a model, which errs.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from machine import keep

from voc.analytics import default_stages
from voc.analytics.intervals import wilson
from voc.analytics.loyalty import LEAVING
from voc.analytics.outcomes import goals
from voc.rules import matches, parse

TOLD = Path(__file__).parents[1] / "tests" / "data" / "told.jsonl"
Mask = npt.NDArray[np.bool_]


def sentences(part: str | None = None) -> pd.DataFrame:
    """``text, stages, outcome, leaving, tone`` of the labelled sentences, of one part or of both."""
    rows = pd.DataFrame(json.loads(line) for line in TOLD.read_text(encoding="utf-8").splitlines())
    return rows if part is None else rows[rows["part"] == part].reset_index(drop=True)


def found_and_true(rows: pd.DataFrame) -> Iterator[tuple[str, Mask, Mask]]:
    """What is looked for; the sentences in which a rule finds it, and those in which a reader does."""
    stages = {name: matches(parse(rule), rows) for name, rule in default_stages().items()}
    labelled = {name: np.array([name in own for own in rows["stages"]]) for name in stages}
    yield "any stage", np.concatenate([*stages.values()]), np.concatenate([*labelled.values()])
    for name, found in stages.items():
        yield f"stage: {name}", found, labelled[name]
    kinds = [{kind for _, kind in goals(text)} for text in rows["text"]]
    negative = rows["tone"].eq("negative")
    failed = [bool("failed" in own or ("tried" in own and bad)) for own, bad in zip(kinds, negative, strict=True)]
    yield "outcome: something tried", np.array([bool(own) for own in kinds]), rows["outcome"].notna().to_numpy()
    yield "outcome: failed", np.array(failed), rows["outcome"].eq("failed").to_numpy()
    yield "leaving", matches(parse(LEAVING), rows), rows["leaving"].to_numpy(bool)


def figures(rows: pd.DataFrame) -> dict[str, dict[str, float | int]]:
    """Of each: ``found`` and ``labelled`` sentences, ``precision`` and ``recall`` (0…1) with Wilson's intervals."""
    result: dict[str, dict[str, float | int]] = {}
    for name, found, true in found_and_true(rows):
        both = int((found & true).sum())
        result[name] = {"found": int(found.sum()), "labelled": int(true.sum())}
        for measure, of in (("precision", int(found.sum())), ("recall", int(true.sum()))):
            low, high = wilson(both, of) if of else (np.nan, np.nan)
            estimates = {measure: both / of if of else np.nan, f"{measure}_low": low, f"{measure}_high": high}
            result[name] |= {key: round(float(value), 3) for key, value in estimates.items()}
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--misses", action="store_true", help="print the sentences of the half 'tune' on which they part"
    )
    options = parser.parse_args()
    if options.misses:
        rows = sentences("tune")
        for name, found, true in list(found_and_true(rows))[1:]:
            for text in rows["text"][found != true]:
                print(f"{name:26} {'found' if found[rows['text'].eq(text)].any() else 'missed'}: {text}")
        return
    keep(
        "rules",
        {
            "command": "python benchmarks/check_rules.py",
            "sentences": {part: len(sentences(part)) for part in ("tune", "test")},
            **{part: figures(sentences(part)) for part in ("tune", "test")},
        },
    )


if __name__ == "__main__":
    main()
