"""The networks whose weights live in this repository."""

from __future__ import annotations

from typing import TYPE_CHECKING

from model_zoo.backbones.backbone import Backbone, Stage
from model_zoo.home import WEIGHTS

if TYPE_CHECKING:
    from torch import Tensor, nn

MEAN, DEVIATION = (0.480, 0.448, 0.398), (0.277, 0.269, 0.282)  # of Tiny-ImageNet's pictures, values in [0, 1]


def _resnet_mini(classes: int) -> nn.Sequential:
    from model_zoo.backbones.networks.residual import resnet_mini

    return resnet_mini(classes)


def _vgg_mini(classes: int) -> nn.Sequential:
    from model_zoo.backbones.networks.plain import vgg_mini

    return vgg_mini(classes)


def _state(backbone: Backbone) -> dict[str, Tensor]:
    from safetensors.torch import load_file

    file = WEIGHTS / f"{backbone.name}.safetensors"
    if not file.exists():
        raise ValueError(f"The weights of {backbone.title} belong in {file} and are not there. Get Thaw whole again.")
    return load_file(file)


ROWS = (
    Backbone(
        name="resnet_mini",
        title="ResNet mini",
        reference="He et al. 2015, Deep Residual Learning, arXiv:1512.03385",
        stages=(
            Stage("stem", 928),
            Stage("stage1", 18_560),
            Stage("stage2", 131_712),
            Stage("stage3", 1_027_296),
            Stage("stage4", 3_228_800),
            Stage("head", 0),
        ),
        embedding=320,
        size=64,
        smallest=48,
        largest=224,
        mean=MEAN,
        deviation=DEVIATION,
        architecture=_resnet_mini,
        state=_state,
        weights=None,
        pretrained_classes=200,
    ),
    Backbone(
        name="vgg_mini",
        title="VGG mini",
        reference="Simonyan & Zisserman 2014, Very Deep Convolutional Networks, arXiv:1409.1556",
        stages=(
            Stage("stage1", 2_800),
            Stage("stage2", 27_840),
            Stage("stage3", 124_800),
            Stage("stage4", 812_032),
            Stage("stage5", 3_181_440),
            Stage("head", 0),
        ),
        embedding=480,
        size=64,
        smallest=48,
        largest=224,
        mean=MEAN,
        deviation=DEVIATION,
        architecture=_vgg_mini,
        state=_state,
        weights=None,
        pretrained_classes=200,
    ),
)
