"""The sample data hold a planted story (data/samples/README.md): the product must find it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from voc import analytics
from voc.analytics.answers import answers
from voc.analytics.mentions import leaf_themes
from voc.config import samples_folder
from voc.pipeline import Frames, load_frames
from voc.store import Store

STORIES = "ABCDE"
#: How well the best theme must match a story's comments (F1). Measured: A .73, B .93, C .65, D .40, E .36; D lies in
#: one theme with other talk of plans, E in two themes about SIM cards (docs/decisions/002-theme-clusterer.md).
MATCH = {"A": 0.55, "B": 0.7, "C": 0.6, "D": 0.35, "E": 0.35}


@pytest.fixture(scope="module")
def frames(sample_store: Path) -> Frames:
    return load_frames(Store.open(sample_store).snapshot())


@pytest.fixture(scope="module")
def planted() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((samples_folder() / "planted.json").read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="module")
def ids(planted: dict[str, Any]) -> dict[str, set[str]]:
    """Story → ids of the comments that tell it."""
    kinds = ("response_ids", "review_ids", "post_ids")
    return {name: {one for kind in kinds for one in story[kind]} for name, story in planted["stories"].items()}


@pytest.fixture(scope="module")
def matches(frames: Frames, ids: dict[str, set[str]]) -> pd.DataFrame:
    """Story → the theme whose comments match it best: ``theme, label, f1, precision, recall``."""
    labels = frames.themes.set_index("id")["label"]
    own = frames.comments[["id", "themes"]].explode("themes").dropna()
    found = own.groupby("themes")["id"].agg(set)
    rows = []
    for story in STORIES:
        for theme, comments in found.items():
            hits = len(comments & ids[story])
            rows.append(
                (
                    story,
                    theme,
                    labels[theme],
                    2 * hits / (len(comments) + len(ids[story])),
                    hits / len(comments),
                    hits / len(ids[story]),
                )
            )
    table = pd.DataFrame(rows, columns=["story", "theme", "label", "f1", "precision", "recall"])
    return table.sort_values("f1").groupby("story").last()


@pytest.fixture(scope="module")
def drivers(frames: Frames) -> pd.DataFrame:
    return analytics.drivers(frames.comments, frames.segments, frames.themes)


def driver(drivers: pd.DataFrame, matches: pd.DataFrame, story: str, polarity: str) -> Any:
    """The driver row of a story's theme."""
    rows = drivers[(drivers["theme"] == matches["theme"][story]) & (drivers["polarity"] == polarity)]
    assert len(rows) == 1, f"{matches['label'][story]!r} is never {polarity}"
    return rows.iloc[0]


def about(frames: Frames, matches: pd.DataFrame, story: str) -> pd.DataFrame:
    """The comments of a story's theme."""
    theme = matches["theme"][story]
    return frames.comments[[theme in own for own in frames.comments["themes"]]]


# --- themes -----------------------------------------------------------------------------------


def test_a_useful_number_of_themes_covers_most_comments(frames: Frames) -> None:
    tagged = frames.comments[frames.comments["status"] == "ok"]
    assert 15 <= len(leaf_themes(frames.themes)) <= 40
    assert 0.05 <= (tagged["themes"].str.len() == 0).mean() <= 0.45


def test_themes_have_names_that_people_would_use(frames: Frames) -> None:
    labels = frames.themes["label"]
    assert labels.is_unique and labels.str.fullmatch(r"[A-Z][\w'’ \-&,/]+( …)?").all()  # … of headings without a name
    assert not labels.str.contains("_").any()
    assert labels.str.split().str.len().between(1, 7).all()


@pytest.mark.parametrize("story", STORIES)
def test_each_story_has_a_theme_of_its_own(matches: pd.DataFrame, story: str) -> None:
    assert matches["f1"][story] >= MATCH[story], matches.to_string()
    assert (matches["theme"] == matches["theme"][story]).sum() == 1, matches.to_string()


# --- drivers ----------------------------------------------------------------------------------


def test_wrong_charges_go_with_lower_scores(drivers: pd.DataFrame, matches: pd.DataFrame) -> None:
    row = driver(drivers, matches, "A", "criticised")
    assert row["effect"] < -2 and row["high"] < 0 and row["q"] < 0.01 and row["stable"] and not row["co_mentioned"]
    assert row["coefficient"] < -30


def test_log_outs_are_a_harmless_companion(drivers: pd.DataFrame, matches: pd.DataFrame) -> None:
    row = driver(drivers, matches, "B", "criticised")
    assert row["leave_out"] < -1, "left out, they look bad"
    assert row["effect"] > 0.5 * row["leave_out"] and row["q"] > 0.05, "adjusted, most of it is gone"
    assert row["effect"] > driver(drivers, matches, "A", "criticised")["effect"]
    assert row["companion_theme"] == matches["theme"]["A"]


def test_dearer_old_contracts_go_with_lower_scores(drivers: pd.DataFrame, matches: pd.DataFrame) -> None:
    row = driver(drivers, matches, "C", "criticised")
    assert row["effect"] < 0 and row["high"] < 0 and row["q"] < 0.05


# --- the price rise ---------------------------------------------------------------------------


def test_the_price_rise_begins_in_april_among_old_customers_of_one_brand(frames: Frames, matches: pd.DataFrame) -> None:
    rows = about(frames, matches, "C")
    by_month = rows["date"].dt.strftime("%Y-%m").value_counts()
    base = frames.comments["date"].dt.strftime("%Y-%m").value_counts()
    rate = (by_month / base).fillna(0)
    assert rate["2026-04":"2026-05"].mean() > 4 * rate[:"2026-03"].mean()
    since = rows[rows["date"] >= "2026-04-01"]
    assert (since["brand"] == "Larkline").mean() > 0.8
    known = since["customer_segment"].dropna()
    assert known.isin(["long-standing", "established"]).mean() > 0.8


def test_the_price_rise_reads_as_taking(frames: Frames, matches: pd.DataFrame, ids: dict[str, set[str]]) -> None:
    rows = about(frames, matches, "C")
    since = rows[rows["date"] >= "2026-04-01"]
    assert (since["stance"] == "taking").mean() > 0.5
    told = frames.comments[frames.comments["id"].isin(ids["C"])]
    shares = told["stance"].value_counts(normalize=True)
    assert shares["taking"] > 0.5 and shares["taking"] > 2 * shares["giving"], shares.to_string()
    assert told["signals"].explode().value_counts().idxmax() == "extraction"


# --- the advice mails -------------------------------------------------------------------------


def test_advice_mails_read_as_giving_more_often_than_the_complaints(frames: Frames, ids: dict[str, set[str]]) -> None:
    # Measured: 38 % giving, 51 % taking; the lenses do not yet read most of these stories right.
    def giving(story: str) -> float:
        told = frames.comments[frames.comments["id"].isin(ids[story])]
        return float((told["stance"] == "giving").mean())

    assert giving("D") > 1.25 * max(giving(story) for story in "ACE")


def test_advice_mails_begin_in_june_and_go_with_high_scores(frames: Frames, matches: pd.DataFrame) -> None:
    rows = about(frames, matches, "D")
    since = frames.comments["date"] >= "2026-06-01"
    after, before = (
        (rows["date"] >= "2026-06-01").sum() / since.sum(),
        (rows["date"] < "2026-06-01").sum() / (~since).sum(),
    )
    assert after > 1.5 * before
    assert rows.loc[rows["date"] >= "2026-06-01", "nps"].mean() > 7.5


# --- what is new ------------------------------------------------------------------------------


def test_missing_sim_cards_are_what_emerges(frames: Frames, matches: pd.DataFrame, ids: dict[str, set[str]]) -> None:
    table = analytics.emerging(frames.comments, frames.segments, frames.themes)
    found = table[table["emerging"]]
    assert matches["theme"]["E"] in set(found["theme"]), table.head(5).to_string()
    recent = frames.comments[frames.comments["date"] >= "2026-09-20"]
    for theme in found["theme"]:
        about_it = recent[[theme in own for own in recent["themes"]]]
        assert about_it["id"].isin(ids["E"]).mean() > 0.5, table.head(5).to_string()
    assert (found["ratio"] > 2).all() and (found["low"] > 1).all()


def test_nothing_emerges_before_the_cards_go_missing(frames: Frames) -> None:
    until = frames.where("date < '2026-09-20'")
    table = analytics.emerging(until.comments, until.segments, until.themes)
    assert not table.empty and not table["emerging"].any(), table.head(5).to_string()


# --- scores and gaps --------------------------------------------------------------------------


def test_nps_dips_with_the_price_rise(frames: Frames) -> None:
    old = frames.where("brand = 'Larkline' AND customer_segment IN ('long-standing', 'established')")
    given = answers(old.comments, "nps").drop_duplicates("response").set_index("date")["value"].sort_index()
    # some twenty answers a month: a table by month shows no figure for so few
    monthly = given.groupby(given.index.strftime("%Y-%m")).mean()
    assert monthly["2026-04":"2026-05"].mean() < monthly[:"2026-03"].mean() - 20
    assert analytics.nps_table(old.comments, period="month")["nps"].isna().all()


def test_feeling_valued_has_the_widest_gap(frames: Frames, planted: dict[str, Any]) -> None:
    table = analytics.gaps(frames.comments)
    assert set(table["area"]) == set(planted["gap"]["areas"])
    assert table["area"].iloc[0] == planted["gap"]["area"] and table["gap"].iloc[0] >= planted["gap"]["least"]
    assert (table["gap"].iloc[1:] <= planted["gap"]["others_at_most"]).all()
    assert (table["low"] < table["gap"]).all() and (table["gap"] < table["high"]).all()
    assert table["low"].iloc[0] > table["high"].iloc[1]


def test_other_languages_are_left_alone_and_personal_data_masked(frames: Frames, planted: dict[str, Any]) -> None:
    rows = frames.comments.set_index("id")
    for other in planted["other_language"]:
        assert (
            rows["status"][other["id"]] == "unsupported_language" and rows["language"][other["id"]] == other["language"]
        )
    for person in planted["personal_data"]:
        assert sorted(rows["pii"][person["id"]]) == person["kinds"]
    assert set(rows.index[rows["status"] == "score_only"]) == set(planted["score_only"])
