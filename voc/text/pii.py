"""Mask personal data before a text is embedded, stored or logged."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from voc.text.addresses import addresses
from voc.text.names import addressees, names
from voc.text.numbers import cards, ibans, phones, references

_HOST = r"(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24}\b"
_EMAIL = re.compile(rf"(?<![\w.+%'@-])[\w.+%'-]{{1,64}}@{_HOST}|\b[\w.+-]{{0,63}}[^\W\d_]\w? @ {_HOST}")
_DOT = r"(?:\.| ?[(\[{] ?dot ?[)\]}] ?| dot )"
_BRACKETED_EMAIL = re.compile(
    rf"\b[\w.+-]{{1,64}} ?[(\[{{] ?at ?[)\]}}] ?[\w-]{{1,63}}"
    rf"(?:{_DOT}[\w-]{{2,63}}){{1,4}}",
    re.IGNORECASE,
)
_SPOKEN_EMAIL = re.compile(
    rf"\b(?:[\w+-]{{1,63}} dot )?(?P<user>[\w.+-]{{1,64}}) at "
    rf"(?:[\w-]{{1,63}}(?: dot [^\W\d_]{{2,24}}){{1,3}}\b|(?P<host>{_HOST}))",
    re.IGNORECASE,
)
_AT_HOST = re.compile(r" at [\w-]{1,63}(?: dot |\.\w)|[(\[{] ?at ?[)\]}]", re.IGNORECASE)
#: "arrived at amazon dot com" names a shop, not a mailbox.
_NO_USER = frozenset(
    """me us it them good great bad him her you look looked looking shop shopped order ordered bought buy arrived
    available found here there listed sold is was are were be work works checkout back online cheaper price
    prices out in one that this stuff item items return returned sign signed log logged register registered go
    went booked book reviews review laughing""".split()
)
_MAIL_CUE = re.compile(r"(?:e-?mail|mail|write|wrote|contact|reach|address)\W[^\n]{0,24}\Z", re.IGNORECASE)
_HANDLE = re.compile(r"(?<![@/+])(?<!\w\.)@(?P<name>[^\W\d]\w{1,29}(?:[.-]\w{1,30}){0,3})(?:@[\w.-]{3,60}\b)?")
_USER = re.compile(r"(?<![\w.])u/[\w-]{3,20}\b")
_NO_HANDLE = frozenset("home work noon midnight school night least all the once".split())
_BLANK = "\0"


class Found(NamedTuple):
    """Personal data in a text: ``text[start:end]``, and its kind."""

    start: int
    end: int
    kind: str


class Masked(NamedTuple):
    """A masked text and the kinds of personal data found in it, sorted, each once."""

    text: str
    kinds: tuple[str, ...]


def mask(text: str, *, answer: bool = False) -> Masked:
    """Replace personal data by its kind in brackets: ``[email]``, ``[phone]``; see ``personal_data`` for the kinds.

    ``answer``: the text may be a company's answer, which addresses a person ("Dear Ottoline,"): that name goes too.
    Masking a masked text changes nothing.
    """
    kinds: set[str] = set()
    while found := personal_data(text, answer=answer):
        pieces, at = [], 0
        for start, end, kind in found:
            pieces += [text[at:start], f"[{kind}]"]
            at = end
            kinds.add(kind)
        text = "".join(pieces) + text[at:]
    return Masked(text, tuple(sorted(kinds)))


def personal_data(text: str, *, answer: bool = False) -> list[Found]:
    """Return the personal data in ``text``, in order, without overlap.

    Kinds: ``email``; ``iban`` and ``card``, both told by their check digits; ``address`` (street with number,
    postcode);
    ``reference`` (account, order, ticket, policy and booking numbers after such a word); ``phone``; ``handle``
    (@name, u/name); ``name`` (of a person, after a cue such as "agent", "spoke to", "Regards").
    """
    found: list[Found] = []
    rest = text
    for kind, find in _kinds(text, answer):
        for start, end in find(rest):
            if _BLANK not in rest[start:end]:
                found.append(Found(start, end, kind))
                # What is found is blanked for the kinds that follow, so that nothing is found twice.
                rest = rest[:start] + _BLANK * (end - start) + rest[end:]
    return sorted(found)


def _kinds(text: str, answer: bool) -> Iterator[tuple[str, Callable[[str], Iterator[tuple[int, int]]]]]:
    """Yield each kind with its finder, the surest first; a kind whose signs the text lacks is left out."""
    if "@" in text:
        yield "email", _emails
    if _AT_HOST.search(text):
        yield "email", _spelled_emails
    digits = sum(map(text.count, "0123456789"))
    if digits >= 8:
        yield "iban", ibans
        yield "card", cards
    if digits >= 1:
        yield "address", addresses
    if digits >= 2:
        yield "reference", references
    if digits >= 7:
        yield "phone", phones
    if "@" in text:
        yield "handle", _handles
    if "u/" in text:
        yield "handle", _user_handles
    yield "name", names
    if answer:
        yield "name", addressees


def _emails(text: str) -> Iterator[tuple[int, int]]:
    yield from (match.span() for match in _EMAIL.finditer(text))


def _spelled_emails(text: str) -> Iterator[tuple[int, int]]:
    """Yield addresses written around the sign: "jo (at) mail.example", "jo at mail dot example"."""
    yield from (match.span() for match in _BRACKETED_EMAIL.finditer(text))
    for match in _SPOKEN_EMAIL.finditer(text):
        if match["user"].lower() in _NO_USER:
            continue
        if not match["host"] or _MAIL_CUE.search(text, max(0, match.start() - 40), match.start()):
            yield match.span()


def _handles(text: str) -> Iterator[tuple[int, int]]:
    for match in _HANDLE.finditer(text):
        if match["name"].lower() not in _NO_HANDLE:
            yield match.span()


def _user_handles(text: str) -> Iterator[tuple[int, int]]:
    yield from (match.span() for match in _USER.finditer(text))
