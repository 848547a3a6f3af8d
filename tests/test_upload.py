"""Uploads in the explorer: understood once, corrected file by file, and every row accounted for afterwards."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest
from test_ui import press

from voc import ingest
from voc.schema import MAPPABLE
from voc.store import Store
from voc.ui import uploads as uploads_module
from voc.ui.hints import without_flags
from voc.ui.uploads import Correction, Uploads

NOTE = "Agent explained the tariff to the caller and no further action was taken."
SAID = "Third time I ring about this bill and nobody can tell me what it is for."


def cases(bad: int | None = None) -> bytes:
    """A table with two columns of words: the agent's notes and what customers said."""
    rows = [
        f"C{n},2026-03-{n + 1:02},{99 if n == bad else n % 11},{('North', 'South')[n % 2]},"
        f"{NOTE[:-1]} {n}.,{SAID[:-1]} {n}."
        for n in range(24)
    ]
    return "\n".join(["case,opened,nps,region,remarks,verbatim", *rows]).encode()


def reviews() -> bytes:
    rows = [f"2026-04-{n + 1:02},{n % 5 + 1},The shop was closed on day {n} again!" for n in range(20)]
    return "\n".join(["date,stars,review", *rows]).encode()


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    import streamlit

    yield
    streamlit.cache_data.clear()
    streamlit.cache_resource.clear()


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the files that were looked at, one for every look."""
    seen: list[str] = []

    def understand(inputs: Sequence[str], options: ingest.ReadOptions | None = None) -> ingest.Plan:
        seen.extend(Path(one).name for one in inputs)
        return ingest.understand(inputs, options)

    monkeypatch.setattr(uploads_module, "understand", understand)
    return seen


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, looks: list[str]) -> AppTest:
    """The explorer on an empty store, with two files handed over."""
    monkeypatch.setenv("VOC_STORE", str(tmp_path / "store"))
    app = AppTest.from_string("from voc.ui.routes import main\nmain('overview')", default_timeout=600).run()
    app.file_uploader[0].upload("cases.csv", cases(bad=5), "text/csv")
    app.file_uploader[0].upload("reviews.csv", reviews(), "text/csv").run()
    assert not app.exception
    return app


def understood(app: AppTest, number: int) -> dict[str, tuple[str, ...]]:
    """used as → column, sure and the three rows, of one file's table."""
    table = app.dataframe[number].value
    return {row[0]: tuple(row[1:]) for row in table.itertuples(index=False)}


def test_every_file_is_shown_with_three_rows_and_every_role(app: AppTest) -> None:
    cases, reviews = understood(app, 0), understood(app, 1)
    assert cases["text"][0] == "verbatim" and cases["text"][2].startswith("Third time") and len(cases["text"]) == 5
    assert reviews["date"][0] == "date" and reviews["date"][2:] == ("2026-04-01", "2026-04-02", "2026-04-03")
    assert cases["score"][1].endswith("%")
    for role in MAPPABLE:
        assert (app.multiselect if role == "text" else app.selectbox)(key=f"map-0-{role}").label
    assert app.multiselect(key="map-0-text").value == ["verbatim"] and app.selectbox(key="map-0-date").value == "opened"


def test_a_correction_is_seen_at_once_and_costs_one_look_at_one_file(app: AppTest, looks: list[str]) -> None:
    assert looks == ["cases.csv", "reviews.csv"]
    app.run()
    app.multiselect(key="map-0-text").set_value(["remarks", "verbatim"]).run()
    app.run()
    assert looks == ["cases.csv", "reviews.csv", "cases.csv"]
    assert understood(app, 0)["text"][0] == "remarks, verbatim" and understood(app, 0)["text"][2].startswith("Agent")
    assert understood(app, 1)["text"][0] == "review"
    app.selectbox(key="map-0-customer_segment").set_value("region").run()
    app.selectbox(key="map-0-score").set_value("– no column –").run()
    found = understood(app, 0)
    assert found["customer segment"][0] == "region" and "score" not in found and found["text"][0] == "remarks, verbatim"
    app.selectbox(key="order-1").set_value("ymd").run()
    app.selectbox(key="source-1").set_value("complaint").run()
    assert any("20 rows, read as complaint" in markdown.value.replace("*", "") for markdown in app.markdown)
    assert understood(app, 0) == found
    app.multiselect(key="map-0-text").set_value([]).run()  # nothing to read would be left: what was found stands
    assert understood(app, 0)["text"][0] == "verbatim" and "score" not in understood(app, 0)
    press(app, "Back to what was found")
    assert understood(app, 0)["score"][0] == "nps" and app.selectbox(key="map-0-score").value == "nps"


def test_afterwards_every_row_is_accounted_for(app: AppTest, tmp_path: Path) -> None:
    app.multiselect(key="map-0-text").set_value(["remarks"]).run()
    press(app, "Tag 44 rows")
    account, rejected = app.dataframe[0].value.set_index("file"), app.dataframe[1].value
    assert account.loc["cases.csv"].tolist() == [24, 23, 23, 0, 0, 0, 0, 1, 0]
    assert account.loc["reviews.csv"].tolist() == [20, 20, 20, 0, 0, 0, 0, 0, 0]
    assert app.success[0].value.startswith("44 rows read, 43 kept, 43 of them new, 1 rejected")
    assert rejected["reason"].tolist() == ["score 99 is off its scale nps_0_10"]
    assert rejected["row"].tolist() == ["6"] and NOTE[:20] in rejected["content"][0]
    texts = Store.open(tmp_path / "store").snapshot().comments(["text"])["text"].to_pylist()
    assert sum(text.startswith("Agent explained") for text in texts) == 23
    press(app, "Read the comments")
    assert app.title[0].value == "Comments" and not app.success
    assert "uploads" not in app.session_state


def test_a_file_without_words_can_be_given_its_column(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOC_STORE", str(tmp_path / "store"))
    app = AppTest.from_string("from voc.ui.routes import main\nmain('overview')", default_timeout=600).run()
    app.file_uploader[0].upload("codes.csv", b"k;v\n1;ok\n2;bad\n3;fine\n", "text/csv")
    app.file_uploader[0].upload("reviews.csv", reviews(), "text/csv").run()
    said = app.info[0].value
    assert said.startswith("codes.csv is left out: no column of customers' words") and "--map" not in said
    app.text_input(key="words-0").set_value("v").run()
    assert not app.exception and understood(app, 0)["text"][0] == "v"


def test_uploads_leave_nothing_behind(tmp_path: Path) -> None:
    class File(io.BytesIO):
        name = "a.csv"

    uploads = Uploads([File(reviews())])
    (file,) = uploads.plan().files
    assert uploads.shown(file.file) == "a.csv" and Path(file.file).exists()
    uploads.correct(file.file, Correction().with_role("score", None))
    assert uploads.plan().files[0].column("score") is None
    folder = uploads.folder
    del uploads
    assert not folder.exists()


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("It is carried (--map date='d' takes it all the same).", "It is carried."),
        ("Read day first. --date-order mdy changes it.", "Read day first."),
        ("Column 'x' may hold words too; --map text='a.b' reads it.", "Column 'x' may hold words too."),
        ("A -- dash, and a-b.", "A -- dash, and a-b."),
    ],
)
def test_advice_for_the_command_line_is_left_out(told: str, shown: str) -> None:
    assert without_flags(told) == shown


def test_the_account_reads_like_the_printed_one() -> None:
    from voc.pipeline import ACCOUNT_COLUMNS, FileSummary, RunSummary
    from voc.ui.outcome import accounts, told

    account = ingest.Account("/some/folder/a.csv", read=4, kept=2, duplicates=1, rejected=1)
    summary = RunSummary((FileSummary(account, 1, 1, 0),), (), 2, 0, 0, None, 0.1, "r1")
    table: pd.DataFrame = accounts(summary)
    assert list(table.columns) == [name.replace("_", " ") for name in ACCOUNT_COLUMNS]
    assert table["file"].tolist() == ["a.csv"]
    assert told(summary) == "4 rows read, 2 kept, 1 of them new, 1 rejected; 0 themes in the store."
