"""The straight line: what command line, explorer and batch call."""

from voc.pipeline.accounting import ACCOUNT_COLUMNS, FileSummary, RunSummary
from voc.pipeline.beside import customers_of, events_of, read_customers, read_events
from voc.pipeline.codebook import read_codebook
from voc.pipeline.copies import CopyCounts
from voc.pipeline.emerging import EmergingTheme, EmergingThemes, add_edit, emerging_themes
from voc.pipeline.frames import Frames, load_frames, slices, where
from voc.pipeline.intake import Intake, as_comments, require_comments
from voc.pipeline.preview import Preview, ThemeEffect, preview
from voc.pipeline.rejects import rejected_rows, write_rejects
from voc.pipeline.retag import CARRIED, Retagged, require_some, retag, stale, stale_by_model, stored_rows
from voc.pipeline.run import RunOptions, run
from voc.pipeline.sinks import open_sink
from voc.pipeline.tag_file import TagCounts, comment_rows, output_columns, tag_file
from voc.pipeline.tagger import Tagged, Tagger, load_tagger
from voc.pipeline.theme_edits import edit_themes, move_edit, preview_edit, split_edit
from voc.pipeline.theme_lists import is_theme_list, write_theme_list
from voc.pipeline.theme_quality import stability_edit, theme_quality
from voc.pipeline.theming import (
    Proposal,
    adopt_themes,
    discover_themes,
    import_themes,
    load_themes,
    propose_themes,
    stored_themes,
    themes_to_import,
)
from voc.pipeline.topics import track, track_all, untrack

__all__ = [
    "ACCOUNT_COLUMNS",
    "CARRIED",
    "CopyCounts",
    "EmergingTheme",
    "EmergingThemes",
    "FileSummary",
    "Frames",
    "Intake",
    "Preview",
    "Proposal",
    "Retagged",
    "RunOptions",
    "RunSummary",
    "TagCounts",
    "Tagged",
    "Tagger",
    "ThemeEffect",
    "add_edit",
    "adopt_themes",
    "as_comments",
    "comment_rows",
    "customers_of",
    "discover_themes",
    "edit_themes",
    "emerging_themes",
    "events_of",
    "import_themes",
    "is_theme_list",
    "load_frames",
    "load_tagger",
    "load_themes",
    "move_edit",
    "open_sink",
    "output_columns",
    "preview",
    "preview_edit",
    "propose_themes",
    "read_codebook",
    "read_customers",
    "read_events",
    "rejected_rows",
    "require_comments",
    "require_some",
    "retag",
    "run",
    "slices",
    "split_edit",
    "stability_edit",
    "stale",
    "stale_by_model",
    "stored_rows",
    "stored_themes",
    "tag_file",
    "theme_quality",
    "themes_to_import",
    "track",
    "track_all",
    "untrack",
    "where",
    "write_rejects",
    "write_theme_list",
]
