"""Small tables with the columns of known exports, from ``data/export_headers.txt``; all cells are our own.

A block there is a name, its columns as ``name=cells``, and behind ``->`` which column plays which role. Cells are a
name of ``CELLS``, ``dates(form)``, or ``(a / b)`` for values that repeat.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROWS = 12
_DATES = re.compile(r"dates\((.*)\)")


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.strip().splitlines()]


def _cycled(*values: object) -> list[str]:
    return [str(values[n % len(values)]) for n in range(ROWS)]


def _days(form: str, first: datetime = datetime(2023, 1, 5, 9, 30, 11, tzinfo=UTC)) -> list[str]:
    return [(first + timedelta(days=31 * n)).strftime(form) for n in range(ROWS)]


WORDS = _lines("""
    The courier rang twice and waited for me
    Nobody answers the phone after five
    It broke on the second day of use
    Cheap, cheerful, and it does the job
    I was charged twice and had to beg for the money
    Lovely staff, I will be back
    The app logs me out every single morning
    Delivery took three weeks instead of two days
    Good value if you need a spare one
    They kept their word and replaced it
    Instructions are useless, the video helped
    Would have been fine without the hidden fee
""")
MORE = _lines("""
    Answer the phone in the evening
    Make the battery last a whole day please
    Nothing comes to mind right now
    Tell us the fee first
    Fewer mails, they come every day
    Keep the people at the counter
    Let me change the address online
    Send a message when it leaves
    A second size would be great
    Put the manual on paper again
    Say sorry when it is your fault
    More parking in front of the shop
""")
GERMAN = _lines("""
    Der Fahrer hat zweimal geklingelt und auf mich gewartet
    Nach fünf Uhr geht niemand mehr ans Telefon
    Am zweiten Tag ist das Gerät kaputtgegangen
    Günstig und gut, es erfüllt seinen Zweck
    Mir wurde der Betrag zweimal abgebucht
    Sehr nettes Personal, ich komme gerne wieder
    Die App meldet mich jeden Morgen wieder ab
    Die Lieferung hat drei Wochen gedauert
    Für den Preis wirklich in Ordnung
    Sie haben Wort gehalten und das Gerät ersetzt
    Die Anleitung ist leider unbrauchbar
    Ohne die versteckte Gebühr wäre es gut gewesen
""")
TITLES = _lines("""
    Never again
    Five stars
    So so
    Great value
    Charged twice
    Lovely
    Buggy app
    Slow
    Fine spare
    Kept word
    Hard to set up
    Hidden fee
""")
CELLS = {
    "words": WORDS,
    "words_backwards": WORDS[::-1],
    "words_or_no_negative": [*WORDS[:6], "No Negative", *WORDS[7:]],
    "more": MORE,
    "more_backwards": MORE[::-1],
    "more_or_no_positive": ["No Positive", *MORE[1:]],
    "german": GERMAN,
    "mostly_german": [*GERMAN[:9], *WORDS[9:]],
    "mostly_translated": [*WORDS[:9], "", "", ""],
    "one_answer": ["", "", "A small lamp for the desk", *[""] * 9],
    "titles": TITLES,
    "replies": [f"Dear customer {n}, thank you so much for taking the time to write to us" for n in range(ROWS)],
    "stars": _cycled(5, 1, 4, 2, 5, 3),
    "ten": _cycled(10, 2, 8, 7, 1, 9),
    "nps": _cycled(10, 0, 8, 7, 3, 9),
    "csat": _cycled(5, 4, 1, 2),
    "percent": _cycled("80%", "95%", "40%"),
    "likert": _cycled("Very satisfied", "Satisfied", "Dissatisfied", "Neutral", "Very dissatisfied"),
    "groups": _cycled("Promoter", "Detractor", "Passive"),
    "counts": _cycled(0, 1, 0, 3, 12, 2),
    "small": _cycled(0, 1, 2, 1),
    "ages": _cycled(33, 52, 41, 27, 64),
    "years": _cycled(2021, 2022, 2023),
    "flags": _cycled(0, 1, 1),
    "bools": _cycled("True", "False", "True"),
    "yes_no": _cycled("yes", "no"),
    "numbers": [str(101 + n) for n in range(ROWS)],
    "long_numbers": [str(570306133677760000 + n) for n in range(ROWS)],
    "keys": [f"k{n:03}x{n * 7}" for n in range(ROWS)],
    "iso": _days("%Y-%m-%d"),
    "stamps": _days("%Y-%m-%dT%H:%M:%SZ"),
    "spaced": _days("%Y-%m-%d %H:%M:%S"),
    "dmy": _days("%d/%m/%Y"),
    "dotted": _days("%d.%m.%Y"),
    "mdy": _days("%m/%d/%Y"),
    "epoch": [str(1_680_000_000 + 90_000 * n) for n in range(ROWS)],
    "millis": [str(1_680_000_000_000 + 90_000_000 * n) for n in range(ROWS)],
    "serials": [str(44_900 + 3 * n) for n in range(ROWS)],
    "clocks": _cycled("10:31", "18:05", "07:45"),
    "people": _cycled("Ann O.", "B. Fell", "Cato Lim", "Dee Park"),
    "mails": [f"writer{n}@example.org" for n in range(ROWS)],
    "links": [f"https://example.org/{n}" for n in range(ROWS)],
    "brands": _cycled("Fern", "Moss", "Larkline"),
    "products": _cycled("Kettle", "Toaster", "Lamp"),
    "places": _cycled("Leeds", "York", "Ghent"),
    "addresses": _cycled("1 High Street", "22 Mill Lane", "7 Quay"),
    "languages": _cycled("en", "de", "fr"),
    "versions": _cycled("4.1.2", "4.2.0"),
    "prices": _cycled(19.99, 5.0, 120.5),
    "shares": _cycled(0.91, 0.55, 1.0, 0.62),
    "moods": _cycled("negative", "positive", "neutral"),
    "kinds": _cycled("Late delivery", "Price", "Staff"),
    "empty": _cycled(""),
}


@dataclass(frozen=True)
class Export:
    """``columns``: name → cells. ``roles``: role → column, of ``text`` a list where there are several; ``scale``."""

    name: str
    columns: dict[str, list[str]]
    roles: dict[str, str | list[str]]

    def rows(self) -> list[dict[str, str]]:
        return [{name: cells[n] for name, cells in self.columns.items()} for n in range(ROWS)]


def exports() -> list[Export]:
    """All tables of the file."""
    text = Path(__file__).with_name("data").joinpath("export_headers.txt").read_text(encoding="utf-8")
    return [_export(block) for block in text.split("\n\n") if not block.startswith("#")]


def _export(block: str) -> Export:
    name, _, rest = block.strip().partition("\n")
    columns, _, roles = (" ".join(part.split()) for part in rest.partition("->"))
    named = [column.rpartition("=") for column in columns.split(" | ")]
    played = dict(role.split(": ", 1) for role in roles.split(" | ") if role)
    return Export(
        name,
        {column: _cells(kind) for column, _, kind in named},
        {role: column.split(" + ") if " + " in column else column for role, column in played.items()},
    )


def _cells(kind: str) -> list[str]:
    if found := _DATES.fullmatch(kind):
        return _days(found[1])
    return _cycled(*kind[1:-1].split(" / ")) if kind.startswith("(") else CELLS[kind]
