"""Names of themes, read by people: a sheet to judge from, and what readers said of it.

    python benchmarks/check_names.py sheet trustpilot_pet_insurance --out build/names.md [--n 10000] [--data FOLDER]
    python benchmarks/check_names.py count trustpilot_pet_insurance READER_1.md READER_2.md

A sheet has each theme's name, its five most typical sentences and ten drawn from the others that carry it, of those
that discovery fits on. A reader writes a line a theme: ``number | name | accept or reject | reason | better name``.
Accept: understandable, true of about half of the sentences or more, no one-sided verdict over praise and complaint
alike, told from the other names. The sheet holds texts of the set and stays where it is made; the counts are kept.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

os.environ["HF_HUB_OFFLINE"] = "1"

import numpy as np
from bench_themes import BRANDS, CHECKOUT, Data, ours
from machine import keep

from voc.text import prepare
from voc.themes import theme_text
from voc.themes.assign import assign
from voc.themes.clusters import unit
from voc.themes.discover import DiscoverOptions, choose

TYPICAL, DRAWN = 5, 10
LONGEST = 220


def sheet(data: Data, name: str, most: int) -> str:
    """Each theme of the set with what it is to be judged by, as Markdown."""
    brands = BRANDS if name == "trustpilot_pet_insurance" else ()
    texts = [prepare(row["text"]) for row in data.rows(name, most)]
    parts = [(p.text[s.start : s.end], n) for n, p in enumerate(texts) for s in p.segments]
    segments, comment_of = [part for part, _ in parts], np.array([n for _, n in parts])
    vectors = data.vectors([theme_text(segment, brands) for segment in segments])
    themes, _, _ = ours(data, segments, vectors, comment_of=comment_of, mask_terms=brands)
    fitted = choose(segments, DiscoverOptions(mask_terms=brands))
    ids = np.array([one or "" for one in assign(vectors[fitted], themes)[0]])
    own = np.asarray(vectors[fitted], dtype=np.float32)
    centred = unit(own - own.mean(axis=0))
    draw, lines = np.random.default_rng(11), []
    for number, theme in enumerate(themes.leaves, start=1):
        rows = np.flatnonzero(ids == theme.id)
        near = rows[np.argsort(-centred[rows] @ centred[rows].mean(axis=0), kind="stable")]
        drawn = draw.permutation(near[TYPICAL:])[:DRAWN]
        lines += [f"## {number}. {theme.label}", "Most typical:"]
        lines += [_line(segments[fitted[row]]) for row in near[:TYPICAL]]
        lines += ["Drawn at random:", *(_line(segments[fitted[row]]) for row in drawn), ""]
    return "\n".join(lines)


def _line(segment: str) -> str:
    return f"- {' '.join(segment.split())[:LONGEST]}"


def count(files: Sequence[Path]) -> dict[str, Any]:
    """What readers accepted: shares, and the names that one of them turned down."""
    read = [_verdicts(file) for file in files]
    if any(one.keys() != read[0].keys() for one in read):
        raise SystemExit("The readers judged different names: give files that belong to one sheet.")
    names = list(read[0])
    return {
        "names": len(names),
        "accepted": [sum(one.values()) for one in read],
        "accepted_share": [round(sum(one.values()) / len(one), 3) for one in read],
        "agree": round(float(np.mean([len({one[name] for one in read}) == 1 for name in names])), 3),
        "turned_down": {name: sum(not one[name] for one in read) for name in names if not all(o[name] for o in read)},
    }


def _verdicts(file: Path) -> dict[str, bool]:
    """Whether each name was accepted."""
    found = {}
    for line in file.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) > 2 and cells[0].isdigit():
            if cells[2].lower() not in ("accept", "reject"):
                raise SystemExit(f"{file.name}, {cells[0]}: {cells[2]!r} is neither accept nor reject.")
            found[cells[1]] = cells[2].lower() == "accept"
    if not found:
        raise SystemExit(f"{file.name} holds no line such as '1 | name | accept | reason'.")
    return found


def main() -> None:
    layout = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=layout)
    steps = parser.add_subparsers(dest="step", required=True)
    making = steps.add_parser("sheet", help="write what readers judge from")
    making.add_argument("set", help="name of a public set")
    making.add_argument("--out", type=Path, default=CHECKOUT / "build/names.md")
    making.add_argument("--n", type=int, default=10_000, help="comments, at most")
    making.add_argument(
        "--data", type=Path, default=Path(os.environ.get("VOC_DATA") or CHECKOUT.parent / "shared/data")
    )
    making.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "voc-bench-vectors")
    counting = steps.add_parser("count", help="count what readers accepted, and keep it")
    counting.add_argument("set")
    counting.add_argument("files", nargs="+", type=Path)
    args = parser.parse_args()
    if args.step == "count":
        keep(f"themes-names-{args.set}", count(args.files))
        return
    data = Data(args.data, args.cache, quick=False)
    if not data.there(args.set):
        raise SystemExit(f"{args.set} is not in {args.data}: name a set of that folder, or another with --data.")
    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.write_text(sheet(data, args.set, args.n), encoding="utf-8")
    print(f"Wrote {args.out}")


if __name__ == "__main__":
    main()
