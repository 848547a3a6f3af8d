"""The brief as a file: HTML, PDF, PPTX or XLSX by its suffix, whole or not at all."""

from __future__ import annotations

from pathlib import Path

from voc.errors import UsageError
from voc.files import write_whole
from voc.report.html import render
from voc.report.model import Brief

FORMATS = (".html", ".htm", ".pdf", ".pptx", ".xlsx")


def require_format(path: str | Path) -> str:
    """The suffix of ``path``. Raises UsageError where no brief is written in it."""
    suffix = Path(path).suffix.lower()
    if suffix not in FORMATS:
        raise UsageError(f"unknown format {suffix!r}: the brief ends in .html, .pdf, .pptx or .xlsx")
    return suffix


def write(brief: Brief, path: str | Path) -> Path:
    """Write the brief to ``path``; the same brief gives the same bytes.

    Raises:
        UsageError: the suffix is none of ``FORMATS``, or the folder cannot be written to.
        VocError: a PDF is asked for and there is no browser to print it.
    """
    target, suffix = Path(path), require_format(path)
    if suffix == ".pdf":
        from voc.report.pdf import write_pdf

        write_pdf(render(brief), target, brief.moment)
    elif suffix == ".pptx":
        from voc.report.slides import write_slides

        write_slides(brief, target)
    elif suffix == ".xlsx":
        from voc.report.workbook import write_workbook

        write_workbook(brief, target)
    else:
        write_whole(render(brief), target)
    return target
