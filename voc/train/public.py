"""Labels of texts in public sets, which this project does not hold: joined with the texts where these are at hand.

Run as ``python -m voc.train.public data/labels/public.jsonl FOLDER -o labelled.jsonl``.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from voc.errors import InputError
from voc.train.json_lines import json_lines
from voc.train.program import program
from voc.train.weak import set_rows


def joined(labels: Path, folder: Path) -> Iterator[dict[str, Any]]:
    """Give each label of the file ``labels`` its text, from the sets in ``folder`` (``NAME.jsonl.gz``).

    A label names ``set``, ``row`` (the row's id) and ``span``: start and end in the row's text with single spaces;
    ``evidence`` is a start and an end in that stretch. Raises InputError where a set or a row is missing.
    """

    @cache
    def texts(name: str) -> dict[str, str]:
        return {str(row["id"]): " ".join(row["text"].split()) for row in set_rows(folder / f"{name}.jsonl.gz")}

    for number, record in json_lines(labels):
        whole = texts(record["set"]).get(record["row"])
        if whole is None:
            raise InputError(f"{labels}, line {number}: {record['set']} has no row {record['row']}.")
        text = whole[slice(*record.pop("span"))]
        if record["evidence"]:
            record["evidence"] = text[slice(*record["evidence"])]
        yield {"id": f"{record['set']}-{record.pop('row')}-{number}", "text": text, **record}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m voc.train.public", description=__doc__.splitlines()[0])
    parser.add_argument("labels", type=Path)
    parser.add_argument("folder", type=Path, help="folder of the public sets")
    parser.add_argument("-o", "--out", type=Path, required=True)
    args = parser.parse_args()
    lines = [json.dumps(record, ensure_ascii=False) + "\n" for record in joined(args.labels, args.folder)]
    args.out.write_text("".join(lines), encoding="utf-8")
    print(f"Wrote {len(lines):,} labelled comments to {args.out}.")


if __name__ == "__main__":
    program(main)
