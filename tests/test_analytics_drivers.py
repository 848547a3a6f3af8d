"""Drivers: planted associations are found, harmless companions are not named."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy.stats import t

from voc.analytics import drivers, importance, reported, value_held
from voc.analytics.design import build_design
from voc.analytics.importance import drawn_gains, exact_gains
from voc.errors import UsageError

CONTRACT = [
    "theme",
    "label",
    "polarity",
    "level",
    "n",
    "share",
    "leave_out",
    "alone",
    "effect",
    "low",
    "high",
    "q",
    "companion",
    "co_mentioned",
    "stable",
]
LABELS = {
    "hold": "Waiting on hold",
    "menu": "Phone menu",
    "staff": "Friendly staff",
    "app": "The app",
    "rare": "Rare",
}


def themes_frame(labels: dict[str, str] = LABELS) -> pd.DataFrame:
    return pd.DataFrame({"id": list(labels), "label": list(labels.values()), "status": "active", "parent": None})


def frames(
    nps: Sequence[float], mentions: dict[tuple[str, str], Sequence[bool]], **columns: object
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Comments and segments of one survey: one response per score, a segment per (theme, sentiment) shown."""
    n = len(nps)
    comments = pd.DataFrame(
        {
            "dataset": "d",
            "id": [str(i) for i in range(n)],
            "response_id": [f"r{i}" for i in range(n)],
            "text": "some words here",
            "source": "survey",
            "date": pd.Timestamp("2026-03-05", tz="UTC"),
            "brand": None,
            "customer_segment": None,
            "survey_type": None,
            "weight": np.nan,
            "customer_value": np.nan,
            "theme_version": "set-1",
            "model_version": "made-1",
            "customer_id": None,
            "thread_id": None,
            "status": "ok",
            "stance": "neither",
            "sentiment_score": 0.0,
            "score_scale": "nps_0_10",
            "score": nps,
            "nps": nps,
        }
    )
    for name, values in columns.items():
        comments[name] = values
    parts = [
        pd.DataFrame({"dataset": "d", "id": comments["id"][np.asarray(shown, bool)], "theme": theme, "sentiment": tone})
        for (theme, tone), shown in mentions.items()
    ]
    return comments, pd.concat(parts, ignore_index=True)


def scores(rng: np.random.Generator, tilt: np.ndarray) -> np.ndarray:
    """0–10 answers whose mean falls by ``tilt``."""
    return np.clip(np.round(rng.normal(8.0 + tilt, 2.0)), 0, 10)


@pytest.fixture(scope="module")
def companion_table() -> pd.DataFrame:
    """5,000 comments: waiting on hold goes with lower scores; the phone menu is only mentioned with it."""
    rng = np.random.default_rng(7)
    n = 5000
    hold = rng.random(n) < 0.25
    menu = np.where(hold, rng.random(n) < 0.8, rng.random(n) < 0.05)
    staff, app = rng.random(n) < 0.2, rng.random(n) < 0.15
    comments, segments = frames(
        scores(rng, -2.5 * hold + 1.0 * staff),
        {
            ("hold", "negative"): hold,
            ("menu", "negative"): menu,
            ("staff", "positive"): staff,
            ("app", "mixed"): app & (rng.random(n) < 0.5),
            ("app", "negative"): app,
            ("rare", "negative"): np.arange(n) < 6,
        },
        date=pd.Timestamp("2026-01-01", tz="UTC") + pd.to_timedelta(rng.integers(0, 300, n), "D"),
        source=rng.choice(["survey", "review"], n),
        customer_segment=rng.choice(["new", "old", None], n),
    )
    return drivers(comments, segments, themes_frame())


def row(table: pd.DataFrame, theme: str, polarity: str) -> pd.Series:
    found = table[(table["theme"] == theme) & (table["polarity"] == polarity)]
    assert len(found) == 1
    return found.iloc[0]


def test_harmless_companion_is_marked_and_true_driver_recovered(companion_table: pd.DataFrame) -> None:
    menu, hold = row(companion_table, "menu", "criticised"), row(companion_table, "hold", "criticised")
    assert menu["leave_out"] < -8 and menu["alone"] < -8
    assert menu["low"] < 0 < menu["high"] and abs(menu["effect"]) < 1.5
    assert menu["co_mentioned"] and menu["companion"] == "Waiting on hold (criticised)"
    assert hold["high"] < -8 and hold["stable"] and hold["q"] < 1e-6 and not hold["co_mentioned"]
    assert companion_table.iloc[0]["theme"] == "hold"


def test_praise_has_its_own_row(companion_table: pd.DataFrame) -> None:
    staff = row(companion_table, "staff", "praised")
    assert staff["low"] > 0 and staff["stable"]
    assert not ((companion_table["theme"] == "staff") & (companion_table["polarity"] == "criticised")).any()
    assert companion_table.attrs["method"] == "ols"


def test_mixed_counts_on_both_sides() -> None:
    comments, segments = frames([2, 9] * 30, {("app", "mixed"): [True] * 20 + [False] * 40})
    table = drivers(comments, segments, themes_frame())
    assert row(table, "app", "praised")["n"] == row(table, "app", "criticised")["n"] == 20
    assert table["method"].eq("ridge").all()  # equal columns cannot be told apart, and the table says so


def test_rare_theme_is_listed_without_an_effect(companion_table: pd.DataFrame) -> None:
    rare = row(companion_table, "rare", "criticised")
    assert rare["n"] == 6 and rare["small"] and not rare["co_mentioned"] and not rare["stable"]
    assert rare[["leave_out", "alone", "effect", "low", "high", "q"]].isna().all()
    assert companion_table.iloc[-1]["theme"] == "rare"


def test_contract_and_attributes(companion_table: pd.DataFrame) -> None:
    assert list(companion_table.columns[: len(CONTRACT)]) == CONTRACT
    attrs = companion_table.attrs
    assert (attrs["n"], attrs["score"], attrs["unit"]) == (5000, "nps", "NPS points")
    assert 0.1 < attrs["r2"] < 1 and attrs["controls"] == ["source", "customer segment", "month"]
    done = companion_table.dropna(subset=["effect"])
    assert ((done["low"] <= done["effect"]) & (done["effect"] <= done["high"])).all()
    assert companion_table["share"].between(0, 1).all() and done["q"].between(0, 1).all()
    assert (done["q"] >= done["p"] - 1e-12).all()


def test_leave_out_is_the_score_without_those_responses() -> None:
    nps = [0] * 20 + [10] * 60 + [8] * 20
    shown = [True] * 15 + [False] * 55 + [True] * 10 + [False] * 20
    comments, segments = frames(nps, {("hold", "negative"): shown})
    table = drivers(comments, segments, themes_frame())
    outcome = np.array([-100] * 20 + [100] * 60 + [0] * 20)
    expected = outcome.mean() - outcome[~np.array(shown)].mean()
    found = row(table, "hold", "criticised")
    assert found["leave_out"] == pytest.approx(expected)
    assert found["effect"] == pytest.approx(expected) and found["alone"] == pytest.approx(expected)
    assert found["coefficient"] * found["share"] == pytest.approx(found["effect"])
    assert table.attrs["mean"] == pytest.approx(40)


def test_agrees_with_statsmodels_clustered() -> None:
    rng = np.random.default_rng(1)
    n = 600
    customer = rng.integers(0, 150, n)
    hold, staff = rng.random(n) < 0.3, rng.random(n) < 0.3
    mood = rng.normal(0, 2, 150)[customer]
    comments, segments = frames(
        scores(rng, mood - 2.0 * hold),
        {("hold", "negative"): hold, ("staff", "positive"): staff},
        customer_id=[f"c{c}" for c in customer],
    )
    table = drivers(comments, segments, themes_frame())
    outcome = np.select([comments["nps"] >= 9, comments["nps"] >= 7], [100.0, 0.0], -100.0)
    design = np.column_stack([np.ones(n), hold, staff]).astype(float)
    model = sm.OLS(outcome, design).fit(cov_type="cluster", cov_kwds={"groups": customer}, use_t=True)
    plain = sm.OLS(outcome, design).fit()
    found = row(table, "hold", "criticised")
    assert found["coefficient"] == pytest.approx(model.params[1])
    narrow = 1.976 * max(model.bse[1], plain.bse[1])  # t with 149 degrees of freedom
    assert found["coefficient_high"] - found["coefficient"] == pytest.approx(narrow, rel=1e-3)
    share = sm.OLS(hold.astype(float), np.ones(n)).fit(cov_type="cluster", cov_kwds={"groups": customer})
    wide = np.hypot(narrow * hold.mean(), 1.976 * share.bse[0] * model.params[1])
    assert found["high"] - found["effect"] == pytest.approx(wide, rel=1e-3)
    assert table.attrs["errors"] == "clustered" and table.attrs["method"] == "ols"


def test_one_row_a_response_and_junk_left_out() -> None:
    comments, segments = frames([2] * 40 + [9] * 40, {("hold", "negative"): [True] * 20 + [False] * 60})
    comments["response_id"] = [f"r{i // 2}" for i in range(80)]
    comments.loc[60:, "status"] = "junk"
    design = build_design(comments, segments, themes_frame(), "nps")
    assert len(design.problem.outcome) == 30 and design.problem.mentions.sum() == 10


def test_score_may_stand_on_a_row_without_text() -> None:
    comments, segments = frames([3] * 20 + [9] * 20, {("hold", "negative"): [True] * 20 + [False] * 20})
    silent = comments.assign(id=lambda rows: "s" + rows["id"], text=None, status="score_only", stance=None)
    comments[["nps", "score"]] = np.nan
    design = build_design(pd.concat([comments, silent], ignore_index=True), segments, themes_frame(), "nps")
    assert design.problem.outcome.tolist() == [-100.0] * 20 + [100.0] * 20


def test_stars_and_sentiment_keep_their_units() -> None:
    rng = np.random.default_rng(3)
    hold = np.arange(200) % 4 == 0
    stars = np.where(hold, 2.0, 4.0) + rng.integers(0, 2, 200)
    comments, segments = frames(
        stars,
        {("hold", "negative"): hold},
        score_scale="stars_1_5",
        sentiment_score=np.where(hold, -0.5, 0.5),
    )
    comments["nps"] = np.nan
    table = drivers(comments, segments, themes_frame(), score="stars")
    assert table.attrs["unit"] == "stars" and row(table, "hold", "criticised")["coefficient"] == pytest.approx(
        -2, abs=0.3
    )
    tone = drivers(comments, segments, themes_frame(), score="sentiment")
    assert row(tone, "hold", "criticised")["coefficient"] == pytest.approx(-1) and "tone" in tone.attrs["unit"]


@pytest.mark.parametrize(
    ("nps", "words"),
    [
        ([], "0 scored"),
        ([np.nan] * 60, "0 scored"),
        ([5] * 60, "same score"),
        ([1, 9] * 6, "12 scored"),
    ],
)
def test_what_cannot_be_estimated_is_said(nps: list[float], words: str) -> None:
    comments, segments = frames(nps, {("hold", "negative"): [i % 2 == 0 for i in range(len(nps))]})
    table = drivers(comments, segments, themes_frame())
    assert words in table.attrs["note"] and table["effect"].isna().all()


def test_unknown_score_is_refused() -> None:
    with pytest.raises(UsageError, match="nps, stars, csat, sentiment"):
        drivers(*frames([1], {("hold", "negative"): [True]}), themes_frame(), score="ces")


def test_merged_retired_and_parent_themes_are_left_out() -> None:
    comments, segments = frames([2, 9] * 20, {(theme, "negative"): [i % 3 == 0 for i in range(40)] for theme in LABELS})
    themes = themes_frame()
    themes["status"] = ["active", "retired", "active", "active", "merged"]
    themes["parent"] = ["staff", None, None, None, None]
    assert set(drivers(comments, segments, themes)["theme"]) == {"hold", "app"}


def test_few_customers_are_not_many_opinions() -> None:
    shown = {("hold", "negative"): [i % 2 == 0 for i in range(60)]}
    comments, segments = frames([2, 9, 10] * 20, shown, thread_id="one")
    table = drivers(comments, segments, themes_frame())
    assert "from 1 customers" in table.attrs["note"] and table["effect"].isna().all()


def test_leave_out_blames_the_harmless_companion_and_adjusting_does_not() -> None:
    """5,000 comments; the phone menu is named by 8 of 10 who wait on hold and moves no score."""
    rng, n = np.random.default_rng(24), 5000
    hold = rng.random(n) < 0.22
    menu = np.where(hold, rng.random(n) < 0.8, rng.random(n) < 0.06)
    staff = rng.random(n) < 0.2
    shown = {("hold", "negative"): hold, ("menu", "negative"): menu, ("staff", "positive"): staff}
    table = drivers(*frames(scores(rng, -2.5 * hold + staff), shown), themes_frame())
    found = row(table, "menu", "criticised")
    assert found["leave_out"] == pytest.approx(-12.9, abs=0.1) and found["leave_out_high"] < -10
    assert found["effect"] == pytest.approx(0.4, abs=0.1) and found["low"] < 0 < found["high"]
    assert found["co_mentioned"] and not found["named"] and found["companion_theme"] == "hold"
    assert reported(table, "criticised")["theme"].tolist() == ["hold"]
    assert reported(table, "praised")["theme"].tolist() == ["staff"]


def test_reported_intervals_allow_for_having_been_picked() -> None:
    rng, n = np.random.default_rng(2), 3000
    labels = {f"t{i}": f"Theme {i}" for i in range(12)}
    hits = {(theme, "negative"): rng.random(n) < 0.15 for theme in labels}
    tilt = -sum(0.3 * i * np.asarray(shown) for i, shown in enumerate(list(hits.values())[:8]))
    table = drivers(*frames(scores(rng, np.asarray(tilt)), hits), themes_frame(labels))
    shown = reported(table, "criticised")
    assert len(shown) == 5 and shown["effect"].is_monotonic_increasing and table["named"].sum() > 5
    assert (shown["high"] < 0).all() and table.attrs["tested"] == 12
    plain = table.loc[shown.index]
    wider = (shown["high"] - shown["effect"]) / (plain["high"] - plain["effect"])
    freedom = table.attrs["freedom"]  # five of twelve: level 1 − 5 · .05 / 12
    assert wider.to_numpy() == pytest.approx(t.isf(0.05 * 5 / 12 / 2, freedom) / t.isf(0.025, freedom))
    assert reported(table, "praised").empty


def test_one_kind_of_survey_at_a_time() -> None:
    shown = {("hold", "negative"): [i % 4 == 0 for i in range(120)]}
    kinds = ["relationship"] * 80 + ["transactional"] * 40
    given = frames([2, 9, 10] * 40, shown, survey_type=kinds)
    table = drivers(*given, themes_frame())
    assert (table.attrs["survey_type"], table.attrs["n"], table.attrs["left_out"]) == ("relationship", 80, 40)
    other = drivers(*given, themes_frame(), survey_type="transactional")
    assert (other.attrs["n"], other.attrs["left_out"]) == (40, 80)
    with pytest.raises(UsageError, match="'yearly': choose one of relationship, transactional"):
        drivers(*given, themes_frame(), survey_type="yearly")


def test_a_weight_of_three_is_three_answers() -> None:
    rng = np.random.default_rng(3)
    hold = rng.random(300) < 0.3
    nps = scores(rng, -2.0 * hold)
    weight = np.where(np.arange(300) < 100, 3.0, 1.0)
    weighted = row(
        drivers(*frames(nps, {("hold", "negative"): hold}, weight=weight), themes_frame()), "hold", "criticised"
    )
    again = np.r_[np.arange(300), np.arange(100), np.arange(100)]
    thrice = row(
        drivers(*frames(nps[again], {("hold", "negative"): hold[again]}), themes_frame()), "hold", "criticised"
    )
    for name in ("share", "leave_out", "alone", "effect"):
        assert weighted[name] == pytest.approx(thrice[name])
    assert weighted["n"] == hold.sum() and weighted["high"] - weighted["low"] > thrice["high"] - thrice["low"]


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"weight": [-1.0, *[1.0] * 59]}, "1 negative"),
        ({"theme_version": ["set-1", "set-2"] * 30}, "2 theme-set versions"),
        ({"model_version": ["made-1", "made-2"] * 30}, "2 model versions"),
    ],
)
def test_what_must_not_stand_in_one_table_gives_a_sentence(columns: dict[str, object], words: str) -> None:
    given = frames([2, 9, 10] * 20, {("hold", "negative"): [i % 2 == 0 for i in range(60)]}, **columns)
    table = drivers(*given, themes_frame())
    assert words in table.attrs["note"] and table["effect"].isna().all() and not table["named"].any()
    assert words in importance(*given, themes_frame()).attrs["note"]
    assert reported(table, "criticised").empty


def test_missing_dates_and_scores_change_no_number() -> None:
    shown = {("hold", "negative"): [i % 3 == 0 for i in range(90)]}
    whole = drivers(*frames([2, 9, 10] * 20, {key: value[:60] for key, value in shown.items()}), themes_frame())
    gaps = drivers(*frames([2, 9, 10] * 20 + [np.nan] * 30, shown, date=pd.NaT), themes_frame())
    assert gaps["effect"].tolist() == pytest.approx(whole["effect"].tolist()) and gaps.attrs["n"] == 60


# --- how explained variation divides ----------------------------------------------------------


def correlated(k: int) -> tuple[np.ndarray, np.ndarray]:
    """Moments of k correlated predictors and an outcome, means taken out."""
    rng = np.random.default_rng(k)
    x = rng.normal(size=(200, k)) @ rng.normal(size=(k, k))
    y = x @ rng.normal(size=k) + rng.normal(0, 3, 200)
    x, y = x - x.mean(axis=0), y - y.mean()
    return x.T @ x, x.T @ y


@pytest.mark.parametrize("k", [1, 3, 6])
def test_lmg_agrees_with_all_orders(k: int) -> None:
    gram, cross = correlated(k)

    def explained(chosen: tuple[int, ...]) -> float:
        at = list(chosen)
        return float(cross[at] @ np.linalg.solve(gram[np.ix_(at, at)], cross[at])) if at else 0.0

    orders = list(permutations(range(k)))
    brute = np.zeros(k)
    for order in orders:
        for place, player in enumerate(order):
            brute[player] += (explained(order[: place + 1]) - explained(order[:place])) / len(orders)
    gains, errors = exact_gains(gram, cross, np.eye(k, dtype=bool))
    assert gains / brute.sum() == pytest.approx(brute / brute.sum(), abs=1e-9) and not errors.any()
    drawn, errors = drawn_gains(gram, cross, np.eye(k, dtype=bool), 400, 1)
    assert (
        drawn.sum() == pytest.approx(brute.sum()) and (np.abs(drawn - brute) <= 4 * errors + 1e-9 * brute.sum()).all()
    )


def test_lmg_with_praise_and_criticism_as_one_theme_and_with_copies() -> None:
    gram, cross = correlated(4)
    pairs = np.array([[True, True, False, False], [False, False, True, True]])
    gains, _ = exact_gains(gram, cross, pairs)
    assert gains.sum() == pytest.approx(exact_gains(gram, cross, np.eye(4, dtype=bool))[0].sum())
    twice = np.ix_([0, 0, 1], [0, 0, 1])
    shared, _ = exact_gains(gram[twice], cross[[0, 0, 1]], np.eye(3, dtype=bool))
    assert shared[0] == pytest.approx(shared[1], rel=1e-6) and np.isfinite(shared).all()


def test_importance_divides_what_themes_explain() -> None:
    rng, n = np.random.default_rng(9), 800
    labels = {f"t{i}": f"Theme {i}" for i in range(10)}
    shown = {(theme, "negative"): rng.random(n) < 0.2 for theme in labels}
    given = frames(scores(rng, -2.0 * shown["t0", "negative"] - 1.0 * shown["t1", "negative"]), shown)
    sampled = importance(*given, themes_frame(labels))
    assert sampled["theme"].tolist()[:2] == ["t0", "t1"] and not sampled.attrs["exact"]
    assert sampled["share_of_explained"].sum() == pytest.approx(1)
    assert (
        (sampled["low"] <= sampled["share_of_explained"]) & (sampled["share_of_explained"] <= sampled["high"])
    ).all()
    assert sampled["r2"].sum() == pytest.approx(sampled.attrs["explained"])
    few = {name: label for name, label in labels.items() if name < "t5"}
    exact = importance(*given, themes_frame(few))
    assert exact.attrs["exact"] and len(exact) == 5 and (exact["low"] == exact["high"]).all()


# --- customer value ---------------------------------------------------------------------------


def valued(**columns: object) -> tuple[pd.DataFrame, pd.DataFrame]:
    """100 customers, every fourth a detractor; detractors criticise being on hold, six of them the app."""
    low = np.arange(100) % 4 == 0
    nps = np.where(low, 3, 9)
    shown = {("hold", "negative"): low, ("app", "negative"): np.arange(100) < 24, ("menu", "positive"): low}
    given = {"customer_id": [f"c{i}" for i in range(100)], "customer_value": 10.0 + np.arange(100)}
    return frames(nps, shown, **{**given, **columns})


def test_value_held_counts_each_customer_once() -> None:
    table = value_held(*valued(), themes_frame())
    value = 10.0 + np.arange(100)
    low = np.arange(100) % 4 == 0
    assert table["theme"].tolist() == ["hold", "app"] and table["detractors"].tolist() == [25, 6]
    assert table["value"].tolist() == [value[low].sum(), value[low][:6].sum()]
    assert table["share_of_value"].tolist() == pytest.approx(
        [value[low].sum() / value.sum(), value[low][:6].sum() / value.sum()]
    )
    assert table.attrs["value"] == value.sum() and table.attrs["customers"] == 100
    rng = np.random.default_rng(1)
    drawn = rng.multinomial(100, np.full(100, 0.01), size=4000)
    spread = np.std((drawn @ (value * low)) / (drawn @ value))
    assert (table["high"] - table["share_of_value"])[0] == pytest.approx(1.96 * spread, rel=0.05)
    twice = valued(customer_id=[f"c{i // 2}" for i in range(100)])
    assert value_held(*twice, themes_frame()).attrs["customers"] == 50


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"customer_value": np.nan}, "customer value"),
        ({"customer_value": -3.0}, "negative"),
        ({"customer_value": 0.0}, "are 0"),
        ({"nps": np.nan}, "0–10"),
        ({"theme_version": ["a", "b"] * 50}, "2 theme-set versions"),
    ],
)
def test_value_that_cannot_be_told_gives_a_sentence(columns: dict[str, object], words: str) -> None:
    comments, segments = valued()
    table = value_held(comments.assign(**columns), segments, themes_frame())
    assert table.empty and words in table.attrs["note"]


def test_value_of_few_detractors_is_withheld() -> None:
    comments, segments = valued()
    few = segments[(segments["theme"] != "app") | segments["id"].isin(["0", "4", "8", "12"])]
    table = value_held(comments, few, themes_frame()).set_index("theme")
    assert table.loc["app", "detractors"] == 4 and table.loc["app", ["value", "share_of_value"]].isna().all()
