"""Drift: how far training has moved each stage of a network, relative to where it started."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from model_zoo.adapters import effective_parameters


@torch.no_grad()
def drift(network: nn.Sequential, start: nn.Sequential) -> list[float]:
    """Give ‖θ − θ₀‖ / ‖θ₀‖ for each stage of two networks of one architecture, input first.

    A stage's weights are taken as one vector, and as the forward pass uses them: an adapter counts by what it does.
    Batch-norm statistics are not parameters and are left out. Raises ValueError where the weights do not match.
    """
    now, before = effective_parameters(network), effective_parameters(start)
    for name in {**now, **before}:
        shapes = [tuple(weights[name].shape) if name in weights else "missing" for weights in (now, before)]
        if shapes[0] != shapes[1]:
            raise ValueError(f"The weight “{name}” is {shapes[0]} now and {shapes[1]} at the start.")
    return stage_drift([name for name, _ in network.named_children()], now, before)


@torch.no_grad()
def stage_drift(stages: Sequence[str], now: Mapping[str, Tensor], start: Mapping[str, Tensor]) -> list[float]:
    """Give the drift of each stage from weights by name; those that `start` leaves out have not moved.

    A stage without weights has drift 0; one that started at zero is measured against where it is, which gives 1.
    """
    moved = [_length([now[name].float() - start[name].float() for name in _of(stage, start)]) for stage in stages]
    length = [_length([start[name].float() for name in _of(stage, start)]) for stage in stages]
    return [_ratio(*pair) for pair in zip(moved, length, strict=True)]


def _of(stage: str, weights: Mapping[str, Tensor]) -> list[str]:
    return [name for name in weights if name.partition(".")[0] == stage]


def _length(tensors: list[Tensor]) -> float:
    return torch.stack([tensor.norm() for tensor in tensors]).norm().item() if tensors else 0.0


def _ratio(moved: float, length: float) -> float:
    if length == 0:
        return 0.0 if moved == 0 else 1.0
    return moved / length
