"""Mask personal data before a text is embedded, stored or logged."""

from __future__ import annotations

import re
from typing import NamedTuple

_EMAIL = re.compile(r"[A-Za-z0-9._%+\-]+@[A-Za-z0-9\-]+(?:\.[A-Za-z0-9\-]+)*\.[A-Za-z]{2,}")
_CARD = re.compile(r"(?<![\w.])(?:\d[ -]?){12,18}\d(?![\w])")
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?\b")
# Eight digits or more (see below), in groups, that are not a price, a date or a decimal.
_PHONE = re.compile(r"(?<![\w£$€.,/-])(?:\+|00)?\(?\d{2,5}\)?(?:[ .\-/]?\(?\d{2,5}\)?){1,5}(?![\w%]|[.,]\d)")
_NAME = re.compile(
    r"(?P<lead>\b(?:[Mm]y (?:full )?name(?: is|'s|’s)|[Ss]igned,?"
    r"|(?:[Kk]ind |[Bb]est )?[Rr]egards,?|[Yy]ours sincerely,?|[Cc](?:ontact|all) me:)[ \n]+)"
    r"(?P<name>[A-Z][a-z'’\-]+(?: [A-Z][a-z'’\-]+){0,2})"
)
_DATE = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}|(?:19|20)\d\d ?[-/] ?(?:19|20)\d\d")
_MIN_PHONE_DIGITS = 8


class Masked(NamedTuple):
    """A masked text and the kinds of personal data found in it, sorted, each once."""

    text: str
    kinds: tuple[str, ...]


def mask(text: str) -> Masked:
    """Replace personal data by ``[email]``, ``[card]``, ``[iban]``, ``[phone]``, ``[name]``.

    Card numbers are told from other digits by the Luhn check. Names are masked only where the writer
    introduces or signs with them. Masking a masked text changes nothing.
    """
    found: set[str] = set()

    def put(kind: str) -> str:
        found.add(kind)
        return f"[{kind}]"

    if "@" in text:
        text = _EMAIL.sub(lambda m: put("email"), text)
    if any(c.isdigit() for c in text):
        text = _CARD.sub(lambda m: put("card") if _luhn(m[0]) else m[0], text)
        text = _IBAN.sub(lambda m: put("iban") if sum(c.isdigit() for c in m[0]) > 7 else m[0], text)
        text = _PHONE.sub(lambda m: put("phone") if _is_phone(m[0]) else m[0], text)
    text = _NAME.sub(lambda m: m["lead"] + put("name"), text)
    return Masked(text, tuple(sorted(found)))


def _luhn(number: str) -> bool:
    """Luhn check (ISO/IEC 7812-1, annex B)."""
    digits = [int(c) for c in reversed(number) if c.isdigit()]
    doubled = sum(sum(divmod(2 * d, 10)) for d in digits[1::2])
    return (sum(digits[::2]) + doubled) % 10 == 0


def _is_phone(number: str) -> bool:
    digits = sum(c.isdigit() for c in number)
    return _MIN_PHONE_DIGITS <= digits <= 15 and not _DATE.fullmatch(number)
