"""Progress of long work as a bar with rate and time left."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from voc.progress import Advance

#: The bar is drawn anew at most this often, in seconds.
EVERY = 0.25


class Bar:
    """A ``voc.progress.Progress`` that draws one bar after another in the page."""

    @contextmanager
    def task(self, label: str, total: int | None) -> Iterator[Advance]:
        """Show ``label`` and how many of ``total`` are done."""
        bar = st.progress(0.0, text=f"{label} …")
        started = drawn = time.monotonic()
        done = 0

        def advance(number: int) -> None:
            nonlocal done, drawn
            done += number
            now = time.monotonic()
            if total and now - drawn >= EVERY:
                drawn = now
                bar.progress(min(done / total, 1.0), text=f"{label}: {pace(done, total, now - started)}")

        yield advance
        bar.progress(1.0, text=f"{label}: done")


def pace(done: int, total: int, seconds: float) -> str:
    """``120 of 900 · 60 a second · 13 s left``."""
    rate = done / seconds if seconds > 0 else 0.0
    if not rate:
        return f"{done:,} of {total:,}"
    left = max(total - done, 0) / rate
    wait = f"{left:.0f} s" if left < 90 else f"{left / 60:.0f} min"
    return f"{done:,} of {total:,} · {rate:,.0f} a second · {wait} left"
