"""The explorer in a real browser: every screen opens, filters live in the address, edits stick and can be undone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from browsing import CHECKOUT, WAIT, choose, opened, serious, serving, settled
from explorer_store import make_store

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

pytestmark = pytest.mark.browser

SCREENS = {
    "": "This week",
    "themes": "Themes",
    "brief": "Brief",
    "overview": "Overview",
    "giving": "Giving & taking",
    "drivers": "Drivers",
    "changes": "Changes",
    "compare": "Compare",
    "gaps": "Survey gaps",
    "beyond": "Beyond satisfaction",
    "comments": "Comments",
    "data": "Data",
    "quality": "Quality",
    "settings": "Settings",
}


@pytest.fixture(scope="module")
def explorer(tmp_path_factory: pytest.TempPathFactory, chromium: Path) -> Iterator[str]:
    """Address of an explorer of its own, on a store with known content."""
    store = make_store(tmp_path_factory.mktemp("explorer") / "store")
    with serving(store) as address:
        yield address


@pytest.mark.parametrize("page", [1280, 390], indirect=True)
def test_every_screen_opens_and_fits(page: Page, explorer: str) -> None:
    width = page.evaluate("window.innerWidth")
    page.emulate_media(color_scheme="dark" if width < 640 else "light")
    for name, heading in SCREENS.items():
        opened(page, f"{explorer}/{name}", heading)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        assert not page.get_by_text("SyntaxError").count()  # how a table that cannot be drawn shows
        assert serious(page) == []
        page.screenshot(path=CHECKOUT / f"build/screens/{name or 'week'}-{width}.png")


def test_a_filter_is_in_the_address_and_stays_from_screen_to_screen(page: Page, explorer: str) -> None:
    opened(page, f"{explorer}/?brand=Wrenly", "This week")
    page.get_by_role("button", name="Brand: Wrenly").wait_for()
    page.get_by_role("link", name="Drivers").click()
    page.get_by_role("heading", name="Drivers", exact=True, level=1).wait_for()
    page.get_by_role("button", name="Brand: Wrenly").wait_for()
    page.wait_for_function("location.pathname == '/drivers' && location.search.includes('brand=Wrenly')")
    page.get_by_role("button", name="Clear all filters").click()
    page.get_by_text("All 365 comments").wait_for()
    page.wait_for_function("!location.search.includes('brand')")


def test_searching_marks_the_words(page: Page, explorer: str) -> None:
    opened(page, f"{explorer}/comments", "Comments")
    page.get_by_label("By", exact=True).click()
    page.get_by_role("option", name="Words", exact=True).click()
    box = page.get_by_label("Search", exact=True)
    box.fill("logging")
    box.press("Enter")
    page.locator("mark", has_text="logging").first.wait_for()
    settled(page)
    assert page.locator(".voc-card").count() == page.locator(".voc-card", has_text="logging").count() > 2


def test_a_comment_with_markup_is_shown_as_text(page: Page, explorer: str) -> None:
    opened(page, f"{explorer}/comments?words=alert", "Comments")
    page.locator(".voc-card", has_text='<script>alert("x")</script> **bold** & =1+1').wait_for()


def test_the_download_holds_what_was_found(page: Page, explorer: str) -> None:
    opened(page, f"{explorer}/comments?words=SIM", "Comments")
    page.get_by_role("button", name="Words: SIM").wait_for()
    with page.expect_download() as started:
        page.get_by_role("button", name=re.compile(r"Download \d+ comments \(CSV\)")).click()
    lines = started.value.path().read_text("utf-8-sig").splitlines()
    assert len(lines) > 10
    assert all("My new SIM never came." in line for line in lines[1:])


def test_an_emerging_theme_leads_to_its_comments(page: Page, explorer: str) -> None:
    opened(page, explorer, "This week")
    page.get_by_role("button", name=re.compile("Read the .* comments and review the theme")).click()
    page.get_by_role("heading", name="SIM card does not arrive").wait_for()
    page.locator("mark", has_text="My new SIM never came.").first.wait_for()


def test_a_click_on_a_dot_reads_its_comments_and_the_chart_is_saved(page: Page, explorer: str) -> None:
    opened(page, explorer, "This week")
    movers = page.get_by_test_id("stVegaLiteChart").nth(1)
    movers.get_by_label(re.compile("label: Helpful staff")).and_(page.locator("[aria-roledescription=point]")).click()
    page.locator("mark", has_text=re.compile("Friendly people|The lady in the shop")).first.wait_for()
    settled(page)
    page.get_by_role("button", name="Save").nth(1).click()
    with page.expect_download() as started:
        page.get_by_role("button", name="CSV of this chart").click()
    assert "Helpful staff" in started.value.path().read_text("utf-8-sig")


def test_a_view_is_saved_shared_and_forgotten(page: Page, explorer: str) -> None:
    opened(page, f"{explorer}/giving?sentiment=negative&stance=taking", "Giving & taking")
    page.get_by_role("button", name="Views").click()
    page.get_by_label("Save what is filtered now as").fill("Angry ones")
    page.get_by_role("button", name="Save the view").click()
    page.get_by_role("button", name="View: Angry ones").wait_for()
    told = page.get_by_text(re.compile(r"^\d+ of 365 comments")).inner_text()
    opened(page, f"{explorer}/comments?view=Angry+ones", "Comments")
    page.get_by_text(told).wait_for()
    page.get_by_role("button", name="Views").click()
    page.get_by_label("Your name (kept with the edit)").fill("Ada")
    page.get_by_role("button", name="Subscribe").click()
    page.get_by_text(re.compile("Every month, Ada hears of it to digests/angry-ones-")).wait_for()
    page.get_by_role("button", name="Forget the view “Angry ones”").click()
    page.get_by_text("All 365 comments").wait_for()


def first_comment(page: Page) -> Locator:
    """The dialogue of the first comment that is listed, drawn to its end, with a name to sign with."""
    from playwright.sync_api import expect

    page.locator(".st-key-open-comments-0 button").click()
    dialog = page.get_by_role("dialog")
    name = dialog.get_by_label("Your name (kept with the edit)").first
    name.wait_for()
    settled(page)
    if name.input_value() != "Ada":
        name.fill("Ada")
        name.press("Enter")
        expect(dialog.get_by_label("Your name (kept with the edit)").nth(1)).to_have_value(
            "Ada", timeout=WAIT
        )  # of the note
        settled(page)
    return dialog


def taken_back(page: Page, dialog: Locator, told: re.Pattern[str]) -> None:
    """Take back the one edit of a comment."""
    from playwright.sync_api import expect

    dialog.get_by_text(told).wait_for()
    settled(page)
    button = dialog.get_by_role("button", name="Take back")
    expect(button).to_have_count(1, timeout=WAIT)
    button.click()
    dialog.get_by_text(told).wait_for(state="detached")


def test_a_label_is_corrected_in_two_clicks_noted_and_taken_back(page: Page, explorer: str) -> None:
    opened(page, f"{explorer}/comments?words=alert", "Comments")
    dialog = first_comment(page)
    dialog.get_by_role("radio", name="mixed").click()
    dialog.get_by_text("Ada set sentiment: mixed").wait_for()
    dialog.get_by_role("tab", name="Why these labels").click()
    dialog.get_by_text("neutral").first.wait_for()
    page.keyboard.press("Escape")
    dialog.wait_for(state="detached")
    page.locator(".voc-card", has_text="mixed").wait_for()
    settled(page)
    taken_back(page, first_comment(page), re.compile("Ada set sentiment: mixed"))


def test_the_theme_of_a_sentence_is_corrected(page: Page, explorer: str) -> None:
    opened(page, f"{explorer}/comments?words=alert", "Comments")
    dialog = first_comment(page)
    dialog.get_by_label(re.compile("Theme of")).first.click()
    page.get_by_role("option", name="Helpful staff").click()
    taken_back(page, dialog, re.compile("Ada set theme of .*: Helpful staff"))


def test_sentences_are_taken_with_the_lasso_and_filter(page: Page, explorer: str) -> None:
    opened(page, f"{explorer}/themes", "Themes")
    page.get_by_role("radio", name="Map", exact=True).click()
    page.get_by_role("radio", name="Sentences", exact=True).click()
    chart = page.get_by_test_id("stPlotlyChart")
    chart.locator("canvas").first.wait_for()
    box = chart.locator(".nsewdrag").first.bounding_box()
    assert box is not None
    corners = [(0.02, 0.02), (0.98, 0.02), (0.98, 0.98), (0.02, 0.98), (0.02, 0.02)]
    for number, (x, y) in enumerate(corners):
        page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"], steps=4)
        if not number:
            page.mouse.down()
    page.mouse.up()
    page.get_by_text(re.compile(r"^\d+ sentences of \d+ comments$")).wait_for()
    page.get_by_role("button", name="Filter all pages by these comments").click()
    page.get_by_role("button", name="View: Lasso").wait_for()
    page.get_by_role("button", name="Clear all filters").click()
    page.get_by_text("All 365 comments").wait_for()


def test_the_brief_is_made_read_and_downloaded(page: Page, explorer: str) -> None:
    opened(page, f"{explorer}/brief?brand=Larkline", "Brief")
    page.get_by_role("button", name="Make the brief").click()
    page.frame_locator("iframe").get_by_text("Larkline").first.wait_for()
    for kind, start in (("HTML", b"<!doctype html>"), ("PPTX", b"pk"), ("XLSX", b"pk")):
        with page.expect_download() as started:
            page.get_by_role("button", name=kind).click()
        assert started.value.path().read_bytes()[: len(start)].lower() == start


def test_clicking_a_row_shows_its_comments(page: Page, explorer: str) -> None:
    opened(page, f"{explorer}/themes", "Themes")
    page.get_by_test_id("stDataFrame").first.click(position={"x": 16, "y": 35 * 2 + 17})
    page.get_by_role("heading", name="Helpful staff").wait_for()


def test_a_theme_is_renamed_and_the_edit_undone(page: Page, tmp_path: Path) -> None:
    with serving(make_store(tmp_path / "store", 120), page) as address:
        opened(page, f"{address}/themes", "Themes")
        page.get_by_text("Edit this theme").click()
        page.get_by_label("Your name (kept with the edit)").first.fill("Ada")
        page.get_by_label("Your name (kept with the edit)").first.press("Enter")
        page.get_by_label("New name").fill("Surprise charges")
        page.get_by_role("button", name="Rename").click()
        page.get_by_role("heading", name="Surprise charges").wait_for()
        page.get_by_text("Recent edits and undo").click()
        page.get_by_role("button", name="Undo the last edit").click()
        page.get_by_role("heading", name="Wrong charges on the bill").wait_for()
        settled(page)


def test_an_empty_store_takes_a_file_and_says_how_it_understands_it(page: Page, tmp_path: Path) -> None:
    rows = [
        f"{number},2026-03-{number % 28 + 1:02d},{number % 11},The bill was wrong again on line {number}."
        for number in range(40)
    ]
    file = tmp_path / "answers.csv"
    file.write_text("\n".join(["id,date,nps,comment", *rows]), "utf-8")
    with serving(tmp_path / "new", page) as address:
        page.goto(address)
        page.get_by_role("button", name="Load the sample data").wait_for()
        page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(file)
        page.get_by_role("button", name="Tag 40 rows").click()
        page.get_by_text("All 40 comments, 40 of them scored").wait_for()
        settled(page)


@pytest.mark.parametrize("page", [1280, 390], indirect=True)
def test_another_column_is_chosen_and_the_outcome_is_told(page: Page, tmp_path: Path) -> None:
    rows = [
        f"2026-03-{number + 1:02d},{number % 11},Agent noted the wish of caller {number} and passed it on.,"
        f"Nobody rings me back about order {number} and it makes me cross."
        for number in range(24)
    ]
    file = tmp_path / "cases.csv"
    file.write_text("\n".join(["date,nps,remarks,verbatim", *rows, "2026-03-30,99,Agent noted.,Cross."]), "utf-8")
    with serving(tmp_path / "new", page) as address:
        page.goto(address)
        page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(file)
        page.get_by_text("Change how cases.csv is read").click()
        choose(page, "Customers' words", "remarks")
        page.keyboard.press("Escape")
        page.get_by_role("button", name="Back to what was found").wait_for()
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        page.get_by_role("button", name="Tag 25 rows").click()
        page.get_by_text("25 rows read, 24 kept, 24 of them new, 1 rejected").wait_for()
        with page.expect_download() as started:
            page.get_by_role("button", name="Download the rejected rows").click()
        assert "score 99 is off its scale" in started.value.path().read_text("utf-8")
        settled(page)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        page.get_by_role("button", name="Read the comments").click()
        page.locator(".voc-card", has_text="Agent noted the wish of caller").first.wait_for()
        if page.viewport_size and page.viewport_size["width"] < 640:
            return  # the same again from a wide screen's side bar
        page.get_by_role("button", name="Add data").click()
        page.get_by_role("dialog").get_by_test_id("stFileUploaderDropzoneInput").set_input_files(file)
        page.get_by_role("dialog").get_by_role("button", name="Tag 25 rows").click()
        page.get_by_text("25 rows read, 24 kept, 24 of them new, 1 rejected").wait_for()
