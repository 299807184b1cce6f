"""What excites a channel: the pictures of a set that it answers to most strongly, and where in them.

Zeiler & Fergus 2013, Visualizing and understanding convolutional networks, arXiv:1311.2901.
"""

import math
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from model_zoo.explain.gradcam import POOLING

TOP = 9  # pictures kept a channel
FINEST = 28  # height and width of a kept map, at most


@dataclass(frozen=True)
class Excited:
    """For every channel of a stage its most exciting pictures, the strongest first.

    `values` (C, k) are the highest activations in them, `pictures` (C, k) their indices, and `maps` (C, k, h, w) the
    activation at every place, as uint8: 255 is the highest of the channel anywhere, 0 is none or less than none.
    """

    values: Tensor
    pictures: Tensor
    maps: Tensor


@dataclass
class Ranking:
    """Keeps the `top` most exciting pictures of each channel while batches of activations pass."""

    top: int = TOP
    _values: Tensor | None = field(default=None, repr=False)  # (C, k)
    _pictures: Tensor | None = field(default=None, repr=False)  # (C, k)
    _maps: Tensor | None = field(default=None, repr=False)  # (C, k, h, w)

    @torch.no_grad()
    def add(self, activations: Tensor, indices: Tensor) -> None:
        """Take the activations (B, C, h, w) of the pictures with `indices` (B,)."""
        coarse = [min(side, FINEST) for side in activations.shape[2:]]
        maps = F.adaptive_max_pool2d(activations.float(), coarse).transpose(0, 1)  # (C, B, h, w)
        values = maps.amax(dim=(2, 3))  # (C, B)
        pictures = indices.expand_as(values)  # (C, B)
        if self._values is not None and self._pictures is not None and self._maps is not None:
            values = torch.cat([self._values, values], dim=1)
            pictures, maps = torch.cat([self._pictures, pictures], dim=1), torch.cat([self._maps, maps], dim=1)
        self._values, best = values.topk(min(self.top, values.shape[1]), dim=1)
        self._pictures = pictures.gather(1, best)
        self._maps = maps.gather(1, best[..., None, None].expand(*best.shape, *coarse))

    def result(self) -> Excited:
        """Give what is kept; raises ValueError where nothing was added."""
        if self._values is None or self._pictures is None or self._maps is None:
            raise ValueError("There are no pictures to excite a channel with. Choose another picture set.")
        highest = self._values[:, :1, None, None].clamp_min(torch.finfo(torch.float32).tiny)
        maps = (255 * self._maps / highest).round().clamp(0, 255).to(torch.uint8)
        return Excited(self._values, self._pictures.int(), maps)


@torch.no_grad()
def activations(network: nn.Sequential, pictures: Tensor) -> dict[str, Tensor]:
    """Give what every stage makes of normalised pictures (B, 3, S, S), as maps (B, C, h, w), from one forward pass."""
    found: dict[str, Tensor] = {}
    network.eval()
    x = pictures
    for name, stage in network.named_children():
        x, found[name] = stage_map(stage, x)
    return found


def stage_map(stage: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    """Run a stage; gives its output, and its channels as maps (B, C, h, w).

    The maps are the last that the stage has before it pools the places away, which would leave no place to show; where
    it has none, its output. Channels of tokens are laid out as the square that they came from.
    """
    watch = _Watch()
    handles = [module.register_forward_hook(watch) for module in stage.modules()]
    try:
        output = stage(x)
    finally:
        for handle in handles:
            handle.remove()
    return output, as_maps(output) if watch.last is None else watch.last


def as_maps(output: Tensor) -> Tensor:
    """Give an output as maps (B, C, h, w): a vector (B, C) has one place, tokens (B, T, C) their square, or a column.

    A class token, the first of one more than a square, is left out.
    """
    if output.ndim == 2:
        return output[:, :, None, None]
    if output.ndim == 3:
        side = math.isqrt(output.shape[1])
        tokens = output[:, output.shape[1] - side * side :] if output.shape[1] - side * side in (0, 1) else output
        rows = side if tokens.shape[1] == side * side else tokens.shape[1]
        return tokens.transpose(1, 2).unflatten(2, (rows, -1))
    return output


@dataclass
class _Watch:
    """A forward hook that remembers the last map (B, C, h, w) with h·w > 1 that no pooling layer made, or tokens."""

    last: Tensor | None = None
    pooled: list[Any] = field(default_factory=list)

    def __call__(self, module: nn.Module, inputs: tuple[Any, ...], output: Any) -> None:
        if isinstance(module, POOLING):
            self.pooled.append(output)
        elif isinstance(output, Tensor) and output.ndim == 3 and output.shape[1] > 1:
            self.last = as_maps(output)
        elif isinstance(output, Tensor) and output.ndim == 4 and output.shape[2] * output.shape[3] > 1:
            self.last = self.last if any(output is one for one in self.pooled) else output
