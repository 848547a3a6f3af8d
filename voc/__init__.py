"""Voice of the customer: what customers say, as giving, taking, themes and drivers, with intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from voc.pipeline.frame_tagger import FrameTagger

__all__ = ["tagger"]


def tagger(*, text: str = "text", themes: str | None = None, encoder: str = "default", threads: int = 1) -> FrameTagger:
    """A picklable callable that tags batches of any engine: Arrow table, record batch or pandas frame in, the same out.

    ``text``: the column of comments. ``themes``: a folder of exported themes, or a store. See docs/engines.md.
    """
    from voc.pipeline.frame_tagger import FrameTagger

    return FrameTagger(text, themes, encoder, threads)
