"""Which encoding a file's bytes are in."""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Final

from voc.errors import InputError
from voc.ingest.places import Place

_BLOCK: Final = 1 << 20
_SAMPLE: Final = 1 << 16
_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_OTHER_FILES: Final = {
    b"PK\x03\x04": "a zip archive or Office file",
    b"%PDF": "a PDF",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"\xd0\xcf\x11\xe0": "an old Office file",
    b"\x1f\x8b": "a gzip file",
    b"PAR1": "a Parquet file",
    b"SQLite": "a database",
}
_CONTROL: Final = bytes(c for c in range(32) if c not in b"\t\n\r\f") + b"\x7f"
_BINARY_SHARE: Final = 0.05
_STRAY: Final = "voc_stray_bytes"


def _stray(error: UnicodeError) -> tuple[str, int]:
    """Read the few bytes of a UTF-8 file that are not UTF-8 as Windows-1252."""
    assert isinstance(error, UnicodeDecodeError)
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


codecs.register_error(_STRAY, _stray)


@dataclass(frozen=True)
class Encoding:
    """``name``: a Python codec. ``stray``: some bytes do not belong to it and are read as Windows-1252."""

    name: str
    stray: bool = False

    @contextmanager
    def open(self, place: Place) -> Iterator[io.TextIOWrapper]:
        """``place`` as text, line ends untouched."""
        with place.open() as raw:
            errors = _STRAY if self.stray else "replace"
            text = io.TextIOWrapper(raw, encoding=self.name, errors=errors, newline="")
            try:
                yield text
            finally:
                text.detach()


def detect_encoding(place: Place) -> Encoding:
    """The encoding of a text file; reads all of it once, in blocks.

    Raises ``InputError`` for an empty file, for bytes that are no text and for a text of no known encoding.
    """
    with place.open() as raw:
        head = raw.read(_SAMPLE)
        if not head.strip(b"\xef\xbb\xbf\xff\xfe \t\r\n\x00"):
            rest = raw.read(_SAMPLE)
            if not rest.strip():
                raise InputError(f"{place.name}: the file is empty; give a file with at least one comment")
        for bom, name in _BOMS:
            if head.startswith(bom):
                return Encoding(name)
        if wide := _utf16_without_bom(head):
            return Encoding(wide)
        _refuse_binary(place, head)
        broken = _first_not_utf8(raw, head)
    return Encoding("utf-8") if broken is None else _legacy(place, broken)


def _utf16_without_bom(head: bytes) -> str | None:
    even, odd = head[0::2].count(0), head[1::2].count(0)
    half = len(head) // 2
    if half and max(even, odd) > 0.4 * half and min(even, odd) < 0.05 * half:
        return "utf-16-le" if odd > even else "utf-16-be"
    return None


def _refuse_binary(place: Place, head: bytes) -> None:
    kind = next((kind for magic, kind in _OTHER_FILES.items() if head.startswith(magic)), None)
    control = len(head) - len(head.translate(None, _CONTROL))
    if kind is None and control > max(1, _BINARY_SHARE * len(head)):
        kind = "binary data"
    if kind:
        raise InputError(f"{place.name}: holds {kind}, not text; save it as UTF-8 text or give its real suffix")


def _first_not_utf8(raw: IO[bytes], head: bytes) -> bytes | None:
    """The block that holds the first bytes that are not UTF-8, or None."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    block = head
    while block:
        try:
            decoder.decode(block)
        except UnicodeDecodeError:
            return block
        block = raw.read(_BLOCK)
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return head[-_SAMPLE:]
    return None


def _legacy(place: Place, block: bytes) -> Encoding:
    text = block.decode("utf-8", "replace")
    strange = text.count("\ufffd")
    if sum(c > "\x7f" for c in text) - strange > strange:
        return Encoding("utf-8", stray=True)
    from charset_normalizer import from_bytes

    best = from_bytes(block[:_SAMPLE], cp_isolation=["cp1252", "latin_1"]).best()
    if best is None:
        raise InputError(f"{place.name}: neither UTF-8, UTF-16 nor Windows-1252 text; save it as UTF-8")
    return Encoding(best.encoding)
