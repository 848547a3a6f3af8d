"""``voc.tagger()``: a callable for other engines' batches, and the page that shows it."""

from __future__ import annotations

import multiprocessing
import pickle
import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

import voc
from voc.errors import UsageError
from voc.pipeline.frame_tagger import ADDED, FrameTagger

PAGE = Path(__file__).parents[1] / "docs" / "engines.md"
SAID = [
    "They charged me twice and refused the refund.",
    "The friendly adviser sorted it in two minutes. Thank you so much!",
    None,
    "",
    "Mail me at rosa@example.org, still no answer.",
]
TABLE = pa.table({"n": range(5), "review": pa.array(SAID), "status": ["open"] * 5})


@pytest.fixture(scope="module")
def tag() -> FrameTagger:
    return voc.tagger(text="review")


def test_every_kind_of_batch_gives_the_same(tag: FrameTagger) -> None:
    table = tag(TABLE)
    assert table.schema.equals(tag.schema(TABLE.schema))
    assert table.column_names == ["n", "status_input", *ADDED.names]
    assert tag(TABLE.to_batches()[0]).equals(table.to_batches()[0])
    frame = tag(TABLE.to_pandas().set_index(pd.Index(list("abcde"))))
    assert list(frame.index) == list("abcde") and list(frame.columns) == table.column_names
    assert [None if pd.isna(stance) else stance for stance in frame["stance"]] == table["stance"].to_pylist()
    rows = table.to_pylist()
    assert [row["status"] for row in rows] == ["ok", "ok", "empty", "empty", "ok"]
    assert rows[1]["stance"] == "giving" and rows[4]["pii"] == ["email"] and "rosa@" not in rows[4]["text"]


def test_batches_may_be_cut_anyhow(tag: FrameTagger) -> None:
    parts = pa.concat_tables([tag(TABLE.slice(i, 2)) for i in range(0, 5, 2)])
    assert parts.equals(tag(TABLE)) and tag(TABLE.slice(0, 0)).num_rows == 0
    assert [len(frame) for frame in tag.frames(iter([TABLE.to_pandas(), TABLE.slice(0, 1).to_pandas()]))] == [5, 1]


def test_it_pickles_without_its_models(tag: FrameTagger) -> None:
    tag(TABLE)
    assert len(pickle.dumps(tag)) < 500
    assert pickle.loads(pickle.dumps(tag))(TABLE).equals(tag(TABLE))


def test_it_works_in_other_processes(tag: FrameTagger) -> None:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        (one,) = pool.map(tag, [TABLE])
    assert one.equals(tag(TABLE))


def test_what_does_not_fit_is_said() -> None:
    with pytest.raises(UsageError, match=r"No column 'text' in the batch; columns are n, review, status"):
        voc.tagger()(TABLE)
    with pytest.raises(UsageError, match="Cannot tag a list"):
        voc.tagger()([1])  # type: ignore[type-var]


def test_the_names_of_the_package() -> None:
    assert voc.__all__ == ["tagger"]


def examples() -> dict[str, str]:
    text = PAGE.read_text(encoding="utf-8")
    return dict(re.findall(r"^## (.+?)$.*?^```python\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL))


def ran(code: str, tmp_path: Path) -> str:
    file = tmp_path / "example.py"
    file.write_text(code)
    done = subprocess.run(
        [sys.executable, file], capture_output=True, text=True, timeout=500, check=False, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_page_s_example_of_processes_runs(tmp_path: Path) -> None:
    assert "giving" in ran(examples()["Plain multiprocessing"], tmp_path)


def test_the_page_s_example_of_spark_runs(tmp_path: Path) -> None:
    pytest.importorskip("pyspark", reason="no pyspark: pip install pyspark (needs Java 17)")
    assert "giving" in ran(examples()["Spark"], tmp_path)
