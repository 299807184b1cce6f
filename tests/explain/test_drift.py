"""How far training moved each stage."""

import json
import math

import pytest
import torch
from torch import nn
from torch.nn.utils.parametrize import register_parametrization

from model_zoo import backbones
from model_zoo.adapters import LowRankChange, merge
from model_zoo.explain.drift import drift, stage_drift


def network() -> nn.Sequential:
    return backbones.get("resnet_mini").network(2, seed=0, pretrained=False)


def test_drift_is_the_moved_length_over_the_length_at_the_start_stage_by_stage() -> None:
    start, moved = network(), network()
    with torch.no_grad():
        for parameter in moved.get_submodule("stage2").parameters():
            parameter.mul_(1.25)
        moved.get_submodule("head").bias += 3.0

    head = torch.cat([p.detach().flatten() for p in start.get_submodule("head").parameters()])
    expected = [0.0, 0.0, 0.25, 0.0, 0.0, math.sqrt(2 * 9.0) / head.norm().item()]
    assert drift(moved, start) == pytest.approx(expected, rel=1e-5)
    assert json.loads(json.dumps(drift(moved, start))) == drift(moved, start)


def test_batch_norm_statistics_do_not_count_as_drift() -> None:
    start, moved = network(), network()
    moved.train()
    with torch.no_grad():
        moved(torch.randn(4, 3, 48, 48))

    assert not torch.equal(moved.get_buffer("stem.bn.running_mean"), start.get_buffer("stem.bn.running_mean"))
    assert drift(moved, start) == [0.0] * 6


def test_an_adapter_counts_by_what_it_does_to_the_weight() -> None:
    start, adapted = network(), network()
    conv = adapted.get_submodule("stem").get_submodule("conv")
    register_parametrization(conv, "weight", LowRankChange(conv.weight, 2))
    assert drift(adapted, start) == [0.0] * 6

    with torch.no_grad():
        conv.parametrizations.weight[0].up.normal_(generator=torch.Generator().manual_seed(0))
    with_adapter = drift(adapted, start)
    merge(adapted)

    assert with_adapter[0] > 0
    assert with_adapter[1:] == [0.0] * 5
    assert drift(adapted, start) == pytest.approx(with_adapter)


def test_a_stage_that_the_start_leaves_out_has_not_moved() -> None:
    now = {"stem.weight": torch.full((3,), 2.0), "head.weight": torch.ones(3)}

    assert stage_drift(("stem", "head"), now, {"stem.weight": torch.ones(3)}) == pytest.approx([1.0, 0.0])


def test_stages_without_weights_or_that_started_at_zero_give_numbers_and_not_nan() -> None:
    start = nn.Sequential(nn.ReLU(), nn.Linear(2, 2))
    moved = nn.Sequential(nn.ReLU(), nn.Linear(2, 2))
    for parameter in start.parameters():
        nn.init.zeros_(parameter)

    assert drift(start, start) == [0.0, 0.0]
    assert drift(moved, start) == [0.0, 1.0]


def test_networks_that_do_not_belong_together_are_refused_by_the_weight_that_differs() -> None:
    with pytest.raises(ValueError, match=r"“head\.weight” is \(3, 320\) now and \(2, 320\) at the start"):
        drift(backbones.get("resnet_mini").network(3, seed=0, pretrained=False), network())
    with pytest.raises(ValueError, match=r"“0\.weight” is \(2, 2\) now and missing at the start"):
        drift(nn.Sequential(nn.Linear(2, 2, bias=False)), nn.Sequential())
