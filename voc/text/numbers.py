"""Numbers that lead to a person: phone, card, IBAN, account and order numbers. Prices, dates and models do not."""

from __future__ import annotations

import re
from collections.abc import Iterator

_GAP = r"[ .\-–/()]{0,3}"
_EXTENSION = r"(?:,? ?(?:ext|extn|extension|x)\.? ?\d{1,5})?"
_PHONE = re.compile(
    rf"(?<![\w.,/£$€#-])(?:"
    rf"(?:\+|00 ?[1-9](?=\d?[ .\-]))\(?\d(?:{_GAP}\d){{6,13}}"  # international: +44 7700 900321
    rf"|(?:\(0\d{{0,5}}\)|0)(?:{_GAP}\d){{6,11}}"  # national with its zero: (020) 7946 0958
    rf"|(?:1[ .\-]?)?(?:\(\d{{3}}\) ?|[2-9]\d\d[ .\-])\d{{3}}[ .\-]\d{{4}}"  # North America: (555) 010-0199
    rf"|[2-9]\d\d[2-9]\d{{6}}"
    rf"){_EXTENSION}(?![\w%]|[.,:]\d|[/-]\d)"
)
_CUED_PHONE = re.compile(
    r"\b(?:phone|tel|telephone|fon|mobile|cell|landline|whatsapp|call|ring|dial|text|reach|contact|fax|number)\b[^\d\n+(]{0,24}"
    rf"(?P<number>\+?\(?\d(?:{_GAP}\d){{6,13}}{_EXTENSION})(?![\w%]|[.,:]\d)",
    re.IGNORECASE,
)
_DATE_OR_TIME = re.compile(
    r"\d{1,2}[./-]\d{1,2}[./-](?:19|20)?\d\d\b|(?:19|20)\d\d[./-]\d{1,2}[./-]\d{1,2}"
    r"|(?:(?:19|20)\d\d\b[ -/]*){2,}\Z|0\.\d"
)
_CARD = re.compile(r"(?<![\w.,])\d(?:[ .\-]?\d){12,25}(?!\w)")
_IBAN = re.compile(r"\b[A-Za-z]{2}\d{2}(?:[ -]?[A-Za-z0-9]){11,30}")
_REFERENCE = re.compile(
    r"""\b(?P<cue>orders?|account|acct|a/c|policy|booking|reservation|ticket|case|claim|invoice|confirmation|tracking|parcel
        |member(?:ship)?|customer|client|contract|reference|ref|pnr|rma|job|transaction|txn|complaint|request|incident|serial
        |card|sort|meter|passport|licen[cs]e|ssn|social[ ]security|insurance|student|employee|bestell|kunden)
        (?P<sure>[ ]?(?:number|nummer|num|nr|no|id|code|ref(?:erence)?)\b\.?
            |(?<=ref)\b\.?|(?<=reference)\b|(?<=pnr)\b|(?<=rma)\b)?
        (?P<mark>(?:,?[ ](?:which[ ])?is[ ]|[ ]?[:=])?[ ]?\(?\#?[ ]?)
        (?=[\w/.-]*\d)(?P<value>[A-Za-z0-9]+(?:[-/][A-Za-z0-9]+|[.]\d+|[ ]\d{3,})*)(?![\w£$€%]|[.,:]\d)""",
    re.IGNORECASE | re.VERBOSE,
)
_YEARS = re.compile(r"(?:19|20)\d\d(?:[-/](?:19|20)?\d\d)?")


def references(text: str) -> Iterator[tuple[int, int]]:
    """Yield account, order, ticket, policy and booking numbers, each after the word that says so."""
    for match in _REFERENCE.finditer(text):
        if _is_reference(
            match["value"], sure=match["sure"] is not None or "#" in match["mark"] or ":" in match["mark"]
        ):
            yield match.span("value")


def _is_reference(value: str, *, sure: bool) -> bool:
    """Say whether ``value`` looks like a number given out, not a year, a count or a word."""
    signs = [char for char in value if char.isalnum()]
    digits = sum(char.isdigit() for char in signs)
    if _YEARS.fullmatch(value):
        return False
    if sure:
        return len(signs) >= 4 and digits >= 2
    return digits >= 5 or (digits >= 4 and digits < len(signs)) or (digits >= 3 and len(signs) >= 6 and value.isupper())


def phones(text: str) -> Iterator[tuple[int, int]]:
    """Yield phone numbers: by their form, or of seven digits and more after a word like "call"."""
    for match in _PHONE.finditer(text):
        if sum(char.isdigit() for char in match[0]) >= 9 and not _DATE_OR_TIME.match(match[0]):
            yield match.span()
    for match in _CUED_PHONE.finditer(text):
        if not _DATE_OR_TIME.match(match["number"]):
            yield match.span("number")


def cards(text: str) -> Iterator[tuple[int, int]]:
    """Yield runs of 13 to 19 digits that begin as cards do (2 to 6) and pass the Luhn check."""
    for run in _CARD.finditer(text):
        groups = [(run.start() + group.start(), run.start() + group.end()) for group in re.finditer(r"\d+", run[0])]
        found = next(
            (
                (start, end)
                for start, _ in groups
                for _, end in reversed(groups)
                if end > start and text[start] in "23456" and _luhn(text[start:end])
            ),
            None,
        )
        if found:
            yield found


def _luhn(number: str) -> bool:
    """Luhn check of 13 to 19 digits (ISO/IEC 7812-1, annex B)."""
    digits = [int(char) for char in reversed(number) if char.isdigit()]
    doubled = sum(sum(divmod(2 * digit, 10)) for digit in digits[1::2])
    return 13 <= len(digits) <= 19 and (sum(digits[::2]) + doubled) % 10 == 0


def ibans(text: str) -> Iterator[tuple[int, int]]:
    """Yield IBANs (ISO 13616): the longest run of groups whose check digits are right."""
    for run in _IBAN.finditer(text):
        for end in range(run.end(), run.start() + 14, -1):
            if text[end - 1].isalnum() and not text[end : end + 1].isalnum() and _mod_97(text[run.start() : end]):
                yield run.start(), end
                break


def _mod_97(iban: str) -> bool:
    signs = [char for char in iban if char.isalnum()]
    if not 15 <= len(signs) <= 34 or sum(char.isdigit() for char in signs) < 8:
        return False
    return int("".join(str(int(char, 36)) for char in signs[4:] + signs[:4])) % 97 == 1
