"""Torchvision's classifiers as an `nn.Sequential` of named stages, which share the modules and so the weights."""

from collections import OrderedDict
from collections.abc import Iterator, Mapping

from torch import nn


def staged(network: nn.Module, ends: Mapping[str, str]) -> nn.Sequential:
    """Cut `network` into stages; `ends` names, input first, the module with which each stage ends.

    A module inside a container is named with its dot, as in `features.4`. The flattening that torchvision does between
    `avgpool` and what follows is a module `flatten`, unless the network has one of its own. A stage of one module is
    that module; in others, modules keep their names. Raises ValueError for a name that is missing or not in its place.
    """
    modules = _in_order(network, opened={last.partition(".")[0] for last in ends.values() if "." in last})
    stages = OrderedDict((stage, _up_to(last, stage, modules)) for stage, last in ends.items())
    if left := [name for name, _ in modules]:
        raise ValueError(f"No stage takes in {', '.join(left)} of {type(network).__name__}.")
    for module in network.modules():
        if isinstance(module, nn.Dropout):
            module.inplace = False  # it comes first in a stage, whose input may be a cached activation
    return nn.Sequential(stages)


def _in_order(network: nn.Module, opened: set[str]) -> Iterator[tuple[str, nn.Module]]:
    flattens = any(isinstance(module, nn.Flatten) for module in network.modules())
    for name, module in network.named_children():
        if name in opened:
            yield from ((f"{name}.{inner}", child) for inner, child in module.named_children())
        else:
            yield name, module
        if name == "avgpool" and not flattens:
            yield "flatten", nn.Flatten()  # (batch, channels, height, width) to (batch, values)


def _up_to(last: str, stage: str, modules: Iterator[tuple[str, nn.Module]]) -> nn.Module:
    taken: OrderedDict[str, nn.Module] = OrderedDict()
    for name, module in modules:
        taken[name.rpartition(".")[2]] = module
        if name == last:
            return module if len(taken) == 1 else nn.Sequential(taken)
    raise ValueError(f"Stage {stage} should end with “{last}”, which does not follow what the stages before take in.")
