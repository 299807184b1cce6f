"""A network small enough to train in a test, with what makes real ones awkward: batch norm, dropout, a flat stage."""

from collections import OrderedDict

import torch
from torch import nn

from model_zoo.backbones.backbone import Backbone, Stage
from model_zoo.data.image_set import ImageSet, empty_given

SIZE = 8


def _architecture(classes: int) -> nn.Sequential:
    def block(inputs: int, outputs: int) -> nn.Sequential:
        conv = nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)
        return nn.Sequential(OrderedDict(conv=conv, bn=nn.BatchNorm2d(outputs), relu=nn.ReLU()))

    last = block(8, 12).append(nn.AdaptiveAvgPool2d(1)).append(nn.Flatten())
    wide = nn.Sequential(nn.Dropout(0.2), nn.Linear(12, 10), nn.ReLU())
    return nn.Sequential(
        OrderedDict(stem=block(3, 4), stage1=block(4, 8), stage2=last, fc=wide, head=nn.Linear(10, classes))
    )


def _state(backbone: Backbone) -> dict[str, torch.Tensor]:
    with torch.random.fork_rng():
        torch.manual_seed(99)
        network = backbone.architecture(backbone.pretrained_classes)
        for module in network.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.running_mean.normal_(std=0.1)
                module.running_var.uniform_(0.5, 1.5)
        return network.state_dict()


TINY = Backbone(
    name="tiny",
    title="Tiny",
    reference="Drawn for the tests",
    stages=(Stage("stem", 116), Stage("stage1", 304), Stage("stage2", 888), Stage("fc", 130), Stage("head", 0)),
    embedding=10,
    size=SIZE,
    smallest=4,
    largest=64,
    mean=(0.5, 0.5, 0.5),
    deviation=(0.25, 0.25, 0.25),
    architecture=_architecture,
    state=_state,
    weights=None,
    pretrained_classes=5,
)


def stripes(count: int = 60, classes: int = 3, seed: int = 0, given: bool = True) -> ImageSet:
    """Draw noisy pictures whose class is the colour channel that is brightest; learnable, not at once."""
    generator = torch.Generator().manual_seed(seed)
    labels = torch.arange(count) % classes
    pictures = torch.randint(0, 160, (count, 3, SIZE, SIZE), generator=generator, dtype=torch.uint8)
    pictures[torch.arange(count), labels % 3] += 70
    parts = torch.arange(count) // classes % 5  # three fifths train, one validates, one tests
    names = tuple(f"{index}.png" for index in range(count))
    part = (parts - 2).clamp(0, 2).to(torch.int8) if given else empty_given(count)
    return ImageSet(pictures, labels, tuple("abc"[:classes]), names, part, "drawn for a test")
