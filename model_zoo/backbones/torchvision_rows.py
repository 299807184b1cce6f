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
    smallest: int = SMALLEST,
) -> Backbone:
    return Backbone(
        name=name,
        title=title,
        reference=reference,
        stages=cuts,
        embedding=embedding,
        size=SIZE,
        smallest=smallest,
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
    from model_zoo.backbones.networks.chains import todays_names

    file = weights.path(backbone)
    with torch.device("meta"):
        original, network = _both(backbone.name, cuts, backbone.pretrained_classes)
    theirs = {id(tensor): name for name, tensor in original.state_dict(keep_vars=True).items()}
    names = {name: theirs[id(tensor)] for name, tensor in network.state_dict(keep_vars=True).items()}  # ours → theirs
    checkpoint = todays_names(torch.load(file, map_location="cpu", weights_only=True))
    original.load_state_dict(checkpoint, assign=True)  # torchvision's own modules know its older formats
    loaded = original.state_dict()
    return {ours: loaded[name] for ours, name in names.items()}


def _both(name: str, cuts: tuple[Cut, ...], classes: int) -> tuple[nn.Module, nn.Sequential]:
    from model_zoo.backbones.networks.chains import build, chain
    from model_zoo.backbones.networks.staged import staged

    original = build(name, classes)
    return original, staged(chain(original), {cut.name: cut.last for cut in cuts})


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
        "vgg16_bn",
        "VGG-16 with batch norm",
        "Simonyan & Zisserman 2014, Very Deep Convolutional Networks, arXiv:1409.1556",
        cuts=(
            Cut("stage1", 38_976, "features.6"),
            Cut("stage2", 221_952, "features.13"),
            Cut("stage3", 1_476_864, "features.23"),
            Cut("stage4", 5_902_848, "features.33"),
            Cut("stage5", 7_082_496, "flatten"),
            Cut("fc6", 102_764_544, "classifier.1"),
            Cut("fc7", 16_781_312, "classifier.4"),
            Cut("head", 0, "classifier.6"),
        ),
        embedding=4096,
        weights=Download(f"{HOST}/vgg16_bn-6c64b313.pth", "6c64b313", 553_507_619),
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
        "resnet34",
        "ResNet-34",
        "He et al. 2015, Deep Residual Learning, arXiv:1512.03385",
        cuts=(
            Cut("stem", 9_536, "maxpool"),
            Cut("stage1", 221_952, "layer1"),
            Cut("stage2", 1_116_416, "layer2"),
            Cut("stage3", 6_822_400, "layer3"),
            Cut("stage4", 13_114_368, "flatten"),
            Cut("head", 0, "fc"),
        ),
        embedding=512,
        weights=Download(f"{HOST}/resnet34-b627a593.pth", "b627a593", 87_320_166),
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
    _row(
        "mobilenet_v3_large",
        "MobileNetV3 large",
        "Howard et al. 2019, Searching for MobileNetV3, arXiv:1905.02244",
        cuts=(
            Cut("stem", 464, "features.0"),
            Cut("stage1", 464, "features.1"),
            Cut("stage2", 7_880, "features.3"),
            Cut("stage3", 52_312, "features.6"),
            Cut("stage4", 731_368, "features.12"),
            Cut("stage5", 2_023_944, "features.15"),
            Cut("stage6", 155_520, "flatten"),
            Cut("fc", 1_230_080, "classifier.1"),
            Cut("head", 0, "classifier.3"),
        ),
        embedding=1280,
        weights=Download(f"{HOST}/mobilenet_v3_large-8738ca79.pth", "8738ca79", 22_139_634),
    ),
    _row(
        "efficientnet_b0",
        "EfficientNet-B0",
        "Tan & Le 2019, EfficientNet, arXiv:1905.11946",
        cuts=(
            Cut("stem", 928, "features.0"),
            Cut("stage1", 1_448, "features.1"),
            Cut("stage2", 16_714, "features.2"),
            Cut("stage3", 46_640, "features.3"),
            Cut("stage4", 786_078, "features.5"),
            Cut("stage5", 2_743_580, "features.7"),
            Cut("stage6", 412_160, "flatten"),
            Cut("head", 0, "classifier.1"),
        ),
        embedding=1280,
        weights=Download(f"{HOST}/efficientnet_b0_rwightman-7f5810bc.pth", "7f5810bc", 21_444_428),
    ),
    _row(
        "densenet121",
        "DenseNet-121",
        "Huang et al. 2016, Densely Connected Convolutional Networks, arXiv:1608.06993",
        cuts=(
            Cut("stem", 9_536, "features.pool0"),
            Cut("stage1", 368_320, "features.transition1"),
            Cut("stage2", 1_051_776, "features.transition2"),
            Cut("stage3", 3_364_096, "features.transition3"),
            Cut("stage4", 2_160_128, "flatten"),
            Cut("head", 0, "classifier"),
        ),
        embedding=1024,
        weights=Download(f"{HOST}/densenet121-a639ec97.pth", "a639ec97", 32_343_327),
    ),
    _row(
        "regnet_y_400mf",
        "RegNetY-400MF",
        "Radosavovic et al. 2020, Designing Network Design Spaces, arXiv:2003.13678",
        cuts=(
            Cut("stem", 928, "stem"),
            Cut("stage1", 10_040, "trunk_output.block1"),
            Cut("stage2", 102_296, "trunk_output.block2"),
            Cut("stage3", 737_438, "trunk_output.block3"),
            Cut("stage4", 3_052_442, "flatten"),
            Cut("head", 0, "fc"),
        ),
        embedding=440,
        weights=Download(f"{HOST}/regnet_y_400mf-c65dace8.pth", "c65dace8", 17_622_368),
    ),
    _row(
        "convnext_tiny",
        "ConvNeXt tiny",
        "Liu et al. 2022, A ConvNet for the 2020s, arXiv:2201.03545",
        cuts=(
            Cut("stem", 4_896, "features.0"),
            Cut("stage1", 237_888, "features.1"),
            Cut("stage2", 992_256, "features.3"),
            Cut("stage3", 11_112_960, "features.5"),
            Cut("stage4", 15_472_128, "classifier.1"),
            Cut("head", 0, "classifier.2"),
        ),
        embedding=768,
        weights=Download(f"{HOST}/convnext_tiny-983f1562.pth", "983f1562", 114_419_565),
    ),
    _row(
        "vit_b_16",
        "ViT-B/16",
        "Dosovitskiy et al. 2020, An Image is Worth 16x16 Words, arXiv:2010.11929",
        cuts=(
            Cut("stem", 742_656, "tokens"),
            Cut("stage1", 21_263_616, "encoder_layer_2"),
            Cut("stage2", 21_263_616, "encoder_layer_5"),
            Cut("stage3", 21_263_616, "encoder_layer_8"),
            Cut("stage4", 21_265_152, "class_token"),
            Cut("head", 0, "head"),
        ),
        embedding=768,
        weights=Download(f"{HOST}/vit_b_16-c867db91.pth", "c867db91", 346_328_924),
        smallest=64,  # 16 patches; with fewer there is next to nothing to attend to
    ),
)
