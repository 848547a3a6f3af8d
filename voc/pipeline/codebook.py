"""A codebook that a team has used so far, as topics by rule: a list of codes, each with its words or its rule."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Final

from voc.errors import InputError, UsageError
from voc.pipeline.topics import LONGEST_NAME
from voc.rules import RuleError, parse

#: Columns that a codebook has, each under one of these names.
NAMES: Final = ("name", "code", "topic", "label", "category")
RULES: Final = ("rule", "query")
WORDS: Final = ("words", "keywords", "terms")
MOST: Final = 500


def read_codebook(file: Path) -> list[tuple[str, str]]:
    """Return (name, rule) for each line of a CSV file with a column of names and one of rules or of words.

    Words are separated by ``;``, ``|`` or commas and joined by OR; several in a row stand so; ``bill*`` is every word
    that begins so. A line with both counts by its rule. Raises InputError, with the line, for a file that does not hold
    together.
    """
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"Cannot read {file.name}: save the codebook as CSV in UTF-8.") from error
    first = text.partition("\n")[0]
    rows = list(csv.DictReader(text.splitlines(), delimiter=max(",;\t", key=first.count)))
    columns_in_order = [name for name in (rows[0] if rows else {}) if name is not None]
    columns = {(name or "").strip().casefold(): name for name in (rows[0] if rows else {})}
    name, rule, words = (next((columns[one] for one in own if one in columns), None) for own in (NAMES, RULES, WORDS))
    if name is None or (rule is None and words is None):
        there = ", ".join(filter(None, columns)) or "none"
        raise InputError(f"{file.name} has the columns {there}: it needs {NAMES[0]} and {RULES[0]} or {WORDS[0]}.")
    if len(rows) > MOST:
        raise InputError(f"{file.name} has {len(rows):,} codes: at most {MOST} are taken.")
    codes: dict[str, str] = {}
    for number, row in enumerate(rows, 2):
        label = " ".join((row[name] or "").split())
        beyond = row.get(None) or []  # words whose commas nobody quoted
        if beyond and words != columns_in_order[-1]:
            raise InputError(
                f"{file.name}, line {number}: more values than columns; put those that hold commas in quotes."
            )
        own = ";".join([str(row.get(words or "") or ""), *beyond])
        given = str(row.get(rule or "") or "").strip() or rule_of(own)
        place = f"{file.name}, line {number}"
        if label in codes:
            raise InputError(f"{place}: there is a code {label!r} already; give each a name of its own.")
        if label or given:
            codes[label] = _checked(given, label, place)
    if not codes:
        raise InputError(f"{file.name} holds no code.")
    return list(codes.items())


def rule_of(words: str) -> str:
    """The rule that finds any of the words.

    >>> rule_of("billed twice; charge*")
    '"billed twice" OR charge*'
    """
    terms = (" ".join(term.replace('"', " ").split()) for term in re.split(r"[;|,]", words))
    return " OR ".join(f'"{term}"' if " " in term or term in ("AND", "OR", "NOT") else term for term in terms if term)


def _checked(rule: str, label: str, place: str) -> str:
    if not 0 < len(label) <= LONGEST_NAME:
        raise InputError(f"{place}: a code's name has 1 to {LONGEST_NAME} characters, this one {len(label)}.")
    try:
        parse(rule)
    except RuleError as error:
        raise InputError(f"{place}: {label!r} has no rule that can be read: {error.reason}.") from error
    except UsageError as error:
        raise InputError(f"{place}: {error}") from error
    return " ".join(rule.split())
