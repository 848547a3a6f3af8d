"""The straight line: what command line, explorer and batch call."""

from voc.pipeline.accounting import ACCOUNT_COLUMNS, FileSummary, RunSummary
from voc.pipeline.copies import CopyCounts
from voc.pipeline.frames import Frames, load_frames
from voc.pipeline.rejects import write_rejects
from voc.pipeline.run import RunOptions, run
from voc.pipeline.tag_file import TagCounts, tag_file
from voc.pipeline.tagger import Tagged, Tagger, load_tagger
from voc.pipeline.theming import discover_themes, edit_themes, import_themes, load_themes, stored_themes

__all__ = [
    "ACCOUNT_COLUMNS",
    "CopyCounts",
    "FileSummary",
    "Frames",
    "RunOptions",
    "RunSummary",
    "TagCounts",
    "Tagged",
    "Tagger",
    "discover_themes",
    "edit_themes",
    "import_themes",
    "load_frames",
    "load_tagger",
    "load_themes",
    "run",
    "stored_themes",
    "tag_file",
    "write_rejects",
]
