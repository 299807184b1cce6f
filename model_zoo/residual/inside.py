"""Look into a tower: how the error pulls at each layer, how far activations spread, how much each block adds."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from model_zoo.backbones.networks.cifar import Block, blocks

BATCH = 256  # pictures looked at together


@dataclass(frozen=True)
class Inside:
    """One value a layer or block, input first.

    `gradient_norms` (depth,) are ‖∂loss/∂w‖ of every layer with weights: convolutions, then the softmax. `spreads`
    (1 + blocks,) are standard deviations of what stem and blocks give. `residuals` (blocks,) are ‖F(x)‖ / ‖x‖, what
    a block adds against its input, both by the root of their number of values; empty without shortcuts.
    """

    gradient_norms: list[float]
    spreads: list[float]
    residuals: list[float]


def look(network: nn.Sequential, pictures: Tensor, labels: Tensor) -> Inside:
    """Look at a batch (B, 3, S, S) as training sees it. The network stays as it is, its statistics included."""
    copy = deepcopy(network).train()
    given: list[Tensor] = []
    parts = blocks(copy)
    for part in (copy.get_submodule("stem"), *parts):
        part.register_forward_hook(lambda module, inputs, output: given.append(output.detach()))
    added: list[Tensor] = []
    entered: list[Tensor] = []
    for block in parts:
        if block.residual:
            block.bn2.register_forward_hook(lambda module, inputs, output: added.append(output.detach()))
            block.register_forward_hook(lambda module, inputs, output: entered.append(inputs[0].detach()))
    F.cross_entropy(copy(pictures), labels).backward()
    return Inside(
        gradient_norms=[_norm(layer.weight.grad) for layer in layers(copy)],
        spreads=[part.float().std().item() for part in given],
        residuals=[_size(f) / max(_size(x), 1e-12) for f, x in zip(added, entered, strict=True)],
    )


def layers(network: nn.Sequential) -> list[nn.Module]:
    """List the layers that make the depth: the stem's convolution, two a block, the softmax."""
    inner = [layer for block in blocks(network) for layer in (block.conv1, block.conv2)]
    return [network.get_submodule("stem.conv"), *inner, network.get_submodule("head")]


def spread(index: Tensor, most: int) -> Tensor:
    """Give at most `most` of `index` (n,), spread evenly over it."""
    count = min(len(index), most)
    return index[torch.arange(count) * len(index) // max(1, count)]


@torch.no_grad()
def right(network: nn.Sequential, pictures: Tensor, labels: Tensor) -> Tensor:
    """Say of each picture (n, 3, S, S) whether the network, in evaluation mode, names its class: boolean (n,)."""
    network.eval()
    said = [network(part).argmax(1) for part in pictures.split(BATCH)]
    return torch.cat(said) == labels


@contextmanager
def without(network: nn.Sequential, cut: Collection[int]) -> Iterator[nn.Sequential]:
    """Leave out the blocks with these numbers, 0 first, while the context lasts (Veit et al. 2016, arXiv:1605.06431).

    Raises ValueError for a block that is not there.
    """
    found: list[Block] = blocks(network)
    for number in cut:
        if not 0 <= number < len(found):
            raise ValueError(f"This network has blocks 1 to {len(found)}; there is no block {number + 1}.")
    for number in cut:
        found[number].cut = True
    try:
        yield network
    finally:
        for block in found:
            block.cut = False


def _norm(values: Tensor) -> float:
    return torch.linalg.vector_norm(values.float()).item()


def _size(values: Tensor) -> float:
    return _norm(values) / values.numel() ** 0.5
