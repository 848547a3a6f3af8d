"""From the pinned weights to an encoder that runs: fine-tune on a handful of comments, export, encode."""

from __future__ import annotations

import warnings
from importlib import resources
from pathlib import Path

import numpy as np
import pytest
from labelled_texts import labelled, write_lines

from voc.encode import OnnxEncoder, load_encoder
from voc.train.export import WEIGHTS_PACKAGE, export, sha256
from voc.train.finetune import FinetuneOptions, finetune

TEXTS = ["They put the price up again.", "The lady on the phone was lovely.", "ok", "Where do I find my PIN?"]


@pytest.fixture(scope="module")
def weights() -> Path:
    return Path(str(resources.files(WEIGHTS_PACKAGE))) / "model"


@pytest.fixture(scope="module")
def made(weights: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    folder = tmp_path_factory.mktemp("made")
    data = write_lines(folder / "labels.jsonl", labelled(80))
    told: list[str] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter's own, about its tracing
        options = FinetuneOptions(epochs=2, batch=4)
        layers = finetune([data], weights, folder / "layers.safetensors", options, told.append)
        export(weights, folder / "encoder", layers)
    return folder, told


def test_fine_tuning_learns(made: tuple[Path, list[str]]) -> None:
    first, last = (float(line.rsplit(" ", 1)[1].rstrip(".")) for line in made[1] if line.startswith("Epoch"))
    assert last < first


def test_the_theme_view_is_the_shipped_one_and_the_lens_view_is_not(made: tuple[Path, list[str]]) -> None:
    theme, lens = OnnxEncoder(made[0] / "encoder").encode_views(TEXTS)
    shipped = load_encoder()
    assert isinstance(shipped, OnnxEncoder)
    there = shipped.encode_views(TEXTS)
    assert ((theme.astype(np.float32) * there.theme.astype(np.float32)).sum(1) > 0.995).all()
    assert ((lens.astype(np.float32) * there.lens.astype(np.float32)).sum(1) < 0.98).all()


def test_the_export_says_what_it_is_made_of(made: tuple[Path, list[str]]) -> None:
    card = (made[0] / "encoder" / "README.md").read_text()
    assert sha256(made[0] / "layers.safetensors") in card and sha256(made[0] / "encoder" / "model.onnx") in card
    assert "{" not in card
