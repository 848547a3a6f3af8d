"""Clean a raw text: unicode, HTML, what others wrote, white space. Words and emoji stay as written."""

from __future__ import annotations

import html
import re
import unicodedata
from html.entities import html5

from voc.text.segment import EMOJI

# --- HTML -------------------------------------------------------------------------------------
_ELEMENT = re.compile(r"</?[a-zA-Z][^<>]{0,2000}>|<!--")
_ESCAPED_ELEMENT = re.compile(
    r"&(?:amp;){0,3}lt;/?(?:p|br|div|span|b|i|em|strong|a|ul|ol|li|blockquote|h[1-6])\b[^<>&]{0,300}"
    r"(?:&(?:amp;)?quot;[^<>&]{0,300}){0,12}&(?:amp;){0,3}gt;"
)
_ENTITY = re.compile(r"&(?:(?P<name>[a-zA-Z][a-zA-Z\d]{1,31};)|#\d{1,7};|#[xX][0-9a-fA-F]{1,6};)")
_QUOTED_HTML = frozenset("blockquote aside pre script style title".split())
_BLOCKS = frozenset("p br li div h1 h2 h3 h4 h5 h6 tr ul ol table".split())
_DEEPEST_ESCAPE = 3

# --- what a platform or data set put before the words -----------------------------------------
_PREFIX = re.compile(
    r"\s*(?:(?:__label__\S{1,60}(?:\s+|\Z))+|[✅☑✔❎❌\ufe0f ]{0,4}(?:trip verified|not verified|verified review) ?\|)",
    re.IGNORECASE,
)

# --- what others wrote ------------------------------------------------------------------------
_BBCODE_QUOTE = re.compile(r"\[(/?)quote\b[^\]\n]{0,200}\]", re.IGNORECASE)
_QUOTED_LINE = re.compile(r"^[ \t]*>.*$", re.MULTILINE)
_MAIL_HISTORY = re.compile(
    r"^[ \t]*(?:-{2,}[ ]?(?:original message|forwarded message|ursprüngliche nachricht)[ ]?-{2,}"
    r"|on [^\n]{6,120}(?:\n[^\n]{0,80})?\bwrote:[ \t]*$"
    r"|from: [^\n]{1,200}\n(?:sent|date|to): )",
    re.IGNORECASE | re.MULTILINE,
)
_SIGNATURE = re.compile(
    r"^(?:--[ ]?$|_{5,}$|(?:sent from my|sent via|get outlook for|von meinem) )|^[ \t]*\[signature\]",
    re.IGNORECASE | re.MULTILINE,
)
#: A closing, then at most four short lines (name, title, company, phone) to the end.
_CLOSING = re.compile(
    r"^[ \t]*(?:(?:with )?(?:(?:kind|best|warm|many)(?:est)? )?regards"
    r"|(?:yours )?(?:sincerely|faithfully|truly)|best wishes)"
    r"[,.!]?[ \t]*(?:\n[^\n]{0,60}){1,5}\s*\Z",
    re.IGNORECASE | re.MULTILINE,
)

# --- signs ------------------------------------------------------------------------------------
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_INVISIBLE = re.compile(r"[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
#: The joiner between two emoji makes one picture of them; elsewhere it is invisible.
_LOOSE_JOINER = re.compile(rf"\u200d(?!{EMOJI})|(?<![\ufe0f{EMOJI[1:-1]}])\u200d")
_SPACES = re.compile(r"[^\S\n]+")
_BREAKS = re.compile(r" ?\n[ \n]*")
# What a UTF-8 text leaves behind when it was read as Windows-1252.
_MOJIBAKE = re.compile(r"[ÂÃâðÐÑ][\x80-¿€™œž‚„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜š›Ÿ]")


def clean(raw: str) -> str:
    """Return ``raw`` as plain text.

    HTML becomes text (quotes and code blocks go), mojibake is repaired, what others wrote goes (quoted lines,
    ``[quote]``, the mail answered to), mail signatures go, marks before the words go ("Trip Verified |",
    "__label__2"), NFC, one space between words, one line break between lines. Markdown stays as it is. Time grows
    with the length and no faster.
    """
    text = raw.replace("\r\n", "\n").replace("\r", "\n")
    if "<" in text or "&" in text:
        text = _from_html(text)
    if not text.isascii():
        text = _plain_signs(text)
    if prefix := _PREFIX.match(text):
        text = text[prefix.end() :]
    if "\n" in text:
        text = _own_words(text)
    elif text.startswith(">"):
        return ""
    text = _SPACES.sub(" ", _CONTROL.sub(" ", text))
    return _BREAKS.sub("\n", text).strip()


def _from_html(text: str) -> str:
    """Return the text of HTML, escaped once or more often; a lone ``<`` or ``&`` stays."""
    for _ in range(_DEEPEST_ESCAPE):
        if not _ESCAPED_ELEMENT.search(text) or _ELEMENT.search(text):
            break
        text = html.unescape(text)
    if _ELEMENT.search(text):
        text = _without_elements(text)
    for _ in range(_DEEPEST_ESCAPE):
        if not _ENTITY.search(text):
            break
        text = _ENTITY.sub(_sign, text)
    return text


def _sign(entity: re.Match[str]) -> str:
    """Return what an entity stands for. Not ``html.unescape``, which reads "&copy=1" and "&notify;" as signs too."""
    return html5.get(entity["name"], entity[0]) if entity["name"] else html.unescape(entity[0])


def _without_elements(text: str) -> str:
    from lxml import etree

    parser = etree.HTMLParser(target=_Words(), encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
    # libxml2 ends at a null byte, and reads bare text only inside an element.
    page = f"<div>{text.replace(chr(0), ' ')}</div>"
    words: str = etree.fromstring(page.encode("utf-8", "replace"), parser)
    return words


class _Words:
    """Gathers the text of a document while it is parsed, so that no depth of nesting costs anything."""

    def __init__(self) -> None:
        self._kept: list[str] = []
        self._quoted = 0

    def start(self, tag: str, attributes: object) -> None:
        self._quoted += tag in _QUOTED_HTML
        if tag in _BLOCKS:
            self._kept.append("\n")

    def end(self, tag: str) -> None:
        self._quoted -= tag in _QUOTED_HTML
        if tag in _BLOCKS:
            self._kept.append("\n")

    def data(self, data: str) -> None:
        if not self._quoted:
            self._kept.append(data)

    def close(self) -> str:
        return "".join(self._kept)


def _plain_signs(text: str) -> str:
    if _MOJIBAKE.search(text):
        from ftfy import fix_encoding

        text = fix_encoding(text)
    text = _INVISIBLE.sub("", text)
    if "\u200d" in text:
        text = _LOOSE_JOINER.sub("", text)
    return unicodedata.normalize("NFC", text)


def _own_words(text: str) -> str:
    """Return what the writer of a post or mail wrote: no quotes, no mail answered to, no signature."""
    if "[quote" in text.lower():
        text = _without_bbcode_quotes(text)
    text = _QUOTED_LINE.sub("", text)
    for pattern in (_MAIL_HISTORY, _SIGNATURE, _CLOSING):
        if (found := pattern.search(text)) and text[: found.start()].strip():
            text = text[: found.start()]
    return text


def _without_bbcode_quotes(text: str) -> str:
    kept: list[str] = []
    depth = at = 0
    for tag in _BBCODE_QUOTE.finditer(text):
        if depth == 0:
            kept.append(text[at : tag.start()])
        depth = max(0, depth - 1) if tag[1] else depth + 1
        at = tag.end()
    return "".join([*kept, "\n", text[at:] if depth == 0 else ""])
