"""Reading JSON Lines of labelled texts."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

from voc.errors import InputError


def json_lines(path: Path) -> list[tuple[int, dict[str, Any]]]:
    """Return the records of ``path`` (.jsonl, .jsonl.gz) with the numbers of their lines, from 1.

    Raises InputError when it cannot be read, is not JSON Lines or holds no record.
    """
    opened = gzip.open if path.suffix == ".gz" else open
    try:
        with opened(path, "rt", encoding="utf-8") as file:
            records = [(number, json.loads(line)) for number, line in enumerate(file, 1) if line.strip()]
    except (OSError, EOFError) as error:
        raise InputError(
            f"Cannot read {path}: name a JSON Lines file, .jsonl or .jsonl.gz, of labelled texts."
        ) from error
    except ValueError as error:
        raise InputError(f"{path} is not JSON Lines ({error}): one labelled text a line is expected.") from error
    if not records or not all(isinstance(record, dict) for _, record in records):
        raise InputError(f"{path} holds no labelled text: one JSON object a line is expected.")
    return records
