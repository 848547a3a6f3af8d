"""The explorer without a browser: its parts, and every screen on full, filtered, bare, empty and broken stores."""

from __future__ import annotations

import csv
import io
import shutil
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from explorer_store import APP, BILL, HOSTILE, LABELS, SIM, STAFF, make_store
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from voc import analytics
from voc.charts.segmentmap import segment_map as charts_of_segments
from voc.pipeline import Frames, Proposal, edit_themes, load_frames, load_themes
from voc.pipeline.segment_map import segment_map
from voc.pipeline.views import save_view
from voc.progress import Progress
from voc.report.moved import PARTIAL
from voc.store import Store
from voc.themes import Theme, ThemeSet, registry
from voc.themes.places import places
from voc.ui import anew, beyond, drivers, giving, sentences, verbatims
from voc.ui.export import to_csv
from voc.ui.filterbar import LASSO
from voc.ui.filters import BANDS, PICKED, Filters
from voc.ui.highlight import marked, plain, score_words, spans_of
from voc.ui.routes import SCREENS
from voc.ui.understanding import understanding
from voc.ui.uploads import save
from voc.ui.view import store_path
from voc.ui.words import DASH, between, count, percent, signed
from voc.ui.work import CancelledError, Work, pace

NAMES = [screen.name for screen in SCREENS]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_store(tmp_path_factory.mktemp("ui") / "store")


@pytest.fixture(scope="module")
def frames(store: Path) -> Frames:
    return load_frames(Store.open(store).snapshot())


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    without = ("date", "score", "nps", "brand", "product", "customer_segment")
    return make_store(tmp_path_factory.mktemp("bare") / "store", 60, without)


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    import streamlit

    yield
    streamlit.cache_data.clear()
    streamlit.cache_resource.clear()


def screen(name: str, store: Path, monkeypatch: pytest.MonkeyPatch, **query: str) -> AppTest:
    """The explorer on ``store``, opened with the screen ``name``."""
    monkeypatch.setenv("VOC_STORE", str(store))
    app = AppTest.from_string(f"from voc.ui.routes import main\nmain({name!r})", default_timeout=600)
    for key, value in query.items():
        app.query_params[key] = value
    return app.run()


def chips_of(app: AppTest) -> list[str]:
    return [button.label for button in app.button if (button.key or "").startswith("chip-")]


def html_of(app: AppTest) -> str:
    return "".join(element.proto.body for element in app.main.get("html"))


# --- screens --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_every_screen_says_what_it_tells_and_how(name: str, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = screen(name, store, monkeypatch)
    assert not app.exception
    assert not app.error
    shown = next(one for one in SCREENS if one.name == name)
    assert app.title[0].value == shown.title
    assert shown.tells in [caption.value for caption in app.caption]
    assert app.expander[-1].label == "How it is computed"
    assert any("365 comments, 365 of them scored" in caption.value for caption in app.caption)


@pytest.mark.parametrize("name", NAMES)
def test_a_filter_that_leaves_nothing_is_said(name: str, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = screen(name, store, monkeypatch, words="nobody wrote this")
    assert not app.exception
    assert not app.error
    assert "leave no comment" in app.warning[0].value


@pytest.mark.parametrize("name", NAMES)
def test_no_scores_no_dates_no_origin(name: str, bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = screen(name, bare, monkeypatch)
    assert not app.exception
    assert not app.error


def test_data_reconciles_rows_and_takes_an_official_figure(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = screen("data", store, monkeypatch)
    (first,) = [element.value for element in app.dataframe]
    assert first["Score"].tolist() == ["NPS"] and first["Scored"].tolist() == [365] and "Official" not in first
    app.number_input[0].set_value(90.0).run()
    assert not app.exception
    assert app.dataframe[0].value["Official"].tolist() == ["+90 outside our interval"]


def test_changes_say_what_moved_and_what_would_have_been_missed(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = screen("changes", store, monkeypatch)
    assert not app.exception and not app.error
    told = "\n".join(element.value for element in app.markdown)
    assert "NPS:" in told and "Net giving:" in told and "we would probably have missed moves under" in told
    app.toggle(key="so-far").set_value(True).run()
    assert not app.exception and PARTIAL in [caption.value for caption in app.caption]


def test_compare_sets_two_brands_side_by_side(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = screen("compare", store, monkeypatch)
    told = "\n".join(element.value for element in app.markdown).replace("\\", "")
    assert "(Larkline) against" in told and "(Wrenly)" in told
    assert any("The equal mix allows for" in caption.value for caption in app.caption)
    app.selectbox(key="compare-by").set_value("customer_segment").run()
    assert not app.exception and "\\(new\\)" in "\n".join(element.value for element in app.markdown)


def test_events_in_the_stores_folder_stand_on_the_charts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = make_store(tmp_path / "store")
    (folder / "events.csv").write_text("date,event\n2026-04-01,New prices\n", encoding="utf-8")
    app = screen("overview", folder, monkeypatch)
    assert not app.exception and not app.error
    specs = [element.proto.spec for element in app.main.get("vega_lite_chart")]
    assert sum("1 New prices (1 Apr 2026)" in spec for spec in specs) == 4
    (folder / "events.csv").write_text("date,event\nsoon,New prices\n", encoding="utf-8")
    assert "'soon' is no date" in screen("overview", folder, monkeypatch).error[0].value


def test_the_headline_gives_interval_and_base(store: Path, monkeypatch: pytest.MonkeyPatch, frames: Frames) -> None:
    page = html_of(screen("overview", store, monkeypatch))
    row = analytics.nps_table(frames.comments).iloc[0]
    assert signed(row["nps"]) in page
    assert f"95 %: {between(row['low'], row['high'])}" in page
    assert "365 of 365 scored 0–10" in page


def test_a_link_sets_the_filters_and_clearing_takes_them_back(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = screen("comments", store, monkeypatch, brand="Wrenly", theme=SIM, words="sim")
    assert {"Brand: Wrenly", f"Theme: {LABELS[SIM]}", "Words: sim"} <= {button.label for button in app.button}
    assert app.multiselect(key="brand").value == ["Wrenly"]
    press(app, "Brand: Wrenly")
    assert app.multiselect(key="brand").value == [] and app.query_params["words"] == "sim"
    press(app, "Clear all filters")
    assert chips_of(app) == []
    assert dict(app.query_params) == {}


def test_a_filter_goes_into_the_address(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = screen("comments", store, monkeypatch)
    app.multiselect(key="sentiment").set_value(["negative"]).run()
    assert app.query_params == {"sentiment": "negative"}
    app.multiselect(key="sentiment").set_value([]).run()
    assert app.query_params == {}


def test_what_is_searched_for_is_in_the_address_and_stays(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = screen("comments", store, monkeypatch, search="logging", brand="Wrenly")
    app.selectbox(key="search-by").set_value("Words").run()
    assert app.text_input(key="query").value == "logging" and ">logging</mark>" in html_of(app)
    app.text_input(key="query").set_value('"billed twice"').run()
    assert app.query_params == {"search": '"billed twice"', "brand": "Wrenly"} and chips_of(app) == ["Brand: Wrenly"]
    press(app, "Clear all filters")
    assert app.text_input(key="query").value == "" and dict(app.query_params) == {}


def test_a_link_to_what_is_not_there_is_left_out(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = screen("overview", store, monkeypatch, brand="Nobody", theme="gone", to="1999-01-01", **{"from": "soon"})
    assert not app.exception
    assert chips_of(app) == []
    (told,) = [one.value for one in app.warning]
    assert all(f"“{what}”" in told for what in ("Nobody", "gone", "1999\\-01\\-01", "soon"))
    app.text_input(key="words").set_value("bill").run()
    assert not app.warning


def test_a_merged_theme_is_followed_by_links_and_views(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make_store(tmp_path / "store", 120)
    edit_themes(Store.open(path), lambda t, log, who: registry.merge(t, log, who, APP, BILL), "Ada")
    frames = load_frames(Store.open(path).snapshot())
    both = len(frames.where(f"list_has_any(themes, ['{BILL}'])").comments)
    assert len(frames.where(f"list_has_any(themes, ['{APP}'])").comments) == both > 0
    app = screen("overview", path, monkeypatch, theme=APP)
    assert chips_of(app) == [f"Theme: {LABELS[BILL]}"] and not app.warning
    save_view(path, "Logins", f"list_has_any(themes, ['{APP}'])")
    assert any(
        one.value.startswith(f"{both} of 125") for one in screen("overview", path, monkeypatch, view="Logins").caption
    )


def test_chips_show_what_a_link_says_as_text(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = screen("overview", store, monkeypatch, words="![x](http://example.org/x.png)")
    assert chips_of(app) == [r"Words: \!\[x\]\(http://example.org/x.png\)"]


def test_few_scores_leave_a_table_that_the_browser_can_read(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = screen("drivers", store, monkeypatch, words="logging", to="2026-02-01")
    assert not app.exception and app.info
    assert all(not one.value.attrs for one in app.dataframe)


def test_another_search_begins_at_its_first_page(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = screen("comments", store, monkeypatch)
    app.pagination(key="comments-page").set_value(3).run()
    app.text_input(key="words").set_value("bill").run()
    assert any(one.value.startswith("1–10 of ") for one in app.caption)
    app.pagination(key="comments-page").set_value(2).run()
    assert any(one.value.startswith("11–20 of ") for one in app.caption)


def test_text_is_never_markup(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = html_of(screen("comments", store, monkeypatch, words="alert"))
    assert "&lt;script&gt;" in page
    assert "<script" not in page


def test_paging_shows_the_next_comments(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = screen("comments", store, monkeypatch)
    first = html_of(app)
    app.pagination(key="comments-page").set_value(2).run()
    assert any("11–20 of 360" in caption.value for caption in app.caption)
    assert html_of(app) != first


def test_choosing_a_theme_shows_its_comments(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = screen("themes", store, monkeypatch)
    app.selectbox(key="themes-choice").set_value(SIM).run()
    assert app.subheader[0].value == plain(LABELS[SIM])
    assert '<mark class="voc-plain">My new SIM never came.</mark>' in html_of(app)


def test_the_map_is_drawn_on_demand(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = screen("themes", store, monkeypatch)
    assert not app.get("vega_lite_chart")
    app.segmented_control(key="theme-view").set_value("Map").run()
    assert not app.exception
    assert LABELS[SIM] in app.get("vega_lite_chart")[0].proto.spec or app.get("vega_lite_chart")[0].proto.datasets


def test_themes_stand_under_headings(store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert screen("themes", store, monkeypatch).segmented_control(key="theme-view").options == ["Table", "Map"]
    folder = Path(shutil.copytree(store, tmp_path / "store"))
    heading = Theme("h-money", "Money and network", (), 1.0)
    below = {SIM: {"parent": "h-money"}, BILL: {"parent": "h-money"}}
    with Store.open(folder).writer("headings") as writer:
        log = registry.from_table(writer.base.events())
        themes, event = registry.add(registry.replay(log), log, "Ada", heading)
        themes = ThemeSet(tuple(replace(one, **below.get(one.id, {})) for one in themes.themes), themes.encoder)
        whole = registry.record(themes, [*log, event], "Ada", action="import")[1]
        writer.append_events(registry.to_table([event, whole]))
        writer.replace_themes(themes.to_table())
        writer.finish({}, "made-up", themes.version)
    app = screen("themes", folder, monkeypatch)
    app.segmented_control(key="theme-view").set_value("Tree").run()
    table = app.dataframe[0].value
    assert table["label"].str.strip().tolist() == [
        "MONEY AND NETWORK", LABELS[BILL], LABELS[SIM], LABELS[STAFF], LABELS[APP],
    ]  # fmt: skip
    assert table["label"].str.startswith("\u2003").tolist() == [False, True, True, False, False]
    assert table["n"].iloc[0] == table["n"].iloc[1:3].sum(), "no comment here has both"
    app.selectbox(key="themes-choice").set_value("h-money").run()
    assert app.subheader[0].value == "Money and network"
    assert any("of 2 themes together" in caption.value for caption in app.caption)
    press(app, "Filter all pages by these themes")
    assert set(app.multiselect(key="theme").value) == {BILL, SIM}


def test_a_heading_counts_a_comment_once(frames: Frames) -> None:
    themes = frames.themes.assign(parent=["h", "h", None, None])
    themes = pd.concat([themes, themes.head(1).assign(id="h", label="Both", parent=None)], ignore_index=True)
    table = analytics.heading_table(frames.comments, frames.segments, themes)
    own = [bool({BILL, "t-app"} & set(ids)) for ids in frames.comments["themes"]]
    parts = analytics.theme_table(frames.comments, frames.segments, themes).set_index("theme")["n"]
    assert (table["theme"].tolist(), table["n"].tolist()) == (["h"], [sum(own)])
    assert sum(own) < parts[[BILL, "t-app"]].sum()
    assert analytics.heading_table(frames.comments, frames.segments, frames.themes).empty


def test_a_retired_theme_is_restored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = screen("themes", make_store(tmp_path / "store", 120), monkeypatch)
    app.text_input(key="author").set_value("Ada").run()
    press(app, "Retire")
    assert BILL not in app.selectbox(key="themes-choice").options and app.selectbox(key="restore-theme").value == BILL
    press(app, "Restore")
    assert not app.error and len(app.selectbox(key="themes-choice").options) == 4
    events = Store.open(tmp_path / "store").snapshot().events()
    assert events["action"].to_pylist() == ["discover", "retire", "restore"]


def test_the_map_of_sentences_is_taken_with_the_lasso(store: Path, frames: Frames) -> None:
    snapshot = Store.open(store).snapshot()
    placed = segment_map(snapshot, frames)
    assert len(placed) == placed.attrs["of"] == len(frames.segments)
    figure, points = charts_of_segments(placed, "stance")
    assert [trace.name for trace in figure.data] == ["giving", "taking", "neither"]
    assert sum(len(trace.x) for trace in figure.data) == len(points) == len(placed)
    for curve, trace in enumerate(figure.data):
        own = points[points["curve"].eq(curve)]
        assert list(trace.x) == own["x"].tolist() and own["place"].tolist() == list(range(len(own)))
    taken = sentences.in_lasso(points, [{"curve_number": 1, "point_index": 3}, {"curve_number": 0, "point_index": 0}])
    assert taken[["curve", "place"]].values.tolist() == [[0, 0], [1, 3]]
    rows = frames.segments.iloc[taken["segment"]]
    assert rows["stance"].tolist() == ["giving", "taking"]
    assert (rows["id"].to_numpy() == frames.comments["id"].to_numpy()[taken["comment"]]).all()
    drawn = segment_map(snapshot, frames, most=50)
    assert len(drawn) == 50 and drawn.attrs["of"] == len(frames.segments)
    same = drawn.merge(placed, on="segment", suffixes=("", "_all"))
    assert np.allclose(same["x"], same["x_all"]) and (same["text"] == same["text_all"]).all()
    own = placed[placed["theme"].eq(LABELS[SIM])]
    assert own[["x", "y"]].round(4).nunique().tolist() == [1, 1], "sentences of one vector have one place"


def test_a_sentence_stands_by_its_theme(store: Path) -> None:
    themes = load_themes(str(store))
    near = np.eye(4, dtype=np.float32)[[0, 3]]
    assert np.abs(places(near, themes) - [[0, 0], [1, 1]]).max() < 0.15
    assert np.isnan(places(near, ThemeSet((), "made-up"))).all()


def test_the_map_of_sentences_is_drawn_and_filters(
    store: Path, monkeypatch: pytest.MonkeyPatch, frames: Frames
) -> None:
    app = screen("themes", store, monkeypatch)
    app.segmented_control(key="theme-view").set_value("Map").run()
    app.segmented_control(key="map-of").set_value("Sentences").run()
    assert not app.exception and app.get("plotly_chart")
    assert any(f"{len(frames.segments)} sentences. Draw" in caption.value for caption in app.caption)
    app.session_state["lasso"] = {LASSO: "dataset = 'made-up' AND id IN ('c0000', 'c0001')"}
    app.session_state["filters"] = {"view": [LASSO]}
    del app.session_state["filters-on"]
    app.run()
    assert chips_of(app) == ["View: Lasso"] and any("2 of 365 comments" in one.value for one in app.caption)


def test_an_emerging_theme_leads_to_its_comments(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = screen("overview", store, monkeypatch)
    next(button for button in app.button if LABELS[SIM] in button.label).click().run()
    assert not app.exception
    assert app.title[0].value == "Themes"
    assert app.selectbox(key="themes-choice").value == SIM


def test_a_file_is_understood_tagged_and_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [f"2026-03-{day:02d},{day % 11},The bill was wrong again on day {day}." for day in range(1, 29)]
    app = screen("overview", tmp_path / "new", monkeypatch)
    app.file_uploader[0].upload("a.csv", "\n".join(["date,nps,comment", *rows]).encode(), "text/csv").run()
    assert {"text", "date", "score"} <= set(app.dataframe[0].value["used as"])
    press(app, "Tag 28 rows")
    assert any("All 28 comments, 28 of them scored" in caption.value for caption in app.caption)
    assert len(Store.open(tmp_path / "new").snapshot().comments(["id"])) == 28


def test_work_that_is_cancelled_leaves_the_store_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [f"2026-03-{day:02d},{day % 11},The bill was wrong again on day {day}." for day in range(1, 29)]
    app = screen("overview", tmp_path / "new", monkeypatch)
    app.file_uploader[0].upload("a.csv", "\n".join(["date,nps,comment", *rows]).encode(), "text/csv").run()
    monkeypatch.setattr(Work, "_check", _cancelled)  # before the first step, however fast that would be
    press(app, "Tag 28 rows")
    assert "Tagging is cancelled" in app.error[0].value
    monkeypatch.undo()
    monkeypatch.setenv("VOC_STORE", str(tmp_path / "new"))
    assert Store.open(tmp_path / "new").snapshot().is_empty
    press(app, "Close")
    assert not app.error
    press(app, "Tag 28 rows")
    assert any("All 28 comments" in caption.value for caption in app.caption)


def _cancelled(work: Work) -> None:
    work.cancel()
    raise CancelledError(f"{work.name} is cancelled")


def test_work_ends_at_the_next_sign_of_progress() -> None:
    reached, go_on = threading.Event(), threading.Event()
    steps = []

    def do(progress: Progress) -> None:
        with progress.task("Counting", 3) as advance:
            for number in range(3):
                steps.append(number)
                reached.set()
                go_on.wait(10)
                advance(1)

    work = Work("Counting", do, steps.append)
    reached.wait(10)
    assert not work.is_over and work.told() == "Counting …"
    work.cancel()
    assert "cancelling" in work.told()
    go_on.set()
    work._thread.join(10)
    assert work.is_over and steps == [0]
    with pytest.raises(CancelledError, match="Counting is cancelled"):
        work.conclude()


def test_themes_and_tags_are_made_anew_on_approval(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = make_store(tmp_path / "store", 120)
    proposal, adopted = Proposal(load_themes(str(folder)), load_themes(str(folder)), None, 1), []
    monkeypatch.setattr(anew, "load_tagger", lambda: None)
    monkeypatch.setattr(anew, "propose_themes", lambda snapshot, tagger, progress: proposal)
    monkeypatch.setattr(anew, "adopt_themes", lambda store, *rest, progress: adopted.append(rest))
    app = screen("quality", folder, monkeypatch)
    press(app, "Look for themes anew")
    assert any("4 themes are found" in element.value for element in app.markdown)
    press(app, "Leave the themes as they are")
    assert not adopted
    press(app, "Look for themes anew")
    press(app, "Adopt these themes")
    assert adopted == [(proposal, None, "explorer", "explorer: themes anew")] and not app.error
    assert "Look for themes anew" in [button.label for button in app.button]


def test_a_file_without_comments_gives_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = screen("overview", tmp_path / "new", monkeypatch)
    app.file_uploader[0].upload("a.csv", b"", "text/csv").run()
    assert not app.exception
    assert app.error[0].value.startswith("a.csv")
    assert not (tmp_path / "new").exists()


def test_choosing_a_signal_marks_its_words(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = screen("giving", store, monkeypatch)
    app.selectbox(key="signal").set_value("care").run()
    assert '<mark class="voc-giving">Friendly people on the phone.</mark>' in html_of(app)


def test_a_corner_leads_to_its_comments(store: Path, monkeypatch: pytest.MonkeyPatch, frames: Frames) -> None:
    app = screen("giving", store, monkeypatch)
    app.selectbox(key="corner").set_value("unhappy and taken from").run()
    assert "I was billed twice again." in html_of(app).split("Friendly people")[-1]
    told = verbatims.felt_and_treated(frames, "negative", "taking").comments
    corners = analytics.quadrants(frames.comments).set_index("quadrant")["count"]
    assert len(told) == corners["unhappy and taken from"] > 0


def test_the_lowest_driver_comes_with_its_comments(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = screen("drivers", store, monkeypatch)
    assert LABELS[BILL] in app.markdown[0].value
    assert "goes with the lowest score" in app.markdown[0].value
    assert app.selectbox(key="drivers-nps-choice").value == f"{BILL} criticised"
    assert "I was billed twice again." in html_of(app)


def test_edits_need_a_name_are_shown_at_once_and_undone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = screen("themes", make_store(tmp_path / "store", 120), monkeypatch)
    press(app, "Rename")
    assert "Give your name" in app.error[0].value
    app.text_input(key="author").set_value("Ada").run()
    app.text_input(key=f"name-{BILL}").set_value("Surprise charges")
    press(app, "Rename")
    assert app.subheader[0].value == "Surprise charges"
    press(app, "Undo the last edit")
    assert app.subheader[0].value == LABELS[BILL]
    app.selectbox(key=f"into-{BILL}").set_value(SIM)
    press(app, "Merge")
    assert BILL not in app.selectbox(key="themes-choice").options
    press(app, "Merge")
    assert "Choose the theme" in app.error[0].value
    press(app, "Retire")
    assert len(app.selectbox(key="themes-choice").options) == 2
    events = registry.from_table(Store.open(tmp_path / "store").snapshot().events())
    assert [(event.action, event.author) for event in events[1:]] == [
        ("rename", "Ada"), ("undo", "Ada"), ("merge", "Ada"), ("retire", "Ada"),
    ]  # fmt: skip


def test_what_an_edit_changes_is_told_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = screen("themes", make_store(tmp_path / "store", 120), monkeypatch)
    app.selectbox(key=f"into-{BILL}").set_value(SIM)
    press(app, "What would change?")
    told = next(caption.value for caption in app.caption if "would change theme" in caption.value)
    n = sum(BILL in own for own in load_frames(Store.open(tmp_path / "store").snapshot()).comments["themes"])
    assert told.startswith(f"{n} sentences of {n} comments would change theme")
    assert len(Store.open(tmp_path / "store").snapshot().events()) == 1


def test_the_second_of_two_editors_sees_what_the_first_did(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make_store(tmp_path / "store", 120)
    app = screen("themes", path, monkeypatch)
    app.text_input(key="author").set_value("Ada").run()
    edit_themes(Store.open(path), lambda t, log, who: registry.rename(t, log, who, SIM, "Lost SIM"), "Bo")
    press(app, "Retire")
    assert "Bo renamed SIM card does not arrive to Lost SIM" in app.error[0].value
    press(app, "Undo the last edit")
    assert not app.error, "what Bo did was on the screen by then"
    press(app, "Retire")
    events = registry.from_table(Store.open(path).snapshot().events())
    assert [(event.action, event.author) for event in events[1:]] == [
        ("rename", "Bo"),
        ("undo", "Ada"),
        ("retire", "Ada"),
    ]


def test_themes_of_another_encoder_are_not_split(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = screen("themes", make_store(tmp_path / "store", 120), monkeypatch)
    app.text_input(key="author").set_value("Ada").run()
    press(app, "Split")
    assert "made with encoder 'made-up'" in app.error[0].value and "\n" not in app.error[0].value
    press(app, "Move")
    assert "Choose the theme" in app.error[0].value


def press(app: AppTest, label: str) -> None:
    next(button for button in app.button if button.label == label).click().run()
    finish(app)
    assert not app.exception


def finish(app: AppTest) -> None:
    """Wait for long work, as the page does by itself in a browser."""
    while "work" in app.session_state:
        time.sleep(0.05)
        app.run()


def test_a_new_run_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = screen("themes", make_store(tmp_path / "store", 120), monkeypatch)
    edit_themes(
        Store.open(tmp_path / "store"),
        lambda themes, log, who: registry.rename(themes, log, who, BILL, "Billing"),
        "Bo",
    )
    assert app.run().subheader[0].value == "Billing"


def test_an_empty_store_offers_samples_and_upload(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = screen("drivers", tmp_path / "nothing", monkeypatch)
    assert not app.exception
    assert [button.label for button in app.button] == ["Load the sample data"]
    assert app.get("file_uploader")
    assert not (tmp_path / "nothing").exists()


def test_what_is_no_store_gives_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "letter.txt").write_text("hello")
    app = screen("overview", tmp_path, monkeypatch)
    assert not app.exception
    assert "not a store" in app.error[0].value
    assert "\n" not in app.error[0].value


# --- parts ----------------------------------------------------------------------------------

words = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Zs", "Zl", "Zp")), min_size=1, max_size=8)
filters = st.builds(
    Filters,
    since=st.none() | st.dates(date(2000, 1, 1)),
    until=st.none() | st.dates(date(2000, 1, 1), date(2100, 1, 1)),
    picked=st.lists(st.sampled_from(list(PICKED)), unique=True).flatmap(
        lambda columns: st.tuples(
            *(st.tuples(st.just(c), st.lists(words, min_size=1).map(tuple)) for c in PICKED if c in columns)
        )
    ),
    themes=st.lists(words, max_size=3).map(tuple),
    words=st.lists(words, max_size=3).map(" ".join),
    search=st.lists(words, max_size=3).map(" ".join),
)


@given(filters)
def test_filters_survive_the_address(chosen: Filters) -> None:
    assert Filters.from_query(chosen.query()) == chosen


@given(chosen=filters)
def test_every_filter_is_a_condition_that_is_understood(chosen: Filters, frames: Frames) -> None:
    if expression := chosen.expression():
        assert len(frames.where(expression).comments) <= len(frames.comments)


def test_filters_keep_what_they_say(frames: Frames) -> None:
    picked = (("brand", ("Wrenly",)), ("score", (next(iter(BANDS)),)), ("signals", ("extraction",)))
    chosen = Filters(date(2026, 3, 1), date(2026, 3, 31), picked, (BILL,), 'BILLED "billed twice"')
    kept = frames.where(chosen.expression()).comments
    assert len(kept)
    assert kept["date"].dt.month.eq(3).all()
    assert kept["brand"].eq("Wrenly").all() and kept["score"].le(6).all()
    assert kept["text"].str.contains("billed twice").all()
    assert [BILL in own for own in kept["themes"]] == [True] * len(kept)
    assert list(chosen.chips(LABELS).values()) == [
        "Period: 1 Mar 2026 to 31 Mar 2026",
        "Brand: Wrenly",
        "Score: low (0–6 of 10, 1–2 of 5)",
        "Signal: extraction",
        "Theme: Wrong charges on the bill",
        'Words: BILLED "billed twice"',
    ]
    assert "from" not in chosen.without("period") and chosen.without("period")["brand"] == ["Wrenly"]
    assert Filters(until=date(2026, 3, 1)).chips({}) == {"period": "Period: to 1 Mar 2026"}
    assert Filters().expression() == ""


@given(st.text(max_size=60), st.lists(st.tuples(st.integers(-5, 70), st.integers(-5, 70)), max_size=4))
def test_marking_keeps_the_words_and_escapes_them(text: str, spans: list[tuple[int, int]]) -> None:
    import html
    import re

    shown = marked(text, spans)
    bare = re.sub(r'<mark class="voc-plain">|</mark>', "", shown)
    assert html.unescape(bare) == html.unescape(html.escape(text))
    assert "<" not in bare
    assert shown.count("<mark") == shown.count("</mark>")


def test_spans_are_found_in_any_case() -> None:
    assert spans_of("The BILL is wrong", ["bill", "gone"]) == [(4, 8)]
    assert spans_of("İ said Bill", ["Bill"]) == [(7, 11)]


def test_the_download_is_no_formula(frames: Frames) -> None:
    comments = frames.comments.head(6).copy()
    starts = ["=1+1", "+44 call me", "-bad", "@home", "\tx", "fine = good"]
    comments["text"] = starts
    read = list(csv.DictReader(io.StringIO(to_csv(comments).decode("utf-8-sig"))))
    assert [row["text"] for row in read] == [*(f"'{text}" for text in starts[:5]), starts[5]]
    assert read[0]["signals"] == "extraction;effort"
    assert read[0]["theme_labels"].startswith(LABELS[BILL])


def test_comments_behind_a_number(frames: Frames) -> None:
    table = analytics.drivers(frames.comments, frames.segments, frames.themes)
    for row in table.to_dict("records"):
        about = verbatims.about_theme(frames, row["theme"], row["polarity"])
        assert len(verbatims.scored(about, "nps")) == row["n"]
    balance = analytics.signal_balance(frames.comments).set_index("taking_signal")
    assert len(verbatims.showing_signal(frames, "extraction")) == balance.loc["extraction", "n_taking"]


def test_orders(frames: Frames) -> None:
    everything = verbatims.all_of(frames)
    assert everything.ordered("Newest first").comments["date"].is_monotonic_decreasing
    assert everything.ordered("Lowest score first").comments["score"].is_monotonic_increasing
    mixed = frames.comments.head(3).assign(score=[5.0, 6.0, None], score_scale=["stars_1_5", "nps_0_10", None])
    two = verbatims.all_of(Frames(mixed, frames.segments.head(0), frames.themes))
    assert list(two.ordered("Highest score first").comments["score"].fillna(-1)) == [5.0, 6.0, -1.0]


def test_the_search_is_marked_and_otherwise_the_evidence(frames: Frames) -> None:
    first = frames.take([0])
    text = first.comments["text"].iloc[0]
    marked_words = verbatims.all_of(first, ["twice"]).page(0, 10)["spans"].iloc[0]
    assert marked_words == [(text.index("twice"), text.index("twice") + 5)]
    assert verbatims.all_of(first).page(0, 10)["spans"].iloc[0] == [(0, len("I was billed twice again."))]


def test_a_theme_marks_its_own_sentences_page_by_page(frames: Frames) -> None:
    found = verbatims.about_theme(frames, "t-app").ordered("Newest first")
    shown = pd.concat([found.page(start, 7) for start in range(0, len(found), 7)])
    assert len(shown) == len(found) > 14
    assert {text[a:b] for text, spans in zip(shown["text"], shown["spans"], strict=True) for a, b in spans} == {
        "The app keeps logging me out."
    }


def test_copies_are_shown_once(frames: Frames) -> None:
    comments = frames.comments.head(3).assign(
        copy_of_dataset=[None, "made-up", None], copy_of=[None, frames.comments["id"].iloc[0], None]
    )
    once, repeats = verbatims.all_of(Frames(comments, frames.segments.head(0), frames.themes)).once
    assert list(once.positions) == [0, 2] and list(repeats) == [1, 0]


def test_the_reading_of_drivers_is_association_only(frames: Frames) -> None:
    table = analytics.drivers(frames.comments, frames.segments, frames.themes)
    sentence = drivers.reading(table)
    assert "goes with the lowest score" in sentence
    assert not any(word in sentence for word in ("cause", "drive", "impact"))
    assert "no criticism clearly goes" in drivers.reading(table.assign(named=False))
    along = table.assign(co_mentioned=table["polarity"].eq("praised"))
    assert "Mentioned along" in drivers.reading(along.assign(leave_out=-1.0))
    assert "Mentioned along" not in drivers.reading(along.assign(leave_out=1.0))


def test_the_reading_of_the_blocks_says_which_is_better_or_that_none_is() -> None:
    def read(value: float, low: float, high: float) -> str:
        table = pd.DataFrame()
        table.attrs.update(difference=value, difference_low=low, difference_high=high)
        return giving.reading(table)

    better = "How people are treated comes out better than what the deal does: net giving "
    assert read(36, 28, 44) == better + "**+36 points** higher (+28 to +44)."
    assert read(-5, -9, -1).startswith("What the deal does comes out better than how people are treated: ")
    assert "**+5 points** higher (+1 to +9)" in read(-5, -9, -1)
    assert "cannot be told apart" in read(3, -4, 10) and "Too few" in read(*[float("nan")] * 3)


def test_uploaded_names_lose_their_paths(tmp_path: Path) -> None:
    class File:
        def __init__(self, name: str) -> None:
            self.name = name

        def getvalue(self) -> bytes:
            return b"x"

    saved = save([File("../../etc/a.csv"), File("C:\\data\\a.csv"), File("...")], tmp_path)
    assert [Path(path).parent for path in saved] == [tmp_path] * 3
    assert [Path(path).name for path in saved] == ["a.csv", "1-a.csv", "upload"]


def test_the_understanding_of_columns_is_shown(tmp_path: Path) -> None:
    from voc import ingest

    file = tmp_path / "a.csv"
    file.write_text(
        "\n".join(
            [
                "date,nps,comment",
                *(f"2026-03-{d:02d},{d % 11},The bill is wrong again {d}." for d in range(1, 29)),
            ]
        )
    )
    table = understanding(ingest.understand([str(file)]).files[0])
    assert set(zip(table["used as"], table["column"], strict=True)) >= {
        ("text", "comment"),
        ("date", "date"),
        ("score", "nps"),
    }
    assert table["sure"].str.endswith("%").any()


def test_edits_are_told_in_words(tmp_path: Path) -> None:
    path = make_store(tmp_path / "store", 120)
    edits = [
        lambda themes, log, who: registry.rename(themes, log, who, BILL, "Billing"),
        lambda themes, log, who: registry.merge(themes, log, who, SIM, BILL),
        lambda themes, log, who: registry.retire(themes, log, who, "t-app"),
        registry.undo,
    ]
    for edit in edits:
        edit_themes(Store.open(path), edit, "Ada")
    events = registry.from_table(Store.open(path).snapshot().events())
    words = registry.told(events)
    assert [words[event.seq] for event in events[1:]] == [
        "renamed Wrong charges on the bill to Billing",
        "merged SIM card does not arrive into Billing",
        "retired App logs you out",
        "took back: retired App logs you out",
    ]


def test_store_path_from_words_environment_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOC_STORE", "from-environment")
    assert store_path(["--store", "given"]) == "given"
    assert store_path(["--store=given"]) == "given"
    assert store_path([]) == "from-environment"
    monkeypatch.delenv("VOC_STORE")
    assert store_path([]) == ".voc"


def test_numbers_in_words() -> None:
    assert [signed(-4.4), signed(12.6), signed(-0.2), signed(float("nan")), signed(-1.25, 1)] == [
        "−4",
        "+13",
        "0",
        DASH,
        "−1.2",
    ]
    assert percent(0.123, 1) == "12.3 %"
    assert between(-1, float("nan")) == DASH
    assert [count(1, "row"), count(2345, "reply", "replies")] == ["1 row", "2,345 replies"]
    assert pace(120, 900, 2.0) == "120 of 900 · 60 a second · 13 s left"
    assert score_words(4.0, "stars_1_5") == "4 of 5 stars"
    assert score_words(None, "stars_1_5") == ""
    assert plain("[a](b) *c* <d>") == r"\[a\]\(b\) \*c\* \<d\>"


def test_hostile_comment_is_in_the_store(frames: Frames) -> None:
    assert frames.comments["text"].eq(HOSTILE).sum() == 1
    assert isinstance(frames.comments["date"].dtype, pd.DatetimeTZDtype)


# --- beyond satisfaction --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tab", "shows"),
    [
        ("Satisfied yet at risk", "dataframe"),
        ("Moments", "vega_lite_chart"),
        ("Signals", "vega_lite_chart"),
        ("Journey", "vega_lite_chart"),
        ("Outcomes", "dataframe"),
        ("Competitors", "dataframe"),
        ("Quotes", "dataframe"),
    ],
)
def test_each_tab_beyond_satisfaction_is_drawn_when_it_is_open(
    sample_store: Path, monkeypatch: pytest.MonkeyPatch, tab: str, shows: str
) -> None:
    drawn: list[str] = []
    for name in beyond._TABS:
        own = beyond._TABS[name]
        monkeypatch.setitem(beyond._TABS, name, lambda view, name=name, own=own: (drawn.append(name), own(view)))
    app = screen("beyond", sample_store, monkeypatch)
    app.session_state["beyond-tab"] = tab
    drawn.clear()
    app.run()
    assert not app.exception and drawn == [tab]
    assert len(app.get(shows)) > 0
