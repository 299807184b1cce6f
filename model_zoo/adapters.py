"""Adapters: small trainable parts put into a network and merged into its weights when training is over."""

import math

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrize import is_parametrized, remove_parametrizations


class LowRankChange(nn.Module):
    """Add up @ down, of low rank, to a weight; starts at zero (Hu et al. 2021, arXiv:2106.09685)."""

    def __init__(self, weight: Tensor, rank: int) -> None:
        super().__init__()
        outputs, inputs = weight.flatten(1).shape
        rank = min(rank, outputs, inputs)
        self.up = nn.Parameter(torch.zeros(outputs, rank, device=weight.device))
        self.down = nn.Parameter(torch.empty(rank, inputs, device=weight.device))
        nn.init.kaiming_uniform_(self.down, a=math.sqrt(5))

    def forward(self, weight: Tensor) -> Tensor:
        return weight + (self.up @ self.down).view_as(weight)


def merge(network: nn.Module) -> None:
    """Replace every adapted weight by the weight that it has come to; the network's outputs stay what they are."""
    for module in list(network.modules()):
        if is_parametrized(module):
            for name in list(module.parametrizations):
                remove_parametrizations(module, name, leave_parametrized=True)


def effective_parameters(module: nn.Module) -> dict[str, Tensor]:
    """Give the parameters as the network uses them, adapters applied, under the names they have without adapters."""
    found: dict[str, Tensor] = {}
    for path, part in module.named_modules():
        if ".parametrizations" in f".{path}":
            continue
        names = [name for name, _ in part.named_parameters(recurse=False)]
        names += list(part.parametrizations) if is_parametrized(part) else []
        found |= {f"{path}.{name}" if path else name: getattr(part, name) for name in names}
    return found
