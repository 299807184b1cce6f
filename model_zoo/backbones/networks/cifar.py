"""The networks that He et al. (2015, arXiv:1512.03385, section 4.2) trained on CIFAR-10, plain and residual.

Three stages of 16, 32 and 64 channels, in each as many blocks of two 3×3 convolutions: 6 n + 2 layers with weights.
"""

from collections import OrderedDict

from torch import Tensor, nn
from torch.nn import functional as F

from model_zoo.backbones.networks.ending import ended
from model_zoo.backbones.without_weights import WIDTHS, Shortcut

SCALE = 0.5  # of the shortcut that is called scaled (He et al. 2016, arXiv:1603.05027, section 3.1)


class Resized(nn.Module):
    """Give the input the shape of a block's output, without weights (“option A”): every second place, zero channels."""

    def __init__(self, inputs: int, outputs: int, stride: int, scale: float = 1.0) -> None:
        super().__init__()
        self.stride, self.scale = stride, scale
        self.before, self.after = (outputs - inputs) // 2, -((inputs - outputs) // 2)

    def forward(self, x: Tensor) -> Tensor:
        if self.stride > 1:
            x = x[:, :, :: self.stride, :: self.stride]
        if self.before or self.after:
            x = F.pad(x, (0, 0, 0, 0, self.before, self.after))
        return x if self.scale == 1.0 else self.scale * x


class Block(nn.Module):
    """Two 3×3 convolutions, F(x), and what goes past them: relu(F(x) + shortcut(x)), or relu(F(x)) without a shortcut.

    Where `cut` is true, F is left out, and what goes past is all: in a plain block the input, in the output's shape.
    """

    def __init__(self, inputs: int, outputs: int, stride: int, shortcut: Shortcut) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.residual, self.cut = shortcut != "none", False
        self.past = _past(inputs, outputs, stride, shortcut)

    def forward(self, x: Tensor) -> Tensor:
        if self.cut:
            return F.relu(self.past(x))
        added = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)), inplace=True)))  # F(x): what is extra
        return F.relu(added + self.past(x) if self.residual else added)


def resnet_cifar(depth: int, shortcut: Shortcut, classes: int) -> nn.Sequential:
    """Build the network with `depth` = 6 n + 2 layers; its children are its stages, theirs are blocks."""
    stages: OrderedDict[str, nn.Sequential] = OrderedDict()
    convolution = nn.Conv2d(3, WIDTHS[0], 3, padding=1, bias=False)
    stages["stem"] = nn.Sequential(OrderedDict(conv=convolution, bn=nn.BatchNorm2d(WIDTHS[0]), relu=nn.ReLU()))
    inputs = WIDTHS[0]
    for index, width in enumerate(WIDTHS):
        blocks = [Block(inputs, width, 2 if index else 1, shortcut)]
        blocks += [Block(width, width, 1, shortcut) for _ in range((depth - 2) // 6 - 1)]
        stages[f"stage{index + 1}"] = nn.Sequential(*blocks)
        inputs = width
    return ended(stages, inputs, classes)


def blocks(network: nn.Module) -> list[Block]:
    """List the blocks of a network in their order."""
    return [module for module in network.modules() if isinstance(module, Block)]


def _past(inputs: int, outputs: int, stride: int, shortcut: Shortcut) -> nn.Module:
    changes = stride != 1 or inputs != outputs
    if shortcut == "projection" and changes:
        return nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))
    return Resized(inputs, outputs, stride, SCALE if shortcut == "scaled" else 1.0)
