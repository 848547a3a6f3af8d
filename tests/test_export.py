"""``voc export``: what the store holds, whole, typed, with names that people gave and labels that they corrected."""

from __future__ import annotations

import csv
import io
import json
import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from openpyxl import load_workbook
from typer.testing import CliRunner

from voc.cli import app
from voc.errors import InputError, UsageError
from voc.pipeline import load_frames
from voc.pipeline.export import comment_fields, export, segment_fields
from voc.store import Store

run = CliRunner().invoke


@pytest.fixture(scope="module")
def store(sample_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the sample store in which one theme was renamed and one comment's stance corrected."""
    place = tmp_path_factory.mktemp("export") / "store"
    shutil.copytree(sample_store, place)
    frames = load_frames(Store.open(place).snapshot())
    theme = frames.comments["themes"].explode().value_counts().index[0]
    held = frames.comments[frames.comments["themes"].map(lambda own: theme in own)].iloc[0]
    for line in (
        ["themes", "rename", theme, "Renamed by hand"],
        ["note", held["dataset"], held["id"], "--stance", "both"],
    ):
        done = run(app, [*line, "--store", str(place)])
        assert done.exit_code == 0, done.output
    return place


def test_parquet_holds_every_comment_with_its_types(store: Path, tmp_path: Path) -> None:
    file = tmp_path / "comments.parquet"
    assert run(app, ["export", "-o", str(file), "--store", str(store)]).exit_code == 0
    table = pq.read_table(file)
    assert table.schema.equals(comment_fields())
    held = Store.open(store).snapshot().comments()
    for column in ("id", "text", "date", "score", "signal_p", "signals", "pii", "model_version"):
        assert table[column].to_pylist() == held[column].to_pylist(), column
    labels = {label for own in table["theme_labels"].to_pylist() for label in own or ()}
    assert "Renamed by hand" in labels
    assert table["stance"].to_pylist().count("both") == held["stance"].to_pylist().count("both") + 1


@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".jsonl"])
def test_a_condition_chooses_the_rows_in_every_format(store: Path, tmp_path: Path, suffix: str) -> None:
    file = tmp_path / f"unhappy{suffix}"
    done = run(app, ["export", "-o", str(file), "--where", "sentiment = 'negative'", "--store", str(store)])
    assert done.exit_code == 0, done.output
    wanted = Store.open(store).snapshot().comments(["id"], where="sentiment = 'negative'")["id"].to_pylist()
    if suffix == ".xlsx":
        first, *cells = load_workbook(file, read_only=True).active.iter_rows(values_only=True)
        rows = [dict(zip(first, row, strict=True)) for row in cells]
    elif suffix == ".csv":
        rows = list(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8"), newline="")))
    else:
        rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert [row["id"] for row in rows] == wanted
    assert {row["sentiment"] for row in rows} == {"negative"}
    assert list(rows[0]) == comment_fields().names


def test_segments_come_with_their_words_and_theme_on_stdout(store: Path) -> None:
    done = run(app, ["export", "-o", "-", "--segments", "--store", str(store)])
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    snapshot = Store.open(store).snapshot()
    texts = dict(zip(snapshot.comments()["id"].to_pylist(), snapshot.comments()["text"].to_pylist(), strict=True))
    assert len(rows) == snapshot.count("segments")
    assert list(rows[0]) == segment_fields().names
    assert all(row["text"] == texts[row["id"]][row["start"] : row["end"]] for row in rows)
    assert all((row["theme"] is None) == (row["theme_label"] is None) for row in rows)


def test_nothing_is_written_where_nothing_fits(store: Path, tmp_path: Path) -> None:
    file = tmp_path / "none.csv"
    with pytest.raises(InputError, match="No comment to export"):
        export(load_frames(Store.open(store).snapshot()).where("id = 'nobody'"), str(file))
    assert not file.exists()
    with pytest.raises(UsageError, match=r"\.parquet"):
        export(load_frames(Store.open(store).snapshot()), str(tmp_path / "comments.ods"))
