"""Cutting a network into stages by the names of its modules."""

import pytest
import torch
from torch import nn

from model_zoo.backbones.networks.staged import staged


class Small(nn.Module):
    """Laid out as torchvision's classifiers are, flattening included."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(inplace=True), nn.MaxPool2d(2), nn.Conv2d(4, 8, 3))
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Sequential(nn.Dropout(0.2, inplace=True), nn.Linear(8, 2))

    def forward(self, x):
        return self.classifier(torch.flatten(self.avgpool(self.features(x)), 1))


def test_stages_share_the_modules_and_give_the_same_output():
    network = Small().eval()
    stages = staged(network, {"stem": "features.2", "stage1": "flatten", "head": "classifier.1"})
    x = torch.randn(2, 3, 12, 12)
    assert torch.equal(stages(x), network(x))
    assert stages.stem.get_submodule("0") is network.features[0]
    assert [name for name, _ in stages.stage1.named_children()] == ["3", "avgpool", "flatten"]


def test_a_stage_of_one_module_is_that_module():
    network = Small()
    stages = staged(network, {"stem": "features", "pool": "flatten", "drop": "classifier.0", "head": "classifier.1"})
    assert stages.stem is network.features
    assert stages.head is network.classifier[1]


def test_dropout_no_longer_writes_over_what_it_reads():
    stages = staged(Small(), {"stem": "flatten", "head": "classifier"})
    assert not stages.head[0].inplace


def test_an_end_that_does_not_follow_is_named():
    with pytest.raises(ValueError, match="Stage stage1 should end with “features.1”"):
        staged(Small(), {"stem": "features.2", "stage1": "features.1", "head": "classifier.1"})


def test_modules_that_no_stage_takes_in_are_named():
    with pytest.raises(ValueError, match="No stage takes in avgpool, flatten, classifier of Small"):
        staged(Small(), {"stem": "features.2", "stage1": "features.3"})
