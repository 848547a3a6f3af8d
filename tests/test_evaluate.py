"""``voc evaluate``: every kind of file, what stands beside the lenses, the page, and what is refused."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from calling import call, one_line
from labelled_texts import WordEncoder, labelled, write_lines

from voc.errors import InputError, UsageError
from voc.lenses import LENSES, Heads, load_heads
from voc.schema import SIGNALS, STANCES
from voc.train.evaluate import evaluate
from voc.train.evaluation_page import page, without_texts, write
from voc.train.evaluation_sets import read_sets
from voc.train.evaluation_tables import tables
from voc.train.heads import TrainOptions, train
from voc.train.labelled import read_texts
from voc.train.references import ThemeView, stances_of_sentiment, vader_sentiments

Capsys = pytest.CaptureFixture[str]
ENCODER = WordEncoder()
CHECKLISTS = Path(__file__).with_name("checklists")

GOOD, BAD, ASKED = "Kindly helped with the router.", "Wrongly charged and never explained.", "Where is the setting."
CONTRAST = [
    {**row, "group": f"said_{row['stance']}", "id": f"c{number}"} for number, row in enumerate(labelled(20, seed=6))
]
ROBUSTNESS = [
    {"kind": "upper_case", "a": BAD, "b": BAD.upper(), "expect": "same", "lens": "all"},
    {"kind": "tail", "a": GOOD, "b": BAD, "expect": "same", "lens": "sentiment"},
    {"kind": "deed", "a": GOOD, "b": BAD, "expect": "flip", "lens": "stance", "flip_to": "taking"},
    {"kind": "deed", "a": ASKED, "b": BAD, "expect": "flip", "lens": "stance", "flip_to": "taking"},
]
THREE_CLASS = [
    {"text": GOOD, "label": "positive"},
    {"text": BAD, "label": "negative"},
    {"text": ASKED, "label": "neutral"},
    {"text": "n/a", "label": "neutral"},
]


class Files:
    """One file of each kind."""

    def __init__(self, folder: Path) -> None:
        self.dev = write_lines(folder / "dev.jsonl", [{**row, "id": f"d{i}"} for i, row in enumerate(labelled(120, 2))])
        self.contrast = write_lines(folder / "contrast.jsonl", CONTRAST)
        self.robustness = write_lines(folder / "robustness.jsonl", ROBUSTNESS)
        self.three = folder / "three.jsonl.gz"
        self.three.write_bytes(gzip.compress("".join(json.dumps(row) + "\n" for row in THREE_CLASS).encode()))
        self.all = [self.dev, self.three, self.contrast, self.robustness]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    return Files(tmp_path_factory.mktemp("sets"))


@pytest.fixture(scope="module")
def lenses(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lenses")
    data = write_lines(folder / "train.jsonl", labelled(250))
    train([data], folder / "made", ENCODER, TrainOptions(penalties=(0.03,)))
    return folder / "made"


@pytest.fixture(scope="module")
def heads(lenses: Path) -> Heads:
    return load_heads(lenses, ENCODER.name)


@pytest.fixture(scope="module")
def found(files: Files, heads: Heads) -> dict[str, Any]:
    return evaluate(files.all, ENCODER, heads)


# --- labelled comments ------------------------------------------------------------------------


def test_every_lens_is_measured(found: dict[str, Any]) -> None:
    assert found["n"] == 120 and found["left_alone"] == 0 and set(found["lenses"]) == set(LENSES)
    for lens, m in found["lenses"].items():
        assert 0.8 < m["macro_f1"] <= 1 and m["low"] <= m["macro_f1"] <= m["high"] and m["accuracy"] > 0.8
        assert set(m["classes"]) == set(LENSES[lens])
        for c in m["classes"].values():
            assert all(c["intervals"][name][0] <= c[name] <= c["intervals"][name][1] for name in c["intervals"])
    stance = found["lenses"]["stance"]
    assert 0 <= stance["ece"] < 0.3
    assert sum(stance["classes"][name]["n"] for name in STANCES) == 120
    assert sum(stance["confusion"]["both"].values()) == stance["classes"]["both"]["n"] == 12
    signals = found["lenses"]["signals"]
    assert signals["unmeasured"] == [] and signals["micro_low"] <= signals["micro_f1"] <= signals["micro_high"]
    assert found["evidence"]["n"] == 96 and 0.4 < found["evidence"]["token_f1"] < 1
    assert found["neither"]["n"] == 0 and found["neither"]["recall"] is None


def test_few_examples_are_named_and_feeling_without_conduct_is_counted(tmp_path: Path, heads: Heads) -> None:
    rows = [{**row, "sentiment": "negative"} for row in labelled(20, seed=3)]
    found = evaluate([write_lines(tmp_path / "dev.jsonl", rows)], ENCODER, heads)
    assert found["lenses"]["signals"]["unmeasured"] == list(SIGNALS)
    assert found["lenses"]["signals"]["macro_f1"] is None and found["lenses"]["signals"]["micro_f1"] > 0.8
    assert found["neither"]["n"] == 4 and found["neither"]["recall"] == 1
    assert found["references"]["sentiment_map"]["neither"]["recall"] == 0


def test_what_tagging_leaves_alone_counts_as_wrong(tmp_path: Path, heads: Heads) -> None:
    rows = labelled(20, seed=3)
    rows += [{**row, "text": "n/a"} for row in rows]
    found = evaluate([write_lines(tmp_path / "dev.jsonl", rows)], ENCODER, heads)
    assert found["n"] == 40 and found["left_alone"] == 20 and found["lenses"]["intent"]["accuracy"] <= 0.5
    assert sum(row["untagged"] for row in found["lenses"]["stance"]["confusion"].values()) == 20
    assert all(one["text"] != "n/a" for one in found["mistakes"]["stance"])


def test_mistakes_are_masked_cut_and_the_most_sure_first(tmp_path: Path, heads: Heads) -> None:
    rows = [{**row, "stance": "both", "id": f"m{i}"} for i, row in enumerate(labelled(40, seed=8))]
    rows[0]["text"] = f"Kindly helped with the router, write to jane.roe@example.com {'and again ' * 40}"
    found = evaluate([write_lines(tmp_path / "dev.jsonl", rows)], ENCODER, heads)
    wrong = found["mistakes"]["stance"]
    assert len(wrong) == 10 and [one["p"] for one in wrong] == sorted((one["p"] for one in wrong), reverse=True)
    assert all(one["truth"] == "both" != one["found"] and len(one["text"]) <= 160 for one in wrong)
    assert "jane.roe" not in json.dumps(found)
    bare = without_texts(found)["mistakes"]["stance"]
    assert [set(one) for one in bare] == [{"id", "truth", "found", "p"}] * 10
    assert wrong[0]["id"] in page(without_texts(found)) and wrong[0]["text"] not in page(without_texts(found))


def test_texts_are_read_the_same_in_any_company(heads: Heads, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [row["text"] for row in labelled(9)] + ["n/a"]
    told: list[int] = []
    whole = read_texts(texts, ENCODER, heads, told.append)
    monkeypatch.setattr("voc.train.labelled.BLOCK", 2)
    parted = read_texts(texts, ENCODER, heads, told.append)
    assert [one[:2] + one[3:] for one in whole] == [one[:2] + one[3:] for one in parted]
    assert told == [10, 2, 2, 2, 2, 2] and whole[-1] == ("n/a", None, None, None)
    assert all(one.evidence in one.text for one in whole if one.evidence)
    assert read_texts([], ENCODER, heads) == []


# --- other sets -------------------------------------------------------------------------------


def test_three_classes(found: dict[str, Any]) -> None:
    (three,) = found["three_class"]
    assert (three["file"], three["n"], three["left_alone"]) == ("three.jsonl.gz", 4, 1)
    assert three["accuracy"] == 0.75 and set(three["classes"]) == {"negative", "neutral", "positive"}
    assert three["confusion"]["neutral"] == {"negative": 0, "neutral": 1, "positive": 0, "untagged": 1}


def test_mixed_gives_way_to_the_most_probable_other(tmp_path: Path, heads: Heads) -> None:
    data = write_lines(tmp_path / "three.jsonl", [{"text": "Warmly greeted yet overcharged.", "label": "negative"}])
    assert read_texts(["Warmly greeted yet overcharged."], ENCODER, heads)[0].reading.sentiment.label == "mixed"  # type: ignore[union-attr]
    (three,) = evaluate([data], ENCODER, heads)["three_class"]
    assert three["left_alone"] == 0 and sum(three["confusion"]["negative"].values()) == 1


@pytest.mark.parametrize("first", [0, 1])
def test_five_steps_become_three_classes_and_the_test_part_counts(tmp_path: Path, first: int) -> None:
    rows = [{"text": "so so", "label": str(first + i), "extra": {"split": "test"}} for i in range(5)]
    rows += [{"text": "so so", "label": first, "extra": {"split": "train"}}]
    (one,) = read_sets([write_lines(tmp_path / "five.jsonl", rows)])
    assert [r["label"] for r in one.records] == ["negative", "negative", "neutral", "positive", "positive"]


def test_contrast(found: dict[str, Any]) -> None:
    groups = found["contrast"]
    assert sum(group["n"] for group in groups.values()) == 20
    assert set(groups) == {"said_giving", "said_taking", "said_both", "said_neither"}
    taking = groups["said_taking"]
    assert taking["stance"]["recall"] > 0.5 and taking["sentiment"]["low"] <= taking["sentiment"]["recall"]


def test_robustness(found: dict[str, Any]) -> None:
    same, flip = found["robustness"]["same"], found["robustness"]["flip"]
    assert same["upper_case"] == {"n": 1, "share": 1, "low": 1, "high": 1, "strict": 1}
    assert same["tail"]["share"] == 0 and same["all"]["n"] == 2 and same["all"]["strict"] == 0.5
    assert flip["deed"] == flip["all"] and (flip["all"]["share"], flip["all"]["second"]) == (0.5, 1)


def test_the_checklists_here_are_known() -> None:
    kinds = [one.kind for one in read_sets(sorted(CHECKLISTS.glob("*.jsonl")))]
    assert kinds == ["contrast", "robustness"]


def test_labelled_files_make_one_set_and_others_stand_alone(tmp_path: Path, files: Files) -> None:
    more = write_lines(tmp_path / "more.jsonl", labelled(3))
    sets = read_sets([files.dev, files.three, more, files.three])
    assert [(one.kind, one.name, len(one.records)) for one in sets] == [
        ("labelled", "dev.jsonl, more.jsonl", 123),
        ("three_class", "three.jsonl.gz", 4),
    ]


# --- beside the lenses ------------------------------------------------------------------------


def test_vader() -> None:
    pytest.importorskip("vaderSentiment")
    assert vader_sentiments(["I love it!", "I hate it.", "It is a table."]) == ["positive", "negative", "neutral"]


def test_references(found: dict[str, Any]) -> None:
    pytest.importorskip("vaderSentiment")
    vader, mapped = found["references"]["vader"], found["references"]["sentiment_map"]
    assert set(vader["lenses"]) == {"sentiment"} and len(vader["three_class"]) == 1
    assert vader["lenses"]["sentiment"]["classes"]["mixed"]["recall"] == 0
    assert set(mapped["lenses"]) == {"stance"} and mapped["lenses"]["stance"]["accuracy"] < 1


def test_without_vader_the_rest_is_measured(files: Files, heads: Heads, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "vaderSentiment.vaderSentiment", None)
    assert set(evaluate([files.dev], ENCODER, heads)["references"]) == {"sentiment_map", "fast"}


def test_each_sentiment_has_its_stance() -> None:
    assert stances_of_sentiment(["positive", "negative", "mixed", "neutral"]) == ["giving", "taking", "both", "neither"]


def test_linear_heads_on_the_themes_view(files: Files, heads: Heads, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("voc.train.heads.TrainOptions", lambda: TrainOptions(penalties=(0.03,)))
    learn = write_lines(files.dev.with_name("train.jsonl"), labelled(250))
    found = evaluate(files.all, ENCODER, heads, [learn])
    other = found["references"]["linear_heads"]
    assert other["lenses"]["stance"] == found["lenses"]["stance"]  # one view: the same heads
    assert set(other) == {"n", "left_alone", "lenses", "neither", "evidence", "three_class", "contrast", "robustness"}
    assert not hasattr(ThemeView(ENCODER), "encode_views") and ThemeView(ENCODER).dim == ENCODER.dim


# --- tables, page, files ----------------------------------------------------------------------


def test_tables_fit_a_terminal(found: dict[str, Any], capsys: Capsys, monkeypatch: pytest.MonkeyPatch) -> None:
    from rich.console import Console
    from rich.table import Table

    for table in tables(found):
        assert all(len(row) == len(table.columns) for row in table.rows)
        if "comment" in table.columns:
            continue
        drawn = Table(*table.columns)
        for row in table.rows:
            drawn.add_row(*map(str, row))
        assert Console(width=200).measure(drawn).maximum <= 80, table.title


def test_the_page_holds_every_table(found: dict[str, Any], tmp_path: Path) -> None:
    write(found, tmp_path / "page.md")
    text = (tmp_path / "page.md").read_text()
    assert text == page(found) and "{" not in text
    for table in tables(found):
        assert f"\n| {' | '.join(table.columns)} |\n" in text
    assert text.count("\n## ") == len(tables(found)) and list(tmp_path.iterdir()) == [tmp_path / "page.md"]


def test_texts_mean_nothing_to_markdown(found: dict[str, Any]) -> None:
    wild = {"truth": "taking", "found": "giving", "p": 0.9, "id": "d1", "text": "a|b <i>*c*</i>\n# [d](e) _f_ g_h"}
    text = page(found | {"mistakes": {"stance": [wild]}})
    assert r"a\|b &lt;i&gt;\*c\*&lt;/i&gt; \# \[d\](e) \_f\_ g_h |" in text


def test_json_is_the_document(found: dict[str, Any], tmp_path: Path) -> None:
    write(found, tmp_path / "figures.json")
    assert json.loads((tmp_path / "figures.json").read_text()) == json.loads(json.dumps(found))


@pytest.mark.parametrize("target", ["figures.pdf", "nowhere/figures.md"])
def test_other_files_are_refused(found: dict[str, Any], tmp_path: Path, target: str) -> None:
    with pytest.raises(UsageError, match="Cannot write"):
        write(found, tmp_path / target)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("", "holds no labelled text"),
        ("[1]\n", "holds no labelled text"),
        ("text,stance\nhello,giving\n", "is not JSON Lines"),
        (
            '{"words": "hello"}\n',
            "has the columns words; what is measured has – contrast: .*; labelled: .*; three-class",
        ),
        ('{"text": "a", "label": "negative"}\n\n{"text": "a"}\n', "line 3 lacks label"),
        ('{"text": null, "label": "negative"}\n', "line 1 has no text in text"),
        (
            '{"text": "a", "label": "awful"}\n',
            "has the labels awful; allowed are negative, neutral, positive, or steps",
        ),
        ('{"text": "a", "label": 3}\n', "has the labels 3; allowed are"),
        (json.dumps({**labelled(1)[0], "stance": "kind"}), "has the stance 'kind'; allowed are giving"),
        (json.dumps({**labelled(1)[0], "signals": "care"}), "has signals 'care'; a list is expected"),
        (json.dumps({**ROBUSTNESS[0], "expect": "more"}), "line 1 expects 'more' of 'all'"),
        (json.dumps({**ROBUSTNESS[2], "flip_to": "both"}), "flips stance to 'both', of which no opposite"),
    ],
)
def test_unusable_files(tmp_path: Path, content: str, complaint: str) -> None:
    data = tmp_path / "odd.jsonl"
    data.write_text(content)
    with pytest.raises(InputError, match=complaint) as refused:
        read_sets([data])
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("name", ["none.jsonl", "torn.jsonl.gz", "plain.jsonl.gz"])
def test_unreadable_files(tmp_path: Path, name: str) -> None:
    (tmp_path / "torn.jsonl.gz").write_bytes(gzip.compress(b'{"text": "a", "label": "negative"}\n' * 9)[:-12])
    (tmp_path / "plain.jsonl.gz").write_text('{"text": "a"}')
    with pytest.raises(InputError, match="Cannot read"):
        read_sets([tmp_path / name])


# --- the command ------------------------------------------------------------------------------


def test_the_command(
    capsys: Capsys, tmp_path: Path, files: Files, lenses: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("voc.encode.load_encoder", lambda *args: WordEncoder())
    said = call(capsys, "evaluate", *files.all, "--lenses", lenses, "-o", tmp_path / "page.md", "--no-texts")
    assert said.code == 0 and "120 labelled comments" in said.out and "Wording changed" in said.out
    assert "not agreement with people" in said.err and (tmp_path / "page.md").is_file()
    said = call(capsys, "evaluate", files.three, "--lenses", lenses, "--json")
    document = json.loads(said.out)
    assert document["n"] == 0 and document["lenses"] == {} and document["three_class"][0]["n"] == 4
    refused = call(capsys, "evaluate", files.dev, "--lenses", lenses, "-o", tmp_path / "figures.pdf")
    assert refused.code == 2 and "ending in .md or .json" in one_line(refused)
    refused = call(capsys, "evaluate", files.three, "--lenses", lenses, "--card")
    assert refused.code == 2 and "needs labelled comments" in one_line(refused)
