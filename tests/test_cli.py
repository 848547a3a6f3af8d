"""The command line: help for everything, exit codes, one JSON document, one line for a failure."""

from __future__ import annotations

import io
import json
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from calling import Said, call, one_line
from labelled_texts import WordEncoder, labelled, write_lines
from typer.main import get_command

import voc.cli
from voc.cli import app, output
from voc.cli.console import short_names, shown
from voc.pipeline import Proposal, stored_themes
from voc.schema import SIGNALS
from voc.store import Snapshot, Store
from voc.themes.rematch import rematch
from voc.train.heads import TrainOptions

Capsys = pytest.CaptureFixture[str]
CHECKOUT = Path(__file__).resolve().parent.parent


def every_command(group: Any = None, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The path of every command and group, the root's () among them."""
    yield path
    for name, command in getattr(group or get_command(app), "commands", {}).items():
        yield from every_command(command, (*path, name)) if hasattr(command, "commands") else [(*path, name)]


def in_a_process(*arguments: str, stdin: str = "") -> Said:
    done = subprocess.run(
        [sys.executable, "-m", "voc", *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        cwd=CHECKOUT,
    )
    return Said(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="module")
def reviews(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("input") / "reviews.csv"
    file.write_text(
        "review_id,date,brand,nps,review\n"
        "q1,2026-03-01,Larkline,2,Charged twice and nobody answers the phone.\n"
        "q2,2026-03-02,Wrenly,9,Such kind people in the shop!\n"
        "q3,2026-04-02,Wrenly,10,\n"
        "q4,2026-04-09,Larkline,0,Still no refund after three weeks of promises.\n"
    )
    return file


@pytest.fixture(scope="module")
def small(reviews: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    store = tmp_path_factory.mktemp("small") / "store"
    with pytest.raises(SystemExit) as left:
        voc.cli.main(["run", str(reviews), "--store", str(store)])
    assert left.value.code == 0
    return store


@pytest.fixture
def samples(sample_store: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(sample_store, tmp_path / "samples"))


# --- help -------------------------------------------------------------------------------------


def test_every_command_of_this_version_is_there() -> None:
    found = {" ".join(path) for path in every_command()}
    assert found >= set(
        "run ingest tag base drivers nps giving changes compare gaps report explore demo train evaluate doctor".split()
    ) | {
        f"themes {name}"
        for name in "discover list show rename merge split move pin retire restore undo history export import".split()
    }
    assert found >= {"runs list", "runs show"}


@pytest.mark.parametrize("path", list(every_command()), ids=lambda path: " ".join(path) or "voc")
def test_help(capsys: Capsys, path: tuple[str, ...]) -> None:
    said = call(capsys, *path, "--help")
    lines = said.out.splitlines()
    assert said.code == 0 and said.err == "" and lines[0].startswith(" ".join(["Usage: voc", *path]))
    assert len(lines) <= 45 and max(map(len, lines)) <= 100
    assert lines[2].strip(), "what the command does comes first"


@pytest.mark.parametrize("path", [(), ("themes",), ("runs",)])
def test_no_command_shows_the_help(capsys: Capsys, path: tuple[str, ...]) -> None:
    said = call(capsys, *path)
    assert said.code == 2 and "Commands:" in said.out + said.err


def test_help_loads_nothing_heavy() -> None:
    heavy = [
        "torch",
        "transformers",
        "spacy",
        "bertopic",
        "umap",
        "numba",
        "streamlit",
        "lancedb",
        "pandas",
        "pyarrow",
        "onnxruntime",
    ]
    code = (
        "import sys, voc.cli\ntry: voc.cli.main(['tag', '--help'])\nexcept SystemExit: pass\n"
        f"print(sorted(set({heavy}) & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=CHECKOUT)
    assert done.stderr.strip() == "[]"


# --- wrong usage and failures -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nonsense"], "No such command 'nonsense'"),
        (["run"], "Name the files to read"),
        (["nps", "--colour", "red"], "No such option"),
        (["explore", "--port", "0"], "Invalid value"),
        (["run", "FILE", "--map", "text"], "--map text is not understood"),
        (["run", "FILE", "--map", "colour=review"], "cannot map 'colour'"),
        (["run", "FILE", "--map", "text=nowhere"], "no input has a column 'nowhere'"),
        (["run", "FILE", "--source", "rumour"], "unknown source 'rumour'"),
        (["tag", "FILE", "-o", "out.pdf"], "Cannot write .pdf"),
        (["nps", "--where", "colour = 1"], "Condition not understood"),
        (["nps", "--by", "colour"], "no column 'colour'"),
        (["nps", "--period", "fortnight"], "fortnight"),
        (["drivers", "--score", "luck"], "luck"),
        (["changes", "--days", "0"], "Invalid value"),
        (["themes", "rename", "nothing", "Else"], "no themes to edit yet"),
        (["themes", "export", "nowhere"], "has no themes yet"),
        (["themes", "undo"], "no themes to edit yet"),
        (["runs", "show", "none"], "No run 'none'"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_2(
    capsys: Capsys,
    small: Path,
    reviews: Path,
    arguments: list[str],
    message: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("VOC_STORE", str(small))
    said = call(capsys, *(str(reviews) if a == "FILE" else a for a in arguments))
    assert said.code == 2 and message in one_line(said)


def test_nothing_selected(capsys: Capsys, small: Path) -> None:
    said = call(capsys, "nps", "--store", small, "--where", "brand = 'Nobody'")
    assert said.code == 3 and "No comment meets" in one_line(said)


def test_too_little_to_find_themes_in(capsys: Capsys, small: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(small, tmp_path / "store")
    said = call(capsys, "themes", "discover", "--store", copy, "--themes", "5", "--mask", "Wrenly")
    assert said.code == 3 and "60 are needed" in one_line(said)


def test_the_unexpected_is_one_line_and_exit_1(capsys: Capsys, small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object) -> None:
        raise ZeroDivisionError("by hand")

    monkeypatch.setattr("voc.pipeline.load_frames", broken)
    said = call(capsys, "nps", "--store", small)
    assert said.code == 1 and "ZeroDivisionError: by hand" in one_line(said) and "--debug" in said.err
    with pytest.raises(ZeroDivisionError):
        voc.cli.main(["nps", "--store", str(small), "--debug"])


def test_an_interruption_says_what_stands(capsys: Capsys, small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*args: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("voc.pipeline.load_frames", interrupted)
    said = call(capsys, "nps", "--store", small)
    assert said.code == 130 and "What was committed before is untouched" in one_line(said)


def test_exit_codes_of_the_real_program(tmp_path: Path, small: Path) -> None:
    missing = in_a_process("nps", "--store", str(tmp_path / "none"))
    assert missing.code == 3 and missing.out == "" and missing.err.count("\n") == 1
    debugged = in_a_process("nps", "--store", str(tmp_path / "none"), "--debug")
    assert debugged.code == 1 and "Traceback" in debugged.err and "StoreError" in debugged.err
    assert in_a_process("nps", "--speed", "9").code == 2
    done = in_a_process("nps", "--store", str(small), "--json")
    assert done.code == 0 and json.loads(done.out)["rows"][0]["n"] == 4 and done.err == ""


# --- one JSON document ------------------------------------------------------------------------


def document(said: Said) -> Any:
    """The one JSON document on stdout."""
    assert said.code == 0, said.err
    return json.loads(said.out)


FILE_KEYS = "file read kept new updated unchanged duplicates empty rejected score_only".split()


@pytest.mark.parametrize("command", ["run", "ingest"])
def test_json_of_run_and_ingest(capsys: Capsys, reviews: Path, tmp_path: Path, command: str) -> None:
    found = document(call(capsys, command, reviews, "--store", tmp_path / "store", "--json"))
    assert list(found) == "files comments segments themes unthemed_share seconds copies".split()
    assert [list(file) for file in found["files"]] == [FILE_KEYS]
    assert found["comments"] == 4 and found["unthemed_share"] is None


def test_json_of_a_dry_run(capsys: Capsys, reviews: Path, tmp_path: Path) -> None:
    found = document(call(capsys, "ingest", reviews, "--dry-run", "--json", "--store", tmp_path / "store"))
    (file,) = found["files"]
    assert list(file) == "file format encoding rows columns score_scale date_format confidence warnings".split()
    assert {name: file["columns"][name] for name in ("text", "date", "score", "id", "brand")} == {
        "text": "review",
        "date": "date",
        "score": "nps",
        "id": "review_id",
        "brand": "brand",
    }
    assert file["rows"] == 4 and file["score_scale"] == "nps_0_10" and not (tmp_path / "store").exists()


def test_nps_with_figures_withheld_is_a_table(capsys: Capsys, small: Path) -> None:
    code, out, err = call(capsys, "nps", "--store", small, "--by", "brand")
    assert code == 0 and "Wrenly" in out and "Traceback" not in err and "Unexpected" not in err


def test_json_of_nps(capsys: Capsys, small: Path) -> None:
    keys = "by period n promoters passives detractors nps low high survey_type n_effective small".split()
    found = document(call(capsys, "nps", "--store", small, "--json"))
    (row,) = found["rows"]
    assert list(found) == ["rows", "note"] and list(row) == keys and row["n"] == 4 and row["nps"] is None
    rows = document(call(capsys, "nps", "--store", small, "--json", "--by", "brand", "--period", "month"))["rows"]
    assert {(r["by"], r["period"]): r["n"] for r in rows} == {
        ("Larkline", "2026-03"): 1,
        ("Larkline", "2026-04"): 1,
        ("Wrenly", "2026-03"): 1,
        ("Wrenly", "2026-04"): 1,
    }


@pytest.mark.parametrize("command", ["drivers", "changes", "beyond moments", "nps --by theme", "giving --by theme"])
def test_lists_mark_unstable_themes_and_json_names_them_plainly(
    capsys: Capsys, sample_store: Path, command: str
) -> None:
    path = command.split()
    assert "(unstable" in call(capsys, *path, "--store", sample_store).out
    assert "(unstable" not in call(capsys, *path, "--store", sample_store, "--json").out


def test_json_of_drivers(capsys: Capsys, sample_store: Path) -> None:
    found = document(call(capsys, "drivers", "--store", sample_store, "--json"))
    assert list(found) == ["score", "n", "rows", "survey_type", "left_out", "note"]
    assert found["score"] == "nps" and found["n"] > 500 and found["survey_type"] == "relationship"
    keys = "theme label polarity level n share leave_out alone effect low high q companion co_mentioned stable".split()
    keys += "named leave_out_low leave_out_high alone_low alone_high".split()
    assert {tuple(row) for row in found["rows"]} == {tuple(keys)}
    assert {row["polarity"] for row in found["rows"]} == {"praised", "criticised"}
    assert any(row["effect"] is None for row in found["rows"]) and "NaN" not in str(found)


def test_json_of_base(capsys: Capsys, sample_store: Path) -> None:
    found = document(call(capsys, "base", "--store", sample_store, "--json", "--official", "relationship=12"))
    assert list(found) == ["rows", "other_scales", "note"]
    steps = "rows responses scored commented used".split()
    for row in found["rows"]:
        counts = [row[step] for step in steps]
        assert list(row)[:7] == ["score", "survey_type", *steps] and counts == sorted(counts, reverse=True)
    assert [row["official"] for row in found["rows"] if row["score"] == "nps"] == [12]
    assert found["rows"][0]["low"] < found["rows"][0]["value"] < found["rows"][0]["high"]


def test_base_says_what_it_does_not_know(capsys: Capsys, sample_store: Path) -> None:
    for given, words in (("good", "relationship=42"), ("yearly=3", "choose one of"), ("101", "between −100 and 100")):
        said = call(capsys, "base", "--store", sample_store, "--official", given)
        assert said.code == 2 and words in said.err and len(said.err.splitlines()) == 1
    plain = call(capsys, "base", "--store", sample_store, "--official", "−12")
    assert plain.code == 0 and "Beside the official NPS" in plain.out and "never pooled" in plain.err


def test_value_and_shares_of_drivers(capsys: Capsys, sample_store: Path, tmp_path: Path) -> None:
    held = document(call(capsys, "drivers", "--store", sample_store, "--value", "--json"))
    assert held["note"] is None and held["customers"] > 100
    assert list(held["rows"][0]) == "theme label detractors value share_of_value low high".split()
    said = call(capsys, "drivers", "--store", sample_store, "--value")
    assert "not a forecast of loss" in said.err and "share_of_value" in said.out
    book = tmp_path / "shares.xlsx"
    said = call(capsys, "drivers", "--store", sample_store, "--shares", book)
    assert said.code == 0 and "of score variation that themes explain" in said.err
    sheet = pd.read_excel(book, engine="calamine")
    share = next(name for name in sheet.columns if name.startswith("share of the"))
    assert sheet[share].sum() == pytest.approx(1, abs=0.01) and (sheet["low"] <= sheet[share]).all()
    assert call(capsys, "drivers", "--store", sample_store, "--shares", tmp_path / "shares.csv").code == 2


def test_json_of_giving(capsys: Capsys, sample_store: Path) -> None:
    found = document(call(capsys, "giving", "--by", "brand", "--store", sample_store, "--json"))
    names = "rows blocks difference difference_low difference_high pairs quadrants note"
    assert list(found) == names.split() and found["note"] is None
    assert {row["by"] for row in found["rows"]} == {"Larkline", "Wrenly"}
    assert [row["by"] for row in found["blocks"]] == ["people", "deal"]
    assert len(found["pairs"]) == 7 and len(found["quadrants"]) == 16
    assert found["difference_low"] <= found["difference"] <= found["difference_high"]
    for row in (*found["rows"], *found["blocks"]):
        assert sum(row[f"share_{part}"] for part in ("giving", "both", "taking", "neither")) == pytest.approx(1)


def test_giving_warns_of_comparing_sources(capsys: Capsys, sample_store: Path) -> None:
    said = call(capsys, "giving", "--by", "source", "--store", sample_store)
    assert "Do not compare sources" in said.err and "not findings of intent" in said.err
    assert "How we treat people" in said.out and "pleased but taken from" in said.out and "Felt misled" in said.out


def test_json_of_themes(capsys: Capsys, sample_store: Path) -> None:
    found = document(call(capsys, "themes", "list", "--store", sample_store, "--json"))
    assert list(found) == ["themes"]
    keys = frozenset("id label parent n share keywords status stability".split())
    assert {frozenset(theme) for theme in found["themes"]} == {keys}
    sizes = [theme["n"] for theme in found["themes"]]
    assert sizes == sorted(sizes, reverse=True) and all(0 <= theme["share"] <= 1 for theme in found["themes"])


def test_json_of_changes_gaps_and_runs(capsys: Capsys, sample_store: Path) -> None:
    changes = document(call(capsys, "changes", "--store", sample_store, "--json", "--days", "30"))
    assert changes["recent_days"] == 30 and changes["rows"]
    gaps = document(call(capsys, "gaps", "--store", sample_store, "--json"))
    assert len(gaps["rows"]) == 10 and list(gaps["rows"][0])[:7] == "area n now ideal gap low high".split()
    assert [row["rank"] for row in gaps["rows"]] == list(range(1, 11))
    by = document(call(capsys, "gaps", "--by", "customer_segment", "--store", sample_store, "--json"))["rows"]
    assert len({row["by"] for row in by}) > 1
    assert all(row["rank_low"] <= row["rank"] <= row["rank_high"] for row in by if row["rank"])
    runs = document(call(capsys, "runs", "list", "--store", sample_store, "--json"))["runs"]
    assert [run["command"] for run in runs] == ["voc run samples (first themes)", "voc run samples"]
    one = document(call(capsys, "runs", "show", runs[1]["run_id"], "--store", sample_store))
    assert one["counts"]["files"] and one["versions"]["comments"] > 0


def test_json_of_a_change_between_periods(capsys: Capsys, sample_store: Path) -> None:
    found = document(call(capsys, "changes", "--store", sample_store, "--json", "--period", "2026-Q3"))
    assert (found["now"], found["before"], found["partial"], found["note"]) == ("2026-Q3", "2026-Q2", False, None)
    assert {"nps", "stars", "net_giving", "share"} <= {row["measure"] for row in found["rows"]}
    parts = {row["part"]: row["points"] for row in found["split"] if row["theme"] is None}
    assert sum(parts[part] for part in parts if part != "whole") == pytest.approx(parts["whole"])
    assert [row["step"] for row in found["base"]][:3] == ["customers", "invited", "answered"]
    assert found["same_customers"]["n"] >= 0 and found["change_points"]


def test_changes_lists_few_themes_and_says_how_many_more(capsys: Capsys, sample_store: Path) -> None:
    said = call(capsys, "changes", "--store", sample_store, "--period", "2026-Q3", "--top", "2")
    assert said.out.count(": share of") == 2 and "more themes were compared" in said.err
    tone = document(call(capsys, "changes", "--store", sample_store, "--polarity", "criticised", "--json"))
    assert {row["measure"] for row in tone["rows"]} == {"share"} and list(tone["survey_types"]) == ["nps"]
    said = call(capsys, "changes", "--store", sample_store, "--polarity", "sad")
    assert said.code == 2 and "choose one of praised, criticised" in one_line(said)


def test_watch_prints_keeps_and_sends(capsys: Capsys, sample_store: Path, tmp_path: Path) -> None:
    kept = tmp_path / "digest.json"
    found = document(call(capsys, "watch", "--store", sample_store, "--json", "-o", kept))
    assert {"now", "before", "news", "still", "text", "false_alarms"} <= set(found)
    assert json.loads(kept.read_text(encoding="utf-8")) == found
    arguments = ("watch", "--store", sample_store, "--always", "--send", "http://127.0.0.1:9/hook")
    same = call(capsys, *arguments, "-o", kept)
    assert same.code == 0 and "same as last time" in same.err and found["text"] == same.out
    gone = call(capsys, *arguments)
    assert gone.code == 4 and gone.out == found["text"] and "not sent: 127.0.0.1" in gone.err
    wrong = call(capsys, "watch", "--store", sample_store, "--send", "somewhere")
    assert wrong.code == 2 and "http://" in one_line(wrong)


def test_charts_are_drawn_beside_the_tables(capsys: Capsys, sample_store: Path, tmp_path: Path) -> None:
    for command in ("nps --by brand", "nps --period month", "drivers --value", "drivers", "compare brand='Wrenly'"):
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.svg"
        assert call(capsys, *command.split(), "--store", sample_store, "--chart", path).code == 0
        assert path.read_text(encoding="utf-8").startswith("<svg")
    wrong = call(capsys, "nps", "--store", sample_store, "--chart", tmp_path / "a.gif")
    assert wrong.code == 2 and "drawn as .svg or .png" in one_line(wrong)


def test_json_of_two_slices(capsys: Capsys, sample_store: Path) -> None:
    found = document(call(capsys, "compare", "brand = 'Wrenly'", "--store", sample_store, "--json"))
    assert (found["a"], found["b"]) == ("brand = 'Wrenly'", None) and found["n_a"] > 0 < found["n_b"]
    assert {"difference", "adjusted", "missed"} <= set(found["rows"][0]) and found["caution"] is None
    assert found["complaints"]["rows"] == [] and "every complaint is logged" in found["complaints"]["note"]


def test_slices_and_files_that_do_not_fit(capsys: Capsys, sample_store: Path, tmp_path: Path) -> None:
    store = ["--store", sample_store]
    for arguments, what in (
        (["compare", "colour = 1", *store], "Condition not understood"),
        (["compare", "1 = 1", "source = 'review'", *store], "are in both slices"),
        (["compare", "brand = 'Wrenly'", "--every-complaint-logged", *store], "give them with --customers FILE"),
        (["changes", "--period", "2031-01", *store], "nothing is dated in 2031-01"),
        (["changes", "--period", "soon", *store], "unknown period 'soon'"),
    ):
        said = call(capsys, *arguments)
        assert said.code == 2 and what in one_line(said)
    said = call(capsys, "changes", "--events", tmp_path / "gone.csv", *store)
    assert said.code == 3 and "name a CSV file that exists" in one_line(said)


# --- tables for people ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "command",
    [
        "base",
        "drivers",
        "nps",
        "giving",
        "changes",
        "changes --days 42",
        "watch",
        "compare brand='Wrenly'",
        "gaps",
        "themes list",
        "runs list",
    ],
)
def test_tables(capsys: Capsys, sample_store: Path, command: str) -> None:
    said = call(capsys, *command.split(), "--store", sample_store)
    assert said.code == 0 and len(said.out.splitlines()) >= 4
    assert not any(word in said.out for word in ("nan", "None", "cause", "impact"))


@pytest.mark.parametrize("command", ["drivers", "changes", "gaps", "themes list"])
def test_what_is_not_there_is_said(capsys: Capsys, small: Path, command: str) -> None:
    said = call(capsys, *command.split(), "--store", small)
    assert said.code == 0 and said.out == "" and said.err.strip()


def test_run_says_what_became_of_each_row(capsys: Capsys, reviews: Path, tmp_path: Path) -> None:
    said = call(capsys, "run", reviews, "--store", tmp_path / "store")
    assert "score only" in said.out and "4 comments in" in said.err
    said = call(capsys, "ingest", reviews, "--dry-run")
    assert "review_id" in said.out and "--map" in said.err


def test_a_table_of_rows_fits_eighty_columns_and_names_each_file(
    capsys: Capsys, reviews: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rich.console.Console.is_terminal", True)
    monkeypatch.setenv("COLUMNS", "80")
    folder = tmp_path / "a folder with quite a long name"
    for name in ("2025", "2026"):
        (folder / name).mkdir(parents=True)
        shutil.copy(reviews, folder / name)
        (folder / name / f"{name}.doc").write_text("no comments")
    said = call(capsys, "ingest", folder, "--store", tmp_path / "store")
    assert "2025/reviews.csv" in said.out and "2026/reviews.csv" in said.out and "…" not in said.out
    assert "updated" not in said.out.partition("file")[2] and "score only" in said.out
    assert "Skipped 2025.doc, 2026.doc: suffix .doc is not read\n" in said.err


@pytest.mark.parametrize(
    ("paths", "names"),
    [
        (["/a/b/c.csv"], ["c.csv"]),
        (["/a/b/c.csv", "/a/d/c.csv"], ["b/c.csv", "d/c.csv"]),
        (["c.csv", "b/c.csv"], ["c.csv", "b/c.csv"]),
        ([], []),
    ],
)
def test_short_names_tell_files_apart(paths: list[str], names: list[str]) -> None:
    assert short_names(paths) == names


def test_cells() -> None:
    assert [shown(v) for v in (None, float("nan"), True, False, 1234, 12.345, 0.1234, ["a", "b"])] == [
        "–",
        "–",
        "yes",
        "",
        "1,234",
        "12.3",
        "0.12",
        "a, b",
    ]


# --- tag --------------------------------------------------------------------------------------


def test_tag_with_the_themes_of_a_store_or_a_folder(
    capsys: Capsys, reviews: Path, sample_store: Path, tmp_path: Path
) -> None:
    assert call(capsys, "themes", "export", tmp_path / "themes", "--store", sample_store).code == 0
    rows = []
    for place in (sample_store, tmp_path / "themes"):
        said = call(capsys, "tag", reviews, "-o", "-", "--themes", place)
        assert said.code == 0
        rows.append([json.loads(line) for line in said.out.splitlines()])
    assert rows[0] == rows[1] and rows[0][0]["theme_version"] and rows[0][2]["themes"] is None


def test_tag_from_stdin_to_stdout() -> None:
    lines = "".join(
        json.dumps({"id": f"s{i}", "text": f"Attempt {i}: they overcharged me and kept the money."}) + "\n"
        for i in range(3)
    )
    said = in_a_process("tag", "-", "-o", "-", stdin=lines)
    rows = [json.loads(line) for line in said.out.splitlines()]
    assert said.code == 0 and [row["id"] for row in rows] == ["s0", "s1", "s2"] and "3 rows" in said.err
    assert {row["sentiment"] for row in rows} == {"negative"} and set(rows[0]["signals"]) <= set(SIGNALS)
    empty = in_a_process("tag", "-", "-o", "-")
    assert empty.code == 3 and "Nothing came in on stdin" in empty.err and empty.out == ""


def test_a_refusal_of_stdin_names_it(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"not json\n")))
    said = call(capsys, "tag", "-", "-o", "-")
    assert said.code == 3 and one_line(said).startswith("voc: stdin: ")


# --- themes -----------------------------------------------------------------------------------


def themes_of(capsys: Capsys, store: Path) -> list[dict[str, Any]]:
    return without_headings(document(call(capsys, "themes", "list", "--store", store, "--json"))["themes"])


def without_headings(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    headings = {theme["parent"] for theme in found}
    return [theme for theme in found if theme["id"] not in headings]


def test_editing_themes(capsys: Capsys, samples: Path) -> None:
    def edit(*arguments: str) -> Said:
        said = call(capsys, "themes", *arguments, "--store", samples, "--author", "tester")
        assert said.code == 0, said.err
        return said

    before = themes_of(capsys, samples)
    first, second, third = before[:3]
    said = edit("rename", first["label"], "Billing, by hand").err
    assert f"tester renamed {first['label']} to Billing, by hand." in said
    edit("pin", first["id"][:8])
    edit("merge", second["id"], first["id"])
    edit("retire", third["label"])
    after = themes_of(capsys, samples)
    assert len(after) == len(before) - 2 and after[0]["label"] == "Billing, by hand"
    assert after[0]["n"] > first["n"]
    assert json.loads(call(capsys, "themes", "show", first["id"], "--store", samples).out)["pinned"]
    edit("restore", third["id"])
    edit("pin", "--off", "Billing, by hand")
    assert len(themes_of(capsys, samples)) == len(before) - 1
    events = document(call(capsys, "themes", "history", "--store", samples, "--json"))["events"]
    assert [e["action"] for e in events][-6:] == ["rename", "pin", "merge", "retire", "restore", "unpin"]
    for event in reversed(events[-6:]):
        edit("undo", str(event["seq"]))
    assert themes_of(capsys, samples) == before
    assert call(capsys, "themes", "history", "--store", samples).out.count("took back: ") == 6


def test_quality_of_themes(capsys: Capsys, sample_store: Path) -> None:
    found = document(call(capsys, "themes", "quality", "--store", sample_store, "--json"))
    measures = "segments coverage coherence diversity balance contested close duplicates themes stability".split()
    assert list(found) == measures and 0 < found["stability"] < 1
    assert all(theme["unstable"] == (theme["stability"] < 0.5) for theme in found["themes"])
    keys = "id label n coherence nearest cosine contested stability unstable".split()
    assert {tuple(theme) for theme in found["themes"]} == {tuple(keys)}
    assert all(0 < found[name] <= 1 for name in ("coverage", "diversity", "balance", "contested"))
    assert sum(theme["n"] for theme in found["themes"]) == round(found["coverage"] * found["segments"])
    listed = {theme["id"] for theme in themes_of(capsys, sample_store)}
    assert {theme["id"] for theme in found["themes"]} == listed >= {theme["nearest"] for theme in found["themes"]}
    wider = document(call(capsys, "themes", "quality", "--store", sample_store, "--json", "--close", "0.1"))
    assert wider["close"] == 0.1 and wider["contested"] > found["contested"]


def test_unstable_themes_are_marked(capsys: Capsys, samples: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = themes_of(capsys, samples)[:2]
    scores = {first["id"]: 0.25, second["id"]: 0.75}
    monkeypatch.setattr("voc.themes.stability.stability", lambda *given, **options: scores)
    said = call(capsys, "themes", "quality", "--stability", "--store", samples)
    assert said.code == 0 and "of 2 themes measured, 1 under 0.5" in said.out and "nan" not in said.out
    assert {theme["id"]: theme["stability"] for theme in themes_of(capsys, samples)[:2]} == scores
    listed = call(capsys, "themes", "list", "--store", samples).out
    assert listed.count("(unstable)") == 1 and "0.25" in listed
    assert "measured the stability" in call(capsys, "themes", "history", "--store", samples).out


def test_an_edit_is_told_before_and_refused_when_somebody_was_faster(capsys: Capsys, samples: Path) -> None:
    def edit(*arguments: str) -> Said:
        return call(capsys, "themes", *arguments, "--store", samples, "--author", "tester")

    before = themes_of(capsys, samples)
    first, second = (theme["label"] for theme in before[:2])
    for arguments in (["split", first], ["split", first, "--phrase", before[0]["keywords"][0], "--near", "0.4"]):
        looked = edit(*arguments, "--dry-run")
        assert looked.code == 0 and first in looked.out and "--seen 1" in looked.err
        assert f"Not done yet: tester split {first}: " in looked.err
    assert "0 segments of 0 comments" in edit("rename", first, "Another", "--dry-run").err
    assert themes_of(capsys, samples) == before
    assert edit("split", first, "--seen", "1").code == 0
    after = themes_of(capsys, samples)
    assert first not in {theme["label"] for theme in after} and len(after) == len(before) + 1
    late = edit("merge", second, after[0]["label"], "--seen", "1")
    assert late.code == 2 and f"tester split {first}" in one_line(late) and "try again" in one_line(late)
    assert edit("split", second, "--phrase", "zebra crossing").code == 2
    past = document(call(capsys, "themes", "list", "--store", samples, "--json", "--at", first_day(samples)))
    assert without_headings(past["themes"]) == before
    assert "no date" in one_line(call(capsys, "themes", "list", "--store", samples, "--at", "spring"))
    assert edit("undo").code == 0 and themes_of(capsys, samples) == before


def first_day(store: Path) -> str:
    """When the themes of a store were found, to the microsecond."""
    events: list[dict[str, Any]] = Store.open(store).snapshot().events().to_pylist()
    return str(events[0]["at"])


def test_moving_what_a_phrase_stands_for(capsys: Capsys, samples: Path) -> None:
    first, second = themes_of(capsys, samples)[:2]
    words = ["move", first["keywords"][0], first["id"], second["id"], "--near", "0.4", "--store", samples]
    assert call(capsys, "themes", *words).code == 0
    sizes = {theme["id"]: theme["n"] for theme in themes_of(capsys, samples)}
    assert sizes[first["id"]] < first["n"] and sizes[second["id"]] > second["n"]
    told = call(capsys, "themes", "history", second["label"], "--store", samples).out
    assert f"from {first['label']} to {second['label']}" in " ".join(told.split())


def test_themes_are_not_replaced_unasked(capsys: Capsys, samples: Path) -> None:
    said = call(capsys, "themes", "discover", "--store", samples)
    assert said.code == 2 and "--dry-run" in one_line(said) and "--yes" in one_line(said)


def test_a_rediscovery_is_listed_and_then_adopted(
    capsys: Capsys, samples: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured = []

    def proposed(snapshot: Snapshot, *_: object, **options: object) -> Proposal:
        measured.append(options["measured"])
        present = stored_themes(snapshot)
        assert present is not None
        gone, renamed = present.leaves[:2]
        rest = [theme for theme in present.active if theme not in (gone, renamed)]
        found = replace(present, themes=(replace(renamed, id="new", label="Found anew"), *rest))
        own = snapshot.segments(["theme"])["theme"].to_pylist()
        matched = rematch(present, found, own, ["new" if one == renamed.id else one for one in own])
        return Proposal(matched.themes, present, matched, 1)

    monkeypatch.setattr("voc.pipeline.propose_themes", proposed)
    before = {theme["id"]: theme["label"] for theme in themes_of(capsys, samples)}
    looked = call(capsys, "themes", "discover", "--store", samples, "--dry-run", "--no-stability")
    assert looked.code == 0 and f"{len(before) - 1} kept their id, 0 are new, 1 are gone" in looked.err
    assert "renamed" in looked.out and "Found anew" in looked.out and "change theme" in looked.err
    assert {theme["id"]: theme["label"] for theme in themes_of(capsys, samples)} == before
    assert call(capsys, "themes", "discover", "--store", samples, "--yes").code == 0
    after = {theme["id"]: theme["label"] for theme in themes_of(capsys, samples)}
    assert len(after) == len(before) - 1 and set(after) < set(before) and "Found anew" in after.values()
    late = call(capsys, "themes", "discover", "--store", samples, "--yes")
    assert late.code == 2 and "changed meanwhile" in late.err
    assert measured == [False, True, True]


class Terminal(io.StringIO):
    """Somebody who answers."""

    def isatty(self) -> bool:
        return True


def test_at_a_terminal_an_edit_is_shown_first_and_asked_about(
    capsys: Capsys, samples: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (theme["label"] for theme in themes_of(capsys, samples)[:2])
    merging = ("themes", "merge", first, second, "--store", samples)
    monkeypatch.setattr("sys.stdin", Terminal("n\n"))
    said = call(capsys, *merging)
    assert said.code == 0 and first in said.out and "comments change theme" in said.err
    assert "Not done yet" in said.err and "Nothing was changed." in said.err
    assert first in {theme["label"] for theme in themes_of(capsys, samples)}
    monkeypatch.setattr("sys.stdin", Terminal("y\n"))
    assert "Done: " in call(capsys, *merging).err
    monkeypatch.setattr("sys.stdin", Terminal(""))
    assert "Done: " in call(capsys, "themes", "undo", "--store", samples, "--yes").err
    assert first in {theme["label"] for theme in themes_of(capsys, samples)}


def test_themes_that_are_found_again_as_they_are_are_no_edit(
    capsys: Capsys, samples: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def proposed(snapshot: Snapshot, *_: object, **__: object) -> Proposal:
        present = stored_themes(snapshot)
        assert present is not None
        return Proposal(present, present, None, 1)

    monkeypatch.setattr("voc.pipeline.propose_themes", proposed)
    before = document(call(capsys, "themes", "history", "--store", samples, "--json"))
    said = call(capsys, "themes", "discover", "--store", samples, "--yes")
    assert said.code == 0 and "nothing was changed" in said.err
    assert document(call(capsys, "themes", "history", "--store", samples, "--json")) == before


def test_a_list_of_themes_goes_out_and_comes_in(capsys: Capsys, samples: Path, tmp_path: Path) -> None:
    before = themes_of(capsys, samples)
    file = tmp_path / "themes.csv"
    assert call(capsys, "themes", "export", file, "--store", samples).code == 0
    looked = call(capsys, "themes", "import", file, "--store", samples, "--dry-run")
    assert looked.code == 0 and "0 segments of 0 comments change theme" in looked.err
    same = call(capsys, "themes", "import", file, "--store", samples)
    assert same.code == 0 and "nothing was changed" in same.err and themes_of(capsys, samples) == before
    file.write_text(file.read_text() + ",Zebra crossings in Lapland,,,,\n")
    more = call(capsys, "themes", "import", file, "--store", samples)
    assert len(themes_of(capsys, samples)) == len(before) + 1
    assert more.code == 0 and "Zebra crossings in Lapland: keywords and examples" in more.err
    assert call(capsys, "themes", "undo", "--store", samples).code == 2  # a whole set is none that undo takes back
    file.write_text(file.read_text().replace(before[0]["label"], before[1]["label"]))
    twice = call(capsys, "themes", "import", file, "--store", samples)
    assert twice.code == 3 and "Two themes of the list are called" in one_line(twice)
    book = call(capsys, "themes", "export", tmp_path / "themes.xlsx", "--store", samples)
    assert book.code == 2 and ".csv or .json" in one_line(book) and not (tmp_path / "themes.xlsx").exists()


def test_a_name_that_fits_no_theme(capsys: Capsys, sample_store: Path) -> None:
    said = call(capsys, "themes", "show", "no such theme", "--store", sample_store)
    assert said.code == 2 and "names no theme" in one_line(said)


def test_export_and_import(capsys: Capsys, sample_store: Path, small: Path, tmp_path: Path) -> None:
    call(capsys, "themes", "export", tmp_path / "themes", "--store", sample_store)
    assert {path.name for path in (tmp_path / "themes").iterdir()} == {
        "themes.json",
        "prototypes.npz",
        "manifest.json",
    }
    store = Path(shutil.copytree(small, tmp_path / "store"))
    assert call(capsys, "themes", "import", tmp_path / "themes", "--store", store).code == 0
    labels = {theme["label"] for theme in themes_of(capsys, store)}
    assert labels == {theme["label"] for theme in themes_of(capsys, sample_store)}
    broken = call(capsys, "themes", "import", tmp_path / "nothing", "--store", store)
    assert broken.code == 3 and "No theme set in" in one_line(broken)


# --- report, explore, demo, models ------------------------------------------------------------


def test_report(capsys: Capsys, sample_store: Path, tmp_path: Path) -> None:
    said = call(capsys, "report", "-o", tmp_path / "brief.html", "--store", sample_store)
    assert said.code == 0 and "<html" in (tmp_path / "brief.html").read_text()
    command = f"voc report -o {tmp_path / 'brief.html'} --store {sample_store}"
    assert command in (tmp_path / "brief.html").read_text()
    wrong = call(capsys, "report", "-o", tmp_path / "brief.doc", "--store", sample_store)
    assert wrong.code == 2 and "unknown format '.doc'" in one_line(wrong)


def test_a_brief_of_a_saved_view(capsys: Capsys, samples: Path, tmp_path: Path) -> None:
    where = "brand = 'Wrenly'"
    saved = call(capsys, "views", "save", "Wrenly team", "--where", where, "--store", samples)
    assert saved.code == 0 and "comments meet it" in saved.err
    listed = call(capsys, "views", "list", "--store", samples, "--json")
    assert json.loads(listed.out) == {"views": [{"name": "Wrenly team", "where": where}]}
    (samples / "events.csv").write_text("date,event\n2026-03-30,A letter\n", encoding="utf-8")
    said = call(capsys, "report", "-o", tmp_path / "brief.html", "--store", samples, "--view", "Wrenly team")
    page = (tmp_path / "brief.html").read_text()
    assert said.code == 0 and "Wrenly team: what customers say about Wrenly" in page and "2026-03-30 A letter" in page
    assert call(capsys, "views", "remove", "Wrenly team", "--store", samples).code == 0
    lost = call(capsys, "report", "-o", tmp_path / "brief.html", "--store", samples, "--view", "Wrenly team")
    assert lost.code == 2 and "no view 'Wrenly team'" in one_line(lost)


def test_explore_serves_the_store(capsys: Capsys, small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[tuple[list[str], str]] = []

    def serve(program: str, command: list[str], env: dict[str, str]) -> None:
        started.append((command, env["VOC_STORE"]))

    monkeypatch.setattr(output.os, "execve", serve)
    said = call(capsys, "explore", "--store", small, "--port", 8765)
    ((command, store),) = started
    assert said.code == 0 and "http://localhost:8765" in said.err and store == str(small)
    assert command[1:4] == ["-m", "voc.ui.serve", "run"] and "8765" in command and Path(command[4]).is_file()
    assert command[command.index("--server.address") + 1] == "127.0.0.1" and "this machine alone" in said.err


def test_explore_answers_the_network_only_where_users_are_named(
    capsys: Capsys, small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[list[str]] = []
    monkeypatch.setattr(output.os, "execve", lambda program, command, env: started.append(command))
    open_to_all = call(capsys, "explore", "--store", small, "--port", 8765, "--address", "0.0.0.0")
    assert open_to_all.code == 2 and "without [access] in voc.toml" in one_line(open_to_all) and not started
    monkeypatch.setenv("VOC_CONFIG", str(tmp_path / "voc.toml"))
    (tmp_path / "voc.toml").write_text('[access]\nothers = "viewer"\n', encoding="utf-8")
    call(capsys, "explore", "--store", small, "--port", 8765, "--address", "0.0.0.0")
    assert started[0][started[0].index("--server.address") + 1] == "0.0.0.0"


def test_explore_refuses_a_port_that_is_taken(capsys: Capsys, small: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        said = call(capsys, "explore", "--store", small, "--port", port)
    assert said.code == 2 and f"port {port} is taken" in one_line(said)


def test_drivers_take_the_score_that_there_is(capsys: Capsys, tmp_path: Path) -> None:
    file = tmp_path / "stars.csv"
    rows = (f"r{n},2026-03-{1 + n % 28:02},{1 + n % 5},Waited {n} days for the parcel.\n" for n in range(1, 41))
    file.write_text("review_id,date,stars,review\n" + "".join(rows))
    assert call(capsys, "run", file, "--store", tmp_path / "store").code == 0
    assert document(call(capsys, "drivers", "--store", tmp_path / "store", "--json"))["score"] == "stars"


def test_demo(capsys: Capsys, reviews: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output, "samples_folder", lambda: reviews.parent)
    said = call(capsys, "demo", "--no-serve", "--store", tmp_path / "demo")
    assert said.code == 0 and "voc report" in said.err
    assert len(Store.open(tmp_path / "demo").snapshot().comments()) == 4


def test_train_and_evaluate(capsys: Capsys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("voc.encode.load_encoder", lambda *args: WordEncoder())
    monkeypatch.setattr("voc.train.heads.TrainOptions", lambda **given: TrainOptions(penalties=(0.03,), **given))
    data = write_lines(tmp_path / "train.jsonl", labelled(250))
    lenses = tmp_path / "lenses"
    assert call(capsys, "train", data, "-o", lenses).code == 0
    dev = write_lines(tmp_path / "dev.jsonl", labelled(40, seed=5))
    found = document(call(capsys, "evaluate", dev, "--lenses", lenses, "--json", "--card"))
    assert found["n"] == 40 and set(found["lenses"]) == {
        "sentiment",
        "stance",
        "signals",
        "intent",
        "advocacy",
    }
    keys = {"macro_f1", "low", "high", "accuracy", "ece", "classes"}
    assert all(keys <= set(lens) for lens in found["lenses"].values()) and (lenses / "README.md").is_file()
    table = call(capsys, "evaluate", dev, "--lenses", lenses)
    assert "macro-F1" in table.out and "not agreement with people" in table.err
    refused = call(capsys, "evaluate", tmp_path / "none.jsonl", "--lenses", lenses)
    assert refused.code == 3 and "Cannot read" in one_line(refused)


def test_doctor(capsys: Capsys, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    said = call(capsys, "doctor")
    assert "onnxruntime" in said.out and "a kind comment reads as" in said.out
    monkeypatch.setenv("VOC_MODELS", str(tmp_path))
    ill = call(capsys, "doctor")
    assert ill.code == 1 and "No usable encoder" in " ".join(ill.out.split())
