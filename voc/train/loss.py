"""What the network learns from, and how far off it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional

from voc.lenses import LENSES
from voc.train.distil import faster
from voc.train.network import Network, Pooled, Shape, pooled, segment_means
from voc.train.tokens import Batch, Tokens, padded
from voc.train.weak import TASKS

SHAPE: Final = Shape()


@dataclass(frozen=True)
class FinetuneOptions:
    """``batch``: comments a step. ``rate``, ``head_rate``: highest learning rates, warmed up and let down linearly.

    ``epochs``: over the labelled comments, every other one as careless writers would have put them, among one epoch of
    weak labels. ``most_tokens``: longer comments are cut. The weights stand before their parts of the loss.
    """

    shape: Shape = SHAPE
    weak_epochs: int = 2
    epochs: int = 5
    batch: int = 24
    rate: float = 1e-4
    head_rate: float = 1e-3
    most_tokens: int = 160
    signal_weight: float = 6.0
    alone_weight: float = 2.0
    stance_weight: float = 1.3
    shown_weight: float = 0.7
    emotion_weight: float = 8.0
    felt_weight: float = 0.5
    theme_weight: float = 8.0
    smoothing: float = 0.05
    dropout: float = 0.1
    seed: int = 7


class Sample(NamedTuple):
    """A comment to learn from. ``task``: ``lenses`` or one of the weak ones. ``felt``: 0/1 for each sentiment, whether
    a weak label leaves it possible. ``shown``: first and last token of the evidence, where known. ``theme``: vectors of
    the segments, where they are to be learnt.
    """

    tokens: Tokens
    task: str
    y: Any
    felt: npt.NDArray[np.float32] | None = None
    shown: tuple[int, int] | None = None
    theme: npt.NDArray[np.float16] | None = None


class Student(nn.Module):
    """The network with a linear head for every weak task."""

    def __init__(self, network: Network, dropout: float) -> None:
        super().__init__()
        self.network = network
        self.dropout = nn.Dropout(dropout)
        self.weak = nn.ModuleDict({task: nn.Linear(2 * network.width, size) for task, size in TASKS.items()})

    def forward(self, seen: Pooled, task: str) -> dict[str, Tensor]:
        """Logits of a weak task and of sentiment, or of all lenses and of the signals of segments (``alone``)."""
        seen = Pooled(self.dropout(seen.comment), self.dropout(seen.segment), seen.there)
        alone = self.network.signals_alone(seen)
        both = torch.cat([seen.comment, alone], -1)
        if task in TASKS:
            return {task: self.weak[task](seen.comment), "sentiment": self.network.heads["sentiment"](both)}
        return {lens: head(both) for lens, head in self.network.heads.items()} | {"alone": alone}


class Loss:
    """The loss of a batch of samples of one task, all parts weighed."""

    def __init__(
        self, student: Student, options: FinetuneOptions, balances: dict[str, Tensor], device: torch.device
    ) -> None:
        self.student = student
        self.options = options
        self.balances = balances
        self.of_many = {
            "signals": options.signal_weight,
            "alone": options.alone_weight,
            "emotions": options.emotion_weight,
        }
        self.device = device

    def __call__(self, samples: Sequence[Sample]) -> Tensor:
        """Loss of samples of one task."""
        batch = padded([sample.tokens for sample in samples], self.device)
        with faster(self.device):
            states = self.student.network(*batch)
        lens = states.lens.float()
        task = samples[0].task
        logits = self.student(pooled(lens, batch.segments), task)
        total = self.options.theme_weight * self._theme(samples, batch, states.theme.float())
        if task != "lenses":
            return (
                total
                + self._of(task, logits[task], [sample.y for sample in samples])
                + self._felt(samples, logits["sentiment"])
            )
        for name in LENSES:
            total = total + self._of(name, logits[name], [sample.y[name] for sample in samples])
        total = total + self._of("alone", logits["alone"], [sample.y["signals"] for sample in samples])
        return total + self.options.shown_weight * self._shown(samples, batch, lens)

    def _of(self, task: str, logits: Tensor, labels: Sequence[Any]) -> Tensor:
        y = torch.from_numpy(np.array(labels)).to(self.device)
        if task in self.of_many:
            return self.of_many[task] * functional.binary_cross_entropy_with_logits(logits, y.float())
        weight = self.options.stance_weight if task == "stance" else 1.0
        return weight * functional.cross_entropy(
            logits, y, weight=self.balances.get(task), label_smoothing=self.options.smoothing
        )

    def _felt(self, samples: Sequence[Sample], logits: Tensor) -> Tensor:
        """Negative log of the probability that the sentiment is one of those the weak label leaves possible."""
        possible = torch.from_numpy(np.stack([sample.felt for sample in samples])).to(self.device)  # type: ignore[misc]
        missed: Tensor = -(logits.log_softmax(-1) + (possible - 1) * 1e4).logsumexp(-1).mean()
        return self.options.felt_weight * missed

    def _theme(self, samples: Sequence[Sample], batch: Batch, states: Tensor) -> Tensor:
        """Mean distance, 1 − cosine, of the segments' theme vectors from those they are to keep."""
        rows = [i for i, sample in enumerate(samples) if sample.theme is not None]
        if not rows:
            return states.new_zeros(())
        found = self.student.network.outlet(segment_means(states[rows], batch.segments[rows]))
        wanted = np.concatenate([samples[i].theme for i in rows])
        cosine: Tensor = (found * torch.from_numpy(wanted).to(found)).sum(-1).mean()
        return 1 - cosine

    def _shown(self, samples: Sequence[Sample], batch: Batch, states: Tensor) -> Tensor:
        rows = [i for i, sample in enumerate(samples) if sample.shown is not None]
        if not rows:
            return states.new_zeros(())
        borders = torch.tensor([samples[i].shown for i in rows], device=self.device)
        logits = self.student.network.shows(self.student.dropout(states[rows]))
        logits = logits.masked_fill((batch.segments[rows] < 0)[..., None], -1e4)
        # The share of comments with evidence differs from batch to batch.
        return functional.cross_entropy(logits, borders) * (len(rows) / len(samples))


def balances(samples: Sequence[Sample], device: torch.device) -> dict[str, Tensor]:
    """Weight of each class of the lenses that choose one: root of its inverse share."""
    own = [sample.y for sample in samples if sample.task == "lenses"]
    if not own:
        return {}
    found = {}
    for lens, classes in LENSES.items():
        if lens != "signals":
            counts = np.bincount([y[lens] for y in own], minlength=len(classes))
            found[lens] = torch.tensor(np.sqrt(len(own) / len(classes) / counts), dtype=torch.float32, device=device)
    return found
