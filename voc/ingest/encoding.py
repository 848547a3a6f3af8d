"""Which encoding a file's bytes are in."""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Final

from voc.errors import InputError
from voc.ingest.places import Place

BLOCK: Final = 1 << 20
_SAMPLE: Final = 1 << 16
_BOMS: Final = (
    (codecs.BOM_UTF32_LE, "utf-32"),  # begins with the one of UTF-16
    (codecs.BOM_UTF32_BE, "utf-32"),
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
_HIGH: Final = re.compile(rb"[\x80-\xff]")
_RUN: Final = re.compile(rb"[\x80-\xff]{2,}")
_SIGN_IN_WORD: Final = re.compile("[a-z][\u00a1-\u00bf\u00d7\u00f7][a-z]")
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
            text = io.TextIOWrapper(raw, encoding=self.name, errors=self._errors, newline="")
            try:
                yield text
            finally:
                text.detach()

    def blocks(self, place: Place) -> Iterator[bytes]:
        """``place`` as UTF-8, a megabyte at a time; a block may end anywhere."""
        with place.open() as raw:
            blocks = iter(lambda: raw.read(BLOCK), b"")
            if self.name == "utf-8" and not self.stray:
                yield from blocks
                return
            decoder = codecs.getincrementaldecoder(self.name)(self._errors)
            for block in blocks:
                yield decoder.decode(block).encode("utf-8", "replace")
            yield decoder.decode(b"", final=True).encode("utf-8", "replace")

    @property
    def _errors(self) -> str:
        return _STRAY if self.stray else "replace"


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
    """What surrounds the first bytes that are not UTF-8, or None."""
    block = head
    while block:
        end = _whole_characters(block)
        if not _is_utf8(block[:end]):
            try:
                block[:end].decode()
            except UnicodeDecodeError as error:
                return (block + raw.read(_SAMPLE))[max(0, error.start - _SAMPLE) : error.start + _SAMPLE]
        more = raw.read(BLOCK)
        if not more and end < len(block):
            return None if _is_utf8(block) else block[-_SAMPLE:]
        block = more and block[end:] + more
    return None


def _whole_characters(block: bytes) -> int:
    """Length of ``block`` without a last character that may go on behind it."""
    return next((len(block) - n for n in range(1, min(4, len(block) + 1)) if block[-n] >= 0xC0), len(block))


def _is_utf8(block: bytes) -> bool:
    import pyarrow as pa

    # Ten times as fast as decoding, which has to make a text.
    try:
        pa.scalar(block, pa.binary()).cast(pa.string())
    except pa.ArrowInvalid:
        return False
    return True


def _legacy(place: Place, around: bytes) -> Encoding:
    text = around.decode("utf-8", "replace")
    strange = text.count("\ufffd")
    if sum(c > "\x7f" for c in text) - strange > strange:
        return Encoding("utf-8", stray=True)
    if _is_western(around):
        return Encoding("cp1252")
    from charset_normalizer import from_bytes

    best = from_bytes(around).best()
    if best is None:
        raise InputError(f"{place.name}: the text is in no encoding that is known; save it as UTF-8")
    return Encoding(best.encoding)


def _is_western(text: bytes) -> bool:
    """Whether ``text`` makes words in Windows-1252, which is Latin-1 and more.

    Letters beyond ASCII stand alone in Western words, and one behind the other in Cyrillic, Greek or Chinese.
    Polish read so has signs such as ``³`` within its words.
    """
    try:
        words = text.decode("cp1252")
    except UnicodeDecodeError:
        return False
    return 2 * sum(map(len, _RUN.findall(text))) <= len(_HIGH.findall(text)) and not _SIGN_IN_WORD.search(words)
