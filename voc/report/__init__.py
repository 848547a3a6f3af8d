"""The leader's brief: two pages that say what customers said, how sure that is, and how it was reckoned.

``gather`` turns tables into numbers and sentences, ``render`` turns those into one self-contained page.
"""

from voc.report.brief import Brief, gather
from voc.report.html import render, write

__all__ = ["Brief", "gather", "render", "write"]
