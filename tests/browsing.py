"""Driving the explorer in a real browser."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import ConsoleMessage, Page

CHECKOUT = Path(__file__).resolve().parent.parent
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--use-angle=swiftshader",  # the map of sentences is drawn by WebGL
    "--enable-unsafe-swiftshader",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
WAIT = 60_000


class serving:
    """The explorer on ``store`` while in ``with``; its address. ``page`` leaves it before it ends. ``more`` gives more
    of its environment, by its address."""

    def __init__(
        self, store: Path, page: Page | None = None, more: Callable[[str], dict[str, str]] = lambda _: {}
    ) -> None:
        self.store, self.page, self.more = store, page, more

    def __enter__(self) -> str:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
        self.server = subprocess.Popen(
            [*command, "--", "--store", str(self.store)],
            cwd=CHECKOUT,
            env={**os.environ, "PYTHONPATH": str(CHECKOUT), **self.more(f"http://127.0.0.1:{port}")},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return f"http://127.0.0.1:{port}"
            except OSError:
                time.sleep(0.2)
        self.server.kill()
        raise AssertionError("the explorer did not start within a minute")

    def __exit__(self, *_: object) -> None:
        if self.page:
            self.page.goto("about:blank")
        self.server.terminate()
        self.server.wait(20)


@contextmanager
def one_page(chromium: Path, profile: Path, width: int = 1280, other: str | None = None) -> Iterator[Page]:
    """A page of an empty profile; at the end nothing may have gone wrong or out, but for what pages of an ``other``
    server do."""
    from playwright.sync_api import sync_playwright

    wrong: list[str] = []
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            profile,
            executable_path=chromium,
            args=FLAGS,
            viewport={"width": width, "height": 900},
        )
        page = context.new_page()
        page.set_default_timeout(WAIT)

        def is_ours() -> bool:
            return other is None or not page.url.startswith(other)

        def sent(url: str) -> None:
            if "127.0.0.1" not in url.split("/")[2] and is_ours():
                wrong.append(url)

        def said(words: ConsoleMessage) -> None:
            if words.type == "error" and not _probe(words) and is_ours():
                wrong.append(words.text)

        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", said)
        page.on("request", lambda request: sent(request.url))
        yield page
        context.close()
    assert [item for item in wrong if not item.startswith(("data:", "blob:"))] == []


def _probe(said: ConsoleMessage) -> bool:
    """Whether this is Streamlit's client looking for the server below the page's own path first, which is a 404."""
    return str(said.location["url"]).endswith(("/_stcore/health", "/_stcore/host-config"))


def opened(page: Page, address: str, heading: str) -> None:
    """Open a screen and wait until it is drawn to its end, without an error."""
    page.goto(address)
    page.get_by_role("heading", name=heading, exact=True, level=1).wait_for()
    settled(page)


def settled(page: Page) -> None:
    page.get_by_text("How it is computed").first.wait_for()
    page.wait_for_function("!document.querySelector('[data-testid=stStatusWidget], [data-stale=true]')")
    assert page.get_by_test_id("stException").count() == 0


def serious(page: Page) -> list[str]:
    """What axe-core finds on the page that is open and holds to be serious or worse, with where."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    bad = [one for one in found if one["impact"] in ("serious", "critical")]
    return [f"{one['id']}: {node['target']}" for one in bad for node in one["nodes"]]


def choose(page: Page, label: str, option: str, shown: re.Pattern[str] | None = None) -> None:
    """Choose an option of a list, shown as it is or like ``shown``; once more where a page that is still being drawn
    has closed it."""
    from playwright.sync_api import TimeoutError as NotThere

    for _ in range(5):
        page.get_by_role("combobox", name=label).click()
        page.keyboard.type(option)
        try:
            page.get_by_role("option", name=shown or option, exact=True).click(timeout=5000)
            return
        except NotThere:
            page.keyboard.press("Escape")
    raise AssertionError(f"{option!r} cannot be chosen from {label!r}.")
