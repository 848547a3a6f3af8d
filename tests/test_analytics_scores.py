"""NPS, net giving, signal balance and the intervals under them, against values worked out by hand."""

from __future__ import annotations

import math

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest, ttest_1samp
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from voc.analytics import net_giving, nps_interval, nps_table, period_labels, signal_balance
from voc.analytics.intervals import mean_interval, newcombe_difference, ratio_of_shares, wilson
from voc.errors import UsageError
from voc.schema import COMMENTS, SIGNAL_PAIRS

COUNT = st.integers(0, 400)


def comments_frame(*rows: dict[str, object]) -> pd.DataFrame:
    """Rows as the store gives them; id and response counted through unless given."""
    full = [
        {"dataset": "d", "id": str(i), "response_id": f"r{i}", "status": "ok", "stance": "neither", **row}
        for i, row in enumerate(rows)
    ]
    return pa.Table.from_pylist(full, schema=COMMENTS).to_pandas()


def answers(**counts: int) -> list[dict[str, object]]:
    scores = {"promoters": 10, "passives": 8, "detractors": 3}
    return [{"nps": scores[name], "score": float(scores[name])} for name, n in counts.items() for _ in range(n)]


def test_nps_interval_by_hand() -> None:
    # 60 + 25 + 15: p + d = 76.5/103 = .742718, p − d = 45/103 = .436893,
    # √((.742718 − .190876)/103) = .0731962, times 1.959964 = .143462
    nps, low, high = nps_interval(60, 25, 15)
    assert nps == pytest.approx(45)
    assert (low, high) == pytest.approx((43.6893 - 14.3462, 43.6893 + 14.3462), abs=1e-3)


def test_all_promoters_is_not_certain() -> None:
    nps, low, high = nps_interval(30, 0, 0)
    assert (nps, high) == (100, 100) and 75 < low < 90


@given(COUNT, COUNT, COUNT, st.floats(0.5, 0.999))
def test_nps_lies_in_its_interval(promoters: int, passives: int, detractors: int, level: float) -> None:
    nps, low, high = nps_interval(promoters, passives, detractors, level)
    if promoters + passives + detractors == 0:
        assert math.isnan(nps)
    else:
        assert -100 <= low <= nps <= high <= 100 and low < high
        mirrored = nps_interval(detractors, passives, promoters, level)
        assert mirrored == pytest.approx((-nps, -high, -low))


@pytest.mark.parametrize("call", [(-1, 2, 3), (1, 2, 3, 1.5), (1, 2, 3, 0.0)])
def test_impossible_counts_and_levels_are_refused(call: tuple[float, ...]) -> None:
    with pytest.raises(UsageError):
        nps_interval(*call)


@given(st.integers(1, 500), st.data())
def test_wilson_agrees_with_scipy_and_statsmodels(n: int, data: st.DataObject) -> None:
    count = data.draw(st.integers(0, n))
    low, high = wilson(count, n)
    theirs = binomtest(count, n).proportion_ci(method="wilson")
    assert (float(low), float(high)) == pytest.approx((theirs.low, theirs.high), abs=1e-9)
    assert (float(low), float(high)) == pytest.approx(proportion_confint(count, n, method="wilson"), abs=1e-9)
    assert 0 <= low <= count / n <= high <= 1


def test_newcombe_agrees_with_statsmodels() -> None:
    theirs = confint_proportions_2indep(56, 70, 48, 80, compare="diff", method="newcomb")
    assert newcombe_difference(56, 70, 48, 80) == pytest.approx(theirs)


def test_ratio_of_shares_by_hand_and_for_zero() -> None:
    ratio, low, high = ratio_of_shares(20, 100, 10, 200)
    assert float(ratio) == pytest.approx((20.5 / 100.5) / (10.5 / 200.5))
    spread = 1.959964 * math.sqrt(1 / 20.5 - 1 / 100.5 + 1 / 10.5 - 1 / 200.5)
    assert float(high / ratio) == pytest.approx(math.exp(spread)) == pytest.approx(float(ratio / low))
    assert all(math.isfinite(float(value)) for value in ratio_of_shares(8, 100, 0, 200))


def test_mean_interval_agrees_with_scipy() -> None:
    values = pd.Series([1.0, 4, 4, 5, 2, 3])
    theirs = ttest_1samp(values, 0).confidence_interval(0.95)
    low, high = mean_interval(values.mean(), values.std(), len(values))
    assert (float(low), float(high)) == pytest.approx((theirs.low, theirs.high))
    assert math.isnan(float(mean_interval(1.0, math.nan, 1)[0]))


def test_nps_table_counts_each_response_once_with_or_without_text() -> None:
    rows = answers(promoters=40, passives=30, detractors=30)
    rows += [{"response_id": "r0", "nps": 10, "question": "why"}]  # a second comment of the first response
    rows += [{"nps": 10, "status": "score_only", "stance": None}] * 20 + [{"nps": None, "score": 5.0}]
    table = nps_table(comments_frame(*rows))
    assert list(table.columns) == [
        "by",
        "period",
        "n",
        "promoters",
        "passives",
        "detractors",
        "nps",
        "low",
        "high",
        "small",
    ]
    row = table.iloc[0]
    assert (row["by"], row["period"], row["n"], row["promoters"]) == ("all", "all", 120, 60)
    assert (row["nps"], row["low"], row["high"]) == pytest.approx(nps_interval(60, 30, 30))


def test_responses_without_an_id_count_by_comment() -> None:
    table = nps_table(comments_frame(*({"nps": 9, "response_id": None} for _ in range(6))))
    assert table["n"].tolist() == [6]


def test_nps_by_column_list_column_and_period() -> None:
    rows = [
        {
            "nps": 10,
            "brand": "Tern",
            "themes": ["a", "b"],
            "date": pd.Timestamp("2026-04-30T23:30", tz="UTC"),
        },
        {"nps": 2, "brand": None, "themes": ["a"], "date": None},
    ] * 6
    frame = comments_frame(*rows)
    by_brand = nps_table(frame, by="brand", period="month")
    assert by_brand[["by", "period", "n"]].values.tolist() == [
        ["Tern", "2026-04", 6],
        ["not given", "undated", 6],
    ]
    by_theme = nps_table(frame, by="themes").set_index("by")
    assert by_theme.loc["a", "n"] == 12 and by_theme.loc["a", "nps"] == 0 and by_theme.loc["b", "nps"] == 100
    with pytest.raises(UsageError, match="no column 'colour'"):
        nps_table(frame, by="colour")
    with pytest.raises(UsageError, match="month"):
        nps_table(frame, period="fortnight")


def test_few_answers_are_withheld_and_fewer_than_thirty_marked() -> None:
    rows = [{**row, "brand": "big"} for row in answers(promoters=29)] + [{"nps": 3, "brand": "tiny"}] * 4
    table = nps_table(comments_frame(*rows), by="brand").set_index("by")
    assert table.loc["tiny", "n"] == 4 and table.loc["tiny", ["promoters", "detractors", "nps", "low"]].isna().all()
    assert table["small"].all() and table.loc["big", "nps"] == 100


def test_repeating_customers_widen_the_interval() -> None:
    rows = answers(promoters=60, detractors=40)
    apart = nps_table(comments_frame(*rows)).iloc[0]
    same = [{**row, "customer_id": f"c{i // 4}"} for i, row in enumerate(rows)]
    clustered = nps_table(comments_frame(*same)).iloc[0]
    assert clustered["nps"] == apart["nps"] and clustered["n"] == 100
    assert (clustered["high"] - clustered["low"]) / (apart["high"] - apart["low"]) == pytest.approx(2, rel=0.06)


def test_no_scores_is_said() -> None:
    table = nps_table(comments_frame({"text": "hello"}))
    assert table.empty and "no NPS" in table.attrs["note"]
    assert nps_table(comments_frame()).empty and net_giving(comments_frame()).attrs["note"]


def test_survey_types_in_one_table_are_named() -> None:
    frame = comments_frame(*({"nps": 9, "survey_type": kind} for kind in ("relationship", "transactional") * 5))
    assert nps_table(frame).attrs["survey_types"] == ["relationship", "transactional"]


def test_net_giving_by_hand() -> None:
    stances = ["giving"] * 30 + ["taking"] * 20 + ["both"] * 10 + ["neither"] * 40
    frame = comments_frame(*({"stance": stance} for stance in stances), {"stance": "giving", "status": "junk"})
    row = net_giving(frame).iloc[0]
    assert (row["n"], row["giving"], row["taking"], row["both"], row["neither"]) == (100, 30, 20, 10, 40)
    p, m = 30.5 / 102, 20.5 / 102  # Agresti and Min: ½ to each of four classes
    half = 1.959964 * math.sqrt((p + m - (p - m) ** 2) / 102)
    assert row["net"] == pytest.approx(10)
    assert (row["low"], row["high"]) == pytest.approx((100 * (p - m - half), 100 * (p - m + half)))


@given(st.lists(st.sampled_from(["giving", "taking", "both", "neither"]), min_size=5, max_size=60))
def test_net_giving_lies_in_its_interval(stances: list[str]) -> None:
    row = net_giving(comments_frame(*({"stance": stance} for stance in stances))).iloc[0]
    assert -100 <= row["low"] <= row["net"] <= row["high"] <= 100
    assert row["low"] < row["high"] and row["small"] == (len(stances) < 30)


def test_signal_balance_counts_comments() -> None:
    frame = comments_frame(
        *({"stance": "taking", "signals": ["delay", "neglect"]} for _ in range(6)),
        *({"stance": "giving", "signals": ["care"]} for _ in range(3)),
        {"signals": []},
        {"signals": None},
    )
    table = signal_balance(frame).set_index("pair")
    assert [tuple(row) for row in table.reset_index()[["pair", "giving_signal", "taking_signal"]].values] == list(
        SIGNAL_PAIRS
    )
    assert table.loc["time", ["n", "n_giving", "n_taking"]].tolist() == [11, 0, 6]
    assert table.loc["warmth", "share_giving"] == pytest.approx(3 / 11)
    theirs = binomtest(6, 11).proportion_ci(method="wilson")
    assert table.loc["time", ["taking_low", "taking_high"]].tolist() == pytest.approx([theirs.low, theirs.high])
    assert signal_balance(comments_frame()).attrs["note"]


@pytest.mark.parametrize(
    ("period", "labels"),
    [
        ("day", ["2026-12-31", "undated", "2027-01-04"]),
        ("week", ["2026-W53", "undated", "2027-W01"]),
        ("month", ["2026-12", "undated", "2027-01"]),
        ("quarter", ["2026-Q4", "undated", "2027-Q1"]),
        ("year", ["2026", "undated", "2027"]),
    ],
)
def test_period_labels(period: str, labels: list[str]) -> None:
    dates = pd.Series(pd.to_datetime(["2026-12-31T23:59:59Z", None, "2027-01-04T00:00:00Z"], utc=True))
    assert period_labels(dates, period).tolist() == labels
