"""Streamlit's command line (``python -m voc.ui.serve run app.py``), which loads what the first page needs meanwhile."""

from __future__ import annotations

from contextlib import suppress
from importlib import import_module
from threading import Thread

import pyarrow as pa
from streamlit.web.cli import main

from voc.errors import VocError


def load() -> None:
    """Import the pages, open the store, load the encoder and reckon an interval: the libraries under these take four
    seconds to load, which the first visitor would wait for. Arrow takes its memory from the system, as its own pool
    keeps what pages let go (a quarter more with a million comments)."""
    pa.set_memory_pool(pa.system_memory_pool())
    import_module("voc.ui.routes")
    from voc.analytics.intervals import mean_interval
    from voc.ui import access, comments
    from voc.ui.view import store_path

    mean_interval(0, 1, 2)
    with suppress(VocError):  # the page will say it
        access.warm(store_path())
        comments.encoder()  # for the first search


if __name__ == "__main__":
    Thread(target=load, daemon=True).start()
    main(prog_name="streamlit")
