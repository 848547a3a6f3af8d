"""Training, measuring and exporting models, with an encoder that reads words."""

from __future__ import annotations

import hashlib
import json
import runpy
import sys
from pathlib import Path

import numpy as np
import pytest
from labelled_texts import WordEncoder, labelled, write_lines

from voc.encode import encode_comments
from voc.errors import InputError, ModelError, UsageError
from voc.lenses import LENSES, Heads, Reading, decode, load_heads
from voc.train.card import write_card
from voc.train.evaluate import evaluate
from voc.train.evaluation_tables import exact
from voc.train.export import check_weights, export, sha256
from voc.train.heads import TrainOptions, train
from voc.train.labelled import encode_labelled, held_out, near_duplicate_groups, read_labelled

ENCODER = WordEncoder()
OPTIONS = TrainOptions(penalties=(0.003, 0.03))


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, object]]:
    folder = tmp_path_factory.mktemp("trained")
    data = write_lines(folder / "train.jsonl", [*labelled(250), {**labelled(1)[0], "licence": "nc"}])
    manifest = train([data], folder / "lenses", ENCODER, OPTIONS)
    return folder / "lenses", manifest


@pytest.fixture(scope="module")
def heads(trained: tuple[Path, dict[str, object]]) -> Heads:
    return load_heads(trained[0], ENCODER.name)


def read_text(heads: Heads, text: str) -> Reading:
    return decode(heads.read(encode_comments(ENCODER, [[text]])[0], text), heads.rules)


def test_trained_lenses_load_and_know_what_they_learnt(heads: Heads) -> None:
    for text, stance, signal in [
        ("Wrongly charged and never explained.", "taking", "extraction"),
        ("Kindly helped with the router.", "giving", "care"),
    ]:
        read = read_text(heads, text)
        assert read.stance.label == stance and signal in [s.label for s in read.signals]
    neither = read_text(heads, "Where is the setting.")
    assert neither.stance.label == "neither" and neither.signals == ()


def test_the_manifest_says_what_was_learnt_from(trained: tuple[Path, dict[str, object]]) -> None:
    folder, manifest = trained
    assert json.loads(json.dumps(manifest)) == json.loads((folder / "manifest.json").read_text())
    assert manifest["rows"] == 250 and manifest["data"] == {"set": {"own": 250}, "licence": {"open": 250}}
    assert manifest["heads_sha256"] == hashlib.sha256((folder / "heads.npz").read_bytes()).hexdigest()
    assert manifest["encoder"] == "words" and set(manifest["penalties"]) == set(LENSES)
    assert sorted(path.name for path in folder.iterdir()) == ["heads.npz", "manifest.json"]


def test_what_was_picked_calibrates_nothing(tmp_path: Path, heads: Heads) -> None:
    """Comments picked for what they show must not move the probabilities."""
    picked = [{**row, "picked": True} for row in labelled(250) if row["stance"] == "taking"]
    manifest = train([write_lines(tmp_path / "t.jsonl", [*labelled(250), *picked])], tmp_path / "l", ENCODER, OPTIONS)
    assert manifest["held_out"] == heads_held_out(labelled(250))


def heads_held_out(rows: list[dict[str, object]]) -> int:
    return int(held_out(rows).sum())


def test_other_models_are_not_overwritten(tmp_path: Path) -> None:
    data = write_lines(tmp_path / "train.jsonl", labelled(3))
    (tmp_path / "desk").mkdir()
    for manifest in ('{"kind": "own lens"}', '{"model_sha256": ""}', "[]"):
        (tmp_path / "desk" / "manifest.json").write_text(manifest)
        with pytest.raises(UsageError, match="holds other models"):
            train([data], tmp_path / "desk", ENCODER, OPTIONS)
    with pytest.raises(UsageError, match="is a file"):
        train([data], data, ENCODER, OPTIONS)


def test_training_again_gives_the_same(tmp_path: Path, trained: tuple[Path, dict[str, object]], heads: Heads) -> None:
    train([trained[0].with_name("train.jsonl")], tmp_path / "again", ENCODER, OPTIONS)
    assert load_heads(tmp_path / "again", "words").version == heads.version


def test_the_card_tells_the_figures(tmp_path: Path, trained: tuple[Path, dict[str, object]], heads: Heads) -> None:
    found = evaluate([write_lines(tmp_path / "dev.jsonl", labelled(60, seed=4))], ENCODER, heads)
    text = write_card(trained[0], found, "dev.jsonl").read_text()
    assert f"| stance | {exact(found['lenses']['stance']['macro_f1'])} |" in text
    assert all(f"| signals | {signal} |" in text for signal in LENSES["signals"])
    assert "dev.jsonl" in text and "own 250" in text and "{" not in text
    (trained[0] / "README.md").unlink()


# --- labelled comments ------------------------------------------------------------------------


def test_rows_under_a_non_commercial_licence_are_left_out(tmp_path: Path) -> None:
    data = write_lines(tmp_path / "t.jsonl", [labelled(1)[0], {**labelled(1)[0], "licence": "nc"}])
    assert [len(read_labelled(data, with_nc=nc)) for nc in (False, True)] == [1, 2]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("", "holds no labelled text"),
        ("text,stance\nhello,giving\n", "is not JSON Lines"),
        ('{"text": "hello"}\n', "line 1 lacks advocacy, intent, sentiment, signals, stance"),
    ],
)
def test_unusable_labelled_data(tmp_path: Path, content: str, complaint: str) -> None:
    data = tmp_path / "t.jsonl"
    data.write_text(content)
    with pytest.raises(InputError, match=complaint):
        read_labelled(data, with_nc=True)


def test_missing_labelled_data(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Cannot read"):
        read_labelled(tmp_path / "none.jsonl", with_nc=True)


def test_every_labelled_comment_is_encoded(tmp_path: Path) -> None:
    rows = labelled(3)
    rows[1]["text"] = "n/a"
    found = encode_labelled(rows, ENCODER)
    assert len(found) == 3 and found.x.shape == (3, 2 * ENCODER.dim) and found.taggable == [True, False, True]
    assert found.y["signals"].shape == (3, 14) and found.y["signals"].sum() == sum(len(r["signals"]) for r in rows)


ALIKE = [
    "the line went dead twice while I was on hold to your billing team on Tuesday",
    "The line went dead twice, while I was on hold to your billing team on Tuesday!",
    "cheaper plan for my aunt who hardly ever uses the phone that we bought for her",
    "cheaper plan for my aunt who hardly ever uses the phone that we got for her",
    "ok",
    "OK!",
]


def test_near_duplicates_share_a_group() -> None:
    first, second, third, fourth, fifth, sixth = near_duplicate_groups(ALIKE)
    assert first == second and third == fourth and fifth == sixth and len({first, third, fifth}) == 3


def test_a_comment_stays_on_its_side_when_others_join() -> None:
    rows = labelled(300, seed=9)
    before = held_out(rows)
    assert 0 < before.sum() < len(rows) / 4
    others = [
        {**rows[0], "text": f"quite another matter, number {n}, about a parcel that came to the wrong door"}
        for n in range(50)
    ]
    np.testing.assert_array_equal(held_out([*rows, *others])[: len(rows)], before)
    groups = near_duplicate_groups([row["text"] for row in rows])
    assert all(len(set(before[groups == group])) == 1 for group in set(groups))


def test_of_every_label_some_comment_is_held_out() -> None:
    rows = labelled(40)
    aside = [row for row, held in zip(rows, held_out(rows), strict=True) if held]
    for lens in ("sentiment", "stance", "intent", "advocacy"):
        assert {row[lens] for row in aside} == {row[lens] for row in rows}
    assert {signal for row in aside for signal in row["signals"]} == {s for row in rows for s in row["signals"]}


# --- encoder export ---------------------------------------------------------------------------


def test_unknown_weights_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="No weights at"):
        check_weights(tmp_path / "model.safetensors")
    (tmp_path / "model.safetensors").write_bytes(b"other weights")
    with pytest.raises(ModelError, match="refuse to export unknown weights"):
        export(tmp_path, tmp_path / "out")
    check_weights(tmp_path / "model.safetensors", sha256(tmp_path / "model.safetensors"))
    assert not (tmp_path / "out").exists()


def test_the_export_program_says_so_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["export", "--weights", str(tmp_path), "-o", str(tmp_path / "out")])
    monkeypatch.delitem(sys.modules, "voc.train.export")
    with pytest.raises(SystemExit, match=r"No weights at .*model\.safetensors"):
        runpy.run_module("voc.train.export", run_name="__main__")
