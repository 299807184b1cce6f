"""How every shipped network ends, and how its weights are drawn."""

from collections import OrderedDict

from torch import nn


def ended(stages: OrderedDict[str, nn.Sequential], width: int, classes: int) -> nn.Sequential:
    """Pool over all places at the end of the last stage, add a softmax for `classes`, and draw weights after He et al.
    (2015, arXiv:1502.01852).
    """
    last = next(reversed(stages.values()))
    last.append(nn.AdaptiveAvgPool2d(1)).append(nn.Flatten())
    network = nn.Sequential(OrderedDict[str, nn.Module](stages) | {"head": nn.Linear(width, classes)})
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
    return network
