"""What every strategy must hold to; a new one is taken in by itself."""

import copy

import pytest
import torch

from model_zoo import backbones, strategies
from model_zoo.adapters import effective_parameters, merge
from model_zoo.knobs import knobs, spell
from model_zoo.strategies import REGISTRY
from tests.tiny import SIZE, TINY

NAMES = sorted(REGISTRY)
EPOCHS = 7


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("backbone", sorted(backbones.REGISTRY))
def test_every_strategy_gives_one_factor_a_stage_and_warms_the_head(name: str, backbone: str) -> None:
    stages = backbones.get(backbone).stage_names
    rows = [strategies.get(name).lr_scales(stages, epoch, EPOCHS) for epoch in range(EPOCHS)]
    assert all(len(row) == len(stages) for row in rows)
    assert all(0 <= factor <= 10 for row in rows for factor in row)
    assert all(row[-1] > 0 for row in rows), "the new head always trains"


@pytest.mark.parametrize("name", NAMES)
def test_every_strategy_explains_itself_and_every_knob_has_a_default(name: str) -> None:
    strategy = REGISTRY[name]
    assert strategy.title
    assert strategy.summary.count(".") >= 2
    assert any(character.isdigit() for character in strategy.reference) or name == "custom"
    for knob in knobs(strategy):
        assert knob.help.endswith(".")
        assert knob.default is not None
    assert spell(name, strategies.get(name)) == name


@pytest.mark.parametrize("name", NAMES)
def test_preparing_leaves_outputs_unchanged(name: str) -> None:
    network = TINY.network(3, seed=1).eval()
    pictures = torch.randn(4, 3, SIZE, SIZE)
    before = network(pictures)
    strategies.get(name).prepare(network)
    torch.testing.assert_close(network(pictures), before)


@pytest.mark.parametrize("name", NAMES)
def test_a_strategy_that_trains_a_fraction_says_so(name: str) -> None:
    strategy, network = strategies.get(name), TINY.network(3, seed=1)
    strategy.prepare(network)
    left_out = [
        parameter
        for stage, module in network.named_children()
        for part in module.modules()
        for parameter, _ in part.named_parameters(recurse=False)
        if not strategy.trains(stage, parameter, part)
    ]
    assert bool(left_out) == strategy.partial


def test_merged_adapters_give_what_the_adapters_gave() -> None:
    network = TINY.network(3, seed=1).eval()
    strategies.get("lora:rank=2").prepare(network)
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if name.endswith((".up", ".down")):
                parameter.normal_()
    pictures = torch.randn(4, 3, SIZE, SIZE)
    adapted, names = network(pictures), set(TINY.network(3, seed=1).state_dict())
    assert set(effective_parameters(network)) == {name for name, _ in TINY.network(3, seed=1).named_parameters()}
    merged = copy.deepcopy(network)
    merge(merged)
    torch.testing.assert_close(merged(pictures), adapted)
    assert set(merged.state_dict()) == names


def test_l2_sp_costs_nothing_at_the_start_and_half_the_squared_distance_afterwards() -> None:
    network = TINY.network(3, seed=1)
    start = {name: value.detach().clone() for name, value in network.named_parameters()}
    strategy = strategies.get("l2_sp:strength=2")
    assert strategy.penalty(network, start).item() == 0
    with torch.no_grad():
        network.stem.conv.weight += 0.5
        network.head.weight += 1
    expected = 0.25 * network.stem.conv.weight.numel()
    assert strategy.penalty(network, start).item() == pytest.approx(expected, rel=1e-4)
