"""Towers for small pictures: as many parameters as published, only shortcuts differ, and nothing to begin with."""

import pytest
import torch

from model_zoo import backbones
from model_zoo.backbones.networks.cifar import Block, blocks
from model_zoo.backbones.weights import weights_ready
from model_zoo.specs import ComparisonSpec

PUBLISHED = {20: 0.27e6, 32: 0.46e6, 44: 0.66e6, 56: 0.85e6, 110: 1.7e6}  # He et al. 2015, table 6


def tower(depth: int, shortcut: str) -> backbones.Backbone:
    return backbones.get(f"resnet_cifar:depth={depth},shortcut={shortcut}")


@pytest.mark.parametrize("depth", [8, 14, *PUBLISHED])
def test_a_tower_has_as_many_layers_as_it_says_and_as_many_parameters_as_published(depth: int) -> None:
    row = tower(depth, "identity")
    with torch.device("meta"):
        network = row.architecture(10)
    weights = [module for module in network.modules() if isinstance(module, torch.nn.Conv2d | torch.nn.Linear)]
    assert len(weights) == depth
    assert sum(row.parameters(10)) == sum(part.numel() for part in network.parameters())
    assert sum(row.parameters(10)) == pytest.approx(PUBLISHED.get(depth, sum(row.parameters(10))), rel=0.03)


def test_plain_and_residual_towers_begin_with_the_very_same_weights() -> None:
    plain, residual = (tower(14, kind).network(10, seed=3, pretrained=False) for kind in ("none", "identity"))
    assert plain.state_dict().keys() == residual.state_dict().keys()
    assert all(torch.equal(value, residual.state_dict()[name]) for name, value in plain.state_dict().items())
    x = torch.randn(2, 3, 8, 8)
    assert not torch.allclose(plain.eval()(x), residual.eval()(x))


def block(shortcut: str, inputs: int = 16, outputs: int = 16, stride: int = 1) -> Block:
    torch.manual_seed(0)
    return Block(inputs, outputs, stride, shortcut).eval()


@pytest.mark.parametrize(("shortcut", "goes_past"), [("identity", 1.0), ("scaled", 0.5), ("projection", 1.0)])
def test_what_goes_past_is_added_to_what_the_block_makes(shortcut: str, goes_past: float) -> None:
    x = torch.randn(2, 16, 4, 4)
    one, plain = block(shortcut), block("none")
    added = one.bn2(one.conv2(torch.relu(one.bn1(one.conv1(x)))))
    torch.testing.assert_close(one(x), torch.relu(added + goes_past * x))
    torch.testing.assert_close(plain(x), torch.relu(added))


def test_a_smaller_shape_is_made_of_every_second_place_and_empty_channels() -> None:
    x = torch.randn(2, 16, 4, 4)
    past = block("identity", 16, 32, stride=2).past(x)
    assert past.shape == (2, 32, 2, 2)
    assert torch.equal(past[:, 8:24], x[:, :, ::2, ::2])
    assert not past[:, :8].any()
    assert not past[:, 24:].any()


@pytest.mark.parametrize("shortcut", ["identity", "none"])
def test_a_block_that_is_cut_lets_its_input_through(shortcut: str) -> None:
    x = torch.rand(2, 16, 4, 4)
    one = block(shortcut)
    one.cut = True
    assert torch.equal(one(x), x)


def test_blocks_come_in_the_order_in_which_pictures_meet_them() -> None:
    network = tower(14, "identity").network(10, seed=0, pretrained=False)
    assert [part.conv1.in_channels for part in blocks(network)] == [16, 16, 16, 32, 32, 64]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("resnet_cifar:depth=21", "depth must be 6 n \\+ 2, such as 20 or 26, got 21"),
        ("resnet_cifar:depth=116", "must be 8 to 110"),
        ("resnet_cifar:shortcut=long", "shortcut must be identity, projection, none, scaled, got “long”"),
    ],
)
def test_a_tower_that_cannot_be_built_is_refused_with_those_that_can(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        backbones.get(text)


def test_there_is_nothing_to_begin_with_and_that_is_said() -> None:
    row = backbones.get("resnet_cifar")
    assert weights_ready(row), "nothing has to be downloaded"
    assert "resnet_cifar" not in backbones.pretrained()
    with pytest.raises(ValueError, match="no pre-trained weights of resnet_cifar.* from_scratch"):
        row.network(10, seed=0)
    with pytest.raises(
        ValueError, match="“full” needs pre-trained weights, and resnet_cifar has none. Take from_scratch"
    ):
        ComparisonSpec("digits", backbone="resnet_cifar", size=8, strategies=("from_scratch", "full"))
    assert not ComparisonSpec("digits", backbone="resnet_cifar", size=8, strategies=("from_scratch",)).pretrained
