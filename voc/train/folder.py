"""The folder that training writes to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from voc.errors import UsageError
from voc.lenses.own import KIND

#: What a folder of models may hold: every lens, or one of the user's.
EVERY_LENS: Final = "lenses"
OWN_LENS: Final = KIND


def require_folder(out: Path, kind: str) -> None:
    """Raise UsageError where writing models of ``kind`` to ``out`` would destroy others, or cannot be."""
    if out.exists() and not out.is_dir():
        raise UsageError(f"{out} is a file: name a folder for the lens.")
    try:
        manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
        found = manifest.get("kind", EVERY_LENS if EVERY_LENS in manifest else None)
    except FileNotFoundError:
        return
    except (OSError, ValueError, AttributeError):
        found = None
    if found != kind:
        raise UsageError(f"{out} holds other models, or damaged ones: name another folder, or empty it.")
