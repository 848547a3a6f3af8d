"""Where things are and what can be set; frozen, typed, read once and passed on."""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from voc.errors import UsageError

DEFAULT_STORE = ".voc"
SETTINGS = "voc.toml"


@dataclass(frozen=True)
class NamerSettings:
    """A language model that may name themes: section ``[namer]`` of ``voc.toml``.

    ``base_url``: of any service with OpenAI's interface (None: OpenAI's own). ``api_key_env``: the environment variable
    that holds the key; unset, a service without keys is assumed. ``timeout``: seconds a theme.
    """

    model: str
    base_url: str | None = None
    api_key_env: str = "OPENAI_API_KEY"
    timeout: float = 30.0


def namer_settings(file: Path | None = None) -> NamerSettings | None:
    """Read ``[namer]`` of ``file`` (default: ``$VOC_CONFIG``, else ``voc.toml`` in the working folder).

    None where there is no such file or section. Raises UsageError for one that cannot be read or has other keys.
    """
    section, file = settings_section("namer", file)
    return None if section is None else _namer(section, file)


def settings_section(name: str, file: Path | None = None) -> tuple[Any, Path]:
    """The section ``name`` of ``file`` (default: ``$VOC_CONFIG``, else ``voc.toml`` in the working folder) as TOML has
    it, None where there is none; and the file. Raises UsageError for a file that cannot be read.
    """
    file = file or Path(os.environ.get("VOC_CONFIG") or SETTINGS)
    if not file.is_file():
        return None, file
    try:
        return tomllib.loads(file.read_text(encoding="utf-8")).get(name), file
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"Cannot read {file} ({error}): write it as TOML, or take it away.") from error


def _namer(section: Any, file: Path) -> NamerSettings:
    kinds: dict[str, tuple[type, ...]] = {field.name: (str,) for field in fields(NamerSettings)}
    kinds["timeout"] = (int, float)
    wrong = None
    if not isinstance(section, dict) or not section.get("model"):
        wrong = "names no model"
    elif unknown := sorted(set(section) - set(kinds)):
        wrong = f"has the key {unknown[0]!r}"
    elif odd := [key for key, value in section.items() if not isinstance(value, kinds[key]) or value is True]:
        wrong = f"has no fit value for {odd[0]!r}"
    if wrong:
        raise UsageError(f"[namer] of {file} {wrong}: give model, and if need be base_url, api_key_env, timeout.")
    return NamerSettings(**section)


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
