"""Strategies that train normalisation layers are offered only where there are any."""

import pytest
import torch

from model_zoo import backbones
from model_zoo.backbones import Backbone
from model_zoo.specs import ComparisonSpec

ROWS = [row for row in backbones.REGISTRY.values() if isinstance(row, Backbone)]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_backbone_knows_whether_it_has_normalisation_layers(row: Backbone) -> None:
    with torch.device("meta"):
        network = row.architecture(10)
    assert row.norms == any("Norm" in type(module).__name__ for module in network.modules())


def test_norm_only_is_refused_where_there_is_nothing_to_train() -> None:
    with pytest.raises(ValueError, match="VGG-16 has none. Take bitfit"):
        ComparisonSpec("digits", backbone="vgg16", strategies=("norm_only",), size=64)


def test_missing_shipped_weights_are_a_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    monkeypatch.setattr("model_zoo.backbones.shipped.WEIGHTS", tmp_path)
    with pytest.raises(ValueError, match="weights of ResNet mini belong in .* Get Thaw whole again"):
        backbones.get("resnet_mini").network(2, seed=0)
