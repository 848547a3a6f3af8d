"""From the sample file to the brief in a real browser, with every edit of themes on the way."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from browsing import CHECKOUT, choose, opened, serious, serving, settled

from voc.themes.model import UNSTABLE_MARK

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser


def named(theme: str) -> re.Pattern[str]:
    """A theme's name, with or without the mark."""
    return re.compile(f"^{re.escape(theme)}({re.escape(UNSTABLE_MARK)})?$")


class Editor:
    """The panel of edits on the page Themes, as an analyst uses it."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def themes(self) -> list[str]:
        """All themes that can be read, without their marks; a page that is still being drawn closes the list."""
        for _ in range(100):
            if self.page.get_by_role("option").count():
                break
            self.page.keyboard.press("Escape")
            self.page.get_by_role("combobox", name="Theme to read").click()
            self.page.wait_for_timeout(300)
        found = self.page.get_by_role("option").all_inner_texts()
        self.page.keyboard.press("Escape")
        return [name.removesuffix(UNSTABLE_MARK) for name in found]

    def lists(self, expected: Callable[[list[str]], bool]) -> None:
        """Wait until the themes that can be read are as expected: the word after an edit comes before the page."""
        for _ in range(20):
            if expected(found := self.themes()):
                return
            self.page.wait_for_timeout(500)
        raise AssertionError(f"still {found}")

    def choose(self, label: str, option: str) -> None:
        choose(self.page, label, option, named(option))
        settled(self.page)

    def reads(self, theme: str) -> None:
        self.page.get_by_role("heading", name=named(theme)).wait_for()
        settled(self.page)

    def read(self, theme: str) -> None:
        self.choose("Theme to read", theme)
        self.reads(theme)

    def edit(self, tab: str) -> None:
        """Open the panel, which a page that is shown anew closes, at a tab."""
        settled(self.page)
        panel = self.page.get_by_text("Edit this theme")
        if not self.page.get_by_role("tab", name=tab, exact=True).is_visible():
            panel.click()
        self.page.get_by_role("tab", name=tab, exact=True).click()

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).locator("visible=true").first.click()

    def told(self, words: str) -> None:
        """Wait for the short word after an edit."""
        self.page.get_by_test_id("stToast").filter(has_text=words).first.wait_for()
        settled(self.page)

    def open_edits(self) -> None:
        if not self.page.get_by_role("button", name="Undo the last edit").is_visible():
            self.page.get_by_text("Recent edits and undo").click()

    def undo(self) -> None:
        self.open_edits()
        self.press("Undo the last edit")
        self.told("The last edit is taken back.")


def test_from_a_file_to_the_brief_with_every_edit_on_the_way(page: Page, tmp_path: Path) -> None:
    with serving(tmp_path / "new", page) as address:
        page.goto(address)
        page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(CHECKOUT / "data/samples/reviews.csv")
        page.get_by_text("Change how reviews.csv is read").click()
        page.get_by_role("combobox", name="Customers' words").wait_for()
        page.get_by_role("button", name=re.compile(r"Tag \d+ rows")).click()
        page.get_by_text(re.compile(r"^All \d+ comments")).wait_for(timeout=600_000)  # minutes on a busy machine
        settled(page)

        opened(page, f"{address}/themes", "Themes")
        editor = Editor(page)
        themes = editor.themes()
        assert len(themes) > 4
        page.get_by_text("Edit this theme").click()
        page.get_by_label("Your name (kept with the edit)").first.fill("Ada")
        page.get_by_label("Your name (kept with the edit)").first.press("Enter")

        first = themes[0]
        editor.reads(first)
        editor.edit("Rename")
        page.get_by_label("New name").fill("What Ada calls it")
        editor.press("Rename")
        editor.told("Renamed to What Ada calls it.")
        editor.reads("What Ada calls it")

        editor.edit("Merge")
        editor.choose("Count as", themes[1])
        editor.press("What would change?")
        page.get_by_text("would change theme").first.wait_for()
        editor.press("Merge")
        editor.told(f"Merged into {themes[1]}.")
        editor.lists(lambda now: "What Ada calls it" not in now)
        editor.undo()
        editor.lists(lambda now: sorted(now) == sorted({*themes, "What Ada calls it"} - {first}))

        editor.read("What Ada calls it")
        editor.edit("Split")
        editor.press("Split")
        editor.told("What Ada calls it is split.")
        editor.lists(lambda now: len(now) > len(themes))
        editor.undo()
        editor.lists(lambda now: len(now) == len(themes))

        editor.read("What Ada calls it")
        editor.edit("Move a phrase")
        page.get_by_label("What is near this phrase").fill(first)
        editor.choose("counts as", themes[1])
        editor.press("Move")
        editor.told(f"Moved to {themes[1]}.")
        editor.undo()

        editor.read(themes[2])
        editor.edit("Pin")
        editor.press("Pin")
        editor.told("Pinned.")
        editor.edit("Pin")
        editor.press("Unpin")
        editor.told("Unpinned.")

        editor.edit("Retire")
        editor.press("Retire")
        editor.told("Retired.")
        editor.lists(lambda now: themes[2] not in now)
        page.get_by_test_id("stToast").first.wait_for(state="hidden")  # Streamlit's: a dialogue without a name
        assert serious(page) == []
        editor.open_edits()
        editor.press("Restore")
        editor.told(f"{themes[2]} is shown again.")
        editor.lists(lambda now: themes[2] in now)

        opened(page, f"{address}/brief", "Brief")
        page.get_by_role("button", name="Make the brief").click()
        page.frame_locator("iframe").get_by_role("heading").first.wait_for()
        with page.expect_download() as started:
            page.get_by_role("button", name="HTML").click()
        assert started.value.path().read_bytes().lower().startswith(b"<!doctype html>")
