"""The architecture of a network, measured stage by stage without its weights: shapes, parameters, multiply-adds."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from model_zoo.explain.channels import stage_map
from model_zoo.explain.layers import Layer, layers


@dataclass(frozen=True)
class Measured:
    """One stage at one picture size. `shape` is what it gives for one picture: (channels, height, width), or values.

    `channels` counts the channels of its maps, as `model_zoo.explain.channels.stage_map` takes them: a stage that ends
    by flattening maps gives more values than it has channels. `multiply_adds` counts those of convolutions, linear
    layers and attention for one picture; norms, activations and pooling are left out, as everyone leaves them out.
    """

    name: str
    layers: tuple[Layer, ...]
    shape: tuple[int, ...]
    channels: int
    parameters: int
    multiply_adds: int


@torch.no_grad()
def architecture(network: nn.Sequential, size: int) -> tuple[Measured, ...]:
    """Measure every stage on a picture (3, size, size); on the meta device nothing is computed and no memory taken.

    Raises ValueError where pictures of this size are too small for the network.
    """
    weight = next(network.parameters())
    x = torch.zeros(1, 3, size, size, device=weight.device, dtype=weight.dtype)
    modes, fast = [(module, module.training) for module in network.modules()], torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)  # its one kernel is opaque to the counter
    measured = []
    try:
        network.eval()
        for name, stage in network.named_children():
            x, maps, counted = _through(name, stage, x, size)
            parameters = sum(p.numel() for p in stage.parameters())
            shape, channels = tuple(x.shape[1:]), maps.shape[1]
            measured.append(Measured(name, layers(stage), shape, channels, parameters, counted))
    finally:
        torch.backends.mha.set_fastpath_enabled(fast)
        for module, training in modes:
            module.training = training
    return tuple(measured)


def _through(name: str, stage: nn.Module, x: Tensor, size: int) -> tuple[Tensor, Tensor, int]:
    try:
        with FlopCounterMode(display=False) as counter:
            x, maps = stage_map(stage, x)
    except RuntimeError as error:
        small = f"A picture of {size} px does not fit through stage “{name}”: {error}."
        raise ValueError(f"{small} Try a larger one.") from error
    return x, maps, counter.get_total_flops() // 2  # the counter takes a multiplication and an addition for two
