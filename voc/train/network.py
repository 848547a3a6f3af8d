"""The network behind the encoder: layers that read segments alone, for themes too, then layers for the lenses."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from voc.lenses import LENSES
from voc.schema import SIGNALS

#: What is added to the attention of tokens that must not see each other.
HIDDEN = -1e4


class Shape(NamedTuple):
    """Layers that see a segment alone, those above them for themes, and those above them that see the comment."""

    trunk: int = 4
    theme: int = 2
    lens: int = 2


class States(NamedTuple):
    """Last states for themes and for lenses, (comments, tokens, width)."""

    theme: Tensor
    lens: Tensor


class Layer(nn.Module):
    """One transformer layer of BERT (Devlin et al. 2019), queries, keys and values in one product."""

    def __init__(self, width: int, heads: int, inner: int, eps: float) -> None:
        super().__init__()
        self.heads = heads
        self.attention = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.first_norm = nn.LayerNorm(width, eps)
        self.up = nn.Linear(width, inner)
        self.down = nn.Linear(inner, width)
        self.second_norm = nn.LayerNorm(width, eps)

    def forward(self, states: Tensor, hidden: Tensor) -> Tensor:
        """``states``: (comments, tokens, width). ``hidden``: added to the attention, (comments, 1, tokens, tokens)."""
        comments, tokens, width = states.shape
        split = self.attention(states).reshape(comments, tokens, 3, self.heads, width // self.heads)
        query, key, value = split.permute(2, 0, 3, 1, 4).unbind(0)
        weights = (query @ key.transpose(2, 3) + hidden).softmax(-1)
        read: Tensor = (weights @ value).transpose(1, 2).reshape(comments, tokens, width)
        states = self.first_norm(states + self.out(read))
        states = self.second_norm(states + self.down(functional.gelu(self.up(states))))
        return states  # noqa: RET504

    def take(self, layer: Any) -> Layer:
        """Take over the weights of a transformers ``BertLayer``."""
        own, scale = layer.attention.self, (self.out.in_features // self.heads) ** -0.5
        with torch.no_grad():
            for kind in ("weight", "bias"):
                parts = [getattr(part, kind) for part in (own.query, own.key, own.value)]
                getattr(self.attention, kind).copy_(torch.cat([parts[0] * scale, *parts[1:]]))
        for mine, theirs in (
            (self.out, layer.attention.output.dense),
            (self.first_norm, layer.attention.output.LayerNorm),
            (self.up, layer.intermediate.dense),
            (self.down, layer.output.dense),
            (self.second_norm, layer.output.LayerNorm),
        ):
            mine.load_state_dict(theirs.state_dict())
        return self


class Embedding(nn.Module):
    """Word pieces and their places in the segment."""

    def __init__(self, words: int, places: int, width: int, eps: float) -> None:
        super().__init__()
        self.words = nn.Embedding(words, width)
        self.places = nn.Embedding(places, width)
        self.norm = nn.LayerNorm(width, eps)

    def forward(self, ids: Tensor, places: Tensor) -> Tensor:
        states: Tensor = self.norm(self.words(ids) + self.places(places))
        return states

    def take(self, embeddings: Any) -> Embedding:
        """Take over the weights of a transformers ``BertEmbeddings``; its one token type joins the places."""
        with torch.no_grad():
            self.words.weight.copy_(embeddings.word_embeddings.weight)
            self.places.weight.copy_(embeddings.position_embeddings.weight + embeddings.token_type_embeddings.weight[0])
        self.norm.load_state_dict(embeddings.LayerNorm.state_dict())
        return self


class Outlet(nn.Module):
    """From the mean over the states of a segment to its theme vector, (…, width), of length one."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.up = nn.Linear(width, 4 * width)
        self.down = nn.Linear(4 * width, width)
        nn.init.zeros_(self.down.weight)
        nn.init.zeros_(self.down.bias)

    def forward(self, mean: Tensor) -> Tensor:
        return functional.normalize(mean + self.down(functional.gelu(self.up(mean))), dim=-1)


class Network(nn.Module):
    """All segments of a comment in one pass: trunk and theme layers see a segment alone, lens layers the whole comment.

    ``shows``: whether what shows giving or taking starts or ends at a token (two logits). ``alone``: the logits of the
    signals of one segment, from mean and largest value over its tokens. ``heads``: the logits of each lens from mean
    and largest value over the tokens of a comment and, of each signal, the largest logit of its segments.
    """

    def __init__(self, body: Any, shape: Shape) -> None:
        """Take the bottom layers of the transformers ``BertModel`` for the trunk, its top layers for the lenses."""
        super().__init__()
        settings = body.config
        self.shape = shape
        self.width = int(settings.hidden_size)
        given = list(body.encoder.layer)

        def layers(chosen: list[Any]) -> nn.ModuleList:
            size = (self.width, settings.num_attention_heads, settings.intermediate_size, settings.layer_norm_eps)
            return nn.ModuleList([Layer(*size).take(layer) for layer in chosen])

        self.embedding = Embedding(
            settings.vocab_size, settings.max_position_embeddings, self.width, settings.layer_norm_eps
        ).take(body.embeddings)
        self.trunk = layers(given[: shape.trunk])
        self.theme = layers(given[len(given) - shape.theme :])
        self.lens = layers(given[len(given) - shape.lens :])
        self.outlet = Outlet(self.width)
        self.shows = nn.Linear(self.width, 2)
        self.alone = nn.Linear(2 * self.width, len(SIGNALS))
        seen = 2 * self.width + len(SIGNALS)
        self.heads = nn.ModuleDict({lens: nn.Linear(seen, len(own)) for lens, own in LENSES.items()})

    def forward(self, ids: Tensor, places: Tensor, segments: Tensor) -> States:
        """Arguments (comments, tokens); segment −1 is padding."""
        alone = (segments[:, :, None] != segments[:, None, :]).to(self.shows.weight.dtype)[:, None] * HIDDEN
        trunk = run(self.trunk, self.embedding(ids, places), alone)
        padding = (segments < 0).to(trunk.dtype)[:, None, None, :] * HIDDEN
        return States(run(self.theme, trunk, alone), run(self.lens, trunk, padding))

    def signals_alone(self, seen: Pooled) -> Tensor:
        """Of each signal the largest logit of the segments of a comment, (comments, signals)."""
        largest: Tensor = self.alone(seen.segment).masked_fill(~seen.there[..., None], HIDDEN).max(1).values
        return largest

    def load(self, path: Path) -> Network:
        """Take over weights that ``save`` wrote."""
        from safetensors.torch import load_file

        self.load_state_dict({name: value.float() for name, value in load_file(path).items()})
        return self

    def save(self, path: Path) -> Path:
        """Write all weights as float16 safetensors."""
        from safetensors.torch import save_file

        save_file({name: value.half().cpu().contiguous() for name, value in self.state_dict().items()}, path)
        return path


class OneComment(nn.Module):
    """What is exported: token numbers, places and segment numbers of one comment in, all (tokens,).

    Out: ``theme`` (segments, width), unit vectors; ``lens`` (segments, 2 * width), mean and largest value of the
    tokens; ``shown`` (tokens, 2), logits of a start and an end of evidence.
    """

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def forward(self, ids: Tensor, places: Tensor, segments: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        theme, lens = (states[0] for states in self.network(ids[None], places[None], segments[None]))
        own = (torch.arange(segments.max() + 1)[:, None] == segments[None, :]).to(lens.dtype)  # type: ignore[call-overload]
        share = own / own.sum(1, keepdim=True)
        largest = (lens[None] + (own - 1)[..., None] * -HIDDEN).max(1).values
        return self.network.outlet(share @ theme), torch.cat([share @ lens, largest], -1), self.network.shows(lens)


def run(layers: nn.ModuleList, states: Tensor, hidden: Tensor) -> Tensor:
    """Pass states through layers."""
    for layer in layers:
        states = layer(states, hidden)
    return states


class Pooled(NamedTuple):
    """Mean and largest value over tokens: of each comment (comments, 2 * width), of each of its segments
    (comments, segments, 2 * width), and which of these are there (comments, segments).
    """

    comment: Tensor
    segment: Tensor
    there: Tensor


def pooled(states: Tensor, segments: Tensor) -> Pooled:
    """Mean and largest value of ``states`` (comments, tokens, width) over comments and over their segments."""
    numbers = torch.arange(int(segments.max()) + 1, device=segments.device)
    own = (segments[:, None, :] == numbers[None, :, None]).to(states.dtype)
    size = own.sum(-1, keepdim=True)
    mean = (own @ states) / size.clamp(min=1)
    inside = (segments >= 0)[..., None]
    index = segments.clamp(min=0)[..., None].expand_as(states)
    largest = states.new_full(mean.shape, HIDDEN).scatter_reduce(1, index, states.masked_fill(~inside, HIDDEN), "amax")
    comment = torch.cat([(mean * size).sum(1) / size.sum(1), largest.max(1).values], -1)
    there = size.squeeze(-1) > 0
    return Pooled(comment, torch.cat([mean, largest.masked_fill(~there[..., None], 0)], -1), there)


def segment_means(states: Tensor, segments: Tensor) -> Tensor:
    """Mean over the tokens of each segment, comment after comment: (segments of all comments, width)."""
    numbers = torch.arange(int(segments.max()) + 1, device=segments.device)
    own = (segments[:, None, :] == numbers[None, :, None]).to(states.dtype)
    there = own.any(-1)
    own = own / own.sum(-1, keepdim=True).clamp(min=1)
    return (own @ states)[there]
