"""Residual networks small enough to live in a repository (He et al. 2015, arXiv:1512.03385)."""

from collections import OrderedDict

from torch import Tensor, nn
from torch.nn import functional as F

from model_zoo.backbones.networks.ending import ended

WIDTHS = (32, 64, 144, 320)  # multiples of 16: what matrix units of CPUs and GPUs multiply whole
BLOCKS = (1, 2, 3, 2)  # few where pictures are large and dear, more where they are small


class BasicBlock(nn.Module):
    """Add what two 3×3 convolutions make of the input to the input itself."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.shortcut = nn.Sequential()
        if stride != 1 or inputs != outputs:
            self.shortcut = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))
        nn.init.zeros_(self.bn2.weight)  # every block starts as the identity (Goyal et al. 2017)

    def forward(self, x: Tensor) -> Tensor:
        residual = F.relu(self.bn1(self.conv1(x)), inplace=True)
        residual = self.bn2(self.conv2(residual))
        return F.relu(residual + self.shortcut(x), inplace=True)


def resnet_mini(classes: int) -> nn.Sequential:
    """Build the shipped residual network, 4.5 M parameters; its children are its stages."""
    stages: OrderedDict[str, nn.Sequential] = OrderedDict()
    stages["stem"] = nn.Sequential(
        OrderedDict(
            conv=nn.Conv2d(3, WIDTHS[0], 3, stride=2, padding=1, bias=False),
            bn=nn.BatchNorm2d(WIDTHS[0]),
            relu=nn.ReLU(inplace=True),
        )
    )
    inputs = WIDTHS[0]
    for index, (width, count) in enumerate(zip(WIDTHS, BLOCKS, strict=True)):
        blocks = [BasicBlock(inputs, width, stride=1 if index == 0 else 2)]
        blocks += [BasicBlock(width, width, stride=1) for _ in range(count - 1)]
        stages[f"stage{index + 1}"] = nn.Sequential(*blocks)
        inputs = width
    return ended(stages, inputs, classes)
