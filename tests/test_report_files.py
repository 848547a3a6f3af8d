"""The brief as PDF, slides and workbook: the same bytes twice, nothing over its box, every number with its comments."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pypdf
import pytest
from pptx import Presentation
from report_frames import Frames, build, network

from voc.config import models_folder
from voc.errors import UsageError, VocError
from voc.pipeline.views import condition_of, remove_view, save_view, saved_views
from voc.report import Brief, gather, pdf, write
from voc.report.measured import precision_and_recall
from voc.report.model import Event
from voc.report.packages import steady
from voc.report.slides import fitted, lines_needed

LONG = "A theme whose name goes on and on until nobody can read it to its end without a pause"
CUT = LONG[:48]
RUN = {"run_id": "r-7", "finished": pd.Timestamp("2026-11-01 08:30", tz="UTC")}
EMU = 914_400


@pytest.fixture(scope="module")
def brief() -> Brief:
    return gather(replace(network(), run=RUN), shares=True)


def crowded(brief: Brief) -> Brief:
    """The brief with every list full and every name and quote as long as they get."""

    def said(longest: int) -> Any:
        quote = brief.drivers[0].quote
        assert quote is not None
        return replace(quote, text=("Words that go on and on, as customers do when they wait. " * 9)[:longest])

    change = replace(next(one.change for one in brief.drivers if one.change), clear=True)
    driver = replace(brief.drivers[0], label=LONG, quote=said(120), change=change)
    praised = replace(brief.gratitude[0], label=LONG, quote=said(140))
    return replace(
        brief,
        answer=brief.answer + " " + LONG,
        decide=f"To decide: whether “{CUT}” is taken up first, and by whom; and whether “{CUT}” needs somebody now.",
        drivers=(driver,) * 5,
        drivers_note="",
        events=tuple(Event(f"2026-0{month}-15", LONG) for month in range(1, 7)),
        companions=f"Co-mentioned: “{CUT}” (12 %), beside “{CUT}”; “{CUT}” (9 %), beside “{CUT}”.",
        gratitude=(praised,) * 3,
        gratitude_note="",
        emerging=(replace(brief.emerging[0], label=LONG, quote=said(140)),) * 2,
        who=replace(brief.who, mix=(*brief.who.mix, f"Customer segment: {LONG}.")),
    )


@pytest.fixture(scope="module")
def cases(brief: Brief) -> dict[str, Brief]:
    """The brief of plenty, of hardly anything, and of a long time."""
    return dict(_cases(brief))


def _cases(brief: Brief) -> Iterator[tuple[str, Brief]]:
    yield "plain", brief
    yield "crowded", crowded(brief)
    one = [{"nps": 9, "score": 9.0, "score_scale": "nps_0_10", "date": pd.Timestamp("2026-03-31", tz="UTC")}]
    yield (
        "one comment",
        gather(build(one, [[("bill", "negative", [], "They charged me twice for the same month again.")]])),
    )
    yield "no text", gather(build(one * 40, [[] for _ in range(40)]))
    years = network(600)
    spread = pd.date_range("2016-11-01", "2026-10-31", len(years.comments), tz="UTC")
    yield "ten years", gather(Frames(years.comments.assign(date=spread), years.segments, years.themes))
    yield "no score", gather(network(300, nps=None, score=None, score_scale=None))


@pytest.mark.parametrize("suffix", ["xlsx", "pptx"])
def test_the_same_brief_gives_the_same_bytes(brief: Brief, tmp_path: Path, suffix: str) -> None:
    first, second = (write(brief, tmp_path / f"{name}.{suffix}").read_bytes() for name in ("a", "b"))
    assert first == second
    core = zipfile.ZipFile(io.BytesIO(first)).read("docProps/core.xml")
    assert core.count(b"2026-11-01T08:30:00Z") == 2


def test_a_package_holds_what_it_held_and_no_clock() -> None:
    inner, outer = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(inner, "w") as book:
        book.writestr("docProps/core.xml", '<dcterms:created xsi:type="x">2031-01-01T00:00:00Z</dcterms:created>')
    with zipfile.ZipFile(outer, "w") as deck:
        deck.writestr("embedded/book.xlsx", inner.getvalue())
        deck.writestr("text.xml", "kept")
    made = zipfile.ZipFile(io.BytesIO(steady(outer.getvalue(), RUN["finished"].to_pydatetime())))
    assert made.read("text.xml") == b"kept" and {entry.date_time[0] for entry in made.infolist()} == {1980}
    book = zipfile.ZipFile(io.BytesIO(made.read("embedded/book.xlsx")))
    assert b">2026-11-01T08:30:00Z<" in book.read("docProps/core.xml")


def test_the_workbook_lists_the_comments_behind_each_number(brief: Brief, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(write(brief, tmp_path / "b.xlsx"))
    assert book.sheetnames == ["Brief", "Numbers", "Comments", "Drivers", "Explained", "NPS by month", "Manifest"]
    head, *numbers = book["Numbers"].values
    rows = [dict(zip(head, row, strict=True)) for row in numbers]
    listed = pd.DataFrame(list(book["Comments"].values)[1:], columns=["number", "dataset", "id"])
    assert {row["number"]: row["comments"] for row in rows if row["comments"]} == listed[
        "number"
    ].value_counts().to_dict()
    shown = {row["number"]: row["value"] for row in rows}
    effect = brief.drivers[0].effect.value
    assert effect is not None and shown["C1.effect"] == pytest.approx(effect, abs=1e-4)
    assert "score variation that themes explain" in next(iter(book["Explained"].values))[2]


def test_a_name_like_a_formula_stays_text(brief: Brief, tmp_path: Path) -> None:
    nasty = replace(brief, title="=HYPERLINK(1)\x07")
    cell = openpyxl.load_workbook(write(nasty, tmp_path / "b.xlsx"))["Brief"]["B2"]
    assert cell.value == "'=HYPERLINK(1) " and cell.data_type == "s"


def test_nothing_on_a_slide_runs_over(cases: dict[str, Brief], tmp_path: Path) -> None:
    for name, one in cases.items():
        deck = Presentation(str(write(one, tmp_path / "b.pptx")))
        assert len(deck.slides) >= 6, name
        for shape in (shape for slide in deck.slides for shape in slide.shapes):
            assert shape.left >= 0 and shape.top >= 0, name
            assert shape.left + shape.width <= deck.slide_width and shape.top + shape.height <= deck.slide_height, name
            if shape.has_text_frame:
                parts = [(p.text, p.runs[0].font.size.pt) for p in shape.text_frame.paragraphs if p.runs]
                width, height = shape.width / EMU, shape.height / EMU
                needed = sum(lines_needed(text, width, size) * size * 1.22 / 72 for text, size in parts)
                assert needed <= height + 1e-6, (name, shape.text_frame.text)


def test_charts_on_slides_are_native_and_hold_their_numbers(brief: Brief, tmp_path: Path) -> None:
    deck = Presentation(str(write(brief, tmp_path / "b.pptx")))
    charts = [shape.chart for slide in deck.slides for shape in slide.shapes if shape.has_chart]
    assert [str(chart.chart_type).split(" ")[0] for chart in charts] == [
        "LINE", "LINE_MARKERS", "BAR_STACKED_100", "BAR_STACKED",
    ]  # fmt: skip
    line, dots, *_ = charts
    assert len(list(line.plots[0].categories)) == 13 and line.plots[0].series[0].name == "NPS"
    assert list(dots.plots[0].series[0].values) == [
        round(d.effect.known[0], 3) for d in brief.drivers if d.effect.known
    ]
    for effect in (driver.effect.known for driver in brief.drivers):
        assert effect and dots.value_axis.minimum_scale <= effect[1] and effect[2] <= dots.value_axis.maximum_scale
    bars = dots._chartSpace.xpath("//c:errBars")
    assert len(bars) == 1 and len(dots.plots[0].series) == 1
    below = [float(v.text) for v in bars[0].find("{*}minus").iter("{*}v")]
    assert below == [round(d.effect.known[0] - d.effect.known[1], 3) for d in brief.drivers if d.effect.known]
    sheet = openpyxl.load_workbook(io.BytesIO(dots.part.chart_workbook.xlsx_part.blob)).active
    assert [round(cell.value, 3) for cell in sheet["C"][1:]] == below  # what the error bars point to


def test_text_is_made_smaller_and_then_cut() -> None:
    assert fitted("short", 3, 0.5, 20) == ("short", 20)
    text, size = fitted("word " * 400, 3, 0.5, 20)
    assert size == 9 and text.endswith("…") and lines_needed(text, 3, 9) * 9 * 1.22 / 72 <= 0.5


def test_without_a_browser_there_is_no_pdf_but_a_way_on(
    brief: Brief, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf, "find_browser", lambda: None)
    with pytest.raises(VocError, match=r"Chromium or Chrome.*VOC_CHROMIUM.*write \.html"):
        write(brief, tmp_path / "b.pdf")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.browser
def test_the_pdf_has_two_pages_and_an_appendix(cases: dict[str, Brief], tmp_path: Path, chromium: Path) -> None:
    jobs = [(f"{number}.pdf", one) for number, one in enumerate([*cases.values(), cases["plain"]])]
    with ThreadPoolExecutor(4) as pool:  # a browser mostly waits
        files = list(pool.map(lambda job: write(job[1], tmp_path / job[0]), jobs))
    for name, file in zip(cases, files, strict=False):
        pages = [page.extract_text() for page in pypdf.PdfReader(file).pages]
        first = next(i for i, text in enumerate(pages) if "Appendix" in text)
        assert first == 2, (name, len(pages))
        assert "Who answered" in pages[0] and "Trust this how far?" in pages[1], name
    assert next(iter(cases)) == "plain" and files[0].read_bytes() == files[-1].read_bytes()


def test_precision_and_recall_come_from_the_card_of_the_model_that_tagged(tmp_path: Path) -> None:
    card, shipped = tmp_path / "README.md", models_folder() / "lenses"
    version = json.loads((shipped / "manifest.json").read_text(encoding="utf-8"))["version"]
    for precision, recall in precision_and_recall(f"enc+{version}-abc").values():
        assert 0 < precision <= 1 and 0 < recall <= 1
    assert ("stance", "taking") in precision_and_recall(f"enc+{version}-abc")
    card.write_text("# Lenses: linear-9\n\n| stance | taking | .85 | .83 | .84 | 181 |\n", encoding="utf-8")
    assert precision_and_recall("enc+linear-9-abc", card) == {("stance", "taking"): (0.85, 0.83)}
    assert precision_and_recall("enc+linear-8", card) == precision_and_recall("linear-9", tmp_path / "none") == {}


def test_views_are_kept_by_name_and_an_unknown_one_names_the_others(tmp_path: Path) -> None:
    save_view(tmp_path, " North  west ", "brand = 'Wrenly'")
    save_view(tmp_path, "South", "brand = 'Larkline'")
    assert saved_views(tmp_path) == {"North west": "brand = 'Wrenly'", "South": "brand = 'Larkline'"}
    remove_view(tmp_path, "South")
    assert condition_of(tmp_path, "North west") == "brand = 'Wrenly'"
    with pytest.raises(UsageError, match=r"no view 'South'.*North west"):
        condition_of(tmp_path, "South")
    with pytest.raises(UsageError, match="needs a name and a condition"):
        save_view(tmp_path, "Empty", " ")
    (tmp_path / "views.json").write_text("{", encoding="utf-8")
    with pytest.raises(VocError, match="damaged"):
        saved_views(tmp_path)
