"""The architecture of a network: counted by hand, by its paper, and in words."""

from collections import OrderedDict

import pytest
import torch
from torch import nn

from model_zoo import backbones
from model_zoo.backbones import Backbone
from model_zoo.explain.architecture import Measured, architecture
from model_zoo.explain.layers import Layer, layers

ROWS = [row for row in backbones.REGISTRY.values() if isinstance(row, Backbone)]


def hand_counted() -> nn.Sequential:
    first = nn.Sequential(nn.Conv2d(3, 4, 3, stride=2, padding=1), nn.BatchNorm2d(4), nn.ReLU())
    grouped = nn.Sequential(nn.Conv2d(4, 8, 1, groups=2, bias=False), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    return nn.Sequential(OrderedDict(first=first, grouped=grouped, head=nn.Linear(8, 5)))


def measured(row: Backbone, size: int) -> tuple[Measured, ...]:
    with torch.device("meta"):
        network = row.network(row.pretrained_classes, seed=0, pretrained=False)
    return architecture(network, size)


def test_shapes_parameters_and_multiply_adds_are_those_counted_by_hand() -> None:
    first, grouped, head = architecture(hand_counted(), 8)

    assert (first.shape, first.channels) == ((4, 4, 4), 4)
    assert first.parameters == 4 * 3 * 9 + 4 + 2 * 4
    assert first.multiply_adds == 4 * 4 * 4 * 3 * 9  # each of 4·4·4 values from 3 channels at 9 places
    assert (grouped.shape, grouped.parameters, grouped.multiply_adds) == ((8,), 16, 8 * 4 * 4 * 2)
    assert (head.shape, head.parameters, head.multiply_adds) == ((5,), 45, 40)


def test_a_network_is_left_as_it_was() -> None:
    network = hand_counted().train()
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}

    architecture(network, 8)

    assert all(module.training for module in network.modules())
    assert all(torch.equal(tensor, before[name]) for name, tensor in network.state_dict().items())


@pytest.mark.parametrize(("name", "billions"), [("resnet18", 1.814), ("vgg16", 15.470), ("mobilenet_v3_small", 0.0565)])
def test_the_multiply_adds_of_known_networks_are_those_that_are_published(name: str, billions: float) -> None:
    row = backbones.get(name)
    assert sum(stage.multiply_adds for stage in measured(row, 224)) / 1e9 == pytest.approx(billions, rel=2e-3)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_every_backbone_is_measured_without_its_weights(row: Backbone) -> None:
    stages = measured(row, row.size)

    assert tuple(stage.name for stage in stages) == row.stage_names
    assert tuple(stage.parameters for stage in stages) == row.parameters(row.pretrained_classes)
    assert stages[-1].shape == (row.pretrained_classes,)
    assert all(stage.layers and stage.channels for stage in stages)


@pytest.mark.parametrize("name", ["resnet_mini", "resnet18", "mobilenet_v3_small", "regnet_y_400mf", "densenet121"])
def test_every_stage_is_as_large_as_what_the_real_network_gives(name: str) -> None:
    row = backbones.get(name)
    network = row.network(7, seed=0, pretrained=False).eval()
    size = max(64, row.smallest)
    x, given = torch.rand(1, 3, size, size), {}
    with torch.no_grad():
        for stage, module in network.named_children():
            x = module(x)
            given[stage] = (tuple(x.shape[1:]), sum(value.numel() for value in set(module.parameters())))
    assert {stage.name: (stage.shape, stage.parameters) for stage in architecture(network, size)} == given


def test_channels_are_those_of_the_maps_even_where_a_stage_flattens_them() -> None:
    network = nn.Sequential(OrderedDict(stage=nn.Sequential(nn.Conv2d(3, 6, 3), nn.Flatten()), head=nn.Linear(216, 2)))
    stage, head = architecture(network, 8)
    assert (stage.shape, stage.channels) == ((6 * 6 * 6,), 6)
    assert (head.shape, head.channels) == ((2,), 2)


def test_twice_the_side_is_four_times_the_work_of_a_convolution() -> None:
    small, large = (architecture(hand_counted(), size) for size in (8, 16))
    assert large[0].multiply_adds == 4 * small[0].multiply_adds
    assert large[2].multiply_adds == small[2].multiply_adds


def test_a_picture_too_small_for_a_network_is_answered_by_the_stage_that_ends_it() -> None:
    network = nn.Sequential(OrderedDict(stem=nn.Conv2d(3, 4, 3), deep=nn.Conv2d(4, 4, 7), head=nn.Flatten()))
    with pytest.raises(ValueError, match=r"4 px does not fit through stage “deep”: .* Try a larger one"):
        architecture(network, 4)


def test_layers_are_told_in_words_and_those_that_repeat_once() -> None:
    pairs = [m for _ in range(2) for m in (nn.Conv2d(8, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU())]
    stage = nn.Sequential(nn.Conv2d(3, 8, 7, stride=2), nn.GELU(), *pairs, nn.MaxPool2d(2), nn.Identity())

    assert layers(stage) == (
        Layer("convolution 7 × 7 to 8, stride 2, GELU"),
        Layer("convolution 3 × 3 to 8, batch norm, ReLU", times=2),
        Layer("largest of each 2 × 2, stride 2"),
    )


def test_a_residual_block_is_told_with_its_shortcut() -> None:
    with torch.device("meta"):
        network = backbones.get("resnet18").network(2, seed=0, pretrained=False)
    widened, plain, pooled = layers(network.get_submodule("stage4"))

    assert widened.words == ("residual block: 3 × 3 to 512, stride 2, 3 × 3 to 512; shortcut 1 × 1 to 512, stride 2")
    assert plain.words == "residual block: 3 × 3 to 512, 3 × 3 to 512"
    assert pooled.words == "mean over all places"
