"""The leader's brief: two pages that say what customers said and how sure that is, an appendix on how it was reckoned.

``gather`` turns tables into numbers and sentences, ``render`` those into one self-contained page, and ``write`` into a
file: HTML, PDF, slides or a workbook.
"""

from voc.report.brief import Brief, gather
from voc.report.events import as_events
from voc.report.html import render
from voc.report.write import require_format, write

__all__ = ["Brief", "as_events", "gather", "render", "require_format", "write"]
