"""From a raw string to a prepared one: clean, masked, with its language and segments."""

from voc.text.clean import clean
from voc.text.language import detect_language
from voc.text.pii import Masked, mask
from voc.text.prepare import PREPARATION, Prepared, is_junk, prepare
from voc.text.segment import Span, segments

__all__ = [
    "PREPARATION",
    "Masked",
    "Prepared",
    "Span",
    "clean",
    "detect_language",
    "is_junk",
    "mask",
    "prepare",
    "segments",
]
