"""The filters of a network's first layer as pictures, before and after training."""

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from model_zoo.explain.gradcam import png

CELL = 36  # pixels of a filter in a grid, about
GAP = 3  # pixels between filters
GROUND = (255, 255, 255, 0)  # of the gaps: nothing, so that a dark page shows through
FAINTEST = 0.25  # of the largest weight of all: what is shown at full contrast, at least


@dataclass(frozen=True)
class Filters:
    """Filters as pictures, `before` and `after` (n, k, k, 3) in [0, 1], and how far each one `moved` (n,).

    A weight of 0 is mid-grey. The two pictures of a filter share one scale, so that they can be compared by eye: its
    largest weight before or after, but at least a quarter of the largest of all, so that a dead filter stays grey.
    `moved` is ‖after − before‖ / ‖before‖, as in `drift`.
    """

    before: Tensor
    after: Tensor
    moved: Tensor


@torch.no_grad()
def filters(before: nn.Module, after: nn.Module) -> Filters:
    """Compare the first convolutions of two networks; raises ValueError where they do not match or read no colours."""
    old, new = first_convolution(before), first_convolution(after)  # (n, 3, k, k)
    if old.shape != new.shape:
        raise ValueError(f"The first layers differ in shape: {tuple(old.shape)} before, {tuple(new.shape)} after.")
    largest = torch.maximum(old.abs(), new.abs()).amax(dim=(1, 2, 3), keepdim=True)  # (n, 1, 1, 1)
    scale = largest.clamp_min(max(FAINTEST * largest.max().item(), torch.finfo(torch.float32).tiny))
    start, distance = old.flatten(1).norm(dim=1), (new - old).flatten(1).norm(dim=1)  # (n,)
    moved = torch.where(start > 0, distance / start, (distance > 0).float())
    return Filters(_pictures(old, scale), _pictures(new, scale), moved)


def first_convolution(network: nn.Module) -> Tensor:
    """Give the weights (n, 3, k, k) of the first convolution, in float32 and as the forward pass uses them."""
    found = next((module for module in network.modules() if isinstance(module, nn.Conv2d)), None)
    if found is None:
        raise ValueError(f"This {type(network).__name__} has no convolution, so it has no filters to show.")
    channels = found.weight.shape[1]
    if channels != 3:
        raise ValueError(f"The first convolution reads {channels} channels; only red, green, blue can be shown.")
    return found.weight.detach().float().cpu()


def grid(pictures: Tensor) -> bytes:
    """Lay pictures (n, k, k, 3) in [0, 1] out in rows, enlarged without smoothing; gives a PNG."""
    count, k = pictures.shape[:2]
    columns = math.ceil(math.sqrt(count * 2))  # twice as wide as high
    rows = math.ceil(count / columns)
    side = k * max(1, round(CELL / k))
    shown = np.full((rows * (side + GAP) - GAP, columns * (side + GAP) - GAP, 4), GROUND, dtype=np.uint8)
    for index, picture in enumerate((pictures * 255).round().to(torch.uint8).numpy()):
        top, left = (index // columns) * (side + GAP), (index % columns) * (side + GAP)
        cell = shown[top : top + side, left : left + side]
        cell[..., :3], cell[..., 3] = picture.repeat(side // k, axis=0).repeat(side // k, axis=1), 255
    return png(shown)


def _pictures(weights: Tensor, scale: Tensor) -> Tensor:
    return (0.5 + 0.5 * weights / scale).permute(0, 2, 3, 1).contiguous()
