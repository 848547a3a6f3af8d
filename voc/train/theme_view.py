"""Teach the theme layers alone, above a trunk that stays as it is: the lenses read on as before.

    python -m voc.train.theme_view NETWORK TEXTS.jsonl... -o NETWORK

The texts need no labels. The last stage of the training.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional

from voc.errors import InputError
from voc.text import Span, prepare
from voc.train.distil import faster, theme_vectors
from voc.train.export import WEIGHTS_PACKAGE, check_weights, load_tokenizer, stored_shape
from voc.train.json_lines import json_lines
from voc.train.loss import SHAPE
from voc.train.network import HIDDEN, Network, run
from voc.train.program import program
from voc.train.tokens import Tokens, batches, padded, tokenised

_SAY_EVERY = 200
_HELD_OUT = 1500
_LEAST = 20
Say = Callable[[str], None]


@dataclass(frozen=True)
class ThemeViewOptions:
    """``layers``: of the theme view, begun anew from the original's last ones. ``texts``: at most so many of a file,
    and ``segments`` of a text, each cut to ``most_tokens``. ``plain``: share of the loss on vectors as they are; the
    rest is on vectors less the mean of all, which is what sets themes apart.
    """

    layers: int = SHAPE.theme
    epochs: int = 4
    texts: int = 8000
    segments: int = 3
    most_tokens: int = 64
    batch: int = 96
    learning_rate: float = 4e-4
    plain: float = 0.25
    seed: int = 5


def teach_theme_view(
    network: Path,
    texts: Sequence[Path],
    weights: Path,
    out: Path,
    options: ThemeViewOptions | None = None,
    say: Say = print,
) -> Path:
    """Give the network a theme view that is as near as it gets to the original's vectors of single segments.

    ``texts``: JSON Lines with ``text``. Raises ModelError for other ``weights`` than the pinned ones, InputError for
    files that cannot be read.
    """
    from safetensors.torch import load_file
    from transformers import AutoModel

    options = options or ThemeViewOptions()
    check_weights(weights / "model.safetensors")
    torch.manual_seed(options.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    student = Network(AutoModel.from_pretrained(weights), stored_shape(network)._replace(theme=options.layers))
    kept = {k: v.float() for k, v in load_file(network).items() if k.partition(".")[0] not in ("theme", "outlet")}
    student.load_state_dict(kept, strict=False)
    tokens = _segments(texts, load_tokenizer(weights), options)
    say(f"{len(tokens):,} segments.")
    wanted = torch.from_numpy(np.concatenate(theme_vectors(weights, tokens, device, say))).float()
    view = _View(student.to(device), tokens, wanted, options, device)
    view.learn(say)
    return student.save(out)


class _View:
    """The theme layers of a network with all they learn from: states of the trunk, computed once, and vectors."""

    def __init__(
        self,
        network: Network,
        tokens: Sequence[Tokens],
        wanted: Tensor,
        options: ThemeViewOptions,
        device: torch.device,
    ) -> None:
        self.network, self.wanted, self.options, self.device = network, wanted, options, device
        self.mean = wanted.mean(0).to(device)
        self.lengths = [len(one.ids) for one in tokens]
        if len(tokens) < _LEAST:
            raise InputError(f"{len(tokens)} different sentences: the theme view needs {_LEAST} to learn from.")
        self.trunk = self._trunk(tokens)

    def learn(self, say: Say) -> None:
        """Train on all but the first segments, which tell how near it came."""
        options = self.options
        trained = [*self.network.theme.parameters(), *self.network.outlet.parameters()]
        optimiser = torch.optim.AdamW(trained, lr=options.learning_rate, weight_decay=0.01)
        source = random.Random(options.seed)
        first = min(_HELD_OUT, len(self.lengths) // 10)
        plan = [
            [i + first for i in rows]
            for _ in range(options.epochs)
            for rows in batches(self.lengths[first:], options.batch, source)
        ]
        rates = torch.optim.lr_scheduler.LambdaLR(
            optimiser, lambda step: min(1.0, (step + 1) / 100) * (1 - step / len(plan))
        )
        say(f"Before: {self._said(range(first))}")
        begun = time.monotonic()
        for number, rows in enumerate(plan, 1):
            as_they_are, centred = self._cosines(rows)
            loss = 1 - options.plain * as_they_are.mean() - (1 - options.plain) * centred.mean()
            optimiser.zero_grad()
            torch.autograd.backward(loss)
            nn.utils.clip_grad_norm_(trained, 1.0)
            optimiser.step()
            rates.step()
            if number % _SAY_EVERY == 0:
                left = (time.monotonic() - begun) / number * (len(plan) - number)
                say(f"Step {number:,} of {len(plan):,}: loss {loss.item():.4f}, {left / 60:.0f} min left.")
        say(f"After: {self._said(range(first))}")

    def _trunk(self, tokens: Sequence[Tokens]) -> list[npt.NDArray[np.float16]]:
        found: list[Any] = [None] * len(tokens)
        for rows in batches(self.lengths, self.options.batch, random.Random(0)):
            batch = padded([tokens[i] for i in rows], self.device)
            hidden = (batch.segments < 0).float()[:, None, None, :] * HIDDEN
            with torch.no_grad(), faster(self.device):
                states = run(self.network.trunk, self.network.embedding(batch.ids, batch.places), hidden)
            for own, i in zip(states.half().cpu().numpy(), rows, strict=True):
                found[i] = own[: self.lengths[i]].copy()
        return found

    def _cosines(self, rows: Sequence[int]) -> tuple[Tensor, Tensor]:
        """Of the network's vectors of some segments to those wanted: as they are, and less the mean of all."""
        longest = max(self.lengths[i] for i in rows)
        states = torch.zeros(len(rows), longest, self.network.width)
        there = torch.zeros(len(rows), longest, 1)
        for row, i in enumerate(rows):
            states[row, : self.lengths[i]] = torch.from_numpy(self.trunk[i]).float()
            there[row, : self.lengths[i]] = 1
        there = there.to(self.device)
        hidden = (1 - there[:, None, None, :, 0]) * HIDDEN
        with faster(self.device):
            states = run(self.network.theme, states.to(self.device), hidden)
        vectors = self.network.outlet((states.float() * there).sum(1) / there.sum(1))
        wanted = self.wanted[list(rows)].to(self.device)
        return (vectors * wanted).sum(-1), functional.cosine_similarity(vectors - self.mean, wanted - self.mean, dim=-1)

    def _said(self, rows: range) -> str:
        size = self.options.batch
        with torch.no_grad():
            parts = [self._cosines(rows[start : start + size]) for start in range(0, len(rows), size)]
        plain, centred = (torch.cat(own).mean().item() for own in zip(*parts, strict=True))
        return f"cosine {plain:.4f}, less the mean {centred:.4f}"


def _segments(files: Sequence[Path], tokenizer: Any, options: ThemeViewOptions) -> list[Tokens]:
    """Different segments, some of each text, shuffled."""
    source = random.Random(options.seed)
    found: set[str] = set()
    for file in files:
        texts = [str(record.get("text") or "") for _, record in json_lines(file)]
        source.shuffle(texts)
        for prepared in map(prepare, texts[: options.texts]):
            own = [prepared.text[span.start : span.end] for span in prepared.segments]
            source.shuffle(own)
            found.update(own[: options.segments])
    chosen = sorted(found)
    source.shuffle(chosen)
    return [tokenised(tokenizer, text, [Span(0, len(text))], options.most_tokens) for text in chosen]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m voc.train.theme_view", description=__doc__.splitlines()[0])
    parser.add_argument("network", type=Path, help="what voc.train.finetune wrote")
    parser.add_argument("texts", type=Path, nargs="+", help="JSON Lines of texts; labels are not needed")
    parser.add_argument("-o", "--out", type=Path, required=True)
    parser.add_argument("--weights", type=Path, help="folder with model.safetensors (default: the pinned package)")
    parser.add_argument("--layers", type=int, default=ThemeViewOptions.layers)
    parser.add_argument("--epochs", type=int, default=ThemeViewOptions.epochs)
    args = parser.parse_args()
    weights = args.weights or Path(str(resources.files(WEIGHTS_PACKAGE))) / "model"
    options = ThemeViewOptions(layers=args.layers, epochs=args.epochs)
    print(f"Wrote {teach_theme_view(args.network, args.texts, weights, args.out, options)}")


if __name__ == "__main__":
    program(main)
