"""What is tracked by rule: kept, counted over the whole history, set beside themes, removed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
from calling import call, one_line
from explorer_store import APP, BILL, LABELS, make_store
from report_frames import build
from streamlit.testing.v1 import AppTest

from voc import analytics, charts
from voc.errors import UsageError
from voc.pipeline import load_frames, track, untrack
from voc.rules import RuleError
from voc.store import Store


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_store(tmp_path_factory.mktemp("topics") / "store", n=60)


@pytest.fixture
def store(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "store"))


def rules(**named: str) -> pd.DataFrame:
    return pd.DataFrame(list(named.items()), columns=["name", "rule"])


def story(n: int = 40) -> object:
    """``n`` comments, one a week: every second names an eSIM, every fourth with delay, on the theme sim."""
    said = [
        [("sim", "negative", ["delay"], "My eSIM would not scan for days.")],
        [(None, "neutral", [], "Nothing to say.")],
        [("app", "positive", ["ease"], "The esim came up in the app at once.")],
        [(None, "neutral", [], "All as before.")],
    ]
    days = pd.date_range("2026-01-05", periods=n, freq="7D", tz="UTC")
    return build([{"date": day, "nps": 3} for day in days], [said[i % 4] for i in range(n)])


def test_topics_are_counted_like_themes() -> None:
    frames = story()
    topics = rules(esim="esim", stuck="esim NEAR/4 scan", late="signal:delay", none="zebra")
    table = analytics.topic_table(frames.comments, frames.segments, frames.themes, topics).set_index("topic")
    assert table["n"].to_dict() == {"esim": 20, "stuck": 10, "late": 10, "none": 0}
    assert table.loc["esim", "share"] == 0.5 and table.loc["esim", "low"] < 0.5 < table.loc["esim", "high"]
    assert table.loc["stuck", "rule"] == "esim NEAR/4 scan"
    assert table.loc["stuck", "sentiment_balance"] == -100 and table.loc["esim", "sentiment_balance"] == 0
    assert table.loc["stuck", "companion"] == "New SIM cards that do not arrive"
    assert table.loc["esim", "companion_share"] == 0.5 and table.loc["esim", "unthemed_share"] == 0
    assert pd.isna(table.loc["none", "unthemed_share"])


def test_a_topic_of_a_themes_words_has_the_themes_numbers() -> None:
    frames = story()
    whole = analytics.theme_table(frames.comments, frames.segments, frames.themes).set_index("theme").loc["sim"]
    topic = analytics.topic_table(frames.comments, frames.segments, frames.themes, rules(x="scan")).iloc[0]
    same = ["n", "share", "low", "high", "sentiment_balance", "net_giving", "trend", "trend_low", "trend_high"]
    assert topic[same].tolist() == whole[same].tolist()


def test_every_period_is_counted_whenever_the_rule_came() -> None:
    frames = story(38)
    table = analytics.topic_periods(frames.comments, rules(esim="esim", late="signal:delay"), "quarter")
    assert table["period"].tolist() == ["2026-Q1", "2026-Q2", "2026-Q3"] * 2
    esim, late = table[table["topic"] == "esim"], table[table["topic"] == "late"]
    assert (esim["n"].sum(), esim["count"].sum(), late["count"].sum()) == (38, 19, 10)
    assert esim["share"].between(esim["low"], esim["high"]).all() and esim["small"].all()
    assert analytics.topic_periods(frames.comments, rules(esim="esim"), "week")["count"].isna().all(), "too few a week"
    assert charts.topic_lines(table).to_dict()["title"]["text"] == "Tracked topics over time"


def test_empty_tables_stay_tables() -> None:
    frames = story()
    none = rules()
    assert analytics.topic_periods(frames.comments, none).empty
    assert analytics.topic_table(frames.comments, frames.segments, frames.themes, none).empty
    undated = frames.comments.assign(date=pd.NaT)
    assert analytics.topic_periods(undated, rules(esim="esim")).empty
    nobody = frames.comments.iloc[:0]
    assert analytics.topic_table(nobody, frames.segments, frames.themes, rules(esim="esim"))["n"].tolist() == [0]
    assert "No period" in json.dumps(charts.topic_lines(analytics.topic_periods(undated, none)).to_dict())


def test_topics_are_kept_listed_and_removed(store: Path) -> None:
    opened = Store.open(store)
    assert opened.snapshot().topics().num_rows == 0
    before = opened.snapshot().comments()
    assert track(opened, "billed  AND twice", author="maria") == "billed AND twice"
    assert track(opened, "charged OR billed", "Charges", "ben") == "Charges"
    runs = opened.snapshot().runs().num_rows
    track(opened, "charged OR billed", "Charges")
    assert opened.snapshot().runs().num_rows == runs, "the same again is no edit"
    frames = load_frames(opened.snapshot())
    kept = frames.topics[["name", "rule", "author"]].values.tolist()
    assert kept == [["Charges", "charged OR billed", "ben"], ["billed AND twice", "billed AND twice", "maria"]]
    table = analytics.topic_table(frames.comments, frames.segments, frames.themes, frames.topics)
    assert table["companion"].tolist() == [LABELS[BILL], LABELS[BILL]]
    assert len(frames.where("brand = 'Wrenly'").topics) == 2
    untrack(opened, "Charges")
    untrack(opened, "billed AND twice")
    assert opened.snapshot().topics().num_rows == 0
    assert opened.snapshot().comments().equals(before)


def test_what_cannot_be_kept_changes_nothing(store: Path) -> None:
    opened = Store.open(store)
    track(opened, "app", "App")
    version = opened.snapshot().versions
    with pytest.raises(RuleError):
        track(opened, "app NEAR x")
    with pytest.raises(UsageError, match="stands for the rule app"):
        track(opened, "application", "App")
    with pytest.raises(UsageError, match="1 to 80 characters"):
        track(opened, "app", "x" * 81)
    with pytest.raises(UsageError, match="tracked are 'App'"):
        untrack(opened, "app")
    assert opened.snapshot().versions == version


def test_an_interrupted_edit_is_rolled_back(store: Path) -> None:
    opened = Store.open(store)
    with opened.writer("dies") as writer:
        writer.replace_topics(writer.base.topics())
    assert "topics" not in opened.snapshot().versions
    track(opened, "app", "App")
    assert opened.snapshot().topics()["name"].to_pylist() == ["App"]


def test_the_explorer_tracks_reads_and_removes(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOC_STORE", str(store))
    app = AppTest.from_string("from voc.ui.routes import main\nmain('themes')", default_timeout=600).run()
    assert not app.exception and any("Nothing is tracked yet" in one.value for one in app.info)

    def submit(rule: str) -> None:
        app.text_input(key="track-rule").set_value(rule)
        next(button for button in app.button if button.label == "Track").click().run()

    submit("app NEAR logging")
    assert any("NEAR needs a distance" in one.value for one in app.error)
    assert any(one.value.splitlines()[1].index("↑") == 4 for one in app.code)
    submit("app NEAR/3 logging")
    assert not app.exception and Store.open(store).snapshot().topics()["name"].to_pylist() == ["app NEAR/3 logging"]
    page = "".join(element.proto.body for element in app.main.get("html"))
    assert '<mark class="voc-plain">app</mark>' in page and '<mark class="voc-plain">logging</mark>' in page
    next(button for button in app.button if button.label == "Remove").click().run()
    assert not app.exception and Store.open(store).snapshot().topics().num_rows == 0


def test_voc_track(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = call(capsys, "track", "app NEAR/3 logging", "--name", "Logged out", "--store", store, "--json")
    document = json.loads(said.out)
    row = document["rows"][0]
    assert said.code == 0 and document["n"] == 60
    assert (row["topic"], row["rule"]) == ("Logged out", "app NEAR/3 logging")
    assert row["companion"] == LABELS[APP] and row["low"] < row["share"] < row["high"]
    assert {"topic", "period", "n", "count", "share", "low", "high", "small"} == document["periods"][0].keys()
    call(capsys, "track", "sim", "--dry-run", "--store", store)
    said = call(capsys, "track", "--store", store)
    assert "Logged out" in said.out and "Of 60 tagged comments" in said.err
    said = call(capsys, "track", "app logging", "--store", store)
    assert said.code == 2 and "at character 5, at ▸ in “app ▸logging”" in one_line(said)
    assert call(capsys, "track", "app", "--remove", "Logged out", "--store", store).code == 2
    assert call(capsys, "track", "--remove", "Logged out", "--store", store).code == 0
    said = call(capsys, "track", "--store", store)
    assert said.code == 0 and "Nothing is tracked yet" in said.err
    assert json.loads(call(capsys, "track", "--store", store, "--json").out) == {"n": 60, "rows": [], "periods": []}
