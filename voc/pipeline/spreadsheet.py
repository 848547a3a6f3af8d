"""Cells that are safe to open in a spreadsheet: every CSV and XLSX that voc writes goes through here."""

from __future__ import annotations

import re
from typing import Any, Final

#: What begins a formula, after OWASP's page on CSV injection.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_NUMBER = re.compile(r"[+-]\d[\d.,]*%?")
#: No XML can hold them, and so no XLSX.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def escaped(value: Any) -> Any:
    """``value`` with an apostrophe before it where a spreadsheet would take it for a formula; ``-5`` stays a number."""
    if isinstance(value, str) and value.startswith(_FORMULA) and not _NUMBER.fullmatch(value):
        return f"'{value}"
    return value


def unescaped(text: str) -> str:
    """What ``escaped`` made ``text`` of."""
    return text[1:] if text.startswith("'") and escaped(text[1:]) == text else text


def printable(value: Any) -> Any:
    """``value`` without the control characters that a workbook cannot hold."""
    return _CONTROL.sub(" ", value) if isinstance(value, str) else value
