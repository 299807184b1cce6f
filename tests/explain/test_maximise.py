"""Activation maximisation: it climbs, repeatably, also out of silence."""

from collections import OrderedDict
from collections.abc import Generator

import pytest
import torch
from torch import nn

from model_zoo.data.views import normalise
from model_zoo.explain.maximise import Ascent, Portrait, maximise

SIZE, MEAN, DEVIATION = 32, (0.5, 0.5, 0.5), (0.25, 0.25, 0.25)


def network(bias: float = 0.0) -> nn.Sequential:
    """Channels: bright, red, edges from dark on the left to bright on the right."""
    conv = nn.Conv2d(3, 3, 3, padding=1)
    with torch.no_grad():
        conv.weight.zero_()
        conv.weight[0, :, 1, 1] = 1.0
        conv.weight[1, :, 1, 1] = torch.tensor([1.0, -0.5, -0.5])
        conv.weight[2, :, 1, 0], conv.weight[2, :, 1, 2] = -1.0, 1.0
        conv.bias.fill_(bias)
    stem = nn.Sequential(conv, nn.ReLU(inplace=True))
    return nn.Sequential(OrderedDict(stem=stem, head=nn.Sequential(nn.Flatten(), nn.Linear(3 * SIZE * SIZE, 2))))


def climbed(channel: int, steps: int = 40, seed: int = 0, bias: float = 0.0) -> tuple[list[Ascent], Portrait]:
    return finished(maximise(network(bias), "stem", channel, SIZE, MEAN, DEVIATION, steps=steps, seed=seed))


def finished(ascent: Generator[Ascent, None, Portrait]) -> tuple[list[Ascent], Portrait]:
    told = []
    while True:
        try:
            told.append(next(ascent))
        except StopIteration as end:
            return told, end.value


def test_the_picture_excites_the_channel_far_more_than_the_noise_it_came_from() -> None:
    told, portrait = climbed(channel=1)

    assert [ascent.step for ascent in told] == list(range(1, 41))
    assert portrait.after > 5 * max(portrait.before, 0.1)
    assert portrait.after > told[0].activation
    assert (portrait.picture.shape, portrait.picture.dtype) == ((3, SIZE, SIZE), torch.uint8)
    red, green, blue = portrait.picture.float().mean((1, 2)).tolist()
    assert red > green + 30
    assert red > blue + 30


def test_a_detector_of_upright_edges_gets_upright_edges() -> None:
    picture = climbed(channel=2)[1].picture.float()
    across, down = picture.diff(dim=2).abs().mean(), picture.diff(dim=1).abs().mean()
    assert across > 1.3 * down


def test_the_same_seed_gives_the_same_picture_and_another_one_another() -> None:
    first, same, other = (climbed(channel=2, steps=6, seed=seed)[1].picture for seed in (3, 3, 4))
    assert torch.equal(first, same)
    assert not torch.equal(first, other)


def test_a_channel_that_is_silent_in_noise_is_still_found() -> None:
    _, portrait = climbed(channel=1, steps=60, bias=-1.0)
    assert portrait.before == 0, "the bias keeps it below zero everywhere, where a ReLU has no slope"
    assert portrait.after > 0.2


@pytest.mark.parametrize("bound", [nn.ReLU(inplace=True), nn.ReLU6(inplace=True), nn.Hardswish(inplace=True)])
@pytest.mark.parametrize("bias", [0.0, -4.0])
def test_whatever_bounds_a_channel_the_picture_raises_it_and_is_told_what_the_network_makes_of_it(
    bound: nn.Module, bias: float
) -> None:
    bounded = network(bias)
    bounded[0][0].weight.data.mul_(3.0)
    bounded[0][1] = bound
    ascent = maximise(bounded, "stem", 1, SIZE, MEAN, DEVIATION, steps=60)
    portrait = finished(ascent)[1]

    assert (portrait.before == 0) == (bias < 0), "noise leaves it silent where the bias holds it down"
    assert portrait.after > portrait.before + 0.3
    with torch.no_grad():
        seen = bounded[0](normalise(portrait.picture[None], MEAN, DEVIATION))[0, 1].mean().item()
    assert seen == pytest.approx(portrait.after, abs=0.05), "by the network as it is, without slopes below zero"


def test_a_stage_or_a_channel_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(ValueError, match="no stage “stern” in this network. It has stem, head"):
        next(maximise(network(), "stern", 0, SIZE, MEAN, DEVIATION))
    with pytest.raises(ValueError, match="channel must be 0 to 2 in this stage, got 3"):
        next(maximise(network(), "stem", 3, SIZE, MEAN, DEVIATION))
