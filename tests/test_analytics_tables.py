"""Volume, sentiment, themes, and what is emerging."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import fisher_exact

from voc.analytics import emerging, nps_interval, sentiment_table, theme_table, volume
from voc.errors import UsageError
from voc.schema import COMMENTS, SEGMENTS, THEMES

DAY = pd.Timedelta(days=1)
START = pd.Timestamp("2026-01-01", tz="UTC")


def comments_frame(rows: list[dict[str, object]]) -> pd.DataFrame:
    full = [
        {
            "dataset": "d",
            "id": str(i),
            "response_id": f"r{i}",
            "status": "ok",
            "stance": "neither",
            "sentiment": "neutral",
            "text": "words",
            "date": START,
            **row,
        }
        for i, row in enumerate(rows)
    ]
    return pa.Table.from_pylist(full, schema=COMMENTS).to_pandas()


def segments_frame(rows: list[tuple[int, str | None, str]]) -> pd.DataFrame:
    full = [
        {"dataset": "d", "id": str(number), "segment_no": i, "theme": theme, "sentiment": sentiment}
        for i, (number, theme, sentiment) in enumerate(rows)
    ]
    return pa.Table.from_pylist(full, schema=SEGMENTS).to_pandas()


def themes_frame(**labels: str) -> pd.DataFrame:
    full = [{"id": name, "label": label, "status": "active"} for name, label in labels.items()]
    return pa.Table.from_pylist(full, schema=THEMES).to_pandas()


def test_volume_counts_rows_of_every_kind() -> None:
    frame = comments_frame(
        [
            {"brand": "Tern", "nps": 9, "score": 9.0},
            {"brand": "Tern"},
            {"brand": "Alder", "status": "score_only", "stance": None, "text": None, "score": 1.0},
            {"brand": "Tern", "date": None, "status": "junk", "stance": None},
        ]
    )
    table = volume(frame, by="brand", period="month")
    assert table.values.tolist() == [
        ["Alder", "2026-01", 1, 0, 0, 1],
        ["Tern", "2026-01", 2, 2, 2, 1],
        ["Tern", "undated", 1, 1, 0, 0],
    ]
    assert volume(frame)["n"].tolist() == [4]


@given(st.lists(st.sampled_from(["negative", "neutral", "positive", "mixed"]), min_size=5, max_size=50))
def test_sentiment_shares_add_up(labels: list[str]) -> None:
    table = sentiment_table(comments_frame([{"sentiment": label} for label in labels]))
    assert table["sentiment"].tolist() == ["negative", "neutral", "positive", "mixed"]
    assert table["share"].sum() == pytest.approx(1) and table["count"].sum() == len(labels) == table["n"].iloc[0]
    assert ((table["low"] >= 0) & (table["low"] <= table["share"]) & (table["share"] <= table["high"])).all()
    assert (table["high"] <= 1).all() and (table["high"] > table["low"]).all()


def test_sentiment_of_a_few_is_withheld() -> None:
    sizes = {"a": 4, "b": 6, "c": 9}
    table = sentiment_table(
        comments_frame([{"brand": name} for name, n in sizes.items() for _ in range(n)]), by="brand"
    )
    blank = table["by"].isin(["a", "b"])  # all less b and c would tell a's
    assert table.loc[blank, ["count", "share", "low"]].isna().all(axis=None)
    assert table.loc[~blank, "share"].notna().all()
    assert sentiment_table(comments_frame([{"brand": "b"}] * 6), by="brand")["share"].notna().all()


def test_theme_table_by_hand() -> None:
    rows: list[dict[str, object]] = [{"stance": "taking", "nps": 2, "score": 2.0, "score_scale": "nps_0_10"}] * 10
    rows += [{"stance": "giving", "nps": 10, "score": 4.0, "score_scale": "stars_1_5", "date": START + 100 * DAY}] * 6
    rows += [{"date": START + 100 * DAY}] * 14 + [{"status": "junk", "stance": None}]
    segments = [(i, "hold", "negative") for i in range(10)] + [(0, "hold", "negative")]  # twice in one comment
    segments += [(i, "staff", "positive") for i in range(9, 16)] + [
        (20, None, "neutral"),
        (30, "hold", "negative"),
    ]
    table = theme_table(
        comments_frame(rows),
        segments_frame(segments),
        themes_frame(hold="On hold", staff="Staff", idle="Idle"),
    )
    assert table["theme"].tolist() == ["hold", "staff", "idle"] and table["n"].tolist() == [10, 7, 0]
    hold, staff = table.iloc[0], table.iloc[1]
    assert hold["share"] == pytest.approx(10 / 30) and hold["sentiment_balance"] == hold["net_giving"] == -100
    assert hold["nps_n"] == 10 and np.isnan(hold["nps"])  # under 30: read the comments
    assert staff["net_giving"] == pytest.approx(100 * (6 - 1) / 7) and (staff["stars_n"], staff["stars"]) == (
        6,
        4,
    )
    assert hold["recent_share"] == 0 and hold["before_share"] == 1 and hold["trend_high"] < 0 < staff["trend"]
    assert table.attrs["n_tagged"] == 30 and table.attrs["unthemed"] == 14
    assert table.attrs["unthemed_low"] < 14 / 30 < table.attrs["unthemed_high"]
    for name in ("share", "net_giving"):
        low, high = (f"{name}_low", f"{name}_high") if name != "share" else ("low", "high")
        seen = table.dropna(subset=[name])
        assert ((seen[low] <= seen[name]) & (seen[name] <= seen[high])).all()


def test_nps_of_those_who_mention_a_theme_is_of_one_kind_of_survey() -> None:
    rows: list[dict[str, object]] = [{"nps": 2, "survey_type": "relationship"}] * 40
    rows += [{"nps": 10, "survey_type": "transactional"}] * 20
    segments = [(i, "hold", "negative") for i in range(60)]
    row = theme_table(comments_frame(rows), segments_frame(segments), themes_frame(hold="On hold")).iloc[0]
    assert (row["n"], row["nps_n"], row["nps"]) == (60, 40, -100)
    assert row["nps_high"] == pytest.approx(nps_interval(0, 0, 40)[2])


def test_theme_table_of_nothing() -> None:
    table = theme_table(comments_frame([]), segments_frame([]), themes_frame(hold="On hold"))
    assert table["n"].tolist() == [0] and table["share"].isna().all() and np.isnan(table.attrs["unthemed_share"])


@pytest.mark.parametrize("themes", [themes_frame(), themes_frame(hold="On hold")])
def test_theme_table_of_a_store_without_segments(themes: pd.DataFrame) -> None:
    untyped = pd.DataFrame({name: pd.Series(dtype="float64") for name in SEGMENTS.names})
    table = theme_table(comments_frame([{}] * 3), untyped, themes)
    assert table["theme"].tolist() == themes["id"].tolist() and not table["n"].any()
    assert table.dtypes[["n", "share", "trend"]].astype(str).tolist() == ["int64", "float64", "float64"]


@pytest.fixture(scope="module")
def growing() -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """300 days of 5 comments: SIM rises from 2 % to 12 % in the last 42 days, the bill stays at 10 %."""
    rng = np.random.default_rng(2)
    rows, segments = [], []
    for number in range(1500):
        day = number // 5
        rows.append({"date": START + day * DAY})
        if rng.random() < (0.12 if day >= 258 else 0.02):
            segments.append((number, "sim", "negative"))
        if rng.random() < 0.1:
            segments.append((number, "bill", "negative"))
    return (
        comments_frame(rows),
        segments_frame(segments),
        themes_frame(sim="SIM delivery", bill="The bill", idle="Idle"),
    )


def test_emerging_theme_is_found(growing: tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]) -> None:
    table = emerging(*growing).set_index("theme")
    assert table["emerging"].to_dict() == {"sim": True, "bill": False}
    sim = table.loc["sim"]
    assert table.attrs["base_recent"] == 210 and table.attrs["base_before"] == 1290
    counts = [[sim["n_recent"], 210 - sim["n_recent"]], [sim["n_before"], 1290 - sim["n_before"]]]
    assert sim["p"] == pytest.approx(fisher_exact(counts, alternative="greater").pvalue) and sim["q"] >= sim["p"]
    assert 1 < sim["low"] < sim["ratio"] < sim["high"] and sim["share_recent"] == sim["n_recent"] / 210


def test_emerging_looks_back_from_the_day_asked_for(
    growing: tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame],
) -> None:
    early = emerging(*growing, as_of="2026-06-30")
    assert not early["emerging"].any() and early.attrs["as_of"].startswith("2026-06-30")
    assert early.attrs["base_recent"] == 42 * 5
    with pytest.raises(UsageError, match="2026-04-30"):
        emerging(*growing, as_of="soon")
    with pytest.raises(UsageError, match="recent_days 0"):
        emerging(*growing, recent_days=0)


def test_emerging_seldom_names_a_theme_by_chance() -> None:
    named = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        rows = [{"date": START + int(day) * DAY} for day in rng.integers(0, 200, 300)]
        segments = [(i, f"t{theme}", "negative") for i in range(300) for theme in range(8) if rng.random() < 0.1]
        themes = themes_frame(**{f"t{theme}": f"Theme {theme}" for theme in range(8)})
        named += emerging(comments_frame(rows), segments_frame(segments), themes)["emerging"].any()
    assert named <= 4  # 5 % of 40 are 2; more than 4 has a chance of 5 %


def test_emerging_is_not_misled_by_a_new_mix_of_data_sets() -> None:
    """Of the survey 40 % name the bill, of the forum 2 %, all year; of late nearly all rows are the survey's."""
    rows: list[dict[str, object]] = []
    segments = []
    sizes = [("forum", 0, 500), ("forum", 100, 3), ("survey", 0, 50), ("survey", 100, 100), ("new", 100, 60)]
    for dataset, day, n in sizes:
        for i in range(n):
            if i % 50 < (1 if dataset == "forum" else 20):
                segments.append({"dataset": dataset, "id": str(len(rows)), "segment_no": 0, "theme": "bill"})
            rows.append({"dataset": dataset, "date": START + day * DAY})
    frame = pa.Table.from_pylist(segments, schema=SEGMENTS).to_pandas()
    table = emerging(comments_frame(rows), frame, themes_frame(bill="Bill"))
    assert not table["emerging"].any() and table["p"].item() > 0.2
    assert table.attrs["datasets"] == ["forum", "survey"] and table.attrs["datasets_left_out"] == ["new"]
    assert (table.attrs["base_recent"], table.attrs["base_before"]) == (103, 550)


@pytest.mark.parametrize("rows", [[], [{"date": None}] * 5, [{}] * 5])
def test_emerging_without_a_past_is_said(rows: list[dict[str, object]]) -> None:
    table = emerging(comments_frame(rows), segments_frame([(0, "sim", "negative")]), themes_frame(sim="SIM"))
    assert table.empty and table.attrs["note"]
