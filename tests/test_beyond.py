"""Beyond satisfaction: risk, advocates, moments, quotes, journey, outcomes, competitors; planted and found."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from calling import call, one_line
from explorer_store import make_store
from report_frames import Frames, build

from voc import analytics, charts
from voc.analytics.journey import default_stages
from voc.analytics.outcomes import goals
from voc.errors import InputError, UsageError
from voc.rules import RuleError

FEE = ("bill", "negative", ["extraction"], "They added a fee to my bill, so I am thinking of leaving this provider.")
SHOP = ("shop", "positive", ["care"], "The lady in the shop sat down with me until my parcel was found.")
FINE = (None, "neutral", [], "It does what it should do, no more to say.")
RIVAL = (None, "negative", [], "Wrenly would be cheaper than this, so I switched to Wrenly last week.")


def frames(*kinds: tuple[tuple[str | None, str, list[str], str], dict[str, object]], each: int = 10) -> Frames:
    """``each`` comments of each kind: a segment and what its comment is given."""
    rows = [(part, given) for part, given in kinds for _ in range(each)]
    days = pd.date_range("2026-01-01", periods=len(rows), tz="UTC")
    given = [{"date": day, "brand": "Larkline", **own} for day, (_, own) in zip(days, rows, strict=True)]
    return build(given, [[part] for part, _ in rows])


SATISFIED = {"nps": 9, "survey_type": "relationship"}


def told(each: int = 10) -> Frames:
    return frames(
        (FEE, {**SATISFIED, "intent": "complaint", "advocacy": "none"}),
        (SHOP, {**SATISFIED, "intent": "praise", "advocacy": "advocates"}),
        (FINE, {**SATISFIED, "intent": "other", "advocacy": "none"}),
        (RIVAL, {"nps": 2, "survey_type": "relationship", "intent": "complaint", "advocacy": "warns_off"}),
        each=each,
    )


# --- satisfied yet at risk ------------------------------------------------------------------------------------------


def test_the_satisfied_at_risk_are_counted_among_the_satisfied() -> None:
    table = analytics.satisfied_at_risk(told().comments).set_index("sign")
    assert table["n"].unique().tolist() == [30], "the detractors are not satisfied"
    assert table["count"].to_dict() == {"taken": 10, "complains": 10, "warns off": 0, "leaving": 10, "any": 10}
    assert table.loc["any", "low"] < 1 / 3 < table.loc["any", "high"]
    assert "id" not in table.columns


def test_kinds_of_score_and_survey_stay_apart_and_a_response_counts_once() -> None:
    made = frames((FEE, {"nps": 9, "survey_type": "a"}), (FINE, {"score": 5.0, "score_scale": "stars_1_5"}))
    table = analytics.satisfied_at_risk(made.comments)
    assert table[["score", "survey_type"]].drop_duplicates().values.tolist() == [["nps", "a"], ["stars", "not given"]]
    one = made.comments.assign(response_id="r1")
    few = analytics.satisfied_at_risk(one)
    assert few["n"].tolist() == [1] * 10 and few["share"].isna().all(), "one response tells who it was"


def test_nobody_satisfied_is_said_in_a_sentence() -> None:
    table = analytics.satisfied_at_risk(frames((RIVAL, {"nps": 1})).comments)
    assert table.empty and "No satisfied answer" in table.attrs["note"]


# --- advocates ------------------------------------------------------------------------------------------------------


def test_advocates_stand_beside_giving() -> None:
    table = analytics.advocates(told().comments).set_index("by")
    assert table["n"].to_dict() == {"all": 40, "giving": 10, "neither": 20, "taking": 10}
    assert table["advocates"].to_dict() == {"all": 10, "giving": 10, "neither": 0, "taking": 0}
    assert table.loc["all", "warns_off"] == 10 and table.loc["giving", "share"] == 1
    assert (table["low"] <= table["share"]).all() and (table["share"] <= table["high"]).all()


def test_a_group_of_few_is_not_told_by_subtraction() -> None:
    made = told()
    stances = ["giving"] * 3 + ["neither"] * 37
    table = analytics.advocates(made.comments.assign(stance=stances)).set_index("by")
    assert table["share"].isna().to_dict() == {"all": False, "giving": True, "neither": True}
    with pytest.raises(UsageError, match="no column 'shoe'"):
        analytics.advocates(made.comments, "shoe")
    assert analytics.advocates(made.comments.iloc[:0]).attrs["note"].startswith("No tagged comment")


# --- moments --------------------------------------------------------------------------------------------------------


def test_a_moment_needs_feeling_and_treatment_in_one_sentence() -> None:
    calm = ("shop", "positive", [], "The shop is open late in the evening.")
    made = frames((FEE, {}), (SHOP, {}), (calm, {}))
    table = analytics.moments(made.comments, made.segments, made.themes).set_index("theme")
    assert table.loc["shop", ["n", "magic", "misery"]].tolist() == [20, 10, 0]
    assert table.loc["bill", ["n", "magic", "misery"]].tolist() == [10, 0, 10]
    assert table.loc["shop", "magic_low"] < 0.5 < table.loc["shop", "magic_high"]
    picture = json.dumps(charts.moment_bars(table.reset_index()).to_dict())
    assert "Staff in the shop (20)" in picture and "95 % interval" in picture
    none = analytics.moments(made.comments.iloc[:0], made.segments, made.themes)
    assert none.empty and "there are no moments" in none.attrs["note"]
    assert "No theme" in json.dumps(charts.moment_bars(none).to_dict())


# --- quotes ---------------------------------------------------------------------------------------------------------


def test_quotes_are_short_clean_and_the_same_by_the_same_lot() -> None:
    made = told(each=12)
    drawn = analytics.internal_quotes(made.comments, made.segments, made.themes, "magic", per_theme=4, seed=7)
    assert drawn["label"].unique().tolist() == ["Staff in the shop"] and len(drawn) == 4
    assert drawn["id"].is_unique and drawn["words"].between(5, 40).all()
    shuffled = made.segments.sample(frac=1, random_state=3), made.comments.sample(frac=1, random_state=4)
    again = analytics.internal_quotes(shuffled[1], shuffled[0], made.themes, "magic", per_theme=4, seed=7)
    pd.testing.assert_frame_equal(drawn, again)
    other = analytics.internal_quotes(made.comments, made.segments, made.themes, "magic", per_theme=4, seed=8)
    assert set(other["id"]) != set(drawn["id"])


@pytest.mark.parametrize("spoilt", ["pii", "mask", "long", "copy"])
def test_what_must_not_be_quoted_is_not(spoilt: str) -> None:
    words = {"mask": "The lady said hello to [name] in the shop.", "long": "kind " * 41}.get(spoilt, SHOP[3])
    made = frames((("shop", "positive", ["care"], words.strip()), {"pii": ["name"] if spoilt == "pii" else []}))
    comments = made.comments.assign(copy_of="M-0000") if spoilt == "copy" else made.comments
    table = analytics.internal_quotes(comments, made.segments, made.themes, "magic")
    assert table.empty and "No comment that could be quoted" in table.attrs["note"]


def test_the_strongest_tenth_is_never_drawn() -> None:
    made = frames((SHOP, {}), each=20)
    tone = [0.99, 0.98, *[0.5] * 18]
    segments = made.segments.assign(sentiment_score=tone)
    drawn = analytics.internal_quotes(made.comments, segments, made.themes, "praised", per_theme=20)
    assert len(drawn) == 18 and not {"M-0000", "M-0001"} & set(drawn["id"])


def test_nothing_to_quote_from_is_said_in_a_sentence() -> None:
    made = told()
    for kind in ("magic", "advocates"):
        none = analytics.internal_quotes(made.comments.iloc[:0], made.segments.iloc[:0], made.themes, kind)
        assert none.empty and "No comment that could be quoted" in none.attrs["note"]


def test_quotes_of_advocates_come_from_those_who_recommend() -> None:
    made = told()
    drawn = analytics.internal_quotes(made.comments, made.segments, made.themes, "advocates", per_theme=50)
    recommends = set(made.comments.loc[made.comments["advocacy"].eq("advocates"), "id"])
    assert set(drawn["id"]) <= recommends and len(drawn)
    with pytest.raises(UsageError, match="choose one of magic"):
        analytics.internal_quotes(made.comments, made.segments, made.themes, "funny")


# --- journey --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "stages"),
    [
        ("We compared three quotes before deciding.", ["choose"]),
        ("Ordering took a minute.", ["buy"]),
        ("The parcel came a week late.", ["receive"]),
        ("I could not activate it.", ["start"]),
        ("Signal drops in the kitchen.", ["use"]),
        ("My bill went up again.", ["pay"]),
        ("An hour on hold and nobody answered.", ["get help"]),
        ("I cancelled after ten years.", ["stay or leave"]),
        ("Nothing special about it.", []),
    ],
)
def test_sentences_are_at_their_stage(words: str, stages: list[str]) -> None:
    made = frames((("bill", "negative", [], words), {}), each=1)
    table = analytics.journey(made.comments, made.segments)
    assert table["stage"].tolist() == list(default_stages())
    assert table.loc[table["n"] > 0, "stage"].tolist() == stages


def test_the_journey_has_shares_tone_and_what_it_misses() -> None:
    made = told()
    table = analytics.journey(made.comments, made.segments, {"bill": "bill", "post": "parcel"}).set_index("stage")
    assert table["share"].to_dict() == {"bill": 0.25, "post": 0.25}
    assert table["sentiment_balance"].to_dict() == {"bill": -100, "post": 100}
    attrs = analytics.journey(made.comments, made.segments, {"bill": "bill", "post": "parcel"}).attrs
    assert attrs["unplaced_share"] == 0.5 and attrs["unplaced_low"] < 0.5 < attrs["unplaced_high"]


def test_stage_and_theme_meet_in_one_sentence() -> None:
    made = told()
    stages = {"post": "parcel", "bill": "bill"}
    table = analytics.journey_map(made.comments, made.segments, made.themes, stages)
    assert table[["stage", "theme", "n"]].values.tolist() == [["post", "shop", 10], ["bill", "bill", 10]]
    assert "Wrong charges on the bill" in json.dumps(charts.journey_heat(table).to_dict())
    empty = analytics.journey_map(made.comments, made.segments, made.themes, {"x": "zebra"})
    assert empty.empty and "No sentence" in json.dumps(charts.journey_heat(empty).to_dict())


def test_stages_of_ones_own(tmp_path: Path) -> None:
    file = tmp_path / "stages.toml"
    file.write_text('[stages]\nlast = "goodbye"\nfirst = "hello"\n')
    assert list(analytics.read_stages(file)) == ["last", "first"]
    for text, error, words in (
        ("[stages", InputError, "no TOML"),
        ("a = 1", UsageError, "holds no stages"),
        ('[stages]\na = "b c"', RuleError, "at character 3"),
    ):
        file.write_text(text)
        with pytest.raises(error, match=words):
            analytics.read_stages(file)
    with pytest.raises(InputError, match="Cannot read"):
        analytics.read_stages(tmp_path / "none.toml")


# --- outcomes -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sentence", "found"),
    [
        ("I tried to cancel my contract.", [("cancel", "tried")]),
        ("I couldn’t log in and was unable to get a refund.", [("log", "failed"), ("get refund", "failed")]),
        ("Managed to change the tariff in the app.", [("change tariff", "succeeded")]),
        ("I can't fault them, couldn't be happier.", []),
        ("They let me down.", []),
        ("It is impossible to unsubscribe.", [("unsubscribe", "failed")]),
        ("Trying to get it.", []),
        ("We were not able to register.", [("register", "failed")]),
        ("I used to cancel things.", []),
        ("They tried to charge me twice and the driver could not find us.", []),
        ("I wanted to try to cancel.", [("cancel", "tried")]),
    ],
)
def test_goals_are_told_by_wording(sentence: str, found: list[tuple[str, str]]) -> None:
    assert list(goals(sentence)) == found


def test_outcomes_are_counted_by_comment() -> None:
    failed = ("bill", "negative", [], "I tried to cancel and I could not cancel it.")
    done = ("app", "positive", ["ease"], "I managed to cancel in the app.")
    made = frames((failed, {}), (done, {}))
    table = analytics.outcomes(made.comments, made.segments, made.themes)
    row = table.iloc[0]
    assert table["goal"].tolist() == ["cancel"]
    assert (row["n"], row["failed"], row["succeeded"], row["share_failed"]) == (20, 10, 10, 0.5)
    assert row["low"] < 0.5 < row["high"] and row["example"] == failed[3]
    few = analytics.outcomes(made.comments.iloc[:3], made.segments, made.themes).iloc[0]
    assert few["n"] == 3 and pd.isna(few["share_failed"]) and pd.isna(few["example"])
    none = analytics.outcomes(made.comments.iloc[:0], made.segments, made.themes)
    assert none.empty and "something tried" in none.attrs["note"]


# --- competitors ----------------------------------------------------------------------------------------------------


def test_competitors_are_those_that_comments_on_others_name() -> None:
    own = (None, "positive", ["care"], "Wrenly looks after me.")
    made = frames((RIVAL, {}), (SHOP, {}), (own, {"brand": "Wrenly"}))
    table = analytics.competitors(made.comments, made.segments)
    row = table.iloc[0]
    assert table["competitor"].tolist() == ["Wrenly"]
    assert (row["n"], row["base"], row["share"]) == (10, 20, 0.5), "what is said on Wrenly itself does not count"
    assert (row["praised"], row["criticised"], row["leaving"], row["came_from"]) == (0, 10, 10, 0)
    assert analytics.competitors(made.comments, made.segments, ["wrenly"]).iloc[0]["n"] == 10
    assert "names another brand" in analytics.competitors(made.comments, made.segments, ["Zebra"]).attrs["note"]
    with pytest.raises(UsageError, match="names nobody"):
        analytics.competitors(made.comments, made.segments, ["!"])


def test_without_brands_one_must_say_whom_to_look_for() -> None:
    made = frames((RIVAL, {"brand": None}))
    assert "Say whom" in analytics.competitors(made.comments, made.segments).attrs["note"]
    assert analytics.competitors(made.comments, made.segments, ["Wrenly"]).iloc[0]["n"] == 10
    assert analytics.unlisted_names(made.comments).values.tolist() == [["Wrenly", 10]]
    assert analytics.unlisted_names(made.comments, ["wrenly"]).empty


# --- command line ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_store(tmp_path_factory.mktemp("beyond") / "store", n=120)


@pytest.mark.parametrize(
    "command", ["risk", "advocates", "moments", "signals", "quotes", "journey", "outcomes", "competitors"]
)
def test_voc_beyond(command: str, store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = call(capsys, "beyond", command, "--store", store, "--json")
    document = json.loads(said.out)
    assert said.code == 0 and isinstance(document["rows"], list)
    assert document["rows"] or document["note"]
    printed = call(capsys, "beyond", command, "--store", store)
    assert printed.code == 0 and (printed.out or printed.err)


def test_voc_beyond_errors_are_one_line(store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "choose one of magic" in one_line(call(capsys, "beyond", "quotes", "--kind", "x", "--store", store))
    missing = call(capsys, "beyond", "journey", "--stages", tmp_path / "no.toml", "--store", store)
    assert missing.code == 3 and "Cannot read" in one_line(missing)


# --- the satisfied at risk, by name, after an audit -----------------------------------------------------------------


def test_nobody_is_listed_before_a_sign_was_right_often_enough() -> None:
    made = told(each=40)
    sample = analytics.risk_sample(made.comments, each=40)
    assert sample["right"].isna().all() and sample.equals(analytics.risk_sample(made.comments, each=40))
    assert set(sample["sign"]) == {"taken", "complains", "leaving"} and len(sample) == 120
    blank = analytics.risk_list(made.comments, sample)
    assert blank.empty and "nobody is listed" in blank.attrs["note"]

    leaving = sample["sign"].eq("leaving").to_numpy()
    right = pd.Series(["yes"] * 120).where(leaving, pd.Series([("yes", "no")[i % 2] for i in range(120)]))
    read = sample.assign(right=right)
    audit = analytics.risk_audit(made.comments, read).set_index("sign")
    assert audit["passed"].to_dict() == {"taken": False, "complains": False, "warns off": False, "leaving": True}
    assert audit.loc["leaving", "precision"] == 1 and 0.9 < audit.loc["leaving", "low"] < 1
    listed = analytics.risk_list(made.comments, read)
    assert len(listed) == 40 and all(signs == ["leaving"] for signs in listed["signs"])
    few = read[leaving][:29]
    assert analytics.risk_list(made.comments, few).empty, "29 read say too little"
    other = made.comments.assign(text="All is well.")
    assert analytics.risk_list(other, read).empty, "comments that no longer show the sign are not counted"


def test_an_audit_that_cannot_be_read_is_refused() -> None:
    made = told()
    with pytest.raises(UsageError, match="no column right"):
        analytics.risk_audit(made.comments, pd.DataFrame({"dataset": [], "id": [], "sign": []}))
    odd = pd.DataFrame({"dataset": ["d"], "id": ["1"], "sign": ["taken"], "right": ["maybe"]})
    with pytest.raises(UsageError, match="write yes or no"):
        analytics.risk_audit(made.comments, odd)
    with pytest.raises(UsageError, match="at least 30"):
        analytics.risk_sample(made.comments, each=10)


def test_voc_beyond_risk_samples_and_lists(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("voc.cli.beyond.frames_of", lambda *given: told(each=40))
    risk, sample, listed = ("beyond", "risk"), tmp_path / "read.csv", tmp_path / "listed.csv"
    assert "120 comments" in call(capsys, *risk, "--sample", sample).err
    before = json.loads(call(capsys, *risk, "--audited", sample, "--json").out)
    assert before["rows"] == [] and "nobody is listed" in before["note"]
    assert "nobody is listed" in call(capsys, *risk, "--audited", sample, "-o", listed).err and not listed.exists()
    pd.read_csv(sample, dtype=str).assign(right="yes").to_csv(sample, index=False)
    after = json.loads(call(capsys, *risk, "--audited", sample, "-o", listed, "--json").out)
    assert {row["sign"] for row in after["audit"] if row["passed"]} == {"taken", "complains", "leaving"}
    assert len(after["rows"]) == len(pd.read_csv(listed)) == 40
    assert {row["signs"] for row in after["rows"]} == {"taken;complains;leaving"}
    assert "--audited" in one_line(call(capsys, *risk, "-o", listed))
    missing = call(capsys, *risk, "--audited", tmp_path / "no.csv")
    assert missing.code == 3 and "Cannot read" in one_line(missing)


# --- signals by theme -----------------------------------------------------------------------------------------------


def test_signals_by_theme_are_shares_of_the_themes_comments_and_say_what_they_are() -> None:
    made = told()
    table = analytics.signal_crosses(made.comments, made.segments, made.themes)
    assert table[["theme", "signal", "n", "count", "share"]].values.tolist() == [
        ["bill", "extraction", 10, 10, 1.0],
        ["shop", "care", 10, 10, 1.0],
    ]
    assert (table["times"] == 2).all() and (table["low"] < 1).all() and "Exploratory" in table.attrs["exploratory"]
    drawn = json.dumps(charts.signal_heat(table).to_dict())
    assert "Felt unfairly charged" in drawn and "Exploratory" in drawn
    two = made.comments.assign(theme_version=["a", "b"] * 20)
    assert "2 theme-set versions" in analytics.signal_crosses(two, made.segments, made.themes).attrs["caution"]
    none = analytics.signal_crosses(made.comments, made.segments.assign(theme=None), made.themes)
    assert none.empty and "No sentence" in none.attrs["note"]


# --- how often the rules are right ----------------------------------------------------------------------------------


def test_rules_fare_on_labelled_sentences_as_stored(monkeypatch: pytest.MonkeyPatch) -> None:
    benchmarks = Path(__file__).resolve().parent.parent / "benchmarks"
    monkeypatch.syspath_prepend(str(benchmarks))
    from check_rules import figures, sentences

    assert len(sentences()) >= 150
    found = figures(sentences("test"))
    assert found == json.loads((benchmarks / "results" / "rules.json").read_text(encoding="utf-8"))["test"]
    for name in ("any stage", "outcome: something tried", "outcome: failed", "leaving"):
        assert found[name]["precision"] >= 0.7, name
