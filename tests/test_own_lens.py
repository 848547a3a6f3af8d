"""A lens of the user's own: loaded, used and measured, from Python and from the command line."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from calling import call, one_line
from hypothesis import given, settings
from hypothesis import strategies as st
from labelled_texts import labelled, write_lines
from own_labels import DESK, ENCODER, SAID, TOUCHES, few, many, trained, write_csv

from voc.encode import encode_comments
from voc.errors import ModelError, UsageError
from voc.lenses import load_heads, load_own_lens, own_features, own_segment_features
from voc.pipeline import Tagger, tag_file
from voc.pipeline.tag_file import COMMENT_COLUMNS, SEGMENT_COLUMNS
from voc.train.evaluate_own import evaluate_own
from voc.train.evaluation_page import page, without_texts
from voc.train.evaluation_tables import tables
from voc.train.heads import TrainOptions, train

Capsys = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("desk")
    trained(folder, few())
    return folder / "lens"


@pytest.fixture(scope="module")
def touches(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("touches")
    trained(folder, many(), TOUCHES)
    return folder / "lens"


@pytest.fixture(scope="module")
def tagger(tmp_path_factory: pytest.TempPathFactory) -> Tagger:
    folder = tmp_path_factory.mktemp("lenses")
    data = write_lines(folder / "train.jsonl", labelled(250))
    train([data], folder / "made", ENCODER, TrainOptions(penalties=(0.03,)))
    return Tagger(ENCODER, load_heads(folder / "made", ENCODER.name))


@pytest.fixture(scope="module")
def with_own(tagger: Tagger, desk: Path, touches: Path) -> Tagger:
    return tagger.with_own(*(load_own_lens(folder, ENCODER.name) for folder in (desk, touches)))


# --- loading ----------------------------------------------------------------------------------


def damaged(desk: Path, folder: Path, **changes: Any) -> Path:
    """A copy of the lens, its manifest changed (None: taken out)."""
    folder.mkdir()
    (folder / "head.npz").write_bytes((desk / "head.npz").read_bytes())
    manifest = json.loads((desk / "manifest.json").read_text()) | changes
    (folder / "manifest.json").write_text(json.dumps({k: v for k, v in manifest.items() if v is not None}))
    return folder


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"head_sha256": "0" * 64}, "differs from its manifest"),
        ({"head_sha256": None}, "No usable lens"),
        ({"classes": {"bill": "", "shop": ""}}, "No usable lens"),
        ({"classes": None}, "No usable lens"),
        ({"format": 9}, "has format 9, this version reads 1"),
        ({"kind": None}, "holds no lens of your own"),
        ({"encoder": "other"}, "trained on vectors of other, not words: name that encoder with --encoder"),
    ],
)
def test_a_lens_that_does_not_load(desk: Path, tmp_path: Path, changes: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ModelError, match=complaint) as refused:
        load_own_lens(damaged(desk, tmp_path / "lens", **changes), ENCODER.name)
    assert "\n" not in str(refused.value)


def test_files_that_are_no_lens(desk: Path, tmp_path: Path) -> None:
    folder = damaged(desk, tmp_path / "lens")
    (folder / "head.npz").write_bytes((folder / "head.npz").read_bytes()[:-3])
    with pytest.raises(ModelError, match="differs from its manifest"):
        load_own_lens(folder, ENCODER.name)
    for content in ("{", "[]", '"text"', "\udcff"):
        (folder / "manifest.json").write_text(content, errors="surrogateescape")
        with pytest.raises(ModelError, match="No usable lens"):
            load_own_lens(folder, ENCODER.name)
    with pytest.raises(ModelError, match="No usable lens"):
        load_own_lens(tmp_path / "none", ENCODER.name)


# --- tagging ----------------------------------------------------------------------------------

LONG = "Bill charged twice. Signal calls lost, but the shop counter helpful."
TEXTS = [*(row["text"] for row in few(6, seed=7)), LONG, "n/a", ""]


def as_rows(texts: Sequence[str]) -> pa.Table:
    return pa.table(
        {
            "dataset": pa.array(["own"] * len(texts), pa.string()),
            "id": pa.array([f"{TEXTS.index(text):03d}" for text in texts], pa.string()),
            "text": pa.array(texts, pa.string()),
            "status": pa.array(["ok"] * len(texts), pa.string()),
        }
    )


def test_own_columns_stand_behind_the_others_and_change_none(tagger: Tagger, with_own: Tagger) -> None:
    plain, own = tagger.tag(as_rows(TEXTS)), with_own.tag(as_rows(TEXTS))
    added = ["desk", "desk_p", "touches", "touches_p"]
    assert own.comments.column_names == [*plain.comments.column_names, *added]
    assert own.segments.column_names == [*plain.segments.column_names, *added]
    same = [name for name in plain.comments.column_names if name != "model_version"]
    assert own.comments.select(same).equals(plain.comments.select(same))
    rows = own.comments.to_pylist()
    assert [row["desk"] for row in rows[:18]] == ["bill"] * 6 + ["signal"] * 6 + ["shop"] * 6
    assert all(0 < row["desk_p"] <= 1 for row in rows[:19]) and rows[0]["touches"] == ["bill"]
    assert [rows[i][name] for i in (19, 20) for name in added] == [None] * 8
    by_segment = [row["desk"] for row in own.segments.to_pylist() if row["id"] == "018"]
    assert by_segment[0] == "bill" and "signal" in by_segment


def test_the_model_version_names_the_lenses(tagger: Tagger, with_own: Tagger) -> None:
    assert with_own.model_version.startswith(f"{tagger.model_version}+desk-") and "+touches-" in with_own.model_version


@settings(max_examples=15)
@given(order=st.permutations(TEXTS), size=st.integers(1, len(TEXTS)))
def test_the_law_holds_with_own_lenses(with_own: Tagger, order: list[str], size: int) -> None:
    whole = with_own.tag(as_rows(TEXTS))
    parts = [with_own.tag(as_rows(order[i : i + size])) for i in range(0, len(order), size)]
    comments = pa.concat_tables([part.comments for part in parts])
    segments = pa.concat_tables([part.segments for part in parts])
    assert comments.sort_by("id").equals(whole.comments.sort_by("id"))
    by_segment = [("id", "ascending"), ("segment_no", "ascending")]
    assert segments.sort_by(by_segment).equals(whole.segments.sort_by(by_segment))


def test_a_segment_is_seen_as_a_comment_of_its_own() -> None:
    (encoded,) = encode_comments(ENCODER, [["Charged twice."]])
    np.testing.assert_allclose(own_segment_features(encoded, 0), own_features(encoded), rtol=1e-6)


def test_lenses_that_do_not_go_together(tagger: Tagger, desk: Path) -> None:
    lens = load_own_lens(desk, ENCODER.name)
    with pytest.raises(UsageError, match="Two lenses would fill the column 'desk'"):
        tagger.with_own(lens, lens)
    with pytest.raises(ModelError, match="trained on vectors of other"):
        tagger.with_own(replace(lens, encoder="other"))
    with pytest.raises(UsageError, match="second column 'Themes'"):
        tagger.with_own(replace(lens, declaration=replace(DESK, name="Themes")))


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet", ".xlsx"])
def test_a_file_is_tagged_with_own_lenses(
    with_own: Tagger, tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_module("voc.pipeline.tag_file"), "BATCH", 4)
    source = write_csv(tmp_path / "in.csv", [{"review": text, "desk": "mine", "touches_p": "theirs"} for text in TEXTS])
    out = tmp_path / f"out{suffix}"
    tag_file([str(source)], str(out), with_own)
    assert out.stat().st_size
    expected = ["desk_input", "touches_p_input", *COMMENT_COLUMNS, "desk", "desk_p", "touches", "touches_p"]
    if suffix == ".parquet":
        table = pq.read_table(out)
        assert table.column_names == expected
        assert table["desk_p"].type == pa.float32() and table["touches"].to_pylist()[0] == ["bill"]
        assert table["desk_input"].to_pylist()[0] == "mine"
    if suffix == ".csv":
        with out.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        assert list(rows[0]) == expected and rows[0]["desk"] == rows[0]["touches"] == "bill"
    tag_file([str(source)], str(out), with_own, segments=True)
    if suffix == ".jsonl":
        first = json.loads(out.read_text().splitlines()[0])
        assert list(first) == [*SEGMENT_COLUMNS, *expected[-4:]] and first["desk"] == "bill"


# --- measuring --------------------------------------------------------------------------------


def test_a_lens_is_measured(desk: Path, tmp_path: Path) -> None:
    rows = [{**row, "id": f"d{i}"} for i, row in enumerate(few(20, seed=11))]
    rows[0]["desk"] = "shop"
    rows += [{"text": "n/a", "desk": "bill", "id": "left"}, {"text": "Not labelled.", "desk": "", "id": "none"}]
    found = evaluate_own([write_csv(tmp_path / "dev.csv", rows)], ENCODER, load_own_lens(desk, ENCODER.name))
    m = found["lenses"]["desk"]
    assert found["n"] == 61 and found["left_alone"] == 1 and set(m["classes"]) == set(SAID)
    assert m["low"] <= m["macro_f1"] <= m["high"] and 0 <= m["ece"] < 0.3
    assert m["confusion"]["bill"]["untagged"] == 1 and m["confusion"]["shop"]["bill"] == 1
    assert found["mistakes"]["desk"][0]["id"] == "d0"
    titles = [table.title for table in tables(found)]
    assert len(titles) == 4 and any("mistakes" in title for title in titles)
    text = page(without_texts(found))
    assert "| desk |" in text and rows[0]["text"] not in text


def test_a_lens_of_several_classes_is_measured(touches: Path, tmp_path: Path) -> None:
    lens = load_own_lens(touches, ENCODER.name)
    rows = [*many(90, seed=5), {"text": "n/a", "touches": "bill"}]
    found = evaluate_own([write_csv(tmp_path / "dev.csv", rows)], ENCODER, lens)
    m = found["lenses"]["touches"]
    assert m["macro_f1"] > 0.9 and m["micro_f1"] > 0.9 and m["unmeasured"] == [] and 0 <= m["ece"] < 0.2
    assert found["mistakes"] == {} and len(tables(found)) == 2


# --- the command line -------------------------------------------------------------------------


@pytest.fixture
def toml(tmp_path: Path) -> Path:
    path = tmp_path / "desk.toml"
    path.write_text('name = "desk"\n[classes]\nbill = "money"\nsignal = "network"\nshop = "visits"\n')
    return path


def test_from_labels_to_tags(
    capsys: Capsys, tmp_path: Path, toml: Path, tagger: Tagger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("voc.encode.load_encoder", lambda *args, **options: ENCODER)
    monkeypatch.setattr("voc.pipeline.tagger.load_encoder", lambda *args, **options: ENCODER)
    monkeypatch.setattr("voc.pipeline.tagger.load_heads", lambda *args: tagger.heads)
    rows = [{"Verbatim": row["text"], "desk": row["desk"]} for row in few(8)]
    data, lens = write_csv(tmp_path / "labels.csv", rows), tmp_path / "lens"
    said = call(capsys, "train", data, "--lens", toml, "-o", lens, "--map", "text=Verbatim")
    assert said.code == 0 and "Macro-F1" in said.err and "Fewer than 16 texts: bill, signal, shop" in said.err
    assert "│ bill" in said.out
    out = tmp_path / "out.jsonl"
    assert call(capsys, "tag", data, "-o", out, "--lens", lens).code == 0
    tagged = [json.loads(line) for line in out.read_text().splitlines()]
    assert [row["desk"] for row in tagged] == [row["desk_input"] for row in tagged]
    measured = call(capsys, "evaluate", data, "--lens", lens, "--map", "text=Verbatim", "--json")
    assert measured.code == 0 and json.loads(measured.out)["lenses"]["desk"]["accuracy"] == 1
    shown = call(capsys, "evaluate", data, "--lens", lens, "--map", "text=Verbatim", "-o", tmp_path / "page.md")
    assert "too narrow for so few" in shown.err and (tmp_path / "page.md").is_file()


@pytest.mark.parametrize(
    ("arguments", "code", "complaint"),
    [
        (("train", "l.csv", "-o", "x", "--map", "text=a"), 2, "--map belongs to --lens"),
        (("train", "l.csv", "-o", "x", "--lens", "desk.toml", "--map", "date=a"), 2, "write --map text=COLUMN, once"),
        (("train", "l.csv", "-o", "x", "--lens", "none.toml"), 3, "Cannot read none.toml"),
        (("train", "none.csv", "-o", "x", "--lens", "desk.toml"), 3, "none.csv: no such file"),
        (("evaluate", "l.csv", "--lens", "x", "--card"), 2, "leave --lenses, --against and --card out"),
        (("evaluate", "l.csv", "--map", "text=a"), 2, "--map belongs to --lens"),
        (("evaluate", "l.csv", "--lens", "x"), 3, "No usable lens of your own in x"),
        (("tag", "l.csv", "-o", "x.csv", "--lens", "x"), 3, "No usable lens of your own in x"),
    ],
)
def test_refusals(
    capsys: Capsys,
    tmp_path: Path,
    toml: Path,
    tagger: Tagger,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    code: int,
    complaint: str,
) -> None:
    monkeypatch.setattr("voc.encode.load_encoder", lambda *args, **options: ENCODER)
    monkeypatch.setattr("voc.pipeline.tagger.load_encoder", lambda *args, **options: ENCODER)
    monkeypatch.setattr("voc.pipeline.tagger.load_heads", lambda *args: tagger.heads)
    monkeypatch.chdir(tmp_path)
    write_csv(tmp_path / "l.csv", few())
    said = call(capsys, *arguments)
    assert said.code == code and complaint in one_line(said)
