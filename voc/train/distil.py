"""What the original model says of segments: the theme vectors that the network learns to give."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional

from voc.train.network import segment_means
from voc.train.tokens import Tokens, batches, padded, segments_of

_BATCH = 64
_SAY_EVERY = 200


def theme_vectors(
    weights: Path, tokens: Sequence[Tokens], device: torch.device, say: Callable[[str], None] = print
) -> list[npt.NDArray[np.float16]]:
    """The unit vectors that the model in the folder ``weights`` gives to the segments of each comment, each segment
    read alone, (segments, width).
    """
    from transformers import AutoModel

    teacher = AutoModel.from_pretrained(weights).to(device).eval()
    alone = [segment for one in tokens for segment in segments_of(one)]
    found = np.empty((len(alone), teacher.config.hidden_size), dtype=np.float16)
    plan = batches([len(one.ids) for one in alone], _BATCH, random.Random(0))
    for number, rows in enumerate(plan, 1):
        batch = padded([alone[i] for i in rows], device)
        with torch.no_grad(), faster(device):
            states = teacher(input_ids=batch.ids, attention_mask=(batch.segments >= 0).long())[0].float()
        found[rows] = functional.normalize(segment_means(states, batch.segments), dim=-1).cpu().numpy()
        if number % _SAY_EVERY == 0:
            say(f"Theme vectors: batch {number:,} of {len(plan):,}.")
    ends = np.cumsum([one.segments[-1] + 1 for one in tokens])
    return np.split(found, ends[:-1])


def faster(device: torch.device) -> torch.autocast:
    """Products in bfloat16 where the processor has instructions for it: twice as fast."""
    able = device.type == "cuda" or torch.cpu._is_avx512_bf16_supported()
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=able)
