"""First-layer filters as pictures."""

import io

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from model_zoo import backbones
from model_zoo.explain.filters import GAP, filters, grid


def convolution(*weights: float) -> nn.Sequential:
    """One 1×1 filter a weight, the same in red, green and blue."""
    conv = nn.Conv2d(3, len(weights), 1, bias=False)
    with torch.no_grad():
        conv.weight.copy_(torch.tensor(weights).view(-1, 1, 1, 1).expand(-1, 3, 1, 1))
    return nn.Sequential(nn.Identity(), conv)


def test_the_two_pictures_of_a_filter_share_one_scale_and_a_faint_filter_stays_faint() -> None:
    shown = filters(convolution(1.0, -0.5, 0.0, 0.25), convolution(2.0, -1.0, 0.0, 0.25))

    assert shown.before.shape == shown.after.shape == (4, 1, 1, 3)
    assert shown.before[:, 0, 0, 0].tolist() == [0.75, 0.25, 0.5, 0.75]
    assert shown.after[:, 0, 0, 0].tolist() == [1.0, 0.0, 0.5, 0.75]


def test_each_filter_says_how_far_it_moved() -> None:
    moved = filters(convolution(1.0, -0.5, 0.0, 0.0), convolution(1.5, -0.5, 0.0, 1.0)).moved

    assert moved.tolist() == pytest.approx([0.5, 0.0, 0.0, 1.0])


def test_filters_of_zeros_alone_are_grey_and_not_nan() -> None:
    assert filters(convolution(0.0), convolution(0.0)).before.flatten().tolist() == [0.5] * 3


@pytest.mark.parametrize("name", list(backbones.REGISTRY))
def test_the_filters_of_every_backbone_are_pictures(name: str) -> None:
    network = backbones.get(name).network(2, seed=0, pretrained=False)

    shown = filters(network, network)

    assert shown.before.shape[-1] == 3
    assert shown.before.shape[1] == shown.before.shape[2]
    assert shown.before.min() >= 0
    assert shown.before.max() <= 1
    assert not shown.moved.any()


def test_a_grid_shows_each_filter_as_a_block_in_reading_order() -> None:
    colours = torch.rand(5, 3, 3, 3, generator=torch.Generator().manual_seed(0))

    shown = np.asarray(Image.open(io.BytesIO(grid(colours))).convert("RGB"))

    side = (shown.shape[0] - GAP) // 2  # five filters in rows of four
    assert shown.shape == (2 * side + GAP, 4 * side + 3 * GAP, 3)
    block = shown[side + GAP :, :side]  # the fifth stands first in the second row
    wanted = (colours[4] * 255).round().to(torch.uint8).numpy()
    assert (block[:: side // 3, :: side // 3] == wanted).all()
    assert (shown[:side, side : side + GAP] == 255).all()


def test_networks_whose_first_layers_cannot_be_compared_are_refused() -> None:
    with pytest.raises(ValueError, match=r"differ in shape: \(1, 3, 1, 1\) before, \(2, 3, 1, 1\) after"):
        filters(convolution(1.0), convolution(1.0, 1.0))
    with pytest.raises(ValueError, match="has no convolution"):
        filters(nn.Sequential(nn.Linear(2, 2)), nn.Sequential(nn.Linear(2, 2)))
    with pytest.raises(ValueError, match="reads 1 channels"):
        filters(nn.Conv2d(1, 2, 3), nn.Conv2d(1, 2, 3))
