"""Lists of themes in files: CSV for spreadsheets, JSON.

CSV: columns ``id, label, description, parent, keywords, examples``; keywords are parted by ``;``, examples by line
breaks. JSON: ``{"themes": [{"id", "label", "description", "parent", "keywords": [...], "examples": [...]}]}``.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, Final

from voc.errors import InputError
from voc.files import write_whole
from voc.pipeline.spreadsheet import escaped, unescaped
from voc.themes.taxonomy import Entry, check

SUFFIXES: Final = (".csv", ".json")
COLUMNS: Final = tuple(field.name for field in fields(Entry))


def is_theme_list(path: Path) -> bool:
    """Say whether the name of ``path`` is that of a list of themes, not of a folder with a whole set."""
    return path.suffix.lower() in SUFFIXES


def read_theme_list(path: Path) -> list[Entry]:
    """Return the entries of a .csv or .json file. Raises InputError: unreadable, or see ``taxonomy.check``."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        rows = _json_rows(text) if path.suffix.lower() == ".json" else _csv_rows(text)
        entries = [_entry(row) for row in rows]
    except (OSError, UnicodeDecodeError, json.JSONDecodeError, csv.Error) as error:
        raise InputError(f"Cannot read the theme list {path} ({error}): give a UTF-8 .csv or .json file.") from error
    except (TypeError, KeyError, AttributeError) as error:
        raise InputError(
            f"{path} is no theme list: its columns are {', '.join(COLUMNS)}, and label must be there; "
            "'voc themes export themes.csv' writes one to start from."
        ) from error
    check(entries)
    return entries


def write_theme_list(entries: Sequence[Entry], path: Path) -> None:
    """Write entries to a .csv or .json file, whole or not at all. Raises UsageError where that cannot be."""
    rows = [vars(entry) for entry in entries]
    if path.suffix.lower() == ".json":
        write_whole(json.dumps({"themes": rows}, indent=1, ensure_ascii=False) + "\n", path)
        return
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for row in rows:
        cells = row | {"keywords": "; ".join(row["keywords"]), "examples": "\n".join(row["examples"])}
        writer.writerow({name: escaped(cell) for name, cell in cells.items()})
    write_whole(out.getvalue(), path)


def _json_rows(text: str) -> list[Mapping[str, Any]]:
    document = json.loads(text)
    rows: list[Mapping[str, Any]] = document if isinstance(document, list) else document["themes"]
    return rows


def _csv_rows(text: str) -> list[Mapping[str, Any]]:
    rows: list[Mapping[str, Any]] = []
    for row in csv.DictReader(io.StringIO(text), strict=True):
        cells = {name: unescaped(cell or "") for name, cell in row.items() if isinstance(cell, str | None)}
        several = {"keywords": cells.get("keywords", "").split(";"), "examples": cells.get("examples", "").splitlines()}
        rows.append(cells | several)
    return rows


def _entry(row: Mapping[str, Any]) -> Entry:
    return Entry(
        id=_words(row.get("id")),
        label=_words(row["label"]),
        description=_words(row.get("description")),
        parent=_words(row.get("parent")),
        keywords=_several(row.get("keywords")),
        examples=_several(row.get("examples")),
    )


def _words(value: str | None) -> str:
    return " ".join((value or "").split())


def _several(values: list[str] | None) -> tuple[str, ...]:
    if not isinstance(values, list | None):
        raise TypeError("not a list")
    return tuple(filter(None, map(_words, values or ())))
