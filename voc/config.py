"""Where things are and what can be set; frozen, typed, read once and passed on."""

from __future__ import annotations

import os
from pathlib import Path

DEFAULT_STORE = ".voc"


def models_folder() -> Path:
    """Folder of the shipped models: ``$VOC_MODELS``, beside the checkout, or inside the installed package."""
    if named := os.environ.get("VOC_MODELS"):
        return Path(named)
    package = Path(__file__).resolve().parent
    beside = package.parent / "models"
    return beside if beside.is_dir() else package / "_models"


def samples_folder() -> Path:
    """Folder of the sample data, likewise."""
    package = Path(__file__).resolve().parent
    beside = package.parent / "data" / "samples"
    return beside if beside.is_dir() else package / "_samples"
