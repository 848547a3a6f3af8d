"""Names of months and of time zones, as they stand in dates."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

#: Without accents; English, German, French, Spanish, Italian, Dutch, Portuguese, Swedish, Danish/Norwegian, Polish.
_LANGUAGES: Final = (
    "january february march april may june july august september october november december",
    "januar februar marz april mai juni juli august september oktober november dezember",
    "janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre",
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "januari februari maart april mei juni juli augustus september oktober november december",
    "janeiro fevereiro marco abril maio junho julho agosto setembro outubro novembro dezembro",
    "januari februari mars april maj juni juli augusti september oktober november december",
    "januar februar marts april maj juni juli august september oktober november december",
    "stycznia lutego marca kwietnia maja czerwca lipca sierpnia wrzesnia pazdziernika listopada grudnia",
)
_SHORTENED: Final = {"mrt": 3, "mrz": 3}
#: Hours east of UTC of the zone names that mean one thing only.
ZONES: Final[Mapping[str, float]] = MappingProxyType(
    {"Z": 0, "UTC": 0, "GMT": 0, "WET": 0, "WEST": 1, "CET": 1, "MEZ": 1, "CEST": 2, "MESZ": 2, "EET": 2, "EEST": 3}
    | {"EST": -5, "EDT": -4, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7, "JST": 9, "AEST": 10, "AEDT": 11}
)


def _unmistakable() -> Mapping[str, int]:
    """Every beginning of three letters or more that means one month in all the languages that know it."""
    found: defaultdict[str, set[int]] = defaultdict(set)
    for names in _LANGUAGES:
        for number, name in enumerate(names.split(), start=1):
            for length in range(3, len(name) + 1):
                found[name[:length]].add(number)
    return MappingProxyType({name: min(n) for name, n in found.items() if len(n) == 1} | _SHORTENED)


_MONTHS: Final = _unmistakable()


def month_number(word: str) -> int | None:
    """1–12 for the name of a month or its beginning (``May``, ``Sept``, ``févr``, ``März``); None for another word."""
    word = word.lower()
    if not word.isascii():
        word = "".join(c for c in unicodedata.normalize("NFKD", word) if not unicodedata.combining(c))
    return _MONTHS.get(word)
