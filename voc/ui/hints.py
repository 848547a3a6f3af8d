"""What the reader noticed, as sentences for people who have no command line before them."""

from __future__ import annotations

import re
from collections.abc import Sequence

import streamlit as st

from voc.ui.highlight import sentence

#: The part of a sentence, or a whole one, that names an option of the command line.
_FLAG = re.compile(r"\s*\([^()]*--[a-z][^()]*\)|[;,]?\s*(?:[^.;,()]*\s)?--[a-z](?:'[^']*'|[^.;'])*")


def without_flags(text: str) -> str:
    """``text`` without advice that only helps on the command line: there the page has a choice for it."""
    return re.sub(r"\.{2,}$", ".", _FLAG.sub("", text))


def warn(warnings: Sequence[str]) -> None:
    """Show what was noticed, all of it in one box."""
    if warnings:
        st.warning("\n\n".join(sentence(without_flags(warning)) for warning in warnings))
