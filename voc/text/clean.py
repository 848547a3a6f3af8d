"""Clean a raw text: unicode, HTML, quoted lines, white space. Words and emoji stay as written."""

from __future__ import annotations

import re
import unicodedata

_TAG = re.compile(r"</?[a-zA-Z][^<>]*>|&[a-zA-Z#0-9]{2,8};")
_QUOTED_HTML = ("blockquote", "aside", "pre", "script", "style")
_BLOCKS = ("p", "br", "li", "div", "h1", "h2", "h3", "h4", "tr")
_QUOTED_LINE = re.compile(r"^[ \t]*>.*$", re.MULTILINE)
_SIGNATURE = re.compile(r"\n-- ?\n.*\Z|\n(?:Sent from my|Get Outlook for) .*\Z", re.DOTALL)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f​⁠﻿]")
_SPACES = re.compile(r"[^\S\n]+")
_BREAKS = re.compile(r" ?\n[ \n]*")
# What a UTF-8 text leaves behind when it was read as Windows-1252.
_MOJIBAKE = re.compile(r"[ÂÃâ][\x80-¿€™œž‚„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜š›Ÿ]")


def clean(raw: str) -> str:
    """Return ``raw`` as plain text.

    HTML becomes text (quotes and code blocks go), mojibake is repaired, lines quoted with ``>`` and mail
    signatures go, NFC, one space between words, one line break between lines.
    """
    text = raw.replace("\r\n", "\n").replace("\r", "\n")
    if _TAG.search(text):
        text = _from_html(text)
    if _MOJIBAKE.search(text):
        from ftfy import fix_encoding

        text = fix_encoding(text)
    text = unicodedata.normalize("NFC", text)
    text = _SIGNATURE.sub("", _QUOTED_LINE.sub("", text))
    text = _SPACES.sub(" ", _CONTROL.sub(" ", text))
    return _BREAKS.sub("\n", text).strip()


def _from_html(text: str) -> str:
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(text, "html.parser")
    for tag in soup(_QUOTED_HTML):
        tag.decompose()
    for tag in soup(_BLOCKS):
        tag.append("\n")
    return soup.get_text()
