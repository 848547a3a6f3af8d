"""The leader's brief: two pages that say what customers said, how sure that is, and how it was reckoned.

``gather`` turns tables into numbers and sentences, ``render`` turns those into one self-contained page.
"""

from voc.report.brief import Brief, gather
from voc.report.events import read_events
from voc.report.html import render
from voc.report.write import write

__all__ = ["Brief", "gather", "read_events", "render", "write"]
