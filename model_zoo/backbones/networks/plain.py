"""A plain network in the pattern of VGG, small enough to live in a repository (Simonyan & Zisserman 2014,
arXiv:1409.1556), with batch norm (Ioffe & Szegedy 2015, arXiv:1502.03167).
"""

from collections import OrderedDict

from torch import nn

from model_zoo.backbones.networks.ending import ended

WIDTHS = (16, 48, 96, 256, 480)  # multiples of 16; pictures halve from one stage to the next


def vgg_mini(classes: int) -> nn.Sequential:
    """Build the shipped plain network, a pair of 3×3 convolutions a stage; its children are its stages."""
    stages: OrderedDict[str, nn.Sequential] = OrderedDict()
    inputs = 3
    for index, width in enumerate(WIDTHS):
        shrink = [nn.MaxPool2d(2)] if index else []
        stages[f"stage{index + 1}"] = nn.Sequential(*shrink, *_convolution(inputs, width), *_convolution(width, width))
        inputs = width
    return ended(stages, inputs, classes)


def _convolution(inputs: int, outputs: int) -> tuple[nn.Module, ...]:
    convolution = nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)
    return convolution, nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)
