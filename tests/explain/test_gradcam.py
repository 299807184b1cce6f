"""Grad-CAM against networks small enough to compute by hand, and on the real ones."""

import io

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn
from torch.nn import functional as F

from model_zoo import backbones
from model_zoo.explain.gradcam import OPACITY, colours, gradcam, overlay


def by_hand(*, pool_in_stage: bool = False) -> nn.Sequential:
    """Two channels: red as it is, and green halved. Class 0 wants red and shuns green, class 1 the reverse."""
    conv, head = nn.Conv2d(3, 2, 1, bias=False), nn.Linear(2, 2, bias=False)
    with torch.no_grad():
        conv.weight.zero_()
        conv.weight[0, 0], conv.weight[1, 1] = 1.0, 0.5
        head.weight.copy_(torch.tensor([[4.0, -8.0], [-4.0, 8.0]]))
    pool = [nn.AdaptiveAvgPool2d(1), nn.Flatten()]
    if pool_in_stage:
        return nn.Sequential(nn.Sequential(conv, nn.ReLU(inplace=True), *pool), head)
    return nn.Sequential(conv, nn.ReLU(inplace=True), *pool, head)


@pytest.fixture
def picture() -> torch.Tensor:
    picture = torch.zeros(3, 2, 2)
    picture[0] = torch.tensor([[1.0, 0.0], [0.5, 0.0]])  # red
    picture[1] = torch.tensor([[0.0, 2.0], [0.5, 0.0]])  # green
    return picture


@pytest.mark.parametrize("pool_in_stage", [False, True])
def test_the_map_of_a_tiny_network_is_the_one_computed_by_hand(picture: torch.Tensor, pool_in_stage: bool) -> None:
    look = gradcam(by_hand(pool_in_stage=pool_in_stage), picture, label=0)

    # activations: red [[1, 0], [.5, 0]], green [[0, 1], [.25, 0]]; their means .375 and .3125
    torch.testing.assert_close(look.logits, torch.tensor([4 * 0.375 - 8 * 0.3125, -4 * 0.375 + 8 * 0.3125]))
    # importances: the head's weights over 4 places, 1 and −2; evidence [[1, −2], [.5 − .5, 0]], negatives cut
    torch.testing.assert_close(look.map, torch.tensor([[1.0, 0.0], [0.0, 0.0]]))


def test_another_class_finds_its_evidence_elsewhere_and_the_best_class_is_the_default(picture: torch.Tensor) -> None:
    look = gradcam(by_hand(), picture)

    assert look.label == 1
    torch.testing.assert_close(look.map, torch.tensor([[0.0, 1.0], [0.0, 0.0]]))  # [[−1, 2], [0, 0]], cut and halved


def test_a_class_without_evidence_has_a_map_of_zeros_and_not_of_nan(picture: torch.Tensor) -> None:
    assert gradcam(by_hand(), torch.zeros(3, 2, 2), label=0).map.tolist() == [[0.0, 0.0], [0.0, 0.0]]


def test_the_activation_before_the_last_pooling_is_explained_and_not_the_pooled_one() -> None:
    stage = nn.Sequential(nn.Conv2d(3, 4, 1), nn.MaxPool2d(2))
    network = nn.Sequential(stage, nn.AdaptiveAvgPool2d(3), nn.Flatten(), nn.Linear(36, 2))

    assert gradcam(network, torch.rand(3, 8, 8)).map.shape == (8, 8)


def test_a_network_that_never_sees_space_is_refused() -> None:
    with pytest.raises(ValueError, match="needs an activation with a height and a width"):
        gradcam(nn.Sequential(nn.Flatten(), nn.Linear(12, 2)), torch.rand(3, 2, 2))


def test_a_class_that_does_not_exist_is_named_with_the_bounds(picture: torch.Tensor) -> None:
    with pytest.raises(ValueError, match="label must be 0 to 1, got 2"):
        gradcam(by_hand(), picture, label=2)


@pytest.mark.parametrize("name", list(backbones.REGISTRY))
def test_every_backbone_can_be_explained_and_is_left_as_it_was(name: str) -> None:
    backbone = backbones.get(name)
    network = backbone.network(3, seed=0, pretrained=False)
    network.train()
    next(iter(network.children())).eval()  # a frozen stage beside training ones
    before, modes = {k: v.clone() for k, v in network.state_dict().items()}, [m.training for m in network.modules()]

    look = gradcam(network, torch.randn(3, backbone.smallest, backbone.smallest))

    assert look.map.ndim == 2
    assert look.map.numel() > 1
    assert look.map.min() >= 0
    assert look.map.max() <= 1
    assert [m.training for m in network.modules()] == modes
    assert all(torch.equal(before[k], v) for k, v in network.state_dict().items())
    assert not any(m._forward_hooks for m in network.modules())
    assert all(p.grad is None for p in network.parameters())


def test_the_residual_network_is_explained_on_what_its_last_block_gives() -> None:
    network = backbones.get("resnet_mini").network(2, seed=0, pretrained=False).eval()
    x = torch.randn(3, 64, 64)
    with torch.no_grad():
        features = network[:-2](x[None])
        features = network.get_submodule("stage4")[:2](features)  # (1, 320, 4, 4), before its pooling
    evidence = F.relu((network.get_submodule("head").weight[1].view(1, -1, 1, 1) * features).sum(1)[0])

    torch.testing.assert_close(gradcam(network, x, label=1).map, (evidence / evidence.max()).detach())


def test_an_overlay_shows_the_picture_in_grey_and_colours_the_evidence() -> None:
    picture = torch.full((3, 4, 4), 100, dtype=torch.uint8)  # grey, of which 100 remains
    heat = torch.zeros(4, 4)
    heat[:, 2:] = 1.0

    shown = np.asarray(Image.open(io.BytesIO(overlay(picture, heat, width=64))).convert("RGB"))

    assert shown.shape == (64, 64, 3)
    assert (shown[:, 0] == 100).all()
    expected = 100 * (1 - OPACITY) + colours(np.array(1.0)) * OPACITY
    assert np.abs(shown[:, -1] - expected).max() <= 1


def test_the_colours_grow_steadily_lighter_so_that_they_can_be_read_without_hue() -> None:
    lightness = colours(np.linspace(0, 1, 50)) @ np.array([0.2126, 0.7152, 0.0722])

    assert (np.diff(lightness) > 0).all()
