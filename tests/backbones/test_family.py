"""A backbone with knobs, written `name:knob=value`, wherever a name is accepted."""

from collections import OrderedDict
from dataclasses import dataclass

import pytest
import torch
from torch import nn

from model_zoo import backbones
from model_zoo.backbones.backbone import Backbone, Family, Stage, softmax
from model_zoo.knobs import param
from model_zoo.specs import ComparisonSpec


@dataclass(frozen=True)
class Width:
    width: int = param(4, "Channels of the only convolution.", min=2, max=64)
    biased: bool = param(True, "Whether the convolution has a bias.")


def narrow(options: Width) -> Backbone:
    def architecture(classes: int) -> nn.Sequential:
        convolution = nn.Conv2d(3, options.width, 3, bias=options.biased)
        stem = nn.Sequential(convolution, nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
        return nn.Sequential(OrderedDict(stem=stem, head=nn.Linear(options.width, classes)))

    return Backbone(
        name=f"narrow:width={options.width}",
        title="Narrow",
        reference="this test",
        stages=(Stage("stem", (27 + options.biased) * options.width), Stage("head", 0)),
        embedding=options.width,
        size=32,
        smallest=16,
        largest=64,
        mean=(0.5, 0.5, 0.5),
        deviation=(0.2, 0.2, 0.2),
        architecture=architecture,
        state=lambda backbone: {
            key: torch.full_like(value, 0.25) for key, value in architecture(9).state_dict().items()
        },
        weights=None,
        pretrained_classes=9,
    )


@pytest.fixture(autouse=True)
def family(monkeypatch):
    len(backbones.REGISTRY)  # discovers the rows that are there
    monkeypatch.setitem(backbones.REGISTRY._entries, "narrow", Family("narrow", "Narrow", Width, narrow))


def test_knobs_shape_the_network():
    wide = backbones.get("narrow:width=16,biased=false")
    network = wide.network(2, seed=0)
    assert [sum(p.numel() for p in stage.parameters()) for stage in network] == list(wide.parameters(2)) == [432, 34]
    assert network(torch.zeros(3, 3, 32, 32)).shape == (3, 2)
    assert torch.all(network.stem[0].weight == 0.25)
    assert not torch.any(softmax(network).weight == 0.25)


def test_without_knobs_the_defaults_hold():
    assert backbones.get("narrow").embedding == 4


def test_a_comparison_takes_a_backbone_with_knobs_and_its_sizes():
    spec = ComparisonSpec("digits", backbone="narrow:width=8", strategies=("linear_probe",), size=16)
    assert backbones.get(spec.backbone).embedding == 8
    with pytest.raises(ValueError, match="size for narrow:width=8 must be 16 to 64, got 96"):
        ComparisonSpec("digits", backbone="narrow:width=8", size=96)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("narrow:depth=3", "narrow has no knob “depth”; it has width, biased"),
        ("narrow:width=1", "width of narrow must be 2 to 64, got 1"),
        ("narrow:width=many", "width of narrow must be int, got “many”"),
        ("narrow:width", "“width” is not of the form knob=value"),
        ("resnet_mini:width=3", "resnet_mini has no knobs, got “resnet_mini:width=3”"),
    ],
)
def test_a_wrong_knob_is_answered_with_what_would_do(text, sentence):
    with pytest.raises(ValueError, match=sentence):
        backbones.get(text)
