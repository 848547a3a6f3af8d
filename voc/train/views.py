"""The encoder's two views: lower layers shared, then one set of top layers for themes and one for the lenses."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

#: Layers that both views share.
SHARED_LAYERS = 4


class TwoViews(nn.Module):
    """Token ids and mask in, two unit vectors a text out: ``theme``, as the original model gives it, and ``lens``."""

    def __init__(self, body: Any, lens_layers: nn.ModuleList) -> None:
        super().__init__()
        self.embeddings = body.embeddings
        self.shared = body.encoder.layer[:SHARED_LAYERS]
        self.theme = body.encoder.layer[SHARED_LAYERS:]
        self.lens = lens_layers

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> tuple[Tensor, Tensor]:
        mask = attention_mask.to(torch.float32)
        states = run_layers(self.shared, self.embeddings(input_ids=input_ids), mask)
        theme, lens = (pooled(run_layers(layers, states, mask), mask) for layers in (self.theme, self.lens))
        return theme, lens


def new_lens_layers(body: Any, learnt: Path | None = None) -> nn.ModuleList:
    """Return copies of the model's top layers, with the weights that ``voc.train.finetune`` wrote, if given."""
    layers: nn.ModuleList = copy.deepcopy(body.encoder.layer[SHARED_LAYERS:])
    if learnt is not None:
        from safetensors.torch import load_file

        layers.load_state_dict({name: value.float() for name, value in load_file(learnt).items()})
    return layers


def run_layers(layers: nn.ModuleList, states: Tensor, mask: Tensor) -> Tensor:
    """Pass states (n, tokens, width) through layers; ``mask`` (n, tokens) is 1 for tokens, 0 for padding."""
    attention = (1.0 - mask[:, None, None, :]) * -1e4
    for layer in layers:
        output = layer(states, attention_mask=attention)
        states = output[0] if isinstance(output, tuple) else output
    return states


def pooled(states: Tensor, mask: Tensor) -> Tensor:
    """Mean over the tokens, scaled to length one: (n, width)."""
    weights = mask.unsqueeze(-1)
    return functional.normalize((states * weights).sum(1) / weights.sum(1), dim=-1)
