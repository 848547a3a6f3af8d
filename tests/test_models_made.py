"""From the pinned weights to an encoder that runs: fine-tune on a handful of comments, export, encode."""

from __future__ import annotations

import gzip
import json
import random
import shutil
import warnings
from difflib import SequenceMatcher
from importlib import resources
from pathlib import Path

import numpy as np
import pytest
import torch
from labelled_texts import labelled, write_lines
from safetensors.torch import load_file

from voc.encode import OnnxEncoder, encode_comments
from voc.lenses import LENSES
from voc.train.checkpoint import keep, take_up
from voc.train.export import WEIGHTS_PACKAGE, export, network_heads, sha256, stored_shape
from voc.train.finetune import FinetuneOptions, finetune
from voc.train.network import Shape
from voc.train.noise import careless
from voc.train.theme_view import ThemeViewOptions, teach_theme_view
from voc.train.weak import EMOTIONS, SETS, Weak

SHAPE = Shape(1, 1, 1)
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
        options = FinetuneOptions(SHAPE, weak_epochs=1, epochs=4, batch=8)
        network = finetune([data], weights, folder / "network.safetensors", write_weak(folder), options, told.append)
        export(weights, folder / "encoder", network)
    return folder, told


def write_weak(folder: Path) -> Path:
    """Two rows of every public set, in their form."""
    for name, chosen in SETS.items():
        label = {"polarity": "1", "aspects": "Negative+Positive", "emotions": "gratitude,relief"}.get(chosen.task)
        rows = [{"text": f"They came on day {n} and mended it.", "label": label, "rating": 2.0 + n} for n in (0, 1)]
        with gzip.open(folder / f"{name}.jsonl.gz", "wt", encoding="utf-8") as file:
            file.writelines(json.dumps(row) + "\n" for row in rows)
    return folder


def losses(told: list[str]) -> list[float]:
    """Mean losses of the stages: weak labels, then lenses."""
    return [float(line.split("mean loss ")[1].split(",")[0]) for line in told if "mean loss" in line]


def test_each_stage_says_how_far_it_is(made: tuple[Path, list[str]]) -> None:
    weak, lenses = losses(made[1])
    assert weak > 0 < lenses


def test_a_finished_stage_is_taken_up(made: tuple[Path, list[str]], weights: Path, tmp_path: Path) -> None:
    told: list[str] = []
    data = made[0] / "labels.jsonl"
    shutil.copy(made[0] / "network.weak", tmp_path)
    options = FinetuneOptions(SHAPE, epochs=1, batch=8)
    finetune([data], weights, tmp_path / "network.safetensors", made[0], options, told.append)
    assert told[0] == "network.weak is there already."


def test_the_export_reads_comments(made: tuple[Path, list[str]]) -> None:
    encoder = OnnxEncoder(made[0] / "encoder")
    (found,) = encode_comments(encoder, [TEXTS])
    assert found.theme.shape == (4, 384) and found.lens.shape == (4, 768)
    np.testing.assert_allclose(np.linalg.norm(found.theme.astype(np.float32), axis=1), 1, atol=2e-3)


def test_the_heads_of_the_network_are_kept(made: tuple[Path, list[str]]) -> None:
    heads = network_heads(made[0] / "network.safetensors")
    assert {lens: (own.weights.shape, own.bias.shape) for lens, own in heads.items()} == {
        lens: ((768 + 14, len(classes)), (len(classes),)) for lens, classes in LENSES.items()
    } | {"alone": ((768, 14), (14,))}


def test_the_theme_view_is_taught_and_all_else_stays(
    made: tuple[Path, list[str]], weights: Path, tmp_path: Path
) -> None:
    told: list[str] = []
    before, after = made[0] / "network.safetensors", tmp_path / "network.safetensors"
    options = ThemeViewOptions(layers=2, epochs=4, batch=8)
    teach_theme_view(before, [made[0] / "labels.jsonl"], weights, after, options, told.append)
    first, last = (float(line.rsplit(" ", 1)[1]) for line in told if line.startswith(("Before", "After")))
    assert last > first + 0.05
    assert stored_shape(after) == Shape(1, 2, 1)
    old, new = load_file(before), load_file(after)
    others = [name for name in new if not name.startswith(("theme.", "outlet."))]
    assert len(others) > 40 and all(torch.equal(old[name], new[name]) for name in others)


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::torch.jit.TracerWarning")
def test_without_a_network_themes_are_those_of_the_original_model(weights: Path, tmp_path: Path) -> None:
    from sentence_transformers import SentenceTransformer

    encoder = OnnxEncoder(export(weights, tmp_path))
    alone = SentenceTransformer(str(weights)).encode(TEXTS, normalize_embeddings=True)
    assert (encoder.encode(TEXTS) * alone).sum(1).min() > 0.97


def test_careless_writing_keeps_most_of_the_words() -> None:
    text = "They couldn't mend the boiler, so they sent another engineer the same afternoon."
    found = {careless(text, random.Random(seed)) for seed in range(20)}
    assert len(found) > 10
    assert min(SequenceMatcher(None, text.lower(), one.lower()).ratio() for one in found) > 0.85


@pytest.mark.parametrize(
    ("task", "label", "sentiments"),
    [
        ("stars", 0, ("negative",)),
        ("stars", 3, ("positive", "mixed")),
        ("polarity", 0, ("negative", "mixed")),
        ("aspects", 3, ("mixed",)),
        ("emotions", tuple(int(e in ("anger", "gratitude")) for e in EMOTIONS), ("mixed",)),
        ("emotions", tuple(int(e == "curiosity") for e in EMOTIONS), ("neutral",)),
    ],
)
def test_a_weak_label_leaves_some_sentiments_possible(task: str, label: object, sentiments: tuple[str, ...]) -> None:
    assert Weak("", task, label).sentiments() == sentiments  # type: ignore[arg-type]


def test_the_export_says_what_it_is_made_of(made: tuple[Path, list[str]]) -> None:
    card = (made[0] / "encoder" / "README.md").read_text()
    assert sha256(made[0] / "network.safetensors") in card and sha256(made[0] / "encoder" / "model.onnx") in card
    assert "{dim}" not in card and stored_shape(made[0] / "network.safetensors") == SHAPE


def test_interrupted_training_goes_on_from_its_checkpoint(tmp_path: Path) -> None:
    def model() -> tuple[torch.nn.Module, torch.optim.Optimizer]:
        torch.manual_seed(1)
        layer = torch.nn.Linear(3, 2)
        return layer, torch.optim.AdamW([{"params": [layer.weight], "lr": 0.1}, {"params": [layer.bias], "lr": 0.2}])

    def steps(layer: torch.nn.Module, optimiser: torch.optim.Optimizer, numbers: range) -> None:
        for number in numbers:
            optimiser.zero_grad()
            layer(torch.full((4, 3), 0.1 * number)).pow(2).sum().backward()
            optimiser.step()

    whole, optimiser = model()
    steps(whole, optimiser, range(10))
    first, optimiser = model()
    steps(first, optimiser, range(6))
    keep(tmp_path / "c", first, optimiser, 6)
    second, optimiser = model()
    torch.nn.init.zeros_(second.weight)
    assert take_up(tmp_path / "c", second, optimiser) == 6
    steps(second, optimiser, range(6, 10))
    torch.testing.assert_close(second.weight, whole.weight)
    assert take_up(tmp_path / "none", second, optimiser) == 0
