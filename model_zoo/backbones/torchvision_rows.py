"""Torchvision's ImageNet networks, each cut into named stages.

All rows take IMAGENET1K_V1. The newer V2 weights score higher on ImageNet, but label smoothing and mixup, which made
them, give features that transfer worse to other pictures (Kornblith et al. 2021, arXiv:2010.16402).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from model_zoo.backbones.backbone import Backbone, Download, Stage

if TYPE_CHECKING:
    from torch import Tensor, nn

MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of the ImageNet training pictures
SIZE, SMALLEST, LARGEST = 224, 32, 320  # each network halves its input five times: 32 px is what leaves one value
HOST = "https://download.pytorch.org/models"


@dataclass(frozen=True)
class Cut(Stage):
    """A stage that ends with the module which torchvision calls `last`."""

    last: str


def _row(
    name: str,
    title: str,
    reference: str,
    cuts: tuple[Cut, ...],
    embedding: int,
    weights: Download,
    norms: bool = True,
) -> Backbone:
    return Backbone(
        name=name,
        title=title,
        reference=reference,
        stages=cuts,
        embedding=embedding,
        size=SIZE,
        smallest=SMALLEST,
        largest=LARGEST,
        mean=MEAN,
        deviation=DEVIATION,
        architecture=partial(_architecture, name, cuts),
        state=partial(_state, cuts),
        weights=weights,
        norms=norms,
    )


def _architecture(name: str, cuts: tuple[Cut, ...], classes: int) -> nn.Sequential:
    return _both(name, cuts, classes)[1]


def _state(cuts: tuple[Cut, ...], backbone: Backbone) -> dict[str, Tensor]:
    import torch

    from model_zoo.backbones import weights

    file = weights.path(backbone)
    with torch.device("meta"):
        original, network = _both(backbone.name, cuts, backbone.pretrained_classes)
    original.load_state_dict(torch.load(file, map_location="cpu", weights_only=True), assign=True)
    return network.state_dict()  # the two share their modules: filling the one has filled the other


def _both(name: str, cuts: tuple[Cut, ...], classes: int) -> tuple[nn.Module, nn.Sequential]:
    from torchvision.models import get_model

    from model_zoo.backbones.networks.staged import staged

    original = get_model(name, weights=None, num_classes=classes)
    return original, staged(original, {cut.name: cut.last for cut in cuts})


# Dropout belongs to the stage that reads what it drops: fc6's output can then be cached while fc7 trains.
ROWS = (
    _row(
        "vgg11_bn",
        "VGG-11 with batch norm",
        "Simonyan & Zisserman 2014, Very Deep Convolutional Networks, arXiv:1409.1556",
        cuts=(
            Cut("stage1", 1_920, "features.3"),
            Cut("stage2", 74_112, "features.7"),
            Cut("stage3", 886_272, "features.14"),
            Cut("stage4", 3_542_016, "features.21"),
            Cut("stage5", 4_721_664, "flatten"),
            Cut("fc6", 102_764_544, "classifier.1"),
            Cut("fc7", 16_781_312, "classifier.4"),
            Cut("head", 0, "classifier.6"),
        ),
        embedding=4096,
        weights=Download(f"{HOST}/vgg11_bn-6002323d.pth", "6002323d", 531_503_671),
    ),
    _row(
        "vgg16",
        "VGG-16",
        "Simonyan & Zisserman 2014, Very Deep Convolutional Networks, arXiv:1409.1556",
        cuts=(
            Cut("stage1", 38_720, "features.4"),
            Cut("stage2", 221_440, "features.9"),
            Cut("stage3", 1_475_328, "features.16"),
            Cut("stage4", 5_899_776, "features.23"),
            Cut("stage5", 7_079_424, "flatten"),
            Cut("fc6", 102_764_544, "classifier.1"),
            Cut("fc7", 16_781_312, "classifier.4"),
            Cut("head", 0, "classifier.6"),
        ),
        embedding=4096,
        weights=Download(f"{HOST}/vgg16-397923af.pth", "397923af", 553_433_881),
        norms=False,
    ),
    _row(
        "resnet18",
        "ResNet-18",
        "He et al. 2015, Deep Residual Learning, arXiv:1512.03385",
        cuts=(
            Cut("stem", 9_536, "maxpool"),
            Cut("stage1", 147_968, "layer1"),
            Cut("stage2", 525_568, "layer2"),
            Cut("stage3", 2_099_712, "layer3"),
            Cut("stage4", 8_393_728, "flatten"),
            Cut("head", 0, "fc"),
        ),
        embedding=512,
        weights=Download(f"{HOST}/resnet18-f37072fd.pth", "f37072fd", 46_830_571),
    ),
    _row(
        "resnet50",
        "ResNet-50",
        "He et al. 2015, Deep Residual Learning, arXiv:1512.03385",
        cuts=(
            Cut("stem", 9_536, "maxpool"),
            Cut("stage1", 215_808, "layer1"),
            Cut("stage2", 1_219_584, "layer2"),
            Cut("stage3", 7_098_368, "layer3"),
            Cut("stage4", 14_964_736, "flatten"),
            Cut("head", 0, "fc"),
        ),
        embedding=2048,
        weights=Download(f"{HOST}/resnet50-0676ba61.pth", "0676ba61", 102_530_333),
    ),
    _row(
        "mobilenet_v3_small",
        "MobileNetV3 small",
        "Howard et al. 2019, Searching for MobileNetV3, arXiv:1905.02244",
        cuts=(
            Cut("stem", 464, "features.0"),
            Cut("stage1", 744, "features.1"),
            Cut("stage2", 9_280, "features.3"),
            Cut("stage3", 180_032, "features.8"),
            Cut("stage4", 680_040, "features.11"),
            Cut("stage5", 56_448, "flatten"),
            Cut("fc", 590_848, "classifier.1"),
            Cut("head", 0, "classifier.3"),
        ),
        embedding=1024,
        weights=Download(f"{HOST}/mobilenet_v3_small-047dcff4.pth", "047dcff4", 10_306_551),
    ),
)
