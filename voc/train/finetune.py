"""Train the network: on weak labels first, then on the lenses, all the while on the theme vectors it must keep.

Run as ``python -m voc.train.finetune train.jsonl --weak FOLDER -o network.safetensors``, then ``python -m
voc.train.export --network network.safetensors``, then ``voc train``. Runs on a CPU or a GPU. Each stage writes its
weights beside the output and is passed over where they are already there. Needs the ``train`` extra.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from voc.lenses import LENSES
from voc.schema import SENTIMENTS
from voc.text import Span, prepare
from voc.train.checkpoint import keep, take_up
from voc.train.distil import theme_vectors
from voc.train.export import WEIGHTS_PACKAGE, check_weights, load_tokenizer
from voc.train.labelled import held_out, read_labelled, targets
from voc.train.loss import SHAPE, FinetuneOptions, Loss, Sample, Student, balances
from voc.train.network import Network, Shape
from voc.train.noise import careless
from voc.train.program import program
from voc.train.tokens import Tokens, batches, tokenised
from voc.train.weak import Weak, weak_labels

Say = Callable[[str], None]

#: Parameters that stay as they are.
_KEPT = "embedding.words"
_SAY_EVERY = 100
_KEEP_EVERY = 200


def finetune(
    data: Sequence[Path],
    weights: Path,
    out: Path,
    weak: Path | None = None,
    options: FinetuneOptions | None = None,
    say: Say = print,
) -> Path:
    """Train on the labelled comments in ``data`` and, first, on the public sets in the folder ``weak``; write ``out``.

    Comments that ``voc train`` calibrates on (and near duplicates of them) take no part. A stage that was finished
    before (``out`` with the suffix ``.weak`` or ``.lenses``) is taken up from its file, one that was interrupted from
    its ``.checkpoint``. Raises ModelError for other
    weights than the pinned ones, InputError for unusable data.
    """
    options = options or FinetuneOptions()
    check_weights(weights / "model.safetensors")
    torch.manual_seed(options.seed)
    maker = _Maker(weights, options, torch.device("cuda" if torch.cuda.is_available() else "cpu"), say)
    records = read_labelled(*data, with_nc=False)
    checkpoint = out.with_suffix(".checkpoint")
    weakly = maker.with_themes(maker.weak_samples(weak)) if weak else []
    if weak:
        maker.stage(out.with_suffix(".weak"), lambda: maker.learn(weakly * options.weak_epochs, checkpoint))
    maker.learn([*maker.lens_samples(records), *weakly], checkpoint)
    return maker.student.network.save(out)


class _Maker:
    def __init__(self, weights: Path, options: FinetuneOptions, device: torch.device, say: Say) -> None:
        from transformers import AutoModel

        self.weights = weights
        self.options = options
        self.device = device
        self.say = say
        self.tokenizer = load_tokenizer(weights)
        network = Network(AutoModel.from_pretrained(weights), options.shape)
        self.student = Student(network, options.dropout).to(device)

    def stage(self, path: Path, learn: Callable[[], None]) -> None:
        """Do what ``learn`` does and keep the network in ``path``, or take it from there."""
        if path.is_file():
            self.say(f"{path.name} is there already.")
            self.student.network.load(path)
            return
        learn()
        self.student.network.save(path)

    def with_themes(self, samples: Sequence[Sample]) -> list[Sample]:
        """``samples`` with the theme vectors that their segments are to keep."""
        vectors = theme_vectors(self.weights, [sample.tokens for sample in samples], self.device, self.say)
        return [sample._replace(theme=own) for sample, own in zip(samples, vectors, strict=True)]

    def weak_samples(self, folder: Path) -> list[Sample]:
        return [sample for one in weak_labels(folder) if (sample := self._weak(one)) is not None]

    def _weak(self, one: Weak) -> Sample | None:
        prepared = prepare(one.text)
        if not prepared.text:
            return None
        felt = np.isin(SENTIMENTS, one.sentiments()).astype(np.float32)
        return Sample(self._tokens(prepared.text, prepared.segments), one.task, one.label, felt)

    def lens_samples(self, records: Sequence[dict[str, Any]]) -> list[Sample]:
        """The labelled comments that are not held out, ``epochs`` times, every other time carelessly written."""
        used = [records[i] for i in np.flatnonzero(~held_out(records)).tolist()]
        y = {lens: targets(used, lens) for lens in LENSES}

        def samples(texts: Sequence[str]) -> list[Sample]:
            found = []
            for i, prepared in enumerate(map(prepare, texts)):
                tokens = self._tokens(prepared.text, prepared.segments)
                shown = shown_tokens(tokens, prepared.text, used[i])
                found.append(Sample(tokens, "lenses", {lens: y[lens][i] for lens in LENSES}, shown=shown))
            return found

        source = random.Random(self.options.seed)
        clean = self.with_themes(samples([record["text"] for record in used]))
        epochs = [
            samples([careless(record["text"], source) for record in used]) if epoch % 2 else clean
            for epoch in range(self.options.epochs)
        ]
        return [sample for epoch in epochs for sample in epoch]

    def _tokens(self, text: str, spans: Sequence[Span]) -> Tokens:
        return tokenised(self.tokenizer, text, spans or (Span(0, len(text)),), self.options.most_tokens)

    def learn(self, samples: Sequence[Sample], checkpoint: Path) -> None:
        """Train the whole student, its word vectors apart, on each of ``samples`` once; go on from ``checkpoint`` if it
        is there.
        """
        options = self.options
        plan = _by_task(samples, options.batch, random.Random(options.seed))
        self.say(f"{len(samples):,} comments on {self.device}.")
        network = self.student.network
        parts = (self.student.weak, network.heads, network.alone, network.shows, network.outlet)
        heads = [parameter for part in parts for parameter in part.parameters()]
        new = {id(parameter) for parameter in heads}
        body = [p for name, p in network.named_parameters() if not name.startswith(_KEPT) and id(p) not in new]
        groups = [{"params": body, "lr": options.rate}, {"params": heads, "lr": options.head_rate}]
        optimiser = torch.optim.AdamW(groups, weight_decay=0.01)
        rates = torch.optim.lr_scheduler.OneCycleLR(
            optimiser,
            [options.rate, options.head_rate],
            total_steps=len(plan) + 1,
            pct_start=0.08,
            anneal_strategy="linear",
        )
        loss = Loss(self.student, options, balances(samples, self.device), self.device)
        done = take_up(checkpoint, self.student, optimiser)
        for _ in range(done):
            rates.step()
        begun, recent = time.monotonic(), []
        self.student.train()
        for number, chosen in enumerate(plan[done:], done + 1):
            found = loss([samples[i] for i in chosen])
            optimiser.zero_grad()
            torch.autograd.backward(found)
            nn.utils.clip_grad_norm_([*body, *heads], 1.0)
            optimiser.step()
            rates.step()
            recent.append(float(found.detach()))
            if number % _SAY_EVERY == 0 or number == len(plan):
                left = (time.monotonic() - begun) / (number - done) * (len(plan) - number)
                self.say(
                    f"Step {number:,} of {len(plan):,}: mean loss {np.mean(recent):.3f}, {left / 60:.0f} min left."
                )
                recent = []
            if number % _KEEP_EVERY == 0:
                keep(checkpoint, self.student, optimiser, number)
        checkpoint.unlink(missing_ok=True)
        self.student.eval()


def shown_tokens(tokens: Tokens, text: str, record: dict[str, Any]) -> tuple[int, int] | None:
    """First and last token of the labelled evidence; None where there is none or it is not found."""
    evidence = record.get("evidence")
    if not evidence or (start := text.find(evidence)) < 0:
        return None
    inside = np.flatnonzero((tokens.starts >= start) & (tokens.ends <= start + len(evidence)) & (tokens.ends > 0))
    return (int(inside[0]), int(inside[-1])) if inside.size else None


def _by_task(samples: Sequence[Sample], size: int, source: random.Random) -> list[list[int]]:
    found = []
    for task in dict.fromkeys(sample.task for sample in samples):
        own = [i for i, sample in enumerate(samples) if sample.task == task]
        lengths = [len(samples[i].tokens.ids) for i in own]
        found += [[own[i] for i in batch] for batch in batches(lengths, size, source)]
    source.shuffle(found)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m voc.train.finetune", description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, nargs="+", help="JSON Lines of labelled comments")
    parser.add_argument("--weak", type=Path, help="folder of the public sets to learn from first")
    parser.add_argument("-o", "--out", type=Path, default=Path("network.safetensors"))
    parser.add_argument("--weights", type=Path, help="folder with model.safetensors (default: the pinned package)")
    parser.add_argument("--epochs", type=int, default=FinetuneOptions.epochs)
    parser.add_argument("--layers", type=int, nargs=3, default=SHAPE, metavar=("TRUNK", "THEME", "LENS"))
    args = parser.parse_args()
    weights = args.weights or Path(str(resources.files(WEIGHTS_PACKAGE))) / "model"
    options = FinetuneOptions(shape=Shape(*args.layers), epochs=args.epochs)
    print(f"Wrote {finetune(args.data, weights, args.out, args.weak, options)}")


if __name__ == "__main__":
    program(main)
