"""Long work in a thread of its own: the page stays free, shows how far it is, and can cancel it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any

import streamlit as st

from voc.errors import VocError
from voc.progress import Advance, Progress
from voc.ui.highlight import sentence

#: The page looks at the work so often, in seconds.
EVERY = 0.5
_WORK, _FAILED = "work", "work-failed"


class CancelledError(VocError):
    """Somebody cancelled the work; what it had not committed is as it was."""


class Work:
    """A call ``do(progress)`` that runs in a thread; itself the progress, which ends the call where it is cancelled."""

    def __init__(self, name: str, do: Callable[[Progress], Any], then: Callable[[Any], None]) -> None:
        self.name, self._then = name, then
        self.label, self.done = name, 0
        self.total: int | None = None
        self._begun = time.monotonic()
        self._cancelled = Event()
        self._result: Any = None
        self.error: Exception | None = None
        self._thread = Thread(target=self._run, args=(do,), daemon=True)
        self._thread.start()

    @contextmanager
    def task(self, label: str, total: int | None) -> Iterator[Advance]:
        """Begin a step. Raises CancelledError, here and with every advance, once the work is cancelled."""
        self._check()
        self.label, self.done, self.total, self._begun = label, 0, total, time.monotonic()
        yield self._advance

    @property
    def is_over(self) -> bool:
        """Whether it is done, has failed or was cancelled."""
        return not self._thread.is_alive()

    @property
    def is_cancelled(self) -> bool:
        """Whether somebody wants it to end."""
        return self._cancelled.is_set()

    def cancel(self) -> None:
        """Have it end at the next sign of progress."""
        self._cancelled.set()

    def conclude(self) -> None:
        """Hand the result to who waits for it. Raises what the work raised."""
        if self.error:
            raise self.error
        self._then(self._result)

    def told(self) -> str:
        """How far it is, in words."""
        if self.is_cancelled:
            return f"{self.label}: cancelling, when this step allows it …"
        if self.total and self.done:
            return f"{self.label}: {pace(self.done, self.total, time.monotonic() - self._begun)}"
        return f"{self.label} …"

    def _run(self, do: Callable[[Progress], Any]) -> None:
        try:
            self._result = do(self)
        except Exception as error:
            self.error = error

    def _advance(self, number: int) -> None:
        self.done += number
        self._check()

    def _check(self) -> None:
        if self.is_cancelled:
            raise CancelledError(f"{self.name} is cancelled: nothing of the step that was running is kept.")


def begin(name: str, do: Callable[[Progress], Any], then: Callable[[Any], None]) -> None:
    """Start ``do(progress)`` and show the page anew; when it is done ``then`` is given the result.

    ``do`` runs outside the page: it must not touch Streamlit. Raises VocError while other work goes on.
    """
    if _WORK in st.session_state:
        raise VocError(f"{st.session_state[_WORK].name} is still going on: wait for it, or cancel it.")
    _forget()
    st.session_state[_WORK] = Work(name, do, then)
    st.rerun()


def tell(words: str) -> None:
    """Have a short word said when the page is shown next."""
    st.session_state["told"] = words


def show() -> None:
    """The work of this session while it goes on, and why the last one failed."""
    if failed := st.session_state.get(_FAILED):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.error(sentence(failed))
            st.button("Close", key="work-close", icon=":material/close:", on_click=_forget)
    if _WORK in st.session_state:
        _box()


@st.fragment(run_every=EVERY)
def _box() -> None:
    work: Work | None = st.session_state.get(_WORK)
    if work is None:
        return
    if work.is_over:
        st.session_state.pop(_WORK)
        try:
            work.conclude()
        except VocError as error:
            st.session_state[_FAILED] = str(error)
        st.rerun()
    with st.container(border=True, key="voc-work"):
        st.progress(min(work.done / work.total, 1.0) if work.total else 0.0, text=work.told())
        st.button("Cancel", icon=":material/cancel:", on_click=work.cancel, disabled=work.is_cancelled)


def _forget() -> None:
    st.session_state.pop(_FAILED, None)


def pace(done: int, total: int, seconds: float) -> str:
    """``120 of 900 · 60 a second · 13 s left``."""
    rate = done / seconds if seconds > 0 else 0.0
    if not rate:
        return f"{done:,} of {total:,}"
    left = max(total - done, 0) / rate
    wait = f"{left:.0f} s" if left < 90 else f"{left / 60:.0f} min"
    return f"{done:,} of {total:,} · {rate:,.0f} a second · {wait} left"
