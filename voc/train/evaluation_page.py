"""What ``voc evaluate`` found, written to a file: JSON, or a page in Markdown."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from voc.errors import UsageError
from voc.files import write_whole
from voc.train.evaluation_tables import Table, tables
from voc.train.figures import LEAST_EXAMPLES, MISTAKES, Figures
from voc.train.measures import BOOTSTRAP, CALIBRATION_BINS

SUFFIXES = (".md", ".json")

_HEAD = Path(__file__).with_name("evaluation_page.md")


def check_target(target: Path) -> None:
    """Raise UsageError where ``write`` would: known before the work begins."""
    if target.suffix.lower() not in SUFFIXES:
        raise UsageError(f"Cannot write {target.name}: the figures go to a file ending in {' or '.join(SUFFIXES)}.")
    if not target.parent.is_dir() or not os.access(target.parent, os.W_OK):
        raise UsageError(f"Cannot write to {target.parent}: name a folder that exists and is yours.")


def write(document: Figures, target: Path) -> None:
    """Write ``document`` to ``target``, .md or .json, all at once. Raises UsageError where that cannot be."""
    check_target(target)
    text = (
        page(document) if target.suffix.lower() == ".md" else json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    )
    write_whole(text, target)


def without_texts(document: Figures) -> Figures:
    """The same without customers' words: mistakes keep the ``id``, labels and probability."""
    if "mistakes" not in document:
        return document
    kept = {
        lens: [{key: value for key, value in one.items() if key != "text"} for one in wrong]
        for lens, wrong in document["mistakes"].items()
    }
    return document | {"mistakes": kept}


def page(document: Figures) -> str:
    """The document as Markdown."""
    head = _HEAD.read_text(encoding="utf-8").format(
        files=", ".join(document["files"]),
        lenses=document["model"]["lenses"],
        encoder=document["model"]["encoder"],
        bootstrap=BOOTSTRAP,
        bins=CALIBRATION_BINS,
        least=LEAST_EXAMPLES,
        mistakes=MISTAKES,
    )
    return head + "".join(_section(table) for table in tables(document))


def _section(table: Table) -> str:
    lines = [table.columns, ["---"] * len(table.columns), *table.rows]
    return f"\n## {_plain(table.title)}\n\n" + "".join(_line(cells) for cells in lines)


def _line(cells: Sequence[Any]) -> str:
    return "| " + " | ".join("–" if cell is None else _plain(str(cell)) for cell in cells) + " |\n"


def _plain(text: str) -> str:
    """``text`` without meaning to Markdown or HTML; an underscore inside a word means nothing."""
    text = re.sub(r"[\\`*\[\]|#~]|\b_|_\b", lambda mark: "\\" + mark.group(), " ".join(text.split()))
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
