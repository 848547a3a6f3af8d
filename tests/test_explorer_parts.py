"""What stands behind the explorer's pages: search, corrections and notes, call-backs, the week in a sentence."""

from __future__ import annotations

import io
import re
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import openpyxl
import pandas as pd
import pyarrow as pa
import pytest
from explorer_store import APP, BILL, LABELS, SIM, STAFF, make_store, vector_of
from streamlit.testing.v1 import AppTest
from test_ui import press, screen

from voc import analytics
from voc.errors import InputError, ModelError, StoreError, UsageError
from voc.pipeline import Frames, edit_themes, load_frames
from voc.pipeline.annotations import NONE, annotate, held_annotations, notes_of, theme_kind
from voc.pipeline.search import index_for_search, search, terms
from voc.pipeline.views import save_view, saved_views
from voc.report import gather
from voc.report.subscriptions import Subscription, subscribe, subscriptions
from voc.schema import SEGMENTS
from voc.store import Store
from voc.themes import registry
from voc.ui import brief, quality, week
from voc.ui.export import to_csv, to_xlsx
from voc.ui.highlight import card, quotation
from voc.ui.look import _clickable, _largest, with_notes

KEYS = ["dataset", "id"]


class Encoder:
    """Knows what one word of the app, the bill or the shop means."""

    name, dim = "made-up", 4

    def encode(self, texts: Sequence[str], progress: object = None) -> npt.NDArray[np.float32]:
        known = {"app": APP, "invoice": BILL, "shop": STAFF}
        return np.array([vector_of(known.get(text.split()[0])) for text in texts], dtype=np.float32)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_store(tmp_path_factory.mktemp("parts") / "store")


@pytest.fixture(scope="module")
def frames(made: Path) -> Frames:
    return load_frames(Store.open(made).snapshot(), lean=True)


@pytest.fixture
def path(made: Path, tmp_path: Path) -> Path:
    """A copy to write to."""
    return Path(shutil.copytree(made, tmp_path / "store"))


# --- frames ---------------------------------------------------------------------------------


def test_lean_frames_count_the_same(made: Path, frames: Frames) -> None:
    whole = load_frames(Store.open(made).snapshot())
    assert "text" in whole.segments and "text" not in frames.segments
    for table in (analytics.theme_table, analytics.drivers, analytics.changes):
        one, other = (table(f.comments, f.segments, f.themes) for f in (whole, frames))
        pd.testing.assert_frame_equal(one, other)


def test_a_part_keeps_its_segments_and_finds_its_comments(frames: Frames) -> None:
    part = frames.where("brand = 'Wrenly' AND sentiment = 'negative'")
    joined = frames.segments.merge(part.comments[KEYS], on=KEYS)
    assert part.segments[[*KEYS, "segment_no"]].values.tolist() == joined[[*KEYS, "segment_no"]].values.tolist()
    assert (part.comments["id"].to_numpy()[part.owners] == part.segments["id"].to_numpy()).all()
    places = part.find(frames.comments[KEYS])
    assert (places >= 0).sum() == len(part.comments) and sorted(places[places >= 0]) == list(range(len(part.comments)))
    again = part.where("nps < 3")
    assert (again.comments["id"].to_numpy()[again.owners] == again.segments["id"].to_numpy()).all()


# --- search ---------------------------------------------------------------------------------


def test_terms() -> None:
    assert terms('refund  "on   hold" "open') == ["refund", "on hold", "open"]
    assert terms(' "" ') == []


def test_words_are_found_with_an_index_and_without(path: Path, frames: Frames) -> None:
    store = Store.open(path)
    for words, said in (("logging app", "The app keeps logging me out."), ('"billed twice"', "I was billed twice")):
        found = search(store.snapshot(), frames, words, by=("words",))
        texts = frames.comments["text"].iloc[found["position"]]
        assert set(found["position"]) == set(np.flatnonzero(frames.comments["text"].str.contains(said, regex=False)))
        assert len(texts) and not found.attrs["indexed"]
    assert search(store.snapshot(), frames, '"twice billed"', by=("words",)).empty
    index_for_search(store)
    found = search(store.snapshot(), frames, "log", by=("words",))
    assert found.attrs["indexed"]  # and finds other forms of the word
    assert set(frames.comments["text"].iloc[found["position"]].str.contains("logging")) == {True}
    assert search(store.snapshot(), frames, '"twice billed"', by=("words",)).empty


def test_meaning_finds_what_no_word_does_and_only_in_the_view(made: Path, frames: Frames) -> None:
    part = frames.where("brand = 'Wrenly'")
    found = search(Store.open(made).snapshot(), part, "invoice trouble", load=Encoder)
    assert found["by_words"].isna().all() and len(found)
    segments = part.segments.iloc[found["segment"]]
    assert set(segments["theme"]) == {BILL}
    assert (segments["id"].to_numpy() == part.comments["id"].iloc[found["position"]].to_numpy()).all()


def test_what_both_rankings_find_comes_first(made: Path, frames: Frames) -> None:
    found = search(Store.open(made).snapshot(), frames, "app", load=Encoder)
    both = found["by_words"].notna() & found["by_meaning"].notna()
    first = found.iloc[0]
    expected = 1 / (60 + first["by_words"]) + 1 / (60 + first["by_meaning"])
    assert both.iloc[0] and first["score"] == pytest.approx(expected)
    assert found["score"].is_monotonic_decreasing


class Other(Encoder):
    """Reads otherwise than the encoder that the store's vectors are of."""

    name = "other"


class Longer(Encoder):
    """Says that it is the store's encoder; its vectors are of another length."""

    def encode(self, texts: Sequence[str], progress: object = None) -> npt.NDArray[np.float32]:
        return np.hstack([super().encode(texts)] * 2)


@pytest.mark.parametrize("encoder", [Other, Longer])
def test_words_are_found_where_meaning_cannot_be(made: Path, frames: Frames, encoder: type[Encoder]) -> None:
    snapshot = Store.open(made).snapshot()
    found = search(snapshot, frames, "logging app", load=encoder)
    alone = search(snapshot, frames, "logging app", by=("words",))
    assert found["position"].tolist() == alone["position"].tolist() and len(alone)
    assert "By words alone" in found.attrs["note"] and "note" not in alone.attrs
    with pytest.raises((ModelError, StoreError)):
        search(snapshot, frames, "logging app", by=("meaning",), load=encoder)


# --- what readers set down ------------------------------------------------------------------


def test_a_corrected_label_counts_everywhere_and_is_taken_back(path: Path) -> None:
    store = Store.open(path)
    key = ("made-up", "c0000")
    labels = ["sentiment", "stance", "signals"]
    tagged = ["negative", "taking", ["extraction", "effort"]]
    before = load_frames(store.snapshot()).comments.set_index("id")
    assert before.loc["c0000", labels].tolist() == tagged
    annotate(store, [key], "stance", "giving", "Ada")
    annotate(store, [key], "sentiment", "positive", "Ada")
    annotate(store, [key], "note", "ironic?", "Bo")
    after = load_frames(store.snapshot()).comments.set_index("id")
    assert after.loc["c0000", labels].tolist() == ["positive", "giving", []]
    assert after["stance"].eq("giving").sum() == before["stance"].eq("giving").sum() + 1
    assert load_frames(store.snapshot(), as_tagged=True).comments["stance"].tolist() == before["stance"].tolist()
    held = held_annotations(store.snapshot())
    assert held[["kind", "value", "author"]].values.tolist() == [
        ["stance", "giving", "Ada"], ["sentiment", "positive", "Ada"], ["note", "ironic?", "Bo"],
    ]  # fmt: skip
    for kind in ("stance", "sentiment"):
        annotate(store, [key], kind, None, "Bo")
    assert load_frames(store.snapshot()).comments.set_index("id").loc["c0000", labels].tolist() == tagged
    assert len(store.snapshot().annotations()) == 5


def test_notes_and_tags_stand_by_their_comments(path: Path) -> None:
    store = Store.open(path)
    comments = load_frames(store.snapshot(), lean=True).comments.iloc[:3]
    keys = list(comments[KEYS].itertuples(index=False, name=None))
    bare = with_notes(comments, notes_of(held_annotations(store.snapshot())))
    assert bare["note"].isna().all() and bare["tags"].tolist() == [[]] * 3
    annotate(store, [keys[2]], "note", "<b>ironic</b>?", "Ada")
    annotate(store, keys[1:], "tags", "call back;legal", "Ada")
    annotate(store, [keys[1]], "tags", "legal", "Bo")
    held = with_notes(comments, notes_of(held_annotations(store.snapshot())))
    assert held["note"].fillna("").tolist() == ["", "", "<b>ironic</b>?"]
    assert held["tags"].tolist() == [[], ["legal"], ["call back", "legal"]]
    shown = [card(comment, []) for _, comment in held.iterrows()]
    assert [("# legal" in html, "voc-note" in html) for html in shown] == [(False, False), (True, False), (True, True)]
    assert "&lt;b&gt;ironic&lt;/b&gt;?" in shown[2]
    table = pd.read_csv(io.BytesIO(to_csv(held)), keep_default_na=False)
    assert table["note"].tolist() == ["", "", "<b>ironic</b>?"]
    assert table["tags"].tolist() == ["", "legal", "call back;legal"]


def test_comments_are_found_by_their_tags(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = screen("comments", path, monkeypatch)
    assert "own-tags" not in {box.key for box in app.multiselect}
    annotate(Store.open(path), [("made-up", "c0000"), ("made-up", "c0007")], "tags", "call back", "Ada")
    annotate(Store.open(path), [("made-up", "c0001")], "tags", "legal", "Ada")
    app = screen("comments", path, monkeypatch)
    app.toggle(key="with-text").set_value(False).run()
    app.multiselect(key="own-tags").set_value(["call back"]).run()
    assert any("1–2 of 2" in caption.value for caption in app.caption)


def test_a_corrected_theme_counts_everywhere_and_outlives_another_tagging(path: Path) -> None:
    store, key = Store.open(path), ("made-up", "c0000")
    sentences = store.snapshot().segments(where="id = 'c0000'").to_pylist()
    assert [row["theme"] for row in sentences] == [BILL, APP]
    kind = theme_kind(sentences[1]["start"], sentences[1]["end"])

    def numbers() -> tuple[list[str], list[str], pd.DataFrame]:
        frames = load_frames(store.snapshot())
        own = frames.comments.set_index("id").loc["c0000"]
        table = analytics.theme_table(frames.comments, frames.segments, frames.themes).set_index("theme")
        return own["themes"], own["theme_labels"], table

    before = numbers()[2]
    annotate(store, [key], kind, STAFF, "Ada")
    themes, labels, table = numbers()
    assert (themes, labels) == ([BILL, STAFF], [LABELS[BILL], LABELS[STAFF]])
    assert (table["n"] - before["n"]).to_dict() == {BILL: 0, APP: -1, STAFF: 1, SIM: 0}
    comments = load_frames(store.snapshot(), lean=True).comments
    file = to_csv(comments[comments["id"].eq("c0000")]).decode("utf-8-sig")
    assert f"{LABELS[BILL]};{LABELS[STAFF]}" in file
    edit_themes(store, lambda t, log, who: registry.merge(t, log, who, STAFF, SIM), "Bo")
    assert numbers()[0] == [BILL, SIM]
    with store.writer("tagged anew") as writer:  # one sentence more in front, the others a number on
        comment = writer.base.comments(where="id = 'c0000'")
        anew = [row | {"segment_no": row["segment_no"] + 1, "end": row["end"] - 1} for row in sentences]
        anew.append(sentences[0] | {"end": 1, "theme": None})
        vectors = np.zeros((3, 4), dtype=np.float16)
        writer.put(comment, pa.Table.from_pylist(anew, schema=SEGMENTS), vectors)
        writer.finish({}, "other model", "made-up")
    assert numbers()[0] == [BILL, SIM]
    annotate(store, [key], kind, NONE, "Bo")
    assert numbers()[0] == [BILL]
    annotate(store, [key], kind, None, "Bo")
    assert numbers()[0] == [BILL, APP]
    with pytest.raises(UsageError, match="There is no theme 'gone'"):
        annotate(store, [key], kind, "gone", "Bo")


def test_corrected_signals_count_everywhere(path: Path) -> None:
    store, key = Store.open(path), ("made-up", "c0000")
    annotate(store, [key], "signals", "delay;care", "Ada")
    annotate(store, [key], "stance", "giving", "Ada")
    assert load_frames(store.snapshot()).comments.set_index("id").loc["c0000", "signals"] == ["delay", "care"]
    annotate(store, [key], "signals", NONE, "Ada")
    assert load_frames(store.snapshot()).comments.set_index("id").loc["c0000", "signals"] == []
    with pytest.raises(UsageError, match="There is no signals 'joy'"):
        annotate(store, [key], "signals", "care;joy", "Ada")


@pytest.mark.parametrize(
    ("key", "kind", "value", "author", "reason"),
    [
        ("c0000", "stance", "angry", "Ada", "There is no stance 'angry'"),
        ("c0000", "mood", "x", "Ada", "cannot be set"),
        ("c0000", "note", "x", " ", "Give your name"),
        ("c0000", "note", " ", "Ada", "A note has 1 to 2,000"),
        ("c'; --", "note", "x", "Ada", "There is no comment"),
    ],
)
def test_what_cannot_be_set_is_refused_in_a_sentence(
    path: Path, key: str, kind: str, value: str, author: str, reason: str
) -> None:
    with pytest.raises((UsageError, InputError), match=reason) as refused:
        annotate(Store.open(path), [("made-up", key)], kind, value, author)
    assert "\n" not in str(refused.value)
    assert not len(Store.open(path).snapshot().annotations())


# --- tables ---------------------------------------------------------------------------------


def test_call_backs_are_one_for_a_customer_by_value(frames: Frames) -> None:
    comments = frames.comments.drop(columns=["response_no", "cluster_no"])  # of other customers than those below
    rows = comments[comments["nps"].le(6) & comments["text"].notna()].head(4)
    rows = rows.assign(
        customer_id=["a", "a", "b", "c"],
        customer_value=[5.0, 5.0, None, 90.0],
        advocacy=["none", "none", "warns_off", "none"],
    )
    happy = comments[comments["nps"].ge(9)].head(3).assign(advocacy=["warns_off", "none", "none"])
    table = analytics.call_backs(pd.concat([rows, happy]))
    assert table["id"].tolist()[:2] == [rows["id"].iloc[3], rows["id"].iloc[1]]
    assert set(table["id"][2:]) == {rows["id"].iloc[2], happy["id"].iloc[0]}
    reasons = dict(zip(table["id"], table["reason"], strict=True))
    assert reasons[rows["id"].iloc[2]] == "detractor, warns others off"
    assert reasons[happy["id"].iloc[0]] == "warns others off"
    assert analytics.call_backs(happy.iloc[1:]).empty


def test_theme_periods_add_up(frames: Frames) -> None:
    table = analytics.theme_periods(frames.comments, frames.segments, frames.themes)
    totals = analytics.theme_table(frames.comments, frames.segments, frames.themes).set_index("theme")["n"]
    assert table.groupby("theme")["n"].sum().to_dict() == totals.to_dict()
    assert table["period"].nunique() == 9 and len(table) == 9 * len(LABELS)
    enough = table["base"] >= 5
    assert table.loc[~enough, "period"].unique().tolist() == ["2026-09"] and table["share"].notna().equals(enough)
    assert (table["share"] == table["n"] / table["base"])[enough].all()
    assert table.groupby("theme")["period"].agg(list).map(lambda own: own == sorted(own)).all()


def test_the_week_in_a_sentence(frames: Frames) -> None:
    changes = analytics.changes(frames.comments, frames.segments, frames.themes)
    emerging = analytics.emerging(frames.comments, frames.segments, frames.themes)
    said = week.answer(changes, emerging)
    assert said.startswith("NPS ") and said.endswith(f"“{LABELS[SIM]}” is emerging.") and "\n" not in said
    assert "not distinguishable from 2026-07; “SIM card does not arrive” comes up more often" in said
    moved = changes.assign(named=True)
    moved.attrs = changes.attrs
    assert re.match(r"NPS [−+]\d+ in 2026-08, (up|down) \d+ on 2026-07; ", week.answer(moved, emerging))
    calm = changes.assign(named=False)
    calm.attrs = changes.attrs
    assert "not distinguishable from" in week.answer(calm, emerging.head(0))
    assert "no theme moved beyond chance." in week.answer(calm, emerging.head(0))
    nothing = analytics.changes(frames.comments.head(0), frames.segments.head(0), frames.themes)
    assert week.answer(nothing, emerging.head(0)) == "Nothing is dated in two such periods: there is no change to tell."


def test_a_quotation_says_where_it_is_from(frames: Frames) -> None:
    assert quotation(frames.comments.iloc[0]).startswith("“I was billed twice again.")
    assert quotation(frames.comments.iloc[0]).endswith(" of 10)") and "5 Jan 2026" in quotation(frames.comments.iloc[0])


def test_the_workbook_holds_no_formula(frames: Frames) -> None:
    comments = frames.comments.head(2).assign(text=["=1+1", "fine"])
    sheet = openpyxl.load_workbook(io.BytesIO(to_xlsx(comments))).active
    rows = [
        dict(zip([c.value for c in sheet[1]], [c.value for c in row], strict=True))
        for row in sheet.iter_rows(min_row=2)
    ]
    assert [row["text"] for row in rows] == ["'=1+1", "fine"] and rows[0]["signals"] == "extraction;effort"
    assert [row["score"] for row in rows] == comments["score"].tolist() and rows[0]["date"] == "2026-01-05 00:00"


def test_marks_with_the_fields_can_be_clicked(frames: Frames) -> None:
    from voc import charts

    table = analytics.changes(frames.comments, frames.segments, frames.themes)
    spec = charts.change_dots(table).to_dict()
    assert _clickable(spec, ("label",)) and not _clickable(spec, ("no such field",))
    clickable = [layer for layer in spec["layer"] if "params" in layer]
    assert [layer["mark"]["type"] for layer in clickable] == ["point"]
    assert set(_largest(spec)["label"]) <= set(LABELS.values())
    empty = charts.change_dots(table.head(0)).to_dict()
    assert _largest(empty).empty and not _clickable(empty, ("label",))


def test_how_many_labels_can_be_relied_on(frames: Frames) -> None:
    assert quality.label_counts(frames) == {"with_text": 360, "tagged": 360, "unsure": 0, "unthemed": 60}


def test_the_brief_of_a_view_is_the_one_of_the_command(made: Path, frames: Frames) -> None:
    condition = "brand = 'Larkline'"
    own = brief.made(frames.where(condition), None, "", (), condition)
    whole = gather(
        load_frames(Store.open(made).snapshot()).where(condition), options={"Condition": condition}, shares=True
    )
    assert own.answer == whole.answer and own.drivers == whole.drivers and own.evidence == whole.evidence
    assert brief.file_of(own, ".xlsx")[:2] == b"PK"


# --- pages ----------------------------------------------------------------------------------


def test_the_week_lists_call_backs_and_reads_what_moved(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = screen("week", made, monkeypatch)
    assert not app.exception and not app.error
    assert [one.value for one in app.subheader] == ["Newest comments", "Worth a call back", "Emerging themes to review"]
    assert set(app.dataframe[0].value["Why"]) == {"detractor"}
    app.selectbox(key="week-theme").set_value(STAFF).run()
    assert not app.exception and 'voc-giving">Friendly people on the phone.' in html(app)
    next(one for one in app.button if one.label.endswith("review the theme")).click().run()
    assert app.title[0].value == "Themes" and app.selectbox(key="themes-choice").value == SIM


def test_views_are_saved_used_and_forgotten(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = screen("comments", path, monkeypatch, sentiment="negative")
    app.text_input(key="view-name").set_value("Angry")
    press(app, "Save the view")
    assert saved_views(path) == {"Angry": "sentiment IN ('negative')"}
    assert dict(app.query_params) == {"view": "Angry"}
    again = screen("comments", path, monkeypatch, sentiment="positive")
    again.text_input(key="view-name").set_value(" Angry ")
    press(again, "Save the view")
    assert "There is a view of this name" in again.error[0].value
    assert saved_views(path) == {"Angry": "sentiment IN ('negative')"}
    save_view(path, "Broken", "no_such_column = 1")
    assert "Condition not understood" in screen("comments", path, monkeypatch, view="Broken").error[0].value
    app = screen("settings", path, monkeypatch, view="Angry")
    assert "View: Angry" in [one.label for one in app.button]
    subscribe(path, Subscription("Angry", "Ada", "month", ""))
    press(app, "Forget the view “Angry”")
    assert not subscriptions(path)
    assert list(saved_views(path)) == ["Broken"] and dict(app.query_params) == {}


def test_the_search_index_is_made_and_the_runs_are_told(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = screen("settings", path, monkeypatch)
    press(app, "Make the search index")
    assert any("Words: indexed" in one.value for one in app.markdown)
    assert app.dataframe[-1].value["What"].tolist() == ["voc search --index", "made up"]


def test_a_search_is_tracked_from_now_on(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = screen("comments", path, monkeypatch)
    app.selectbox(key="search-by").set_value("Words")
    app.text_input(key="query").set_value('"billed twice" again').run()
    assert not app.exception and "<mark" in html(app)
    press(app, "Track")
    (topic,) = Store.open(path).snapshot().topics().to_pylist()
    assert topic["rule"] == '"billed twice" AND again'


def html(app: AppTest) -> str:
    return "".join(element.proto.body for element in app.main.get("html"))
