"""What was measured of the lenses: precision and recall out of the card that ships with them."""

from __future__ import annotations

import re
from pathlib import Path

from voc.config import models_folder

_VERSION = re.compile(r"^# Lenses: (\S+)", re.MULTILINE)
_ROW = re.compile(r"^\| (\w+) \| (\w+) \| (\d?\.\d+) \| (\d?\.\d+) \| \d?\.\d+ \| \d+ \|$", re.MULTILINE)


def precision_and_recall(model_version: str, card: Path | None = None) -> dict[tuple[str, str], tuple[float, float]]:
    """(lens, class) → precision and recall, 0…1, as the card gives them; empty where there is no card, or it is of
    other lenses than those that tagged (``model_version`` does not name its version)."""
    path = card or models_folder() / "lenses" / "README.md"
    if not path.is_file():
        return {}
    text = path.read_text(encoding="utf-8")
    version = _VERSION.search(text)
    if version is None or version[1] not in model_version:
        return {}
    return {(lens, name): (float(p), float(r)) for lens, name, p, r in _ROW.findall(text)}
