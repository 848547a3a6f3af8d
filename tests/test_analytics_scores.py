"""NPS, net giving, signal balance and the intervals under them, against values worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest, ttest_1samp
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from voc.analytics import net_giving, nps_interval, nps_table, period_labels, score_base, signal_balance
from voc.analytics.base import withheld
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
    names = "by period survey_type n n_effective promoters passives detractors nps low high small"
    assert list(table.columns) == names.split()
    row = table.iloc[0]
    assert (row["by"], row["period"], row["n"], row["promoters"]) == ("all", "all", 120, 60)
    assert (row["nps"], row["low"], row["high"]) == pytest.approx(nps_interval(60, 30, 30))
    assert row["n_effective"] == 120 and not row["small"]


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
    ] * 40
    frame = comments_frame(*rows)
    by_brand = nps_table(frame, by="brand", period="month")
    assert by_brand[["by", "period", "n"]].values.tolist() == [
        ["Tern", "2026-04", 40],
        ["not given", "undated", 40],
    ]
    by_theme = nps_table(frame, by="themes").set_index("by")
    assert by_theme.loc["a", "n"] == 80 and by_theme.loc["a", "nps"] == 0 and by_theme.loc["b", "nps"] == 100
    with pytest.raises(UsageError, match="no column 'colour'"):
        nps_table(frame, by="colour")
    with pytest.raises(UsageError, match="month"):
        nps_table(frame, period="fortnight")


def test_under_thirty_there_is_no_figure_and_under_a_hundred_it_is_marked() -> None:
    sizes = {"large": 100, "middle": 30, "few": 29}
    rows = [{**row, "brand": name} for name, n in sizes.items() for row in answers(promoters=n)]
    table = nps_table(comments_frame(*rows), by="brand").set_index("by")
    assert table["n"].to_dict() == sizes and table["small"].to_dict() == {"large": False, "middle": True, "few": True}
    assert table.loc[["large", "middle"], "nps"].tolist() == [100, 100]
    assert table.loc["few", ["promoters", "passives", "detractors", "nps", "low", "high"]].isna().all()


def test_many_answers_of_few_customers_are_few_people() -> None:
    rows = [{"nps": 9, "customer_id": f"c{i % 3}"} for i in range(300)]
    row = nps_table(comments_frame(*rows)).iloc[0]
    assert row["n"] == 300 and row["small"] and row[["promoters", "nps", "low"]].isna().all()


def test_what_is_withheld_cannot_be_had_by_subtraction() -> None:
    """All less the four large groups would be the tiny one: the smallest of them is withheld too."""
    sizes = {"a": 90, "b": 50, "c": 40, "d": 60, "tiny": 3}
    rows = [{**row, "brand": name} for name, n in sizes.items() for row in answers(promoters=n - 1, detractors=1)]
    table = nps_table(comments_frame(*rows), by="brand").set_index("by")
    assert table.index[table["nps"].isna()].tolist() == ["c", "tiny"]
    several = nps_table(comments_frame(*rows, *({"nps": 3, "brand": "small"} for _ in range(9))), by="brand")
    assert sorted(several.loc[several["nps"].isna(), "by"]) == ["small", "tiny"]  # 12 people together: enough


def test_subtraction_is_looked_at_over_groups_and_over_periods() -> None:
    people = pd.Series([3, 50, 40, 60, 70, 80])
    group, period = pd.Series(list("xxxyyy")), pd.Series(list("abcabc"))
    hidden = withheld(people, [group, period])
    square = hidden.to_numpy().reshape(2, 3)
    assert hidden[0] and hidden.sum() == 4
    assert all(side.sum() in (0, 2) for side in (*square, *square.T))  # nowhere a single gap
    assert not withheld(people + 2, [group, period]).any()
    assert withheld(pd.Series([2, 2, 60]), [pd.Series(["all"] * 3)]).all()  # four people together are too few


@given(st.lists(st.integers(1, 60), min_size=2, max_size=12), st.integers(1, 4))
def test_no_total_tells_of_fewer_than_five(sizes: list[int], width: int) -> None:
    people = pd.Series(sizes)
    line = pd.Series(range(len(sizes))) % width
    hidden = withheld(people, [line])
    assert hidden[people < 5].all()
    for number in range(width):
        own = line == number
        if (people[own] < 5).any() and not hidden[own].all():
            blank = people[own & hidden]
            assert len(blank) >= 2 and blank.sum() >= 5


def test_repeating_customers_widen_the_interval() -> None:
    rows = answers(promoters=120, detractors=80)
    apart = nps_table(comments_frame(*rows)).iloc[0]
    same = [{**row, "customer_id": f"c{i // 4}"} for i, row in enumerate(rows)]
    clustered = nps_table(comments_frame(*same)).iloc[0]
    assert clustered["nps"] == apart["nps"] and clustered["n"] == 200
    assert clustered["n_effective"] == pytest.approx(50, rel=0.03)
    assert (clustered["high"] - clustered["low"]) / (apart["high"] - apart["low"]) == pytest.approx(2, rel=0.06)


def test_repeating_customers_agree_with_a_bootstrap_of_customers() -> None:
    rng = np.random.default_rng(4)
    customer = rng.integers(0, 150, 600)
    mood = rng.normal(0, 2, 150)
    scores = np.clip(np.round(8 + mood[customer] + rng.normal(0, 1, 600)), 0, 10)
    frame = comments_frame(
        *({"nps": int(score), "customer_id": f"c{who}"} for score, who in zip(scores, customer, strict=True))
    )
    points = np.select([scores >= 9, scores >= 7], [100.0, 0.0], -100.0)
    sums, sizes = np.bincount(customer, points, 150), np.bincount(customer, minlength=150)
    drawn = rng.multinomial(150, np.full(150, 1 / 150), size=4000)
    low, high = np.percentile(drawn @ sums / (drawn @ sizes), [2.5, 97.5])
    row = nps_table(frame).iloc[0]
    assert (row["low"], row["high"]) == pytest.approx((low, high), abs=1.5)  # of some 25 points


def test_weights_are_honoured_and_the_effective_number_shown() -> None:
    rows = [{"nps": 10, "weight": 3.0}] * 50 + [{"nps": 2, "weight": 1.0}] * 50
    row = nps_table(comments_frame(*rows)).iloc[0]
    assert row["nps"] == pytest.approx(50) and (row["promoters"], row["detractors"]) == (50, 50)
    assert row["n_effective"] == pytest.approx(200**2 / (50 * 9 + 50))  # Kish
    assert (row["low"], row["high"]) == pytest.approx(nps_interval(60, 0, 20)[1:])
    scaled = nps_table(comments_frame(*({**each, "weight": 7 * each["weight"]} for each in rows))).iloc[0]
    assert scaled[["nps", "low", "high"]].tolist() == pytest.approx(row[["nps", "low", "high"]].tolist())


@pytest.mark.parametrize(
    ("weights", "words"),
    [([-1.0, 2.0], "negative"), ([None, 2.0], "no weight"), ([math.inf, 1.0], "infinite"), ([0.0, 0.0], "are 0")],
)
def test_weights_that_cannot_be_used_give_a_sentence(weights: list[float | None], words: str) -> None:
    frame = comments_frame(*({"nps": 9, "weight": weight} for weight in weights * 30))
    for table in (nps_table(frame), score_base(frame)):
        assert table.empty and words in table.attrs["note"] and "--map weight=-" in table.attrs["note"]


def test_kinds_of_survey_are_never_pooled() -> None:
    rows = [{"nps": 9, "survey_type": "relationship"}] * 40 + [{"nps": 2, "survey_type": "transactional"}] * 50
    table = nps_table(comments_frame(*rows, *({"nps": 8} for _ in range(30))))
    found = {row.survey_type: (row.n, row.nps) for row in table.itertuples()}
    assert found == {"relationship": (40, 100), "transactional": (50, -100), "not given": (30, 0)}
    assert table.attrs["survey_types"] == ["not given", "relationship", "transactional"]


# --- the score base ---------------------------------------------------------------------------


def based() -> pd.DataFrame:
    """60 relationship answers, of which 50 wrote and 44 could be read; a second row of the first; 5 not scored; 40
    ratings in stars."""
    silent = {"text": None, "status": "score_only", "stance": None}
    rows = answers(promoters=30, passives=4, detractors=10)
    rows += [{**row, "status": "junk", "stance": None} for row in answers(promoters=6)]
    rows += [{**row, **silent} for row in answers(detractors=10)]
    rows += [{"nps": None, "score": None}] * 5 + [{"nps": 10, "score": 10.0, "response_id": "r0"}]
    rows = [{"text": "words", "survey_type": "relationship", "score_scale": "nps_0_10", **row} for row in rows]
    rows += [{"text": "words", "score": 4.0 + i % 2, "score_scale": "stars_1_5"} for i in range(40)]
    return comments_frame(*rows, {"text": "words", "score": 80.0, "score_scale": "percent"})


def test_score_base_reconciles_rows_to_what_is_used() -> None:
    table = score_base(based(), official={"relationship": 20})
    nps, stars = table.to_dict("records")
    assert [nps[step] for step in ("rows", "responses", "scored", "commented", "used")] == [66, 65, 60, 50, 44]
    assert (nps["value"], nps["low"], nps["high"]) == pytest.approx(nps_interval(36, 4, 20))
    assert nps["used_value"] == pytest.approx(nps_interval(30, 4, 10)[0])
    assert (nps["official"], nps["difference"], nps["within"]) == (20, pytest.approx(nps["value"] - 20), True)
    assert (stars["score"], stars["survey_type"], stars["rows"], stars["used"]) == ("stars", "not given", 41, 40)
    theirs = ttest_1samp([4.0, 5.0] * 20, 0).confidence_interval(0.95)
    assert (stars["value"], stars["low"], stars["high"]) == pytest.approx((4.5, theirs.low, theirs.high))
    assert math.isnan(stars["official"]) and stars["within"] is None
    assert table.attrs["other_scales"] == {"percent": 1}


def test_score_base_does_not_tell_the_score_of_the_few_who_wrote_nothing() -> None:
    wrote = [{**row, "text": "words"} for row in answers(promoters=40)]
    silent = [{"nps": 1, "status": "score_only", "stance": None}]
    assert math.isnan(score_base(comments_frame(*wrote, *silent * 4))["used_value"].iloc[0])
    assert score_base(comments_frame(*wrote, *silent * 5))["used_value"].iloc[0] == 100


def test_score_base_of_few_or_no_answers() -> None:
    few = score_base(comments_frame(*answers(promoters=29))).iloc[0]
    assert few["scored"] == 29 and few[["value", "low", "high"]].isna().all()
    none = score_base(comments_frame({"text": "hello"}))
    assert none.empty and "no score to reconcile" in none.attrs["note"]


@pytest.mark.parametrize(
    ("official", "words"), [({"yearly": 3.0}, "choose one of relationship"), ({"relationship": 300.0}, "300")]
)
def test_official_figures_that_cannot_be_are_refused(official: dict[str, float], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        score_base(based(), official=official)


def test_answers_off_their_scale_are_left_out() -> None:
    frame = comments_frame(*answers(promoters=30), {"nps": 11}, {"nps": -1}, {"score": 7.0, "score_scale": "stars_1_5"})
    assert nps_table(frame)["n"].tolist() == [30] and score_base(frame)["score"].tolist() == ["nps"]


def test_no_scores_is_said() -> None:
    table = nps_table(comments_frame({"text": "hello"}))
    assert table.empty and "no NPS" in table.attrs["note"]
    assert nps_table(comments_frame()).empty and net_giving(comments_frame()).attrs["note"]


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
