"""``voc batch`` with lenses of one's own and the fast profile: what ``voc tag`` writes with them. Shipped models."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from calling import call, one_line
from own_labels import DESK, few, write_csv
from test_batch import rows_of, write

from voc.encode import load_encoder
from voc.errors import ModelError
from voc.train.own import train_own

Capsys = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def lens(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lens for the shipped encoder."""
    folder = tmp_path_factory.mktemp("own")
    train_own([write_csv(folder / "few.csv", few())], DESK, folder / "lens", load_encoder(threads=1))
    return folder / "lens"


@pytest.mark.parametrize("which", ["lens", "fast"])
def test_parts_hold_what_voc_tag_writes(lens: Path, which: str, tmp_path: Path, capsys: Capsys) -> None:
    more: Sequence[object] = ("--lens", lens) if which == "lens" else ("--profile", "fast")
    source = write(tmp_path / "reviews.csv", 6, {2: "charged twice, money missing", 3: ""})
    assert call(capsys, "tag", source, "-o", tmp_path / "one.parquet", "--threads", 1, *more).code == 0
    expected = pq.read_table(tmp_path / "one.parquet")
    said = call(capsys, "batch", source, tmp_path / "out", "--workers", 1, "--part-size", 4, *more)
    assert said.code == 0 and "6 rows tagged in 2 new parts" in said.err
    assert rows_of(tmp_path / "out") == expected.to_pylist()
    part = pq.read_schema(next((tmp_path / "out").glob("*.parquet")))
    assert part.equals(expected.schema)
    version = expected["model_version"][0].as_py()
    assert version.endswith("+fast") if which == "fast" else "+desk-" in version
    if which == "lens":
        assert set(expected["desk"].to_pylist()) <= {"bill", "signal", "shop"}
    # Without it, it is another model's sink.
    assert "was written with the model" in one_line(call(capsys, "batch", source, tmp_path / "out", "--resume"))


def test_what_does_not_go_together_is_one_line(lens: Path, tmp_path: Path, capsys: Capsys) -> None:
    source = write(tmp_path / "reviews.csv", 3)
    for sink, *more in (
        (f"store:{tmp_path / 'store'}", "--lens", lens),
        (f"store:{tmp_path / 'store'}", "--profile", "fast"),
    ):
        assert "A store holds the tags of the shipped lenses" in one_line(call(capsys, "batch", source, sink, *more))
    fast = call(capsys, "batch", source, tmp_path / "out", "--profile", "fast", "--lens", lens)
    assert fast.code == 2 and "The fast profile reads no themes and no lenses of your own" in one_line(fast)
    none = call(capsys, "batch", source, tmp_path / "out", "--profile", "quick")
    assert "There is no profile 'quick'" in one_line(none)
    assert "No usable lens of your own" in one_line(call(capsys, "batch", source, tmp_path / "out", "--lens", tmp_path))


def test_a_gpu_that_is_not_there_is_said() -> None:
    import onnxruntime

    if "CUDAExecutionProvider" in onnxruntime.get_available_providers():
        pytest.skip("onnxruntime-gpu is installed")
    with pytest.raises(ModelError, match="install onnxruntime-gpu in place of onnxruntime"):
        load_encoder(gpu=True)
