"""Charts: drawn offline, the same each time, saying what they show, sensible on odd tables."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterable
from itertools import combinations, pairwise

import numpy as np
import pandas as pd
import pytest

from voc import charts
from voc.charts.theme import DASHES, GROUPS, SENTIMENT_COLOURS, STANCE_COLOURS, every_period, period_start, shorten
from voc.charts.words import signed

MONTHS = ["2025-12", "2026-01", "2026-02", "undated"]


def over_time(value: str) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "by": "all",
            "period": MONTHS,
            "n": [40, 20, 50, 9],
            value: [10.0, -5.5, 31.0, 1.0],
            "low": [-5.0, -30, 12, -40],
            "high": [25.0, 19, 50, 42],
            "small": [False, True, False, True],
        }
    )


def drivers() -> pd.DataFrame:
    table = pd.DataFrame(
        {
            "label": ["Waiting on hold", "A theme whose name goes on and on until it does not fit", "Rare"],
            "polarity": ["criticised", "praised", "praised"],
            "n": [120, 90, 4],
            "share": [0.12, 0.09, 0.004],
            "effect": [-4.1, 0.3, None],
            "low": [-5.4, -1, None],
            "high": [-2.9, 1.4, None],
            "alone": [-5.0, 2, None],
            "leave_out": [-5.2, 2, None],
            "q": [0.001, 0.7, None],
            "companion": [None, "Waiting on hold (criticised)", None],
            "co_mentioned": [False, True, False],
        }
    )
    table.attrs.update(n=1000, unit="NPS points", score="nps")
    return table


def groups() -> pd.DataFrame:
    table = pd.DataFrame({"by": ["Tern", "Alder", "Few"], "n": [140, 40, 9], "nps": [31.0, -5.0, None]})
    table = table.assign(low=[17.0, -30, None], high=[45.0, 20, None], small=[False, True, True])
    return table.assign(survey_type="relationship")


def rates() -> pd.DataFrame:
    table = pd.DataFrame({"by": ["Tern", "Alder"], "period": "all", "complaints": [66, 9], "customers": [4e4, 1e4]})
    return table.assign(months=12, rate=[0.14, 0.02], low=[0.11, 0.01], high=[0.18, 0.04])


def bases() -> pd.DataFrame:
    kinds = pd.DataFrame(
        {"score": ["nps", "nps", "stars"], "survey_type": ["relationship", "transactional", "not given"]}
    )
    return kinds.assign(
        rows=[900, 400, 300], responses=[880, 400, 300], scored=[700, 350, 300], commented=310, used=290
    )


def held() -> pd.DataFrame:
    table = pd.DataFrame({"label": ["Waiting on hold", "A theme whose name goes on and on until it does not fit"]})
    return table.assign(
        detractors=[40, 12], value=[12345.0, 300.0], share_of_value=[0.12, 0.01], low=[0.08, 0.0], high=[0.16, 0.02]
    )


def balance() -> pd.DataFrame:
    table = pd.DataFrame({"by": ["all", "people", "Tern"], "period": ["all", "all", "2026-01"], "n": 200})
    table = table.assign(net=[40.0, 0.4, -3.0], low=[32.0, -6, -10], high=[48.0, 7, 4])
    for stance, share in {"giving": 0.5, "both": 0.03, "taking": 0.1, "neither": 0.37}.items():
        table = table.assign(**{stance: int(200 * share), f"share_{stance}": share})
        table = table.assign(**{f"{stance}_low": share - 0.07, f"{stance}_high": share + 0.07})
    return table


def corners() -> pd.DataFrame:
    named = {
        ("positive", "taking"): "pleased but taken from",
        ("negative", "giving"): "unhappy but cared for",
    }
    rows = [
        {"sentiment": sentiment, "stance": stance, "quadrant": named.get((sentiment, stance))}
        for sentiment in ("negative", "neutral", "positive", "mixed")
        for stance in ("giving", "taking", "both", "neither")
    ]
    return pd.DataFrame(rows).assign(n=200, count=24, share=0.12, low=0.08, high=0.17, share_sentiment=0.25)


def moves() -> pd.DataFrame:
    """Rows of ``changes``: a headline figure, a theme that moved and one that did not."""
    table = pd.DataFrame(
        {
            "measure": ["nps", "share", "share"],
            "theme": [None, "t1", "t2"],
            "label": [None, "Waiting on hold", "A theme whose name goes on and on until it does not fit"],
            "n_now": [300, 60, 20],
            "n_before": [280, 30, 24],
            "now": [12.0, 0.2, 0.07],
            "before": [20.0, 0.1, 0.08],
            "change": [-8.0, 0.1, -0.01],
            "low": [-20.0, 0.04, -0.05],
            "high": [4.0, 0.16, 0.03],
            "q": [0.4, 0.001, 1.0],
            "named": [False, True, False],
        }
    )
    table.attrs.update(now="2026-05", before="2026-04", partial=False)
    return table


def parts() -> pd.DataFrame:
    table = pd.DataFrame({"part": ["who", "mention", "given", "unexplained", "whole", "mention"]})
    table = table.assign(theme=[None] * 5 + ["t1"], points=[-1.0, -4.0, 0.5, -0.5, -5.0, -4.0])
    table = table.assign(low=table["points"] - 3, high=table["points"] + 3)
    table.attrs.update(n_now=300, n_before=280)
    return table


def weeks() -> pd.DataFrame:
    monday = pd.date_range("2026-01-05", periods=20, freq="W-MON")
    return pd.DataFrame({"week": monday, "n": 40, "value": [10.0] * 12 + [-20.0] * 7 + [None]})


def steps() -> pd.DataFrame:
    first = {"week": pd.Timestamp("2026-03-30"), "week_low": pd.Timestamp("2026-03-23"), "named": True}
    return pd.DataFrame([{**first, "week_high": pd.Timestamp("2026-04-06"), "before": 10.0, "after": -20.0}])


def levels(table: pd.DataFrame) -> charts.Chart:
    return charts.level_line(table, steps(), "NPS by week", "NPS")


def two_slices(table: pd.DataFrame) -> charts.Chart:
    table = table.rename(columns={"now": "a", "before": "b", "change": "difference", "n_now": "n_a", "n_before": "n_b"})
    return charts.compare_dots(table, "Wrenly", "Larkline")


TABLES: dict[str, tuple[Callable[[pd.DataFrame], charts.Chart], pd.DataFrame, list[str]]] = {
    "nps": (
        charts.nps_line,
        over_time("nps"),
        ["Net Promoter Score", "110 scored answers", "+31", "Hollow", "promoters"],
    ),
    "net": (charts.net_giving_line, over_time("net"), ["Net giving", "+31", "% taking"]),
    "volume": (
        charts.volume_bars,
        pd.DataFrame({"by": "all", "period": MONTHS, "n": [40, 20, 50, 9], "tagged": 10, "scored": 5}),
        ["Comments by period", "110 dated comments", "9 without a date", "2026-01"],
    ),
    "sentiment": (
        charts.sentiment_bars,
        pd.DataFrame(
            {
                "by": "all",
                "period": "2026-01",
                "sentiment": ["negative", "neutral", "positive", "mixed"],
                "n": 40,
                "count": [10, 20, 8, 2],
                "share": [0.25, 0.5, 0.2, 0.05],
                "low": 0.0,
                "high": 1.0,
            }
        ),
        ["Sentiment", "25%", "50%", "negative", "40 tagged"],
    ),
    "signals": (
        charts.signal_diverging,
        pd.DataFrame(
            {
                "block": ["people", "people"],
                "pair": ["warmth", "time"],
                "giving_signal": ["care", "speed"],
                "taking_signal": ["neglect", "delay"],
                "n": 200,
                "n_giving": [40, 10],
                "share_giving": [0.2, 0.05],
                "giving_low": [0.15, 0.02],
                "giving_high": [0.26, 0.09],
                "n_taking": [20, 30],
                "share_taking": [0.1, 0.15],
                "taking_low": [0.06, 0.1],
                "taking_high": [0.15, 0.2],
            }
        ),
        ["Cared for 20%", "Kept waiting 15%", "200 tagged", "not findings of intent", "What the deal does"],
    ),
    "stances": (
        charts.stance_bars,
        balance(),
        [
            *("How we treat people (200 comments)", "Tern, 2026-01 (200 comments)", "net giving +40 (+32 to +48)"),
            *("50% (43–57)", "10%", "not findings of intent", "Net giving = % giving − % taking"),
        ],
    ),
    "quadrants": (
        charts.quadrant_grid,
        corners(),
        ["pleased but taken from", "unhappy but cared for", "12%", "8 to 17", "200 tagged", "not findings of intent"],
    ),
    "nps groups": (
        charts.nps_dots,
        groups(),
        ["Net Promoter Score", "+31 (140)", "1 group with too few people", "Tern"],
    ),
    "complaint rates": (
        charts.rate_dots,
        rates(),
        ["Complaints a month per 1,000 customers", "0.14 (66)", "every complaint is logged", "Tern"],
    ),
    "base": (
        charts.base_bars,
        bases(),
        ["NPS · transactional: scored", "Stars · not given: used", "880", "never pooled"],
    ),
    "value": (
        charts.value_bars,
        held(),
        ["Waiting on hold", "12,345 (40)", "not a forecast of loss"],
    ),
    "drivers": (
        charts.drivers_chart,
        drivers(),
        [
            "Waiting on hold · criticised",
            "−4.1 (12% mention)",
            "Hollow",
            "NPS points",
            "do not add",
            "1,000 scored",
        ],
    ),
    "themes": (
        charts.theme_bars,
        pd.DataFrame(
            {"label": ["Staff", "Idle"], "n": [30, 0], "share": [0.3, 0], "low": [0.2, 0], "high": [0.4, 0.1]}
        ),
        ["Staff", "30% (30)", "Share of tagged comments"],
    ),
    "map": (
        charts.theme_map,
        pd.DataFrame(
            {
                "label": ["Staff", "Hold", "Far"],
                "n": [30, 20, 5],
                "share": [0.3, 0.2, 0.1],
                "x": [0.0, 0.01, 3],
                "y": [0.0, 0, 1],
                "net_giving": [40.0, -20, None],
            }
        ),
        ["Staff 30 (+40)", "Hold 20 (−20)", "Far 5", "net giving"],
    ),
    "gaps": (
        charts.gaps_chart,
        pd.DataFrame(
            {
                "area": ["Price", "Staff"],
                "n": [80, 78],
                "now": [2.5, 4.0],
                "ideal": [4.5, 4.1],
                "gap": [2.0, 0.1],
                "low": [1.8, -0.1],
                "high": [2.2, 0.3],
            }
        ),
        ["Price", "+2.00 (+1.80 to +2.20)", "78 to 80 answers", "now", "ideal"],
    ),
    "gaps by group": (
        charts.gap_dots,
        pd.DataFrame(
            {
                "by": ["new", "old", "new"],
                "area": ["Price", "Price", "Staff"],
                "n": [80, 78, 80],
                "gap": [2.0, 0.1, 0.4],
                "low": [1.8, -0.1, 0.2],
                "high": [2.2, 0.3, 0.6],
            }
        ),
        ["Price", "Staff", "new", "old", "would prefer more"],
    ),
    "changes": (
        charts.change_dots,
        moves(),
        ["2026-05 against 2026-04", "Waiting on hold", "+10.0 (20%, 10%)", "Grey: not distinguishable from chance"],
    ),
    "compare": (two_slices, moves(), ["Wrenly less Larkline", "+10.0 (20%, 10%)", "percentage points"]),
    "split": (
        charts.split_bars,
        parts(),
        ["Who answered", "What they mention", "−4.0 (−7.0 to −1.0)", "The whole change", "add up", "300 answers"],
    ),
    "levels": (levels, weeks(), ["NPS by week", "Dot: a week", "open for the change"]),
    "emerging": (
        charts.emerging_bars,
        pd.DataFrame(
            {
                "label": ["SIM delivery", "Bill"],
                "n_before": [10, 9],
                "n_recent": [20, 2],
                "share_before": [0.01, 0.01],
                "share_recent": [0.1, 0.01],
                "ratio": [9.5, 1.0],
                "low": [4.0, 0.5],
                "high": [20.0, 2.0],
                "q": [0.001, 0.9],
                "emerging": [True, False],
            }
        ),
        ["SIM delivery", "10.0% (20)", "1.0% (10)", "beyond chance"],
    ),
}


def words(svg: str) -> str:
    return "\n".join(
        re.findall(r"<text[^>]*>([^<]*)</text>", svg.replace("<tspan", "<text").replace("</tspan>", "</text>"))
    )


@pytest.mark.parametrize("name", TABLES)
def test_says_in_the_picture_what_it_shows(name: str) -> None:
    draw, table, expected = TABLES[name]
    svg = charts.to_svg(draw(table))
    text = words(svg)
    assert [word for word in expected if word not in text] == []
    assert 'width="640"' in svg and "NaN" not in svg and "undefined" not in svg


@pytest.mark.parametrize("name", TABLES)
def test_same_table_same_picture(name: str) -> None:
    draw, table, _ = TABLES[name]
    first = charts.to_svg(draw(table))
    charts.to_svg(charts.theme_map(TABLES["map"][1]))
    assert charts.to_svg(draw(table.copy())) == first


@pytest.mark.parametrize("name", TABLES)
def test_every_mark_of_data_has_a_tooltip(name: str) -> None:
    draw, table, _ = TABLES[name]
    layers = draw(table).to_dict()["layer"]
    assert any("tooltip" in layer.get("encoding", {}) for layer in layers)


@pytest.mark.parametrize("name", TABLES)
def test_an_empty_table_gives_a_sentence(name: str) -> None:
    draw, table, _ = TABLES[name]
    text = words(charts.to_svg(draw(table.iloc[:0])))
    assert re.search(r"\b(No|Too few|1,000)\b", text) or "enough" in text


def test_a_block_is_headed_by_its_net_giving() -> None:
    blocks = balance().assign(by=["people", "deal", "withheld"], net=[40.0, -12.0, None])
    text = words(charts.to_svg(charts.signal_diverging(TABLES["signals"][1], blocks)))
    assert "How we treat people: net giving +40 (+32 to +48)" in text
    assert "What the deal does: net giving −12" in text


def test_the_parts_of_a_bar_fill_it() -> None:
    parts = next(rows for rows in charts.stance_bars(balance()).to_dict()["datasets"].values() if "stance" in rows[0])
    first = [row for row in parts if row["place"] == "0"]
    assert [row["stance"] for row in first] == ["giving", "both", "taking", "neither"]
    assert [row["from"] for row in first] == pytest.approx([0, 0.5, 0.53, 0.63]) and first[-1]["to"] == pytest.approx(1)
    assert [row["text"] for row in first] == ["50% (43–57)", "", "10%", "37% (30–44)"]


def test_note_of_the_table_is_shown_when_it_is_empty() -> None:
    table = drivers().iloc[:0]
    table.attrs["note"] = "All responses have the same score."
    assert "All responses have the same score." in words(charts.to_svg(charts.drivers_chart(table)))


def test_several_groups_get_a_legend() -> None:
    both = pd.concat([over_time("nps").assign(by=name) for name in ("Tern", "Alder")])
    text = words(charts.to_svg(charts.nps_line(both)))
    assert "Tern" in text and "Alder" in text


def test_co_mentioned_dot_is_hollow() -> None:
    fills = {
        row["label"]: row["fill"]
        for rows in charts.drivers_chart(drivers()).to_dict()["datasets"].values()
        for row in rows
        if "fill" in row
    }
    assert fills["Waiting on hold"] == charts.TAKING
    assert [fill for label, fill in fills.items() if label.startswith("A theme")] == ["white"]


def test_stars_have_two_digits() -> None:
    table = drivers()
    table.attrs.update(unit="stars", score="stars")
    assert "−4.10 (12% mention)" in words(charts.to_svg(charts.drivers_chart(table)))


def test_map_names_the_twelve_largest() -> None:
    table = pd.DataFrame(
        {"label": [f"Theme {n}" for n in range(10, 30)], "n": range(10, 30), "share": 0.1, "net_giving": 5.0,
         "x": [float(n % 5) for n in range(20)], "y": [float(n // 5) for n in range(20)]}
    )  # fmt: skip
    named = re.findall(r"Theme (\d+) ", words(charts.to_svg(charts.theme_map(table))))
    assert sorted(map(int, named)) == list(range(18, 30))


@pytest.mark.parametrize(
    ("labels", "all_of_them"),
    [
        (["2025-11", "2026-02"], ["2025-11", "2025-12", "2026-01", "2026-02"]),
        (["2025-Q4", "2026-Q2"], ["2025-Q4", "2026-Q1", "2026-Q2"]),
        (["2025-W52", "2026-W02"], ["2025-W52", "2026-W01", "2026-W02"]),
        (["2026", "2024"], ["2024", "2025", "2026"]),
        (["2026-02-28", "2026-03-01"], ["2026-02-28", "2026-03-01"]),
    ],
)
def test_a_period_without_rows_keeps_its_place(labels: list[str], all_of_them: list[str]) -> None:
    assert every_period(pd.Series(labels)) == all_of_them
    table = pd.DataFrame({"by": "all", "period": labels, "n": 7, "tagged": 7, "scored": 0})
    bars = charts.volume_bars(table).to_dict()["layer"][0]
    assert bars["encoding"]["x"]["scale"]["domain"] == all_of_them


@pytest.mark.parametrize("beside", [False, True])
@pytest.mark.parametrize("most", [0.03, 0.26, 0.8, 1.0])
def test_no_label_of_a_share_passes_100_percent(most: float, beside: bool) -> None:
    table = TABLES["signals"][1].assign(taking_high=most)
    text = words(charts.to_svg(charts.signal_diverging(table, beside=beside)))
    axis = [int(share) for share in re.findall(r"^(\d+)%$", text, re.MULTILINE)]
    assert 5 <= len(axis) <= 11 and max(axis) <= 100


def test_one_is_singular_and_zero_has_no_sign() -> None:
    one = over_time("nps").iloc[:1].assign(n=1, nps=0.2)
    text = words(charts.to_svg(charts.nps_line(one)))
    assert "1 scored answer." in text and "+0" not in text
    assert "1 dated comment." in words(charts.to_svg(charts.volume_bars(one.assign(tagged=1, scored=1))))
    assert [signed(value) for value in (-0.4, 0.4, -3, 39.6)] == ["0", "0", "−3", "+40"]


def test_png_is_a_picture_of_the_asked_size() -> None:
    data = charts.to_png(charts.gaps_chart(TABLES["gaps"][1]), scale=2)
    assert data[:8] == b"\x89PNG\r\n\x1a\n" and int.from_bytes(data[16:20], "big") == 1280


@pytest.mark.parametrize(
    ("label", "start"),
    [
        ("2026", "2026-01-01"),
        ("2026-Q4", "2026-10-01"),
        ("2026-04", "2026-04-01"),
        ("2026-W01", "2025-12-29"),
        ("2026-04-03", "2026-04-03"),
    ],
)
def test_period_start(label: str, start: str) -> None:
    assert period_start(label) == pd.Timestamp(start)


@pytest.mark.parametrize("label", ["undated", "all", "2026-Q9", "2026-13"])
def test_what_is_no_period_has_no_start(label: str) -> None:
    assert period_start(label) is None


def test_charts_and_analytics_import_lightly_and_apart() -> None:
    code = "import sys, voc.analytics; assert not {'statsmodels', 'altair', 'scipy.stats'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
    code = "import sys, voc.charts; assert not {'voc.analytics', 'streamlit', 'vl_convert'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


# --- events and unfinished periods ------------------------------------------------------------

OVER_TIME = ["nps", "net", "volume", "sentiment"]


def events(*days: str) -> pd.DataFrame:
    names = [f"Event of {day} with a name that goes on and on until it does not fit" for day in days]
    return pd.DataFrame({"date": pd.to_datetime(list(days), utc=True), "event": names})


@pytest.mark.parametrize("name", OVER_TIME)
def test_events_are_numbered_marks_named_below_the_title(name: str) -> None:
    draw, table, _ = TABLES[name]
    within = "2026-01-20"
    text = words(charts.to_svg(draw(table, events=events("2020-01-01", within, "2030-01-01"))))  # type: ignore[call-arg]
    assert "1 Event of 2026-01-20" in text and "(20 Jan 2026)" in text and "2020-01-01" not in text
    assert "2 Event" not in text and 'width="640"' in charts.to_svg(draw(table))
    assert charts.to_svg(draw(table, events=events())) == charts.to_svg(draw(table))  # type: ignore[call-arg]


def test_more_events_than_fit_leave_the_latest_six() -> None:
    days = [f"2026-01-{day:02d}" for day in range(1, 10)]
    text = words(charts.to_svg(charts.nps_line(over_time("nps"), events=events(*days))))
    assert "6 Event of 2026-01-09" in text and "2026-01-03" not in text and "1 Event of 2026-01-04" in text


def test_events_of_one_month_share_a_mark_on_bars() -> None:
    marks = charts.volume_bars(TABLES["volume"][1], events=events("2026-01-02", "2026-01-20")).to_dict()
    numbers = [row["number"] for rows in marks["datasets"].values() for row in rows if "number" in row]
    assert set(numbers) == {"1, 2"}


def test_the_point_of_an_unfinished_period_is_hollow() -> None:
    chart = charts.nps_line(over_time("nps").assign(small=False), partial="2026-02")
    hollow = {row["period"]: row["hollow"] for rows in chart.to_dict()["datasets"].values() for row in rows
              if "hollow" in row}  # fmt: skip
    assert hollow == {"2025-12": False, "2026-01": False, "2026-02": True}
    assert "Hollow points: 2026-02 is not over." in words(charts.to_svg(chart))


def test_a_partial_change_is_drawn_hollow() -> None:
    table = moves()
    table.attrs["partial"] = True
    fills = {row["fill"] for rows in charts.change_dots(table).to_dict()["datasets"].values() for row in rows
             if "fill" in row}  # fmt: skip
    assert fills == {"white"}


# --- colours --------------------------------------------------------------------------------

#: What eyes without one kind of cone see, on linear RGB (Machado, Oliveira and Fernandes 2009, severity 1).
SIGHT = {
    "usual": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])


def seen(colour: str, sight: str) -> np.ndarray:
    """A colour in CIE L*a*b* as seen by such eyes."""
    part = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    linear = np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)
    xyz = _XYZ @ np.clip(np.asarray(SIGHT[sight]) @ linear, 0, 1) / np.array([0.9505, 1, 1.089])
    x, y, z = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize("palette", [GROUPS, STANCE_COLOURS.values(), SENTIMENT_COLOURS.values()])
def test_colours_are_told_apart_by_all_eyes(palette: Iterable[str], sight: str) -> None:
    for one, other in combinations(palette, 2):
        assert np.linalg.norm(seen(one, sight) - seen(other, sight)) > 15, (one, other)


@pytest.mark.parametrize("palette", [STANCE_COLOURS, SENTIMENT_COLOURS])
def test_neighbours_in_a_bar_are_told_apart_in_grey(palette: dict[str, str]) -> None:
    for one, other in pairwise(palette.values()):
        assert abs(seen(one, "usual")[0] - seen(other, "usual")[0]) > 15, (one, other)


def test_lines_of_groups_differ_in_their_strokes() -> None:
    assert len(set(map(tuple, DASHES))) == len(DASHES) == len(GROUPS)
    table = pd.concat([over_time("nps").assign(by=name) for name in ("one", "two", "three")])
    spec = charts.nps_line(table).to_dict()
    lines = [layer["encoding"] for layer in spec["layer"] if layer["mark"]["type"] == "line"]
    assert [line["strokeDash"]["scale"]["domain"] for line in lines] == [["one", "three", "two"]]


def test_a_short_name_keeps_its_mark() -> None:
    assert shorten("Wrong charges on the bill (unstable)", 28) == "Wrong charges on… (unstable)"
    assert shorten("Wrong charges on the bill", 12) == "Wrong charg…"
    assert shorten("Bill (unstable)", 28) == "Bill (unstable)"
