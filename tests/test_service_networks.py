"""What the inference process tells of networks themselves: architectures without weights, filters with them."""

import base64
import io
from pathlib import Path

import pytest
from PIL import Image

from model_zoo import backbones, service_answers
from model_zoo.backbones import Backbone
from model_zoo.backbones.weights import weights_ready
from model_zoo.explain.filters import filters, grid
from model_zoo.service_models import Shelf

SHIPPED = next(name for name, row in backbones.REGISTRY.items() if isinstance(row, Backbone) and row.weights is None)


def test_an_architecture_comes_without_weights_and_with_the_names_of_its_classes(thaw_home: Path) -> None:
    row = backbones.get("resnet18")
    assert not weights_ready(row)

    told = service_answers.show_architecture("resnet18", "96")

    assert [stage["name"] for stage in told["stages"]] == list(row.stage_names)
    assert told["stages"][0]["shape"] == (64, 24, 24)
    assert told["stages"][0]["layers"][0]["words"] == "convolution 7 × 7 to 64, stride 2, batch norm, ReLU"
    assert len(told["classes"]) == 1000
    assert "goldfish" in told["classes"]


def test_a_size_that_a_network_does_not_take_is_refused_with_those_it_does() -> None:
    row = backbones.get(SHIPPED)
    for size in (str(row.largest + 1), str(row.smallest - 1), "-64", "many"):
        with pytest.raises(ValueError, match=f"size must be {row.smallest} to {row.largest} px, got “{size}”"):
            service_answers.show_architecture(SHIPPED, size)


def test_the_filters_of_a_shipped_network_are_those_of_its_file() -> None:
    told = service_answers.show_backbone_filters(Shelf(2**30), SHIPPED)

    network = backbones.get(SHIPPED).network(2, seed=0).float()
    wanted = filters(network, network).before
    assert base64.b64decode(told["filters"]) == grid(wanted)
    assert (told["count"], told["kernel"]) == wanted.shape[:2]
    assert Image.open(io.BytesIO(base64.b64decode(told["filters"]))).mode == "RGBA", "a dark page shows between them"


def test_filters_without_weights_are_refused_with_the_way_out(thaw_home: Path) -> None:
    with pytest.raises(ValueError, match="The weights of VGG-16 are not on this machine. Download them while online"):
        service_answers.show_backbone_filters(Shelf(2**30), "vgg16")
