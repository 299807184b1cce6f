"""Augmented views of pictures: drawn once from a seed, applied in batches on any device."""

import torch
from torch import Tensor
from torch.nn import functional as F

SMALLEST_AREA = 0.6  # of the picture that a view still shows
MARGIN = 1.0  # a view never looks outside the picture


def draw_crops(
    count: int, generator: torch.Generator, mirror: bool = True, smallest_area: float = SMALLEST_AREA
) -> Tensor:
    """Draw one random crop, and mirroring half of the time, for each of `count` pictures.

    Returns affine matrices (count, 2, 3) as `torch.nn.functional.affine_grid` takes them.
    """
    area = smallest_area + (1 - smallest_area) * torch.rand(count, generator=generator)
    scale = area.sqrt()
    shift = (2 * torch.rand(count, 2, generator=generator) - 1) * (MARGIN - scale)[:, None]
    flip = torch.where(torch.rand(count, generator=generator) < 0.5, -1.0, 1.0) if mirror else torch.ones(count)
    crops = torch.zeros(count, 2, 3)
    crops[:, 0, 0], crops[:, 1, 1], crops[:, :, 2] = scale * flip, scale, shift
    return crops


def crop(pictures: Tensor, crops: Tensor, size: int | None = None) -> Tensor:
    """Cut `crops` (B, 2, 3) out of uint8 `pictures` (B, 3, S, S); gives uint8 (B, 3, size, size)."""
    size = size or pictures.shape[-1]
    grid = F.affine_grid(crops, [len(pictures), 3, size, size], align_corners=False)
    seen = F.grid_sample(pictures.float(), grid.to(pictures.device), padding_mode="reflection", align_corners=False)
    return seen.round_().clamp_(0, 255).to(torch.uint8)


def normalise(pictures: Tensor, mean: tuple[float, ...], deviation: tuple[float, ...]) -> Tensor:
    """Turn uint8 (B, 3, S, S) into float32 with the mean and deviation (of values in [0, 1]) taken out."""
    shape = (1, 3, 1, 1)
    mean_ = pictures.new_tensor(mean, dtype=torch.float32)
    deviation_ = pictures.new_tensor(deviation, dtype=torch.float32)
    return (pictures.float() / 255 - mean_.view(shape)) / deviation_.view(shape)
