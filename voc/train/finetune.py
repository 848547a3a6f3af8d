"""Fine-tune the encoder's lens view: copies of its top layers learn to read comments by the codebook.

Run as ``python -m voc.train.finetune train.jsonl -o lens_layers.safetensors``, then ``python -m voc.train.export
--lens-layers lens_layers.safetensors``, then ``voc train``. The lower layers are shared with the theme view and stay as
they are, so their states are computed once and an epoch costs two layers instead of six. Runs on a CPU or a GPU.
Needs the ``train`` extra.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional

from voc.encode import load_encoder
from voc.lenses import LENSES
from voc.train.export import MAX_TOKENS, WEIGHTS_PACKAGE, check_weights
from voc.train.labelled import Labelled, encode_labelled, held_out, read_labelled
from voc.train.views import SHARED_LAYERS, new_lens_layers, pooled, run_layers

FEATURE_SCALE = 12.0
#: Groups of like length that the segments of a batch are padded in.
CHUNKS = 6


@dataclass(frozen=True)
class FinetuneOptions:
    """``batch``: comments a step. ``layer_rate``, ``head_rate``: highest learning rates, warmed up and let down
    linearly.
    """

    epochs: int = 3
    batch: int = 32
    layer_rate: float = 1e-4
    head_rate: float = 1e-3
    signal_weight: float = 5.0
    smoothing: float = 0.05
    dropout: float = 0.1
    seed: int = 7


@dataclass(frozen=True)
class States:
    """What the shared layers make of all segments: ``tokens`` (all tokens, width) float16, segment k has the rows
    ``ends[k]`` … ``ends[k + 1]``; comment i has the segments ``segments[i]`` … ``segments[i + 1]``.
    """

    tokens: npt.NDArray[np.float16]
    ends: npt.NDArray[np.int64]
    segments: npt.NDArray[np.int64]

    def batch(self, comments: npt.NDArray[np.int64], device: torch.device) -> Batch:
        """Gather the segments of ``comments``, those of like length padded together."""
        rows = np.array([k for i in comments for k in range(self.segments[i], self.segments[i + 1])])
        lengths = (self.ends[1:] - self.ends[:-1])[rows]
        order = np.argsort(lengths, kind="stable")
        chunks = []
        for chunk in np.array_split(order, min(CHUNKS, len(order))):
            states = np.zeros((len(chunk), lengths[chunk].max(), self.tokens.shape[1]), dtype=np.float32)
            mask = np.zeros(states.shape[:2], dtype=np.float32)
            for place, at in enumerate(chunk):
                states[place, : lengths[at]] = self.tokens[self.ends[rows[at]] : self.ends[rows[at] + 1]]
                mask[place, : lengths[at]] = 1
            chunks.append((torch.from_numpy(states).to(device), torch.from_numpy(mask).to(device)))
        counts = [int(self.segments[i + 1] - self.segments[i]) for i in comments]
        return Batch(chunks, torch.from_numpy(np.argsort(order)).to(device), counts)


class Batch(NamedTuple):
    """Segments of some comments: ``chunks`` of padded states (n, longest, width) and masks (n, longest), ``places``
    that put the segments back into reading order, and how many segments each comment has.
    """

    chunks: list[tuple[Tensor, Tensor]]
    places: Tensor
    counts: list[int]


class LensView(nn.Module):
    """Top layers and linear heads; a comment is read by the mean, largest and smallest value of its segments."""

    def __init__(self, layers: nn.ModuleList, width: int, dropout: float) -> None:
        super().__init__()
        self.layers = layers
        self.dropout = nn.Dropout(dropout)
        self.heads = nn.ModuleDict({lens: nn.Linear(3 * width, len(names)) for lens, names in LENSES.items()})

    def forward(self, batch: Batch) -> dict[str, Tensor]:
        vectors = torch.cat([pooled(run_layers(self.layers, states, mask), mask) for states, mask in batch.chunks])
        per_comment = torch.split(vectors[batch.places], batch.counts)
        seen = torch.stack([torch.cat([v.mean(0), v.max(0).values, v.min(0).values]) for v in per_comment])
        seen = self.dropout(seen * FEATURE_SCALE)
        return {lens: head(seen) for lens, head in self.heads.items()}


def finetune(
    data: Sequence[Path],
    weights: Path,
    out: Path,
    options: FinetuneOptions | None = None,
    say: Callable[[str], None] = print,
) -> Path:
    """Learn the lens view from the labelled comments in ``data``; write its layers (safetensors, float16) to ``out``.

    Comments that ``voc train`` calibrates on (and near duplicates of them) take no part. Raises ModelError for other
    weights than the pinned ones, InputError for unusable data.
    """
    from safetensors.torch import save_file
    from transformers import AutoModel

    options = options or FinetuneOptions()
    check_weights(weights / "model.safetensors")
    torch.manual_seed(options.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    labelled = encode_labelled(read_labelled(*data, with_nc=False), load_encoder())
    rows = np.flatnonzero(~held_out(labelled.themes))
    body = AutoModel.from_pretrained(weights).eval()
    say(f"The shared layers read {len(labelled):,} comments once, on {device}.")
    states = shared_states(labelled, body, weights, device)
    say(f"Fine-tuning on {len(rows):,} of them, {options.epochs} epochs.")
    view = LensView(new_lens_layers(body), body.config.hidden_size, options.dropout).to(device)
    for epoch, loss in enumerate(_epochs(view, states, labelled.y, rows, options, device), 1):
        say(f"Epoch {epoch} of {options.epochs}: mean loss {loss:.3f}.")
    learnt = {name: value.half().cpu().contiguous() for name, value in view.layers.state_dict().items()}
    save_file(learnt, out)
    return out


def shared_states(labelled: Labelled, body: Any, weights: Path, device: torch.device) -> States:
    """Run the shared layers over every segment once."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(weights / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    texts = [t[s.start : s.end] for t, own in zip(labelled.texts, labelled.spans, strict=True) for s in own]
    ids = [encoding.ids for encoding in tokenizer.encode_batch(texts)]
    lengths = np.array([len(one) for one in ids])
    ends = np.concatenate([[0], np.cumsum(lengths)])
    tokens = np.empty((ends[-1], body.config.hidden_size), dtype=np.float16)
    trunk, embed = body.encoder.layer[:SHARED_LAYERS].to(device), body.embeddings.to(device)
    order = np.argsort(lengths, kind="stable")
    with torch.inference_mode():
        for chunk in np.array_split(order, max(1, len(order) // 64)):
            longest = int(lengths[chunk].max())
            padded = np.zeros((len(chunk), longest), dtype=np.int64)
            mask = np.zeros((len(chunk), longest), dtype=np.float32)
            for place, k in enumerate(chunk):
                padded[place, : lengths[k]], mask[place, : lengths[k]] = ids[k], 1
            start = embed(input_ids=torch.from_numpy(padded).to(device))
            found = run_layers(trunk, start, torch.from_numpy(mask).to(device)).half().cpu().numpy()
            for place, k in enumerate(chunk):
                tokens[ends[k] : ends[k + 1]] = found[place, : lengths[k]]
    segments = np.concatenate([[0], np.cumsum([len(own) for own in labelled.spans])])
    return States(tokens, ends, segments)


def _epochs(
    view: LensView,
    states: States,
    y: dict[str, npt.NDArray[np.int64]],
    rows: npt.NDArray[np.int64],
    options: FinetuneOptions,
    device: torch.device,
) -> Iterator[float]:
    """Train; yield each epoch's mean loss."""
    optimiser = torch.optim.AdamW(
        [
            {"params": view.layers.parameters(), "lr": options.layer_rate},
            {"params": view.heads.parameters(), "lr": options.head_rate},
        ],
        weight_decay=0.01,
    )
    steps = options.epochs * -(-len(rows) // options.batch)
    rates = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, [options.layer_rate, options.head_rate], total_steps=steps, pct_start=0.1, anneal_strategy="linear"
    )
    balance = {lens: _balance(y[lens][rows], len(LENSES[lens])).to(device) for lens in LENSES if lens != "signals"}
    random = np.random.default_rng(options.seed)
    view.train()
    for _ in range(options.epochs):
        order = random.permutation(rows)
        losses = []
        for chosen in (order[i : i + options.batch] for i in range(0, len(order), options.batch)):
            logits = view(states.batch(chosen, device))
            loss = _loss(
                logits, {lens: torch.from_numpy(y[lens][chosen]).to(device) for lens in LENSES}, balance, options
            )
            optimiser.zero_grad()
            torch.autograd.backward(loss)
            nn.utils.clip_grad_norm_(view.parameters(), 1.0)
            optimiser.step()
            rates.step()
            losses.append(float(loss.detach()))
        yield float(np.mean(losses))


def _loss(
    logits: dict[str, Tensor], truth: dict[str, Tensor], balance: dict[str, Tensor], options: FinetuneOptions
) -> Tensor:
    signals = functional.binary_cross_entropy_with_logits(logits["signals"], truth["signals"].float())
    total = options.signal_weight * signals
    for lens, weight in balance.items():
        total = total + functional.cross_entropy(
            logits[lens], truth[lens], weight=weight, label_smoothing=options.smoothing
        )
    return total


def _balance(y: npt.NDArray[np.int64], classes: int) -> Tensor:
    """Weight of each class: root of its inverse share."""
    return torch.tensor(np.sqrt(len(y) / classes / np.bincount(y, minlength=classes)), dtype=torch.float32)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m voc.train.finetune", description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, nargs="+", help="JSON Lines of labelled comments")
    parser.add_argument("-o", "--out", type=Path, default=Path("lens_layers.safetensors"))
    parser.add_argument("--weights", type=Path, help="folder with model.safetensors (default: the pinned package)")
    parser.add_argument("--epochs", type=int, default=FinetuneOptions.epochs)
    args = parser.parse_args()
    weights = args.weights or Path(str(resources.files(WEIGHTS_PACKAGE))) / "model"
    print(f"Wrote {finetune(args.data, weights, args.out, FinetuneOptions(epochs=args.epochs))}")


if __name__ == "__main__":
    main()
