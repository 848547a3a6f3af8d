"""Change: like with like, the parts of a change, change points, who is behind it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from report_frames import Frames, network
from scipy import sparse
from scipy.stats import fisher_exact
from statsmodels.stats.proportion import confint_proportions_2indep

from voc import analytics
from voc.analytics.changes import FAMILIES, sides
from voc.analytics.contrast import contrast, shrinkage
from voc.analytics.samples import difference, sample
from voc.analytics.spans import Pair, Span, choose_pair, span, unfinished
from voc.analytics.voices import Said, Voices
from voc.errors import UsageError
from voc.report import moved


def day(text: str) -> pd.Timestamp:
    return pd.Timestamp(text, tz="UTC")


def dates(first: str, last: str) -> pd.Series:
    return pd.Series(pd.date_range(first, last, freq="D", tz="UTC"))


def ends(one: Span) -> tuple[str, str]:
    return f"{one.start:%Y-%m-%d}", f"{one.end:%Y-%m-%d}"


@pytest.fixture(scope="module")
def frames() -> Frames:
    return network(1500)


@pytest.fixture(scope="module")
def table(frames: Frames) -> pd.DataFrame:
    return analytics.changes(frames.comments, frames.segments, frames.themes, period="quarter")


# --- periods ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("period", "label", "earlier"),
    [
        ("month", "2026-04", "2026-03"),
        ("quarter", "2026-Q1", "2025-Q4"),
        ("week", "2026-W19", "2026-W18"),
        ("year", "2025", "2024"),
        ("2026-W01", "2026-W01", "2025-W52"),
    ],
)
def test_the_last_covered_period_stands_beside_the_one_before(period: str, label: str, earlier: str) -> None:
    pair = choose_pair(dates("2024-01-01", "2026-05-12"), period)
    assert pair is not None and not pair.partial
    assert (pair.now.label, pair.before.label) == (label, earlier)
    assert pair.before.end == pair.now.start or period == "2026-W01"


def test_a_month_that_has_begun_is_compared_day_for_day() -> None:
    given = dates("2024-01-01", "2026-05-12")
    pair = choose_pair(given, "month", so_far=True)
    assert pair is not None and pair.partial
    assert ends(pair.now) == ("2026-05-01", "2026-05-13") and ends(pair.before) == ("2026-04-01", "2026-04-13")
    assert pair.now.label == "2026-05, days 1–12" and pair.before.label == "2026-04, days 1–12"
    assert choose_pair(given, "2026-05") == pair
    last_year = choose_pair(given, "2026-05", against="2025-05")
    assert last_year is not None and ends(last_year.before) == ("2025-05-01", "2025-05-13")


def test_data_that_begin_within_the_earlier_month_cut_both() -> None:
    pair = choose_pair(dates("2026-03-11", "2026-04-30"), "month")
    assert pair is not None and pair.partial
    assert ends(pair.now) == ("2026-04-11", "2026-05-01") and ends(pair.before) == ("2026-03-11", "2026-04-01")


def test_february_has_no_thirtieth_day() -> None:
    pair = choose_pair(dates("2026-01-01", "2026-03-31"), "2026-03", against="2026-02")
    assert pair is not None and not pair.partial and ends(pair.before) == ("2026-02-01", "2026-03-01")
    partly = choose_pair(dates("2026-01-01", "2026-03-28"), "2026-03", against="2026-02")
    assert partly is not None and partly.partial and ends(partly.before) == ("2026-02-01", "2026-03-01")
    assert ends(partly.now) == ("2026-03-01", "2026-03-29")


@pytest.mark.parametrize(
    ("period", "against", "what"),
    [
        ("fortnight", None, "unknown period 'fortnight'"),
        ("2026-13", None, "unknown period '2026-13'"),
        ("2026-Q5", None, "unknown period '2026-Q5'"),
        ("2027-01", None, "nothing is dated in 2027-01: the data run from 2026-01-01 to 2026-05-12"),
        ("2026-03", "2025-03", "nothing is dated in 2025-03"),
        ("2026-03", "2026-04", "2026-04 cannot stand beside 2026-03: name an earlier month, like 2026-02"),
        ("2026-03", "2026-Q1", "cannot stand beside"),
    ],
)
def test_periods_that_cannot_be_compared_are_refused(period: str, against: str | None, what: str) -> None:
    with pytest.raises(UsageError, match=what):
        choose_pair(dates("2026-01-01", "2026-05-12"), period, against)


def test_one_month_of_data_is_no_change() -> None:
    assert choose_pair(dates("2026-04-02", "2026-04-30"), "month") is None
    assert choose_pair(pd.Series([pd.NaT], dtype="datetime64[us, UTC]"), "month") is None


def test_what_is_unfinished_is_named() -> None:
    assert unfinished(dates("2026-01-01", "2026-05-12"), "month") == "2026-05"
    assert unfinished(dates("2026-01-01", "2026-05-29"), "month") is None
    assert unfinished(dates("2026-01-01", "2026-05-12"), "week") == "2026-W20"
    assert ends(span("2026-W20")) == ("2026-05-11", "2026-05-18")


# --- the table --------------------------------------------------------------------------------


def test_rows_are_the_periods_own(frames: Frames, table: pd.DataFrame) -> None:
    now = frames.comments[frames.comments["date"].between(day("2026-07-01"), day("2026-09-30"))]
    before = frames.comments[frames.comments["date"].between(day("2026-04-01"), day("2026-06-30"))]
    nps = table[table["measure"] == "nps"].iloc[0]
    for rows, value, n in ((now, nps["now"], nps["n_now"]), (before, nps["before"], nps["n_before"])):
        own = analytics.nps_table(rows).iloc[0]
        assert value == pytest.approx(own["nps"]) and n == own["n"]
    net = table[table["measure"] == "net_giving"].iloc[0]
    assert net["now"] == pytest.approx(analytics.net_giving(now)["net"].iloc[0])
    bill = table[(table["measure"] == "share") & (table["theme"] == "bill")].iloc[0]
    mentions = [sum("bill" in own for own in rows["themes"]) for rows in (now, before)]
    assert [bill["n_now"], bill["n_before"]] == mentions
    tagged = [int((rows["status"] == "ok").sum()) for rows in (now, before)]
    assert bill["change"] == pytest.approx(mentions[0] / tagged[0] - mentions[1] / tagged[1])
    cells = [[hits, size - hits] for hits, size in zip(mentions, tagged, strict=True)]
    assert bill["p"] == pytest.approx(fisher_exact(cells).pvalue)
    low, high = confint_proportions_2indep(mentions[0], tagged[0], mentions[1], tagged[1], method="newcomb")
    assert (bill["low"], bill["high"]) == pytest.approx((low, high))


def test_the_new_theme_is_named_and_no_other(table: pd.DataFrame) -> None:
    named = table[table["named"]]
    assert set(named["theme"].dropna()) == {"sim"}
    assert table.attrs["now"] == "2026-Q3" and not table.attrs["partial"]
    assert ((table["low"] <= table["change"]) & (table["change"] <= table["high"]))[table["change"].notna()].all()


def test_q_counts_every_figure_of_the_report(table: pd.DataFrame) -> None:
    tested = table[table["p"].notna()]
    for _, part in tested.groupby("family"):
        assert part["q"].min() >= min(1.0, FAMILIES * part["p"].min()) - 1e-12
        assert (part["named"] == (part["q"] <= 0.05)).all()


def test_a_period_that_has_begun_names_nothing(frames: Frames) -> None:
    cut = frames.comments[frames.comments["date"] < day("2026-10-20")]
    found = analytics.changes(cut, frames.segments, frames.themes, period="month", so_far=True)
    assert found.attrs["partial"] and found.attrs["now"] == "2026-10, days 1–19" and not found["named"].any()


def test_two_versions_are_refused(frames: Frames) -> None:
    for column, word in (("model_version", "model"), ("theme_version", "theme-set")):
        mixed = frames.comments.copy()
        mixed.loc[mixed["date"] >= day("2026-10-01"), column] = "another"
        for make in (analytics.changes, analytics.change_split, analytics.change_points):
            found = make(mixed, frames.segments, frames.themes)
            assert found.empty and f"2 {word} versions: " in found.attrs["note"]
        before = analytics.changes(mixed, frames.segments, frames.themes, period="2026-08")
        assert len(before) and "note" not in before.attrs, "the two periods in question have one version"


def test_rare_themes_are_shrunk_most() -> None:
    kept = shrinkage(*(np.array(cells, float) for cells in ([3, 60, 600], [1000] * 3, [1, 30, 300], [1000] * 3)))
    assert (np.diff(kept) > 0).all() and 0.5 < kept[0] < 0.65 and 0.99 < kept[2] < 1
    same = np.array([30.0, 100.0])
    assert shrinkage(same, same * 10, same, same * 10).tolist() == [0, 0]
    assert shrinkage(np.zeros(2), np.full(2, 9.0), np.zeros(2), np.full(2, 9.0)).tolist() == [0, 0]


def test_difference_of_means_is_welchs() -> None:
    from scipy.stats import ttest_ind

    rng = np.random.default_rng(1)
    a, b = rng.normal(4, 1, 40), rng.normal(3.5, 2, 90)
    samples = [sample(values, np.ones(len(values)), np.arange(len(values))) for values in (a, b)]
    value, low, high, p, _ = difference(*samples)
    test = ttest_ind(a, b, equal_var=False)
    assert p == pytest.approx(test.pvalue) and value == pytest.approx(a.mean() - b.mean())
    assert (low, high) == pytest.approx(tuple(test.confidence_interval()))


def test_repeated_answers_count_less() -> None:
    values, ones = np.tile([100.0, -100.0, 0.0, 100.0], 30), np.ones(120)
    alone = sample(values, ones, np.arange(120), add=0.75)
    thrice = sample(np.repeat(values, 3), np.ones(360), np.repeat(np.arange(120), 3), add=0.75)
    assert thrice.people == 120 and thrice.size == pytest.approx(alone.size, rel=0.02)
    assert thrice.variance == pytest.approx(alone.variance, rel=0.03)
    alike = sample(np.full(40, 100.0), np.ones(40), np.arange(40), add=0.75)
    assert alike.value == 100 and alike.variance > 0


@pytest.mark.parametrize("spoil", [{"date": None}, {"nps": None}, {"nps": 9}, {"weight": -1.0}, {"stance": None}])
def test_bad_input_gives_a_sentence_or_blanks(frames: Frames, spoil: dict[str, object]) -> None:
    given = {
        name: frames.comments[name].mask(frames.comments["id"].notna()) if value is None else value
        for name, value in spoil.items()
    }
    rows = frames.comments.assign(**given)
    for make in (analytics.changes, analytics.change_split, analytics.change_points, analytics.response_base):
        tables = (rows,) if make is analytics.response_base else (rows, frames.segments, frames.themes)
        found = make(*tables)
        assert len(found) or found.attrs["note"].endswith(".")
        assert not np.isinf(found.select_dtypes("number")).any(axis=None)


def test_too_few_people_have_no_score(frames: Frames) -> None:
    few = frames.comments.groupby(frames.comments["date"].dt.strftime("%Y-%m")).head(20)
    found = analytics.changes(few, frames.segments, frames.themes)
    assert found.loc[found["measure"] == "nps", "change"].isna().all()
    assert analytics.change_split(few, frames.segments, frames.themes).empty


# --- the split --------------------------------------------------------------------------------


def test_the_parts_add_up_exactly(frames: Frames) -> None:
    for period in ("month", "quarter"):
        split = analytics.change_split(frames.comments, frames.segments, frames.themes, period=period)
        whole = split[split["theme"].isna()].set_index("part")["points"]
        assert whole.drop("whole").sum() == pytest.approx(whole["whole"], abs=1e-9)
        change = analytics.changes(frames.comments, frames.segments, frames.themes, period=period)
        assert whole["whole"] == pytest.approx(change.loc[change["measure"] == "nps", "change"].item(), abs=1e-9)
        for part in ("mention", "given"):
            own = split[split["part"].eq(part) & split["theme"].notna()]
            assert own["points"].sum() == pytest.approx(whole[part], abs=1e-9)


def test_without_themes_in_both_periods_their_parts_are_missing(frames: Frames) -> None:
    few = frames.segments[frames.segments["id"].isin(frames.comments["id"][::40])]
    split = analytics.change_split(frames.comments, few, frames.themes, period="quarter")
    assert split["part"].tolist() == ["who", "unexplained", "whole"] and "No theme" in split.attrs["caution"]
    assert split["points"].iloc[:2].sum() == pytest.approx(split["points"].iloc[2])
    assert "under unexplained" in moved.split(split) and "mention" not in moved.split(split).split(".")[0]


def test_more_of_a_bad_theme_goes_under_what_they_mention() -> None:
    frames = network(4000, seed=7)
    bill = frames.segments[frames.segments["theme"] == "bill"]["id"]
    late = frames.comments["date"] >= day("2026-04-01")
    quiet = frames.comments["id"].isin(bill[::2]) & ~late  # half of the complaints before April never came
    split = analytics.change_split(
        frames.comments[~quiet], frames.segments, frames.themes, period="2026-Q2", against="2026-Q1"
    )
    rows = split.set_index(["part", "theme", "polarity"])["points"]
    assert rows["mention", "bill", "criticised"] < -3
    whole = split[split["theme"].isna()].set_index("part")
    assert whole.loc["mention", "high"] < 0 < whole.loc["given", "high"] and abs(whole.loc["who", "points"]) < 1.5


def test_another_mix_goes_under_who_answered() -> None:
    frames = network(3000, seed=9)
    rng, n = np.random.default_rng(3), 3000
    late = (frames.comments["date"] >= day("2026-04-01")).to_numpy()
    new = rng.random(n) < np.where(late, 0.7, 0.3)
    lower = np.clip(frames.comments["nps"].to_numpy(float) - 3 * new, 0, 10)
    rows = frames.comments.assign(customer_segment=np.where(new, "new", "established"), nps=lower)
    split = analytics.change_split(rows, frames.segments, frames.themes, period="2026-Q2", against="2026-Q1")
    parts = split[split["theme"].isna()].set_index("part")
    assert parts.loc["who", "high"] < -5 and split.attrs["mix"] == ["brand", "customer segment", "commented"]
    adjusted = analytics.changes(rows, frames.segments, frames.themes, period="2026-Q2", against="2026-Q1").iloc[0]
    assert adjusted["change"] < adjusted["adjusted"] - 5


def test_split_intervals_are_those_of_resampled_customers(frames: Frames) -> None:
    found = analytics.change_split(frames.comments, frames.segments, frames.themes, period="quarter")
    parts = found[found["theme"].isna()].set_index("part")
    pair = choose_pair(frames.comments["date"], "quarter")
    assert pair is not None
    rows, _ = sides(frames.comments, frames.segments, pair)
    rng, drawn = np.random.default_rng(5), []
    for _ in range(40):
        picked = rows.iloc[rng.integers(0, len(rows), len(rows))].reset_index(drop=True)
        fresh = picked.assign(id=[f"{i}" for i in range(len(picked))], response_id=[f"{i}" for i in range(len(picked))])
        names = pd.DataFrame({"id": picked["id"].to_numpy(), "fresh": fresh["id"].to_numpy()})
        segments = frames.segments.merge(names, on="id").assign(id=lambda part: part["fresh"]).drop(columns="fresh")
        again = analytics.change_split(fresh, segments, frames.themes, period="2026-Q3", against="2026-Q2")
        drawn.append(again[again["theme"].isna()].set_index("part")["points"])
    spread = pd.DataFrame(drawn).std()
    error = (parts["high"] - parts["low"]) / 2 / 1.96
    assert (error / spread).drop("who").between(0.7, 1.4).all(), (error / spread).to_string()


# --- change points ----------------------------------------------------------------------------


def test_the_week_of_the_change_is_found(frames: Frames) -> None:
    points = analytics.change_points(frames.comments, frames.segments, frames.themes)
    named = points[points["named"]].set_index(["measure", points.loc[points["named"], "theme"].fillna("")])
    sim = named.loc[("share", "sim")]
    assert sim["week_low"] <= pd.Timestamp("2026-09-21") <= sim["week_high"] and sim["change"] > 0.2
    assert sim["before"] == pytest.approx(0, abs=0.01) and sim["low"] < sim["change"] < sim["high"]
    assert set(named.index.get_level_values(1)) <= {"sim", ""}
    assert (points["week"].dt.day_of_week == 0).all() and points.attrs["weeks"] == 61


def test_two_changes_of_level_are_both_found() -> None:
    rng, n = np.random.default_rng(2), 4000
    frames = network(10)
    when = np.sort(rng.integers(0, 7 * 52, n))
    high = (when > 7 * 18) & (when < 7 * 36)
    score = np.where(rng.random(n) < np.where(high, 0.6, 0.3), 10, 5)
    rows = frames.comments.iloc[np.zeros(n, int)].reset_index(drop=True).assign(
        id=[f"{i}" for i in range(n)], response_id=[f"{i}" for i in range(n)], nps=score,
        date=day("2025-09-01") + pd.to_timedelta(when, "D"),
    )  # fmt: skip
    points = analytics.change_points(rows, frames.segments, frames.themes)
    nps = points[points["measure"] == "nps"]
    assert nps["named"].all() and nps["week"].tolist() == [pd.Timestamp("2026-01-05"), pd.Timestamp("2026-05-11")]
    assert nps["change"].iloc[0] > 0 > nps["change"].iloc[1]
    assert nps["after"].iloc[0] == pytest.approx(nps["before"].iloc[1]), "levels reach from one to the next"


def test_weeks_of_their_own_kind_raise_no_alarm() -> None:
    """Uneven weeks, each with a level of its own: no lasting change."""
    rng, frames, n = np.random.default_rng(4), network(10), 3000
    alarms = 0
    for _ in range(10):
        when = np.sort(rng.integers(0, 7 * 40, n))
        chance = rng.uniform(0.1, 0.9, 40)[when // 7]
        rows = frames.comments.iloc[np.zeros(n, int)].reset_index(drop=True).assign(
            id=[f"{i}" for i in range(n)], response_id=[f"{i}" for i in range(n)],
            nps=np.where(rng.random(n) < chance, 10, 5), date=day("2025-09-01") + pd.to_timedelta(when, "D"),
        )  # fmt: skip
        points = analytics.change_points(rows, frames.segments, frames.themes)
        alarms += bool(points["named"].any())
    assert alarms <= 2


def test_a_short_series_is_said(frames: Frames) -> None:
    short = frames.comments[frames.comments["date"] < day("2025-10-15")]
    found = analytics.change_points(short, frames.segments, frames.themes)
    assert found.empty and "7 weeks of dated comments: at least 12" in found.attrs["note"]


def test_weekly_values_are_the_weeks_own(frames: Frames) -> None:
    weeks = analytics.weekly(frames.comments, frames.segments, frames.themes, "nps")
    assert weeks["n"].sum() == len(frames.comments) and (weeks["week"].dt.day_of_week == 0).all()
    second = frames.comments[frames.comments["date"].between(day("2025-09-08"), day("2025-09-14"))]["nps"]
    points = np.select([second >= 9, second >= 7], [100.0, 0.0], -100.0)
    assert weeks["value"].iloc[1] == pytest.approx(points.mean())
    shares = analytics.weekly(frames.comments, frames.segments, frames.themes, "share", "bill")
    assert shares["value"].dropna().between(0, 1).all()


# --- who is behind it -------------------------------------------------------------------------


def test_base_counts_and_same_customers(frames: Frames) -> None:
    people = [f"c{i % 400}" for i in range(len(frames.comments))]
    rows = frames.comments.assign(customer_id=people)
    months = pd.date_range("2025-09-01", "2026-10-01", freq="MS", tz="UTC")
    customers = pd.DataFrame({"date": months, "customers": 1000.0, "invited": 300.0, "left": 12.0})
    base = analytics.response_base(rows, period="quarter", customers=customers)
    counts = base.set_index("step")["now"]
    own = rows[rows["date"].between(day("2026-07-01"), day("2026-09-30"))]
    assert counts["customers"] == 1000 and counts["invited"] == 900 and counts["left"] == 36
    assert counts["answered"] == len(own) and counts["commented"] == own["text"].notna().sum()
    earlier = rows[rows["date"].between(day("2026-04-01"), day("2026-06-30"))]
    both = set(own["customer_id"]) & set(earlier["customer_id"])
    assert counts["same customers"] == len(both) == base.attrs["same_n"] >= 30
    means = [part[part["customer_id"].isin(both)] for part in (own, earlier)]
    values = [np.select([p["nps"] >= 9, p["nps"] >= 7], [100.0, 0.0], -100.0) for p in means]
    per = [pd.Series(v).groupby(p["customer_id"].to_numpy()).mean() for v, p in zip(values, means, strict=True)]
    paired = sm.stats.DescrStatsW((per[0] - per[1]).to_numpy())
    assert base.attrs["same_change"] == pytest.approx(paired.mean)
    assert (base.attrs["same_low"], base.attrs["same_high"]) == pytest.approx(paired.tconfint_mean())
    assert "Customers who left are missing" in moved.same_customers(base.attrs)


def test_base_without_ids_or_counts(frames: Frames) -> None:
    base = analytics.response_base(frames.comments).set_index("step")["now"]
    assert base[["customers", "invited", "left", "same customers"]].isna().all() and base["answered"] > 0
    with pytest.raises(UsageError, match="unknown score 'joy'"):
        analytics.response_base(frames.comments, score="joy")


# --- words ------------------------------------------------------------------------------------


def test_no_change_says_what_would_have_been_missed(table: pd.DataFrame) -> None:
    row = table[table["measure"] == "nps"].iloc[0].to_dict()
    text = moved.change(row, "2026-Q2")
    assert "No change distinguishable from chance" in text
    assert f"we would probably have missed moves under {row['missed']:.0f} points" in text
    sim = table[table["theme"].eq("sim") & table["measure"].eq("share")].iloc[0].to_dict()
    assert "No change" not in moved.change(sim, "2026-Q2") and "“New SIM cards" in moved.change(sim, "2026-Q2")
    rare = {**row, "change": float("nan")}
    assert moved.change(rare, "2026-Q2") == "NPS: too few in one of the two periods to compare."


def test_missed_is_what_four_in_five_would_be_named_at() -> None:
    """Of samples with a true change of ``missed`` about 80 % are named."""
    rng, n = np.random.default_rng(6), 800
    side = np.arange(n) < n // 2
    themes = pd.DataFrame(columns=["theme", "label", "polarity"])

    def one(shift: float) -> pd.Series:
        chance = 0.5 + np.where(side, shift, -shift) / 4 / 100
        values = np.where(rng.random(n) < chance, 100.0, -100.0)
        none = sparse.csr_array((n, 0))
        voices = Voices(values, np.ones(n), np.arange(n), none, side, np.zeros(n, int), {})
        return contrast(Said(themes, voices, {}, {}, None), FAMILIES).iloc[0]

    missed = one(0.0)["missed"]
    assert 0.6 <= np.mean([bool(one(missed)["named"]) for _ in range(60)]) <= 0.95


def test_pair_and_frames_stay_as_they_are(frames: Frames) -> None:
    pair = choose_pair(frames.comments["date"], "quarter")
    assert isinstance(pair, Pair) and replace(pair, partial=True) != pair
    assert list(frames.comments.columns) == list(network(10).comments.columns), "nothing is added to what is passed in"
