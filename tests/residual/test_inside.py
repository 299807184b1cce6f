"""What is seen inside a tower, checked by hand, and what cutting blocks does and leaves."""

import pytest
import torch
from torch.nn import functional as F

from model_zoo import backbones
from model_zoo.backbones.networks.cifar import blocks
from model_zoo.residual.inside import layers, look, spread, without
from model_zoo.residual.towers import spelled


def tower(depth: int = 8, shortcut: str = "identity") -> torch.nn.Sequential:
    return backbones.get(spelled(depth, shortcut)).network(4, seed=1, pretrained=False)


@pytest.fixture
def batch() -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(5)
    return torch.randn(12, 3, 8, 8, generator=generator), torch.arange(12) % 4


@pytest.mark.parametrize("shortcut", ["identity", "none", "projection", "scaled"])
def test_gradient_norms_are_those_of_torch(batch: tuple, shortcut: str) -> None:
    network, (x, y) = tower(14, shortcut), batch
    seen = look(network, x, y)
    loss = F.cross_entropy(network.train()(x), y)
    wanted = torch.autograd.grad(loss, [layer.weight for layer in layers(network)])
    assert len(seen.gradient_norms) == 14
    assert seen.gradient_norms == pytest.approx([grad.norm().item() for grad in wanted], rel=1e-4)


def test_a_gradient_norm_worked_out_by_hand(batch: tuple) -> None:
    """The softmax alone: ∂loss/∂W = (p − onehot)ᵀ h / n, with h what the tower gives it."""
    network, (x, y) = tower(), batch
    h = network.train()[:-1](x)
    p = network.head(h).softmax(1) - F.one_hot(y, 4)
    by_hand = (p.T @ h / len(x)).norm().item()
    assert look(tower(), x, y).gradient_norms[-1] == pytest.approx(by_hand, rel=1e-4)


@pytest.mark.parametrize("shortcut", ["identity", "projection", "scaled"])
def test_spreads_and_residuals_are_those_of_the_blocks(batch: tuple, shortcut: str) -> None:
    network, (x, y) = tower(14, shortcut), batch
    seen = look(network, x, y)
    network.train()
    h = network.stem(x)
    spreads, residuals = [h.std().item()], []
    for block in blocks(network):
        added = block.bn2(block.conv2(torch.relu(block.bn1(block.conv1(h)))))
        residuals.append((added.square().mean().sqrt() / h.square().mean().sqrt()).item())
        h = torch.relu(added + block.past(h))
        spreads.append(h.std().item())
    assert seen.spreads == pytest.approx(spreads, rel=1e-4)
    assert seen.residuals == pytest.approx(residuals, rel=1e-4)
    assert look(tower(8, "none"), x, y).residuals == []


def test_looking_leaves_the_network_as_it_was(batch: tuple) -> None:
    network = tower()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    look(network, *batch)
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
    assert all(part.grad is None for part in network.parameters())


def test_a_cut_lasts_as_long_as_its_context_and_blocks_that_are_not_there_are_named(batch: tuple) -> None:
    network, (x, _) = tower(14).eval(), batch
    whole = network(x)
    with without(network, (1, 4)):
        assert [block.cut for block in blocks(network)] == [False, True, False, False, True, False]
        assert not torch.allclose(network(x), whole)
    assert torch.equal(network(x), whole)
    with pytest.raises(ValueError, match="blocks 1 to 6; there is no block 7"), without(network, (6,)):
        pass


def test_few_of_many_are_spread_over_all_of_them() -> None:
    assert spread(torch.arange(100), 4).tolist() == [0, 25, 50, 75]
    assert spread(torch.arange(3), 64).tolist() == [0, 1, 2]
    assert len(spread(torch.arange(127), 64).unique()) == 64
    assert spread(torch.arange(127), 64)[-1] == 125
