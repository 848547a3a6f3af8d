"""Themes: proposed by ``voc.themes.discover``, owned by the registry, assigned by vectors alone.

Discovery is imported by its own name, so that tagging loads none of its libraries.
"""

from voc.themes.assign import assign, calibrate, comment_themes
from voc.themes.model import Theme, ThemeSet
from voc.themes.wording import theme_text

__all__ = ["Theme", "ThemeSet", "assign", "calibrate", "comment_themes", "theme_text"]
