"""The page printed as PDF by a browser without a window, Chromium or Chrome; nothing is fetched."""

from __future__ import annotations

import datetime as dt
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from voc.errors import VocError
from voc.files import written_whole

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_SECONDS = 180
_FLAGS = (
    *("--headless", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update"),
    *("--disable-sync", "--disable-default-apps", "--disable-extensions", "--no-pdf-header-footer"),
    # the page is ours, holds no script and asks for nothing; root, as in containers, has no sandbox
    *(("--no-sandbox",) if hasattr(os, "geteuid") and os.geteuid() == 0 else ()),
)
_DATES = re.compile(rb"(?<=\(D:)\d{14}[+-]\d\d'\d\d'(?=\))")


def find_browser() -> Path | None:
    """The browser in ``$VOC_CHROMIUM``, else the first one on the path, else None."""
    named = os.environ.get("VOC_CHROMIUM")
    found = next(filter(None, map(shutil.which, [named] if named else BROWSERS)), None)
    return Path(found) if found else None


def write_pdf(page: str, target: Path, moment: dt.datetime) -> None:
    """Print ``page`` to ``target``, which bears ``moment`` as its date: the same page gives the same bytes with the
    same browser.

    Raises:
        VocError: there is no browser, or it fails.
    """
    browser = find_browser()
    if browser is None:
        raise VocError(
            "a PDF is printed by Chromium or Chrome and none was found: install one, name it in VOC_CHROMIUM, or write "
            ".html and print that from any browser"
        )
    with tempfile.TemporaryDirectory(prefix="voc-pdf-") as folder, written_whole(target) as part:
        source, printed = Path(folder, "brief.html"), Path(folder, "brief.pdf")
        source.write_text(page, encoding="utf-8")
        command = [str(browser), *_FLAGS, f"--user-data-dir={folder}/profile", f"--print-to-pdf={printed}"]
        try:
            done = subprocess.run([*command, source.as_uri()], capture_output=True, timeout=_SECONDS, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise VocError(f"{browser} did not print the brief: {error}; write .html and print that instead") from error
        if done.returncode or not printed.is_file():
            last = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
            raise VocError(f"{browser} did not print the brief: {' '.join(last)}; write .html and print that instead")
        stamp = f"{moment:%Y%m%d%H%M%S}+00'00'".encode()
        part.write_bytes(_DATES.sub(stamp, printed.read_bytes()))
