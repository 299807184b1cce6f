"""What is in a stage, in plain words: its layers in order, those that repeat told once."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import groupby

from torch import nn

CONTAINERS = (nn.Sequential, nn.ModuleList, nn.ModuleDict)
NORMS = (nn.modules.batchnorm._BatchNorm, nn.LayerNorm, nn.GroupNorm)
ACTIVATIONS = (nn.ReLU, nn.ReLU6, nn.GELU, nn.SiLU, nn.Hardswish, nn.Hardsigmoid, nn.Sigmoid, nn.Tanh)
SHORTCUTS = ("shortcut", "downsample", "proj.")  # modules that fit the input of a residual block to its output
BLOCKS = {  # names that papers give to what torchvision and we call otherwise
    "BasicBlock": "residual block",
    "Bottleneck": "bottleneck block",
    "ResBottleneckBlock": "bottleneck block",
    "MBConv": "inverted bottleneck",
    "InvertedResidual": "inverted bottleneck",
    "CNBlock": "ConvNeXt block",
    "EncoderBlock": "transformer block",
    "_DenseLayer": "dense layer",
}
GATES = ("SqueezeExcitation",)  # small networks inside a block that weigh its channels
ABBREVIATIONS = {"ReLU", "ReLU6", "GELU", "SiLU"}


@dataclass(frozen=True)
class Layer:
    """One layer or block, in words, and how many times in a row it stands there."""

    words: str
    times: int = 1


def layers(stage: nn.Module) -> tuple[Layer, ...]:
    """Tell the layers of a stage, input first; a norm and an activation stand beside the layer that they follow."""
    told: list[Layer] = []
    for words, follows in _told(stage):
        if follows and told and ":" not in told[-1].words:  # a block keeps its own norms to itself
            told[-1] = replace(told[-1], words=f"{told[-1].words}, {words}")
        else:
            told.append(Layer(words))
    return tuple(Layer(words, len(list(equal))) for words, equal in groupby(layer.words for layer in told))


def _told(module: nn.Module) -> Iterator[tuple[str, bool]]:
    """Give the words of each layer, and whether they belong to the layer before."""
    inner = list(module.children())
    if isinstance(module, nn.MultiheadAttention):
        yield _attention(module), False
    elif isinstance(module, CONTAINERS) or any(isinstance(child, CONTAINERS) and _blocks(child) for child in inner):
        for child in inner:
            yield from _told(child)
    elif inner:
        yield _block(module), False
    elif words := _words(module):
        yield words, isinstance(module, (*NORMS, *ACTIVATIONS, nn.Flatten))


def _blocks(container: nn.Module) -> bool:
    return any(type(module).__name__ in BLOCKS for module in container.children())


def _block(module: nn.Module) -> str:
    """Tell a block by its name and the layers with weights in it; what fits the shortcut comes last."""
    inside = [(f".{name}", layer) for name, layer in module.named_modules() if name]
    whole = {name for name, layer in inside if _is_told_whole(layer)}
    main: list[str] = []
    beside: list[str] = []
    for name, layer in inside:
        if any(name.startswith(f"{outer}.") for outer in whole):
            continue  # told with what it is a part of
        if words := _short(layer):
            (beside if any(f".{part}" in name for part in SHORTCUTS) else main).append(words)
    shortcut = f"; shortcut {', '.join(beside)}" if beside else ""
    return f"{_name(module)}: {', '.join(main)}{shortcut}" if main else _name(module)


def _is_told_whole(layer: nn.Module) -> bool:
    return isinstance(layer, nn.MultiheadAttention) or type(layer).__name__ in GATES


def _name(module: nn.Module) -> str:
    name = type(module).__name__
    if name in ABBREVIATIONS:
        return name
    return BLOCKS.get(name) or re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name.strip("_")).lower()


def _short(layer: nn.Module) -> str:
    if isinstance(layer, nn.Conv2d):
        return _convolution(layer)
    if isinstance(layer, nn.Linear):
        return f"linear to {layer.out_features:,}"
    if isinstance(layer, nn.MultiheadAttention):
        return _attention(layer)
    return "squeeze and excitation" if type(layer).__name__ in GATES else ""


def _words(layer: nn.Module) -> str:
    """Tell a layer without layers in it; "" for one that does nothing."""
    if isinstance(layer, nn.Conv2d):
        return f"convolution {_convolution(layer)}"
    if isinstance(layer, nn.Linear):
        return f"linear, {layer.in_features:,} to {layer.out_features:,}"
    if isinstance(layer, NORMS):
        return "batch norm" if isinstance(layer, nn.modules.batchnorm._BatchNorm) else "layer norm"
    if isinstance(layer, (nn.MaxPool2d, nn.AvgPool2d)):
        kind = "largest" if isinstance(layer, nn.MaxPool2d) else "mean"
        return f"{kind} of each {_square(layer.kernel_size)}, stride {_pair(layer.stride)[0]}"
    if isinstance(layer, nn.AdaptiveAvgPool2d):
        one = layer.output_size in (1, (1, 1))
        return "mean over all places" if one else f"mean, to {_square(layer.output_size)} places"
    if isinstance(layer, nn.Dropout):
        return f"dropout of {100 * layer.p:g} %"
    return "" if isinstance(layer, (nn.Identity, nn.Flatten)) else _name(layer)


def _convolution(layer: nn.Conv2d) -> str:
    stride = f", stride {layer.stride[0]}" if layer.stride[0] > 1 else ""
    if layer.groups == layer.in_channels > 1:
        return f"{_square(layer.kernel_size)} in each channel{stride}"
    groups = f" in {layer.groups} groups" if layer.groups > 1 else ""
    return f"{_square(layer.kernel_size)} to {layer.out_channels:,}{groups}{stride}"


def _attention(layer: nn.MultiheadAttention) -> str:
    return f"self-attention with {layer.num_heads} heads"


def _square(size: object) -> str:
    return "{} × {}".format(*_pair(size))


def _pair(size: object) -> tuple[object, object]:
    return (size[0], size[1]) if isinstance(size, tuple) else (size, size)
