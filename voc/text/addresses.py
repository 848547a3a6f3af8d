"""Postal addresses: street with number, and postcode, as written in the UK, the US and the EU."""

from __future__ import annotations

import re
from collections.abc import Iterator

_CAPITAL = r"(?:[A-ZÀ-Þ]\w?\.|[A-ZÀ-Þ][\w'’-]*)"
_TOWN = rf"{_CAPITAL}(?: {_CAPITAL}){{0,2}}"

# --- postcodes --------------------------------------------------------------------------------
_UK_AREAS = """
    AB AL B BA BB BD BH BL BN BR BS BT CA CB CF CH CM CO CR CT CV CW DA DD DE DG DH DL DN DT DY E EC EH EN EX FK
    FY G GL GU GY HA HD HG HP HR HS HU HX IG IM IP IV JE KA KT KW KY L LA LD LE LL LN LS LU M ME MK ML N NE NG
    NN NP NR NW OL OX PA PE PH PL PO PR RG RH RM S SA SE SG SK SL SM SN SO SP SR SS ST SW SY TA TD TF TN TQ TR
    TS TW UB W WA WC WD WF WN WR WS WV YO ZE
"""
_UK_END = re.compile(r" \d(?!GB|TB|ST|ND|RD|TH|PM|AM)[ABD-HJLNP-UW-Z]{2}\b", re.IGNORECASE)
_UK_BEGIN = re.compile(r"\b(?:" + "|".join(_UK_AREAS.split()) + r")\d[\dA-Z]?\Z", re.IGNORECASE)
_CUED = re.compile(
    r"\b(?:zip|post|postal)[ -]?codes?(?: is| was)?:? "
    r"(?P<code>[A-Z]{1,2}\d[\dA-Z]? ?\d[A-Z]{2}\b|\d{4} ?[A-Z]{2}\b|\d{4,5}(?:-\d{3,4})?\b)"
    r"|\b(?:zip|plz):? (?P<digits>\d{4,5}(?:-\d{4})?)\b",
    re.IGNORECASE,
)
_QUARTER = r"(?: (?:[NS]\.?[EW]\.?|[NSEW]\.?|North|South|East|West)(?![\w'’]))"
_US_TAIL = rf"(?:,? (?:{_TOWN},? )?[A-Z]{{2}} \d{{5}}(?:-\d{{4}})?\b)"
_EU_TAIL = rf"(?:,? (?:[A-Z]{{1,2}}-)?\d{{4,5}}(?: [A-Z]{{2}})? {_TOWN})"
#: What stands before a postcode on an envelope: number, street, town.
_BEFORE_POSTCODE = re.compile(
    rf"(?:(?i:flat|unit|apt\.?) \w{{1,4}},? )?\b\d{{1,5}}[a-zA-Z]? (?:{_CAPITAL},? ){{1,8}}\Z"
)

# --- streets ----------------------------------------------------------------------------------
_SURE = r"street|st\b\.?|road|rd\b\.?|lane|ln\b\.?|avenue|ave\b\.?|boulevard|blvd\b\.?"
_SURE += "|crescent|terrace|highway|parkway|pkwy|turnpike"
_WITH_CAPITALS = (
    "drive|dr|place|pl|court|ct|close|way|square|sq|gardens|park|row|hill|green|walk|mews|grove|rise|view|wharf|quay"
)
#: Words that make "2 way street" or "a 10 minute drive down the road" no address.
_NO_STREET = frozenset(
    """a an and at away busy by crowded dark different down eight far few first for four from further good great half
    hour hours hr hrs in into its km kms lane lanes long lovely m main metre metres mile miles min mins minute
    minutes month months more narrow new nice of off on one other our out over per quiet second seconds seven
    shop shops six star stars steps ten that the their third three times to two unmade up very way week weeks
    wide with x yard yards year years yr yrs""".split()
)
_ENGLISH = re.compile(
    rf"\d{{1,5}}[a-zA-Z]?(?:-\d{{1,4}})? "
    rf"(?P<words>(?:[^\W\d_][\w'’-]*\.? ){{1,4}}?)(?P<type>{_SURE}|{_WITH_CAPITALS})(?!\w)"
    rf"(?P<quarter>(?-i:{_QUARTER}))?"
    rf"(?P<unit>,? (?:apt|apartment|suite|unit|ste|flat)\.? ?\w{{1,5}}\b|,? #\w{{1,5}}\b)?",
    re.IGNORECASE,
)
_BOX = re.compile(rf"\bP\.? ?O\.? ?Box \d{{1,6}}{_US_TAIL}?", re.IGNORECASE)
_GERMANIC_END = re.compile(
    rf"(?:straße|strasse|str\.|straat|laan|gracht|weg|platz|allee|gasse|ufer|damm|plein|kade|dreef)"
    rf" ?\d{{1,4}}(?: ?[a-z]\b)?(?!\w){_EU_TAIL}?"
)
_WORD_BEGIN = re.compile(r"\b[^\W\d_][\w-]{2,}\Z")
_GERMANIC = re.compile(
    rf"\b(?:Am|Im|Zum|Zur|An der|An den|Auf der|Auf dem) {_CAPITAL} \d{{1,4}}[a-z]?(?=,? \d{{5}} ){_EU_TAIL}"
)
_OF = r"(?:de la|de l['’]|du|des|de|d['’]|della|delle|degli|dei|la|le|les|del|do|da)"
_ROMANCE = re.compile(
    r"(?:\b\d{1,4}(?: ?(?:bis|ter))?,? (?i:rue|avenue|av\.|boulevard|bd|place|allée|chemin|impasse|quai|cours)"
    rf"(?: {_OF})?[ ]?{_CAPITAL}(?: {_CAPITAL}){{0,2}}"
    rf"|\b(?:Rue|Avenue|Via|Viale|Corso|Piazza|Calle|Plaza|Rua|Carrer)(?: {_OF})? {_TOWN}"
    rf",? \d{{1,4}}[a-z]?\b){_EU_TAIL}?"
)
_US_END = re.compile(_US_TAIL)
_UNIT_BEFORE = re.compile(r"\b(?:flat|unit|apt\.?) \w{1,4},? \Z", re.IGNORECASE)


def addresses(text: str) -> Iterator[tuple[int, int]]:
    """Yield streets with a house number, and postcodes, with the town between them."""
    for match in _UK_END.finditer(text):
        if begin := _UK_BEGIN.search(text, max(0, match.start() - 5), match.start()):
            before = _BEFORE_POSTCODE.search(text, max(0, begin.start() - 90), begin.start())
            yield before.start() if before else begin.start(), match.end()
    for pattern in (_BOX, _GERMANIC, _ROMANCE):
        yield from (match.span() for match in pattern.finditer(text))
    for match in _GERMANIC_END.finditer(text):
        begin = _WORD_BEGIN.search(text, max(0, match.start() - 40), match.start())
        if begin and (begin[0][0].isupper() or match[0].startswith("str")):
            yield begin.start(), match.end()
    for match in _ENGLISH.finditer(text):
        if _is_street(match, text[match.start() - 1 : match.start()]):
            unit = _UNIT_BEFORE.search(text, max(0, match.start() - 12), match.start())
            tail = _US_END.match(text, match.end())
            yield unit.start() if unit else match.start(), tail.end() if tail else match.end()
    for match in _CUED.finditer(text):
        yield match.span("code" if match["code"] else "digits")


def _is_street(match: re.Match[str], before: str) -> bool:
    words = match["words"].split()
    if before and (before.isalnum() or before in "£$€.,#:_"):
        return False
    if any(word.lower().strip(".") in _NO_STREET for word in words):
        return False
    capitals = all(word[0].isupper() for word in (*words, match["type"]))
    return capitals or re.fullmatch(_SURE, match["type"].lower()) is not None
