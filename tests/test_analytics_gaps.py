"""Preference gaps: the paired difference, its rank, and how it goes with the NPS; pairs of columns in any spelling."""

from __future__ import annotations

import json
import math

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import statsmodels.api as sm
from scipy.stats import ttest_rel

from voc.analytics import gaps
from voc.analytics.gaps import area_columns
from voc.analytics.slope import slope
from voc.errors import UsageError
from voc.schema import COMMENTS


def comments_frame(rows: list[dict[str, object]]) -> pd.DataFrame:
    full = [{"dataset": "d", "id": str(i), "response_id": f"r{i}", "status": "ok", **row} for i, row in enumerate(rows)]
    return pa.Table.from_pylist(full, schema=COMMENTS).to_pandas()


def attributes(**columns: list[object]) -> list[dict[str, object]]:
    return [
        {"attributes": json.dumps(dict(zip(columns, row, strict=True)))} for row in zip(*columns.values(), strict=True)
    ]


def test_gaps_agree_with_a_paired_t_test() -> None:
    rng = np.random.default_rng(4)
    now, ideal = rng.integers(1, 5, 80), rng.integers(3, 6, 80)
    same = [4] * 80
    rows = attributes(
        **{
            "Billing – now": now.tolist(),
            "Billing – ideal": [str(value) for value in ideal],
            "Staff – now": same,
            "Staff – ideal": same,
            "Plan": ["S"] * 80,
        }
    )
    table = gaps(comments_frame([*rows, {"attributes": "not json"}, {"attributes": None}]))
    assert table["area"].tolist() == ["Billing", "Staff"] and table["gap"].tolist()[1] == 0
    billing, theirs = table.iloc[0], ttest_rel(ideal, now).confidence_interval(0.95)
    assert (billing["now"], billing["ideal"]) == pytest.approx((now.mean(), ideal.mean()))
    assert (billing["low"], billing["high"]) == pytest.approx((theirs.low, theirs.high))
    assert billing["gap"] == pytest.approx((ideal - now).mean()) and billing["n"] == 80 and not billing["small"]


def test_gaps_use_answers_to_both_and_one_row_a_response() -> None:
    rows = attributes(**{"Price (now)": [1, 2, None, 3, 2, 1, 2], "Price (ideal)": [5, 4, 5, "n/a", 4, 5, 5]})
    table = gaps(comments_frame([*rows, {**rows[0], "response_id": "r0"}]))
    assert table["n"].tolist() == [5] and table["small"].tolist() == [True]
    few = gaps(comments_frame(rows[:3]))
    assert few["n"].tolist() == [2] and few[["now", "ideal", "gap", "low", "high"]].isna().all(axis=None)


@pytest.mark.parametrize(
    ("now", "ideal"),
    [
        ("Opening hours – now", "Opening hours – ideal"),
        ("Opening hours - Now", "opening  hours - Ideal"),
        ("Opening hours (today)", "Opening hours (preferred)"),
        ("now: Opening hours", "ideal: Opening hours"),
        ("Opening hours current", "Opening hours expected"),
        ("Opening hours_now", "Opening hours_ideal"),
        ("Opening hours [currently]", "Opening hours [ideally]"),
    ],
)
def test_spellings_of_a_pair(now: str, ideal: str) -> None:
    assert area_columns(["Age", now, ideal]) == {"Opening hours": ([now], [ideal])}


@pytest.mark.parametrize(
    "names",
    [
        ["Billing – now"],
        ["Billing – ideal", "Price – now"],
        ["Knows", "Unideal"],
        ["now", "ideal"],
        [],
    ],
)
def test_no_pair(names: list[str]) -> None:
    assert area_columns(names) == {}


def test_no_gap_columns_is_said() -> None:
    table = gaps(comments_frame(attributes(age=[30, 40])))
    assert table.empty and "now" in table.attrs["note"]


# --- groups, weights, ranks, and the NPS --------------------------------------------------------


def rated(n: int, seed: int = 5, **means: float) -> list[dict[str, object]]:
    """``n`` responses: every area's *ideal* is 5, its *now* lies about ``mean`` below."""
    rng = np.random.default_rng(seed)
    columns: dict[str, list[object]] = {}
    for area, mean in means.items():
        columns[f"{area} – now"] = (5 - rng.normal(mean, 0.5, n)).tolist()
        columns[f"{area} – ideal"] = [5] * n
    return attributes(**columns)


def test_gaps_by_group() -> None:
    rows = [{**row, "customer_segment": "new"} for row in rated(60, Price=2.0, Staff=0.5)]
    rows += [{**row, "customer_segment": "old"} for row in rated(50, 6, Price=0.5, Staff=1.0)]
    table = gaps(comments_frame(rows), by="customer_segment")
    assert table[["by", "area", "rank"]].to_numpy().tolist() == [
        ["new", "Price", 1],
        ["new", "Staff", 2],
        ["old", "Staff", 1],
        ["old", "Price", 2],
    ]
    alone = gaps(comments_frame(rows[:60])).iloc[0]
    assert table.loc[0, ["n", "gap", "low", "high"]].tolist() == alone[["n", "gap", "low", "high"]].tolist()
    with pytest.raises(UsageError, match="no column 'colour'"):
        gaps(comments_frame(rows), by="colour")


def test_a_group_of_four_cannot_be_had_by_subtraction() -> None:
    sizes = {"a": 4, "b": 9, "c": 20}
    rows = [row | {"brand": name} for name, n in sizes.items() for row in rated(n, Price=1.0)]
    table = gaps(comments_frame(rows), by="brand").set_index("by")
    assert table.loc[["a", "b"], ["gap", "low", "rank", "rank_low"]].isna().all(axis=None)
    assert table["n"].to_dict() == sizes and table.loc["c", "gap"] == pytest.approx(1, abs=0.5)


def test_ranks_say_what_the_data_leave_open() -> None:
    table = gaps(comments_frame(rated(400, Price=2.0, Staff=1.01, Bills=1.0, App=0.2))).set_index("area")
    assert table["rank"].sort_values().tolist() == [1, 2, 3, 4]
    ranks = zip(table["rank_low"], table["rank_high"], strict=True)
    assert dict(zip(table.index, ranks, strict=True)) == {
        "Price": (1, 1),
        "Staff": (2, 3),
        "Bills": (2, 3),
        "App": (4, 4),
    }
    few = gaps(comments_frame(rated(5, Price=1.1, Staff=1.0, Bills=1.05)))
    assert few["rank_low"].tolist() == [1, 1, 1] and few["rank_high"].tolist() == [3, 3, 3]


def test_ranks_left_open_hold_the_true_one() -> None:
    means = {"A": 1.2, "B": 1.1, "C": 1.0, "D": 0.8}
    held = 0
    for seed in range(40):
        table = gaps(comments_frame(rated(40, seed, **means))).set_index("area").loc[list(means)]
        held += bool(((table["rank_low"] <= [1, 2, 3, 4]) & (table["rank_high"] >= [1, 2, 3, 4])).all())
    assert held >= 38  # 95 %


def test_weights_count_and_widen() -> None:
    rows = [{**row, "weight": 1.0} for row in rated(40, Price=1.0)]
    rows += [{**row, "weight": 3.0} for row in rated(40, 8, Price=2.0)]
    plain = gaps(comments_frame([{**row, "weight": None} for row in rows])).iloc[0]
    weighted = gaps(comments_frame(rows)).iloc[0]
    assert plain["gap"] == pytest.approx(1.5, abs=0.2) and weighted["gap"] == pytest.approx(1.75, abs=0.2)
    assert weighted["n"] == 80 and weighted["gap"] > plain["gap"]
    table = gaps(comments_frame([*rows, {**rows[0], "weight": -1.0}]))
    assert table.empty and "1 negative" in table.attrs["note"]


def test_customers_who_answer_again_widen_the_gap() -> None:
    rows = rated(30, Price=1.0)
    thrice = [{**row, "customer_id": f"k{i}"} for i, row in enumerate(rows)] * 3
    once, again = gaps(comments_frame(rows)).iloc[0], gaps(comments_frame(thrice)).iloc[0]
    assert again["n"] == 90 and again["high"] - again["low"] == pytest.approx(once["high"] - once["low"], rel=0.05)


def test_the_slope_agrees_with_statsmodels() -> None:
    rng = np.random.default_rng(3)
    x, weights, clusters = rng.normal(size=200), rng.uniform(0.5, 2, 200), rng.integers(0, 60, 200)
    y = 3 * x + rng.normal(size=200) + rng.normal(size=60)[clusters]
    theirs = sm.WLS(y, sm.add_constant(x), weights=weights).fit(
        cov_type="cluster", cov_kwds={"groups": clusters}, use_t=True
    )
    assert slope(x, y, weights, clusters) == pytest.approx((theirs.params[1], *theirs.conf_int()[1]))
    assert all(map(math.isnan, slope(np.ones(9), np.arange(9.0), np.ones(9), np.arange(9))))


def test_nps_that_goes_with_the_gap_is_of_one_kind_of_survey() -> None:
    rows = rated(120, Price=1.5, Staff=1.0)
    wide = [json.loads(str(row["attributes"]))["Price – now"] < 3.5 for row in rows]
    scored = [{**row, "nps": 2 if away else 10, "survey_type": "yearly"} for row, away in zip(rows, wide, strict=True)]
    other = [{**row, "nps": 10, "survey_type": "after a call"} for row in rated(40, 9, Price=1.5, Staff=1.0)]
    table = gaps(comments_frame([*scored, *other]))
    price, staff = (table.set_index("area").loc[area] for area in ("Price", "Staff"))
    assert table.attrs["survey_type"] == "yearly" and price["n"] == 160 and price["nps_n"] == 120
    assert price["nps_high"] < 0 and price["nps_low"] < price["nps_per_point"] < price["nps_high"]
    assert staff["nps_low"] < 0 < staff["nps_high"]
    few = gaps(comments_frame(scored[:29])).iloc[0]
    assert few["nps_n"] == 29 and math.isnan(few["nps_per_point"]) and not math.isnan(few["gap"])
