"""The leader's brief: right findings in plain words, the same bytes from the same data, two printed pages."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from report_frames import LABELS, Frames, build, network

from voc.analytics import changes
from voc.errors import StoreError, UsageError
from voc.pipeline import read_events
from voc.report import Brief, gather, render, wording, write
from voc.report.changes import moves
from voc.report.events import as_events
from voc.report.findings import companions, complaints, complaints_note, gratitude, gratitude_note
from voc.report.model import Change, Figure
from voc.report.quotes import Wanted, drawn, pool
from voc.report.window import choose

LONG = "A theme whose name goes on and on until nobody can read it to its end without a pause"
#: Words that claim a cause.
CAUSAL = re.compile(r"\b(causes?|caused|drives?|impact|leads? to|because of|due to|costs?)\b", re.IGNORECASE)
RUN = {"run_id": "r-7", "finished": pd.Timestamp("2026-11-01 08:30", tz="UTC")}


@pytest.fixture(scope="module")
def frames() -> Frames:
    return replace(network(), run=RUN)


@pytest.fixture(scope="module")
def brief(frames: Frames) -> Brief:
    return gather(frames)


def answers(scores: Sequence[int | None], **columns: Any) -> Frames:
    """Comments without themes, one per score, one a day from 1 March 2026."""
    rows = [
        {
            "nps": score,
            "score": None if score is None else float(score),
            "score_scale": None if score is None else "nps_0_10",
            "date": pd.Timestamp("2026-03-01", tz="UTC") + pd.Timedelta(days=day),
            **columns,
        }
        for day, score in enumerate(scores)
    ]
    return build(rows, [[(None, "negative", [], "Nobody picked up.")] for _ in rows])


def texts(value: object) -> list[str]:
    """Every string in a brief, quotes of customers aside."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, tuple):
        return [text for item in value for text in texts(item)]
    if is_dataclass(value) and type(value).__name__ not in ("Quote", "Rows"):
        return [text for field in fields(value) for text in texts(getattr(value, field.name))]
    return []


def test_complaints_are_the_planted_ones_and_the_companion_is_set_apart(brief: Brief) -> None:
    assert [(driver.theme, driver.standing) for driver in brief.drivers] == [
        ("bill", "clear"), ("signal", "clear"), ("sim", "clear"),
    ]  # fmt: skip
    assert LABELS["app"] in brief.companions
    assert LABELS["bill"] in brief.answer
    assert "this goes with a" in brief.drivers[0].sentence and "-point lower NPS" in brief.drivers[0].sentence
    assert brief.decide.startswith(f"To decide: whether “{LABELS['bill']}” is taken up first")
    assert "in Aug–Oct 2026" in brief.answer and "over the whole span" in brief.answer
    assert brief.drivers[0].effect.high is not None and brief.drivers[0].effect.high < 0


def test_each_complaint_has_its_own_verbatim_of_the_right_tone(brief: Brief, frames: Frames) -> None:
    quotes = [item.quote for item in (*brief.drivers, *brief.gratitude, *brief.emerging) if item.quote]
    assert len({(quote.dataset, quote.id) for quote in quotes}) == len(quotes) >= 5
    said = frames.comments.set_index("id")["text"]
    assert all(quote.text.strip("… ") in said[quote.id] for quote in quotes)
    assert all(40 <= len(quote.text) <= 144 for quote in quotes)


def test_gratitude_emerging_gaps_and_change(brief: Brief) -> None:
    found = [(item.name, item.label) for item in brief.gratitude]
    assert found == [("Got more", LABELS["plan"]), ("Cared for", LABELS["shop"])]
    assert all(item.effect.value is not None and item.effect.value > 0 for item in brief.gratitude)
    assert brief.gratitude_note.startswith("Only 2 themes are praised with a higher score clear of chance.")
    assert f"are most grateful for is “{LABELS['plan']}”" in brief.answer
    assert [item.label for item in brief.emerging] == [LABELS["sim"]]
    assert brief.appendix.gaps[0].area == "Feeling valued" and brief.appendix.gaps[0].gap > 2
    assert (brief.score.now_label, brief.score.before_label) == ("Aug–Oct 2026", "May–Jul 2026")
    assert "no change distinguishable from chance" in brief.score.change_sentence
    manifest = dict(brief.appendix.manifest)
    assert (manifest["Model"], manifest["Themes"], manifest["Run"]) == ("made-1", "set-1", "r-7")
    assert manifest["Date of run"] == "2026-11-01 08:30 UTC" and manifest["Command"].startswith("voc report -o")


def test_without_a_score_praise_ranks_by_how_often_it_outweighs_criticism() -> None:
    """The shop is praised six times, the plan nine; of the bill nobody says anything good."""
    kind, plain = "They sat down with me until all of it worked.", "A fair plan for what I really use each month."
    parts = [[("shop", "positive", ["care"], kind)]] * 6 + [[("plan", "positive", [], plain)]] * 9
    parts += [[("bill", "negative", [], "The bill is far too high, and late again.")]] * 20
    found = gather(build([{}] * len(parts), parts)).gratitude
    assert [(item.name, item.label, item.n) for item in found] == [
        ("", LABELS["plan"], 9),
        ("Cared for", LABELS["shop"], 6),
    ]
    assert [item.quote and item.quote.text for item in found] == [plain, kind]


DRIVERS = pd.DataFrame(
    [
        ("hold", "criticised", -4.0, -5.0, -3.0, 0.001),
        ("fees", "criticised", -1.0, -1.9, -0.1, 0.2),
        ("maybe", "criticised", -1.0, -2.0, 0.1, 0.3),
        ("odd", "criticised", 2.0, 1.0, 3.0, 0.001),
        ("few", "criticised", None, None, None, None),
        ("deals", "praised", -0.4, -1.0, 0.2, 0.5),
    ],
    columns=["theme", "polarity", "effect", "low", "high", "q"],
).assign(
    n=40,
    share=0.1,
    label=lambda rows: rows["theme"],
    co_mentioned=False,
    named=lambda rows: rows["q"] <= 0.05,
    coefficient=-1.0,
    coefficient_low=-2.0,
    coefficient_high=-0.5,
)
DRIVERS.attrs.update(level=0.95, tested=20, freedom=500)
NO_CHANGES = moves(*(getattr(network(1), name) for name in ("comments", "segments", "themes")), None, "nps")


def test_only_complaints_clear_of_chance_are_listed_and_a_short_list_says_so() -> None:
    none = pd.DataFrame(columns=["theme", "quote", "sentiment", "origin", "dataset", "id", "segment_no"])
    found = complaints(DRIVERS, NO_CHANGES, "nps", none, [])
    assert [(one.theme, one.standing) for one in found] == [("hold", "clear")]
    low, high = found[0].effect.low, found[0].effect.high  # wider than −5 to −3: picked out of 20
    assert low is not None and low < -5.4 and high is not None and -2.6 < high < 0
    assert complaints_note(DRIVERS, "nps", 2) == "Only 2 complaint drivers are clear of chance."
    assert complaints_note(DRIVERS, "nps", 1) == "Only 1 complaint driver is clear of chance."
    assert complaints_note(DRIVERS, "nps", 0) == "No complaint driver is clear of chance."
    assert complaints_note(DRIVERS, "nps", 5) == complaints_note(DRIVERS, "sentiment", 2) == ""
    assert "enough customers" in complaints_note(DRIVERS.iloc[:0], "nps", 0)


def test_gratitude_is_told_by_the_method_of_complaints() -> None:
    """Praise that goes with a clearly higher score, nothing else; what is praised often is named beside it."""
    none = pd.DataFrame(columns=["theme", "quote", "sentiment", "origin", "dataset", "id", "segment_no"])
    segments = pd.DataFrame(columns=["theme", "sentiment", "signals"])
    good = DRIVERS.iloc[[0, 1]].assign(polarity="praised", effect=[3.0, 2.0], low=[2.0, -1.0], high=[4.0, 5.0])
    table = pd.concat([DRIVERS, good], ignore_index=True)
    table.attrs.update(DRIVERS.attrs)
    found = gratitude(segments, table, "nps", none, [])
    assert [(one.theme, one.effect.value) for one in found] == [("hold", 3.0)]  # q of "fees" is .2
    assert gratitude_note(table, "nps", found) == (
        "Only 1 theme is praised with a higher score clear of chance. Praised most often beside: “deals” (10 %)."
    )
    assert gratitude_note(DRIVERS.iloc[:1], "nps", ()) == "No theme is praised by enough customers to list."


def test_a_quote_shows_nothing_but_its_theme_and_tone() -> None:
    """Of the theme and tone, not too short to be read, without the sentence on something else."""
    bill, shop = "They charged me twice for the very same month again.", "Lovely people at the counter in the shop."
    parts = [
        [("bill", "negative", [], "Too dear.")],
        [("bill", "positive", [], "The bill is clear and always comes on the day.")],
        [("bill", "negative", [], bill), (None, "neutral", [], "I live in Hull.")],
        [("shop", "positive", [], shop)],
    ]
    frames = build([{}] * len(parts), parts)
    quotes = pool(frames.comments, frames.segments)
    wanted = [drawn(quotes, one, ()) for one in (Wanted("bill", "negative"), Wanted("shop", "positive"))]
    assert [quote and quote.text for quote in wanted] == [f"{bill} …", shop]
    assert drawn(quotes, Wanted("shop", "negative"), ()) is None


def test_an_unstable_theme_heads_nothing_without_its_mark(frames: Frames) -> None:
    themes = frames.themes.assign(stability=[0.2 if one == "bill" else 0.9 for one in frames.themes["id"]])
    brief = gather(replace(frames, themes=themes))
    assert brief.drivers[0].label == f"{LABELS['bill']} (unstable)"
    assert f"“{LABELS['bill']} (unstable)”" in brief.answer
    assert "1 theme marked as unstable" in dict(brief.trust)["Versions"]
    assert "(unstable)" not in "".join(driver.label for driver in brief.drivers[1:])
    assert "unstable" not in str(texts(gather(frames)))


def test_a_long_name_is_cut_at_a_word_and_keeps_its_mark() -> None:
    short = wording.shortened(f"{LONG} (unstable)", 60)
    bare = short.removesuffix("… (unstable)")
    assert len(short) <= 60 and short != bare and LONG.startswith(f"{bare} ")
    assert wording.shortened("Bills (unstable)") == "Bills (unstable)"


def test_a_companion_with_a_higher_score_is_no_complaint() -> None:
    row = {"polarity": "criticised", "co_mentioned": True, "n": 50, "theme": "app", "label": "App", "share": 0.1}
    table = pd.DataFrame([{**row, "companion": "Bill", "leave_out": -1.0}])
    assert "App" in companions(table)
    assert companions(table.assign(leave_out=1.0)) == ""


def test_only_associations_are_claimed(brief: Brief) -> None:
    assert [text for text in texts(brief) if CAUSAL.search(text)] == []


def test_the_same_data_give_the_same_bytes(brief: Brief, frames: Frames) -> None:
    order = frames.comments.sample(frac=1, random_state=1).index
    shuffled = Frames(
        frames.comments.loc[order], frames.segments.sample(frac=1, random_state=2), frames.themes, frames.run
    )
    assert gather(frames) == brief
    assert render(gather(frames)) == render(brief)
    assert gather(shuffled).drivers[0].quote == brief.drivers[0].quote


def test_the_page_stands_alone_and_escapes_what_customers_wrote(brief: Brief) -> None:
    nasty = replace(brief.drivers[0], label="<b>Bills</b>")
    page = render(replace(brief, drivers=(nasty,), title="<script>alert(1)</script>"))
    assert "<script" not in page and "<b>Bills" not in page and "&lt;b&gt;Bills" in page
    assert not re.search(r"""(?:src|href)\s*=\s*["']?http|url\(\s*["']?http|@import""", page)
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert "nan" not in re.findall(r">([^<]*\bnan\b[^<]*)<", page.lower())


def test_a_named_period_leaves_out_what_came_later(frames: Frames) -> None:
    brief = gather(frames, "2026-Q1")
    assert brief.score.now_label == "Jan–Mar 2026" and brief.score.before_label == "Oct–Dec 2025"
    assert "31 Mar 2026" in brief.span and brief.emerging == ()
    assert gather(frames, "month").score.now_label == "Oct 2026"


@pytest.mark.parametrize("period", ["lately", "2026-13", "1999"])
def test_an_unusable_period_is_one_line(frames: Frames, period: str) -> None:
    with pytest.raises(UsageError, match=period) as raised:
        gather(frames, period)
    assert "\n" not in str(raised.value)


def test_a_month_that_is_not_over_is_no_headline() -> None:
    dates = pd.Series(pd.to_datetime(["2026-01-03", "2026-06-12"], utc=True))
    window = choose(dates, None)
    assert window is not None and window.label == "Mar–May 2026"
    assert window.earlier().label == "Dec 2025 – Feb 2026"


def test_stars_stand_in_where_there_is_no_nps() -> None:
    frames = network(300, nps=None, score_scale="stars_1_5")
    frames.comments["score"] = (frames.comments["score"] / 2).clip(1, 5)
    brief = gather(frames)
    assert brief.score.kind == "stars" and "no NPS" in brief.score.why
    assert brief.drivers[0].theme == "bill" and "-star lower mean rating" in brief.drivers[0].sentence
    assert "of 5 stars" in brief.answer and render(brief)


def test_tone_stands_in_where_there_is_no_score_at_all() -> None:
    brief = gather(network(300, nps=None, score=None, score_scale=None))
    assert brief.score.kind == "sentiment" and "tone" in brief.score.why
    assert {driver.standing for driver in brief.drivers} == {"no_score"}
    assert "most frequent complaint" in brief.answer and render(brief)


def test_few_answers_are_called_few() -> None:
    brief = gather(answers([9, 3, 10, 7, 2, 9, 8]))
    assert brief.score.kind == "sentiment" and "few to rely on" in brief.score.sentence
    assert "Only 7 answers on a 0–10 scale" in brief.score.why
    assert brief.drivers == () and brief.gratitude == ()
    assert "read the quotes, not the figures" in dict(brief.trust)["Base"]
    assert "No theme is criticised" in render(brief)


@pytest.mark.parametrize("frames", [answers([None]), answers([9], date=None), answers([8, None, 2], date=None)])
def test_hardly_any_data_still_give_a_page(frames: Frames) -> None:
    brief = gather(frames)
    assert brief.score.change is None and "no earlier period" in brief.score.change_sentence
    assert render(brief).rstrip().endswith("</html>")


def test_rows_without_a_comment_still_give_a_score() -> None:
    rows = [{"nps": 9, "score": 9.0, "score_scale": "nps_0_10", "date": pd.Timestamp("2026-03-31", tz="UTC")}] * 40
    brief = gather(build(rows, [[] for _ in rows]))
    assert brief.score.now.n == 40 and "0 tagged comments" in brief.balance.sentence and render(brief)


def test_no_comment_at_all_is_one_line(frames: Frames) -> None:
    empty = Frames(frames.comments.iloc[:0], frames.segments.iloc[:0], frames.themes)
    with pytest.raises(StoreError, match=r"no comment to report on.*voc run"):
        gather(empty)


def test_write_replaces_the_file_whole(brief: Brief, tmp_path: Path) -> None:
    path = tmp_path / "brief.html"
    path.write_text("old")
    assert write(brief, path) == path
    assert path.read_text(encoding="utf-8") == render(brief)
    assert [file.name for file in tmp_path.iterdir()] == ["brief.html"]


@pytest.mark.parametrize(("name", "message"), [("b.txt", "unknown format"), ("no/such/b.html", "Cannot write")])
def test_write_says_what_it_cannot_write(brief: Brief, tmp_path: Path, name: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        write(brief, tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_quotes_keep_to_tone_signal_and_date_and_leave_out_personal_data(frames: Frames) -> None:
    candidates = pool(frames.comments, frames.segments)
    first = drawn(candidates, Wanted("bill", "negative"), ())
    assert first is not None
    second = drawn(candidates, Wanted("bill", "negative"), [first])
    assert second is not None and second.text != first.text
    assert drawn(candidates, Wanted("bill", "positive"), ()) is None
    assert drawn(candidates, Wanted("shop", signal="honesty"), ()) is None
    assert drawn(candidates, Wanted("bill", since=pd.Timestamp("2027-01-01", tz="UTC")), ()) is None
    comments = frames.comments.assign(pii=[["phone"]] * len(frames.comments))
    assert pool(comments, frames.segments).empty


def test_wording_is_coarse_and_plain() -> None:
    assert [wording.number(value) for value in (-0.4, 12.5001, -31.2)] == ["0", "13", "−31"]
    assert wording.number(3.26, "stars") == "3.3" and wording.effect(-0.04) == "0.0"
    assert [wording.percent(share) for share in (0, 0.004, 0.126)] == ["none", "under 1 %", "13 %"]
    assert wording.listed([]) == "" and wording.listed(["a", "b", "c"]) == "a, b and c"
    lower = Figure(40, -4.12, -5.44, -2.91)
    assert wording.driver(lower, "nps") == (
        "Allowing for other topics and customer mix, this goes with a 4.1-point lower NPS in this group "
        "(95 %: 2.9 to 5.4)."
    )
    fell = wording.change(Change(3.0, 12.0, Figure(90, -9.0, -15.2, -2.9), True, 14.0), "nps", "May 2026")
    assert fell == "That is 9 NPS points lower than in May 2026 (95 % interval 3 to 15)."
    still = Change(3.0, 2.0, Figure(90, 1.0, -5.0, 7.0), False, 9.4)
    assert "under 9 points" in wording.change(still, "net", "May 2026")
    assert "too few" in wording.score(Figure(3), "nps", "May 2026")


def test_quotes_are_drawn_at_random_and_the_most_extreme_has_no_better_chance() -> None:
    """Of 300 quotes the one drawn does not depend on their order; over themes, early and late keys come up alike."""
    words = [f"Comment number {i} says that it was so long a wait for them." for i in range(300)]
    frames = build([{}] * 300, [[(("bill", "app", "sim")[i % 3], "negative", [], words[i])] for i in range(300)])
    quotes = pool(frames.comments, frames.segments)
    for theme in ("bill", "app", "sim"):
        one = drawn(quotes, Wanted(theme, "negative"), ())
        assert one is not None and one == drawn(quotes.iloc[::-1], Wanted(theme, "negative"), ())
        assert drawn(quotes[quotes["id"] != one.id], Wanted(theme, "negative"), ()) != one
    taken = {q.id for theme in ("bill", "app", "sim") if (q := drawn(quotes, Wanted(theme), ()))}
    assert taken != set(sorted(quotes["id"])[:3])


def test_a_change_of_share_is_told_with_its_interval_and_what_would_be_missed() -> None:
    """10 of 100 before, 40 of 100 now: Newcombe gives .18 to .41; the other theme stays at 20."""
    days = pd.to_datetime(["2026-01-01"] * 100 + ["2026-02-28"] * 100, utc=True)
    named = ["bill"] * 10 + [None] * 70 + ["app"] * 20 + ["bill"] * 40 + [None] * 40 + ["app"] * 20
    frames = build([{"date": day} for day in days], [[(theme, "negative", [], "w")] for theme in named])
    window = choose(frames.comments["date"], "month")
    assert window is not None
    found = moves(frames.comments, frames.segments, frames.themes, window.beside(frames.comments["date"]), "sentiment")
    bill, app = found.of_theme("bill"), found.of_theme("app")
    assert bill is not None and app is not None and bill.clear and not app.clear
    assert (bill.now, bill.before, bill.points.n) == (40, 10, 50)
    assert bill.points.known == pytest.approx((30, 18.25, 40.76), abs=0.2)
    assert app.missed is not None and 10 < app.missed < 30
    assert found.of_theme("sim") is None and found.of_score("nps") is None
    tone = found.of_score("sentiment")
    assert tone is not None and tone.now == 100 and not tone.clear


def test_a_period_that_the_data_do_not_cover_is_not_compared(frames: Frames) -> None:
    """The months before the first comment are no period to stand beside."""
    late = frames.comments["date"] >= pd.Timestamp("2026-07-20", tz="UTC")
    rows = frames.comments[late]
    brief = gather(Frames(rows, frames.segments, frames.themes))
    assert brief.score.change is None and brief.balance.change is None
    assert all(driver.change is None for driver in brief.drivers)
    assert "no earlier period" in brief.score.change_sentence and " against " not in brief.span


def test_the_brief_and_voc_changes_tell_the_same_change(brief: Brief, frames: Frames) -> None:
    window = choose(frames.comments["date"], None)
    assert window is not None
    pair = window.beside(frames.comments["date"])
    tables = frames.comments, frames.segments, frames.themes
    table = changes(*tables, pair)
    nps = table[table["measure"] == "nps"].iloc[0]
    assert brief.score.change is not None
    assert brief.score.change.points.known == tuple(nps[["change", "low", "high"]])
    assert brief.score.change.clear == nps["named"]
    assert brief.score.now.value == pytest.approx(nps["now"])
    shares = changes(*tables, pair, polarity="criticised", score="nps").set_index("theme")
    for driver in brief.drivers:
        assert driver.change is not None
        assert driver.change.points.value == pytest.approx(100 * shares.loc[driver.theme, "change"])
        assert driver.change.clear == shares.loc[driver.theme, "named"]


def test_every_number_has_the_comments_behind_it(brief: Brief, frames: Frames) -> None:
    found = {one.ref: one for one in brief.evidence}
    assert len(found) == len(brief.evidence)
    known = set(zip(frames.comments["dataset"], frames.comments["id"], strict=True))
    assert all(set(one.keys) <= known and len(one.keys) == one.comments for one in brief.evidence)
    for i, driver in enumerate(brief.drivers, 1):
        assert found[f"C{i}.share"].comments == driver.n  # one comment a response in these frames
    for i, item in enumerate(brief.gratitude, 1):
        assert found[f"G{i}.share"].comments == item.n
    assert found["S1"].comments == brief.score.now.n and found["E1"].comments == brief.emerging[0].n
    bill = frames.segments[(frames.segments["theme"] == "bill") & (frames.segments["sentiment"] == "negative")]
    assert {id_ for _, id_ in found["C1.share"].keys} == set(bill["id"])


def test_events_of_the_months_shown_are_named(tmp_path: Path, frames: Frames) -> None:
    path = tmp_path / "events.csv"
    path.write_text("date,event\n2026-06-01,New tariffs\n2026-03-30,A letter\n2019-01-01,Long ago\n", encoding="utf-8")
    brief = gather(frames, events=as_events(read_events(path)))
    assert [event.name for event in brief.events] == ["A letter", "New tariffs"]  # the others lie outside 13 months
    assert "2026-03-30 A letter" in render(brief)
