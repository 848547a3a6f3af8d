"""Drivers: planted associations are found, harmless companions are not named."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from voc.analytics import drivers
from voc.analytics.design import build_design
from voc.analytics.drivers import reported
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
