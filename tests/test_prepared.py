"""The quick ways of large stores give what the plain ways give: prepared files, numbers for keys, days, chances."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import hypergeom

from voc import analytics
from voc.analytics.base import CLUSTER_NO, COMMENT_NO, RESPONSE_NO, shared_lists
from voc.analytics.emerging import chance
from voc.pipeline import Frames, load_frames, prepared
from voc.pipeline.annotations import annotate
from voc.store import Store
from voc.ui import verbatims
from voc.ui.choices import choices

A = analytics
#: A function of analytics, and how it is asked.
TABLES = [
    *((table, {}) for table in (A.theme_table, A.theme_periods, A.emerging, A.nps_table, A.net_giving, A.volume)),
    *((table, {}) for table in (A.sentiment_table, A.signal_balance, A.block_balance, A.quadrants, A.score_base)),
    *((table, {}) for table in (A.changes, A.change_points, A.drivers, A.advocates, A.satisfied_at_risk, A.journey)),
    *((table, {}) for table in (A.moments, A.value_held, A.gaps, A.response_base, A.outcomes, A.competitors)),
    *((table, {"period": "week"}) for table in (A.nps_table, A.net_giving, A.sentiment_table, A.changes)),
    *((table, {"by": "themes", "period": "quarter"}) for table in (A.nps_table, A.net_giving, A.sentiment_table)),
    (A.call_backs, {}),
]


def counted(frames: Frames, table: object, **options: str) -> pd.DataFrame:
    from voc.ui.view import _Call

    return _Call(table, type("View", (), {"frames": frames}))(**options)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def path(sample_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(shutil.copytree(sample_store, tmp_path_factory.mktemp("prepared") / "store"))


@pytest.fixture(scope="module")
def whole(path: Path) -> Frames:
    return load_frames(Store.open(path).snapshot())


@pytest.fixture(scope="module")
def lean(path: Path) -> Frames:
    """As the explorer has a large store: mapped from files."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(prepared, "MANY", 1)
        load_frames(Store.open(path).snapshot(), lean=True)
        patch.setattr(prepared, "_made", _never)
        return load_frames(Store.open(path).snapshot(), lean=True)


def _never(snapshot: object) -> None:
    raise AssertionError("prepared anew")


@pytest.mark.parametrize(("table", "options"), TABLES, ids=lambda value: getattr(value, "__name__", str(value)))
def test_the_quick_way_counts_as_the_plain_one(whole: Frames, lean: Frames, table: object, options: dict) -> None:
    quick, plain = (counted(frames, table, **options) for frames in (lean, whole))
    assert len(plain) or plain.attrs["note"]
    pd.testing.assert_frame_equal(quick, plain, rtol=1e-12)
    assert quick.attrs.keys() == plain.attrs.keys()
    for name, value in plain.attrs.items():
        same = pytest.approx(value, rel=1e-12, nan_ok=True) if isinstance(value, float) else value
        assert quick.attrs[name] == same or str(quick.attrs[name]) == str(value)


CONDITION = "nps < 7 AND list_has_any(signals, ['effort', 'delay', 'neglect']) AND contains(lower(text), 'i')"


def test_a_part_counts_as_the_plain_one(whole: Frames, lean: Frames) -> None:
    quick, plain = (frames.where(CONDITION) for frames in (lean, whole))
    assert 20 < len(plain.comments) < len(whole.comments)
    assert quick.comments["id"].tolist() == plain.comments["id"].tolist()
    assert (quick.owners == plain.find(plain.segments)).all()
    pd.testing.assert_frame_equal(counted(quick, A.theme_table), counted(plain, A.theme_table), rtol=1e-12)


def test_numbers_stand_for_the_keys(whole: Frames, lean: Frames) -> None:
    plain = whole.comments
    for number, key in ((RESPONSE_NO, A.base.response_key(plain)), (CLUSTER_NO, A.base.cluster_key(plain))):
        pairs = pd.DataFrame({"number": lean.comments[number], "key": key}).drop_duplicates()
        assert pairs["number"].is_unique and pairs["key"].is_unique
    assert (lean.comments[COMMENT_NO] == np.arange(len(plain))).all()
    assert (lean.owners == whole.owners).all() and COMMENT_NO not in plain and COMMENT_NO not in whole.segments


def test_found_comments_are_the_same_among_all(lean: Frames) -> None:
    part = lean.where(CONDITION)
    theme = str(part.segments["theme"].mode()[0])
    own, among = (found.page(0, 10) for found in _both(part, lean, theme))
    pd.testing.assert_frame_equal(own, among)
    assert any(own["spans"])


def _both(part: Frames, whole: Frames, theme: str) -> tuple[verbatims.Verbatims, verbatims.Verbatims]:
    found = verbatims.newest_about(part, theme)
    assert found.among(whole).frames is whole and len(found.among(whole)) == len(found)
    return found, found.among(whole)


def test_there_is_the_same_to_choose_from(whole: Frames, lean: Frames) -> None:
    assert choices("plain", "run", whole) == choices("quick", "run", lean)


# --- files ----------------------------------------------------------------------------------


@pytest.fixture
def copy(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(prepared, "MANY", 1)
    return Path(shutil.copytree(path, tmp_path / "store"))


def ids(path: Path) -> list[str]:
    found: list[str] = load_frames(Store.open(path).snapshot(), lean=True).comments["id"].tolist()
    return found


def folders(path: Path) -> set[str]:
    return {folder.name for folder in (path / "prepared").iterdir()}


def test_notes_leave_the_files_as_they_are(copy: Path, lean: Frames, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepared, "_made", _never)
    key = tuple(lean.comments[["dataset", "id"]].iloc[0])
    annotate(Store.open(copy), [key], "note", "call on Monday", "Ada", "test")  # type: ignore[list-item]
    assert ids(copy) == lean.comments["id"].tolist()


def test_changed_comments_are_prepared_anew(copy: Path) -> None:
    before = folders(copy)
    store = Store.open(copy)
    snapshot = store.snapshot()
    key = tuple(snapshot.comments(["dataset", "id"]).slice(0, 1).to_pylist()[0].values())
    one = f"dataset = '{key[0]}' AND id = '{key[1]}'"
    segments = snapshot.segments(where=one)
    with store.writer("test") as writer:
        comment = snapshot.comments(where=one)
        place = comment.schema.get_field_index("sentiment")
        writer.put(comment.set_column(place, "sentiment", [["mixed"]]), segments.slice(0, 0), np.empty((0, 384)))
        writer.finish({}, "m", "t")
    frames = load_frames(store.snapshot(), lean=True)
    row = frames.comments[frames.comments["id"].eq(key[1]) & frames.comments["dataset"].eq(key[0])]
    assert row["sentiment"].tolist() == ["mixed"]
    assert len(folders(copy)) == 1 and folders(copy) != before


def test_a_damaged_file_is_made_anew(copy: Path, lean: Frames) -> None:
    file = next((copy / "prepared").glob("*/segments.arrow"))
    file.write_bytes(file.read_bytes()[:1000])
    assert ids(copy) == lean.comments["id"].tolist()
    assert file.stat().st_size > 1000


def test_where_no_file_can_be_written_nothing_is_missing(copy: Path, lean: Frames) -> None:
    shutil.rmtree(copy / "prepared")
    (copy / "prepared").write_text("in the way")
    assert ids(copy) == lean.comments["id"].tolist()


# --- parts ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("period", "form"), [("day", "%Y-%m-%d"), ("week", "%G-W%V"), ("month", "%Y-%m"), ("year", "%Y")]
)
def test_labels_of_periods_are_those_of_each_date(period: str, form: str) -> None:
    drawn = np.random.default_rng(3).integers(0, 40 * 366 * 86_400, 2000)
    dates = pd.Series(pd.to_datetime(drawn, unit="s", utc=True)).mask(drawn % 50 == 0)
    labels = analytics.period_labels(dates, period)
    assert labels.tolist() == ["undated" if pd.isna(date) else f"{date:{form}}" for date in dates]
    assert analytics.period_labels(dates.iloc[:0], period).empty


def test_the_chance_of_growth_is_the_whole_convolution() -> None:
    sizes = pd.DataFrame({"total": [40_000, 900], "recent": [6_000, 300]}, ["a", "b"])
    for shown in ((400, 9), (460, 12), (700, 40), (330, 2)):
        mentions = pd.DataFrame({"total": [2_500, 60], "recent": shown}, ["a", "b"])
        spread = np.ones(1)
        for name in sizes.index:
            total, recent = sizes.loc[name]
            own = mentions.loc[name, "total"]
            spread = np.convolve(spread, hypergeom.pmf(np.arange(min(own, recent) + 1), total, own, recent))
        assert chance(sizes, mentions) == pytest.approx(min(1.0, spread[sum(shown) :].sum()), rel=1e-9)


def test_lists_that_are_shared_are_looked_into_once() -> None:
    one, other = ["care"], ["ease", "care"]
    numbers, kinds = shared_lists(pd.Series([one, other, one, None], dtype=object))
    assert [kinds[number] for number in numbers] == [one, other, one, []] and len(kinds) == 3
