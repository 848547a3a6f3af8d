"""From a raw string to a prepared one: clean, masked, with its language and segments."""

from voc.text.clean import clean
from voc.text.junk import is_junk
from voc.text.language import detect_language
from voc.text.pii import Found, Masked, mask, personal_data
from voc.text.prepare import PREPARATION, Prepared, prepare
from voc.text.segment import Span, segments

__all__ = [
    "PREPARATION",
    "Found",
    "Masked",
    "Prepared",
    "Span",
    "clean",
    "detect_language",
    "is_junk",
    "mask",
    "personal_data",
    "prepare",
    "segments",
]
