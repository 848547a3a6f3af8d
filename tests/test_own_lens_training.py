"""A lens of the user's own: declared, then trained on few labels."""

from __future__ import annotations

import json
import random
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from labelled_texts import labelled, write_lines
from openpyxl import Workbook
from own_labels import DESK, ENCODER, SAID, TOUCHES, few, many, renamed, trained, write_csv

from voc.encode import encode_comments
from voc.errors import InputError, UsageError
from voc.lenses import Declaration, load_own_lens, own_features
from voc.lenses.own import RESERVED
from voc.pipeline.tag_file import COMMENT_COLUMNS, SEGMENT_COLUMNS
from voc.train.declaration import read_declaration
from voc.train.evaluate_own import evaluate_own
from voc.train.evaluation_sets import read_sets
from voc.train.few import calibration, f1_estimates, softened
from voc.train.folds import FOLDS, folds
from voc.train.labelled import near_duplicate_groups, read_labelled
from voc.train.own import train_own
from voc.train.own_labels import read_own_labels
from voc.train.own_report import remarks


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


# --- the declaration --------------------------------------------------------------------------


def test_a_declared_lens(tmp_path: Path) -> None:
    path = tmp_path / "desk.toml"
    path.write_text('name = "desk"\nseveral = true\ncolumn = "Desk to go to"\n[classes]\nbill = "money"\nshop = ""\n')
    assert read_declaration(path) == Declaration("desk", {"bill": "money", "shop": ""}, True, "Desk to go to")
    path.write_text('name = "desk"\nclasses = ["bill", "shop"]\n')
    assert read_declaration(path) == Declaration("desk", {"bill": "", "shop": ""}, False, "desk")
    path.write_text('name = "desk"\nclasses = ["bill", "shop"]\n', encoding="utf-8-sig")
    assert read_declaration(path).name == "desk"


def test_the_declaration_in_the_documentation(tmp_path: Path) -> None:
    page = (Path(__file__).parent.parent / "docs" / "own-lens.md").read_text(encoding="utf-8")
    toml, table = re.findall(r"^```(?:toml)?\n(name.*?|text,.*?)^```", page, flags=re.MULTILINE | re.DOTALL)
    (tmp_path / "desk.toml").write_text(toml)
    lens = read_declaration(tmp_path / "desk.toml")
    (tmp_path / "labels.csv").write_text(table)
    assert read_own_labels([tmp_path / "labels.csv"], lens).labels == [
        ("billing",),
        ("network",),
        ("shop",),
        ("billing",),
    ]


@pytest.mark.parametrize(
    ("toml", "complaint"),
    [
        ("name = desk", r"is not TOML \(.*line 1.*\): mend that line"),
        ('name = "desk"\nclasses = ["a", "b"]\ncolour = 1', "'colour' is no setting; allowed are name, classes"),
        ('classes = ["a", "b"]', "name is missing; write name = "),
        ('name = 3\nclasses = ["a", "b"]', "name is 3; allowed are a letter"),
        ('name = "two words"\nclasses = ["a", "b"]', "name is 'two words'"),
        ('name = "id_input"\nclasses = ["a", "b"]', "not ending in _input"),
        ('name = "Stance"\nclasses = ["a", "b"]', "would make a second column 'Stance'; rename it"),
        ('name = "signal"\nclasses = ["a", "b"]', "would make a second column 'signal_p'"),
        ('name = "desk"', "classes are missing"),
        ('name = "desk"\nclasses = "a"', "classes are missing"),
        ('name = "desk"\nclasses = ["a"]', "1 classes; allowed are 2 to 50"),
        ('name = "desk"\nclasses = ["a", "b", "a"]', "named twice"),
        ('name = "desk"\nclasses = ["a", "b;c"]', "'b;c' is no name of a class"),
        ('name = "desk"\nclasses = ["a", 2]', "2 is no name of a class"),
        ('name = "desk"\nseveral = "yes"\nclasses = ["a", "b"]', "several is 'yes'; allowed are true"),
        ('name = "desk"\nseveral = true\nclasses = ["a", "none"]', "cannot be called 'none'"),
        ('name = "desk"\ncolumn = ""\nclasses = ["a", "b"]', "column is ''; give the name"),
        ('name = "desk"\n[classes]\na = ""\nb = ""\nseveral = true', "settings such as several stand above"),
    ],
)
def test_a_declaration_that_does_not_do(tmp_path: Path, toml: str, complaint: str) -> None:
    path = tmp_path / "desk.toml"
    path.write_text(toml)
    with pytest.raises(InputError, match=complaint) as refused:
        read_declaration(path)
    assert "\n" not in str(refused.value) and str(path) in str(refused.value)


def test_a_declaration_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Cannot read"):
        read_declaration(tmp_path / "none.toml")


def test_no_lens_can_take_a_column_of_the_output() -> None:
    assert {*COMMENT_COLUMNS, *SEGMENT_COLUMNS} <= RESERVED


# --- training ---------------------------------------------------------------------------------


def test_sixteen_texts_a_class_make_a_usable_lens(desk: Path) -> None:
    manifest = json.loads((desk / "manifest.json").read_text())
    found = manifest["cross_validated"]
    assert manifest["rows"] == 48 and manifest["encoder"] == "words" and manifest["classes"] == dict(DESK.classes)
    assert found["macro_f1"] > 0.9 and found["low"] < found["macro_f1"] <= found["high"] <= 1
    assert list(found["classes"]) == list(DESK.classes)
    assert all(c["n"] == 16 and c["low"] < c["f1"] <= c["high"] for c in found["classes"].values())
    assert sorted(path.name for path in desk.iterdir()) == ["head.npz", "manifest.json"]


def test_it_reads_texts_that_it_never_saw(desk: Path, tmp_path: Path) -> None:
    lens = load_own_lens(desk, ENCODER.name)
    found = evaluate_own([write_csv(tmp_path / "dev.csv", few(40, seed=9))], ENCODER, lens)
    assert found["lenses"]["desk"]["macro_f1"] > 0.9 and found["lenses"]["desk"]["ece"] < 0.2


def test_no_mistake_in_few_texts_is_not_called_certain() -> None:
    y = np.eye(3, dtype=bool)[np.arange(24) % 3]
    macro, own = f1_estimates(y, y)
    assert macro.value == macro.high == 1 and macro.low is not None and 0.8 < macro.low < 0.97
    assert all(one.value == 1 and one.low is not None and 0.6 < one.low < macro.low for one in own)
    many_texts, _ = f1_estimates(np.tile(y, (50, 1)), np.tile(y, (50, 1)))
    assert many_texts.low is not None and many_texts.low > 0.99


@pytest.mark.parametrize("several", [False, True])
def test_few_texts_all_of_them_right_do_not_call_for_certainty(several: bool) -> None:
    y = np.eye(2, dtype=bool)[np.arange(12) % 2]
    aims = softened(y, several=several)
    np.testing.assert_allclose(aims, np.where(y, 7 / 8, 1 / 8))
    scaling = calibration(np.where(y, 3.0, -3.0), y, several=several)
    assert np.isfinite(scaling.slope).all() and np.isfinite(scaling.offset).all() and (scaling.slope < 2).all()


@pytest.mark.parametrize("make", [few, many])
def test_the_same_rows_in_any_order_give_the_same_bytes(tmp_path: Path, make: Any) -> None:
    lens = DESK if make is few else TOUCHES
    rows = make()
    one, other = tmp_path / "one", tmp_path / "other"
    train_own([write_csv(tmp_path / "a.csv", rows)], lens, one, ENCODER)
    train_own([write_csv(tmp_path / "b.csv", rows[::-1])], lens, other, ENCODER)
    assert (one / "head.npz").read_bytes() == (other / "head.npz").read_bytes()
    assert (one / "manifest.json").read_bytes() == (other / "manifest.json").read_bytes()


def test_the_order_in_which_classes_are_declared_changes_no_label(desk: Path, tmp_path: Path) -> None:
    turned = trained(tmp_path, few(), replace(DESK, classes=dict(reversed(DESK.classes.items()))))
    lens = load_own_lens(desk, ENCODER.name)
    for encoded in encode_comments(ENCODER, [[row["text"]] for row in few(10, seed=5)]):
        one, other = (one.decide(one.apply(own_features(encoded))) for one in (lens, turned))
        assert one.label == other.label and one.p == pytest.approx(other.p, abs=1e-6)


def test_two_classes_and_a_column_of_another_name(tmp_path: Path) -> None:
    rows = [{"text": row["text"], "is it?": row["desk"]} for row in few() if row["desk"] != "shop"]
    lens = trained(tmp_path, rows, Declaration("money", {"signal": "", "bill": ""}, False, "is it?"))
    p = lens.apply(own_features(encode_comments(ENCODER, [["Bill charged twice today."]])[0]))
    assert p.shape == (2,) and p.sum() == pytest.approx(1) and lens.decide(p).label == "bill"


def test_classes_that_are_questions_of_their_own(touches: Path) -> None:
    lens = load_own_lens(touches, ENCODER.name)
    both, neither = encode_comments(ENCODER, [["Bill charged twice signal coverage lost."], ["Really home today."]])
    label, p = lens.decide(lens.apply(own_features(both)))
    assert sorted(label) == ["bill", "signal"] and isinstance(p, list) and p == sorted(p, reverse=True)
    assert lens.decide(lens.apply(own_features(neither))) == ([], [])
    manifest = json.loads((touches / "manifest.json").read_text())
    assert manifest["cross_validated"]["macro_f1"] > 0.9 and "confusion" not in manifest["cross_validated"]


def test_rows_without_label_or_text_are_left_out_and_counted(tmp_path: Path) -> None:
    rows = [*few(), {"text": "Unlabelled yet.", "desk": ""}, {"text": "", "desk": "bill"}]
    manifest = train_own([write_csv(tmp_path / "l.csv", rows)], DESK, tmp_path / "lens", ENCODER)
    assert (manifest["rows"], manifest["left_out"]) == (48, 2)


def test_every_kind_of_table_gives_the_same_lens(tmp_path: Path, desk: Path) -> None:
    rows = few()
    book = Workbook()
    book.active.append(["text", "desk"])
    for row in rows:
        book.active.append([row["text"], row["desk"]])
    book.save(tmp_path / "l.xlsx")
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "l.parquet")
    half = [write_lines(tmp_path / "l.jsonl", rows[:20]), write_csv(tmp_path / "rest.csv", rows[20:])]
    for number, data in enumerate(([tmp_path / "l.xlsx"], [tmp_path / "l.parquet"], half)):
        train_own(data, DESK, tmp_path / str(number), ENCODER)
        assert (tmp_path / str(number) / "head.npz").read_bytes() == (desk / "head.npz").read_bytes()


def test_lists_in_json_lines(tmp_path: Path, touches: Path) -> None:
    rows = [{**row, "touches": [] if row["touches"] == "none" else row["touches"].split(";")} for row in many()]
    train_own([write_lines(tmp_path / "l.jsonl", rows)], TOUCHES, tmp_path / "lens", ENCODER)
    assert (tmp_path / "lens" / "head.npz").read_bytes() == (touches / "head.npz").read_bytes()


# --- folds ------------------------------------------------------------------------------------


@settings(max_examples=50)
@given(
    st.lists(st.tuples(st.integers(0, 12), st.integers(0, 3)), min_size=5, max_size=80),
)
def test_folds_keep_groups_whole_and_spread_every_class(rows: list[tuple[int, int]]) -> None:
    _, groups = np.unique([group for group, _ in rows], return_inverse=True)
    y = np.eye(4, dtype=bool)[[group % 4 for group, _ in rows]]
    found = folds(groups, y)
    assert found.shape == groups.shape and set(found.tolist()) <= set(range(FOLDS))
    assert all(len(set(found[groups == group].tolist())) == 1 for group in set(groups.tolist()))
    for column in y.T:
        own = set(groups[column].tolist())
        assert len(set(found[column].tolist())) == min(len(own), FOLDS)


def test_near_duplicates_count_once(tmp_path: Path) -> None:
    rows = [row for row in few() if row["desk"] != "shop"]
    same = "The branch in the high street was closed again today, shame"
    rows += [{"text": same + "!" * i, "desk": "shop"} for i in range(16)]
    assert len(set(near_duplicate_groups([row["text"] for row in rows[-16:]]).tolist())) == 1
    with pytest.raises(InputError, match=r"Only 1 text\(s\) labelled 'shop' \(desk\): 5 are the least"):
        train_own([write_csv(tmp_path / "l.csv", rows)], DESK, tmp_path / "lens", ENCODER)
    assert not (tmp_path / "lens").exists()


# --- data that do not do ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "complaint"),
    [
        (
            [*few(), {"text": "Late.", "desk": "bil"}],
            r"l\.csv, line 50: 'bil' is no class of desk; allowed are bill, sig",
        ),
        (
            renamed(few(), desk="team"),
            r"l\.csv has no column 'desk' \(it has text, team\): .* 'desk' \(another: column in the lens's TOML",
        ),
        (renamed(few(), text="words"), r"has no column 'text' .*: .* 'text' \(another: --map text=COLUMN\)"),
        (renamed(few(), text="words", desk="team"), "has no column 'text' and no column 'desk'"),
        ([{"text": "Late.", "desk": ""}], r"none of 1 row\(s\) has a text and a label of desk; write one of bill"),
        (few(4), r"Only 4 text\(s\) labelled 'bill'"),
        (few()[:36], r"Only 4 text\(s\) labelled 'shop'"),
    ],
)
def test_data_that_do_not_do(tmp_path: Path, rows: list[dict[str, Any]], complaint: str) -> None:
    with pytest.raises(InputError, match=complaint) as refused:
        train_own([write_csv(tmp_path / "l.csv", rows)], DESK, tmp_path / "lens", ENCODER)
    assert "\n" not in str(refused.value)
    assert not (tmp_path / "lens").exists()


def test_a_refusal_shows_little_of_a_text_in_the_wrong_column(tmp_path: Path) -> None:
    data = write_csv(tmp_path / "l.csv", few())
    with pytest.raises(InputError, match=r"line 2: '.{30} …' is no class of desk"):
        train_own([data], replace(DESK, column="text"), tmp_path / "lens", ENCODER)


@pytest.mark.parametrize("content", ["text,desk\n", "[1, 2]\n"])
def test_a_table_without_rows(tmp_path: Path, content: str) -> None:
    data = tmp_path / ("l.csv" if "desk" in content else "l.jsonl")
    data.write_text(content)
    with pytest.raises(InputError, match=r"has no column 'text' and no column 'desk' \(it has no rows\)"):
        train_own([data], DESK, tmp_path / "lens", ENCODER)


def test_labels_by_lot_are_called_no_better_than_one_answer(tmp_path: Path) -> None:
    draw = random.Random(0)
    rows = [{**row, "desk": draw.choice(list(SAID))} for row in few()]
    manifest = train_own([write_csv(tmp_path / "l.csv", rows)], DESK, tmp_path / "lens", ENCODER)
    assert manifest["cross_validated"]["macro_f1"] < 0.5
    assert any("No better than always saying" in remark for remark in remarks(manifest))


def test_a_broken_row_is_not_passed_over(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "l.jsonl", few())
    path.write_text(path.read_text() + "{broken\n")
    with pytest.raises(InputError, match=r"l\.jsonl, line 49: .*; mend it, so that no label is lost"):
        train_own([path], DESK, tmp_path / "lens", ENCODER)


def test_data_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        train_own([tmp_path / "none.csv"], DESK, tmp_path / "lens", ENCODER)


def test_of_several_some_texts_must_be_without(tmp_path: Path) -> None:
    rows = [{**row, "touches": "bill" if row["touches"] == "none" else f"bill;{row['touches']}"} for row in many()]
    with pytest.raises(InputError, match=r"Only 0 text\(s\) labelled without 'bill'"):
        train_own([write_csv(tmp_path / "l.csv", rows)], TOUCHES, tmp_path / "lens", ENCODER)


def test_other_models_are_not_overwritten(tmp_path: Path, desk: Path) -> None:
    data = write_csv(tmp_path / "l.csv", few())
    (tmp_path / "lenses").mkdir()
    (tmp_path / "lenses" / "manifest.json").write_text('{"format": 2}')
    for out, complaint in ((tmp_path / "lenses", "holds other models"), (data, "is a file")):
        with pytest.raises(UsageError, match=complaint):
            train_own([data], DESK, out, ENCODER)
    train_own([data], DESK, tmp_path / "lens", ENCODER)
    train_own([data], DESK, tmp_path / "lens", ENCODER)
    assert (tmp_path / "lens" / "head.npz").read_bytes() == (desk / "head.npz").read_bytes()


# --- every lens, from tables ------------------------------------------------------------------


def test_labelled_comments_come_from_tables_too(tmp_path: Path) -> None:
    rows = labelled(30)
    flat = [{**row, "signals": ";".join(row["signals"]), "evidence": row["evidence"] or ""} for row in rows]
    read = read_labelled(write_csv(tmp_path / "l.csv", flat), with_nc=True)
    assert [{**row, "evidence": row["evidence"] or None} for row in read] == rows
    (measured,) = read_sets([tmp_path / "l.csv"])
    assert measured.kind == "labelled" and measured.records == read
    flat[3]["stance"] = "given"
    with pytest.raises(InputError, match=r"l\.csv, line 5 has the stance 'given'; allowed are giving, taking"):
        read_labelled(write_csv(tmp_path / "l.csv", flat), with_nc=True)
    with pytest.raises(InputError, match=r"l\.csv, line 5 has the stance 'given'"):
        read_sets([tmp_path / "l.csv"])
    with pytest.raises(InputError, match=r"l\.csv has no column 'sentiment'.*named with --lens"):
        read_labelled(write_csv(tmp_path / "l.csv", few()), with_nc=True)
    with pytest.raises(InputError, match=r"no such file"):
        read_labelled(tmp_path / "none.csv", with_nc=True)
