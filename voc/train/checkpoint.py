"""Where training stands, on disk: weights and the optimiser's averages, so that it can go on after an interruption."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn


def keep(path: Path, model: nn.Module, optimiser: torch.optim.Optimizer, step: int) -> None:
    """Write weights and averages after ``step`` steps as safetensors, whole or not at all."""
    from safetensors.torch import save_file

    tensors = {f"model.{name}": value for name, value in model.state_dict().items()}
    for number, averages in optimiser.state_dict()["state"].items():
        tensors |= {f"optimiser.{number}.{name}": torch.as_tensor(value) for name, value in averages.items()}
    part = path.with_name(f"{path.name}.part")
    save_file({name: value.cpu().contiguous() for name, value in tensors.items()}, part, {"step": str(step)})
    part.replace(path)


def take_up(path: Path, model: nn.Module, optimiser: torch.optim.Optimizer) -> int:
    """Set ``model`` and ``optimiser`` to what ``keep`` wrote; return the steps done, 0 where there is no such file."""
    from safetensors import safe_open

    if not path.is_file():
        return 0
    weights: dict[str, torch.Tensor] = {}
    averages: dict[int, dict[str, torch.Tensor]] = {}
    with safe_open(path, "pt") as file:
        step = int(file.metadata()["step"])
        for name in file.keys():  # noqa: SIM118
            kind, rest = name.split(".", 1)
            if kind == "model":
                weights[rest] = file.get_tensor(name)
            else:
                number, average = rest.split(".")
                averages.setdefault(int(number), {})[average] = file.get_tensor(name)
    model.load_state_dict(weights)
    optimiser.load_state_dict({"state": averages, "param_groups": optimiser.state_dict()["param_groups"]})
    return step
