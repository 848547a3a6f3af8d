"""An old codebook as topics, and saved views that somebody hears of."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from explorer_store import LABELS, SIM, make_store
from streamlit.testing.v1 import AppTest
from test_ui import press, screen

from voc import analytics
from voc.errors import InputError, UsageError, VocError
from voc.pipeline import load_frames, read_codebook, track_all
from voc.pipeline.codebook import rule_of
from voc.pipeline.views import save_view
from voc.report import subscriptions
from voc.report.subscriptions import Subscription, deliver, digest_of, subscribe, unsubscribe
from voc.store import Store

CODES = "Code;Words;Rule\nSIM late;sim; SIM NEAR/4 came\nBilling;billed twice|charge*;\n;;\n"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_store(tmp_path_factory.mktemp("codes") / "store")


def test_codes_become_rules_beside_the_discovered_themes(made: Path, tmp_path: Path) -> None:
    (tmp_path / "codes.csv").write_text(CODES, "utf-8-sig")
    codes = read_codebook(tmp_path / "codes.csv")
    assert codes == [("SIM late", "SIM NEAR/4 came"), ("Billing", '"billed twice" OR charge*')]
    store = Store.open(made)
    assert (track_all(store, codes, "Ada"), track_all(store, codes, "Ada")) == (2, 0)
    frames = load_frames(store.snapshot())
    table = analytics.topic_table(frames.comments, frames.segments, frames.themes, frames.topics).set_index("topic")
    assert table.loc["SIM late", "companion"] == LABELS[SIM] and table.loc["Billing", "n"] > 100
    periods = analytics.topic_periods(frames.comments, frames.topics)
    assert len(periods[periods["topic"].eq("Billing")]) == 9, "counted over all months, whenever it was taken over"
    with pytest.raises(UsageError, match="stands for the rule"):
        track_all(store, [("New", "sim"), ("Billing", "bill")], "Ada")
    assert len(store.snapshot().topics()) == 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "has the columns none: it needs name"),
        ("name,price\na,1\n", "has the columns name, price"),
        ("name,rule\na,(b\n", "line 2: 'a' has no rule"),
        ("name,words\na,x\na,y\n", "line 3: there is a code 'a' already"),
        ("name,words\n,x\n", "line 2: a code's name has 1 to 80 characters"),
        ("name,words\n,\n", "holds no code"),
    ],
)
def test_a_codebook_that_does_not_hold_together_is_refused(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "codes.csv").write_text(text, "utf-8")
    with pytest.raises(InputError) as raised:
        read_codebook(tmp_path / "codes.csv")
    assert said in str(raised.value) and "\n" not in str(raised.value)


def test_commas_that_nobody_quoted_are_among_the_words(tmp_path: Path) -> None:
    file = tmp_path / "codes.csv"
    file.write_text("name,words\nBilling,refund,charge,bill\nSignal,bars\n", "utf-8")
    assert read_codebook(file) == [("Billing", "refund OR charge OR bill"), ("Signal", "bars")]
    file.write_text("words,name\nrefund,charge,Billing\n", "utf-8")
    with pytest.raises(InputError, match="line 2: more values than columns"):
        read_codebook(file)


def test_words_are_any_of_them() -> None:
    assert rule_of(' on hold, queue;OR | "wait') == '"on hold" OR queue OR "OR" OR wait'


def test_the_page_takes_over_a_codebook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app: AppTest = screen("themes", make_store(tmp_path / "store", 120), monkeypatch)
    app.file_uploader[0].upload("codes.csv", CODES.encode(), "text/csv").run()
    press(app, "Track 2 codes")
    table = next(one.value for one in app.dataframe if "topic" in one.value)
    assert table["topic"].tolist() == ["Billing", "SIM late"] and not app.error


def test_a_subscription_is_delivered_once_and_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make_store(tmp_path / "store")
    save_view(path, "Wrenly", "brand = 'Wrenly'")
    sent = []
    monkeypatch.setattr(subscriptions, "send", lambda found, url: sent.append((found, url)))
    to_file = Subscription("Wrenly", "Ada")
    to_web = Subscription("Wrenly", "Bo", "month", "https://chat.example/hooks/s3cret")
    for one in (to_file, to_web, to_file):
        subscribe(path, one)
    became = {one.author: words for one, words in deliver(path, "https://voc.example")}
    assert "s3cret" not in str(became) and became["Bo"].endswith("to chat.example")
    (found, url) = sent[0]
    frames = load_frames(Store.open(path).snapshot())
    same = digest_of(frames, "brand = 'Wrenly'", "month", "https://voc.example")
    assert found.as_text() == same.as_text() and url == to_web.send_to
    assert 0 < len(found.news) <= 5 and all(one.link for one in found.news)
    assert (path / "digests" / to_file.name).read_text("utf-8") == found.as_text()
    assert [words for _, words in deliver(path, "https://voc.example")] == ["the same as last time"] * 2
    assert len(sent) == 1 and stat.S_IMODE((path / "subscriptions.json").stat().st_mode) == 0o600
    unsubscribe(path, to_file)
    assert [one.author for one, _ in deliver(path)] == ["Bo"] and not (path / "digests" / to_file.name).exists()


def test_a_digest_is_of_the_rows_that_its_author_may_see(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make_store(tmp_path / "store", 120)
    save_view(path, "All", "true")
    for author in ("ada", "bo", "eve"):
        subscribe(path, Subscription("All", author))
    settings = (
        '[access.users."ada"]\nrole = "admin"\n[access.users."bo"]\nrole = "viewer"\nrows = {brand = ["Wrenly"]}\n'
    )
    (tmp_path / "voc.toml").write_text(settings, "utf-8")
    monkeypatch.setenv("VOC_CONFIG", str(tmp_path / "voc.toml"))
    seen = {}
    original = subscriptions.digest_of
    monkeypatch.setattr(
        subscriptions,
        "digest_of",
        lambda frames, *rest: seen.setdefault(len(frames.comments), original(frames, *rest)),
    )
    became = {one.author: words for one, words in deliver(path)}
    assert list(seen) == [125, 42] and "may not see this store any more" in became["eve"]


def test_what_is_no_subscription_is_refused(made: Path) -> None:
    save_view(made, "W", "brand = 'Wrenly'")
    for wrong in (
        Subscription("none", "Ada"),
        Subscription("W", " "),
        Subscription("W", "Ada", "aeon"),
        Subscription("W", "Ada", "week", "ftp://x"),
    ):
        with pytest.raises(VocError):
            subscribe(made, wrong)
    assert not (made / "subscriptions.json").exists()
