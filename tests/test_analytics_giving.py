"""The four-part bar, the two blocks, and feeling against stance, against values worked out by hand."""

from __future__ import annotations

import math
from itertools import product

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from voc.analytics import block_balance, net_giving, quadrants, signal_balance
from voc.schema import BLOCKS, COMMENTS, SENTIMENTS, SIGNAL_NAMES, SIGNAL_PAIRS, SIGNALS, STANCES

GIVING = {giving for _, giving, _ in SIGNAL_PAIRS}


def comments_frame(*rows: dict[str, object]) -> pd.DataFrame:
    """Tagged rows as the store gives them, the stance being what the signals come to."""
    full = []
    for i, row in enumerate(rows):
        signals = set(row.get("signals") or ())
        sides = bool(signals & GIVING), bool(signals - GIVING)
        stance = {(True, True): "both", (True, False): "giving", (False, True): "taking"}.get(sides, "neither")
        defaults = {"dataset": "d", "id": str(i), "response_id": f"r{i}", "status": "ok", "sentiment": "neutral"}
        full.append({**defaults, "stance": stance, **row})
    return pa.Table.from_pylist(full, schema=COMMENTS).to_pandas()


def said(n: int, *signals: str, **more: object) -> list[dict[str, object]]:
    return [{"signals": list(signals), **more}] * n


def test_every_pair_is_in_one_block_and_every_signal_has_a_name() -> None:
    assert [pair for *_, pairs in BLOCKS for pair in pairs] == [pair for pair, *_ in SIGNAL_PAIRS]
    assert set(SIGNAL_NAMES) == set(SIGNALS) and len(set(SIGNAL_NAMES.values())) == len(SIGNALS)


def test_the_four_parts_have_wilson_intervals_and_add_up() -> None:
    row = net_giving(
        comments_frame(*said(30, "care"), *said(20, "delay"), *said(10, "care", "deceit"), *said(40))
    ).iloc[0]
    assert [row[f"share_{stance}"] for stance in STANCES] == pytest.approx([0.3, 0.2, 0.1, 0.4])
    theirs = binomtest(10, 100).proportion_ci(method="wilson")
    assert (row["both_low"], row["both_high"]) == pytest.approx((theirs.low, theirs.high))


def test_friendly_people_do_not_mask_the_deal() -> None:
    frame = comments_frame(*said(40, "care"), *said(30, "care", "extraction"), *said(30, "extraction"))
    assert net_giving(frame)["net"].item() == pytest.approx(10)
    table = block_balance(frame)
    assert table["by"].tolist() == ["people", "deal"] and table["n"].tolist() == [100, 100]
    assert table[["giving", "taking", "both", "neither"]].to_numpy().tolist() == [[70, 0, 0, 30], [0, 60, 0, 40]]
    assert table["net"].tolist() == pytest.approx([70, -60])
    # d is 1 (40), 2 (30) and 1 (30): Σd = 130, Σd² = 190; with the half on each side (Σd² + 1)/102 − (130/102)²
    spread = 191 / 102 - (130 / 102) ** 2
    half = 1.959964 * math.sqrt(spread / 102)
    found = [table.attrs[name] for name in ("difference", "difference_low", "difference_high")]
    assert found == pytest.approx([130, 100 * (130 / 102 - half), 100 * (130 / 102 + half)], rel=1e-5)


def test_within_a_block_both_means_both_of_that_block() -> None:
    table = block_balance(comments_frame(*said(6, "care", "delay"), *said(6, "care", "refusal"))).set_index("by")
    assert table.loc["people", ["giving", "both"]].tolist() == [6, 6]
    assert table.loc["deal", ["taking", "neither"]].tolist() == [6, 6]


@settings(max_examples=20, deadline=None)
@given(st.lists(st.lists(st.sampled_from(SIGNALS), max_size=3, unique=True), min_size=5, max_size=40))
def test_blocks_agree_with_the_pairs(signals: list[list[str]]) -> None:
    frame = comments_frame(*({"signals": names} for names in signals))
    table, pairs = block_balance(frame), signal_balance(frame).set_index("pair")
    for row, (_, _, names) in zip(table.to_dict("records"), BLOCKS, strict=True):
        most, whole = pairs.loc[list(names), "n_taking"].max(), pairs.loc[list(names), "n_taking"].sum()
        assert most <= row["taking"] + row["both"] <= whole
        assert row["low"] <= row["net"] <= row["high"] and row["low"] < row["high"]
    low, value, high = (table.attrs[name] for name in ("difference_low", "difference", "difference_high"))
    assert -200 <= low <= value <= high <= 200 and low < high
    assert value == pytest.approx(table["net"].iloc[0] - table["net"].iloc[1])


def test_customers_who_come_up_again_widen_every_interval() -> None:
    once = [*said(30, "care", sentiment="positive"), *said(30, "delay", sentiment="negative")]
    alone = comments_frame(*once)
    again = comments_frame(*({**row, "customer_id": f"k{i // 3}"} for i, row in enumerate(once)))
    for make, low, high in (
        (net_giving, "low", "high"),
        (net_giving, "giving_low", "giving_high"),
        (block_balance, "low", "high"),
        (signal_balance, "giving_low", "giving_high"),
        (quadrants, "low", "high"),
    ):
        narrow, wide = make(alone).iloc[0], make(again).iloc[0]
        if make is quadrants:
            narrow, wide = (make(each).set_index("quadrant").loc["pleased and cared for"] for each in (alone, again))
        assert wide[high] - wide[low] > 1.5 * (narrow[high] - narrow[low]), (make.__name__, low)
    assert block_balance(again).attrs["difference_high"] > block_balance(alone).attrs["difference_high"]


def test_quadrants_by_hand() -> None:
    frame = comments_frame(
        *said(20, "care", sentiment="positive"),
        *said(5, "pressure", sentiment="positive"),
        *said(10, "recovery", sentiment="negative"),
        *said(25, "delay", "neglect", sentiment="negative"),
        *said(15, "care", "deceit", sentiment="mixed"),
        *said(25, sentiment="neutral"),
        {"sentiment": "positive", "signals": ["pressure"], "status": "junk"},
    )
    table = quadrants(frame)
    assert list(zip(table["sentiment"], table["stance"], strict=True)) == list(product(SENTIMENTS, STANCES))
    assert table["count"].sum() == 100 and table["share"].sum() == pytest.approx(1)
    corners = table.dropna(subset=["quadrant"]).set_index("quadrant")
    assert corners["count"].to_dict() == {
        "pleased and cared for": 20,
        "pleased but taken from": 5,
        "unhappy but cared for": 10,
        "unhappy and taken from": 25,
    }
    masked = corners.loc["pleased but taken from"]
    of_all, of_pleased = (binomtest(5, n).proportion_ci(method="wilson") for n in (100, 25))
    assert masked[["low", "high"]].tolist() == pytest.approx([of_all.low, of_all.high])
    assert masked["share_sentiment"] == pytest.approx(0.2) and masked["n_sentiment"] == 25
    assert masked[["sentiment_low", "sentiment_high"]].tolist() == pytest.approx([of_pleased.low, of_pleased.high])


def test_a_sentiment_of_a_few_has_no_share_of_its_own() -> None:
    table = quadrants(comments_frame(*said(4, "delay", sentiment="positive"), *said(30, "delay", sentiment="negative")))
    pleased = table[table["sentiment"] == "positive"]
    assert pleased["share_sentiment"].isna().all() and pleased["share"].notna().all()
    assert table.loc[table["sentiment"] == "mixed", "share_sentiment"].isna().all()
    assert pleased["small_sentiment"].all() and not pleased["small"].any()


@pytest.mark.parametrize("make", [net_giving, block_balance, signal_balance, quadrants])
def test_of_four_comments_nothing_is_told(make: object) -> None:
    table = make(comments_frame(*said(4, "care", sentiment="positive")))  # type: ignore[operator]
    told = [name for name in table.columns if name.startswith(("share", "net")) or name.endswith(("low", "high"))]
    assert told and table[told].isna().all(axis=None)
    assert all(math.isnan(table.attrs[name]) for name in table.attrs if name.startswith("difference"))


@pytest.mark.parametrize("make", [net_giving, block_balance, signal_balance, quadrants])
def test_of_no_comment_a_sentence(make: object) -> None:
    assert "No tagged comment" in make(comments_frame()).attrs["note"]  # type: ignore[operator]
    assert "No tagged comment" in make(comments_frame({"status": "junk"})).attrs["note"]  # type: ignore[operator]
