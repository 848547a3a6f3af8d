"""What all tests share: no model hub, the real files, the browser, a last line that names what did not run."""

from __future__ import annotations

import os

os.environ["HF_HUB_OFFLINE"] = "1"  # before any import that could reach for the hub

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

pytest.register_assert_rewrite("browsing")

if TYPE_CHECKING:
    from playwright.sync_api import Page

settings.register_profile("voc", deadline=None, print_blob=True)  # a shared core is no reason to fail
settings.load_profile("voc")

CHECKOUT = Path(__file__).resolve().parent.parent
RAW = Path(os.environ.get("VOC_RAW") or CHECKOUT.parent / "shared" / "raw")
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def find_chromium() -> Path | None:
    """Return the browser in ``$VOC_CHROMIUM``, else the first one on the path, else None."""
    named = os.environ.get("VOC_CHROMIUM")
    found = next(filter(None, map(shutil.which, [named] if named else BROWSERS)), None)
    return Path(found) if found else None


@pytest.fixture(scope="session")
def raw() -> Path:
    """Folder of the real files; a test that asks for it is marked ``needs_raw``."""
    if not RAW.is_dir():
        pytest.skip(f"no folder {RAW} (set VOC_RAW)")
    return RAW


@pytest.fixture(scope="session")
def chromium() -> Path:
    """Path of a Chromium; a test that asks for it is marked ``browser``."""
    found = find_chromium()
    if found is None:
        pytest.skip("no Chromium on the path (install it, or set VOC_CHROMIUM)")
    return found


@pytest.fixture
def page(chromium: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page of an empty browser, 1280 px wide unless the test says otherwise; nothing may go wrong or out on it."""
    from browsing import one_page

    with one_page(chromium, tmp_path / "profile", getattr(request, "param", 1280)) as page:
        yield page


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Leave out marked tests that read the files or start the browser without asking for the fixture."""
    if item.get_closest_marker("needs_raw") and not RAW.is_dir():
        pytest.skip(f"no folder {RAW} (set VOC_RAW)")
    if item.get_closest_marker("browser") and find_chromium() is None:
        pytest.skip("no Chromium on the path (install it, or set VOC_CHROMIUM)")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Print the last line of all: which tests did not run, and why."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or not (skipped := reporter.stats.get("skipped")):
        return
    by_reason: dict[str, list[str]] = {}
    for report in skipped:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        by_reason.setdefault(reason.removeprefix("Skipped: "), []).append(report.nodeid.removeprefix("tests/"))
    told = "; ".join(f"{', '.join(names)} ({reason})" for reason, names in by_reason.items())
    reporter.write_line(f"NOT RUN: {len(skipped)} skipped: {told}", yellow=True)


@pytest.fixture(scope="session")
def sample_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store that the main job made of the sample data, once for all workers: copy it before you write to it."""
    from filelock import FileLock

    from voc.config import samples_folder
    from voc.pipeline import RunOptions, run
    from voc.store import Store

    own = tmp_path_factory.getbasetemp()
    folder = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "samples"
    folder.mkdir(exist_ok=True)
    with FileLock(folder / "lock"):
        if not (folder / "done").exists():
            run(
                [str(samples_folder())],
                Store.open(folder / "store", create=True),
                RunOptions(command="voc run samples"),
            )
            (folder / "done").touch()
    return folder / "store"
